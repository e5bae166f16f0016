"""The table of moves, held against one written down by hand; decisions, check lists, exclusion, routing."""

import dataclasses
import datetime as dt
import itertools

import pytest

from core.cases import decisions, rules
from core.cases.routing import protects, route
from core.cases.rules import FIELDS, Case, FieldValue, Role, Status, Type
from core.errors import Refused
from core.people import orgs
from core.people.rules import Person
from knowledge import catalogue

TODAY = dt.date(2026, 11, 20)
POLICIES = {policy.id: policy for policy, _ in catalogue.shipped()}

# move -> (roles, {from: to}); `=` stays. One line for each row of design.md section 4.
CASE_MOVES = {
    "accept": ("handler", {"submitted": "accepted"}),
    "return": ("handler", {"submitted": "returned", "accepted": "returned"}),
    "answer": ("applicant", {"returned": "submitted"}),
    "supplement": ("applicant", dict.fromkeys(
        ("submitted", "accepted", "transferred", "investigating", "deliberating", "decided"), "=")),
    "not_accept": ("handler", {"submitted": "not_accepted", "returned": "not_accepted"}),
    "transfer": ("handler", {"submitted": "transferred", "accepted": "transferred"}),
    "investigate": ("handler", {"accepted": "investigating", "transferred": "investigating"}),
    "deliberate": ("handler", {"investigating": "deliberating"}),
    "decide": ("handler", {"deliberating": "decided"}),
    "tell": ("handler", {"decided": "="}),
    "acknowledge": ("applicant", {"decided": "=", "closed": "="}),
    "check": ("handler", dict.fromkeys(
        ("accepted", "transferred", "investigating", "deliberating", "decided"), "=")),
    "exclude": ("applicant handler", dict.fromkeys(
        ("submitted", "accepted", "returned", "transferred", "investigating", "deliberating", "decided"), "=")),
    "approve_exclusion": ("head", dict.fromkeys(
        ("submitted", "accepted", "returned", "transferred", "investigating", "deliberating", "decided"), "=")),
    "deny_exclusion": ("head", dict.fromkeys(
        ("submitted", "accepted", "returned", "transferred", "investigating", "deliberating", "decided"), "=")),
    "assign": ("head", dict.fromkeys(
        ("submitted", "accepted", "returned", "transferred", "investigating", "deliberating", "decided"), "=")),
    "close": ("handler", {"decided": "closed"}),
    "withdraw": ("applicant", dict.fromkeys(
        ("submitted", "accepted", "returned", "transferred", "investigating", "deliberating"), "withdrawn")),
}  # fmt: skip
CORRECTION = {
    "report_correction": ("applicant", {"decided": "="}),
    "accept_correction": ("handler", {"decided": "="}),
    "return_correction": ("handler", {"decided": "="}),
}
SDJU = {
    "publish": ("handler", {"decided": "="}),
    "opinion": ("party", dict.fromkeys(
        ("submitted", "accepted", "returned", "transferred", "investigating", "deliberating"), "=")),
}  # fmt: skip
TALK_MOVES = {
    "accept": ("handler", {"submitted": "accepted"}),
    "propose": ("handler", {"submitted": "counter_proposed", "accepted": "counter_proposed"}),
    "counter": ("applicant", {"counter_proposed": "submitted", "accepted": "submitted"}),
    "agree": ("applicant", {"counter_proposed": "accepted"}),
    "decline": ("handler", {"submitted": "declined", "accepted": "declined"}),
    "hold": ("handler", {"accepted": "held"}),
    "lapse": ("system", dict.fromkeys(("submitted", "counter_proposed", "accepted"), "lapsed")),
    "withdraw": ("applicant", dict.fromkeys(("submitted", "counter_proposed", "accepted"), "withdrawn")),
}
EXPECTED = {
    (Type.TOLERANCE, "azkj"): CASE_MOVES | CORRECTION,
    (Type.TOLERANCE, "sdju"): CASE_MOVES | CORRECTION | SDJU,
    (Type.CLARIFICATION, "azkj"): CASE_MOVES,
    (Type.CLARIFICATION, "sdju"): CASE_MOVES,
    (Type.TALK, "nq"): TALK_MOVES,
}
EVERY = list(itertools.product(EXPECTED, Status, (*rules.MOVES, "no_such_move"), Role))


def test_every_state_every_move_every_role() -> None:
    """Nothing is allowed but what stands above, and all of that is."""
    allowed = 0
    for (case_type, policy), status, move, role in EVERY:
        roles, paths = EXPECTED[case_type, policy].get(move, ("", {}))
        where = f"{case_type} {policy} {status} {move} {role}"
        if role in roles.split() and status in paths:
            row = rules.transition_for(case_type, move, status, frozenset({role}), policy)
            assert (row.target or "=") == paths[status], where
            allowed += 1
        else:
            with pytest.raises(Refused):
                rules.transition_for(case_type, move, status, frozenset({role}), policy)
    assert allowed == sum(
        len(roles.split()) * len(paths) for table in EXPECTED.values() for roles, paths in table.values()
    )


