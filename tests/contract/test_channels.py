"""One contract for every channel, on its own platform: what a person sees, what never leaves the organisation."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from actions import accounts, replies
from actions.wiring import App
from bot import bootstrap, cards
from bot.channels.base import Channel, Forbidden, Malformed
from core.crypto import new_key
from core.errors import OutcomeUnknown, Refused, Rejected, TemporaryFailure
from core.messages import sending, service
from core.messages.rules import Button, Lane, OutboxState, Reply, outside
from core.people import links, store
from core.people.rules import Person
from core.people.service import address
from core.settings import Settings
from core.testing import dump
from tests.channel_rigs import MEMBER, RIGS, Phone, Stage, stage, tie
from tests.process.bot_fakes import until

POLICY = ("多久体检一次", "health_check.frequency")


@pytest.fixture(scope="module", params=tuple(RIGS))
def phone(request: pytest.FixtureRequest) -> Iterator[Phone]:
    with RIGS[request.param]() as one:
        yield one


@pytest.fixture
def ready(phone: Phone, app: App, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    for name, value in (("_RECOVER_EVERY", 0.1), ("_INBOUND_IDLE", 0.05), ("_RELAY_IDLE", 0.05)):
        monkeypatch.setattr(bootstrap, name, value)
    for module in (service, sending):
        monkeypatch.setattr(module, "backoff", lambda attempt: dt.timedelta(seconds=0.1 * attempt))
    with app.db.write() as connection:
        store.put(connection, Person(MEMBER, "陈磊", "nq", department="教务处"))
    with stage(phone, app) as one:
        tie(app, phone)
        yield one


# -- what works everywhere


def test_a_question_is_answered_and_followed_up(ready: Stage) -> None:
    said = ready.asks(*POLICY)
    assert "第16条" in said and "体检" in said
    assert ready.asks("那依据是哪一条", "") and ready.quiet()


def test_a_button_leads_on_and_cannot_be_pressed_twice(ready: Stage) -> None:
    ready.after(lambda: ready.phone.say("？？"))
    shown = until(ready.phone.buttons)
    assert "政策咨询" in shown
    assert "请选择" in ready.after(lambda: ready.phone.press("政策咨询"))
    newest = until(ready.phone.buttons)
    assert "申请容错" not in newest
    ready.after(lambda: ready.phone.press(newest[0]))
    with pytest.raises((AssertionError, StopIteration, KeyError)):
        assert ready.phone.press(newest[0])["delivered"]


def test_a_button_that_is_gone_is_said_to_be(ready: Stage) -> None:
    ready.after(lambda: ready.phone.say("？？"))
    until(ready.phone.buttons)
    with ready.app.db.write() as connection:
        connection.exec_driver_sql("DELETE FROM buttons")
    assert "已失效" in ready.after(lambda: ready.phone.press("政策咨询"))


def test_what_is_delivered_twice_is_answered_once(ready: Stage) -> None:
    ready.intents[POLICY[0]] = POLICY[1]
    ready.phone.say_twice(POLICY[0])
    until(lambda: ready.phone.texts() and ready.quiet())
    assert len(dump(ready.app.db)["inbox"]) == 1
    assert sum("第16条" in text for text in ready.phone.texts()) == 1


def test_forged_and_malformed_requests(ready: Stage) -> None:
    assert ready.phone.forged(ready.base)[0] == 403
    assert 400 <= ready.phone.forged(ready.base)[1] < 500
    assert dump(ready.app.db)["inbox"] == []


def test_a_long_answer_arrives_whole_and_in_order(ready: Stage) -> None:
    text = "".join(f"第{number}句话说的是同一件事。" for number in range(600))
    with ready.app.db.write() as connection:
        ready.app.mailbox.queue(connection, ready.phone.name, ready.phone.recipient, Reply(text, "answer"))
    until(lambda: "".join(ready.phone.texts()) == text, 15)
    until(ready.quiet, 15)
    pieces = ready.phone.texts()
    size = (lambda piece: len(piece.encode())) if ready.phone.limit == cards.TEXT_BYTES else len
    assert len(pieces) > 1 and max(map(size, pieces)) <= ready.phone.limit
    assert all(piece.endswith("。") for piece in pieces)
    rows = dump(ready.app.db)["outbox"]
    assert [(row["state"], row["attempts"], row["progress"]) for row in rows] == [("accepted", 0, len(pieces))]


def test_a_push_with_buttons_arrives(ready: Stage) -> None:
    notice = Reply("下周三下午集中学习。", "notice", buttons=(Button("菜单", "menu"),))
    with ready.app.db.write() as connection:
        ready.app.mailbox.queue(connection, ready.phone.name, ready.phone.recipient, notice, Lane.BULK)
    until(lambda: ready.phone.buttons() == ["菜单"])
    assert any("集中学习" in text for text in ready.phone.texts())
    assert replies.GREETING in ready.after(lambda: ready.phone.press("菜单"))


@pytest.mark.parametrize("mood", ["busy", "limit"])
def test_a_platform_that_is_busy_is_asked_again(ready: Stage, mood: str) -> None:
    ready.phone.fault(mood)
    assert "第16条" in ready.asks(*POLICY)
    assert sum("第16条" in text for text in ready.phone.texts()) == 1


def test_a_refusal_for_ever_is_kept_with_its_reason(ready: Stage) -> None:
    with ready.app.db.write() as connection:
        ready.app.mailbox.queue(connection, ready.phone.name, ready.phone.nobody(), Reply("x", "answer"))
    until(ready.quiet)
    (row,) = [row for row in dump(ready.app.db)["outbox"] if row["recipient"] == ready.phone.nobody()]
    assert row["state"] == OutboxState.REJECTED and row["reason"] and row["body"] is None


def test_the_outcomes_of_a_call_are_told_apart(ready: Stage) -> None:
    message = cards.Message("text", "你好")
    for mood, error in (("busy", TemporaryFailure), ("limit", TemporaryFailure), ("never", Rejected)):
        ready.phone.fault(mood)
        with pytest.raises(error):
            _patiently(ready, message)
        until(lambda: True)
    ready.phone.fault("lost")
    with pytest.raises(OutcomeUnknown):
        _patiently(ready, message)


def _patiently(ready: Stage, message: cards.Message) -> str:
    """Send once, after waiting for whatever the channel waits for of its own accord."""
    from bot.channels.base import Paced

    def attempt() -> list[str] | None:
        try:
            return [ready.channel.send(ready.phone.recipient, message)]
        except Paced:
            return None
        except TemporaryFailure as error:
            if error.reason.startswith("errcode") or error.retry_after is None or "HTTP" in error.reason:
                raise
            return None

    return str(until(attempt)[0])


# -- what never leaves the organisation

INSIDE_WORDS = (
    ("我要申请容错", "file_tolerance"),
    ("我要申请澄清", "file_clarification"),
    ("我想约书记谈心", "book_talk"),
    ("我的申请到哪一步了", "my_cases"),
    ("撤回申请", "withdraw"),
    ("补充材料", "supplement"),
    ("帮我自评一下", "self_check"),
)
_LEFT = ("drafts", "evidence", "cases")


@pytest.mark.parametrize(("text", "intent"), INSIDE_WORDS)
def test_cases_and_talks_stay_inside(ready: Stage, text: str, intent: str) -> None:
    said = ready.asks(text, intent)
    assert (accounts.POINTER in said) == ready.phone.outside
    rows = dump(ready.app.db)
    if ready.phone.outside:
        assert not [name for name in rows if name.startswith(_LEFT) and rows[name]]


def test_files_stay_inside(ready: Stage) -> None:
    said = ready.after(ready.phone.send_file)
    assert (accounts.POINTER in said) == ready.phone.outside
    if ready.phone.outside:
        rows = dump(ready.app.db)
        assert not [name for name in rows if name.startswith(_LEFT) and rows[name]]


def test_a_form_that_is_open_inside_hears_nothing_from_outside(ready: Stage) -> None:
    """The same person, the same context of questions, but the draft's next field is not filled from outside."""
    from actions import turn
    from actions.turn import Call

    turn.take(ready.app, Call(f"wecom:{MEMBER}", "", {}, (), {"kind": "command", "command": "file:tolerance"}))
    before = dump(ready.app.db, ready.app.mailbox.cipher)
    ready.asks("采购流程没有走完", "")
    after = dump(ready.app.db, ready.app.mailbox.cipher)
    drafts = [name for name in before if name.startswith(_LEFT)]
    assert drafts and any(before[name] for name in drafts)
    unchanged = all(before[name] == after[name] for name in drafts)
    assert unchanged == ready.phone.outside


