"""The gateway's workers between a small Rasa and the sandbox: what the member sees, whatever breaks."""

import datetime as dt
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from bot_fakes import Answer, FakeRasa, Turn, new_mailbox, said, until
from sqlalchemy import select, update

from bot import bootstrap, cards, inbound
from bot.app import create_app
from bot.bootstrap import Gateway
from bot.channels.wecom import WeCom
from bot.channels.wecom_client import Account
from bot.channels.wecom_errors import Pauses
from bot.dialogue import Dialogue
from bot.health import Health
from bot.metrics import Metrics
from core.cases.service import Desk
from core.cases.tables import evidence
from core.cases.vault import Vault
from core.clock import wall
from core.errors import DialogueDown, DialogueError
from core.messages import sending, service
from core.messages.rules import MEMBER_PER_MINUTE, Button, Inbound, Lane, Reply
from core.messages.sending import Sender
from core.messages.service import Mailbox
from core.messages.tables import inbox, outbox
from core.people import orgs
from core.people import store as people
from core.people.rules import Person
from sandbox.testing import ENV, SandboxServer, free_port, serving

ONE, TWO = "azkj_chenlei", "ldu_linqing"
PAUSES = Pauses(secret=0.5, configuration=0.5, rate=0.3, abnormal=0.3)


@dataclass
class Rig:
    """Everything in one hand."""

    sandbox: SandboxServer
    rasa: FakeRasa
    mailbox: Mailbox
    gateway: Gateway

    def say(self, text: str, member: str = ONE) -> None:
        assert self.sandbox.act(member, "send", type="text", text=text)["delivered"]

    def texts(self, member: str = ONE) -> list[str]:
        return [str(item["content"]) for item in self.sandbox.inbox(member) if item["kind"] == "text"]

    def cards(self, member: str = ONE) -> list[dict[str, Any]]:
        return [item for item in self.sandbox.inbox(member) if item["kind"] == "template_card"]

    def gets(self, *texts: str, member: str = ONE, seconds: float = 8.0) -> None:
        """The member sees exactly these texts, and after a moment still no more."""
        until(lambda: len(self.texts(member)) >= len(texts), seconds)
        time.sleep(0.1)
        assert self.texts(member) == list(texts)

    def fault(self, kind: str, endpoint: str = "message/send", **more: object) -> None:
        self.sandbox.api("POST", "faults", {"kind": kind, "endpoint": endpoint, "count": 1, **more})

    def rows(self, table: Any) -> list[Any]:
        with self.mailbox.db.read() as connection:
            return list(connection.execute(select(table).order_by(table.c.id)))

    def calls(self, path: str) -> int:
        return len(self.sandbox.client.get("/sandbox/api/requests", params={"path": path}).json()["requests"])


@pytest.fixture(scope="module")
def sandbox() -> Iterator[SandboxServer]:
    with SandboxServer.running() as server:
        yield server


@pytest.fixture
def rig(sandbox: SandboxServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rig]:
    monkeypatch.setattr(bootstrap, "_RECOVER_EVERY", 0.1)
    monkeypatch.setattr(bootstrap, "_INBOUND_IDLE", 0.05)
    monkeypatch.setattr(bootstrap, "_RELAY_IDLE", 0.05)
    monkeypatch.setattr(bootstrap, "INBOUND_THREADS", 3)
    monkeypatch.setattr(bootstrap, "RELAY_THREADS", 2)
    for module in (service, sending):
        monkeypatch.setattr(module, "backoff", lambda attempt: dt.timedelta(seconds=0.1 * attempt))
    rasa, port = FakeRasa(), free_port()
    rasa.start()
    sandbox.api("POST", "reset")
    sandbox.api("POST", "settings", {"callback": {"url": f"http://127.0.0.1:{port}/wecom/callback"}})
    account = Account(
        ENV["CHENGYAO_WECOM_CORP_ID"], int(ENV["CHENGYAO_WECOM_AGENT_ID"]), ENV["CHENGYAO_WECOM_SECRET"],
        ENV["CHENGYAO_WECOM_TOKEN"], ENV["CHENGYAO_WECOM_AES_KEY"], sandbox.base_url, timeouts=(0.5, 0.5),
    )  # fmt: skip
    with new_mailbox(tmp_path, apology_after=dt.timedelta(seconds=0.8)) as mailbox:
        dialogue = Dialogue(rasa.url, turn_seconds=0.6)
        health = Health(mailbox, dialogue, 0.3)
        desk = Desk(mailbox, orgs.load(), Vault(tmp_path / "evidence", mailbox.cipher))
        gateway = Gateway(mailbox, dialogue, (WeCom(account, PAUSES),), health, Metrics(), desk)
        with serving(create_app(gateway), port):
            yield Rig(sandbox, rasa, mailbox, gateway)
    rasa.stop()


