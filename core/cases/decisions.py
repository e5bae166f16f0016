"""What a decision must say, the check list of each document, and who is kept out of a case. Pure.

The product never decides: it holds an entry against what the documents ask for and refuses what is incomplete.
"""

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from core.cases.rules import Status, Type
from core.errors import Refused
from core.people.rules import Person

EXEMPT, LIGHTER, REDUCED, NOT_TOLERATED = "免责", "从轻", "减轻", "不予容错"
CLEARED, CREDITED, NOT_CLEARED = "澄清正名", "说明采信了结", "不予澄清"
OUTCOMES: dict[Type, tuple[str, ...]] = {
    Type.TOLERANCE: (EXEMPT, LIGHTER, REDUCED, NOT_TOLERATED),
    Type.CLARIFICATION: (CLEARED, CREDITED, NOT_CLEARED),
    Type.TALK: (),
}
GRANTED = (EXEMPT, LIGHTER, REDUCED)
_FOR_OUTCOME = {
    LIGHTER: ("procedure_reference",),  # chosen in the disciplinary procedure; the case stores its reference
    REDUCED: ("procedure_reference",),
    CLEARED: ("scope", "form", "wording", "agreed_on"),  # agreed with the cadre
}
_EXPLAINED = ("ldu", "sdju")  # ldu 三(二) 对不符合的予以说明; sdju 第十二条(三) 以适当方式予以答复
_DUE_REQUIRED = ("azkj", "ldu")  # azkj 12, ldu 三(三): 责成限期整改
_BODIES = {
    "sdju": (re.compile(r"党委(?!.*(组织|宣传|统战)部)"), "研究决定的机构应为党委（第十二条(二)）。"),
    "azkj": (re.compile(r"集体研究|会议?$"), "应由集体研究决定（第12条）。"),
}
LABEL = {
    "procedure_reference": "处分或处理程序的文号", "scope": "澄清范围", "form": "澄清方式", "wording": "澄清措辞",
    "agreed_on": "与本人商定的日期", "explanation": "对不符合情形的说明", "correction_reason": "纠错事由",
    "correction_demand": "纠错要求", "correction_due": "整改期限", "date": "日期", "influence_until": "影响期满日期",
    "told_on": "当面告知日期",
}  # fmt: skip


@dataclass(frozen=True)
class Check:
    """One item a document asks for. `before`: the status that is refused while it is open."""

    item: str
    label: str
    policy: str
    clause: str
    before: Status
    type: Type = Type.TOLERANCE
    outcome: str | None = None


PUBLISHED = "published"
PARTY_OPINION = "party_opinion"
CHECKS = (
    Check(PARTY_OPINION, "二级党组织意见", "sdju", "第十二条(一)", Status.DECIDED),
    Check("committee", "党委研究决定", "sdju", "第十二条(二)", Status.DECIDED),
    Check("reported_up", "报上级部门", "sdju", "第十二条(二)", Status.CLOSED),
    Check(PUBLISHED, "一定范围内公开", "sdju", "第十二条(三)", Status.CLOSED),
    Check("heard", "听取所属党组织或职能部门意见", "yn", "9", Status.DECIDED),
    Check("third_party", "群众代表或第三方参与调查核实", "yn", "9", Status.DECIDED),
    Check("together", "问责程序或责任调查中同步考虑", "nq", "11", Status.DECIDED),
    Check("inquiry", "视情况先进行函询", "nq", "12", Status.DECIDED, Type.CLARIFICATION),
    Check("credited", "说明情况后采信了结", "nq", "12", Status.DECIDED, Type.CLARIFICATION),
    Check("explained", "对不符合的予以说明", "ldu", "三(二)", Status.CLOSED, outcome=NOT_TOLERATED),
)
DONE, NOT_APPLICABLE = "done", "not_applicable"


def checks_for(policy: str, case_type: Type) -> list[Check]:
    """The check list of a case, in the document's order."""
    return [check for check in CHECKS if check.policy == policy and check.type == case_type]


def open_checks(policy: str, case_type: Type, before: Status, done: Iterable[str], outcome: str) -> list[Check]:
    """What still stands in the way of `before`."""
    settled = set(done)
    due = [check for check in checks_for(policy, case_type) if check.before == before and check.item not in settled]
    return [check for check in due if check.outcome in (None, outcome)]


def require_checks(policy: str, case_type: Type, before: Status, done: Iterable[str], outcome: str) -> None:
    """Raises Refused naming the open items with their clauses."""
    if due := open_checks(policy, case_type, before, done, outcome):
        raise Refused("还有事项未核对：" + "、".join(f"{check.label}（{check.clause}）" for check in due) + "。")


def require_decision(policy: str, case_type: Type, details: Mapping[str, str], today: dt.date) -> None:
    """Hold a decision's entry against the document. Raises Refused with the first thing that is wrong."""
    outcome = details["outcome"]
    if outcome not in OUTCOMES[case_type]:
        raise Refused("认定结果应为：" + "、".join(OUTCOMES[case_type]) + "。")
    if outcome == CREDITED and policy != "nq":
        raise Refused("本单位文件没有规定说明采信了结。")
    needs = [*_FOR_OUTCOME.get(outcome, ())]
    if outcome == NOT_TOLERATED and policy in _EXPLAINED:
        needs.append("explanation")
    if outcome in GRANTED:
        needs += ["correction_reason", "correction_demand"]
        needs += ["correction_due"] if policy in _DUE_REQUIRED else []
    if missing := [LABEL[name] for name in needs if not details.get(name, "").strip()]:
        raise Refused("缺少：" + "、".join(missing) + "。")
    _require_body(policy, case_type, details["body"])
    _require_dates(details, outcome, today)


def _require_body(policy: str, case_type: Type, body: str) -> None:
    if case_type == Type.TOLERANCE and policy in _BODIES:
        pattern, words = _BODIES[policy]
        if not pattern.search(body.strip()):
            raise Refused(words)


def _require_dates(details: Mapping[str, str], outcome: str, today: dt.date) -> None:
    decided = past_day(details, "date", today)
    if details.get("agreed_on"):
        past_day(details, "agreed_on", today)
    due = day(details, "correction_due")
    if due and due < decided:
        raise Refused("整改期限早于认定日期。")
    if day(details, "influence_until") and outcome not in (LIGHTER, REDUCED):
        raise Refused("只有从轻、减轻的决定才有影响期。")


def day(details: Mapping[str, str], name: str) -> dt.date | None:
    """An optional ISO day. Raises Refused when it is none."""
    raw = details.get(name, "").strip()
    try:
        return dt.date.fromisoformat(raw) if raw else None
    except ValueError:
        raise Refused(f"{LABEL[name]}应写成 2026-11-20 这样的日期。") from None


def past_day(details: Mapping[str, str], name: str, today: dt.date) -> dt.date:
    """A day that is not after today. Raises Refused."""
    found = day(details, name)
    if found is None:
        raise Refused(f"缺少：{LABEL[name]}。")
    if found > today:
        raise Refused(f"{LABEL[name]}不能晚于今天。")
    return found


def exclusions(applicant: Person, texts: Iterable[str], handlers: Iterable[Person]) -> dict[str, str]:
    """Whom the system proposes to keep out, with the ground: named in the matter, or the applicant's direct leader."""
    told = "\n".join(texts)
    found: dict[str, str] = {}
    for person in handlers:
        if applicant.leader and person.userid.casefold() == applicant.leader.casefold():
            found[person.userid] = "申请人的直接领导"
        elif person.name and person.name in told:
            found[person.userid] = "申请内容中提到姓名"
    return found
