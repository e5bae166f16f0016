"""The case: kinds, fields, statuses, and the one table of what may happen to it (design.md section 4). Pure."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from core.errors import Refused
from core.people.rules import Person

MAX_TEXT = 20_000
"""Characters of one field or supplement; what is longer is refused and nothing of it is kept."""
HANDLER_ROLES = ("handler_discipline", "handler_organization")
PARTY_TAG = "党务干部"
SYSTEM = Person(userid="system", name="", org="", roles=("system",))


class Type(StrEnum):
    """What is asked for."""

    TOLERANCE = "tolerance"
    CLARIFICATION = "clarification"
    TALK = "talk"


PREFIX = {Type.TOLERANCE: "RC", Type.CLARIFICATION: "CQ", Type.TALK: "TH"}
TYPE_LABEL = {Type.TOLERANCE: "容错申请", Type.CLARIFICATION: "澄清申请", Type.TALK: "谈心预约"}


@dataclass(frozen=True)
class Field:
    """One question of a form; `label` is what the cadre sees."""

    name: str
    label: str
    required: bool = False


FIELDS: dict[Type, tuple[Field, ...]] = {
    Type.TOLERANCE: (
        Field("matter", "事项", True),
        Field("incident_date", "发生时间", True),
        Field("unit", "所在单位", True),
        Field("description", "事情经过", True),
        Field("motive", "动机态度"),
        Field("conditions", "客观条件"),
        Field("procedure", "程序方法"),
        Field("consequence", "后果影响"),
        Field("remedy", "挽回损失"),
        Field("evidence", "证据材料"),
    ),
    Type.CLARIFICATION: (
        Field("accusation", "不实反映内容", True),
        Field("source", "来源渠道"),
        Field("facts", "事实说明", True),
        Field("expected_scope", "希望澄清的范围"),
        Field("evidence", "证据材料"),
    ),
    Type.TALK: (
        Field("topic", "想谈的事", True),
        Field("preferred_time", "希望时间"),
        Field("talk_with", "想约的人", True),
    ),
}

BY_APPOINTMENT = (Field("hand_in_time", "递交时间", True),)


def form(case_type: Type, intake: str) -> tuple[Field, ...]:
    """What is asked: with intake `appointment` a time for handing in and nothing of the matter (a talk as ever)."""
    return BY_APPOINTMENT if intake == "appointment" and case_type != Type.TALK else FIELDS[case_type]


class Status(StrEnum):
    """Life of a case."""

    DRAFT = "draft"  # still being filled in by the cadre; nobody else knows of it
    SUBMITTED = "submitted"  # handed in; waits for the body it was passed to
    ACCEPTED = "accepted"  # the body has taken it on (a talk: time and person are agreed)
    RETURNED = "returned"  # the body asks the cadre for more
    NOT_ACCEPTED = "not_accepted"  # the body does not take it on, with the reason
    TRANSFERRED = "transferred"  # passed on to the body that runs, or would run, the procedure
    INVESTIGATING = "investigating"  # facts are being checked
    DELIBERATING = "deliberating"  # the competent body is considering it
    DECIDED = "decided"  # the body's decision is entered and confirmed; correction may be open
    CLOSED = "closed"  # told in person, corrected where asked, checks done
    WITHDRAWN = "withdrawn"  # taken back by the cadre before a decision
    COUNTER_PROPOSED = "counter_proposed"  # talk: another time or person was offered
    DECLINED = "declined"  # talk: not possible, with the reason
    HELD = "held"  # talk: it took place
    LAPSED = "lapsed"  # talk: its time passed without it


HANDLER_LABEL = {
    Status.DRAFT: "草稿", Status.SUBMITTED: "已提交", Status.ACCEPTED: "已受理", Status.RETURNED: "待补充",
    Status.NOT_ACCEPTED: "不予受理", Status.TRANSFERRED: "已转办", Status.INVESTIGATING: "调查核实",
    Status.DELIBERATING: "集体研究", Status.DECIDED: "已作出认定", Status.CLOSED: "已办结", Status.WITHDRAWN: "已撤回",
    Status.COUNTER_PROPOSED: "已另提时间", Status.DECLINED: "未能安排", Status.HELD: "已谈", Status.LAPSED: "已过期",
}  # fmt: skip
_IN_PROGRESS = (Status.INVESTIGATING, Status.DELIBERATING, Status.DECIDED)
ENDED = (Status.NOT_ACCEPTED, Status.CLOSED, Status.WITHDRAWN, Status.DECLINED, Status.HELD, Status.LAPSED)


class Role(StrEnum):
    """What a person is to one case."""

    APPLICANT = "applicant"
    HANDLER = "handler"  # of the discipline or organisation department of the same organisation
    HEAD = "head"  # a handler who heads the body: settles exclusions
    PARTY = "party"  # the cadre's second-level party organisation (sdju only)
    SYSTEM = "system"  # the scheduler


@dataclass(frozen=True)
class FieldValue:
    """`value` as the product understood it (an ISO date), `text` in the cadre's words."""

    value: str
    text: str


