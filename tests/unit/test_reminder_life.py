"""The life of a reminder: once, on working days, late or missed, put off, escalated, done, no longer applying."""

import datetime as dt
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from reminders_world import HR, World, new_world
from test_reminder_rules import event, unit

from core.errors import NotFound, OutcomeUnknown, Refused
from core.messages.rules import OutboxState, Reply
from core.messages.sending import Sender
from core.reminders import workdays
from core.reminders.rules import State
from core.testing import Wall, dump


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """The documents and nobody."""
    yield from new_world(tmp_path)


def talk(world: World) -> int:
    """A promotion at azkj, told to leader and HR on 2026-11-20; the reminder's id."""
    world.roster(*unit("azkj", post_since="2026-11-16", tags="新提拔"))
    world.run("2026-11-20T10:00")
    (row,) = world.rows(rule="talk_promotion")
    return int(row.id)


def about_promotion(world: World, userid: str) -> list[str]:
    return [text for text in world.texts(userid) if "陈一" in text and ("提拔" in text or "还没有办结" in text)]


# -- planning


def test_planning_twice_adds_nothing(world: World) -> None:
    world.roster(*unit("azkj", post_since="2026-11-16", tags="新提拔"), *unit("yn"))
    reminders = world.at("2026-11-20T10:00")
    assert reminders.plan(reminders.today()).total > 0
    before = dump(world.db)["reminders"]
    assert reminders.plan(reminders.today()).total == 0
    assert world.at("2026-11-20T23:00").plan(dt.date(2026, 11, 20)).total == 0
    assert dump(world.db)["reminders"] == before


def test_a_second_tick_pushes_nothing(world: World) -> None:
    talk(world)
    reminders = world.at("2026-11-20T10:01")
    assert reminders.tick(reminders.mailbox.clock.now()).pushed == 0
    assert len(about_promotion(world, "azkj_l")) == 1


def test_month_ends_leap_days_and_year_ends(world: World) -> None:
    """31 August + 6 months is the last of February; 29 February comes back as the 28th; 31 December stays."""
    from core.reminders.rules import add_months, on_day, roster_day

    assert add_months(dt.date(2026, 8, 31), 6) == dt.date(2027, 2, 28)
    assert add_months(dt.date(2027, 8, 31), 6) == dt.date(2028, 2, 29)
    assert add_months(dt.date(2028, 2, 29), 12) == dt.date(2029, 2, 28)
    assert add_months(dt.date(2026, 12, 31), 12) == dt.date(2027, 12, 31)
    assert (on_day(2027, (2, 29)), on_day(2028, (2, 29))) == (dt.date(2027, 2, 28), dt.date(2028, 2, 29))
    assert (roster_day("2024-02"), roster_day("2025-02")) == (dt.date(2024, 2, 29), dt.date(2025, 2, 28))


@pytest.mark.parametrize(
    ("since", "on", "due"),
    [
        ("2024-02-29", "2027-02-20", "2027-02-28"),
        ("2024-02-29", "2028-02-20", "2028-02-29"),
        ("2024-01-31", "2027-01-20", "2027-01-31"),
        ("2024-12-31", "2026-12-28", "2026-12-31"),
        ("2025-01-02", "2026-12-28", "2027-01-02"),
    ],
)
def test_the_regular_talk_at_the_edges_of_months_and_years(world: World, since: str, on: str, due: str) -> None:
    world.roster(*unit("ldu", post_since=since))
    reminders = world.at(f"{on}T10:00")
    reminders.plan(reminders.today())
    days = {item["due_on"] for item in reminders.due(reminders.today()) if item["rule"] == "talk_regular"}
    assert due in days


# -- when


def test_pushes_wait_for_working_days_and_set_hours(world: World) -> None:
    """10 October 2026 is a Saturday that is worked on; 1 to 7 October are holidays."""
    world.roster(*unit("azkj", post_since="2026-10-01", tags="新提拔"))
    for night in ("2026-10-01T10:00", "2026-10-07T17:00", "2026-10-08T08:59", "2026-10-08T18:00"):
        world.run(night)
        assert not about_promotion(world, "azkj_l"), night
    world.run("2026-10-10T10:00")
    assert len(about_promotion(world, "azkj_l")) == 1


