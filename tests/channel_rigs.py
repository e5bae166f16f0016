"""For the channel contract: each platform's phone under one set of hands, before one gateway with the real gate.

A third channel is a class like these two in `RIGS`.
"""

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

import httpx

from actions import turn
from actions.turn import Call
from actions.wiring import App
from bot.app import create_app
from bot.bootstrap import Gateway
from bot.channels.base import Channel
from bot.channels.telegram import Telegram
from bot.channels.telegram_client import Account as TelegramAccount
from bot.channels.wecom import WeCom
from bot.channels.wecom_client import Account
from bot.channels.wecom_errors import Pauses
from bot.dialogue import Dialogue
from bot.health import Health
from bot.metrics import Metrics
from core.people import links, store
from sandbox.telegram import testing as telegram
from sandbox.telegram.testing import TelegramServer
from sandbox.testing import ENV, SandboxServer, free_port, serving
from tests.process.bot_fakes import Answer, FakeRasa, Turn, until

MEMBER = "azkj_chenlei"
PAUSES = Pauses(secret=0.5, configuration=0.5, rate=0.3, abnormal=0.3)


class Phone(Protocol):
    """One person's phone on one platform, and the platform's moods."""

    name: str
    outside: bool
    limit: int
    recipient: str

    def channel(self) -> Channel: ...
    def connect(self, base: str) -> None: ...
    def say(self, text: str) -> dict[str, Any]: ...
    def command(self, name: str) -> dict[str, Any]: ...
    def send_file(self) -> dict[str, Any]: ...
    def texts(self) -> list[str]: ...
    def buttons(self) -> list[str]: ...
    def press(self, title: str) -> dict[str, Any]: ...
    def fault(self, kind: str) -> None: ...
    def say_twice(self, text: str) -> None: ...
    def forged(self, base: str) -> list[int]: ...
    def nobody(self) -> str: ...


@dataclass
class WeComPhone:
    """A member of the WeChat Work sandbox."""

    server: SandboxServer
    name: str = "wecom"
    outside: bool = False
    limit: int = 2048
    recipient: str = MEMBER

    def channel(self) -> Channel:
        account = Account(
            ENV["CHENGYAO_WECOM_CORP_ID"], int(ENV["CHENGYAO_WECOM_AGENT_ID"]), ENV["CHENGYAO_WECOM_SECRET"],
            ENV["CHENGYAO_WECOM_TOKEN"], ENV["CHENGYAO_WECOM_AES_KEY"], self.server.base_url, timeouts=(1, 1),
        )  # fmt: skip
        return WeCom(account, PAUSES)

    def connect(self, base: str) -> None:
        self.server.api("POST", "reset")
        self.server.api("POST", "settings", {"callback": {"url": f"{base}/wecom/callback"}})

    def say(self, text: str) -> dict[str, Any]:
        return self.server.act(MEMBER, "send", type="text", text=text)

    def command(self, name: str) -> dict[str, Any]:
        button = {"name": name, "type": "click", "key": name}
        self.server.login()
        self.server.call("menu/create", {"button": [button]}, agentid=ENV["CHENGYAO_WECOM_AGENT_ID"])
        return self.server.act(MEMBER, "menu", key=name)

    def send_file(self) -> dict[str, Any]:
        return self.server.act(MEMBER, "send", type="image")

    def _items(self, kind: str) -> list[dict[str, Any]]:
        return [item for item in self.server.inbox(MEMBER) if item["kind"] == kind]

    def texts(self) -> list[str]:
        return [str(item["content"]) for item in self._items("text")]

    def _keys(self) -> list[tuple[str, str, str]]:
        cards = [item for item in self._items("template_card") if not item["card"].get("disabled")]
        return [
            (str(item["msgid"]), one["text"], one["key"]) for item in cards[-1:] for one in item["card"]["button_list"]
        ]

    def buttons(self) -> list[str]:
        return [title for _, title, _ in self._keys()]

    def press(self, title: str) -> dict[str, Any]:
        msgid, _, key = next(one for one in self._keys() if one[1] == title)
        return self.server.act(MEMBER, "press", msgid=msgid, key=key)

    def fault(self, kind: str) -> None:
        wanted: dict[str, dict[str, object]] = {
            "busy": {"kind": "errcode", "errcode": -1},
            "limit": {"kind": "errcode", "errcode": 45009},
            "never": {"kind": "errcode", "errcode": 40058},
            "lost": {"kind": "accept_cut"},
        }
        self.server.api("POST", "faults", {"endpoint": "message/send", "count": 1, **wanted[kind]})

    def say_twice(self, text: str) -> None:
        self.server.api("POST", "faults", {"kind": "duplicate", "endpoint": "callback", "count": 1})
        assert self.say(text)["delivered"]

    def forged(self, base: str) -> list[int]:
        query = {"msg_signature": "0" * 40, "timestamp": "1", "nonce": "1"}
        wrong = httpx.post(f"{base}/wecom/callback", params=query, content=b"<xml><Encrypt>x</Encrypt></xml>")
        return [wrong.status_code, httpx.post(f"{base}/wecom/callback", content=b"?").status_code]

    def nobody(self) -> str:
        return "nobody_here"