@dataclass(frozen=True)
class Draft:
    """A form in progress. `key` is random and never used twice: it makes submitting repeatable. `state` is JSON."""

    key: str
    userid: str
    org: str
    type: Type
    fields: Mapping[str, FieldValue]
    created_at: dt.datetime
    touched_at: dt.datetime
    state: Mapping[str, Any] = field(default_factory=dict)
    evidence: int = 0


@dataclass(frozen=True)
class Case:
    """A case's row: what lists filter and sort by, nothing that anybody wrote."""

    id: int
    number: str
    type: Type
    status: Status
    org: str
    unit: str
    applicant: str
    office: str
    handler: str | None
    submitted_at: dt.datetime
    changed_at: dt.datetime
    told_on: dt.date | None = None
    decided_by: str | None = None
    confirmed_by: str | None = None
    correction: str | None = None
    correction_due: dt.date | None = None
    influence_until: dt.date | None = None
    closed_at: dt.datetime | None = None


@dataclass(frozen=True)
class Transition:
    """One row of the table. `target` None: the case stays. `tells`: the applicant hears that something is new.

    `needs`: details without which the move is refused. `policies`: only where this document is in force.
    """

    move: str
    sources: tuple[Status, ...]
    target: Status | None
    roles: tuple[Role, ...]
    needs: tuple[str, ...] = ()
    tells: bool = False
    types: tuple[Type, ...] = (Type.TOLERANCE, Type.CLARIFICATION)
    policies: tuple[str, ...] = ()


_S = Status
_UNDECIDED = (_S.SUBMITTED, _S.ACCEPTED, _S.RETURNED, _S.TRANSFERRED, _S.INVESTIGATING, _S.DELIBERATING)
_OPEN = (*_UNDECIDED, _S.DECIDED)
_TALK_OPEN = (_S.SUBMITTED, _S.COUNTER_PROPOSED, _S.ACCEPTED)
_CADRE, _HANDLER, _HEAD, _PARTY = (Role.APPLICANT,), (Role.HANDLER,), (Role.HEAD,), (Role.PARTY,)
_T = (Type.TOLERANCE,)
_TALK = (Type.TALK,)
_DECISION = ("outcome", "body", "date", "reference", "reason", "clause", "second")
_CHECKED = (_S.ACCEPTED, _S.TRANSFERRED, _S.INVESTIGATING, _S.DELIBERATING, _S.DECIDED)

TRANSITIONS: tuple[Transition, ...] = (
    Transition("accept", (_S.SUBMITTED,), _S.ACCEPTED, _HANDLER, tells=True),
    Transition("return", (_S.SUBMITTED, _S.ACCEPTED), _S.RETURNED, _HANDLER, ("reason",), tells=True),
    Transition("answer", (_S.RETURNED,), _S.SUBMITTED, _CADRE),
    Transition("supplement", tuple(s for s in _OPEN if s != _S.RETURNED), None, _CADRE),
    Transition("not_accept", (_S.SUBMITTED, _S.RETURNED), _S.NOT_ACCEPTED, _HANDLER, ("reason",), tells=True),
    Transition("transfer", (_S.SUBMITTED, _S.ACCEPTED), _S.TRANSFERRED, _HANDLER, ("reason", "to_body"), tells=True),
    Transition("investigate", (_S.ACCEPTED, _S.TRANSFERRED), _S.INVESTIGATING, _HANDLER),
    Transition("deliberate", (_S.INVESTIGATING,), _S.DELIBERATING, _HANDLER),
    Transition("decide", (_S.DELIBERATING,), _S.DECIDED, _HANDLER, _DECISION),
    Transition("tell", (_S.DECIDED,), None, _HANDLER, ("told_on", "told_by"), tells=True),
    Transition("publish", (_S.DECIDED,), None, _HANDLER, ("text", "date"), types=_T, policies=("sdju",)),
    Transition("acknowledge", (_S.DECIDED, _S.CLOSED), None, _CADRE),
    Transition("report_correction", (_S.DECIDED,), None, _CADRE, ("text",), types=_T),
    Transition("accept_correction", (_S.DECIDED,), None, _HANDLER, tells=True, types=_T),
    Transition("return_correction", (_S.DECIDED,), None, _HANDLER, ("reason",), tells=True, types=_T),
    Transition("check", _CHECKED, None, _HANDLER, ("item", "state", "note")),
    Transition("opinion", _UNDECIDED, None, _PARTY, ("text",), tells=True, types=_T, policies=("sdju",)),
    Transition("exclude", _OPEN, None, (*_CADRE, *_HANDLER), ("person", "reason")),
    Transition("approve_exclusion", _OPEN, None, _HEAD, ("person",)),
    Transition("deny_exclusion", _OPEN, None, _HEAD, ("person", "reason")),
    Transition("assign", _OPEN, None, _HEAD, ("person",)),
    Transition("close", (_S.DECIDED,), _S.CLOSED, _HANDLER, tells=True),
    Transition("withdraw", _UNDECIDED, _S.WITHDRAWN, _CADRE, ("reason",)),
    Transition("accept", (_S.SUBMITTED,), _S.ACCEPTED, _HANDLER, types=_TALK),  # core.talks tells both sides itself
    Transition("propose", (_S.SUBMITTED, _S.ACCEPTED), _S.COUNTER_PROPOSED, _HANDLER, ("text",), types=_TALK),
    Transition("counter", (_S.COUNTER_PROPOSED, _S.ACCEPTED), _S.SUBMITTED, _CADRE, ("text",), types=_TALK),
    Transition("agree", (_S.COUNTER_PROPOSED,), _S.ACCEPTED, _CADRE, types=_TALK),
    Transition("decline", (_S.SUBMITTED, _S.ACCEPTED), _S.DECLINED, _HANDLER, ("reason",), types=_TALK),
    Transition("hold", (_S.ACCEPTED,), _S.HELD, _HANDLER, ("date",), types=_TALK),
    Transition("lapse", _TALK_OPEN, _S.LAPSED, (Role.SYSTEM,), types=_TALK),
    Transition("withdraw", _TALK_OPEN, _S.WITHDRAWN, _CADRE, ("reason",), types=_TALK),
)
MOVES = tuple(dict.fromkeys(transition.move for transition in TRANSITIONS))
DETAIL_LABEL = {
    "reason": "理由", "to_body": "转办单位", "outcome": "认定结果", "body": "研究决定的机构", "date": "日期",
    "reference": "文件或会议纪要编号", "clause": "依据条款", "second": "第二名授权人员", "told_on": "当面告知日期",
    "told_by": "告知人", "text": "内容", "item": "核对事项", "state": "核对情况", "note": "说明", "person": "人员",
}  # fmt: skip