def test_past_the_calendars_last_year_weekdays_count(world: World) -> None:
    year = workdays.last_known_year() + 1
    assert workdays.is_workday(dt.date(2027, 10, 1)) is (year == 2027)
    assert not workdays.is_workday(dt.date(2031, 11, 22)) and workdays.is_workday(dt.date(2031, 11, 21))


def test_doctor_warns_before_the_calendar_ends() -> None:
    from commands.reminders import calendar_problem

    year = workdays.last_known_year()
    assert not calendar_problem(dt.date(year, 5, 1))
    assert "节假日日历" in calendar_problem(dt.date(year, 11, 20))[0]
    assert calendar_problem(dt.date(year + 1, 1, 1))


def test_a_late_run_still_tells_while_it_is_valid(world: World) -> None:
    world.roster(*unit("azkj"))
    world.at("2026-11-20T10:00").plan(dt.date(2026, 11, 20))
    assert event(world, "azkj", "promotion", "2026-11-25")
    world.run("2026-12-21T10:00")
    assert len(about_promotion(world, "azkj_l")) == 1


def test_what_could_not_go_out_in_time_is_recorded_as_missed(world: World) -> None:
    """The scheduler stood still for the whole window of the autumn leave reminder."""
    world.roster(*unit("nq"))
    world.run("2026-10-09T10:00")
    done = world.run("2027-01-04T10:00")
    (row,) = world.rows(rule="leave_unused", userid="nq_a", key="2026-unused")
    assert (row.state, row.reason) == (State.MISSED, "expired") and done.outcomes["expired"] >= 1
    assert not [text for text in world.texts("nq_a") if "还没有休完" in text]
    reminders = world.at("2027-01-04T10:00")
    with world.db.read() as connection:
        left = reminders.hr_list(connection, world.person("nq_hr"))
    assert ("nq_a", "错过有效期，未发送") in {(item.userid, reason) for item, reason in left}


# -- escalation


def test_not_done_means_once_more_then_the_leader_above_then_hr(world: World) -> None:
    talk(world)  # due 16 November, told on the 20th
    world.run("2026-11-27T10:00")
    assert about_promotion(world, "azkj_l")[-1].startswith("再次提醒：")
    world.run("2026-12-04T10:00")
    assert "还没有办结：陈一" in world.texts("azkj_s")[-1] and len(about_promotion(world, "azkj_l")) == 2
    world.run("2026-12-11T10:00")
    assert "已列入人事清单" in world.texts("azkj_hr")[-1]
    reminders = world.at("2026-12-11T10:00")
    with world.db.read() as connection:
        left = reminders.hr_list(connection, world.person("azkj_hr"))
    assert ("talk_promotion", "到期没有办结") in {(item.rule, reason) for item, reason in left}
    count = len(about_promotion(world, "azkj_l"))
    world.run("2027-03-01T10:00")
    assert len(about_promotion(world, "azkj_l")) == count


def test_a_talk_is_done_when_both_said_so_and_then_nothing_more_comes(world: World) -> None:
    reminder = talk(world)
    reminders = world.at("2026-11-23T10:00")
    with world.db.write() as connection:
        assert reminders.done(connection, reminder, world.person("azkj_l")) is False
    asked = world.pushed("azkj_a")[-1]
    assert "请确认是否已经谈过" in asked.text and "提拔" not in asked.text
    assert [button.title for button in asked.buttons] == ["已谈", "未谈"]
    with world.db.write() as connection:
        assert reminders.done(connection, reminder, world.person("azkj_a")) is True
    before = len(world.texts("azkj_l"))
    world.run("2026-11-30T10:00")
    world.run("2026-12-11T10:00")
    assert len(about_promotion(world, "azkj_l")) == 1 and len(world.texts("azkj_l")) >= before
    (row,) = world.rows(id=reminder)
    assert (row.state, row.done_on) == (State.DONE, dt.date(2026, 11, 23))


