"""Every fixed phrase of the form, and how questions, the check and confirmations are put together.

Wording of design section 3; the notices are design section 4's own words. Placeholders take the cadre's words,
labels, sizes and dates, never sentences.
"""

import datetime as dt
from collections.abc import Iterable

from core.cases.fields import TITLES, filled, form_of, position, takes_evidence
from core.cases.form import Draft, Evidence, Field, Kind, Refusal, Shape, Stage, Value
from core.messages.rules import Button

SECRECY = (
    "请勿填写或上传国家秘密、工作秘密，问题线索、函询通知书、谈话笔录等内部材料，以及与本事项无关的他人信息；"
    "涉密内容请当面递交。"
)
BEFORE_SUBMIT = {
    Kind.TOLERANCE: (
        "提交申请不等于认定容错，不影响组织正在进行的调查核实和问责程序；您提交的内容将作为核实材料，请如实填写。"
    ),
    Kind.CLARIFICATION: (
        "提交申请不等于作出澄清，不影响组织正在进行的调查核实和问责程序；您提交的内容将作为核实材料，请如实填写。"
    ),
    Kind.TALK: "提交后由有关部门安排，时间以答复为准；收到答复前，谈心还没有约定。",
}
SELF_CHECK = "想先逐项对照文件的条款，可以回复“容错自评”；自评不保存，别人看不到。"
PUBLICITY = "按第十二条(三)，认定结果将在一定范围内公开。"
NO_APPLICATION = "您单位文件没有规定个人申请程序；我先记录您的诉求并转交。"
CLARIFICATION_FOLLOWS = "澄清在组织自己核查之后进行。"
NO_TALK_REQUEST = "您单位文件没有规定干部约请谈话的程序；我先记录您的诉求并转交。"
NOT_PROVIDED = {
    Kind.TOLERANCE: frozenset({"azkj", "ldu", "yn"}),
    Kind.CLARIFICATION: frozenset({"azkj", "ldu", "sdju", "yn", "nq"}),
    Kind.TALK: frozenset({"azkj", "ldu", "sdju", "yn"}),
}
"""Organisations whose document provides for no such application (design section 3; nq 11 and 17, sdju 12 do)."""
PUBLISHES = frozenset({"sdju"})
MENU = "菜单：政策咨询 · 申请容错 · 申请澄清 · 我的申请 · 预约谈心 · 我的提醒 · 联系人工。直接回复名称即可。"
STARTED = "好的，开始填写{title}，共 {count} 项。随时可以回复“返回”“跳过”“先不弄了”“取消”，也可以直接发图片或文件。"
STARTED_SHORT = "好的，开始填写{title}，共 {count} 项。随时可以回复“返回”“跳过”“先不弄了”“取消”。"
NOTED = "已记下：{items}。"
RESUMED = "接着填写{title}。已填：{items}。"
RESUMED_EMPTY = "接着填写{title}。"
PAUSED = "好的，已填的内容都保存着。想接着填时，回复“继续”。不想要了，回复“继续”后再回复“取消”。"
CANCELLED = "已取消，没有提交{title}，草稿不再保留。"
FIRST_THIS = "您正在填写{title}。要另外办理{other}，请先填完，或回复“先不弄了”再告诉我；已填的内容会保存。"
IN_FORM = "您正在填写{title}。"
WHY_REQUIRED = "“{label}”是必填项：{why}，所以不能跳过。"
KEPT = "“{label}”保持不变。"
FIRST = "这已经是第一项。"
TOO_LONG = "这段话有 {count} 字，一项最多保存 {most} 字，这次没有保存；之前填写的内容都在。请分段精简后再发。"
CLASSIFIED = "这段话带有密级标志，没有保存。涉密内容请当面递交。"
NOT_A_DATE = "没有看懂这个时间。可以写“2025年6月20日”“去年6月”或“2025年3月到5月”；不记得日子，写到月份也可以。"
NOT_A_DATE_KEPT = "没有看懂这个时间，原来的时间没有改动。"
FUTURE = "{date}还没有到，发生时间不能晚于今天。"
PAST = "{date}已经过去，请换一个今后的时间。"
VAGUE = "“{words}”我先记为{date}。能想起具体的月份或日子吗？想不起来就回复“记不清”，我会保留您的原话。"
VAGUE_KEPT = "好的，保留您的原话“{words}”（{date}）。"
SHOWN_BACK = "{label}记为{date}（您说的是“{words}”）。"
NOT_A_UNIT = "请写单位或部门的名称，例如“教务处”“大安镇政府”。"
TOOK_DESCRIPTION = "这段话我记在“事情经过”里了。"
UNSURE = "这段话我还没有保存。它是对“{label}”的回答，还是在提问？回复 1 表示“这是我的回答”，回复 2 表示“我在提问”。"
UNSURE_CHECK = "这句话没有记入。要改哪一项，请回复它的数字，或写成“3 改成……”。"
NOT_RECORDED = "这句话没有记入申请。"
UNMOVED = "这句话不会改变申请的内容和状态。"
HELLO = "您好。"
WELCOME = "不客气。"
HINT = "这一项填：{ask}{optional}"
OPTIONAL = "这一项可以跳过。"
REPORTER = "请不要猜测或打听反映人。"
REPORTER_CUT = "请不要猜测或打听反映人。指向具体人的话没有保存。"
CHANGED = "已修改“{label}”：{value}。"
ADDED = "已补充到“{label}”。"
WHICH = "请问要改哪一项？回复数字即可：\n{items}"
NOT_FOUND = "没有找到要改的内容“{words}”。"
NO_SUCH = "没有第 {number} 项。"
NO_FILES = "{title}不收材料，刚才发来的内容没有保存。"
BY_HAND_FILES = "您单位的材料需要当面递交，刚才发来的内容没有保存。"
FILES = "已作为证据材料保存（共 {count} 份）："
REFUSED = "没有保存：{name}。{reason}"
REMOVED = "已删除第 {number} 份证据材料：{name}。"
NO_SUCH_FILE = "没有第 {number} 份证据材料。"
FILE_NOTE = "已记下说明。请直接发送图片或文件；没有就回复“没有”。"
SWITCHED = "好的，改为填写{title}。"
CARRIED = "已带过来：{items}。"
SKIPPED_AHEAD = "其余未填的项目先空着。"
MISSING = "还差必填项：{items}。"
CHECK_TITLE = "请核对{title}："
CHECK_HOW = "请核对：无误请回复“提交”；要改哪一项，回复它的数字，或写成“3 改成……”。"
RESTART = "要从头填写，请先回复“取消”，再重新申请；只改一项可以直接说，例如“时间改成去年6月”。"
_SHOWN = 300
"""Characters of one field that the check shows; the whole is stored."""