# -- the plain way


def test_question_and_answer(rig: Rig) -> None:
    started = time.monotonic()
    rig.say("容错的条件是什么")
    rig.gets("答：容错的条件是什么")
    assert time.monotonic() - started < 2
    turn = rig.rasa.turns[0]
    assert turn["sender"] == f"wecom:{ONE}"
    assert turn["metadata"] == {"inbox": rig.rows(inbox)[0].id, "kind": "text"}
    assert [row.body for row in rig.rows(inbox) + rig.rows(outbox)] == [None, None]


def test_order_and_one_at_a_time(rig: Rig) -> None:
    def slow(turn: Turn) -> Answer:
        time.sleep(0.05)
        return 200, said(turn["message"])

    rig.rasa.reply = slow
    for number in range(6):
        rig.say(f"甲{number}")
        rig.say(f"乙{number}", TWO)
    rig.gets(*(f"甲{number}" for number in range(6)))
    rig.gets(*(f"乙{number}" for number in range(6)), member=TWO)
    assert rig.rasa.overlaps == 0


def test_buttons(rig: Rig) -> None:
    rig.rasa.reply = lambda turn: (
        (200, said(f"好的 {turn['metadata']['command']}"))
        if turn["metadata"]["kind"] == "command"
        else (200, said("要继续吗？", "ask", ("继续填写这份申请表格吧", "resume"), ("取消", "cancel")))
    )
    rig.say("申请容错")
    card = until(rig.cards)[0]
    assert rig.texts() == ["要继续吗？\n\n回复数字选择：\n1. 继续填写这份申请表格吧\n2. 取消"]
    buttons = card["card"]["buttons"]
    assert [button["text"] for button in buttons] == ["继续填写这份申请表格", "取消"]
    assert "resume" not in buttons[0]["key"]
    assert rig.sandbox.act(ONE, "press", msgid=card["msgid"], key=buttons[0]["key"])["delivered"]
    until(lambda: "好的 resume" in rig.texts())
    until(lambda: rig.cards()[0]["card"]["disabled"])
    assert rig.cards()[0]["card"]["replace_text"] == "继续填写这份申请表格"


def test_button_of_nobody(rig: Rig) -> None:
    fields = {"EventKey": "forged", "TaskId": "t", "CardType": "button_interaction", "ResponseCode": "none"}
    rig.sandbox.act(ONE, "event", event="template_card_event", fields=fields)
    rig.gets(inbound.EXPIRED.text)
    assert rig.rasa.turns == []


def test_menu_is_set_and_its_keys_are_commands(rig: Rig) -> None:
    menu = until(lambda: rig.sandbox.client.get("/sandbox/api/menu").json()["button"])
    assert [button["name"] for button in menu] == ["政策咨询", "我要办理", "我的"]
    rig.sandbox.act(ONE, "menu", key="file:tolerance")
    rig.gets("答：file:tolerance")


def test_events(rig: Rig) -> None:
    rig.sandbox.act(ONE, "event", event="unsubscribe")
    rig.sandbox.act(ONE, "event", event="subscribe")
    rig.gets("答：enter")
    assert [row.state for row in rig.rows(inbox)] == ["ignored", "done"]


def test_pictures_in_a_row_are_one_turn_and_are_sealed_first(rig: Rig) -> None:
    """What the dialogue gets are ids; the files lie sealed in the vault before it is asked."""
    with rig.mailbox.db.write() as connection:
        people.put(connection, Person(ONE, "陈一", "azkj"))
    for kind in ("image", "file", "image"):
        rig.sandbox.act(ONE, "send", type=kind)
    rig.gets("答：attachment", seconds=6)
    turn = rig.rasa.turns[0]["metadata"]
    stored = rig.rows(evidence)
    assert turn["attachments"] == [row.id for row in stored] and len(stored) == 3
    kept = [row for row in stored if row.file]
    assert [row.mime for row in kept] == ["image/png", "image/png"]
    assert rig.gateway.desk.vault.get(kept[0].file).startswith(b"\x89PNG")


