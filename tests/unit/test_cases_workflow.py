"""A case from submission to its end: every document's demands, the second person, telling, correction, exclusion."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cases_world import CADRE, DISCIPLINE, ORGANIZATION, World, new_world

from core import audit
from core.cases import views
from core.cases.rules import SYSTEM, Case, FieldValue, Status, Type
from core.errors import NotFound, Refused

PROGRESS = "您的申请有新进展，请打开查看"
DECISION = {
    "outcome": "免责", "body": "党委会集体研究", "date": "2026-11-18", "reference": "纪要〔2026〕3号",
    "reason": "符合所列情形", "clause": "11", "correction_reason": "验收程序不全", "correction_demand": "补办验收",
    "correction_due": "2027-01-31",
}  # fmt: skip
CHECKS = {"sdju": ("party_opinion", "committee"), "yn": ("heard", "third_party"), "nq": ("together",)}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """The demo's people and documents, no case yet."""
    yield from new_world(tmp_path)


def deliberating(world: World, org: str, kind: Type = Type.TOLERANCE, **more: str) -> str:
    """A case that is ready for a decision but for the check list."""
    number = world.file(org, kind, **more).case.number
    for move in ("accept", "investigate", "deliberate"):
        world.move(number, move, ORGANIZATION[org])
    return number


def checked(world: World, org: str, number: str) -> None:
    """Record what the document asks for before a decision."""
    for item in CHECKS.get(org, ()):
        world.move(number, "check", ORGANIZATION[org], item=item, state="done", note="已听取")


def decided(world: World, org: str, **more: str) -> str:
    """A confirmed decision that nobody has been told of."""
    number = deliberating(world, org)
    checked(world, org, number)
    world.move(number, "decide", ORGANIZATION[org], **(DECISION | {"second": DISCIPLINE[org]} | more))
    return number


def tell(world: World, org: str, number: str) -> Case:
    """Record that it was told in person."""
    return world.move(number, "tell", ORGANIZATION[org], told_on="2026-11-19", told_by="组织部负责同志")


def progress(world: World, org: str, number: str) -> views.Progress:
    """What the applicant sees."""
    with world.desk.work() as connection:
        return views.progress(world.desk, connection, number, world.person(CADRE[org]))


@pytest.mark.parametrize("org", list(CADRE))
def test_the_whole_way(world: World, org: str) -> None:
    """Handed in, decided, told, corrected, closed; in every organisation by its own document."""
    number = decided(world, org)
    cadre = CADRE[org]
    assert world.cards(cadre) == [PROGRESS]  # accepted; nothing while it is checked, considered and decided
    seen = progress(world, org, number)
    assert (seen.status, seen.result, seen.correction, seen.protects) == ("办理中", None, None, ())
    tell(world, org, number)
    assert world.cards(cadre) == [PROGRESS] * 2
    seen = progress(world, org, number)
    assert seen.result is not None and seen.result["clause"] == "11" and seen.correction == "open" and seen.protects
    assert "second" not in seen.result and seen.status == "办理中"
    with pytest.raises(Refused, match="整改还没有完成"):
        world.move(number, "close", ORGANIZATION[org])
    world.move(number, "acknowledge", cadre)
    world.move(number, "report_correction", cadre, text="已补办验收")
    world.move(number, "return_correction", ORGANIZATION[org], reason="请附验收单")
    world.move(number, "report_correction", cadre, text="已附验收单")
    world.move(number, "accept_correction", ORGANIZATION[org])
    if org == "sdju":
        with pytest.raises(Refused, match="报上级部门（第十二条\\(二\\)）、一定范围内公开（第十二条\\(三\\)）"):
            world.move(number, "close", ORGANIZATION[org])
        world.move(number, "check", ORGANIZATION[org], item="reported_up", state="done", note="已报")
        with pytest.raises(Refused, match="单独登记"):
            world.move(number, "check", ORGANIZATION[org], item="published", state="done", note="已公开")
        world.move(number, "publish", ORGANIZATION[org], text="在中层干部会议上公开", date="2026-11-19")
        with pytest.raises(Refused, match="已经登记过"):
            world.move(number, "publish", ORGANIZATION[org], text="再次", date="2026-11-19")
    closed = world.move(number, "close", ORGANIZATION[org])
    assert closed.status == Status.CLOSED and closed.closed_at and progress(world, org, number).status == "已办结"
    assert (closed.decided_by, closed.confirmed_by) == (ORGANIZATION[org], DISCIPLINE[org])
    with world.db.read() as connection:
        assert audit.verify(connection).broken_at is None