def test_policy_and_menu_go_everywhere(ready: Stage) -> None:
    assert accounts.POINTER not in ready.asks(*POLICY)
    assert accounts.POINTER not in ready.after(lambda: ready.phone.command("menu"))
    assert set(ready.phone.buttons()) & {title for title, _ in replies.MENU}


SENSITIVE = (
    Reply("您的申请 RC-2026-000001 有新进展。", "notice", sensitive=True),
    Reply("（3/10）所在单位：", "ask", asking="unit"),
    Reply("请核对", "confirm"),
    Reply("已提交 RC-2026-000001", "receipt"),
)


@pytest.mark.parametrize("reply", SENSITIVE, ids=lambda reply: reply.kind)
def test_a_sensitive_push_is_queued_inside_only(ready: Stage, reply: Reply) -> None:
    queue = ready.app.mailbox.queue
    with ready.app.db.write() as connection:
        if ready.phone.outside:
            with pytest.raises(Refused):
                queue(connection, ready.phone.name, ready.phone.recipient, reply)
        else:
            queue(connection, ready.phone.name, ready.phone.recipient, reply)
    until(ready.quiet)
    assert (reply.text in "\n".join(ready.phone.texts())) != ready.phone.outside


def test_where_a_push_goes(ready: Stage) -> None:
    with ready.app.db.write() as connection:
        person = store.by_userid(connection, MEMBER)
        assert person is not None
        links.wish(connection, person, ready.phone.name)
        assert address(connection, person, sensitive=True) == ("wecom", MEMBER)
        assert address(connection, person, sensitive=False) == (ready.phone.name, ready.phone.recipient)


