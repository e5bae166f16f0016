"""Words that give a form turn away: commands, small talk, attempts to steer the assistant, questions.

Patterns only; `core.cases.classify` weighs them. They are held to tests/nlu/form_turns.jsonl.
"""

import re
import unicodedata

from core.cases.form import CHECK

_STOPS = re.compile(r"[\s，,。.、；;：:！!？?~～…“”\"'（）()]+")
# No repetition inside a repetition of the same words: these run over whatever people send.
_TAIL = r"(?:吧|了|啦|啊|呀|哈|嘛|呗|哦|谢谢|一下|先|算了)*"
_WHY = (
    r"(?:嗯|哦|噢|唉|哎|那|就|直接|好的?|行|我要?|我想|请|麻烦|先|还是|暂时|真的?|不清楚|不知道|不懂|记不得|"
    r"没有?(?:什么|啥)?好?(?:说|写|填|讲)?的?|不(?:想|方便|好|愿意)(?:说|写|填|讲)|这个|这一?[项题条点]|该项)*"
)
_NEXT = r"下一?[项个题步条](?:问题)?"
_WORK = r"(?:填|弄|写|办|搞|报|整|做|交|提|约|来|申请|继续|说|接着)"
_LATER = (
    r"(?:明天|后天|过一?会儿?|下了?班|吃完饭|回去|回头|晚点|晚上|下午|上午|中午|后面|改天|以后|下次|有空|过[两几]天|等?一?会儿?|等下|待会儿?|"
    r"下周|周末|回家)"
)
_HOLD = (
    rf"(?:不{_WORK}{{1,2}}了|退出|暂停|停一?下|暂存|保存|存着|存一?下|放着|放一放|搁着|搁一搁|到这儿?|到这里|"
    rf"这样)(?:一下|吧)?"
)
_WHAT = r"(?:这个|这份|本次)?(?:容错|澄清|谈心)?(?:申请|预约|草稿|表)?"
_YES = (
    r"(?:对的?|是的?|好[的嘞]?|行|中|成|妥|要得|对头|可(?!是|能)|可以|没错|没毛病|没有?问题|确[认定]|核对无误|无误|嗯(?=.)|ok|同意|都对|准确|正确|"
    r"(?:都|已经|全)?(?:看|核对|检查|对)[过完]了?|就这样|"
    r"就这么[报约办交定着提]?|提交|报上?去?|交上?去?|递上?去?|送上?去?|发上?去?|请|您?帮我)"
)
_PATTERNS = (
    (
        "skip",
        rf"{_WHY}(?:都)?(?:跳过|略过|不填写?|不写|不说|过|跳到{_NEXT}|跳|{_NEXT}|"
        rf"空着)(?:这一?[个项题条])?(?:没.{{0,4}}的|谢谢|吧|啦|先)*",
    ),
    ("skip", r"(?:这个|这一?[项题条])先?(?:不用?[填写说]|空着|略过|跳过|没有?)(?:跳过|吧|了)*"),
    ("back", rf"(?:请|我要|我想|先)?(?:返回|退回|回到?|退到|倒回|后退)?到?[上前]一?[步项题个条](?:问题)?{_TAIL}"),
    ("back", rf"(?:请|我要|我想)?(?:返回|退回|回|回到)到?(?:刚才|前面|刚刚)的?那?一?[项题个条](?:问题)?{_TAIL}"),
    ("back", rf"(?:请|我要)?(?:返回|退回去?|后退|回退){_TAIL}"),
    ("cancel", rf"(?:算了|那|我|点错了|要|想|请|帮)*(?:取消|作废|放弃|撤销|删掉|删除)掉?{_WHAT}{_TAIL}"),
    ("cancel", rf"(?:算了|那|我|点错了|还是)*不想?(?:要?申请|报|约|申报|办理)(?:容错|澄清)?了?{_TAIL}"),
    ("cancel", rf"(?:算了|那|我|还是)*不想?[填写弄办搞]了(?:取消|作废|删了){_TAIL}"),
    ("pause", rf"(?:那|我|今天|现在|就|嗯|行|好)*先[不别]{_WORK}{{1,2}}了?(?:我?再(?:想想|看看|说))?{_TAIL}"),
    (
        "pause",
        rf"(?:那|我|今天|现在|就|嗯|行|好|算了|先)*{_HOLD}(?:我?再[想看][想看]|{_LATER}?再?{_WORK}{{0,2}}|"
        rf"退出)?{_TAIL}",
    ),
    (
        "pause",
        rf"(?:等?我|那|先|就|算了)*{_LATER}(?:先停|我|再|接着|继续|来|{_WORK})+(?:领导.{{0,6}}|有点?事.{{0,6}}|"
        rf".{{0,2}}开会.{{0,1}})?"
        rf"(?:先?停一?下)?{_TAIL}",
    ),
    ("pause", rf"(?:那|等)?(?:回头|晚点|改天|下次|等一?会儿?)再?{_TAIL}"),
    ("pause", rf"(?:这个|这一?[项题])我?{_LATER}再?{_WORK}{_TAIL}"),
    ("submit", r"(?:那|就|好)*(?:这样|这些|这么)(?:吧|了)?(?:直接)?(?:提交|报上去|交上去)(?:吧|了)*"),
    ("pause", r"(?:我|还是|那|就)*(?:先)?不(?:提交|上交|报送|递交)了?(?:先|吧|算了)*"),
    ("pause", r"我?(?:休息|歇|缓)(?:一下|一?会儿?)(?:再.{1,4})?"),
    ("pause", r"先?等等(?:再说|再交)?|不急着?[交报填]?"),
    ("pause", r"[唉哎]?算了(?:吧|算了)?"),
    (
        "resume",
        rf"(?:我|好|嗯|那|请)*(?:继续|接着|恢复|回来了)(?:上次|之前|刚才)?的?(?:那个)?(?:容错|澄清)?(?:申请|"
        rf"{_WORK})?(?:表|写)?{_TAIL}",
    ),
    ("help", rf"(?:帮助|菜单|主菜单|回?主页|help|功能|使用说明|看看菜单|显示菜单){_TAIL}"),
    ("submit", rf"(?:没有了?|好|行|嗯|就|直接|那|我要?|请|帮我)*(?:提交|报上去|交上去|递上去)(?:申请)?{_TAIL}"),
    (
        "restart",
        rf"(?:我|要|想|全部|还是)*(?:重新(?:开始|填一遍|来过?|来一遍|[填写弄])|重来|从头(?:开始|来|填)|"
        rf"清空(?:重[来填])?){_TAIL}",
    ),
    ("self_check", r"(?:我|想|要|先|做|来|试|一下|个|开始|进行)*(?:容错)?(?:自评|自我评估|自查)(?:一下|看看|吧|表)*"),
    (
        "other",
        r"查?看?(?:一下)?我的(?:申请|办件|提醒)|查(?:一下)?进度|办件进度|[联转找]系?人工(?:客服|服务)?|政策咨询|"
        r"预约谈心",
    ),
)
COMMANDS = tuple((name, re.compile(pattern, re.IGNORECASE)) for name, pattern in _PATTERNS)
_DONE = re.compile(
    rf"{_WHY}(?:证据|材料|照片|图片)?(?:暂时?)?(?:(?:[没莫么木冇][有得]?|冇)(?:别的|其他|更多)?的?(?:证据|材料|附件|图片|照片|文件)?(?:可以?)?"
    r"(?:发|传|提供|交|补充)?的?|没了|"
    r"(?:就|只有)这(?:些|么多|一个|[几一两]?[张份个])|先?不(?:传|发|交)了?|(?:都|全部?)?(?:发|传|交|上传)(?:完|齐|好)|不(?:传|发|交|提供)|都?发了|"
    r"(?:东西|材料)?都?[传发](?:上去|过去|过来)|齐|"
    r"暂?无|够了)"
    rf"了?(?:{_NEXT}|跳过|不传了?|提交)?{_TAIL}"
)
_SUBMIT = re.compile(rf"(?:{_YES}[吧了的啊呀哈呗你报约嘛咯哟]*)+(?:一下)?", re.IGNORECASE)
_FILE = re.compile(r"[我要想请帮先走提报填办写交递弄来个份一开始]*(?:申请)?(容错|澄清)(?:申请|免责|表)*[吧了]*")
_TURN = (
    r"(?:换成|改成|转成|改为|转为|改填|改走|应该走|应该是|要办的是|我要的是|还是想?|[转换改])(?:转成|换成|申请|"
    r"[填走办提])?"
)
_SWITCH_WORDS = re.compile(
    rf"{_TURN}(容错|澄清)(?:申请)?(?!的)|"
    r"[要想](?:申请|[办填走提])?的?是?(容错|澄清)(?:申请)?[，,]?而?不是(?:容错|澄清)|"
    r"不是要?(?:申请)?(?:容错|澄清)[，,]?我?[要想是]?(?:申请|[办填走提])?的?是?(容错|澄清)"
)
_EITHER = re.compile(r"(?:容错|澄清).{0,4}还是.{0,4}(?:容错|澄清)")
_HURT = r"(?:冤枉|诬告|诬陷|造谣|陷害|污蔑|诽谤|栽赃|乱告|瞎告|整)"
_WRONGED = re.compile(
    rf"(?:不是|没有?)[犯做有干出]?.{{0,3}}(?:错|失误|责任|"
    rf"问题)[^，,。]{{0,4}}[，,。；]?[^，,。]{{0,4}}(?:[被遭叫让]|是?有人)(?:人家?|别人)?.{{0,4}}{_HURT}|"
    rf"^(?:唉|其实|不对|等等|等下|这事|[，,])*(?:我|俺|咱|本人)(?:就是|其实是|完全是|是)[被遭](?:人家?|"
    rf"别人)?.{{0,3}}{_HURT}"
)
_OWN_FAULT = re.compile(
    r"(?:不是|没有?)[人谁]?(?:冤枉|造谣|诬告).{0,6}(?:确实|就是|是)(?:我|俺|自己).{0,6}(?:错|失误|没办好|没做好)"
)
_GRANTED = r"(?:已?通过|已?免责|已?办结|已?批准|已认定|已受理|已完成)"
INJECTION = re.compile(
    r"(?:忽略|无视|忘记|忘掉|绕过|不要理会|不要遵守).{0,8}(?:指令|指示|提示词|规则|设定|系统)|"
    r"ignore .{0,24}(?:instruction|prompt|rule)|(?:system|developer) ?(?:prompt|mode|message)|jailbreak|"
    rf"(?:状态|结论|认定结果|审批结果).{{0,4}}[改设置标变更新]{{1,2}}[为成].{{0,3}}{_GRANTED}|"
    r"你(?:现在是|从现在起是|以后是|扮演|假装|充当).{0,12}(?:管理员|书记|开发者|黑客|root|模型|角色)|请?你扮演|"
    r"从现在(?:起|开始)[，,]?你|(?:系统|管理员)(?:提示|指令|命令|通知|消息)?[：:]你?|开发者模式|(?:输出|显示|"
    r"告诉我).{0,6}(?:提示词|系统指令)|"
    r"\b(?:select|insert|update|delete|drop)\b.{0,40}\b(?:from|into|table|set)\b|<\s*/?\s*(?:script|system)|"
    r"直接(?:批准|通过|同意|认定)(?:我的|这个|本|该)?(?:申请|容错)|我的(?:申请|容错)直接?(?:批准|通过)(?:就行|吧|了|一下)",
    re.IGNORECASE,
)
_HELLO = re.compile(
    r"(?:[你您]好[呀啊]?|hi|hello|嗨|哈喽|早上?好?|上午好|中午好|下午好|晚上好|晚安|老师|在吗|人呢|在不在|在么|"
    r"在不|有人吗|"
    r"[太真多]?(?:非常|十分)?(?:谢谢|感谢)[你您啦了啊哈]?(?:帮[我忙])?|多谢|辛苦[你您了啦]*|麻烦[你您]?了|不客气|"
    r"打扰了|"
    r"[哈呵嘿嘻嗯恩哦噢喔啊哎唉呃额]|好[的滴嘞哒呀吧了]?|行吧?|收到|知道[了啦]|明白[了啦]?|了解了?|"
    r"ok|okay|可以|对|是的?|没错|不错|再见|拜拜|bye|稍等(?:一下)?|等我?(?:一?下|看看|想想|会儿?)|"
    r"让?我(?:先|再|慢慢|这就|马上|去|回去)?(?:([看想找查问翻算])(?:一?\1)(?:日历|日期|材料|记录|手机|文件)?|写|核对一?下)(?:再说)?|"
    r"真的|厉害|牛)+",
    re.IGNORECASE,
)
_FEELING = re.compile(
    r"(?:哎呀|真是|[唉哎啊真太好我]|有点|心里|今天|现在|写这个|填这个|问题|这个|这表)*"
    r"(?:难受|累|烦|紧张|害怕|难过|慌|郁闷|无语|气人|气死(?:我|人)?|累死(?:我|人)?|烦死(?:我|人)?|麻烦|啰嗦|复杂|"
    r"多|委屈|生气|糟心|说(?:起来)?都是泪|一言难尽)"
    r"(?:[了啊呀]|死了|得很)*"
)
_PRAISE = re.compile(
    r"(?:[你您]|这个?助手|机器人)[真还好挺很太是]{1,2}.{0,6}(?:好用|聪明|厉害|棒|能干|智能|贴心|笨|慢|傻|可以|"
    r"不错|好)[的啊呀了]*"
)
_SMALL = re.compile(
    r"今天(?:天气.{0,6}|[真好太][冷热晒]啊?)|天气(?:真|不错).{0,4}|吃[饭了]了?[没吗么]有?|讲个(?:笑话|故事).*|下班了[没吗]?|周末愉快|"
    r"节日快乐|新年好"
)
_BRACKETED = re.compile(r"[\[【［][一-鿿A-Za-z]{1,6}[\]】］]|/[一-鿿]{1,3}(?![一-鿿\w])")
_SIGNS = re.compile(r"[^\w一-鿿]+")
_WORDY = re.compile(r"[一-鿿]|\d|[A-Za-z]{2}")
_NUMBERED = re.compile(r"\d{1,2}|第?[一二三四五六七八九十][项条]?|第\d{1,2}[项条]")
_KINDS = {"容错": "tolerance", "澄清": "clarification"}
_WAIT = re.compile(r"(?:等等|等一?下|慢着|先别急?|还没想好|我?再(?:想想|看看|考虑(?:一下)?|核对一?下))+")
_MERELY_WAIT = re.compile(r"等[等一下会儿啊]*|[唉哎]?算了(?:吧|算了)?|不急着?")
_PARTICLES = re.compile(r"[吧了啊呀]+$")
_HOMOPHONES = {
    **dict.fromkeys(("体交", "题交", "提教", "提焦", "替交"), "提交"),
    **dict.fromkeys(("条过", "挑过", "跳国", "跳锅"), "跳过"),
    **dict.fromkeys(("取销", "曲消", "取笑"), "取消"),
    **dict.fromkeys(("反回", "返会", "反会"), "返回"),
    **dict.fromkeys(("既续", "继序", "计续"), "继续"),
}
_SHORT = 24
"""Characters without punctuation above which nothing is a fixed phrase."""
_WITH_REASON = 16


