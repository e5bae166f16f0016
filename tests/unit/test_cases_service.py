"""Handing in, numbering, who sees what, supplements: through the service, on a real database file."""

import contextlib
import dataclasses
import datetime as dt
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cases_world import CADRE, DISCIPLINE, JPEG, ORGANIZATION, World, new_world

from core import audit
from core.cases import access, store, views
from core.cases.rules import FieldValue, Status, Type
from core.clock import UTC
from core.errors import NotFound, Refused

WORDS = ("实训楼搬迁", "没有私人往来", "供货中断", "补充的会议记录", "现场照片", "材料不全请补", "撤回另议")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """The demo's people and documents, no case yet."""
    yield from new_world(tmp_path)


def test_submitting_makes_a_case_and_tells_the_office_without_content(world: World) -> None:
    """Number, status, event, audit entry, card to the routed body, the draft gone."""
    done = world.file("azkj", matter=WORDS[0])
    assert (done.case.number, done.case.status, done.repeated) == ("RC-2026-000001", Status.SUBMITTED, False)
    assert done.case.unit == "汽车工程系" and done.route.said() == "已送交组织人事处。"
    assert world.cards(ORGANIZATION["azkj"]) == ["一件新的容错申请，请到工作台查看"]
    assert world.cards(DISCIPLINE["azkj"]) == []
    assert [row.subject for row in world.audited("case.submit")] == ["RC-2026-000001"]
    with world.db.read() as connection:
        assert world.desk.drafts.all(connection, CADRE["azkj"]) == []
        assert audit.verify(connection).broken_at is None


def test_routed_body_of_the_document_is_told(world: World) -> None:
    """ldu names the 纪委."""
    world.file("ldu")
    assert world.cards(DISCIPLINE["ldu"]) == ["一件新的容错申请，请到工作台查看"]
    assert world.cards(ORGANIZATION["ldu"]) == []


def test_the_same_draft_twice_is_one_case(world: World) -> None:
    """Also when the first answer got lost: the second finds the case."""
    with world.desk.work() as connection:
        draft = world.draft(connection, "nq")
        first = world.desk.submit(connection, world.person(CADRE["nq"]), draft)
    with world.desk.work() as connection:
        again = world.desk.submit(connection, world.person(CADRE["nq"]), draft)
        assert again.repeated and again.case.number == first.case.number
        assert len(views.rows(connection)) == 1
    assert len(world.cards(ORGANIZATION["nq"])) == 1
    with world.desk.work() as connection:
        new = world.desk.submit(connection, world.person(CADRE["nq"]), world.draft(connection, "nq"))
    assert new.case.number == "RC-2026-000002" and not new.repeated


def test_numbers_by_kind_and_year(world: World) -> None:
    """Each kind counts for itself, and anew each year in Shanghai."""
    kinds = (Type.TOLERANCE, Type.CLARIFICATION, Type.TALK)
    first = [world.file("nq", kind).case.number for kind in kinds]
    assert first == ["RC-2026-000001", "CQ-2026-000001", "TH-2026-000001"]
    late = world.at(dt.datetime(2026, 12, 31, 16, 30, tzinfo=UTC))  # already the new year in Shanghai
    assert late.file("nq").case.number == "RC-2027-000001"
    assert world.file("nq").case.number == "RC-2026-000002"


def test_eight_writers_leave_no_gap(world: World) -> None:
    """Numbers are taken in the transaction that writes the case; one that fails gives its number back."""

    def work(org: str, fails: bool) -> None:
        for turn in range(5):
            with contextlib.suppress(KeyError), world.desk.work() as connection:
                world.desk.submit(connection, world.person(CADRE[org]), world.draft(connection, org))
                if fails and turn % 2:
                    raise KeyError("the process dies before the commit")

    people = [*CADRE, "azkj", "ldu", "nq"]
    with ThreadPoolExecutor(len(people)) as pool:
        done = [pool.submit(work, org, place % 4 == 3) for place, org in enumerate(people)]
    for one in done:
        one.result()
    with world.db.read() as connection:
        numbers = [row["number"] for row in views.rows(connection)]
    assert len(people) == 8 and len(numbers) == 6 * 5 + 2 * 3
    assert numbers == [f"RC-2026-{place:06d}" for place in range(1, len(numbers) + 1)]