@pytest.mark.parametrize("name", ["outcome", "body", "date", "reference", "reason", "clause", "second"])
def test_a_decision_lacks_nothing(world: World, name: str) -> None:
    """Each part is required; the refusal is audited and changes nothing."""
    number = deliberating(world, "azkj")
    details = {**DECISION, "second": DISCIPLINE["azkj"]}
    for broken in ({**details, name: " "}, {key: value for key, value in details.items() if key != name}):
        with pytest.raises(Refused, match="缺少"):
            world.move(number, "decide", ORGANIZATION["azkj"], **broken)
    assert len(world.audited("case.refused")) == 2
    with world.desk.work() as connection:
        assert views.show(world.desk, connection, number)["status"] == "deliberating"


def test_two_people_decide(world: World) -> None:
    """Entered by one, confirmed by another who may; never by the same, the applicant or anybody else."""
    number = deliberating(world, "nq")
    checked(world, "nq", number)
    first, second = world.person(ORGANIZATION["nq"]), world.person(DISCIPLINE["nq"])
    for userid in (first.userid, first.userid.upper(), CADRE["nq"], "nq_xielina", DISCIPLINE["ldu"], "nobody"):
        with pytest.raises(Refused, match="另一名授权人员"):
            world.move(number, "decide", first.userid, **DECISION, second=userid)
    with world.desk.work() as connection:
        case = world.desk.enter_decision(connection, number, first, **DECISION)
        assert case.status == Status.DELIBERATING and case.decided_by == first.userid
    for again in ("enter", "decide"):
        with pytest.raises(Refused, match="已经录入"), world.desk.work() as connection:
            if again == "enter":
                world.desk.enter_decision(connection, number, first, **DECISION)
            else:
                world.desk.move(connection, number, "decide", first, **DECISION, second=second.userid)
    with pytest.raises(Refused, match="另一名"), world.desk.work() as connection:
        world.desk.confirm_decision(connection, number, first)
    with pytest.raises(NotFound), world.desk.work() as connection:
        world.desk.confirm_decision(connection, number, world.person("nq_xielina"))
    with pytest.raises(Refused, match="不由您办理"), world.desk.work() as connection:
        world.desk.confirm_decision(connection, number, world.person(CADRE["nq"]))
    with world.desk.work() as connection:
        rejected = world.desk.reject_decision(connection, number, second, "编号有误")
        assert rejected.decided_by is None
        world.desk.enter_decision(connection, number, second, **DECISION)
    with world.desk.work() as connection:
        done = world.desk.confirm_decision(connection, number, first)
        assert (done.status, done.decided_by, done.confirmed_by) == ("decided", second.userid, first.userid)
    with pytest.raises(Refused, match="已作出认定"), world.desk.work() as connection:
        world.desk.move(connection, number, "decide", first, **DECISION, second=second.userid)


def test_nothing_to_confirm(world: World) -> None:
    """A confirmation needs an entry."""
    number = deliberating(world, "azkj")
    with pytest.raises(Refused, match="还没有录入"), world.desk.work() as connection:
        world.desk.confirm_decision(connection, number, world.person(DISCIPLINE["azkj"]))


