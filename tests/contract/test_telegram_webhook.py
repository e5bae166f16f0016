"""What the platform, or who pretends to be it, may post: an answer, a quiet 200 or a refusal, never a crash."""

import datetime as dt
import json
from collections.abc import Iterator
from typing import Any

import pytest

from actions import accounts
from actions.wiring import App
from bot import bootstrap
from bot.channels.base import Forbidden, Malformed, Received
from bot.channels.telegram import SECRET_HEADER, Telegram
from bot.channels.telegram_client import Account
from core.people import store
from core.people.rules import Person
from core.testing import dump
from sandbox.telegram.testing import ONE, SECRET, TOKEN, TelegramServer
from tests.channel_rigs import MEMBER, Stage, TelegramPhone, ago, stage, tie
from tests.process.bot_fakes import until

USER = {"id": ONE, "is_bot": False, "first_name": "陈"}
CHAT = {"id": ONE, "type": "private", "first_name": "陈"}
GROUP = {"id": -100, "type": "group", "title": "群"}
HEADERS = {SECRET_HEADER: SECRET, "content-type": "application/json"}


@pytest.fixture(scope="module")
def channel() -> Iterator[Telegram]:
    one = Telegram(Account(TOKEN, SECRET, "http://127.0.0.1:9"))
    yield one
    one.close()


def message(**more: Any) -> dict[str, Any]:
    return {"message_id": 5, "date": ago(seconds=1), "chat": CHAT, "from": USER, **more}


def receive(channel: Telegram, update: Any, **headers: str) -> Received:
    body = update if isinstance(update, bytes) else json.dumps(update).encode()
    return channel.receive("POST", {}, {**HEADERS, **headers}, body)


@pytest.mark.parametrize("secret", ["", "wrong", SECRET + "x", SECRET[:-1], "密"])
def test_a_wrong_secret_is_refused_before_anything_is_read(channel: Telegram, secret: str) -> None:
    with pytest.raises(Forbidden):
        receive(channel, b"\xff not even JSON", **{SECRET_HEADER: secret})
    with pytest.raises(Forbidden):
        channel.receive("POST", {}, {"content-type": "application/json"}, b"{}")


def test_without_a_secret_of_our_own_nobody_gets_in() -> None:
    channel = Telegram(Account(TOKEN, "", "http://127.0.0.1:9"))
    with pytest.raises(Forbidden):
        channel.receive("POST", {}, {SECRET_HEADER: "", "content-type": "application/json"}, b"{}")
    channel.close()


@pytest.mark.parametrize("kind", ["text/plain", "", "application/x-www-form-urlencoded"])
def test_another_content_type_is_malformed(channel: Telegram, kind: str) -> None:
    with pytest.raises(Malformed):
        receive(channel, {"update_id": 1}, **{"content-type": kind})


def test_a_content_type_with_a_charset_is_taken(channel: Telegram) -> None:
    update = {"update_id": 1, "message": message(text="好")}
    found = receive(channel, update, **{"content-type": "application/json; charset=utf-8"}).message
    assert found is not None and (found.text, found.sender, found.dedup) == ("好", str(ONE), "update:1")


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"\xff\xfe", b"[]", b"null", b'"x"', b"{}", b'{"update_id":"1"}', b'{"update_id":-1}',
        b'{"update_id":null,"message":{}}', b"[" * 5000,
    ],
)  # fmt: skip
def test_what_is_no_update_is_malformed(channel: Telegram, body: bytes) -> None:
    with pytest.raises(Malformed):
        receive(channel, body)


def test_a_body_of_more_than_a_megabyte_is_malformed(channel: Telegram) -> None:
    with pytest.raises(Malformed):
        receive(channel, b" " * (1 << 20) + b"{}")