def test_incomplete_or_foreign_drafts_are_refused(world: World) -> None:
    """Nothing is written but the audit entry."""
    someone = world.person(CADRE["nq"])
    with pytest.raises(Refused, match="还缺少：所在单位、事情经过"), world.desk.work() as connection:
        draft = world.draft(connection, "nq", unit=" ", description="")
        world.desk.submit(connection, someone, draft)
    with pytest.raises(NotFound), world.desk.work() as connection:
        world.desk.submit(connection, world.person("nq_wangjianguo"), draft)
    off = dataclasses.replace(world.desk.orgs["nq"], intake="off")
    closed = dataclasses.replace(world.desk, orgs={"nq": off})
    with pytest.raises(Refused, match="暂不"), world.desk.work() as connection:
        closed.submit(connection, someone, world.draft(connection, "nq"))
    with world.db.read() as connection:
        assert views.rows(connection) == []
        assert len(world.desk.drafts.all(connection, CADRE["nq"])) == 1
    assert len(world.audited("case.refused")) == 2 and len(world.audited("case.not_found")) == 1


def test_by_appointment_only_the_time_is_taken(world: World) -> None:
    """Neither words nor files of the matter are stored."""
    by_hand = dataclasses.replace(world.desk.orgs["nq"], intake="appointment")
    desk = dataclasses.replace(world.desk, orgs={"nq": by_hand})
    person = world.person(CADRE["nq"])
    kept = world.desk.drafts.receive(person, JPEG, "a.jpg", "m1")
    with desk.work() as connection:
        time = FieldValue("2026-11-24T13:00/2026-11-24T18:00", "下周二下午")
        matter = FieldValue("某事", "某事")
        draft = desk.drafts.save(connection, person, Type.TOLERANCE, {"hand_in_time": time, "matter": matter}, {})
        desk.drafts.attach(connection, draft, [kept.id])
        done = desk.submit(connection, person, draft)
        assert desk.fields(connection, done.case) == {"hand_in_time": time} and done.evidence == ()


def test_show_and_list_have_the_fixed_shape(world: World) -> None:
    """design.md section 6."""
    person = world.person(CADRE["azkj"])
    first = world.desk.drafts.receive(person, JPEG, "现场.jpg", "m1")
    later = world.desk.drafts.receive(person, JPEG + b"x", "会议.jpg", "m2")
    with world.desk.work() as connection:
        draft = world.draft(connection, "azkj", matter=WORDS[0])
        assert [one.seq for one in world.desk.drafts.attach(connection, draft, [first.id])] == [1]
        number = world.desk.submit(connection, person, draft).case.number
    world.move(number, "return", ORGANIZATION["azkj"], reason=WORDS[5])
    with world.desk.work() as connection:
        case = world.desk.supplement(connection, number.lower(), person, WORDS[3], [later.id])
        assert case.status == Status.SUBMITTED
    world.move(number, "withdraw", person.userid, reason=WORDS[6])
    with world.desk.work() as connection:
        shown = views.show(world.desk, connection, number)
        assert views.rows(connection) == [{"number": number, "type": "tolerance", "status": "withdrawn"}]
        assert views.rows(connection, "AZKJ_chenlei") == views.rows(connection)
        assert views.rows(connection, CADRE["ldu"]) == []
    assert list(shown) == ["number", "type", "status", "fields", "evidence", "supplements", "events"]
    assert shown["fields"]["incident_date"] == {"value": "2026-10-05", "text": "上个月5号"}
    assert list(shown["fields"]) == ["matter", "incident_date", "unit", "description"]
    mime = "image/jpeg"
    assert shown["evidence"] == [{"name": "现场.jpg", "mime": mime, "bytes": len(JPEG), "sha256": first.sha256}]
    added = [{"name": "会议.jpg", "mime": mime, "bytes": len(JPEG) + 1, "sha256": later.sha256}]
    assert [(one["text"], one["evidence"]) for one in shown["supplements"]] == [(WORDS[3], added)]
    assert list(shown["supplements"][0]) == ["at", "text", "evidence"]
    told = [(one["actor"], one["from"], one["to"], one["reason"]) for one in shown["events"]]
    assert told == [
        (person.userid, "draft", "submitted", ""),
        (ORGANIZATION["azkj"], "submitted", "returned", WORDS[5]),
        (person.userid, "returned", "submitted", ""),
        (person.userid, "submitted", "withdrawn", WORDS[6]),
    ]
    assert list(shown["events"][0]) == ["at", "actor", "from", "to", "reason"]
    assert shown["events"][0]["at"].startswith("2026-11-20T10:00") and shown["events"][0]["at"].endswith("+08:00")