def test_check_list_stands_before_the_decision(world: World) -> None:
    """With the clause of each open item; what does not apply is said so."""
    number = deliberating(world, "yn")
    details = DECISION | {"second": DISCIPLINE["yn"]}
    with pytest.raises(Refused, match="听取所属党组织或职能部门意见（9）、群众代表或第三方参与调查核实（9）"):
        world.move(number, "decide", ORGANIZATION["yn"], **details)
    for bad in ({"item": "committee", "state": "done"}, {"item": "heard", "state": "maybe"}):
        with pytest.raises(Refused):
            world.move(number, "check", ORGANIZATION["yn"], **bad, note="x")
    world.move(number, "check", ORGANIZATION["yn"], item="heard", state="done", note="已听取")
    world.move(number, "check", ORGANIZATION["yn"], item="third_party", state="not_applicable", note="涉及面不大")
    with world.db.read() as connection:
        case = views.queue(connection, world.person(ORGANIZATION["yn"]))[0]
        states = [state for _, state in views.checklist(world.desk, connection, case)]
    assert states == ["done", "not_applicable"]
    assert world.move(number, "decide", ORGANIZATION["yn"], **details).status == Status.DECIDED


def test_an_undisclosed_decision_shows_nowhere_to_the_applicant(world: World) -> None:
    """Not by status, result, card, or the words of a refusal; a supplement is still taken."""
    number = decided(world, "azkj")
    cadre = world.person(CADRE["azkj"])
    for move, more in (("withdraw", {"reason": "x"}), ("acknowledge", {}), ("report_correction", {"text": "x"})):
        with pytest.raises(Refused) as caught:
            world.move(number, move, cadre.userid, **more)
        assert str(caught.value) == "这件申请目前不能进行这一步。"
    with world.desk.work() as connection:
        world.desk.supplement(connection, number, cadre, "又找到一份纪要")
    seen = progress(world, "azkj", number)
    assert seen.status == "办理中" and "免责" not in repr(seen) and "整改" not in repr(seen)
    assert world.cards(cadre.userid) == [PROGRESS]


def test_telling_is_dated(world: World) -> None:
    """After the decision, not after today, once."""
    number = decided(world, "azkj")
    for day, words in (("2026-11-17", "早于"), ("2026-11-21", "晚于今天"), ("昨天", "2026-11-20 这样")):
        with pytest.raises(Refused, match=words):
            world.move(number, "tell", ORGANIZATION["azkj"], told_on=day, told_by="x")
    with pytest.raises(Refused, match="当面告知"):
        world.move(number, "close", ORGANIZATION["azkj"])
    assert str(tell(world, "azkj", number).told_on) == "2026-11-19"
    with pytest.raises(Refused, match="已经登记过"):
        tell(world, "azkj", number)


def test_dates_are_copied_for_the_reminders(world: World) -> None:
    """Due day and end of influence as decided, never computed."""
    more = {"outcome": "从轻", "procedure_reference": "处分〔2026〕1号", "influence_until": "2027-05-18"}
    number = decided(world, "ldu", **more)
    with world.db.read() as connection:
        case = views.queue(connection, world.person(ORGANIZATION["ldu"]))[0]
    assert (case.number, str(case.correction_due), str(case.influence_until)) == (number, "2027-01-31", "2027-05-18")
    tell(world, "ldu", number)
    assert progress(world, "ldu", number).protects == ()


def test_not_tolerated_is_explained_in_ldu(world: World) -> None:
    """三(二): before it is closed; nothing to correct then."""
    number = decided(world, "ldu", outcome="不予容错", explanation="不属于所列情形")
    tell(world, "ldu", number)
    with pytest.raises(Refused, match="对不符合的予以说明（三\\(二\\)）"):
        world.move(number, "close", ORGANIZATION["ldu"])
    world.move(number, "check", ORGANIZATION["ldu"], item="explained", state="done", note="已当面说明")
    assert world.move(number, "close", ORGANIZATION["ldu"]).status == Status.CLOSED


def test_clarification_has_no_correction(world: World) -> None:
    """nq 12: credited after an explanation, closed once told."""
    number = deliberating(world, "nq", Type.CLARIFICATION)
    for item in ("inquiry", "credited"):
        world.move(number, "check", ORGANIZATION["nq"], item=item, state="done", note="已说明")
    details = {**DECISION, "outcome": "说明采信了结", "clause": "12"}
    case = world.move(number, "decide", ORGANIZATION["nq"], **details, second=DISCIPLINE["nq"])
    assert case.correction is None
    tell(world, "nq", number)
    with pytest.raises(Refused, match="没有这一步"):
        world.move(number, "report_correction", CADRE["nq"], text="x")
    assert world.move(number, "close", ORGANIZATION["nq"]).status == Status.CLOSED


