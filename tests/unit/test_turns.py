"""The gate: who speaks, what a number means, the same answer for the same message, dangerous messages first."""

from typing import Any

import pytest

from actions import replies, turn
from actions.turn import Call
from actions.wiring import App
from core.db import Database
from core.messages.rules import Reply
from core.testing import dump


def call(text: str, intent: str = "", sender: str = "wecom:yn_one", sure: float = 0.9, **metadata: Any) -> Call:
    return Call(sender, text, {intent: sure} if intent else {}, metadata=metadata)


def one(app: App, said: Call) -> Reply:
    (reply,) = turn.take(app, said)
    return reply


def test_a_question_is_answered_from_the_askers_own_document(app: App) -> None:
    for org, policy, number in (("yn", "yn", "17"), ("nq", "nq", "16")):
        reply = one(app, call("多久体检一次", "health_check.frequency", f"wecom:{org}_one"))
        assert (reply.kind, reply.citations[0]) == ("answer", (policy, number))
    silent = one(app, call("多久体检一次", "health_check.frequency", "wecom:azkj_one"))
    assert silent.kind == "silent"


def test_a_member_who_is_not_in_the_roster_gets_nothing_else(app: App, db: Database) -> None:
    for sender in ("wecom:nobody", "telegram:yn_one", "wecom:", "garbage"):
        reply = one(app, call("多久体检一次", "health_check.frequency", sender, inbox=abs(hash(sender)) % 10**6))
        assert (reply.text, reply.buttons, reply.citations) == (replies.STRANGER, (), ())
    assert dump(db)["contexts"] == []


def test_a_repeated_inbox_id_gets_the_stored_reply_and_changes_nothing(app: App, db: Database) -> None:
    first = turn.take(app, call("多久体检一次", "health_check.frequency", inbox=1))
    before = dump(db)
    assert turn.take(app, call("多久体检一次", "health_check.frequency", inbox=1)) == first
    assert turn.take(app, call("别的问题", "leave.annual", inbox=1)) == first
    assert dump(db) == before


def test_a_failing_turn_leaves_nothing(app: App, db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app, "answers", lambda: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        turn.take(app, call("多久体检一次", "health_check.frequency", inbox=1))
    assert dump(db)["turns"] == dump(db)["contexts"] == []


def test_a_number_means_the_button_shown_last(app: App) -> None:
    shown = one(app, call("多久体检一次", "health_check.frequency")).buttons
    assert shown
    chosen = one(app, call("1", "out_of_scope"))
    assert f"topic:{chosen.topic}" == shown[0].payload


def test_the_probe_needs_nobody(app: App, db: Database) -> None:
    assert one(app, call("", sender="probe:x", command="probe", inbox=5)).text == replies.READY
    assert dump(db)["turns"] == []


@pytest.mark.parametrize(
    ("intent", "text"),
    [
        ("distress", replies.DISTRESS),
        ("report_someone", replies.REPORT),
        ("own_up", replies.OWN_UP),
        ("inquiry_help", replies.INQUIRY),
    ],
)
def test_dangerous_messages_get_their_fixed_reply_and_leave_nothing(
    app: App, db: Database, intent: str, text: str
) -> None:
    reply = one(app, call("说不下去了", intent, sure=0.6))
    assert reply.text.startswith(text) and reply.kind == "handover" and not reply.citations
    assert dump(db)["shared_questions"] == []


def test_a_threat_leads_to_the_police_and_the_contact(app: App) -> None:
    reply = one(app, call("有人威胁要打我", "distress"))
    assert "110" in reply.text and app.orgs["yn"].contacts["union"].phone in reply.text


@pytest.mark.parametrize("command", ["", "nonsense", "topic:", "topic:no.such", "share:yes", "file:all", "1;drop"])
def test_odd_commands_are_harmless(app: App, db: Database, command: str) -> None:
    reply = one(app, call("", command=command, kind="command"))
    assert reply.text and not reply.citations
    assert dump(db)["shared_questions"] == []


@pytest.mark.parametrize("text", ["", "   ", "\n\t", "\u3000"])
def test_an_empty_message_gets_the_menu(app: App, text: str) -> None:
    assert one(app, call(text, "out_of_scope")).kind == "menu"


@pytest.mark.parametrize(
    "text", ["问" * 20000, "\U0001f600" * 50, "]]><x>", '/intent{"x":1}', "\x00\x01\x7f", "%s {0} {x}"]
)
def test_strange_text_is_answered_politely(app: App, text: str) -> None:
    reply = one(app, call(text, "out_of_scope"))
    assert reply.text and text not in reply.text


def test_a_place_or_a_link_is_not_stored(app: App) -> None:
    reply = one(app, call("", kind="attachment", media="location", attachments=[]))
    assert "位置" in reply.text and "不会保存" in reply.text


@pytest.mark.parametrize("attachments", [None, [], ["x"], {"kind": "image"}, [{"kind": "??"}]])
def test_odd_attachments_are_harmless(app: App, attachments: object) -> None:
    assert one(app, call("", kind="attachment", attachments=attachments)).text


def test_what_was_not_understood_is_shared_only_after_a_yes(app: App, db: Database) -> None:
    one(app, call("我是张伟，工会发的那个东西13812345678", "none"))
    assert dump(db)["shared_questions"] == []
    one(app, call("", command="share:no", kind="command"))
    one(app, call("", command="share:yes", kind="command"))
    assert dump(db)["shared_questions"] == []
    one(app, call("我是张伟，工会发的那个东西13812345678", "none"))
    one(app, call("可以", "affirm"))
    (row,) = dump(db, app.mailbox.cipher)["shared_questions"]
    assert "张伟" not in row["body"]["text"] and "138" not in row["body"]["text"]