def show_date(value: str) -> str:
    """An ISO day, month, year, range or time range in Chinese words."""
    if "/" not in value:
        return _one(value)
    start, end = value.split("/")
    if len(start) == len(end) == 10 and start.endswith("-01") and _last_of_month(end):
        start, end = start[:7], end[:7]
        if start == end:
            return _one(start)
    if "T" in start and start[:10] == end[:10]:
        return f"{_one(start[:10])} {start[11:]}–{end[11:]}"
    return f"{_one(start)}至{_one(end)}"


def _last_of_month(day: str) -> bool:
    return (dt.date.fromisoformat(day) + dt.timedelta(days=1)).day == 1


def _one(value: str) -> str:
    day, _, time = value.partition("T")
    parts = [str(int(part)) for part in day.split("-")]
    words = "".join(part + unit for part, unit in zip(parts, "年月日", strict=False))
    return f"{words} {time}".strip()


def shown_back(item: Field, value: Value) -> str:
    """A date as it was understood, beside the words."""
    return SHOWN_BACK.format(label=item.label, date=show_date(value.value), words=value.text)


def shown(item: Field, value: Value) -> str:
    """A stored answer as the cadre sees it again."""
    if item.shape in (Shape.DATE, Shape.TIME) and value.value:
        date = show_date(value.value)
        return date if value.text in (date, value.value) else f"{date}（您说的是“{value.text}”）"
    text = value.value or value.text
    if len(text) <= _SHOWN:
        return text
    return f"{text[:_SHOWN]}……（共 {len(text)} 字，已完整保存）"


def size(number: int) -> str:
    """Bytes for people."""
    if number < 1024:
        return f"{number} 字节"
    return f"{number / 1024:.0f} KB" if number < 1024 * 1024 else f"{number / 1024 / 1024:.1f} MB"


