"""Talks that cadres ask for, from both phones: nothing is fixed before both agree, both confirm, nothing leaks."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core.cases.rules import FieldValue, Type
from core.clock import UTC
from core.testing import dump
from tests.unit.cases_world import CADRE, ORGANIZATION, new_world
from tests.unit.talk_world import Phones, phones, titles

ASKER = CADRE["nq"]
TOPIC = "想谈谈去留的心事"


@pytest.fixture
def chat(tmp_path: Path, engine: Any) -> Iterator[Phones]:
    for world in new_world(tmp_path):
        yield phones(world, engine)


def book(chat: Phones, whom: str, wish: str = "", words: str = "", org: str = "nq") -> str:
    """A talk asked for by the organisation's cadre."""
    world = chat.world
    with world.desk.work() as connection:
        values = {"topic": FieldValue(TOPIC, TOPIC), "talk_with": FieldValue(whom, whom)}
        if words:
            values["preferred_time"] = FieldValue(wish, words)
        person = world.person(CADRE[org])
        draft = world.desk.drafts.save(connection, person, Type.TALK, values, {})
        return world.desk.submit(connection, person, draft).case.number


def chief(chat: Phones) -> str:
    """The supervisor of the asking cadre."""
    return chat.world.person(ASKER).supervisor


def chief_name(chat: Phones) -> str:
    return chat.world.person(chief(chat)).name


def status(chat: Phones, number: str) -> str:
    (row,) = [row for row in dump(chat.world.db)["cases"] if row["number"] == number]
    return str(row["status"])


HOUR = ("2026-11-24T15:00/2026-11-24T16:00", "下周二下午3点")
AFTERNOON = ("2026-11-24T13:00/2026-11-24T18:00", "下周二下午")


def test_the_wished_leader_alone_gets_a_card_without_content(chat: Phones) -> None:
    number = book(chat, chief_name(chat), *HOUR)
    assert chat.texts(chief(chat)) == ["一件新的谈心预约，请打开查看"]
    assert chat.texts(ORGANIZATION["nq"]) == []
    page = chat.open(chief(chat))
    for words in (TOPIC, "下周二下午3点", number, chat.world.person(ASKER).name):
        assert words in page.text
    assert titles(page) == ["同意", "另约时间", "婉拒"] and page.citations == (("nq", "17"),)


def test_agreeing_to_the_wished_hour_fixes_it_for_both_with_a_calendar_file(chat: Phones) -> None:
    number = book(chat, chief_name(chat), *HOUR)
    said = chat.tap(chief(chat), "同意", chat.open(chief(chat)))
    assert said.text == "已约定：2026年11月24日（周二）15:00。对方会收到通知。"
    assert chat.texts(ASKER)[0] == "您的谈心预约已约定：2026年11月24日（周二）15:00。"
    for who in (ASKER, chief(chat)):
        (file,) = chat.files(who)
        assert "DTSTART:20261124T070000Z" in file and TOPIC not in file and f"UID:{number}@chengyao" in file
    assert status(chat, number) == "accepted"


def test_half_a_day_needs_the_hour_and_stays_within_the_wish(chat: Phones) -> None:
    number = book(chat, chief_name(chat), *AFTERNOON)
    asked = chat.tap(chief(chat), "同意", chat.open(chief(chat)))
    assert "希望时间：下周二下午" in asked.text and "写到几点" in asked.text
    vague = chat.say(chief(chat), "下周二")
    assert "还需要写到几点" in vague.text and status(chat, number) == "submitted"
    fixed = chat.say(chief(chat), "下周二下午4点，行政楼301")
    assert fixed.text == "已约定：2026年11月24日（周二）16:00，地点行政楼301。对方会收到通知。"
    assert "地点行政楼301" in chat.texts(ASKER)[0]


def test_another_time_is_only_offered_until_the_cadre_says_yes(chat: Phones) -> None:
    number = book(chat, chief_name(chat), *HOUR)
    chat.tap(chief(chat), "另约时间", chat.open(chief(chat)))
    offered = chat.say(chief(chat), "下周三上午10点")
    assert "对方同意后才算约定" in offered.text and "已约定" not in offered.text
    assert status(chat, number) == "counter_proposed" and chat.files(ASKER) == []
    assert chat.texts(ASKER) == ["一件谈心预约有新情况，请打开查看"]
    page = chat.open(ASKER)
    assert "2026年11月25日（周三）10:00" in page.text and titles(page) == ["可以", "不行", "撤回"]
    said = chat.tap(ASKER, "可以", page)
    assert "已约定：2026年11月25日（周三）10:00" in said.text
    assert any("2026年11月25日（周三）10:00" in text for text in chat.texts(chief(chat)))
    assert len(chat.files(ASKER)) == len(chat.files(chief(chat))) == 1


