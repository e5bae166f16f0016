"""All the state of the sandbox in one place; `reset` starts it over."""

import logging
from collections import deque
from dataclasses import dataclass, field

from sandbox import roster
from sandbox.board import Board
from sandbox.clock import Clock
from sandbox.directory import Directory
from sandbox.faults import Faults
from sandbox.identity import Identity
from sandbox.media import MediaStore
from sandbox.requestlog import RequestLog
from sandbox.settings import Settings
from sandbox.tokens import App, TokenBook

LOG = logging.getLogger("sandbox")


@dataclass(slots=True)
class Limits:
    """Sending limits of section 4.5; `daily` None means 200 for each account, of at least 1,000 accounts."""

    per_minute: int = 30
    per_hour: int = 1000
    daily: int | None = None


@dataclass(slots=True)
class CallbackConfig:
    """The app's callback and how the platform behaves on it; times in seconds (sections 1.7, 9.3)."""

    url: str
    saved: bool = False
    timeout: float = 5.0
    verify_timeout: float = 1.0
    retries: int = 3
    retry_delay: float = 1.0
    retry_non_200: bool = True
    resign: bool = False
    raw_prefix: bool = False
    agent_first: bool = False
    cdata: bool = True
    honour_card_reply: bool = False


@dataclass(slots=True)
class Usage:
    """What the daily quota and the duplicate check remember."""

    day: str = ""
    person_sends: int = 0
    duplicates: dict[str, tuple[float, str]] = field(default_factory=dict)


class World:
    """The corporation, its app, the clock, and everything that has happened."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.board = Board(Clock())
        self.reset()

    def reset(self) -> None:
        """Forget all that happened and read the roster again; raises RosterError."""
        settings = self.settings
        self.board.end_watching()
        self.clock = Clock()
        self.directory = Directory(roster.read(settings.roster))
        self.app = App(settings.agent_id, settings.secret, "撑腰")
        contact = App(0, settings.contact_secret, "通讯录同步", contact_sync=True)
        self.apps = {app.secret: app for app in (self.app, contact)}
        self.tokens = TokenBook(self.clock)
        self.board = Board(self.clock)
        self.media = MediaStore(settings.var / "media", self.clock)
        self.identity = Identity(self.clock, settings.signin_domains)
        self.callback = CallbackConfig(settings.callback_url)
        self.limits = Limits()
        self.usage = Usage()
        self.faults = Faults()
        self.log = RequestLog()
        self.violations: deque[dict[str, object]] = deque(maxlen=500)

    @property
    def daily_quota(self) -> int:
        """Person-sends allowed on one day."""
        return self.limits.daily or 200 * max(1000, len(self.directory.members))

    def violation(self, what: str, detail: str) -> None:
        """Record that the app broke the protocol; never fatal (9.3.6)."""
        LOG.warning("protocol violation: %s: %s", what, detail)
        self.violations.append({"at": self.clock.now(), "what": what, "detail": detail})
