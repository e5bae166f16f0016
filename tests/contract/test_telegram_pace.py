"""Limits kept before the platform has to refuse, and the shape of what is sent: pieces, keyboards, ids."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count

import pytest

from bot import cards
from bot.channels.base import Paced, Unreachable
from bot.channels.telegram import Telegram
from bot.channels.telegram_client import Account, keyboard
from bot.channels.telegram_pace import CHAT_GAP, HOLD_SLICE, OVERALL_GAP, Pace
from core.errors import Rejected, TemporaryFailure
from core.messages.rules import Attachment, Button, Reply
from sandbox.telegram.testing import ONE, SECRET, TOKEN, TWO, TelegramServer


@dataclass
class Clock:
    """Time that passes only by sleeping."""

    moment: float = 1000.0
    slept: list[float] = field(default_factory=list)

    def now(self) -> float:
        return self.moment

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.moment += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def pace(clock: Clock) -> Pace:
    return Pace(clock.now, clock.sleep)


def test_no_second_sees_more_than_thirty(pace: Pace, clock: Clock) -> None:
    sent = []
    for number in range(200):
        assert pace.wait_for(str(number)) == 0
        sent.append(clock.moment)
    assert max(sum(start <= one < start + 1 for one in sent) for start in sent) <= 29
    assert sent[-1] - sent[0] == pytest.approx(199 * OVERALL_GAP)


def test_a_chat_waits_its_second_and_nobody_behind_it(pace: Pace, clock: Clock) -> None:
    assert pace.wait_for("a") == 0
    assert 1 <= pace.wait_for("a") <= CHAT_GAP
    assert pace.wait_for("b") == 0 and sum(clock.slept) < 0.1
    clock.sleep(CHAT_GAP)
    assert pace.wait_for("a") == 0


def test_who_is_told_to_wait_waits_with_everybody(pace: Pace, clock: Clock) -> None:
    pace.hold(5)
    begun = clock.moment
    assert pace.wait_for("a") == pytest.approx(5 - HOLD_SLICE)
    pace.hold(1)  # a shorter one later does not shorten the first
    while pace.wait_for("b"):
        pass
    assert clock.moment >= begun + 5


def test_many_chats_are_not_remembered_for_ever(pace: Pace, clock: Clock) -> None:
    for number in range(5000):
        pace.wait_for(str(number))
    assert len(pace._chats) < 4200


# -- at the local server


@pytest.fixture(scope="module")
def running() -> Iterator[TelegramServer]:
    with TelegramServer.running() as one:
        yield one


@pytest.fixture
def server(running: TelegramServer) -> TelegramServer:
    running.fresh()
    return running


@pytest.fixture
def channel(server: TelegramServer) -> Iterator[Telegram]:
    one = Telegram(Account(TOKEN, SECRET, server.base_url, "", (1, 1)))
    yield one
    one.close()


def test_the_rates_as_the_platform_sees_them(server: TelegramServer, channel: Telegram) -> None:
    message = cards.Message("text", "好")
    assert channel.send(str(ONE), message)
    with pytest.raises(Paced) as caught:
        channel.send(str(ONE), message)
    assert 0 < (caught.value.retry_after or 0) <= CHAT_GAP
    assert channel.send(str(TWO), message)
    assert [call["chat"] for call in server.api("GET", "calls?method=sendMessage")] == [ONE, TWO]


def test_a_429_stops_the_next_call_to_anybody(server: TelegramServer, channel: Telegram) -> None:
    server.fault("too_many", retry_after=30)
    with pytest.raises(TemporaryFailure) as caught:
        channel.send(str(ONE), cards.Message("text", "好"))
    assert caught.value.retry_after == 30
    with pytest.raises(Paced):
        channel.send(str(TWO), cards.Message("text", "好"))
    assert len(server.api("GET", "calls?method=sendMessage")) == 1


def test_a_blocked_user_and_a_strange_recipient(server: TelegramServer, channel: Telegram) -> None:
    server.fault("blocked")
    with pytest.raises(Unreachable):
        channel.send(str(ONE), cards.Message("text", "好"))
    for recipient in ("azkj_chenlei", "-100123", "1 or 1", ""):
        with pytest.raises(Rejected):
            channel.send(recipient, cards.Message("text", "好"))
    assert channel.send_many([str(TWO)], cards.Message("text", "好")).accepted == (str(TWO),)


def test_a_file_never_leaves(channel: Telegram) -> None:
    with pytest.raises(Rejected):
        channel.send(str(ONE), cards.Message("file", "BEGIN:VCALENDAR", name="talk.ics"))
    reply = Reply("时间已定。", "notice", file=Attachment("talk.ics", "BEGIN:VCALENDAR"))
    assert [message.kind for message in channel.render(reply, str)] == ["text"]


def test_a_late_or_repeated_press_is_no_error(server: TelegramServer, channel: Telegram) -> None:
    channel.acknowledge_press(str(ONE), "gone:1", "好")
    channel.acknowledge_press(str(ONE), "gone", "好" * 300)


def test_a_file_is_downloaded_whole_or_not_at_all(server: TelegramServer, channel: Telegram) -> None:
    small = server.world.keep("说明.txt", "text/plain", "你好".encode())
    large = server.world.keep("大.zip", "application/zip", b"x", 21 << 20)
    assert channel.download(small.file_id).content.decode() == "你好"
    for file_id in (large.file_id, "unknown"):
        with pytest.raises(Rejected):
            channel.download(file_id)


# -- what a reply becomes


def new_ids() -> Callable[[str], str]:
    numbers = count()
    return lambda _payload: f"id-{next(numbers)}"


@pytest.mark.parametrize("text", ["字" * 9000, "😀" * 5000, "e\u0301" * 4000, "第一句。" * 3000, "\n\n好\n\n", "x"])
def test_pieces_fit_and_lose_nothing(text: str) -> None:
    pieces = [message.text for message in cards.render_keyboard(Reply(text, "answer"), str)]
    assert "".join(pieces) == text.strip("\n")
    assert all(0 < len(piece.encode("utf-16-le")) // 2 <= 4096 for piece in pieces)


def test_all_buttons_stand_under_the_last_piece() -> None:
    buttons = tuple(Button(f"第{number}项选择\n的标题很长" * 3, f"topic:{number}") for number in range(9))
    first, last = cards.render_keyboard(Reply("句子。" * 2000, "clarify", buttons=buttons), new_ids())
    assert first.choices == () and len(last.choices) == 9
    assert all(len(title) <= cards.KEYBOARD_TITLE and "\n" not in title for title, _ in last.choices)
    rows = keyboard(last.choices).inline_keyboard
    assert [button.callback_data for row in rows for button in row] == [f"id-{number}" for number in range(9)]
    assert cards.from_json(last.as_json()) == last


def test_short_titles_stand_two_in_a_row() -> None:
    rows = keyboard((("有帮助", "1"), ("没帮助", "2"), ("领导干部容错纠错的条件", "3"), ("菜单", "4"))).inline_keyboard
    assert [[button.text for button in row] for row in rows] == [
        ["有帮助", "没帮助"], ["领导干部容错纠错的条件"], ["菜单"],
    ]  # fmt: skip
    assert keyboard(()) is None
