"""Replies to messages: splitting, numbering, cards (wecom-protocol 4.2, 4.3)."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import cards
from core.messages.rules import Button, Reply


def keys() -> list[str]:
    return [f"k{number}" for number in range(20)]


def rendered(reply: Reply) -> list[cards.Message]:
    ids = iter(keys())
    return cards.render(reply, lambda _payload: next(ids))


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=400), st.integers(40, 200))
def test_split_loses_nothing(text: str, limit: int) -> None:
    pieces = cards.split(text, limit)
    assert all(0 < len(piece.encode()) <= limit for piece in pieces)
    assert re.sub(r"\s", "", "".join(pieces)) == re.sub(r"\s", "", text)


@pytest.mark.parametrize("character,size", [("字", 3), ("😀", 4), ("a", 1)])
def test_split_at_the_limit(character: str, size: int) -> None:
    fits = 2048 // size
    assert cards.split(character * fits) == [character * fits]
    assert cards.split(character * (fits + 1)) == [character * fits, character]


def test_split_after_sentences() -> None:
    text = "第一句。第二句！第三句？第四句；第五句\n第六句"
    assert cards.split(text, 24) == ["第一句。第二句！", "第三句？第四句；", "第五句\n第六句"]


def test_split_keeps_what_looks_like_one_character() -> None:
    family = "👨\u200d👩\u200d👧"
    assert all(
        not piece.startswith("\u200d") and not piece.endswith("\u200d") for piece in cards.split(family * 9, 100)
    )


def test_clean() -> None:
    assert cards.clean("a\x00b\x1bc\r\nd\re\tf\x85g\ufffe]]>h") == "abc\nd\ne\tfg]]＞h"


def test_text_only() -> None:
    assert rendered(Reply("您好。", "chat")) == [cards.Message("text", "您好。")]
    assert rendered(Reply("", "chat")) == []


def test_choices_and_card() -> None:
    buttons = tuple(Button(f"选项{number}的名字很长超过十个字", f"p{number}") for number in range(1, 9))
    text, card = rendered(Reply("选哪个？", "ask", buttons=buttons))
    assert text.text.splitlines()[:4] == ["选哪个？", "", "回复数字选择：", "1. 选项1的名字很长超过十个字"]
    assert text.text.splitlines()[-1].startswith("8. ")
    assert [key for _, key in card.choices] == keys()[:6]
    assert all(len(title) == 10 for title, _ in card.choices)
    assert re.fullmatch(r"[0-9A-Za-z_\-@]{1,128}", card.task_id)
    assert rendered(Reply("选哪个？", "ask", buttons=buttons))[1].task_id != card.task_id


def test_json() -> None:
    for message in rendered(Reply("选？", "ask", buttons=(Button("甲", "a"),))):
        assert cards.from_json(message.as_json()) == message
