"""Which fields a message tells besides the one asked for: labels, named units, told motives and results.

Nothing is made up: a piece is always the cadre's own words, and what is not clear is left to be asked.
"""

import re

from core.cases.fields import filled, form_of, name_pattern, named
from core.cases.form import Draft, Kind
from core.cases.questions import asks, clauses

_SUFFIX = (
    r"(?:大学|学院|中学|小学|幼儿园|党校|学校|教务处|[一-鿿]{1,10}?(?:工程系|系|处|科|股|局|部|委员会|办公室|"
    r"办事处|办|镇政府|乡政府|镇|乡|街道|"
    r"村委会|村|中心|公司|馆|所|站|(?:审计|办公|教研|研究|监督|监察|档案|机要)室|支队|大队|医院|研究院|研究所|教研室|党总支|支部|党委|工会|团委|学院|大学|集团))"
)
_OWN = re.compile(
    rf"(?:我们?(?:是|在|就是|当时在|原来在|所在的?单位(?:是|叫)|单位(?:是|叫)|那时在|当时是)|本人(?:是|在|系)|"
    rf"[俺咱]们?(?:是|在)|单位(?:是|叫|在)|"
    rf"我(?:当时|那时候?|原来|现在)?(?:在|是))(?P<unit>[一-鿿]{{0,12}}?{_SUFFIX})"
    r"(?=$|[，,。；;\s]|的|当|任|工作|上班|副|正|主任|科长|处长|院长|书记|挂职|负责|干|做|管|搞|一名|这边)"
)
_WHOLE = re.compile(rf"(?!.*(?:[了没被把漏丢坏错的]|新建|改造|[两几三四五六七八九\d]个))[一-鿿]{{0,16}}{_SUFFIX}")
_VAGUE_UNIT = re.compile(
    r"^(?:我们|咱们?|俺们?|这个|那个|某|哪|一个|几个|本)|^(?:村|镇|乡|系|处|部|局|县|办|科|所|站)$|(?:每|各|"
    r"全)(?:系|处|部|局|村|镇)"
)
_UNIT_HEAD = re.compile(
    r"^(?:就是|应该是|应该|是|我们?(?:是|在)?|咱们?(?:是|在)?|俺们?(?:是|在)?|当时(?:是|在)?|那时候?(?:是|在)?|在|"
    r"本人(?:是|在)?|单位(?:是|在|叫)?|驻的|"
    r"所在单位)+(?:的)?"
)
_UNIT_TAIL = re.compile(r"(?:的(?:人|一员)?|工作|上班|任职|当时|那边|这边|吧|啊|呀|呢|了|行吗|行不行?|可以吗)+$")
_MARK = r"(?:^|(?<=[，,。；;、\n\s]))(?:[（(]?\d{1,2}[.、)）]\s*)?"
_JOIN = r"\s*(?P<join>[:：]|就?是(?!否|不是)|为(?!了)|方面)?\s*[，,]?\s*"
_ALONE = {
    "时间", "发生时间", "单位", "所在单位", "动机", "初衷", "出发点",
    "程序上", "手续上", "客观上", "范围", "来源", "事实",
}  # fmt: skip
"""Labels that need no second one beside them to be taken as such without a colon."""
_CUES = {
    "motive": re.compile(
        r"一分钱.{0,4}没|没有?.{0,2}(?:私心|私利|谋私|好处)|^我?(?:就|只|当时就|一心)?是?想着?(?:给|让|把|早|替|"
        r"为|多|赶)|"
        r"为了(?:让|给|把|早|不)|(?:还不是|就是|都是|无非是|不就是)为了?|出发点|初衷|本意|不是为了(?:自己|个人)|完全出于"
    ),
    "conditions": re.compile(
        r"客观上|不可抗力|疫情|暴雨|大雪|台风|洪水|汛期|涨价|没有?(?:先例|明确规定)|谁[也都](?:想不到|没想到|料不到)|"
        r"(?:无法|难以|没法)预料|政策刚出|人手不够"
    ),
    "procedure": re.compile(
        r"(?:党委|党组|支部|总支|联席会|班子|常委会|两委|办公会|代表大?会|三重一大|院务会|处务会|局务会)"
        r".{0,8}(?:研究|讨论|过会|过了|定|通过|批|决定|上会|商量|同意)|报.{0,10}(?:备案|审批|批准|同意)|"
        r"(?:走|经过|履行)了?.{0,4}(?:招标|采购|程序|流程|比价)|请示[过了]|有(?:会议)?(?:纪要|批复)"
    ),
    "consequence": re.compile(
        r"(?:造成|导致|引起)了?.{0,12}(?:损失|影响|后果|投诉)|损失了?.{0,8}[万元块千百]|"
        r"没有?(?:出|造成).{0,6}(?:后果|大事|影响|伤亡|事故)|受了?[点些到]?影响|"
        r"(?:家长|群众|百姓|老乡|村民|学生|农户|患者).{0,8}(?:闹|投诉|上访|有意见|告状)|被.{0,4}通报"
    ),
    "remedy": re.compile(
        r"(?:已经?|都|全部?|后来|事后|之内|马上|及时|当天|第二天|随后|一周|一个?礼拜|一个?星期).{0,14}"
        r"(?:追回|退回|退还|退了|整改|补上|赔|修好|恢复|道了?歉|挽回|安排好|处理好)|重新招标|补救|挽回|"
        r"整改(?:完|到位|了)|善后"
    ),
}
_SUFFIXED = re.compile(_SUFFIX)
_SEVERAL_UNITS = 40
_CAPTION = re.compile(
    r"(?:[这那上下前后]面?|刚才|刚刚)(?:发的|传的)?[几两一]?(?:张|份|些|个)?(?:发的|传的)?(?:都|分别|就)?(?:是|为)"
    r"[^，,。]{0,20}(?:照片|图片|截图|纪要|合同|批复|单据?|发票|证明|材料|记录|凭证|附件|报告|文件|录音|视频)[^，,。]{0,12}。?"
)
_FIRM = re.compile(r"一分钱.{0,4}没|没(?:有)?(?:私心|谋私|谋.{0,2}私利)|初衷|出发点|不是为了自己")
_MEET = re.compile(
    r"(?:想|要|找|约|跟|和|与|同)+(?:一?下|个)?(?P<who>[一-鿿]{0,8}?(?:书记|部长|院长|校长|处长|主任|镇长|乡长|县长|局长|"
    r"科长|主席|领导|组织部|人事处|人事科|纪委|工会)(?:的人|的同志|的老师)?)(?=谈|聊|说|汇报|见|当面|反映|沟通|约|[，,。]|$)"
)
_ABOUT = re.compile(
    r"(?:谈一?谈|聊一?聊|说一?说|谈心|汇报(?:一下)?|沟通(?:一下)?|谈|聊)(?:一下|"
    r"下)?(?:关于)?(?P<topic>[一-鿿]{3,30}?(?:的事情?|的问题|的情况|的想法)|[一-鿿]{3,16}(?=[，,。]|$))"
)