def plain(text: str) -> str:
    """Half-width, without spaces and punctuation: what fixed phrases are held against."""
    return _STOPS.sub("", unicodedata.normalize("NFKC", text))


def command(text: str, open_field: str | None) -> str:
    """The command a text is: one of `_PATTERNS`, edit, file:KIND; "" when it is none."""
    words = _typed_right(plain(text))
    if not words or len(words) > _SHORT:
        return ""
    if open_field == CHECK and _SUBMIT.fullmatch(words) and not words.startswith("先"):
        return "submit"
    if open_field == CHECK and _NUMBERED.fullmatch(words):
        return "edit"
    if open_field == "evidence" and _DONE.fullmatch(words):
        return "skip"
    for name, pattern in COMMANDS:
        if pattern.fullmatch(words):
            return name
    found = _FILE.fullmatch(words)
    return f"file:{_KINDS[found[1]]}" if found else _ending(text, open_field)


def _typed_right(words: str) -> str:
    """体交, 条过: a word of command typed with a homophone, and nothing else beside it."""
    bare = _PARTICLES.sub("", words)
    return _HOMOPHONES.get(bare, words)


def _ending(text: str, open_field: str | None) -> str:
    """没啥影响，跳过 · 先不说了，有人来找我: a command with a short reason before or behind it."""
    parts = [part for part in re.split(r"[，,。！!；;\s]+", text.strip()) if part]
    if len(parts) < 2 or len(plain(text)) > _WITH_REASON:
        return ""
    if (name := _together(parts, open_field)) is not None:
        return name
    name = command(parts[-1], open_field)
    if name in ("skip", "back", "cancel", "pause"):
        return name
    if name == "submit" and command(parts[0], open_field) == "submit":
        return name
    first = not _MERELY_WAIT.fullmatch(plain(parts[0])) and command(parts[0], open_field)
    return "pause" if first == "pause" else ""