def test_supplements_overwrite_nothing(world: World) -> None:
    """Kept apart, numbered on, told to the office; an empty one is refused."""
    number = world.file("nq", matter=WORDS[0]).case.number
    person = world.person(CADRE["nq"])
    for turn in range(2):
        with world.desk.work() as connection:
            world.desk.supplement(connection, number, person, f"{WORDS[3]}{turn}")
    with pytest.raises(Refused, match="补充"), world.desk.work() as connection:
        world.desk.supplement(connection, number, person, "  ")
    with pytest.raises(Refused, match="20,000"), world.desk.work() as connection:
        world.desk.supplement(connection, number, person, "字" * 20_001)
    with world.desk.work() as connection:
        shown = views.show(world.desk, connection, number)
    assert [one["text"] for one in shown["supplements"]] == [f"{WORDS[3]}0", f"{WORDS[3]}1"]
    assert shown["fields"]["matter"]["text"] == WORDS[0]
    assert world.cards(ORGANIZATION["nq"])[1:] == ["一件容错申请有新情况，请到工作台查看"] * 2


def test_others_find_nothing_and_the_trail_says_they_looked(world: World) -> None:
    """The same answer and the same entry, whether the number exists or not."""
    number = world.file("nq").case.number
    other = world.person("nq_wangjianguo")
    stranger = world.person(ORGANIZATION["ldu"])
    said = set()
    for person in (other, stranger):
        for asked in (number, "RC-2026-000099"):
            for ask in (
                lambda c, p=person, n=asked: views.progress(world.desk, c, n, p),
                lambda c, p=person, n=asked: views.show(world.desk, c, n, p),
                lambda c, p=person, n=asked: world.desk.supplement(c, n, p, "x"),
                lambda c, p=person, n=asked: world.desk.withdraw(c, n, p, "x"),
            ):
                with pytest.raises(NotFound) as caught, world.desk.work() as connection:
                    ask(connection)
                said.add(str(caught.value))
    assert len(said) == 1
    entries = world.audited("case.not_found")
    assert len(entries) == 16 and {row.subject for row in entries} == {number, "RC-2026-000099"}
    with pytest.raises(NotFound), world.desk.work() as connection:
        views.progress(world.desk, connection, "帮我查张三的申请", other)
    assert world.audited("case.not_found")[-1].subject == "-"


def test_a_refusal_caught_inside_a_transaction_is_audited_too(world: World) -> None:
    """As the gate does it: the turn goes on, the entry stays, nothing else does."""
    number = world.file("nq").case.number
    with world.db.write() as connection:
        try:
            world.desk.move(connection, number, "close", world.person(ORGANIZATION["nq"]))
        except Refused:
            connection.info["seen"] = True
    assert [row.subject for row in world.audited("case.refused")] == [number]


def test_lists_for_applicant_and_handlers(world: World) -> None:
    """One's own in one's own words; a handler those of the organisation, never an own one."""
    number = world.file("nq").case.number
    world.move(number, "accept", ORGANIZATION["nq"])
    with world.db.read() as connection:
        assert [(case.number, label) for case, label in views.mine(connection, world.person(CADRE["nq"]))] == [
            (number, "已受理")
        ]
        assert [case.number for case in views.queue(connection, world.person(DISCIPLINE["nq"]))] == [number]
        assert views.queue(connection, world.person(DISCIPLINE["ldu"])) == []
        assert views.queue(connection, world.person(CADRE["nq"])) == []


