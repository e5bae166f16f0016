"""Health checks: offered days, booking and declining, who has not been, consent first, results nowhere."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
from reminders_world import World, new_world
from test_reminder_rules import one, unit

from core.errors import NotFound, Refused
from core.health import service as health
from core.health.tables import batches, bookings
from core.reminders.service import Reminders


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """nq in its window, everybody reminded."""
    for found in new_world(tmp_path):
        found.roster(*unit("nq"), {**unit("nq")[0], "userid": "nq_b", "name": "周五", "department": "学生处"})
        found.run("2027-04-01T10:00")
        yield found


def offer(world: World, reminders: Reminders, department: str, day: str) -> int:
    with world.db.write() as connection:
        hr = world.person("nq_hr")
        when = dt.date.fromisoformat(day)
        return health.add_batch(connection, reminders.mailbox, hr, department, when, "县医院三楼")


def reminder(world: World, userid: str) -> int:
    return int(world.rows(kind="health_check", userid=userid)[0].id)


def test_days_are_offered_by_department_and_shown_in_the_reminder(world: World) -> None:
    reminders = world.at("2027-04-02T10:00")
    offer(world, reminders, "教务处", "2027-05-10")
    offer(world, reminders, "学生处", "2027-05-11")
    with world.db.read() as connection:
        (mine,) = [
            item.text
            for item in reminders.mine(connection, world.person("nq_a"))
            if item.occurrence.kind == "health_check"
        ]
    assert "5月10日，县医院三楼" in mine and "5月11日" not in mine


def test_only_hr_offers_days_in_the_future(world: World) -> None:
    reminders = world.at("2027-04-02T10:00")
    with world.db.write() as connection:
        for userid, day, place in (("nq_a", 9, "x"), ("nq_hr", 1, "x"), ("nq_hr", 9, " ")):
            with pytest.raises(Refused):
                on = dt.date(2027, 4, day)
                health.add_batch(connection, reminders.mailbox, world.person(userid), "", on, place)


def test_booking_reminds_the_day_before_and_not_earlier(world: World) -> None:
    reminders = world.at("2027-04-02T10:00")
    batch = offer(world, reminders, "", "2027-05-12")
    with world.db.write() as connection:
        person = world.person("nq_a")
        reminders.agree(connection, person, "health_check", True)
        day, place = health.book(connection, reminders.mailbox, person, batch)
        assert (day, place) == (dt.date(2027, 5, 12), "县医院三楼")
        reminders.booked(connection, reminder(world, "nq_a"), person, day)
        with pytest.raises(NotFound):
            health.book(connection, reminders.mailbox, person, batch + 1)
    world.run("2027-05-10T10:00")
    assert len([text for text in world.texts("nq_a") if "体检" in text]) == 1
    world.run("2027-05-11T10:00")
    assert "您约的是5月12日，县医院三楼" in [text for text in world.texts("nq_a") if "体检" in text][-1]


def test_who_has_been_is_reminded_no_more_and_leaves_the_list(world: World) -> None:
    reminders = world.at("2027-04-02T10:00")
    with world.db.write() as connection:
        person = world.person("nq_a")
        reminders.agree(connection, person, "health_check", True)
        assert reminders.done(connection, reminder(world, "nq_a"), person)
        missing = {one.userid for one in health.not_been(connection, world.person("nq_hr"), 2027)}
        with pytest.raises(Refused):
            list(health.not_been(connection, person, 2027))
    assert "nq_a" not in missing and "nq_b" in missing
    world.run("2027-10-08T10:00")
    assert len([text for text in world.texts("nq_a") if "今年的体检" in text]) == 1
    assert len([text for text in world.texts("nq_b") if "今年的体检" in text]) == 2  # those only


def test_who_does_not_want_it_known_is_left_in_peace(world: World) -> None:
    reminders = world.at("2027-04-02T10:00")
    with world.db.write() as connection:
        reminders.agree(connection, world.person("nq_a"), "health_check", False)
    world.run("2027-10-08T10:00")
    assert "体检" in one(world, "nq_a", "体检")
    assert [row.reason for row in world.rows(kind="health_check", userid="nq_a")] == ["consent"]
    with world.db.read() as connection:
        left = reminders.hr_list(connection, world.person("nq_hr"))
    assert "nq_a" not in {item.userid for item, _ in left if item.kind == "health_check"}


def test_there_is_no_place_for_a_result() -> None:
    columns = {column.name for table in (batches, bookings) for column in table.columns}
    assert columns == {
        "id", "org", "department", "on", "by", "at", "body", "userid", "year", "state", "batch_id",
    }  # fmt: skip
