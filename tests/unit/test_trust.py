"""Trust: once a policy question is answered and its context has run out, nothing ties it to the person who asked."""

import logging
from collections.abc import Mapping
from typing import Any

import pytest

from actions import turn
from actions.app import create
from actions.turn import Call
from actions.wiring import App
from core import log
from core.db import Database
from core.messages.rules import Reply
from core.messages.sending import Sender
from core.messages.service import Mailbox
from core.testing import Wall, dump, text_from
from tests.asgi import Client

WORDS = "我心里发慌想问问多久做一次体检"
TOPIC = "health_check.frequency"
UNKNOWN = "请教紫藤架下那张旧藤椅归谁"
TELLING = ("体检", "health_check", "紫藤", "藤椅", "leave.", "休假", "心里发慌")


def render(reply: Reply, button: Any) -> list[dict[str, Any]]:
    """As the channels do: text, and an opaque id for every button."""
    return [{"text": reply.text, "buttons": [button(choice.payload) for choice in reply.buttons]}]


def ask(app: App, sender: str, text: str, ranking: Mapping[str, float], number: int, **metadata: Any) -> list[str]:
    """A message all the way: received, taken, answered, sent, accepted. Returns the ids of its buttons."""
    mailbox = app.mailbox
    assert mailbox.receive(text_from(sender, text, f"m{number}"))
    taken = mailbox.take("bot")
    assert taken is not None
    said = turn.take(app, Call(f"wecom:{sender}", text, ranking, metadata={"inbox": taken.ids[0], **metadata}))
    assert mailbox.answer(taken, said)
    sent = Sender(mailbox)
    (parcel,) = sent.claim("relay", "wecom")
    parcel = sent.prepare(parcel, render)
    sent.accepted(parcel, f"msg{number}")
    return [str(one) for one in parcel.pieces[0]["buttons"]]


@pytest.fixture
def asked(app: App, wall: Wall, caplog: pytest.LogCaptureFixture) -> App:
    """A person asked, followed up by button, and asked what nobody understood."""
    caplog.set_level(logging.DEBUG)
    buttons = ask(app, "yn_one", WORDS, {TOPIC: 0.9}, 1)
    pressed = app.mailbox.pressed(buttons[0], "wecom", "yn_one")
    assert pressed is not None and pressed.payload.startswith("topic:")
    ask(app, "yn_one", "", {}, 2, kind="command", command=pressed.payload)
    ask(app, "yn_one", UNKNOWN, {}, 3)
    ask(app, "yn_one", "不用了", {}, 4)
    return app


def telling(rows: Mapping[str, list[dict[str, Any]]]) -> list[str]:
    """Tables that still say what was asked."""
    return [name for name, found in rows.items() if any(word in str(found) for word in TELLING)]


def test_nothing_is_left_but_the_short_lived_context(asked: App, db: Database, mailbox: Mailbox) -> None:
    left = telling(dump(db, mailbox.cipher))
    assert set(left) <= {"contexts", "buttons"}, left


def test_nothing_at_all_is_left_once_it_has_run_out(asked: App, db: Database, mailbox: Mailbox, wall: Wall) -> None:
    wall.forward(30 * 60 + 1)
    mailbox.sweep()
    assert set(telling(dump(db, mailbox.cipher))) <= {"buttons"}
    wall.forward(6 * 3600)
    mailbox.sweep()
    rows = dump(db, mailbox.cipher)
    assert telling(rows) == []
    assert rows["contexts"] == rows["shared_questions"] == []
    assert all(row["body"] is None for table in ("inbox", "outbox") for row in rows[table])
    assert all(row["reply"] is None for row in rows["turns"])


def test_the_file_itself_never_held_the_words(asked: App, db: Database, mailbox: Mailbox, wall: Wall) -> None:
    path = db.engine.url.database
    assert path
    with open(f"{path}-wal", "rb") as wal:  # noqa: PTH123  the name is not a path of its own
        log_of_writes = wal.read()
    with db.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    with open(path, "rb") as file:  # noqa: PTH123
        content = file.read() + log_of_writes
    assert b"yn_one" in content
    for word in (WORDS, UNKNOWN, TOPIC, *TELLING):
        assert word.encode() not in content, word


def test_erased_bodies_are_gone_from_the_pages(asked: App, db: Database, mailbox: Mailbox, wall: Wall) -> None:
    assert mailbox.receive(text_from("yn_one", WORDS, "m9"))
    sealed = dump(db)["inbox"][-1]["body"]
    taken = mailbox.take("bot")
    assert taken is not None
    mailbox.answer(taken, [])
    with db.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    with open(str(db.engine.url.database), "rb") as file:  # noqa: PTH123
        assert sealed not in file.read()


def test_no_log_line_says_what_was_asked(asked: App, caplog: pytest.LogCaptureFixture) -> None:
    assert not [line for line in caplog.messages if any(word in line for word in (*TELLING, "yn_one"))]


def test_a_failing_turn_logs_no_words(
    app: App, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(_app: App, call: Call) -> None:
        raise RuntimeError(call.text)

    caplog.set_level(logging.INFO)
    monkeypatch.setattr(turn, "take", fail)
    body = {"next_action": "action_answer", "sender_id": "wecom:yn_one", "tracker": {
        "sender_id": "wecom:yn_one", "slots": {}, "events": [], "latest_message": {"text": WORDS}
    }}  # fmt: skip
    answer = Client(create(app, "s")).post("/webhook", json=body, headers={"x-chengyao-secret": "s"})
    assert answer.status_code == 500 and WORDS not in answer.text
    assert WORDS not in caplog.text


def test_clients_that_log_addresses_are_muted() -> None:
    level = logging.getLogger().level
    handlers = logging.getLogger().handlers[:]
    try:
        log.configure("test")
        for name in ("httpx", "httpcore", "telegram", "rasa_sdk", "wechatpy", "jieba"):
            assert not logging.getLogger(name).isEnabledFor(logging.INFO), name
    finally:
        logging.getLogger().handlers[:] = handlers
        logging.getLogger().setLevel(level)


def test_counts_and_failures_tell_states_only(asked: App, mailbox: Mailbox) -> None:
    assert mailbox.counts() == {"inbox_done": 4, "outbox_accepted": 4}