def test_progress_names_the_office_and_nobody(world: World) -> None:
    """The body's name and phone; the reason of a return; no handler's name."""
    number = world.file("nq").case.number
    world.move(number, "return", ORGANIZATION["nq"], reason="请补充验收单")
    with world.desk.work() as connection:
        seen = views.progress(world.desk, connection, number, world.person(CADRE["nq"]))
    assert (seen.status, seen.office, seen.phone) == ("待补充", "县委组织部", "0916-0000002")
    assert seen.note == "请补充验收单" and seen.result is None and "高霞" not in repr(seen)


def test_nothing_written_stands_in_the_open(world: World) -> None:
    """The raw database, its journal, and the evidence folder hold none of the words, nor file names or content."""
    person = world.person(CADRE["azkj"])
    kept = world.desk.drafts.receive(person, JPEG, f"{WORDS[4]}.jpg", "m1")
    world.desk.drafts.receive(person, b"MZ" + b"\0" * 60, f"{WORDS[4]}2.jpg", "m2")
    with world.desk.work() as connection:
        draft = world.draft(connection, "azkj", matter=WORDS[0], motive=WORDS[1], conditions=WORDS[2])
        world.desk.drafts.attach(connection, draft, [kept.id])
        number = world.desk.submit(connection, person, draft).case.number
        world.draft(connection, "azkj", Type.CLARIFICATION, accusation=WORDS[0])
        world.desk.supplement(connection, number, person, WORDS[3])
    world.move(number, "exclude", person.userid, person="钱伟", reason=WORDS[5])
    world.move(number, "withdraw", person.userid, reason=WORDS[6])
    raw = b"".join(path.read_bytes() for path in world.folder.rglob("*") if path.is_file())
    forms = [word.encode(code) for word in WORDS for code in ("utf-8", "gbk", "utf-16-le", "unicode_escape")]
    assert number.encode() in raw and [form for form in forms if form in raw] == []
    assert kept.sha256.encode() not in raw and JPEG[:12] not in raw


def test_filing_for_a_cadre_is_for_sdju_alone(world: World) -> None:
    """The second-level party organisation's officer may; the cadre is told."""
    officer, cadre = world.person("sdju_caoying"), world.person(CADRE["sdju"])
    fields = {name: FieldValue("x", "x") for name in ("matter", "incident_date", "unit", "description")}
    with world.desk.work() as connection:
        draft = world.desk.drafts.save(connection, officer, Type.TOLERANCE, fields, {})
        case = world.desk.submit(connection, cadre, draft, filed_by=officer).case
    assert case.applicant == cadre.userid
    assert world.cards(cadre.userid) == ["所在党组织已为您提交一件容错申请，请打开查看"]
    tang, ma = world.person(ORGANIZATION["ldu"]), world.person(CADRE["ldu"])
    with pytest.raises(Refused), world.desk.work() as connection:
        draft = world.desk.drafts.save(connection, tang, Type.TOLERANCE, fields, {})
        world.desk.submit(connection, ma, draft, filed_by=tang)


def test_second_person_is_looked_up_without_telling_why(world: World) -> None:
    """Unknown, the same, of another organisation, the applicant: one and the same refusal."""
    case = world.file("nq").case
    first = world.person(ORGANIZATION["nq"])
    with world.db.read() as connection:
        assert access.second_person(connection, case, DISCIPLINE["nq"].upper(), first).userid == DISCIPLINE["nq"]
        for userid in ("nobody", first.userid.upper(), ORGANIZATION["ldu"], CADRE["nq"], "nq_xielina"):
            with pytest.raises(Refused, match="另一名授权人员"):
                access.second_person(connection, case, userid, first)
        assert store.barred_from(connection, case.id) == set()
