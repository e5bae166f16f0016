"""The questions of each form, in the order they are asked, and how to look them up (design section 4)."""

from collections.abc import Iterable

from core.cases.form import Draft, Field, Kind, Shape

_FILES = Field(
    "evidence",
    "证据材料",
    "请直接发送图片或文件，如会议纪要、批复、合同、现场照片；没有就回复“没有”。",
    ("证据材料", "佐证材料", "证据", "附件"),
    Shape.FILES,
)
_TOLERANCE = (
    Field(
        "matter",
        "事项",
        "请用一两句话说明，申请容错的是哪件事。",
        ("申请事项", "事项", "事由"),
        why="办理部门要先知道是哪件事",
    ),
    Field(
        "incident_date",
        "发生时间",
        "这件事发生在什么时候？只记得大概也可以，例如“去年6月”“2025年3月到5月”。",
        ("发生时间", "发生日期", "时间", "日期"),
        Shape.DATE,
        "核实时要对上当时的政策和记录",
    ),
    Field(
        "unit",
        "所在单位",
        "事情发生时，您在哪个单位、哪个部门？",
        ("所在单位", "工作单位", "单位", "部门"),
        Shape.UNIT,
        "要按干部管理权限确定由谁办理",
    ),
    Field(
        "description",
        "事情经过",
        "请按先后说说事情的经过：起因、您做了什么、后来怎样。",
        ("事情经过", "经过", "事情的经过", "过程", "来龙去脉"),
        why="办理部门据此核实",
    ),
    Field(
        "motive",
        "动机态度",
        "当时为什么这样做，出发点是什么？",
        ("动机态度", "动机", "出发点", "初衷", "本意", "目的", "态度"),
    ),
    Field(
        "conditions",
        "客观条件",
        "当时有哪些客观条件限制，或事先难以预料的情况？",
        ("客观条件", "客观原因", "客观情况", "客观因素", "客观上", "客观", "条件"),
    ),
    Field(
        "procedure",
        "程序方法",
        "当时经过了哪些程序，例如集体研究、请示报告、招标、备案？",
        ("程序方法", "决策程序", "程序上", "程序", "手续上", "手续", "方法"),
    ),
    Field(
        "consequence",
        "后果影响",
        "这件事造成了什么后果和影响？",
        ("后果影响", "造成的后果", "造成的影响", "后果", "影响", "损失情况", "损失"),
    ),
    Field(
        "remedy",
        "挽回损失",
        "事后采取了哪些办法挽回损失、消除影响？",
        ("挽回损失", "补救措施", "挽回", "补救", "整改情况", "整改", "善后"),
    ),
    _FILES,
)
_CLARIFICATION = (
    Field(
        "accusation",
        "不实反映内容",
        "您认为不实的反映或传言，内容是什么？",
        ("不实反映内容", "不实反映", "反映内容", "不实内容", "反映的内容", "反映"),
        why="组织要先知道需要澄清的是什么",
    ),
    Field(
        "source",
        "来源渠道",
        "这些话在哪里流传？只写渠道，例如微信群、网帖、会上，请不要写是谁反映的。",
        ("来源渠道", "来源", "渠道"),
    ),
    Field("facts", "事实说明", "实际情况是怎样的？", ("事实说明", "事实", "实际情况", "真实情况"), why="组织据此核查"),
    Field(
        "expected_scope",
        "希望澄清的范围",
        "您希望在什么范围内澄清，例如单位会议、某个村、某个微信群？",
        ("希望澄清的范围", "澄清的范围", "澄清范围", "范围"),
    ),
    _FILES,
)
_TALK = (
    Field(
        "topic",
        "想谈的事",
        "您想谈哪方面的事？",
        ("想谈的事", "谈的事", "话题", "内容", "主题"),
        why="便于安排合适的人",
    ),
    Field(
        "preferred_time", "希望时间", "您希望什么时候谈？例如“下周二下午”。", ("希望时间", "时间", "日期"), Shape.TIME
    ),
    Field(
        "talk_with",
        "想约的人",
        "您想和哪个部门或哪位领导谈？",
        ("想约的人", "约的人", "谈话对象", "对象", "想找的人"),
        why="要知道转给谁安排",
    ),
)
_BY_HAND = (
    Field(
        "hand_in_time",
        "递交时间",
        "您单位的申请需要当面递交。您希望什么时候递交？例如“下周二下午”。",
        ("递交时间", "时间", "日期"),
        Shape.TIME,
        "便于安排接收",
    ),
)
FORMS: dict[Kind, tuple[Field, ...]] = {
    Kind.TOLERANCE: _TOLERANCE,
    Kind.CLARIFICATION: _CLARIFICATION,
    Kind.TALK: _TALK,
}
FIELDS: dict[str, Field] = {item.name: item for form in (*FORMS.values(), _BY_HAND) for item in form}
TITLES = {Kind.TOLERANCE: "容错申请", Kind.CLARIFICATION: "澄清申请", Kind.TALK: "谈心预约"}
CARRIED: dict[tuple[Kind, Kind], dict[str, str]] = {
    (Kind.TOLERANCE, Kind.CLARIFICATION): {"description": "facts"},
    (Kind.CLARIFICATION, Kind.TOLERANCE): {"facts": "description"},
    (Kind.TALK, Kind.TOLERANCE): {"topic": "matter"},
    (Kind.TOLERANCE, Kind.TALK): {"matter": "topic"},
}
"""What still fits when the kind changes: field there → field here. Evidence goes along where the form takes any."""


def form_of(draft: Draft) -> tuple[Field, ...]:
    """The questions of a draft. With intake by appointment only a time for handing in is taken (design section 4)."""
    return _BY_HAND if draft.intake == "appointment" and draft.type is not Kind.TALK else FORMS[draft.type]


def takes_evidence(draft: Draft) -> bool:
    """Whether pictures and files belong to this form at all."""
    return any(item.shape is Shape.FILES for item in form_of(draft))


def position(draft: Draft, name: str) -> int:
    """The place of a field in the form, from 1. Raises ValueError when the form does not have it."""
    return [item.name for item in form_of(draft)].index(name) + 1


def has(draft: Draft, name: str) -> bool:
    """Whether the form asks for this field."""
    return any(item.name == name for item in form_of(draft))


def filled(draft: Draft, item: Field) -> bool:
    """Whether a question has its answer: words, or for evidence at least one file."""
    return bool(draft.evidence) if item.shape is Shape.FILES else item.name in draft.fields


def first_open(draft: Draft) -> Field | None:
    """The first question that was neither answered nor skipped, or whose answer was brought along unseen."""
    for item in form_of(draft):
        if item.name in draft.carried or not (filled(draft, item) or item.name in draft.skipped):
            return item
    return None


def named(draft: Draft, words: str) -> Field | None:
    """The field that words at the start of a text mean: 时间…, 单位…; the longest name wins."""
    return next((item for word, item in _names(form_of(draft)) if words.startswith(word)), None)


def _names(form: Iterable[Field]) -> list[tuple[str, Field]]:
    """Every name of every field, longest first."""
    pairs = [(word, item) for item in form for word in (item.label, *item.words)]
    return sorted(pairs, key=lambda pair: -len(pair[0]))


def name_pattern(form: Iterable[Field]) -> str:
    """A regular expression that matches any name of any field, longest first."""
    return "|".join(dict.fromkeys(word for word, _ in _names(form)))
