"""Messages and what each member sees of them. One message object is shared by all its recipients."""

import asyncio
import itertools
import secrets
import time
from collections.abc import Iterable
from dataclasses import dataclass, field

from sandbox.clock import Clock
from sandbox.roster import Member

CODE_LIFE = 72 * 3600


@dataclass(slots=True)
class CardState:
    """How a card looks to someone: a replaced card, greyed buttons, what was pressed and chosen."""

    card: dict[str, object] | None = None
    disabled: bool = False
    replace_text: str = ""
    pressed: str = ""
    selected: dict[str, list[str]] = field(default_factory=dict)


@dataclass(slots=True)
class Message:
    """One message. `agentid` is None for what a member wrote; `body` is the object named after the type."""

    msgid: str
    agentid: int | None
    kind: str
    body: dict[str, object]
    at: float
    task_id: str = ""
    truncated: bool = False
    recalled: bool = False
    passive: bool = False
    delivery: str = ""
    recipients: frozenset[str] = frozenset()
    states: dict[str, CardState] = field(default_factory=dict)

    def state(self, userid: str) -> CardState:
        """How the card looks to that member, to be changed in place."""
        return self.states.setdefault(userid.casefold(), CardState())


@dataclass(slots=True)
class Entry:
    """A message's place in one member's conversation; ids grow over the whole sandbox."""

    id: int
    message: Message


@dataclass(slots=True)
class ResponseCode:
    """A single-use right to update a card; `userid` is set when a click issued it (section 4.8)."""

    message: Message
    issued_at: float
    userid: str = ""
    used: bool = False


class Board:
    """Every conversation with the app."""

    def __init__(self, clock: Clock) -> None:
        self.messages: dict[str, Message] = {}
        self.codes: dict[str, ResponseCode] = {}
        self.tasks: set[tuple[int, str]] = set()
        self._clock = clock
        self._inboxes: dict[str, list[Entry]] = {}
        self._watchers: dict[str, set[asyncio.Queue[Entry | None]]] = {}
        self._ids = itertools.count(1)
        # The platform never reuses a number, not even after a restart: count on from the clock's microseconds.
        self._msgids = itertools.count(7_000_000_000_000_000_000 + time.time_ns() // 1000)

    def new_msgid(self) -> str:
        """An opaque id as message/send returns it."""
        return secrets.token_urlsafe(48)

    def next_number(self) -> int:
        """A MsgId for a callback: 64 bits, above what a double can hold."""
        return next(self._msgids)

    def post(self, message: Message, members: Iterable[Member]) -> None:
        """Put a message into the members' conversations and wake who watches them."""
        self.messages[message.msgid] = message
        for member in members:
            key = member.userid.casefold()
            entry = Entry(next(self._ids), message)
            self._inboxes.setdefault(key, []).append(entry)
            for queue in self._watchers.get(key, ()):
                queue.put_nowait(entry)

    def inbox(self, userid: str, after: int = 0) -> list[Entry]:
        """The member's conversation behind entry `after`, oldest first."""
        return [entry for entry in self._inboxes.get(userid.casefold(), ()) if entry.id > after]

    def entry(self, userid: str, key: str) -> Entry | None:
        """The member's entry with that msgid or entry id."""
        for entry in reversed(self._inboxes.get(userid.casefold(), [])):
            if key in (entry.message.msgid, str(entry.id)):
                return entry
        return None

    def changed(self, message: Message) -> None:
        """Tell whoever watches that a message looks different now."""
        for key, queues in self._watchers.items():
            entry = self.entry(key, message.msgid) if queues else None
            if entry:
                for queue in queues:
                    queue.put_nowait(entry)

    def watch(self, userid: str) -> asyncio.Queue[Entry | None]:
        """A queue of new and changed entries of that member, until `unwatch`; None is the end."""
        queue: asyncio.Queue[Entry | None] = asyncio.Queue()
        self._watchers.setdefault(userid.casefold(), set()).add(queue)
        return queue

    def unwatch(self, userid: str, queue: asyncio.Queue[Entry | None]) -> None:
        """Forget a queue that `watch` gave."""
        self._watchers.get(userid.casefold(), set()).discard(queue)

    def end_watching(self) -> None:
        """Put None, the end, into every queue: the server stops or starts over."""
        for queues in self._watchers.values():
            for queue in queues:
                queue.put_nowait(None)

    def issue_code(self, message: Message, userid: str = "") -> str:
        """A fresh response_code for a card (from sending it, or from `userid`'s click)."""
        code = secrets.token_urlsafe(48)
        self.codes[code] = ResponseCode(message, self._clock.now(), userid)
        return code

    def code(self, value: str) -> ResponseCode | None:
        """The unused response_code younger than 72 hours, or None."""
        found = self.codes.get(value)
        if found is None or found.used or self._clock.now() - found.issued_at >= CODE_LIFE:
            return None
        return found