def test_files_of_a_stranger_are_not_fetched(rig: Rig) -> None:
    rig.sandbox.act(ONE, "send", type="image")
    rig.gets("答：attachment", seconds=6)
    assert rig.rasa.turns[0]["metadata"]["attachments"] == [] and rig.rows(evidence) == []
    assert rig.calls("/cgi-bin/media/get") == 0


def test_location_link_and_unknown(rig: Rig) -> None:
    for kind in ("location", "link", "shortvideo"):
        rig.sandbox.act(ONE, "send", type=kind)
    rig.gets(*["答：attachment"] * 3)
    assert [turn["metadata"]["media"] for turn in rig.rasa.turns] == ["location", "link", "unknown"]


def test_long_message_and_long_answer(rig: Rig) -> None:
    sentence = "本单位干部在改革创新中出现失误，符合条件的可以按规定予以容错。"
    rig.rasa.reply = lambda turn: (200, said(sentence * 60))
    rig.say("问" * 21_000)
    until(lambda: len(rig.texts()) == 3)
    assert "".join(rig.texts()) == sentence * 60
    assert all(text.endswith("。") for text in rig.texts())
    assert not any(item["truncated"] for item in rig.sandbox.inbox(ONE))
    assert (len(rig.rasa.turns[0]["message"]), rig.rasa.turns[0]["metadata"]["length"]) == (20_000, 21_000)


# -- Rasa


def test_rasa_down_then_back(rig: Rig) -> None:
    rig.rasa.stop()
    rig.say("在吗")
    rig.gets(inbound.WAITING.text)
    rig.rasa.start()
    rig.gets(inbound.WAITING.text, "答：在吗")
    assert rig.rows(inbox)[0].attempts == 0


@pytest.fixture(scope="module")
def bare() -> Iterator[tuple[FakeRasa, Dialogue]]:
    """Rasa and its client alone."""
    rasa = FakeRasa()
    rasa.start()
    dialogue = Dialogue(rasa.url, "a token", 0.3)
    yield rasa, dialogue
    dialogue.close()
    rasa.stop()


def test_down_or_only_failing(bare: tuple[FakeRasa, Dialogue]) -> None:
    """A server without a model answers like one that fails; only the second counts against the message."""
    rasa, dialogue = bare
    rasa.reply = lambda turn: (502, {"error": "empty"})
    with pytest.raises(DialogueError) as failing:
        dialogue.turn("wecom:x", "在吗", {"kind": "text"})
    assert not isinstance(failing.value, DialogueDown)
    rasa.model = ""
    with pytest.raises(DialogueDown):
        dialogue.turn("wecom:x", "在吗", {"kind": "text"})
    rasa.model, rasa.reply = "m", lambda turn: (503, {})
    with pytest.raises(DialogueDown):
        dialogue.turn("wecom:x", "在吗", {"kind": "text"})


def test_the_whole_system_failing_does_not_blame_the_message(rig: Rig) -> None:
    rig.rasa.reply, rig.rasa.probe = (lambda turn: (500, {})), (lambda: (500, {}))
    rig.say("在吗")
    until(lambda: rig.rasa.turns)
    time.sleep(0.2)
    rig.rasa.reply, rig.rasa.probe = (lambda turn: (200, said("在"))), (lambda: (200, said("ready")))
    until(lambda: "在" in rig.texts())
    assert rig.rows(inbox)[0].attempts == 0


def too_slow(_turn: Turn) -> Answer:
    time.sleep(0.8)
    return 200, said("太迟")


BAD_ANSWERS: dict[str, Any] = {
    "failing": lambda turn: (500, {"error": "failed"}),
    "empty": lambda turn: (200, []),
    "slow": too_slow,
}


@pytest.mark.parametrize("name", BAD_ANSWERS)
def test_poisoned_message(rig: Rig, name: str) -> None:
    bad = BAD_ANSWERS[name]
    rig.rasa.reply = lambda turn: bad(turn) if turn["message"] == "毒" else (200, said("好"))
    rig.say("毒")
    rig.say("下一条")
    rig.gets(inbound.FAILED, "好", seconds=12)
    assert [turn["message"] for turn in rig.rasa.turns] == ["毒"] * 3 + ["下一条"]
    assert len({turn["metadata"]["inbox"] for turn in rig.rasa.turns[:3]}) == 1
    assert [row.state for row in rig.rows(inbox)] == ["failed", "done"]
    assert rig.mailbox.counts()["inbox_failed"] == 1