BOT = {"id": 1, "is_bot": True, "first_name": "b"}
PRESS = {"id": "9", "from": USER, "chat_instance": "1"}
QUIET = {
    "older than a day": {"message": message(text="好", date=ago(days=1, minutes=1))},
    "an old edit": {"edited_message": message(text="好", date=ago(days=2), edit_date=ago(days=2))},
    "a group": {"message": message(text="大家好", chat=GROUP)},
    "a channel's post": {"channel_post": message(text="好", chat={"id": -5, "type": "channel", "title": "c"})},
    "another bot": {"message": message(text="好", **{"from": BOT})},
    "an unknown type": {"something_new": {"a": 1}},
    "a poll": {"poll_answer": {"poll_id": "1", "option_ids": [], "user": USER}},
    "a press in a group": {"callback_query": {**PRESS, "data": "k", "message": message(chat=GROUP)}},
    "a press under nothing": {"callback_query": {**PRESS, "data": "k", "inline_message_id": "x"}},
    "a game": {"callback_query": {**PRESS, "game_short_name": "g", "message": message()}},
    "a number for a message": {"message": 5},
    "an empty message": {"message": {}},
    "a message of another shape": {"message": {"message_id": 1, "date": "x", "chat": CHAT}},
    "a time that is none": {"message": {**message(text="好"), "date": 1e30}},
    "a press of another shape": {"callback_query": {"id": 1}},
    "an inline query": {"inline_query": {"id": "1", "from": USER, "query": "q", "offset": ""}},
}


@pytest.mark.parametrize("name", QUIET)
def test_what_nobody_waits_for_is_acknowledged_quietly(channel: Telegram, name: str) -> None:
    assert receive(channel, {"update_id": 7, **QUIET[name]}) == Received()


