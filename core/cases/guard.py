"""What must not land in a form: the four dangerous messages, guesses at who reported, marked secrets (design 3 and 4).

A told story mentions all of these about others (有家长闹着要跳楼; 有人举报我), so each rule looks at who is speaking.
"""

import re
from collections.abc import Mapping

from core.cases.questions import clauses

_SURE = 0.5
_SELF_SHORT = 40
"""Characters up to which Rasa's intent counts; longer turns are told stories and need the words themselves."""
_DISTRESS = re.compile(
    r"不想活|活不下去|活着(?:没|有什么|还有啥)(?:意思|劲|意义)|想(?:死|自杀|轻生|跳楼|跳下去|一了百了|结束(?:生命|"
    r"这一切)|解脱)|自杀|轻生|"
    r"(?:撑|扛|熬)不(?:下去|住)了|写好?了?遗书|割(?:了)?(?:手)?腕|死了算了|不如死|以死|去死|要崩溃|快崩溃|跳楼"
)
_FORGOTTEN = re.compile(r"想不起|记不|不记得|忘了")
_OTHERS = re.compile(
    r"家长|学生|群众|村民|老乡|百姓|企业|老板|对方|施工队|农户|职工|老师|员工|工人|他们?|她们?|有人|孩子|业主|"
    r"商户|系统|设备|大棚|班子|项目|公司|厂|果苗|苗"
)
_REPORT = re.compile(
    r"(?:我|俺|咱)(?:们)?(?:要|想|来|得|准备)?(?:实名|匿名)?(?:去)?(?:举报|检举|控告|告发|揭发)(?!我(?!们)|信|的事|材料说)"
)
_REPORT_BARE = re.compile(
    r"^(?:要|想|实名)?(?:举报|检举)(?!我(?!们)|信|人|的|内容|说)|(?:怎么|如何|哪里|哪儿|在哪|找谁)(?:可以)?(?:举报|检举)"
)
_OWN_UP = re.compile(
    r"(?:我|俺)?(?:想|要|来|准备)?(?:主动)(?:交代|坦白|说明问题|投案|自首|承认)|(?:我|俺)(?:想|要|来)(?:交代|坦白|"
    r"自首|投案)|投案自首|"
    r"(?:我|俺)(?:确实|是|其实)?(?:收过|收了|拿过|拿了)(?:他|人家|老板|对方|企业)的?.{0,6}(?:钱|回扣|红包|"
    r"好处).{0,8}(?:想|要)(?:退|交|说)"
)
_INQUIRY = re.compile(
    r"(?:纪委|监委|组织|巡察|巡视|审计|检查组|函询|约谈|谈话|问话).{0,16}(?:怎么|咋|如何|该怎样|怎样|咋样)(?:说|"
    r"答|回|应对|写|讲|解释|办才能过)|"
    r"(?:怎么|咋|如何)(?:回复?|答复?|写|应付|应对).{0,4}(?:函询|约谈|谈话|纪委)"
)
_DENIES = re.compile(r"(?:举报|告|反映)我(?!们)|说我|传我|造谣|诬|冤枉|有人|别人|人家|匿名信|被举报|被反映|被人")
_GUESS = re.compile(
    r"(?:肯定|应该|八成|估计|怀疑|可能|准是|多半|八九不离十|一定|绝对|我猜|猜|无非|不外乎|明摆着|我知道)(?:就|都|"
    r"也)?(?:是|又是)?"
    r"(?!不)[^，,。；在]{1,8}(?:举报|告|写|反映|传|说|捅|搞|干|造谣|发|散布)(?:的|出去的|出来的|我)|"
    r"(?:就是|是)(?:那个|我们|隔壁|单位|办公室|系里|村里|科里)?(?:老|小|姓|张|王|李|刘|陈|赵|杨|黄|周|"
    r"吴)[^，,。；]{1,4}(?:举报|告|写|反映|传|捅|搞|造谣)(?:的|我)|"
    r"(?:是|准|肯定)(?:他|她|他们|这人|那人|这家伙|那家伙)[^，,。；]{0,4}(?:举报|告|写|反映|传|捅|搞|造谣|害|说)(?:的|我|出去)|"
    r"(?:举报|告|反映|造谣|传谣)我?的?(?:那个)?人(?:就是|是|叫|肯定|应该)"
)
_WHO = re.compile(
    r"(?:是)?(?:谁|哪个|啥人)(?:举报|告|反映|写|传|造谣|捅)(?:的|了)?(?:我)?|(?:举报|反映|"
    r"告)(?:我)?的?(?:人)?是谁|知道是谁(?:说|告|举报|写|传)"
)
_SECRET = re.compile(r"(?:绝密|机密|秘密)\s*[★☆]|[★☆]\s*(?:绝密|机密|秘密)")


def danger(text: str, ranking: Mapping[str, float]) -> str:
    """Which of the four dangerous messages a turn is: an intent's name, or ""."""
    top = max(ranking, key=lambda name: ranking[name], default="")
    sure = bool(top) and ranking[top] >= _SURE and len(text) <= _SELF_SHORT
    if _despairs(text) or (sure and top == "distress" and not _OTHERS.search(text) and not _FORGOTTEN.search(text)):
        return "distress"
    if _DENIES.search(text):
        return ""
    if len(text) <= 60 and (_REPORT.search(text) or _REPORT_BARE.search(text)):
        return "report_someone"
    if len(text) <= 60 and _OWN_UP.search(text):
        return "own_up"
    return "inquiry_help" if len(text) <= 60 and _INQUIRY.search(text) else ""


def _despairs(text: str) -> bool:
    """Whether somebody speaks of not going on living, and nobody else is the one who does."""
    return any(_DISTRESS.search(clause) and not _OTHERS.search(clause) for clause in clauses(text))


def without_guess(text: str) -> tuple[str, bool]:
    """A text without the clauses that name a supposed reporter, and whether there were any."""
    parts = re.findall(r"[^，,。；;！!？?\n]+[，,。；;！!？?\n]*", text)
    kept = [part for part in parts if not _GUESS.search(part)]
    return "".join(kept).strip(" ，,；;\n"), len(kept) < len(parts)


def asks_reporter(text: str) -> bool:
    """Whether somebody wants to know who reported."""
    return len(text) <= 40 and bool(_WHO.search(text))


def marked_secret(text: str) -> bool:
    """Whether a text carries a mark of classification, 机密★ and the like."""
    return bool(_SECRET.search(text))
