"""Life events told in chat: consent for each, nothing kept without it, the question is answered first."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core.life.rules import Event, events_in, of_others
from core.testing import dump
from tests.unit.cases_world import CADRE, new_world
from tests.unit.talk_world import Phones, button, phones, titles

ASKER = CADRE["nq"]
YES, NO = "可以", "不要告诉我的单位"


@pytest.fixture
def chat(tmp_path: Path, engine: Any) -> Iterator[Phones]:
    for world in new_world(tmp_path):
        yield phones(world, engine)


def kept(chat: Phones) -> list[Any]:
    found = dump(chat.world.db)
    return [row for name in ("reminder_events", "reminders", "reminder_pushes", "audit") for row in found[name]]


@pytest.mark.parametrize(
    "text,expected",
    [
        ("我下周结婚", [Event.MARRIAGE]),
        ("媳妇昨天生了个闺女", [Event.BIRTH]),
        ("我住院了", [Event.HOSPITAL]),
        ("我要做个手术", [Event.HOSPITAL]),
        ("我妈住院了", [Event.HARDSHIP]),
        ("父亲前天去世了", [Event.BEREAVEMENT]),
        ("我奶奶走了", [Event.BEREAVEMENT]),
        ("老书记走了", []),
        ("家里着火了，日子过不下去", [Event.HARDSHIP]),
        ("爱人重病，家里困难", [Event.HARDSHIP]),
        ("我媳妇生了，我自己又住院了", [Event.BIRTH, Event.HOSPITAL]),
        ("今天天气不错", []),
    ],
)
def test_what_the_words_tell(text: str, expected: list[Event]) -> None:
    assert events_in(text) == expected


def test_others_are_not_told_of() -> None:
    assert of_others("同事小王结婚了") and of_others("他住院了")
    assert not of_others("我同事帮我请的假，我住院了") and not of_others("媳妇生了")


def test_without_a_yes_nothing_is_kept(chat: Phones) -> None:
    before = kept(chat)
    asked = chat.say(ASKER, "我父亲昨天去世了", "life_event")
    assert "请节哀" in asked.text and "第17条" in asked.text and titles(asked) == [YES, NO]
    assert "为什么" not in asked.text and "原因和细节不用说" in asked.text
    assert kept(chat) == before
    assert "没有记录" in chat.tap(ASKER, NO, asked).text
    assert kept(chat) == before


@pytest.mark.parametrize("word", ["不用了", "别告诉单位", "先别说", "算了"])
def test_no_in_words(chat: Phones, word: str) -> None:
    before = kept(chat)
    chat.say(ASKER, "我住院了", "life_event")
    assert "没有记录" in chat.say(ASKER, word, "deny").text
    assert kept(chat) == before


def test_a_yes_plans_the_visit_without_words_in_clear(chat: Phones) -> None:
    chat.say(ASKER, "我住院了", "life_event")
    told = chat.say(ASKER, "可以", "affirm")
    assert "会提醒负责的人员" in told.text and told.kind == "receipt"
    found = dump(chat.world.db)
    (row,) = found["reminders"]
    assert (row["kind"], row["userid"], row["policy"], row["clause"]) == ("visit", ASKER, "nq", "17")
    rows = [row for name, some in found.items() if "polic" not in name and name != "clauses" for row in some]
    assert found["reminder_events"] and [str(row) for row in rows if "住院" in str(row) or "hospital" in str(row)] == []


def test_consent_can_be_taken_back(chat: Phones) -> None:
    chat.say(ASKER, "我下周结婚", "life_event")
    told = chat.say(ASKER, YES)
    assert "已撤回" in chat.tap(ASKER, "撤回告知", told).text
    (row,) = dump(chat.world.db)["reminders"]
    assert row["state"] == "dropped" and row["reason"] == "consent"
    other = CADRE["azkj"]
    assert "不在" in chat.press(other, button(told, "撤回告知").payload).text


def test_each_item_has_a_consent_of_its_own(chat: Phones) -> None:
    first = chat.say(ASKER, "媳妇生了，我自己又住院了", "life_event")
    assert "生育" in first.text and "住院" not in first.text
    said = chat.hear(ASKER, NO)
    assert "没有记录" in said[0].text and "住院" in said[1].text
    chat.say(ASKER, YES)
    assert len(dump(chat.world.db)["reminders"]) == 1


def test_where_the_document_is_silent_nobody_is_told(chat: Phones) -> None:
    before = kept(chat)
    reply = chat.say(CADRE["ldu"], "我下周结婚", "life_event")
    assert "没有写" in reply.text and "工会" in reply.text and not reply.buttons
    assert kept(chat) == before


def test_hardship_is_known_everywhere(chat: Phones) -> None:
    for org, clause in (("azkj", "10"), ("ldu", "一(二)"), ("sdju", "第十六条"), ("yn", "17"), ("nq", "17")):
        reply = chat.say(CADRE[org], "家里遇到困难了", "life_event")
        assert reply.citations == ((org, clause),) and titles(reply) == [YES, NO]


def test_a_question_is_answered_first(chat: Phones) -> None:
    said = chat.hear(ASKER, "我住院了，单位会来看望吗？", "life_event")
    assert len(said) == 2 and titles(said[-1]) == [YES, NO] and not said[0].buttons
    (general,) = chat.hear(ASKER, "结婚有慰问吗？", "life_event")
    assert NO not in titles(general)


def test_what_is_not_clear_is_asked_with_a_way_out(chat: Phones) -> None:
    asked = chat.say(ASKER, "家里有点事想跟你说", "life_event")
    assert titles(asked)[-1] == "不说了" and len(asked.buttons) == 6
    assert "没有记录" in chat.tap(ASKER, "不说了", asked).text
    assert titles(chat.tap(ASKER, "住院", asked)) == [YES, NO]


def test_nothing_of_it_leaves_the_organisation(chat: Phones) -> None:
    assert chat.say(ASKER, "我住院了", "life_event").sensitive


@pytest.mark.parametrize("text", ["住院住得我想跳楼", "我爸走了，我也不想活了", "家里这么困难，死了算了"])
def test_despair_comes_before_everything(chat: Phones, text: str) -> None:
    reply = chat.say(ASKER, text, "life_event")
    assert "12356" in reply.text and reply.kind == "handover" and NO not in titles(reply)