FILE = {"file_id": "f", "file_unique_id": "u"}
KINDS = {
    "image": {"photo": [{**FILE, "width": 1, "height": 1}, {**FILE, "file_id": "big", "width": 9, "height": 9}]},
    "file": {"document": {**FILE, "file_name": "a\x00.pdf", "file_size": 21 << 20}},
    "voice": {"voice": {**FILE, "duration": 1}},
    "video": {"video": {**FILE, "duration": 1, "width": 1, "height": 1}},
    "location": {"location": {"longitude": 117.2, "latitude": 31.8}},
    "unknown": {"sticker": {**FILE, "type": "regular", "width": 1, "height": 1, "is_animated": False,
                            "is_video": False}},
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_kinds_of_message(channel: Telegram, kind: str) -> None:
    found = receive(channel, {"update_id": 3, "message": message(**KINDS[kind])}).message
    assert found is not None and (found.kind, found.channel) == (kind, "telegram")
    assert "\x00" not in found.name and (kind != "image" or found.media_id == "big")


@pytest.mark.parametrize(
    ("text", "event"),
    [
        ("/start", "start"), ("/start  3ABC-DEFG ", "start:3ABC-DEFG"), ("/menu@chengyao_bot", "menu"),
        ("/HELP", "help"), ("/unlink", "unlink:telegram"), ("/file:tolerance", ""), ("/cases", ""), ("/", ""),
        ("／menu", ""), ("//", ""), ("/start" + "x" * 99, ""),
    ],
)  # fmt: skip
def test_only_our_commands_are_commands(channel: Telegram, text: str, event: str) -> None:
    found = receive(channel, {"update_id": 3, "message": message(text=text)}).message
    assert found is not None and (found.kind, found.event) == (("command", event) if event else ("text", ""))


def test_a_press_names_its_button_and_what_to_answer(channel: Telegram) -> None:
    update = {"update_id": 3, "callback_query": {**PRESS, "data": "k" * 70, "message": message(text="选")}}
    found = receive(channel, update).message
    assert found is not None and (found.button, found.response_code) == ("k" * 64, "9:5")


# -- with the gateway and the gate behind it


@pytest.fixture(scope="module")
def server() -> Iterator[TelegramServer]:
    with TelegramServer.running() as one:
        yield one


@pytest.fixture
def ready(server: TelegramServer, app: App, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    for name in ("_INBOUND_IDLE", "_RELAY_IDLE"):
        monkeypatch.setattr(bootstrap, name, 0.05)
    with app.db.write() as connection:
        store.put(connection, Person(MEMBER, "陈磊", "nq"))
    phone = TelegramPhone(server)
    with stage(phone, app) as one:
        tie(app, phone)
        yield one


def test_an_edited_message_is_answered_and_changes_nothing(ready: Stage, server: TelegramServer) -> None:
    ready.after(lambda: ready.phone.say("？？"))
    number = next(item["id"] for item in server.chat(ONE) if item["from"] == "user")
    said = ready.after(lambda: dict(server.api("POST", f"users/{ONE}/edit", {"id": number, "text": "改了"})))
    assert said == accounts.EDITED


def test_a_file_of_21_megabytes_is_answered_and_never_fetched(ready: Stage, server: TelegramServer) -> None:
    said = ready.after(lambda: server.send(ONE, "document", size=21 << 20))
    assert said == accounts.POINTER
    assert not server.api("GET", "calls?method=getFile")


def test_the_button_of_a_form_is_pointed_inside(ready: Stage, server: TelegramServer) -> None:
    """A button that leads into a form, and one that was never shown: both are answered, the clock on it ends."""
    ready.after(lambda: ready.phone.say("？？"))
    assert ready.after(lambda: ready.phone.press("申请容错")) == accounts.POINTER
    until(lambda: server.api("GET", "answered"))
    number = next(item["id"] for item in server.chat(ONE) if item["from"] == "bot")
    forced = {"id": number, "data": "submit:7", "force": True}
    assert "已失效" in ready.after(lambda: dict(server.api("POST", f"users/{ONE}/press", forced)))
    until(lambda: len(server.api("GET", "answered")) == 2)
    assert not [name for name, rows in dump(ready.app.db).items() if rows and name in ("drafts", "cases")]


def test_somebody_who_is_not_tied_is_told_how(ready: Stage, server: TelegramServer) -> None:
    with ready.app.db.write() as connection:
        connection.exec_driver_sql("DELETE FROM accounts WHERE channel = 'telegram'")
    for text in ("多久体检一次", "陈磊", MEMBER, "/start", "/menu"):
        assert ready.after(lambda text=text: server.say(ONE, text)) == accounts.NOT_TIED  # type: ignore[misc]


def test_who_blocks_us_is_untied_and_reached_at_home(ready: Stage, server: TelegramServer) -> None:
    from core.messages.rules import Reply

    server.api("POST", f"users/{ONE}/block")
    with ready.app.db.write() as connection:
        ready.app.mailbox.queue(connection, "telegram", str(ONE), Reply("下周三集中学习。", "notice"))
    until(lambda: [row for row in dump(ready.app.db)["outbox"] if row["channel"] == "wecom"])
    rows = dump(ready.app.db, ready.app.mailbox.cipher)["outbox"]
    assert [(row["channel"], row["state"], row["recipient"]) for row in rows] == [
        ("telegram", "rejected", str(ONE)), ("wecom", "waiting", MEMBER),
    ]  # fmt: skip
    assert rows[1]["body"]["text"] == "下周三集中学习。"
    with ready.app.db.read() as connection:
        assert store.by_account(connection, "telegram", str(ONE)) is None


def test_times_are_held_against_the_wall_clock() -> None:
    later = Telegram(
        Account(TOKEN, SECRET, "http://127.0.0.1:9"), now=lambda: dt.datetime.now(dt.UTC) + dt.timedelta(days=2)
    )
    assert receive(later, {"update_id": 1, "message": message(text="好")}) == Received()
    later.close()


def test_who_blocks_us_is_untied_by_a_notice_too(ready: Stage, server: TelegramServer) -> None:
    from core.notices.expansion import Expansion
    from core.notices.readers import Readers
    from core.notices.rules import Asks, Content, parse_audience
    from core.notices.service import Notices
    from core.people import links

    own, app = Notices(ready.app.mailbox, {}), ready.app
    with app.db.write() as connection:
        person = store.by_userid(connection, MEMBER)
        assert person is not None
        links.wish(connection, person, "telegram")
        content = Content("集中学习", "下周三集中学习。", parse_audience([f"user:{MEMBER}"], []))
        number = own.write(connection, "cli", "nq", content, Asks.NOTHING)
        own.submit(connection, number, "cli", ticked=True)
    server.api("POST", f"users/{ONE}/block")
    Expansion(own).run()

    def failed() -> bool:
        with app.db.read() as connection:
            return Readers(own).progress(connection, number).failed == 1

    until(failed)
    with app.db.read() as connection:
        assert store.by_account(connection, "telegram", str(ONE)) is None
