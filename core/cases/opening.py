"""What an opening sentence already tells: 上个月实训楼招标流标了，我要提容错申请 names the matter."""

import re

from core.cases.form import Kind
from core.cases.questions import asks

_PARTS = re.compile(r"[^，,。；;！!？?\n：]+[？?]?")
_REQUEST = re.compile(
    r"(?:容[错措]|荣错|澄[清青请]|正名|免责|谈心|谈话|辟谣).{0,10}(?:申请|填|报|提|表|单|走|办|流程|程序|机会|"
    r"材料|入口|开始|开个头|起个头|弄)|"
    r"(?:申请|审请|填|报|提|走|递|交|办|要|想|来|写|登记|启动|发起|新建|打开|换成|改成|改为|转成|改填|要求).{0,14}(?:容[错措]|"
    r"荣错|澄[清青请]|正名|免责|谈心|约谈|辟谣|从轻|免责)|"
    r"(?:申请|预约|约).{0,6}(?:谈|聊|时间)|[帮替请].{0,6}(?:申请|填|提|开|出面|出个)|出个说明|恢复名[誉声]|"
    r"还我清白|给.{0,3}说法|消除影响"
)
_META = re.compile(
    r"^(?:您好|你好|老师|领导|请问|麻烦|谢谢|帮[我俺咱]|请?你?[带教引].{0,4}(?:填|走|报)|你(?:问|带|一)|从哪|先填|"
    r"怎么填|咋填|现在就|就现在|开始|点错|刚才|刚刚|"
    r"那就|我?决定|我写好|材料|又来|跟上次|不是一件|另外一件|再提|作为|我们?要给|领导让|报告怎么|一项一项|我来填|"
    r"我跟着|您看|您发|可以的话|能的话|在这里|"
    r"好的|嗯|行|对了|唉|是这样|事情是这样|情况是这样|我这个事|我这里有个|这个事|有个事|有件事|我有个|走起|"
    r"俺[想要来填]|"
    r"想请组织|请组织|给我个|我不服|受不了|"
    r"(?:我|俺|咱|本人)们?(?:是|在|系)[^，,。]{2,16}(?:的|工作)$|烦请|这样|就是|我想问|我想咨询|想问)"
)
_HOLLOW = re.compile(
    r"^(?:事情办砸了|要(?:问|追)责了?|现在要(?:问|追|担)责|领导说.{0,10}|说要问我的责|别等.{0,8}|"
    r"纪委已经找过我了?|学校要处理我|要处理我|(?:其实|也)?不是(?:人家?|别人|有人)?.{0,2}(?:冤枉|诬告|造谣).{0,3}|[俺我]?(?:被|让|叫|遭)人?.{0,2}"
    r"(?:乱告|告|冤枉|整|诬告|污蔑|造谣)了?(?:一下)?|有人(?:整|告|害|冤枉)我|我(?:是)?被(?:人)?(?:冤枉|诬告)的?|"
    r"都是瞎编的|纯属造谣|根本没影的事|没有的事|"
    r"我这边.{0,8}|外面传得很难听|调查结果出来了?.{0,6}|已经查清楚了|查无实据|单位里还在传|.{0,10}传我的?谣言?)$"
)
_TOLD = re.compile(
    r"没|不成|不了|白[花干搞]|漏|丢|少|多|偏|黄|败|流标|超期|超支|通报|停|倒|淹|漏|塌|事故|故障|问题|亏|赔|错|误|晚|拖|坏|崩|瘫|撤|跑|出了|纰漏|岔子|"
    r"返工|项目|工程|采购|招标|合作|活动|试点|"
    r"改造|的事|那件事|系统|大棚|基地|名单|上报|审批"
)
_ACCUSED = re.compile(
    r"(?:说|传|告|反映|举报|造谣|骂|污蔑|诬陷|写信|匿名信|反映的|谣传|指责)[^，,。]{0,6}(?:我|俺|咱|本人).{2,}|"
    r"(?:说|传|告|反映|举报)[^，,。]{2,}(?:造假|收|拿|"
    r"贪|占|吃|抄)"
)
_FOR = re.compile(
    r"(?:为|就|给|替)(?P<what>[^，,。]{4,40}?(?:的事情?|这件事|那件事|项目|问题|失误|工程|活动))(?:来|想|"
    r"要)?(?:申请|提|报|走|填)"
)
_TAIL = re.compile(
    r"[，,]?(?:我|俺|咱|所以|现在|帮)*(?:想|要|来)?(?:正式)?(?:申请|提出?|走|报|填)(?:一?[个份])?(?:容错|"
    r"澄清)(?:申请|免责)?(?:吧|了)?$"
)
_LEAST = {Kind.TOLERANCE: 5, Kind.CLARIFICATION: 6, Kind.TALK: 4}


def asks_for_form(text: str) -> bool:
    """Whether the words ask to file or to book something."""
    return bool(_REQUEST.search(text) or re.search(r"[想要](?:再|另外)?(?:约|找).{1,8}[谈聊]", text))


def told(text: str, kind: Kind) -> str:
    """The part of an opening sentence that tells the matter, in its own words; "" when it only asks for the form."""
    if named := _FOR.search(text):
        return named["what"] if kind is Kind.TOLERANCE else ""
    kept = [part for part in (_bare(part) for part in _PARTS.findall(text)) if part]
    joined = "，".join(kept)
    if kind is Kind.CLARIFICATION:
        first = next(
            (index for index, part in enumerate(kept) if _ACCUSED.search(part) and not _HOLLOW.match(part)), None
        )
        return "，".join(kept[first:]) if first is not None else ""
    solid = [part for part in kept if not _HOLLOW.match(part)]
    if kind is Kind.TALK or not any(_TOLD.search(part) and len(part) >= _LEAST[kind] for part in solid):
        return ""
    return joined


def _bare(part: str) -> str:
    """A clause without the request; "" when it is nothing but request, courtesy or a question about filling."""
    words = _TAIL.sub("", part.strip())
    if not words or _META.match(words) or asks(words):
        return ""
    return "" if _REQUEST.search(words) else words