def unit_in(text: str) -> str:
    """A unit that a sentence clearly names as the speaker's own: 我是汽车工程系的 → 汽车工程系; else ""."""
    for clause in clauses(text):
        found = _OWN.search(clause)
        name = found["unit"] if found else clause if _WHOLE.fullmatch(clause) and len(clause) <= 18 else ""
        if name and not _VAGUE_UNIT.search(name):
            return name
    return ""


def as_unit(text: str) -> str:
    """An answer to 所在单位 without 我是 … 的; the words themselves where nothing is to be taken off."""
    own = unit_in(text)
    if own and not _SUFFIXED.search(text.replace(own, "", 1)):
        return own
    naming = [part for part in clauses(text) if re.search(_SUFFIX, part)]
    if len(naming) > 1 and len(text) <= _SEVERAL_UNITS:
        return text.strip(" 。，,")  # 厅里派驻的，村里是…: which of them counts is not ours to say
    first = naming[0] if naming else text
    bare = _UNIT_TAIL.sub("", _UNIT_HEAD.sub("", first.strip(" 。，,")))
    return bare if len(bare) >= 2 else text.strip()


def names_unit(text: str) -> bool:
    """Whether there is anything in a text that could be a unit."""
    return bool(re.search(_SUFFIX, text))


def labelled(text: str, draft: Draft) -> tuple[str, dict[str, str]]:
    """What stands before the first label, and the words behind each label: 单位：…；动机是…"""
    pattern = re.compile(rf"{_MARK}(?P<name>{name_pattern(form_of(draft))}){_JOIN}")
    marks = [mark for mark in pattern.finditer(text) if mark["join"] or mark["name"].endswith("上")]
    colons = [mark for mark in marks if mark["join"] in (":", "：")]
    if not colons and len({mark["name"] for mark in marks}) < 2:
        marks = [mark for mark in marks if mark["name"] in _ALONE]
    if not marks:
        return text.strip(), {}
    found: dict[str, str] = {}
    for mark, end in zip(marks, [*(mark.start() for mark in marks[1:]), len(text)], strict=True):
        item = named(draft, mark["name"])
        words = text[mark.end() : end].strip(" ，,；;。\n")
        if item and words and item.name not in found:
            found[item.name] = words
    return (text[: marks[0].start()] if found else text).strip(" ，,；;\n"), found


def told_besides(text: str, open_field: str, draft: Draft) -> dict[str, str]:
    """Other questions that an answer settles on the way, in the cadre's words; the open field keeps the whole text."""
    if draft.type is not Kind.TOLERANCE:
        return {}
    if open_field in ("matter", "description"):
        own = [part for part in clauses(text) if _CUES["motive"].search(part)]
        return {"motive": "，".join(own)} if _FIRM.search(text) and "motive" not in draft.fields else {}
    if open_field not in _CUES:
        return {}
    wanted = {item.name for item in form_of(draft) if item.name in _CUES and not filled(draft, item)}
    runs: dict[str, list[str]] = {}
    current = open_field
    for part in clauses(text):
        fields = cued(part)
        if not runs and open_field not in fields:
            return {}  # the open question must be answered first, in words typical for it
        others = fields & wanted - {*runs} if not fields & {current, open_field} else set()
        current = others.pop() if len(others) == 1 else current
        runs.setdefault(current, []).append(part)
    return {name: "，".join(parts) for name, parts in runs.items() if name != open_field and len("".join(parts)) >= 5}


def captions(text: str) -> bool:
    """Whether a text only says what pictures and files are: 这些是会议纪要和照片."""
    return len(text) <= 40 and bool(_CAPTION.fullmatch(text.strip()))


def cued(text: str) -> set[str]:
    """The fields whose typical words a text has."""
    return {name for name, pattern in _CUES.items() if pattern.search(text)}


def belongs_elsewhere(text: str, open_field: str, draft: Draft) -> str:
    """A field filled in passing that a text adds to rather than answer the open question; or ""."""
    fields = cued(text)
    other = fields & draft.guessed
    return other.pop() if len(fields) == 1 and other and open_field not in fields else ""


def wished_talk(text: str) -> dict[str, str]:
    """Person and matter that a request for a talk names."""
    who, topic = _MEET.search(text), _ABOUT.search(text)
    found = {"talk_with": who["who"]} if who and who["who"] != "领导" else {}
    if topic and not asks(topic["topic"]):
        found["topic"] = topic["topic"]
    return found