def test_a_cadre_may_say_that_the_talk_did_not_happen(world: World) -> None:
    reminder = talk(world)
    reminders = world.at("2026-11-23T10:00")
    with world.db.write() as connection:
        reminders.done(connection, reminder, world.person("azkj_l"))
        reminders.not_held(connection, reminder, world.person("azkj_a"))
    assert "还没有进行" in world.texts("azkj_l")[-1]
    world.run("2026-11-27T10:00")
    assert about_promotion(world, "azkj_l")[-1].startswith("再次提醒：")


def test_a_talk_held_moves_the_next_regular_one(world: World) -> None:
    world.roster(*unit("ldu", post_since="2024-12-01"))
    world.run("2026-11-20T10:00")
    (row,) = world.rows(rule="talk_regular", userid="ldu_a", due_on=dt.date(2026, 12, 1))
    reminders = world.at("2026-11-23T10:00")
    with world.db.write() as connection:
        reminders.done(connection, row.id, world.person("ldu_l"))
        assert reminders.done(connection, row.id, world.person("ldu_a"))
    world.run("2027-11-09T10:00")
    assert [one.due_on for one in world.rows(rule="talk_regular", userid="ldu_a", state=State.OPEN)] == [
        dt.date(2027, 11, 23)
    ]


def test_later_reminds_that_person_again_and_only_them(world: World) -> None:
    reminder = talk(world)
    reminders = world.at("2026-11-20T11:00")
    with world.db.write() as connection:
        until = reminders.later(connection, reminder, world.person("azkj_l"), 1)
        with pytest.raises(Refused):
            reminders.later(connection, reminder, world.person("azkj_l"), 2)
        with pytest.raises(NotFound):
            reminders.later(connection, reminder, world.person("azkj_s"), 1)
    assert until.date() == dt.date(2026, 11, 23)  # the 21st is a Saturday
    told = len(about_promotion(world, "azkj_hr"))
    world.run("2026-11-21T10:00")
    assert len(about_promotion(world, "azkj_l")) == 1
    world.run("2026-11-23T09:30")
    assert len(about_promotion(world, "azkj_l")) == 2 and len(about_promotion(world, "azkj_hr")) == told


def test_a_kind_is_switched_off_where_the_rule_allows_it(world: World) -> None:
    world.roster(*unit("nq"))
    reminders = world.at("2026-11-20T09:00")
    reminders.plan(reminders.today())
    with world.db.write() as connection:
        reminders.off(connection, world.person("nq_a"), "leave")
        with pytest.raises(Refused, match="不能关闭"):
            reminders.off(connection, world.person("nq_a"), "talk")
    world.run("2026-11-20T10:00")
    world.run("2027-03-15T10:00")
    assert not [text for text in world.texts("nq_a") if "年休假" in text]
    assert [text for text in world.texts("nq_l") if "年休假" in text]


# -- what no longer applies


def test_who_has_left_gets_nothing(world: World) -> None:
    rows = unit("nq")
    world.roster(*rows)
    world.at("2026-11-20T08:00").plan(dt.date(2026, 11, 20))
    world.roster({**rows[0], "status": "left"})
    world.run("2026-11-20T10:00")
    assert not world.texts("nq_a")
    assert {(row.state, row.reason) for row in world.rows(userid="nq_a")} == {(State.DROPPED, "left")}


def test_who_changed_department_is_no_longer_due_for_rotation(world: World) -> None:
    rows = unit("azkj", department_since="2016-12-01")
    world.roster(*rows)
    world.at("2026-11-20T08:00").plan(dt.date(2026, 11, 20))
    world.roster({**rows[0], "department": "学生处", "department_since": "2026-11-18"})
    world.run("2026-11-20T10:00")
    assert not [text for text in world.texts("azkj_hr") if "陈一在" in text]
    (row,) = world.rows(rule="rotation_department", userid="azkj_a")
    assert (row.state, row.reason) == (State.DROPPED, "changed")