def test_every_status_is_named_reached_and_left_or_ended() -> None:
    """No status without words, and no dead end but the ended ones."""
    assert set(rules.HANDLER_LABEL) == set(Status)
    reached = {row.target for row in rules.TRANSITIONS} | {Status.DRAFT, Status.SUBMITTED}
    left = {source for row in rules.TRANSITIONS if row.target for source in row.sources}
    assert set(Status) - reached - {None} == set()
    assert set(Status) - left - {Status.DRAFT} == set(rules.ENDED)


def test_what_a_move_needs() -> None:
    """Every needed detail is asked for by its Chinese name."""
    for row in rules.TRANSITIONS:
        full = dict.fromkeys(row.needs, "有")
        rules.require(row, full)
        for name in row.needs:
            with pytest.raises(Refused, match=rules.DETAIL_LABEL[name]):
                rules.require(row, full | {name: "  "})
    with pytest.raises(Refused, match="20,000"):
        rules.require(rules.TRANSITIONS[0], {"text": "字" * 20_001})


def test_fields_are_those_of_the_design() -> None:
    """Names, order, labels and which are required."""
    told = {kind: " ".join(item.name + "*" * item.required for item in items) for kind, items in FIELDS.items()}
    assert told == {
        Type.TOLERANCE: "matter* incident_date* unit* description* motive conditions procedure consequence remedy"
        " evidence",
        Type.CLARIFICATION: "accusation* source facts* expected_scope evidence",
        Type.TALK: "topic* preferred_time talk_with*",
    }
    given = {"topic": FieldValue("调动", "调动"), "talk_with": FieldValue(" ", "")}
    missing = rules.missing_fields(FIELDS[Type.TALK], given)
    assert [item.label for item in missing] == ["想约的人"]
    assert [item.name for item in rules.form(Type.TOLERANCE, "appointment")] == ["hand_in_time"]
    assert rules.form(Type.TALK, "appointment") == FIELDS[Type.TALK]


def _case(status: Status, **more: object) -> Case:
    at = dt.datetime(2026, 11, 20, tzinfo=dt.UTC)
    return Case(1, "RC-2026-000001", Type.TOLERANCE, status, "azkj", "", "a", "organization", None, at, at, **more)  # type: ignore[arg-type]


def test_what_the_applicant_sees() -> None:
    """A decision shows only once it was told in person, and open correction keeps it open."""
    seen = {status: rules.applicant_label(_case(status)) for status in Status}
    assert {seen[one] for one in (Status.INVESTIGATING, Status.DELIBERATING, Status.DECIDED)} == {"办理中"}
    assert seen[Status.ACCEPTED] == "已受理" and seen[Status.RETURNED] == "待补充" and seen[Status.CLOSED] == "已办结"
    assert seen[Status.TRANSFERRED] == "已转办" and seen[Status.NOT_ACCEPTED] == "不予受理"
    assert rules.applicant_label(_case(Status.DECIDED, told_on=TODAY)) == "已办结"
    assert rules.applicant_label(_case(Status.DECIDED, told_on=TODAY, correction="open")) == "办理中"


BASE = {
    "outcome": "不予容错", "body": "校党委", "date": "2026-11-18", "reference": "纪要〔2026〕3号", "reason": "理由",
    "clause": "x",
}  # fmt: skip
ASKED = {"correction_reason": "事由", "correction_demand": "要求"}
CORRECTED = ASKED | {"correction_due": "2027-01-31"}
REDUCED = {"outcome": "减轻", "procedure_reference": "处分〔2026〕1号", "influence_until": "2027-05-01"}
CLEAR = {"scope": "全校", "form": "会议", "wording": "原话", "agreed_on": "2026-11-10"}
GOOD = [
    ("nq", Type.TOLERANCE, {}),
    ("sdju", Type.TOLERANCE, {"explanation": "说明"}),
    ("sdju", Type.TOLERANCE, {"outcome": "免责", **ASKED}),
    ("azkj", Type.TOLERANCE, {"outcome": "免责", "body": "院党委会集体研究", **CORRECTED}),
    ("ldu", Type.TOLERANCE, REDUCED | CORRECTED),
    ("nq", Type.CLARIFICATION, {"outcome": "说明采信了结"}),
    ("yn", Type.CLARIFICATION, {"outcome": "澄清正名", **CLEAR}),
    ("azkj", Type.CLARIFICATION, {"outcome": "不予澄清"}),
]
BAD = [
    ("nq", Type.TOLERANCE, {"outcome": "澄清正名"}, "认定结果应为"),
    ("nq", Type.TOLERANCE, {"outcome": "通过"}, "认定结果应为"),
    ("sdju", Type.TOLERANCE, {}, "对不符合情形的说明"),
    ("ldu", Type.TOLERANCE, {}, "对不符合情形的说明"),
    ("sdju", Type.TOLERANCE, {"explanation": "说明", "body": "党委组织部"}, "党委"),
    ("sdju", Type.TOLERANCE, {"explanation": "说明", "body": "纪委"}, "党委"),
    ("azkj", Type.TOLERANCE, {"body": "组织人事处处长"}, "集体研究"),
    ("azkj", Type.TOLERANCE, {"outcome": "免责", "body": "党委会", **ASKED}, "整改期限"),
    ("ldu", Type.TOLERANCE, {"outcome": "免责", **ASKED}, "整改期限"),
    ("nq", Type.TOLERANCE, {"outcome": "免责"}, "纠错事由、纠错要求"),
    ("nq", Type.TOLERANCE, {"outcome": "从轻", **CORRECTED}, "文号"),
    ("nq", Type.TOLERANCE, {"outcome": "免责", **CORRECTED, "influence_until": "2027-05-01"}, "影响期"),
    ("nq", Type.TOLERANCE, {"outcome": "免责", **CORRECTED, "correction_due": "2026-11-01"}, "早于认定日期"),
    ("nq", Type.TOLERANCE, {"outcome": "免责", **CORRECTED, "correction_due": "月底"}, "2026-11-20 这样"),
    ("nq", Type.TOLERANCE, {"date": "2026-11-21"}, "不能晚于今天"),
    ("nq", Type.TOLERANCE, {"date": "上周"}, "2026-11-20 这样"),
    ("azkj", Type.CLARIFICATION, {"outcome": "说明采信了结"}, "没有规定"),
    ("yn", Type.CLARIFICATION, {"outcome": "澄清正名"}, "澄清范围、澄清方式、澄清措辞"),
]  # fmt: skip