@pytest.mark.parametrize(
    "body",
    [
        b"<html>",
        {"text": "x"},
        said("x")[:1],
        list(reversed(said("x"))),
        [{"text": "x"}, {"custom": {}}],
        [{"text": 1}, {"custom": {"kind": "answer"}}],
        [{"text": ""}, {"custom": {"kind": "answer"}}],
        [{"text": "x"}, {"custom": {"kind": "answer", "buttons": ["甲"]}}],
    ],
)
def test_malformed_answers(bare: tuple[FakeRasa, Dialogue], body: object) -> None:
    rasa, dialogue = bare
    rasa.reply = lambda turn: (200, body)
    with pytest.raises(DialogueError):
        dialogue.turn("wecom:x", "问", {"kind": "text"})


def test_apology_names_a_contact(rig: Rig) -> None:
    values = dict.fromkeys(Person.__dataclass_fields__, "")
    person = Person(**{**values, "id": 0, "userid": ONE, "name": "陈", "org": "azkj", "status": "active",
                       "is_head": False, "roles": (), "tags": ()})  # fmt: skip
    with rig.mailbox.db.write() as connection:
        people.put(connection, person)
    rig.rasa.reply = lambda turn: (500, {})
    rig.say("毒")
    text = until(rig.texts)[0]
    assert text.startswith(inbound.FAILED) and len(text.splitlines()) == 2


def test_unreadable_row_does_not_silence(rig: Rig) -> None:
    with rig.mailbox.db.write() as connection:
        values = {"channel": "wecom", "sender": ONE, "dedup": "x", "kind": "text", "body": b"nonsense" * 9}
        values |= {"received_at": wall(), "next_at": wall(), "state": "waiting"}
        connection.execute(inbox.insert().values(**values))
    rig.gets(inbound.FAILED)
    rig.say("下一条")
    rig.gets(inbound.FAILED, "答：下一条")


# -- the platform


@pytest.mark.parametrize(
    "kind,more",
    [
        ("token_expire", {}),
        ("token_invalidate", {}),
        ("errcode", {"errcode": 42001}),
        ("errcode", {"errcode": 40014}),
        ("errcode", {"errcode": 45009}),
        ("errcode", {"errcode": -1}),
        ("errcode", {"errcode": 60020}),
        ("http", {}),
        ("http", {"status": 502}),
        ("html", {}),
        ("truncated", {}),
        ("empty", {}),
        ("cut", {}),
        ("accept_cut", {}),
        ("accept_cut", {"count": 2}),
        ("latency", {"seconds": 0.9}),
        ("missing_errcode", {}),
        ("errcode_string", {}),
        ("extra_fields", {}),
    ],
)
def test_delivered_exactly_once(rig: Rig, kind: str, more: dict[str, object]) -> None:
    if kind.startswith("token"):
        rig.gateway.channels[0].send(TWO, cards.Message("text", "先"))
        rig.sandbox.api("POST", "faults", {"kind": kind})
    else:
        rig.fault(kind, **more)
    rig.say("问")
    until(lambda: rig.mailbox.counts().get("outbox_accepted"), 12)
    rig.gets("答：问")


def test_a_card_is_the_same_when_sent_again(rig: Rig) -> None:
    rig.rasa.reply = lambda turn: (200, said(turn["message"], "ask", ("甲", "a"), ("乙", "b")))
    rig.say("先")
    until(rig.cards)
    rig.sandbox.api("POST", "faults", {"kind": "latency", "endpoint": "message/send", "seconds": 0.9, "count": 2})
    rig.say("问")
    until(lambda: rig.mailbox.counts().get("outbox_accepted") == 2, 12)
    time.sleep(0.3)
    assert (len(rig.texts()), len(rig.cards())) == (2, 2)


def test_an_equal_answer_is_no_duplicate(rig: Rig) -> None:
    rig.rasa.reply = lambda turn: (200, said("同样的回答"))
    rig.say("先")
    rig.gets("同样的回答")
    time.sleep(2)
    rig.fault("cut")
    rig.say("问")
    rig.gets("同样的回答", "同样的回答")


def test_refused_card_leaves_the_text(rig: Rig) -> None:
    rig.rasa.reply = lambda turn: (200, said("选", "ask", ("甲", "a")))
    rig.say("x")
    until(rig.cards)
    callback = rig.sandbox.api("GET", "settings")["callback"]
    rig.sandbox.world.callback.url = ""
    rig.mailbox.receive(Inbound("wecom", ONE, "direct", "text", text="y"))
    until(lambda: rig.mailbox.counts().get("outbox_accepted") == 2)
    assert (len(rig.texts()), len(rig.cards())) == (2, 1)
    assert "43012" in rig.rows(outbox)[1].reason
    rig.sandbox.world.callback.url = callback["url"]  # type: ignore[index]