def test_a_leader_who_is_no_longer_theirs_sees_it_no_more(world: World) -> None:
    talk(world)
    rows = unit("azkj", post_since="2026-11-16", tags="新提拔")
    reminders = world.at("2026-11-23T10:00")
    with world.db.read() as connection:
        assert [item.occurrence.rule for item in reminders.mine(connection, world.person("azkj_l"))] == [
            "talk_promotion"
        ]
        assert [(one.name, one.state) for one in reminders.owed(connection, world.person("azkj_l"))] == [
            ("陈一", "待谈话")
        ]
    world.roster({**rows[0], "leader": "azkj_s"})
    with world.db.read() as connection:
        assert not reminders.mine(connection, world.person("azkj_l"))
        assert not reminders.owed(connection, world.person("azkj_l"))
    world.run("2026-11-27T10:00")
    assert len(about_promotion(world, "azkj_l")) == 1 and about_promotion(world, "azkj_s")


def test_a_repealed_document_reminds_of_nothing(world: World) -> None:
    world.roster(*unit("nq"))
    world.at("2026-11-20T08:00").plan(dt.date(2026, 11, 20))
    with world.db.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM policies WHERE id = 'nq'")
    world.run("2026-11-20T10:00")
    assert not world.texts("nq_a")
    assert {row.reason for row in world.rows(userid="nq_a")} == {"inactive"}


# -- gaps and unannounced events


def test_rows_without_the_date_a_rule_needs_are_listed_and_nothing_is_invented(world: World) -> None:
    bare = {"userid": "azkj_b", "name": "周五", "is_head": "1"}
    world.roster(*unit("azkj"), bare)
    reminders = world.at("2026-11-20T10:00")
    planned = reminders.plan(reminders.today())
    gaps = {
        (gap.rule, gap.missing) for person, gap in reminders.gaps("azkj", reminders.today()) if person.name == "周五"
    }
    assert planned.gaps and gaps >= {
        ("talk_retirement", "退休时间"), ("rotation_post", "任现职时间"), ("rotation_department", "到现部门时间"),
        ("young_exchange", "参加工作时间"), ("talk_regular", "任现职时间"), ("talk_regular", "直接领导"),
    }  # fmt: skip
    assert not world.rows(userid="azkj_b")


def test_nobody_to_tell_goes_to_hrs_list(world: World) -> None:
    world.roster(*unit("azkj", post_since="2024-12-01", leader=""))
    world.run("2026-11-20T10:00")
    (row,) = world.rows(rule="talk_regular", userid="azkj_a", due_on=dt.date(2026, 12, 1))
    assert row.reason == "nobody" and not [text for text in world.texts("azkj_a") if "谈心" in text]
    assert [text for text in world.texts("azkj_hr") if "已列入人事清单" in text]