@dataclass
class TelegramPhone:
    """A user of the local Telegram, tied to the same person."""

    server: TelegramServer
    name: str = "telegram"
    outside: bool = True
    limit: int = 4096
    recipient: str = str(telegram.ONE)
    user: int = telegram.ONE

    def channel(self) -> Channel:
        return Telegram(TelegramAccount(telegram.TOKEN, telegram.SECRET, self.server.base_url, "", (1, 1)))

    def connect(self, base: str) -> None:
        self.server.fresh()
        self.server.hook(f"{base}/telegram/webhook")

    def say(self, text: str) -> dict[str, Any]:
        return self.server.say(self.user, text)

    def command(self, name: str) -> dict[str, Any]:
        return self.server.say(self.user, f"/{name}")

    def send_file(self) -> dict[str, Any]:
        return self.server.send(self.user, "photo")

    def texts(self) -> list[str]:
        return self.server.texts(self.user)

    def buttons(self) -> list[str]:
        newest = [item for item in self.server.chat(self.user) if item["from"] == "bot"][-1:]
        return [button["text"] for item in newest for row in item["keyboard"] for button in row]

    def press(self, title: str) -> dict[str, Any]:
        return self.server.press(self.user, title)

    def fault(self, kind: str) -> None:
        wanted = {"busy": "server_error", "limit": "too_many", "never": "bad_request", "lost": "lost"}
        self.server.fault(wanted[kind], seconds=6)

    def say_twice(self, text: str) -> None:
        update = self.say(text)["update"]
        again = self.server.api("POST", "update", {"update": update, "update_id": update["update_id"]})
        assert again["status"] == 200

    def forged(self, base: str) -> list[int]:
        address, right = f"{base}/telegram/webhook", {"X-Telegram-Bot-Api-Secret-Token": telegram.SECRET}
        wrong = httpx.post(address, json={"update_id": 1}, headers={"X-Telegram-Bot-Api-Secret-Token": "wrong"})
        return [wrong.status_code, httpx.post(address, json=[], headers=right).status_code]

    def nobody(self) -> str:
        return "999999999"


@contextmanager
def wecom_phone() -> Iterator[Phone]:
    """The WeChat Work sandbox."""
    with SandboxServer.running() as server:
        yield WeComPhone(server)


@contextmanager
def telegram_phone() -> Iterator[Phone]:
    """The local Telegram."""
    with TelegramServer.running() as server:
        yield TelegramPhone(server)


RIGS: dict[str, Callable[[], AbstractContextManager[Phone]]] = {"wecom": wecom_phone, "telegram": telegram_phone}


@dataclass
class Stage:
    """A phone, the gateway and the gate; `intents` says what is understood of a text."""

    phone: Phone
    app: App
    base: str
    gateway: Gateway
    channel: Channel
    intents: dict[str, str] = field(default_factory=dict)

    def asks(self, text: str, intent: str) -> str:
        """Say something that is understood as `intent`; everything the phone shows in answer."""
        self.intents[text] = intent
        return self.after(lambda: self.phone.say(text))

    def after(self, act: Callable[[], dict[str, Any]]) -> str:
        """Do something on the phone; the texts that come in answer."""
        before = len(self.phone.texts())
        assert act()["delivered"]
        until(lambda: len(self.phone.texts()) > before)
        until(self.quiet)
        return "\n".join(self.phone.texts()[before:])

    def quiet(self) -> bool:
        """Whether everything received is answered and everything queued is sent."""
        counts = self.gateway.mailbox.counts()
        return not any(counts.get(name) for name in ("inbox_waiting", "outbox_waiting", "outbox_sending"))


@contextmanager
def stage(phone: Phone, app: App) -> Iterator[Stage]:
    """The phone before a gateway whose Rasa is the gate of `app` itself."""
    channel, port = phone.channel(), free_port()
    rasa = FakeRasa()
    dialogue = Dialogue(rasa.url, turn_seconds=5)
    gateway = Gateway(app.mailbox, dialogue, (channel,), Health(app.mailbox, dialogue, 5), Metrics(), app.desk)
    ready = Stage(phone, app, f"http://127.0.0.1:{port}", gateway, channel)
    rasa.reply = lambda call: _gate(ready, call)
    rasa.start()
    with serving(create_app(gateway), port):
        phone.connect(ready.base)
        yield ready
    rasa.stop()


def tie(app: App, phone: Phone) -> None:
    """Make the phone's account that of the member in the roster."""
    with app.db.write() as connection:
        person = store.by_userid(connection, MEMBER)
        assert person is not None
        if phone.outside:
            links.set_open(connection, phone.name, True)
            store.bind(connection, phone.name, phone.recipient, person.id)


def _gate(ready: Stage, call: Turn) -> Answer:
    text = call["message"]
    intent = ready.intents.get(text, "")
    said = turn.take(ready.app, Call(call["sender"], text, {intent: 0.95} if intent else {}, (), call["metadata"]))
    return 200, [part for reply in said for part in ({"text": reply.text}, {"custom": reply.custom()})]


def ago(**delta: float) -> int:
    """Epoch seconds of a moment past."""
    return int((dt.datetime.now(dt.UTC) - dt.timedelta(**delta)).timestamp())