def test_notifications_say_no_more_than_news(world: World) -> None:
    """Acceptance, return, refusal and transfer tell the applicant; the office hears of withdrawal."""
    number = world.file("azkj").case.number
    world.move(number, "accept", ORGANIZATION["azkj"])
    world.move(number, "return", ORGANIZATION["azkj"], reason="请补充")
    with world.desk.work() as connection:
        world.desk.supplement(connection, number, world.person(CADRE["azkj"]), "已补充")
    world.move(number, "transfer", ORGANIZATION["azkj"], reason="已启动问责程序", to_body="纪委", office="discipline")
    world.move(number, "withdraw", CADRE["azkj"], reason="另行说明")
    assert world.cards(CADRE["azkj"]) == [PROGRESS] * 3
    news = "一件容错申请有新情况，请到工作台查看"
    assert world.cards(DISCIPLINE["azkj"]) == ["一件新的容错申请，请到工作台查看", news]
    with pytest.raises(Refused):
        world.move(number, "investigate", DISCIPLINE["azkj"])


def test_a_transferred_case_can_be_taken_up(world: World) -> None:
    """Where the procedure runs elsewhere, its body goes on from there."""
    number = world.file("azkj").case.number
    world.move(number, "transfer", ORGANIZATION["azkj"], reason="未规定申请程序", to_body="纪委", office="discipline")
    assert world.move(number, "investigate", DISCIPLINE["azkj"]).handler == DISCIPLINE["azkj"]


def test_whoever_is_named_in_the_matter_is_kept_out(world: World) -> None:
    """Before anybody hears of it; settled by another head, and nobody is told the ground."""
    case = world.file("nq", description="当时高霞同志也在现场").case
    named, other = world.person(ORGANIZATION["nq"]), world.person(DISCIPLINE["nq"])
    assert world.cards(named.userid) == [] and world.cards(other.userid) == ["一件新的容错申请，请到工作台查看"]
    for ask in ("show", "accept", "deny_exclusion"):
        with pytest.raises(Refused, match=r"^按回避规定，这件申请不由您办理。$"):
            if ask == "show":
                with world.desk.work() as connection:
                    views.show(world.desk, connection, case.number, named)
            else:
                world.move(case.number, ask, named.userid, person=named.userid, reason="x")
    assert len(world.audited("case.refused")) == 3
    with world.db.read() as connection:
        assert views.queue(connection, named) == [] and len(views.queue(connection, other)) == 1
    world.move(case.number, "deny_exclusion", other.userid, person=named.userid, reason="同名")
    assert world.move(case.number, "accept", named.userid).handler == named.userid


def test_exclusion_asked_for_and_declared(world: World) -> None:
    """The applicant may name anybody and learns nothing; a handler declares for oneself alone."""
    number = world.file("nq").case.number
    chief, other = ORGANIZATION["nq"], DISCIPLINE["nq"]
    world.move(number, "accept", chief)
    world.move(number, "exclude", CADRE["nq"], person="不存在的人", reason="有过节")
    world.move(number, "exclude", CADRE["nq"], person="高霞", reason="有过节")
    with pytest.raises(Refused, match="按回避规定"):
        world.move(number, "investigate", chief)
    with pytest.raises(Refused, match="本人回避"):
        world.move(number, "exclude", other, person=chief, reason="x")
    settled = world.move(number, "approve_exclusion", other, person=chief)
    assert settled.handler is None
    with pytest.raises(Refused, match="没有这条"):
        world.move(number, "approve_exclusion", other, person="nq_yanbo")
    for move in ("investigate", "deliberate"):
        world.move(number, move, other)
    world.move(number, "check", other, item="together", state="done", note="已同步考虑")
    with pytest.raises(Refused, match="另一名"):
        world.move(number, "decide", other, **DECISION, second=chief)