def test_an_unannounced_event_is_known_to_hr_alone(world: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    world.roster(*unit("azkj"), {"userid": "azkj_hr2", "name": "吴六", **HR})
    number = event(world, "azkj", "removal", "2026-11-20", announced=False)
    assert number
    world.run("2026-11-20T10:00")
    told = [text for text in world.texts("azkj_hr") if "尚未公开" in text]
    assert len(told) == 1 and "陈一" not in told[0] and "免职" not in told[0]
    for userid in ("azkj_a", "azkj_l", "azkj_s"):
        assert not [text for text in world.texts(userid) if "免职" in text or "尚未公开" in text]
    reminders = world.at("2026-11-20T10:05")
    assert not [item for item in reminders.due(reminders.today()) if item["rule"] == "talk_removal"]
    assert not [
        item for item in reminders.due(reminders.today(), world.person("azkj_l")) if item["rule"] == "talk_removal"
    ]
    seen = [
        item for item in reminders.due(reminders.today(), world.person("azkj_hr")) if item["rule"] == "talk_removal"
    ]
    assert {item["to"] for item in seen} == {"azkj_hr", "azkj_hr2"}
    with world.db.read() as connection:
        for userid in ("azkj_a", "azkj_l", "azkj_s"):
            assert not [item for item in reminders.mine(connection, world.person(userid)) if "免职" in item.text]
            assert not reminders.owed(connection, world.person(userid))
        with pytest.raises(Refused):
            reminders.events(connection, world.person("azkj_l"))
        assert [one.event for one in reminders.events(connection, world.person("azkj_hr"))] == ["removal"]
    assert "removal" not in caplog.text and "免职" not in caplog.text and "azkj_a" not in caplog.text


def test_a_roster_that_runs_ahead_of_the_announcement_tells_nobody(world: World) -> None:
    world.roster(*unit("azkj"))
    assert event(world, "azkj", "promotion", "2026-11-20", announced=False)
    world.roster(*unit("azkj", post_since="2026-11-18", department_since="2026-11-18"))
    world.run("2026-11-20T10:00")
    assert not [text for text in world.texts("azkj_l") if "陈一" in text and "任职" in text]
    reminders = world.at("2026-11-20T10:05")
    assert not [
        item for item in reminders.due(reminders.today()) if item["rule"] in ("talk_rotation", "talk_promotion")
    ]


def test_an_announced_event_reaches_the_leader_then(world: World) -> None:
    world.roster(*unit("azkj"))
    number = event(world, "azkj", "removal", "2026-11-20", announced=False)
    assert number
    world.run("2026-11-20T10:00")
    reminders = world.at("2026-11-23T10:00")
    with world.db.write() as connection:
        reminders.announce(connection, number, world.person("azkj_hr"))
        with pytest.raises(Refused):
            reminders.announce(connection, number, world.person("azkj_l"))
    world.run("2026-11-23T10:01")
    assert [text for text in world.texts("azkj_l") if "免职，请安排一次谈话" in text]
    with world.db.write() as connection:
        reminders.cancel_event(connection, number, world.person("azkj_hr"))
    world.run("2026-12-14T10:00")
    assert len([text for text in world.texts("azkj_l") if "免职" in text]) == 1


def test_an_officer_learns_nothing_about_themselves(world: World) -> None:
    world.roster(*unit("azkj", roles="hr;cadre"))
    assert event(world, "azkj", "removal", "2026-11-20", announced=False)
    world.run("2026-11-20T10:00")
    reminders = world.at("2026-11-20T10:05")
    assert not [text for text in world.texts("azkj_a") if "尚未公开" in text]
    with world.db.read() as connection:
        assert not reminders.events(connection, world.person("azkj_a"))
    assert not [
        item for item in reminders.due(reminders.today(), world.person("azkj_a")) if item["rule"] == "talk_removal"
    ]


def test_life_events_are_erased_three_months_after_they_are_settled(world: World) -> None:
    world.roster(*unit("nq"))
    assert event(world, "nq", "hospital")
    world.run("2026-11-20T10:00")
    (row,) = world.rows(rule="visit")
    reminders = world.at("2026-11-23T10:00")
    with world.db.write() as connection:
        assert reminders.done(connection, row.id, world.person("nq_l"))
    reminders.retain(dt.datetime(2027, 1, 10, tzinfo=dt.UTC))
    assert world.rows(rule="visit")
    reminders.retain(dt.datetime(2027, 3, 10, tzinfo=dt.UTC))
    assert not world.rows(rule="visit") and not dump(world.db)["reminder_events"]


def test_an_answer_overtakes_reminders_and_a_lost_reminder_is_sent_again(world: World, wall: Wall) -> None:
    talk(world)
    mailbox = world.at("2026-11-20T10:00").mailbox
    with world.db.write() as connection:
        mailbox.queue(connection, "wecom", "azkj_a", Reply("答", "chat"))
    sender = Sender(mailbox)
    first = sender.claim("one", "wecom", 1)
    assert [parcel.reply.text for parcel in first] == ["答"]
    (pushed,) = sender.claim("one", "wecom", 1)
    assert pushed.reply.kind == "status"
    assert sender.failed(pushed, OutcomeUnknown("")) == OutboxState.WAITING
    wall.forward(60)
    assert pushed.id in [parcel.id for parcel in sender.claim("one", "wecom", 50)]