def transition_for(case_type: Type, move: str, status: Status, roles: frozenset[Role], policy: str) -> Transition:
    """The row that allows the move. Raises Refused; the words do not give away an undisclosed decision."""
    rows = [row for row in TRANSITIONS if row.move == move and case_type in row.types]
    rows = [row for row in rows if not row.policies or policy in row.policies]
    if not rows:
        raise Refused("这类申请没有这一步。")
    rows = [row for row in rows if roles & set(row.roles)]
    if not rows:
        raise Refused("这一步不由您办理。")
    for row in rows:
        if status in row.sources:
            return row
    if Role.APPLICANT in roles:
        raise Refused("这件申请目前不能进行这一步。")
    raise Refused(f"这件申请现在是“{HANDLER_LABEL[status]}”，不能进行这一步。")


def require(transition: Transition, details: Mapping[str, str]) -> None:
    """Raises Refused naming what is missing or too long."""
    missing = [DETAIL_LABEL[name] for name in transition.needs if not details.get(name, "").strip()]
    if missing:
        raise Refused("缺少：" + "、".join(missing) + "。")
    if any(len(value) > MAX_TEXT for value in details.values()):
        raise Refused(f"内容超过 {MAX_TEXT:,} 字，未保存。")


def roles_in(person: Person, case: Case, applicant: Person | None) -> frozenset[Role]:
    """What the person is to the case; nobody handles a case of their own."""
    if person is SYSTEM:
        return frozenset({Role.SYSTEM})
    if person.userid.casefold() == case.applicant.casefold():
        return frozenset({Role.APPLICANT})
    if person.org != case.org or person.status != "active":
        return frozenset()
    if case.type == Type.TALK and case.handler:  # addressed to one member, whoever that is; nobody else reads it
        return frozenset({Role.HANDLER} if person.userid.casefold() == case.handler.casefold() else ())
    roles = set()
    if set(person.roles) & set(HANDLER_ROLES):
        roles |= {Role.HANDLER, Role.HEAD} if person.is_head else {Role.HANDLER}
    if applicant and person.party_org and person.party_org == applicant.party_org and PARTY_TAG in person.tags:
        roles.add(Role.PARTY)
    return frozenset(roles)


def applicant_label(case: Case) -> str:
    """The status in the applicant's words: a decision shows only once it was told in person."""
    if case.status == Status.DECIDED and case.told_on and case.correction in (None, "accepted"):
        return HANDLER_LABEL[Status.CLOSED]
    return "办理中" if case.status in _IN_PROGRESS else HANDLER_LABEL[case.status]


def missing_fields(asked: tuple[Field, ...], fields: Mapping[str, FieldValue]) -> list[Field]:
    """The required fields that are still empty, in order."""
    return [item for item in asked if item.required and not _filled(fields.get(item.name))]


def _filled(given: FieldValue | None) -> bool:
    return given is not None and bool(given.text.strip() or given.value.strip())


def number_for(case_type: Type, year: int, sequence: int) -> str:
    """RC-2026-000001."""
    return f"{PREFIX[case_type]}-{year:04d}-{sequence:06d}"
