"""What an applicant reads about a case: never more than was said in person, never a person's name."""

import datetime as dt
from collections.abc import Iterable, Sequence

from core.cases.drafts import Received
from core.cases.prompts import size
from core.cases.rules import TRANSITIONS, TYPE_LABEL, Case, Draft, Role
from core.cases.views import Progress
from core.clock import SHANGHAI
from core.messages.rules import Button
from core.policies.rules import Policy, citation

_MOVES = (
    ("answer", "补正材料", "supplement"),
    ("supplement", "补充材料", "supplement"),
    ("acknowledge", "已知悉", "acknowledge"),
    ("report_correction", "报整改情况", "report_correction"),
    ("withdraw", "撤回", "withdraw"),
    ("exclude", "申请回避", "exclude"),
)
_MOST = 6
_ROW = "{} {}：{}（{}提交）"
_DRAFT = "{title}（草稿，还没有提交）"


def day(moment: dt.datetime | dt.date) -> str:
    """2026年11月20日."""
    date = moment.astimezone(SHANGHAI).date() if isinstance(moment, dt.datetime) else moment
    return f"{date.year}年{date.month}月{date.day}日"


def short(case: Case) -> str:
    """A case on a button of ten characters."""
    prefix, _, sequence = case.number.split("-")
    return f"{prefix}-{sequence}"


def overview(rows: Sequence[tuple[Case, str]], drafts: Sequence[Draft]) -> tuple[list[str], tuple[Button, ...]]:
    """The list with a button for each of the newest."""
    newest = sorted(rows, key=lambda row: row[0].submitted_at, reverse=True)
    lines = ["您的申请："]
    lines += [
        f"{case.number} {TYPE_LABEL[case.type]}：{label}（{day(case.submitted_at)}提交）" for case, label in newest
    ]
    lines += [_DRAFT.format(title=TYPE_LABEL[draft.type]) for draft in drafts]
    room = _MOST - bool(drafts)
    buttons = [Button(short(case), f"case:show:{case.number}") for case, _ in newest[:room]]
    if drafts:
        buttons.append(Button("继续填写", "form:resume"))
    return lines, tuple(buttons)


def allowed(case: Case, move: str, policy: str) -> bool:
    """Whether the applicant may make a move now, as far as the applicant may know."""
    if move in ("acknowledge", "report_correction") and not case.told_on:
        return False
    if move == "report_correction" and case.correction not in ("open", "returned"):
        return False
    return any(
        row.move == move
        and case.type in row.types
        and case.status in row.sources
        and Role.APPLICANT in row.roles
        and (not row.policies or policy in row.policies)
        for row in TRANSITIONS
    )


def moves(case: Case, policy: str) -> tuple[Button, ...]:
    """What the applicant may do with the case now."""
    names = [(title, payload) for move, title, payload in _MOVES if allowed(case, move, policy)]
    return (*(Button(title, f"case:{payload}:{case.number}") for title, payload in names), Button("我的申请", "cases"))


def file_lines(files: Iterable[Received]) -> list[str]:
    """Every file with its place, size and fingerprint."""
    rows = list(files)
    if not rows:
        return []
    head = f"证据材料共 {len(rows)} 份："
    return [head, *(f"{n}. {one.name}，{size(one.bytes)}，SHA-256 指纹 {one.sha256}" for n, one in enumerate(rows, 1))]


def page(found: Progress, policy: Policy | None) -> tuple[str, tuple[tuple[str, str], ...]]:
    """The whole of what the applicant may know, and the clauses it names."""
    lines = [f"{found.number} {found.kind}", f"进度：{found.status}"]
    if found.office:
        lines.append(f"办理部门：{found.office} {found.phone}")
    lines.append(f"提交时间：{day(found.submitted_at)}")
    if found.note:
        lines.append(f"部门说明：{found.note}")
    if found.evidence:
        lines.append(f"证据材料：{len(found.evidence)} 份")
    if found.supplements:
        lines.append(f"补充：{len(found.supplements)} 次")
    result, citations = _result(found, policy)
    return "\n".join([*lines, *result]), citations


def _result(found: Progress, policy: Policy | None) -> tuple[list[str], tuple[tuple[str, str], ...]]:
    given = found.result
    if not given:
        return [], ()
    lines = [f"认定结果：{given['outcome']}（{given['body']}，{given['date']}，{given['reference']}）"]
    if clause := given.get("clause"):
        lines.append(f"依据：{_cited(policy, clause)}")
    lines += [f"{label}：{given[name]}" for name, label in _SHOWN if given.get(name)]
    if found.correction not in (None, "accepted"):
        state = {"open": "待您报送整改情况", "reported": "整改情况已报送", "returned": "整改情况被退回，请补充"}
        lines.append(f"整改：{state.get(str(found.correction), '')}")
    cited: list[tuple[str, str]] = []
    for clause, about, items in found.protects:
        if policy is None:
            break
        lines.append(f"{about}：{'、'.join(items)}（{citation(policy, clause)}）")
        cited.append((policy.id, clause))
    return lines, tuple(cited)


_SHOWN = (
    ("explanation", "说明"), ("correction_reason", "纠错事由"), ("correction_demand", "纠错要求"),
    ("correction_due", "整改期限"), ("influence_until", "影响期至"), ("scope", "澄清范围"), ("form", "澄清方式"),
    ("wording", "澄清措辞"),
)  # fmt: skip


def _cited(policy: Policy | None, clause: str) -> str:
    """With the document's name where the entry is one of its clauses, else as entered."""
    return citation(policy, clause) if policy and policy.clause(clause) else clause
