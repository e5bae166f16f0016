"""我的提醒 through the gate: the list, done, later, off, booking, arranging, what others may not press."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from reminders_world import World, new_world
from test_reminder_rules import event, unit

from actions import reminders as topic
from actions import replies, turn
from actions.turn import Call
from actions.wiring import App
from core.messages.rules import Reply


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """The documents and nobody."""
    yield from new_world(tmp_path)


def app_at(world: World, when: str) -> App:
    """The actions at a local time."""
    reminders = world.at(when)
    assert reminders.talks is not None
    mailbox = reminders.mailbox
    wired = App(world.db, mailbox, mailbox.clock, reminders.orgs, dt.timedelta(minutes=30), reminders.talks.desk)
    wired._reminders = reminders
    return wired


def press(app: App, userid: str, command: str) -> Reply:
    (reply,) = turn.take(app, Call(f"wecom:{userid}", "", {}, metadata={"command": command, "kind": "command"}))
    return reply


def say(app: App, userid: str, text: str, intent: str = "") -> tuple[Reply, ...]:
    return turn.take(app, Call(f"wecom:{userid}", text, {intent: 0.95} if intent else {}))


def titles(reply: Reply) -> list[str]:
    return [button.title for button in reply.buttons]


def payload(reply: Reply, title: str) -> str:
    return next(button.payload for button in reply.buttons if button.title.startswith(title))


def test_nothing_to_be_reminded_of(world: World) -> None:
    world.roster(*unit("ldu"))
    reply = press(app_at(world, "2026-11-20T10:00"), "ldu_a", "reminders")
    assert (reply.text, reply.kind) == (replies.REMINDERS_NONE, "status")


def test_the_list_leads_to_each_reminder_and_its_buttons(world: World) -> None:
    world.roster(*unit("nq", post_since="2024-12-01"))
    world.run("2026-11-20T10:00")
    app = app_at(world, "2026-11-20T11:00")
    (listed,) = say(app, "nq_a", "我的提醒", "my_reminders")
    assert listed.text.startswith("您有 2 项提醒：") and "年休假" in listed.text and "谈心谈话" in listed.text
    (opened,) = say(app, "nq_a", "1")
    assert "依据：宁办发〔2019〕45号 第17条" in opened.text and titles(opened)[:2] == ["完成", "稍后"]
    later = press(app, "nq_a", payload(opened, "稍后"))
    assert titles(later) == ["1天后", "3天后", "1周后"]
    assert "2026年11月23日再提醒您" in press(app, "nq_a", payload(later, "3天后")).text
    asked = press(app, "nq_a", payload(opened, "有疑问"))
    assert "县委组织部" in asked.text and asked.kind == "handover"


def test_leave_is_done_or_switched_off_by_button(world: World) -> None:
    world.roster(*unit("nq"))
    world.run("2026-11-20T10:00")
    (pushed,) = [reply for reply in world.pushed("nq_a") if "年休假" in reply.text]
    app = app_at(world, "2026-11-20T11:00")
    assert press(app, "nq_a", payload(pushed, "完成")).text == topic.DONE
    assert "已经办结" in press(app, "nq_a", payload(pushed, "完成")).text
    off = press(app, "nq_a", payload(pushed, "不再提醒"))
    assert off.text == topic.OFF and press(app, "nq_a", payload(off, "重新打开")).text == topic.ON


def test_a_leader_sees_the_talks_owed_and_may_arrange_one(world: World) -> None:
    world.roster(*unit("azkj", post_since="2026-11-16", tags="新提拔"))
    world.run("2026-11-20T10:00")
    (pushed,) = [reply for reply in world.pushed("azkj_l") if "陈一" in reply.text]
    app = app_at(world, "2026-11-20T11:00")
    assert "待谈话：陈一，提拔任职谈话，2026年11月16日" in press(app, "azkj_l", "reminders").text
    told = len(world.texts("azkj_hr"))
    asked = press(app, "azkj_l", payload(pushed, "约时间"))
    assert asked.kind == "ask" and "时间和地点" in asked.text
    (fixed,) = say(app, "azkj_l", "11月24日下午3点，行政楼301")
    assert fixed.text
    arranged = [text for text in world.texts("azkj_a") if "组织安排" in text]
    assert len(arranged) == 1 and "15:00" in arranged[0] and "提拔" not in arranged[0]
    assert len(world.texts("azkj_hr")) == told  # arranging tells nobody twice
    (row,) = world.rows(rule="talk_promotion")
    assert row.talk_id
    late = app_at(world, "2026-11-25T11:00")
    assert "逾期：陈一" in press(late, "azkj_l", "reminders").text


def test_both_sides_confirm_by_button(world: World) -> None:
    world.roster(*unit("azkj", post_since="2026-11-16", tags="新提拔"))
    world.run("2026-11-20T10:00")
    app = app_at(world, "2026-11-23T11:00")
    (pushed,) = [reply for reply in world.pushed("azkj_l") if "陈一" in reply.text]
    assert press(app, "azkj_l", payload(pushed, "完成")).text == topic.WAITING
    asked = world.pushed("azkj_a")[-1]
    assert press(app, "azkj_a", payload(asked, "已谈")).text == topic.DONE
    assert "已完成：陈一" in press(app, "azkj_l", "reminders").text


@pytest.mark.parametrize("move", ["open", "done", "not", "later", "time", "later:1"])
def test_nobody_presses_for_another(world: World, move: str) -> None:
    world.roster(*unit("azkj", post_since="2026-11-16", tags="新提拔"))
    world.run("2026-11-20T10:00")
    (row,) = world.rows(rule="talk_promotion")
    name, _, rest = move.partition(":")
    command = f"remind:{name}:{row.id}" + (f":{rest}" if rest else "")
    reply = press(app_at(world, "2026-11-20T11:00"), "azkj_a", command)
    assert reply.text in (topic.NOT_YOURS, topic.LATER) and "提拔" not in reply.text


@pytest.mark.parametrize(
    "command", ["remind", "remind:done", "remind:done:x", "remind:done:999999999999999", "health:book:1:1", "health",
                "remind:later:1:99", "remind:off:talk", "health:agree:1:done"]
)  # fmt: skip
def test_odd_commands_are_harmless(world: World, command: str) -> None:
    world.roster(*unit("ldu"))
    reply = press(app_at(world, "2026-11-20T11:00"), "ldu_a", command)
    assert reply.text and not world.rows()


def test_a_health_check_is_booked_after_consent(world: World) -> None:
    world.roster(*unit("nq"))
    world.run("2027-04-01T10:00")
    app = app_at(world, "2027-04-01T11:00")
    (pushed,) = [reply for reply in world.pushed("nq_a") if "体检" in reply.text]
    consent = press(app, "nq_a", payload(pushed, "约时间"))
    assert consent.text == topic.CONSENT and titles(consent) == ["同意登记", "不要告诉我的单位"]
    assert press(app, "nq_a", payload(consent, "同意登记")).text == topic.NO_DAYS
    done = press(app, "nq_a", payload(pushed, "完成"))
    assert done.text == topic.DONE


def test_a_cadre_may_keep_it_from_the_organisation(world: World) -> None:
    world.roster(*unit("nq"))
    world.run("2027-04-01T10:00")
    app = app_at(world, "2027-04-01T11:00")
    (pushed,) = [reply for reply in world.pushed("nq_a") if "体检" in reply.text]
    consent = press(app, "nq_a", payload(pushed, "完成"))
    assert press(app, "nq_a", payload(consent, "不要告诉")).text == topic.PRIVATE
    assert "体检" not in press(app, "nq_a", "reminders").text


def test_hr_sees_what_is_left_over_and_what_is_not_public(world: World) -> None:
    world.roster(*unit("azkj"))
    assert event(world, "azkj", "removal", "2026-11-20", announced=False)
    world.run("2026-11-20T10:00")
    app = app_at(world, "2026-11-20T11:00")
    listed = press(app, "azkj_hr", "reminders").text
    assert topic.HIDDEN in listed and "免职：陈一，2026年11月20日" in listed
    for userid in ("azkj_a", "azkj_l", "azkj_s"):
        assert "免职" not in press(app, userid, "reminders").text


def test_fixed_phrases_obey_the_wording() -> None:
    said: dict[str, Any] = {name: value for name, value in vars(topic).items() if name.isupper()}
    texts = [value for value in said.values() if isinstance(value, str)]
    assert texts and not [
        (text, word)
        for text in texts
        for word in ("！", "你", "亲", "恭喜", "保证", "请放心", "没问题")
        if word in text
    ]