def test_nothing_of_a_conversation_is_logged(ready: Stage, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO"):
        ready.asks(*POLICY)
        ready.phone.fault("never")
        with pytest.raises(Rejected):
            _patiently(ready, cards.Message("text", "私密的话"))
    ours = "\n".join(record.getMessage() for record in caplog.records if record.name.startswith("chengyao"))
    assert "体检" not in ours and "私密" not in ours and "第16条" not in ours


# -- the seam itself


def test_every_channel_that_is_built_is_under_contract(tmp_path: Path) -> None:
    settings = Settings(
        var=tmp_path, data_keys=new_key(), wecom_aes_key="j" * 43, wecom_token="t", wecom_corp_id="ww0",
        telegram_token="1:x", telegram_webhook_secret="s" * 20,
    )  # fmt: skip
    gateway = bootstrap.build(settings)
    assert [channel.name for channel in gateway.channels] == list(RIGS)
    assert [name for name in RIGS if not outside(name)] == ["wecom"] and outside("a third one")
    gateway.mailbox.db.close()
    off = bootstrap.build(settings.model_copy(update={"telegram_token": ""}))
    assert [channel.name for channel in off.channels] == ["wecom"]
    off.mailbox.db.close()


def test_a_channel_says_what_base_says(phone: Phone) -> None:
    channel: Channel = phone.channel()
    assert channel.name == phone.name and channel.relays >= 1 and channel.most_recipients >= 1
    with pytest.raises((Forbidden, Malformed)):
        channel.receive("POST", {}, {}, b"")
    with pytest.raises(ValueError):
        channel.send_many([], cards.Message("text", "x"))