def test_no_endless_token_loop(rig: Rig) -> None:
    rig.say("先")
    rig.gets("答：先")
    before = rig.calls("gettoken")
    rig.fault("errcode", errcode=40014, count=None)
    rig.say("问")
    time.sleep(1.5)
    assert rig.calls("gettoken") - before <= 12
    rig.sandbox.client.delete("/sandbox/api/faults")
    rig.gets("答：先", "答：问")


def test_wrong_secret_is_not_tried_again_at_once(rig: Rig) -> None:
    rig.sandbox.world.tokens.invalidate()
    rig.fault("errcode", endpoint="gettoken", errcode=40001, count=None)
    rig.say("问")
    time.sleep(1.2)
    assert rig.calls("gettoken") <= 6
    rig.sandbox.client.delete("/sandbox/api/faults")
    rig.gets("答：问")


def test_member_out_of_range_is_rejected(rig: Rig) -> None:
    rig.sandbox.api("PATCH", f"members/{ONE}", {"in_range": False})
    rig.mailbox.receive(Inbound("wecom", ONE, "direct", "text", text="x"))
    until(lambda: rig.mailbox.counts().get("outbox_rejected"))
    row = rig.rows(outbox)[0]
    assert (row.reason, row.body) == ("errcode 81013", None)


def test_spacing_below_the_silent_limit(rig: Rig) -> None:
    with rig.mailbox.db.write() as connection:
        for number in range(40):
            rig.mailbox.queue(connection, "wecom", ONE, Reply(f"第{number}条", "status"), Lane.BULK)
    until(lambda: len(rig.texts()) == MEMBER_PER_MINUTE)
    time.sleep(0.5)
    assert len(rig.texts()) == MEMBER_PER_MINUTE
    with rig.mailbox.db.write() as connection:
        past = wall() - dt.timedelta(seconds=61)
        connection.execute(update(outbox).where(outbox.c.state == "accepted").values(settled_at=past))
        connection.execute(update(outbox).where(outbox.c.state == "waiting").values(next_at=past))
    rig.sandbox.api("POST", "clock", {"advance_seconds": 61})
    until(lambda: len(rig.texts()) == 40)


def test_killed_between_send_and_settle(rig: Rig) -> None:
    """A relay that is gone has left a row as sending; whether its call arrived nobody knows."""
    sender = Sender(rig.mailbox)
    channel = rig.gateway.channels[0]
    with rig.mailbox.db.write() as connection:
        rig.mailbox.queue(connection, "wecom", ONE, Reply("先发", "status", buttons=(Button("甲", "a"),)), Lane.BULK)
        rig.mailbox.queue(connection, "wecom", TWO, Reply("只发一次", "status"))
    until(lambda: rig.mailbox.counts().get("outbox_accepted") == 2)
    with rig.mailbox.db.write() as connection:
        lost = {"state": "sending", "lease_until": wall(), "settled_at": None, "progress": 0, "platform_id": None}
        connection.execute(update(outbox).values(**lost))
    until(lambda: rig.mailbox.counts().get("outbox_accepted") == 1)
    assert rig.texts(TWO) == ["只发一次"]
    assert rig.mailbox.counts()["outbox_unknown"] == 1  # bulk waits for a person
    assert sender.recover() == 0 and channel.name == "wecom"


def test_readiness_and_metrics(rig: Rig) -> None:
    address = rig.sandbox.world.callback.url.removesuffix("/wecom/callback")
    client = rig.sandbox.client
    assert until(lambda: client.get(f"{address}/readyz").status_code == 200)
    rig.say("敏感的问题")
    rig.gets("答：敏感的问题")
    text = client.get(f"{address}/metrics").text
    assert 'chengyao_turns_total{outcome="answered"} 1.0' in text
    assert ONE not in text and "敏感" not in text
    rig.rasa.probe = lambda: (500, {})
    assert until(lambda: client.get(f"{address}/readyz").status_code == 503)
    rig.rasa.probe = lambda: (200, said("ready"))
    rig.rasa.model = ""
    assert until(lambda: client.get(f"{address}/readyz").json()["rasa"] == "no model")
