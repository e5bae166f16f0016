"""Builds the gateway in one place from the settings."""

import os
import socket
import threading
from dataclasses import dataclass, field
from functools import partial

from bot.bulk import Bulk
from bot.channels.base import Channel, HasMenu, HasSetup
from bot.channels.telegram import Telegram
from bot.channels.telegram_client import Account as TelegramAccount
from bot.channels.wecom import WeCom
from bot.channels.wecom_client import Account
from bot.database import QueuedDatabase
from bot.dialogue import Dialogue
from bot.health import Health
from bot.inbound import Inbound
from bot.loops import Loop
from bot.media import Evidence
from bot.menu import MenuKeeper
from bot.metrics import Metrics
from bot.relay import Relay
from bot.setup import SetupKeeper
from core.broadcast.service import Dispatch
from core.cases.service import Desk
from core.cases.vault import Vault
from core.clock import Clock
from core.crypto import Cipher
from core.messages.detours import Detours
from core.messages.sending import Sender
from core.messages.service import Mailbox
from core.people import links, orgs
from core.settings import Settings

INBOUND_THREADS = 8
RELAY_THREADS = 4
# Only this process writes to the inbox, and says so; the outbox is filled by others too, and a live answer is awaited.
_INBOUND_IDLE = 0.5
_RELAY_IDLE = 0.2
_RECOVER_EVERY = 2.0
_MENU_EVERY = 15.0
_PROBE_TICK = 0.5


@dataclass(frozen=True)
class Gateway:
    """The built parts. `received` and `answered` wake the workers at once; they also look for themselves."""

    mailbox: Mailbox
    dialogue: Dialogue
    channels: tuple[Channel, ...]
    health: Health
    metrics: Metrics
    desk: Desk
    received: threading.Event = field(default_factory=threading.Event)
    answered: threading.Event = field(default_factory=threading.Event)

    def channel(self, name: str) -> Channel | None:
        """The channel of that name, if it is on."""
        return next((channel for channel in self.channels if channel.name == name), None)

    def loops(self) -> list[Loop]:
        """New threads for all the work, not yet started. Leases of a process that died are ended first."""
        self.mailbox.release(abandoned)
        self._note_channels()
        dispatch = Dispatch(self.mailbox)
        dispatch.recover(abandoned)
        loops = [Loop("probe", self.health.step, _PROBE_TICK)]
        by_name = {channel.name: channel for channel in self.channels}
        evidence = Evidence(self.desk, by_name)
        inbound = Inbound(self.mailbox, self.dialogue, by_name, self.metrics, self.answered.set, evidence=evidence)
        for number in range(INBOUND_THREADS):
            step = partial(inbound.step, owner(f"i{number}"))
            loops.append(Loop(f"inbound-{number}", step, _INBOUND_IDLE, self.received))
        for channel in self.channels:
            relay = Relay(Sender(self.mailbox), channel, self.metrics)
            for number in range(min(RELAY_THREADS, channel.relays)):
                step = partial(relay.step, owner(f"r{number}"))
                loops.append(Loop(f"relay-{channel.name}-{number}", step, _RELAY_IDLE, self.answered))
            step = partial(Bulk(dispatch, channel, self.metrics).step, owner("b"))
            loops.append(Loop(f"bulk-{channel.name}", step, _RELAY_IDLE))
            if isinstance(channel, HasMenu):
                loops.append(Loop(f"menu-{channel.name}", MenuKeeper(channel).step, _MENU_EVERY))
            if isinstance(channel, HasSetup):
                loops.append(Loop(f"setup-{channel.name}", SetupKeeper(channel).step, _MENU_EVERY))
        loops.append(Loop("recover", lambda: Sender(self.mailbox).recover() > 0, _RECOVER_EVERY))
        loops.append(Loop("recover-bulk", lambda: dispatch.recover() > 0, _RECOVER_EVERY))
        return loops

    def _note_channels(self) -> None:
        """Write down whether the channel outside is open, for those who address pushes; what waits goes home if not."""
        on = self.channel(Telegram.name) is not None
        with self.mailbox.db.write() as connection:
            links.set_open(connection, Telegram.name, on)
        if not on:
            Detours(self.mailbox).close(Telegram.name)

    def close(self) -> None:
        """Release connections."""
        self.dialogue.close()
        self.mailbox.db.close()


def build(settings: Settings) -> Gateway:
    """Wire the gateway. Raises SettingError when keys are missing."""
    database = QueuedDatabase(settings.database)
    mailbox = Mailbox(database, Cipher(tuple(settings.keys())), Clock(settings.now_offset))
    dialogue = Dialogue(f"http://127.0.0.1:{settings.rasa_port}", settings.rasa_token)
    account = Account(
        corp_id=settings.wecom_corp_id,
        agent_id=settings.wecom_agent_id,
        secret=settings.wecom_secret,
        token=settings.wecom_token,
        aes_key=settings.wecom_aes_key,
        api_base=settings.wecom_api_base,
    )
    desk = Desk(mailbox, orgs.load(), Vault(settings.var / "evidence", mailbox.cipher))
    channels: tuple[Channel, ...] = (WeCom(account),)
    if settings.telegram_token:
        channels += (telegram(settings),)
    return Gateway(mailbox, dialogue, channels, Health(mailbox, dialogue), Metrics(), desk)


def telegram(settings: Settings) -> Telegram:
    """The channel outside the organisation; only built where a token is set."""
    return Telegram(
        TelegramAccount(
            token=settings.telegram_token,
            secret=settings.telegram_webhook_secret,
            api_base=settings.telegram_api_base,
            webhook_url=settings.telegram_webhook_url,
        )
    )


def owner(part: str) -> str:
    """Name under which a thread of this process holds leases: machine, process, thread; at most 40 characters."""
    return f"{_machine()}:{os.getpid()}:{part}"


def _machine() -> str:
    return socket.gethostname()[:20]


def abandoned(name: str) -> bool:
    """Whether the holder of a lease is a process of this machine that is gone.

    Asked before our own threads start, so a lease under our own process id was left by one that had the same id.
    """
    machine, _, rest = name.rpartition(":")[0].rpartition(":")
    if machine != _machine() or not rest.isdecimal():
        return False
    return int(rest) == os.getpid() or not _alive(int(rest))


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # somebody else's process has this id now; nobody of ours
        return False
    return True