def test_when_nobody_is_left_it_is_passed_on_by_a_person(world: World) -> None:
    """The administrators hear of it, or HR where there are none; the handlers no more."""
    for org, caretaker in (("azkj", "azkj_xutao"), ("nq", "nq_yanbo")):
        number = world.file(org).case.number
        before = [len(world.cards(chief[org])) for chief in (DISCIPLINE, ORGANIZATION)]
        world.move(number, "exclude", DISCIPLINE[org], person=DISCIPLINE[org], reason="亲属")
        world.move(number, "exclude", ORGANIZATION[org], person=ORGANIZATION[org], reason="亲属")
        assert world.cards(caretaker)[-1] == "一件容错申请没有可承办的人员，请转交办理"
        with world.desk.work() as connection:
            world.desk.supplement(connection, number, world.person(CADRE[org]), "补充")
        assert len(world.cards(DISCIPLINE[org])) == before[0] and len(world.cards(caretaker)) == 2


@pytest.mark.parametrize("applicant", ["azkj_wulili", "azkj_zhoujing"])
def test_neither_the_direct_leader_nor_the_applicant_handles_a_case(world: World, applicant: str) -> None:
    """周静 leads the one and is the other; the other office hears of it."""
    chief, person = world.person("azkj_zhoujing"), world.person(applicant)
    fields = {name: FieldValue("x", "x") for name in ("matter", "incident_date", "unit", "description")}
    with world.desk.work() as connection:
        draft = world.desk.drafts.save(connection, person, Type.TOLERANCE, fields, {})
        number = world.desk.submit(connection, person, draft).case.number
    assert world.cards(chief.userid) == [] and len(world.cards(DISCIPLINE["azkj"])) == 1
    with pytest.raises(Refused, match="不由您办理"):
        world.move(number, "accept", chief.userid)
    with world.db.read() as connection:
        assert views.queue(connection, chief) == []


def test_party_organisation_adds_its_opinion(world: World) -> None:
    """sdju: by its own officer; it settles the item, and the cadre is told."""
    number = world.file("sdju").case.number
    world.move(number, "opinion", "sdju_caoying", text="情况属实")
    assert world.cards(CADRE["sdju"]) == [PROGRESS]
    with world.db.read() as connection:
        case = views.queue(connection, world.person(ORGANIZATION["sdju"]))[0]
        states = {check.item: state for check, state in views.checklist(world.desk, connection, case)}
    assert states["party_opinion"] == "done"
    with pytest.raises(Refused, match="不由您办理"), world.desk.work() as connection:
        views.show(world.desk, connection, number, world.person("sdju_caoying"))
    for other in ("sdju_luminghua", "sdju_xiatian"):
        with pytest.raises(NotFound):
            world.move(number, "opinion", other, text="x")


def test_talks_have_their_own_way(world: World) -> None:
    """Offered another time, agreed, held; the scheduler lets one lapse; the one it names is not kept out."""
    done = world.file("nq", Type.TALK, talk_with="高霞")
    number, chief = done.case.number, ORGANIZATION["nq"]
    assert number == "TH-2026-000001" and world.cards(chief) == ["一件新的谈心预约，请打开查看"]
    world.move(number, "propose", chief, text="周三上午")
    world.move(number, "agree", CADRE["nq"])
    assert world.move(number, "hold", chief, date="2026-11-20").status == Status.HELD
    second = world.file("nq", Type.TALK).case.number
    with world.desk.work() as connection:
        assert world.desk.move(connection, second, "lapse", SYSTEM).status == Status.LAPSED
    assert len(world.audited("case.lapse")) == 1


def test_every_move_is_audited_without_content(world: World) -> None:
    """Actor, move, from and to; none of the words."""
    number = decided(world, "azkj")
    with world.db.read() as connection:
        rows: list[Any] = list(connection.execute(audit.audit.select().where(audit.audit.c.subject == number)))
    assert [row.action.removeprefix("case.") for row in rows] == [
        "submit", "accept", "investigate", "deliberate", "enter_decision", "decide",
    ]  # fmt: skip
    assert all(word not in row.detail for row in rows for word in ("免责", "符合所列", "验收"))