def prompt(draft: Draft) -> str:
    """The open question with its place and label, or the way out of the check."""
    item = open_field(draft)
    if item is None:
        return CHECK_HOW
    lead = f"（{position(draft, item.name)}/{len(form_of(draft))}）{item.label}："
    if filled(draft, item) and item.name not in draft.again:
        now = f"{len(draft.evidence)} 份" if item.shape is Shape.FILES else shown(item, draft.fields[item.name])
        return f"{lead}现在是：{now}。请发新的内容；不改就回复“跳过”。"
    return lead + item.ask


def open_field(draft: Draft) -> Field | None:
    """The field that is asked for, None during the check."""
    if draft.stage is Stage.CHECKING or draft.open is None:
        return None
    return next(item for item in form_of(draft) if item.name == draft.open)


def buttons(draft: Draft) -> tuple[Button, ...]:
    """The choices under the open question. Nothing here destroys: a typed number may have been meant otherwise."""
    item = open_field(draft)
    if draft.choosing:
        return field_buttons(draft)
    if draft.held:
        return (Button("这是我的回答", "form:answer"), Button("我在提问", "form:question"))
    if item is None:
        return (
            Button("提交", "form:submit"), Button("修改", "form:change"),
            Button("先不弄了", "form:pause"), Button("取消申请", "form:cancel"),
        )  # fmt: skip
    found = []
    if item.name in draft.again and filled(draft, item):
        found.append(Button("记不清", "form:keep"))
    elif not item.required or filled(draft, item):
        found.append(Button("跳过", "form:skip"))
    if position(draft, item.name) > 1:
        found.append(Button("返回", "form:back"))
    return (*found, Button("先不弄了", "form:pause"), Button("帮助", "form:help"))


def field_buttons(draft: Draft) -> tuple[Button, ...]:
    """One button per field, in the form's order, so that a typed number is the field's number."""
    return tuple(Button(item.label, f"form:edit:{item.name}") for item in form_of(draft))


def check(draft: Draft) -> str:
    """All fields with their numbers, what has to be known before submitting, and how to go on."""
    lines = [CHECK_TITLE.format(title=TITLES[draft.type])]
    lines += [f"{number}. {item.label}：{_row(draft, item)}" for number, item in enumerate(form_of(draft), 1)]
    notes = [BEFORE_SUBMIT[draft.type]]
    if draft.type is Kind.TOLERANCE and draft.org in PUBLISHES:
        notes.append(PUBLICITY)
    return "\n".join([*lines, *notes, CHECK_HOW])


def _row(draft: Draft, item: Field) -> str:
    note = draft.fields.get(item.name)
    if item.shape is Shape.FILES:
        count = f"{len(draft.evidence)} 份" if draft.evidence else "（未提供）"
        return f"{count}；{note.text}" if note else count
    return shown(item, note) if note else "（未填）"


def files(before: int, added: Iterable[Evidence], refused: Iterable[Refusal], total: int) -> list[str]:
    """One row per stored file with its place, size and fingerprint, then the refused ones with their reasons."""
    rows = [
        f"{number}. {item.name}，{size(item.size)}，SHA-256 指纹 {item.sha256}"
        for number, item in enumerate(added, before + 1)
    ]
    head = [FILES.format(count=total)] if rows else []
    return [*head, *rows, *(REFUSED.format(name=item.name, reason=item.reason) for item in refused)]


def notices(draft: Draft) -> list[str]:
    """What is said with the first question: secrets, and that the document provides for no such application."""
    found = [SECRECY]
    if draft.type is Kind.TOLERANCE and takes_evidence(draft):
        found.append(SELF_CHECK)
    if draft.org in NOT_PROVIDED[draft.type]:
        if draft.type is Kind.CLARIFICATION:
            found.append(CLARIFICATION_FOLLOWS)
        found.append(NO_TALK_REQUEST if draft.type is Kind.TALK else NO_APPLICATION)
    return found


def started(draft: Draft) -> str:
    """The first line of a new form."""
    text = STARTED if takes_evidence(draft) else STARTED_SHORT
    return text.format(title=TITLES[draft.type], count=len(form_of(draft)))


def labels(draft: Draft, names: Iterable[str]) -> str:
    """Labels of fields in the form's order, for a sentence."""
    wanted = set(names)
    return "、".join(item.label for item in form_of(draft) if item.name in wanted)
