"""Whether a form turn asks something: told stories are full of 怎么, 谁 and 要不要 that ask nothing.

A turn is read clause by clause: how a clause ends, whether what looks like a question is only reported, and how much
of the turn is told.
"""

import re
from dataclasses import dataclass

_CLAUSES = re.compile(r"[^，,。；;！!？?\n]+[？?]?")
_DIRECT = re.compile(
    r"请问|想问|问一下|问下|我问|咨询|打听一下|了解一下|想知道|想了解|告诉我|先问|顺便问|我想确认|(?:不知道|"
    r"不清楚|不懂)(?:我)?这"
)
_PARTICLE = re.compile(r"(?<!要)[吗么][？?]?$|(?<!没什)(?<!那)(?<!这)么[？?]?$|(?<!图个啥)呢[？?]?$")
_YES_NO = re.compile(
    r"(?:行|好|可以|对|中|成|要|能|是|算|够|得|会|用|管|归|给|让|认|免责|影响|处分|公开|保密|知道|容错|申请|"
    r"有用)不(?:能|行)?[？?]?$|[能会要用得可].{1,14}不[？?]?$|算数不[？?]?$|"
    r"(?:规定|说法|要求|条文|期限|文件|标准|先例|办法|通知|影响|用)(?:了)?没(?:有)?[？?]?$"
)
_A_NOT_A = re.compile(
    r"能不能|会不会|要不要|是不是|有没有|算不算|可不可以|可否|能否|是否|需不需要|用不用|行不行|该不该|属不属于|"
    r"管不管|认不认|给不给|让不让|"
    r"好不好|还管不|好使不|在不在范围|得不得|公不公开"
)
_WH = re.compile(
    r"怎么(?!也|都|样都)|怎样|咋|如何|多久|多长|(?<![那这前好过十没头后末])几(?:天|个月|个工作日|年|件|次|份)(?=内|之内|"
    r"才|能|可以|[？?]?$)|多少(?:字|天|钱|年|算)|什么时候|"
    r"啥时候|何时|哪天|"
    r"谁|哪(?!怕|来的|知道|晓得|想到|吒)|为什么|为啥|凭什么|凭啥|什么(?!也|都|的都)|啥(?!也|都|的都)|第几|"
    r"多大(?!都|也)|多(?:细|"
    r"详细|具体)"
)
_OR = re.compile(
    r"([是写填归以按用算走找要交发管属给该]).{0,12}还是.{0,6}\1[^，,]{0,10}[啊呀呢嘛]?$|"
    r"(?:是|写|填|归|以|按|用|算|走|找|要|交|发).{1,12}还是(?!没|不|要|得|有|就|觉得|继续|决定|把|会|能|出[了过]|被|"
    r"给).{1,12}$"
)
_NOT_ASKING = re.compile(
    r"谁(?:也|都|不[想愿希]|还[不能]|知道|想得到|曾想|晓得|(?:又|还|会|能)*(?:想|预料|预见|料|算)得?到)|哪.{0,4}(?:也|都)|哪里?(?:想得到|想到|知道|"
    r"晓得)|能有(?:什么|啥)|(?:什么|啥|第几|几).{1,6}都|(?:怎么|谁|什么时候|哪里).{1,4}的(?:、|我?(?:不清楚|"
    r"不知道|记不|"
    r"忘))|(?:过|了|跑|去|来|找).{0,6}几|哪有|谁.{0,4}(?:都|也)|(?:图个?|图的?)(?:啥|什么)|哪来的|"
    r"没.{0,4}(?:什么|啥|谁|怎么|哪)|"
    r"不(?:怎么|咋|是什么|算什么|为什么|大|太)|什么的|之类|怎么说呢|谁(.{1,4})谁|哪里(.{1,8})哪里|"
    r"怎么(.{1,6})怎么|什么(.{1,4})什么|"
    r"能(?:咋|怎么)(?:办|样)嘛?$|上哪(?:儿|里)?.{1,8}去$|(?:啥|什么)时候.{1,8}(?:啥|什么)时候|"
    r"无论|(?<!管)不管|不论|任何|随便[哪谁什怎]|什么(?:事|情况|问题)都|啥(?:事|问题)都|(?:谁|怎么).{1,3}的、|"
    r"多少[有会还也受]|怎么[^，,]{0,6}[都也]|(?:哪|谁|什么|怎么|几)(.{0,6})就(?:哪|谁|什么|怎么|几)|"
    r"^(?:我|俺|额|咱)?们?(?:就是|还不是|不就是|只是|无非)[^，,]{4,}[么嘛]$|"
    r"看.{0,4}方便|不知道(?:从|为什么|为啥|怎么|咋|谁|什么时候|有没有可能|能不能行)|说什么|干什么|做什么都|"
    r"没(?:想|料)到|想不到"
)
_REPORTED = re.compile(
    r"(?:问(?!责)|不知道|不晓得|不清楚|没说|没讲|说清楚?|讲清楚?|没人|讨论(?:过|了)?|(?<!集体)研究(?:过|了)?|"
    r"考虑(?:过|了)?|商量(?:过|了)?|琢磨|核实|查一?下|"
    r"看看?|担心|怀疑|纠结|犹豫|决定|(?<!不)明确|告诉|通知(?!书)|怕|关系到|想着?|打听过)[^，,]{0,8}$"
)
_ASK_REPORTED = re.compile(r"(?:想|来|我)问(?:一?下|问)?$|请问")
_FORGOT = re.compile(r"记不清|记不得|不记得|想不起|忘了|记不准|说不准|说不好")
_FORM = re.compile(
    r"(?:填|写|报|交|传|发|选)(?:啥|什么|哪|谁|多|到哪|几)|(?:怎么|咋|如何|能不能|可不可以|是不是|要不要)(?:填|写|"
    r"说|算|答|交|传|发|弄|办)|必须|一定要|"
    r"不[填写交]|什么意思|举个?例|全称|简称|字数|多少字|要写|要填|哪一?[项天]|拍照|照片|截图|PDF|pdf|原件|格式|"
    r"录音|太大"
)
_POLICY = re.compile(
    r"容错|免责|追责|追究|问责|澄清|处分|减轻|从轻|提拔|晋升|评优|评先|职称|考核|规定|条款|条例|文件|政策|办法|"
    r"认定|受理|审批|公示|公开|"
    r"保密|答复|影响期|撤回|申请|提交|领导(?:会|知道)|谁[能会]?看|单位会|档案|归.{1,8}管|纪委|组织部|举报人|匿名|"
    r"函询|诬告|期限|"
    r"纠错|整改|程序|集体研究|不可抗力|先例|证据|材料|谈心|谈话|约谈"
)
_NOUN_QUERY = re.compile(
    r"(?:容错|免责|澄清|问责|纠错|处分|谈心|谈话|约谈).{0,8}(?:条件|程序|规定|期限|流程|标准|范围|情形|依据|清单|"
    r"部门|时限|政策|要求)(?:呢|是)?"
)
_ANSWERED = re.compile(r"(?:就是|因为|是因为|是为|主要是|还不是|无非)")
_RHETORICAL = re.compile(
    r"^(?:谁(?:看见|能证明|亲眼)|凭(?:什么|啥)(?:说|告|讲|造谣)|难道|何必|何况|哪能|怎么可能|怎么会|谁让)"
)