def test_no_with_another_time_goes_back_to_the_leader(chat: Phones) -> None:
    number = book(chat, chief_name(chat))
    chat.press(chief(chat), f"talk:propose:{number}")
    chat.say(chief(chat), "下周三上午10点")
    chat.tap(ASKER, "不行", chat.open(ASKER))
    said = chat.say(ASKER, "下周四下午2点可以")
    assert "对方同意后才算约定" in said.text and status(chat, number) == "submitted"
    page = chat.open(chief(chat))
    assert "希望时间：下周四下午2点可以" in page.text
    assert "2026年11月26日（周四）14:00" in chat.tap(chief(chat), "同意", page).text


def test_declining_tells_the_reason_to_the_cadre_alone(chat: Phones) -> None:
    number = book(chat, chief_name(chat), *HOUR)
    chat.tap(chief(chat), "婉拒", chat.open(chief(chat)))
    chat.say(chief(chat), "下周出差，请先找李主任")
    assert status(chat, number) == "declined"
    assert chat.texts(ASKER) == ["一件谈心预约有新情况，请打开查看"]
    assert "理由：下周出差，请先找李主任" in chat.open(ASKER).text


@pytest.mark.parametrize("text", ["昨天下午3点", "今天早上8点"])
def test_a_time_that_has_passed_is_refused(chat: Phones, text: str) -> None:
    number = book(chat, chief_name(chat))
    chat.press(chief(chat), f"talk:propose:{number}")
    assert "已经过去" in chat.say(chief(chat), text).text
    assert status(chat, number) == "submitted"


def test_a_policy_question_in_between_is_answered(chat: Phones) -> None:
    number = book(chat, chief_name(chat))
    chat.press(chief(chat), f"talk:propose:{number}")
    answered, asked = chat.hear(chief(chat), "多久体检一次？", "health_check.frequency")
    assert answered.citations and "写到几点" in asked.text
    assert "对方同意后" in chat.say(chief(chat), "下周三上午10点").text


def test_cancelling_changes_nothing(chat: Phones) -> None:
    number = book(chat, chief_name(chat))
    chat.press(chief(chat), f"talk:decline:{number}")
    assert "没有改动" in chat.say(chief(chat), "取消").text
    assert status(chat, number) == "submitted"


def test_nobody_else_sees_it(chat: Phones) -> None:
    number = book(chat, chief_name(chat), *HOUR)
    for other in (ORGANIZATION["nq"], CADRE["azkj"], "nq_tianye"):
        for move in ("open", "yes", "decline", "pass", "held"):
            reply = chat.press(other, f"talk:{move}:{number}")
            assert TOPIC not in reply.text and "没有查到" in reply.text
    assert status(chat, number) == "submitted"


def test_without_the_right_it_goes_to_the_office_and_says_so(chat: Phones) -> None:
    leader = chat.world.person(chat.world.person(CADRE["azkj"]).supervisor)
    number = book(chat, leader.name, *HOUR, org="azkj")
    assert chat.texts(leader.userid) == []
    office = ORGANIZATION["azkj"]
    page = chat.open(office)
    assert "没有规定干部约请谈话的程序" in page.text and titles(page)[-1] == "转给想约的人"
    assert leader.name in chat.tap(office, "转给想约的人", page).text
    assert chat.texts(leader.userid) == ["一件新的谈心预约，请打开查看"]
    assert "没有查到" in chat.press(office, f"talk:open:{number}").text
    chat.tap(leader.userid, "同意", chat.open(leader.userid))
    assert status(chat, number) == "accepted"


def test_an_office_is_asked_as_an_office(chat: Phones) -> None:
    number = book(chat, "组织部的同志", *HOUR)
    assert chat.texts(ORGANIZATION["nq"]) == ["一件新的谈心预约，请打开查看"]
    chat.tap(ORGANIZATION["nq"], "同意", chat.open(ORGANIZATION["nq"]))
    assert status(chat, number) == "accepted"


def test_withdrawing_at_any_point_before_it_was_held(chat: Phones) -> None:
    number = book(chat, chief_name(chat), *HOUR)
    chat.tap(chief(chat), "同意", chat.open(chief(chat)))
    chat.press(ASKER, f"talk:withdraw:{number}")
    assert "已撤回" in chat.say(ASKER, "不说明").text
    assert status(chat, number) == "withdrawn"
    assert "已由本人撤回" in chat.texts(chief(chat))[-1]


def after(chat: Phones, days: int = 0, hours: int = 2) -> Phones:
    return chat.at(dt.datetime(2026, 11, 24, 7, 0, tzinfo=UTC) + dt.timedelta(days=days, hours=hours))


