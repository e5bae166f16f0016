"""Lists of reminders as people read them: the duty itself, a fixed time, kinds closed and opened, young staff."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
from reminders_world import World, new_world
from test_reminder_rules import unit

from core.reminders.rules import State


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """The documents and nobody."""
    yield from new_world(tmp_path)


def texts(world: World, userid: str, at: str) -> list[str]:
    with world.db.read() as connection:
        return [item.text for item in world.at(at).mine(connection, world.person(userid))]


def test_the_list_says_the_duty_and_never_a_later_steps_words(world: World) -> None:
    world.roster(*unit("azkj", post_since="2026-11-16", tags="新提拔"))
    for day in ("2026-11-20", "2026-11-27", "2026-12-04"):
        world.run(f"{day}T10:00")
        (text,) = texts(world, "azkj_l", f"{day}T11:00")
        assert text.startswith("陈一（教务处）提拔任职，请安排一次谈话"), text
    (text,) = texts(world, "azkj_s", "2026-12-04T11:00")
    assert text.startswith("提拔任职谈话还没有办结"), text


def test_a_talk_with_a_fixed_time_is_shown_with_it_to_both_and_is_not_overdue(world: World) -> None:
    world.roster(*unit("azkj", post_since="2026-11-16", tags="新提拔"))
    world.run("2026-11-20T10:00")
    reminders = world.at("2026-12-01T10:00")
    leader, cadre = world.person("azkj_l"), world.person("azkj_a")
    (row,) = world.rows(rule="talk_promotion")
    assert reminders.talks is not None
    with world.db.write() as connection:
        assert [one.state for one in reminders.owed(connection, leader)] == ["逾期"]
        assert reminders.talks.fixed_with(connection, cadre) == []
        ref = reminders.arrange(connection, row.id, leader)
        assert reminders.talks.fixed_with(connection, leader) == []
        reminders.talks.fix(connection, ref, leader, dt.datetime(2026, 12, 3, 15), "行政楼301")
        ((talk, name),) = reminders.talks.fixed_with(connection, cadre)
        assert (name, talk.place) == ("李二", "行政楼301")
        ((_, name),) = reminders.talks.fixed_with(connection, leader)
        assert name == "陈一"
        (owed,) = reminders.owed(connection, leader)
        assert (owed.state, owed.due_on) == ("待谈话", dt.date(2026, 12, 3))
        (owed,) = world.at("2026-12-08T10:00").owed(connection, leader)
        assert owed.state == "逾期"


def test_a_kind_that_was_switched_off_can_be_opened_again_and_its_reminder_is_back(world: World) -> None:
    world.roster(*unit("yn"))
    world.run("2026-11-20T10:00")
    reminders, cadre = world.at("2026-11-20T11:00"), world.person("yn_a")
    with world.db.write() as connection:
        assert reminders.closed(connection, cadre) == []
        reminders.off(connection, cadre, "leave")
        assert reminders.closed(connection, cadre) == ["leave"]
        assert "leave" not in {item.occurrence.kind for item in reminders.mine(connection, cadre)}
        reminders.on(connection, cadre, "leave")
        assert reminders.closed(connection, cadre) == []
        assert "leave" in {item.occurrence.kind for item in reminders.mine(connection, cadre)}
    (row,) = [row for row in world.rows(rule="leave_unused") if row.userid == "yn_a"]
    assert (row.state, row.reason, row.settled_at) == (State.OPEN, None, None)


def test_what_has_expired_meanwhile_does_not_come_back(world: World) -> None:
    world.roster(*unit("yn"))
    world.run("2026-11-20T10:00")
    cadre = world.person("yn_a")
    with world.db.write() as connection:
        world.at("2026-11-20T11:00").off(connection, cadre, "leave")
        world.at("2027-01-05T11:00").on(connection, cadre, "leave")
    (row,) = [row for row in world.rows(rule="leave_unused") if row.userid == "yn_a"]
    assert row.state == State.DROPPED


@pytest.mark.parametrize(("tags", "told"), [("年轻干部", True), ("", False)])
def test_after_the_years_of_the_clause_only_those_called_young_are_hinted_at(
    world: World, tags: str, told: bool
) -> None:
    """A hired 2021-09-01 never was in another department: five years are over."""
    world.roster(*unit("azkj", hired_on="2021-09-01", department_since="2021-09-01", tags=tags))
    world.run("2026-11-20T10:00")
    assert any("入职满4年" in text and "陈一" in text for text in world.texts("azkj_hr")) is told
    assert not any("入职满4年" in text for text in world.texts("azkj_a"))