_HOW_TO_FILL = re.compile(
    r"^(?:怎么|咋|啥|什么)[填写].*吗[？?]?$|(?:怎么|咋|如何)(?:填|写|弄|报)(?:呢|啊|呀|好)?[？?]?$"
)
_NOT_FORM = re.compile(
    r"容错|免责|澄清|问责|处分|谁能看|保密|公开|提拔|影响期|从轻|减轻|纠错|诬告|函询|考核|评优|职称|谈心|体检|休假"
)


@dataclass(frozen=True)
class Asking:
    """How much of a turn asks. Lengths in characters."""

    asks: bool
    told: int
    asked: str = ""
    last: bool = False
    policy: bool = False
    direct: bool = False


def clauses(text: str) -> list[str]:
    """The clauses of a text, each with its question mark."""
    return [clause.strip() for clause in _CLAUSES.findall(text) if clause.strip()]


def asks(clause: str) -> bool:
    """Whether one clause asks something of the assistant."""
    marked = clause.endswith(("？", "?"))
    if _RHETORICAL.match(clause):
        return False
    if _HOW_TO_FILL.search(clause):
        return True
    bare = clause.rstrip("？?").rstrip("的了啊呀嘛 ")
    if _DIRECT.search(clause) or _NOUN_QUERY.fullmatch(bare):
        return True
    if _PARTICLE.search(clause) and not _NOT_ASKING.search(clause):
        return True
    found = _OR.search(clause) or _A_NOT_A.search(clause) or _YES_NO.search(clause) or _WH.search(clause)
    if found is None:
        return marked
    if _FORGOT.search(clause) and not re.search(r"怎么办|咋办|怎么填|咋填|怎么写", clause):
        return False
    if _NOT_ASKING.search(clause):
        return marked and bool(_POLICY.search(clause))
    return marked or not _is_reported(clause[: found.start()])


def _is_reported(before: str) -> bool:
    """Whether what stands before a question word makes it somebody else's question."""
    return bool(_REPORTED.search(before)) and not _ASK_REPORTED.search(before)


def asking(text: str) -> Asking:
    """What of a turn asks and how much is told beside it."""
    parts = clauses(text)
    flags = [asks(part) and not _ANSWERED.match(after) for part, after in zip(parts, [*parts[1:], ""], strict=True)]
    asked = "，".join(part for part, flag in zip(parts, flags, strict=True) if flag)
    told = sum(len(part) for part, flag in zip(parts, flags, strict=True) if not flag)
    return Asking(
        asks=any(flags),
        told=told,
        asked=asked,
        last=bool(flags) and flags[-1],
        policy=bool(_POLICY.search(asked) or _FORM.search(asked)),
        direct=bool(_DIRECT.search(text)),
    )


def about_form(text: str) -> bool:
    """Whether a question is about how to fill the open field, not about the policy."""
    return bool(_FORM.search(text)) and not _NOT_FORM.search(text)