def fixed(chat: Phones) -> str:
    number = book(chat, chief_name(chat), *HOUR)
    chat.tap(chief(chat), "同意", chat.open(chief(chat)))
    return number


def test_both_confirm_that_it_took_place(chat: Phones) -> None:
    number = fixed(chat)
    assert "还没有到" in chat.press(ASKER, f"talk:held:{number}").text
    later = after(chat)
    assert later.talks.sweep() == 1 and later.talks.sweep() == 0
    for who in (ASKER, chief(chat)):
        asked = later.pushes(who)[-1]
        assert "谈了什么不用填写" in asked.text and titles(asked) == ["已谈", "未谈"]
    assert later.tap(ASKER, "已谈", later.pushes(ASKER)[-1]).text == "已记下：已谈。"
    assert status(later, number) == "accepted"
    assert "双方都已确认" in later.press(chief(chat), f"talk:held:{number}").text
    assert status(later, number) == "held"


def test_different_answers_are_shown_to_both(chat: Phones) -> None:
    number = fixed(chat)
    later = after(chat)
    later.press(ASKER, f"talk:held:{number}")
    later.press(chief(chat), f"talk:unheld:{number}")
    assert "不一致" in later.texts(ASKER)[-1] and status(later, number) == "accepted"
    assert "谈话人未谈，本人已谈" in later.open(ASKER).text
    later.press(chief(chat), f"talk:held:{number}")
    assert status(later, number) == "held"


def test_it_lapses_without_confirmation(chat: Phones) -> None:
    number = fixed(chat)
    after(chat).talks.sweep()
    assert after(chat, days=6).talks.sweep() == 0
    later = after(chat, days=8, hours=0)
    assert later.talks.sweep() == 1 and status(later, number) == "lapsed"
    assert "已结束" in later.texts(ASKER)[-1] and "已结束" in later.texts(chief(chat))[-1]


def test_an_unanswered_wish_is_brought_up_once(chat: Phones) -> None:
    number = book(chat, chief_name(chat), *HOUR)
    later = after(chat, days=1, hours=0)
    assert later.talks.sweep() == 1 and later.talks.sweep() == 0
    assert "还在等您答复" in later.texts(chief(chat))[-1] and "还没有收到答复" in later.texts(ASKER)[-1]
    assert status(later, number) == "submitted"


def test_nothing_is_pushed_at_night(chat: Phones) -> None:
    fixed(chat)
    assert after(chat, hours=10).talks.sweep() == 0


def test_words_are_sealed(chat: Phones) -> None:
    number = book(chat, chief_name(chat), *AFTERNOON)
    chat.press(chief(chat), f"talk:propose:{number}")
    chat.say(chief(chat), "下周三上午10点，秘密会客室")
    rows = str(dump(chat.world.db))
    assert TOPIC not in rows and "秘密会客室" not in rows and "下周二下午" not in rows


def due(chat: Phones) -> list[tuple[str, str]]:
    return [(str(row["due_on"]), row["state"]) for row in dump(chat.world.db)["reminders"] if row["talk_id"]]


def test_a_fixed_talk_is_brought_up_the_day_before_to_its_two_sides_alone(chat: Phones) -> None:
    fixed(chat)
    assert due(chat) == [("2026-11-24", "planned")]
    day_before = dt.datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
    direct = chat.world.person(ASKER).leader
    assert direct != chief(chat)
    before = {who: len(chat.texts(who)) for who in (ASKER, chief(chat), direct)}
    later = chat.at(day_before)
    later.app.reminders().tick(day_before)
    assert {who: len(later.texts(who)) - count for who, count in before.items()} == {
        ASKER: 1, chief(chat): 1, direct: 0,
    }  # fmt: skip


def test_a_new_time_moves_the_reminder_and_a_withdrawal_ends_it(chat: Phones) -> None:
    number = fixed(chat)
    chat.press(chief(chat), f"talk:propose:{number}")
    chat.say(chief(chat), "下周三上午10点")
    assert due(chat) == [("2026-11-24", "dropped")]
    chat.tap(ASKER, "可以", chat.open(ASKER))
    assert due(chat) == [("2026-11-24", "dropped"), ("2026-11-25", "planned")]
    chat.press(ASKER, f"talk:withdraw:{number}")
    chat.say(ASKER, "不说明")
    assert {state for _, state in due(chat)} == {"dropped"}


def test_the_number_shows_the_talk_to_both(chat: Phones) -> None:
    number = book(chat, chief_name(chat), *HOUR)
    assert TOPIC in chat.say(ASKER, number).text and TOPIC in chat.say(chief(chat), number).text
    assert "没有查到" in chat.say(ORGANIZATION["nq"], number).text