@pytest.mark.parametrize(("policy", "kind", "more"), GOOD)
def test_complete_decision(policy: str, kind: Type, more: dict[str, str]) -> None:
    """What the document asks for is enough."""
    decisions.require_decision(policy, kind, BASE | more, TODAY)


@pytest.mark.parametrize(("policy", "kind", "more", "words"), BAD)
def test_incomplete_decision(policy: str, kind: Type, more: dict[str, str], words: str) -> None:
    """What is missing or wrong is named."""
    with pytest.raises(Refused, match=words):
        decisions.require_decision(policy, kind, BASE | more, TODAY)


def test_check_lists_rest_on_clauses() -> None:
    """Each document's items stand in its own clauses; none is asked of azkj."""
    found = {policy: [check.label for check in decisions.CHECKS if check.policy == policy] for policy in orgs.load()}
    assert found["azkj"] == []
    assert found["sdju"] == ["二级党组织意见", "党委研究决定", "报上级部门", "一定范围内公开"]
    assert [len(found[policy]) for policy in ("yn", "nq", "ldu")] == [2, 3, 1]
    stored = POLICIES
    for check in decisions.CHECKS:
        assert stored[check.policy].clause(check.clause), check
    explained = decisions.open_checks("ldu", Type.TOLERANCE, Status.CLOSED, (), decisions.NOT_TOLERATED)
    assert [check.item for check in explained] == ["explained"]
    assert decisions.open_checks("ldu", Type.TOLERANCE, Status.CLOSED, (), decisions.EXEMPT) == []


def test_exclusion_is_proposed() -> None:
    """Who is named in the matter, or leads the applicant."""
    cadre = Person("a", "陈磊", "azkj", leader="B")
    others = [Person("b", "刘军", "azkj"), Person("c", "周静", "azkj"), Person("d", "钱伟", "azkj")]
    assert set(decisions.exclusions(cadre, ["当时周静也在场"], others)) == {"b", "c"}


def test_routing_follows_the_document_or_the_setting() -> None:
    """Only ldu and yn name a leading body for tolerance, only ldu for clarification."""
    stored = POLICIES
    told = {}
    for org in orgs.load().values():
        for kind in Type:
            way = route(org, kind, stored)
            told[org.id, kind.value] = (way.office, way.clause)
            assert way.said() == f"已送交{way.name}。"
            assert "牵头" not in way.said()
    named = {key: found for key, found in told.items() if found[1]}
    assert named == {
        ("ldu", "tolerance"): ("discipline", ("ldu", "三(二)")),
        ("yn", "tolerance"): ("discipline", ("yn", "9")),
        ("ldu", "clarification"): ("discipline", ("ldu", "四(一)")),
    }
    assert {found[0] for key, found in told.items() if key not in named} == {"organization"}


def test_setting_of_the_profile_routes() -> None:
    """One office for all or one for each kind; an office without contact refuses."""
    org = orgs.load()["nq"]
    assert route(dataclasses.replace(org, settings={"routing": "discipline"}), Type.TALK, {}).office == "discipline"
    split = {"routing": {"clarification": "discipline"}}
    assert route(dataclasses.replace(org, settings=split), Type.CLARIFICATION, {}).office == "discipline"
    assert route(dataclasses.replace(org, settings=split), Type.TOLERANCE, {}).office == "organization"
    with pytest.raises(Refused):
        route(dataclasses.replace(org, contacts={}), Type.TOLERANCE, {})


def test_protects_says_no_more_than_the_document() -> None:
    """nq 12 protects awards and promotion, not the yearly assessment."""
    stored = POLICIES
    assert [(clause, items) for clause, _, items in protects(stored["nq"])] == [("12", ("评先表彰", "提拔使用"))]
    assert all(protects(stored[policy]) for policy in orgs.load())