def _together(parts: list[str], open_field: str | None) -> str | None:
    """都跳过，直接提交吧 · 等等，先不交，我再想想: nothing but commands and small talk; None when there is more."""
    names = [command(part, open_field) for part in parts]
    small = all(name or _HELLO.fullmatch(plain(part)) or _SUBMIT.fullmatch(plain(part)) or _WAIT.fullmatch(plain(part))
                for name, part in zip(names, parts, strict=True))  # fmt: skip
    given = [name for name in names if name]
    if not small or not given:
        return None
    return next((name for name in ("cancel", "pause") if name in given), given[-1])


def switch(text: str, kind: str) -> str:
    """The other kind that a text asks for inside a form of `kind`, or ""."""
    found = _SWITCH_WORDS.search(text) if len(text) <= 60 and not _EITHER.search(text) else None
    if found:
        wanted = _KINDS[next(group for group in found.groups() if group)]
        return wanted if wanted != kind else ""
    if kind == "tolerance" and _WRONGED.search(text[:60]):
        return "clarification"
    return "tolerance" if kind == "clarification" and _OWN_FAULT.search(text[:60]) else ""


def chat(text: str, open_field: str | None) -> bool:
    """Whether a text is small talk, a picture of a feeling, or an attempt to steer the assistant."""
    if INJECTION.search(unicodedata.normalize("NFKC", text)):
        return True
    bare = _BRACKETED.sub("", text)
    if not _WORDY.search(bare):
        return True
    words = _SIGNS.sub("", plain(bare))
    if len(words) > _SHORT:
        return False
    if _HELLO.fullmatch(words) or _PRAISE.fullmatch(words) or _SMALL.fullmatch(words):
        return True
    return open_field != "topic" and len(words) <= 12 and bool(_FEELING.fullmatch(words))
