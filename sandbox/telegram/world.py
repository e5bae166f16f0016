"""All that the local Telegram knows: users, conversations, the webhook, files, what was called when."""

import asyncio
import itertools
import secrets
import time
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

Object = dict[str, Any]
BOT_ID = 7_000_000_001
BOT_NAME = "chengyao_sandbox_bot"
FIRST_USER = 810_000_001
CALLBACK_LIFE = 900.0
_MEDIA = ("photo", "document", "voice", "video", "sticker", "location")


@dataclass(slots=True)
class User:
    """Somebody with a phone. `started`: has opened the conversation; `blocked`: has blocked the bot."""

    id: int
    name: str
    started: bool = False
    blocked: bool = False

    def as_user(self) -> Object:
        """The Bot API's User."""
        return {"id": self.id, "is_bot": False, "first_name": self.name, "language_code": "zh-hans"}

    def as_chat(self) -> Object:
        """The Bot API's private Chat."""
        return {"id": self.id, "type": "private", "first_name": self.name}


@dataclass(slots=True)
class File:
    """An uploaded file; `size` may claim more than there is content."""

    file_id: str
    name: str
    mime: str
    content: bytes
    size: int

    @property
    def path(self) -> str:
        """Its path below /file/bot<token>/."""
        return f"documents/{self.file_id}"


@dataclass(slots=True)
class Message:
    """One message of a conversation. `body` holds what the kind of message adds to the Bot API's Message."""

    number: int
    user: User
    mine: bool
    date: int
    body: Object
    delivery: str = ""
    edited: bool = False

    def as_message(self) -> Object:
        """The Bot API's Message."""
        sender = bot_user() if self.mine else self.user.as_user()
        head = {"message_id": self.number, "date": self.date, "chat": self.user.as_chat(), "from": sender}
        return {**head, **({"edit_date": self.date} if self.edited else {}), **self.body}


@dataclass(slots=True)
class Webhook:
    """Where updates go; `retries` and `pause` (seconds) are the sandbox's own patience."""

    url: str = ""
    secret: str = ""
    retries: int = 3
    pause: float = 1.0
    timeout: float = 10.0


def bot_user() -> Object:
    """The bot as a User."""
    return {"id": BOT_ID, "is_bot": True, "first_name": "撑腰", "username": BOT_NAME}


@dataclass
class World:
    """The state; `reset` starts it over."""

    token: str
    names: tuple[str, ...] = ()
    users: dict[int, User] = field(init=False)
    chats: dict[int, list[Message]] = field(init=False)
    webhook: Webhook = field(init=False)
    files: dict[str, File] = field(init=False)
    commands: list[Object] = field(init=False)
    callbacks: dict[str, float] = field(init=False)
    pending: deque[Object] = field(init=False)
    calls: list[Object] = field(init=False)
    faults: list[Object] = field(init=False)
    answered: list[Object] = field(init=False)
    _watchers: dict[int, set["asyncio.Queue[Object | None]"]] = field(default_factory=dict)
    _numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(int(time.time())))
    _updates: "itertools.count[int]" = field(default_factory=lambda: itertools.count(int(time.time() * 1000)))

    def __post_init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget all but the token and the users of the roster; numbers go on, as at the real one."""
        self.users = {FIRST_USER + index: User(FIRST_USER + index, name) for index, name in enumerate(self.names)}
        self.chats, self.files, self.callbacks = {}, {}, {}
        self.commands, self.calls, self.faults, self.answered = [], [], [], []
        self.pending = deque(maxlen=1000)
        self.webhook = Webhook()

    def user(self, user_id: int) -> User:
        """The user with that id, made up when there is none yet."""
        return self.users.setdefault(user_id, User(user_id, f"用户{user_id % 10000:04d}"))

    def next_update(self) -> int:
        """A growing update_id."""
        return next(self._updates)

    def post(self, user: User, mine: bool, body: Object, date: int | None = None) -> Message:
        """Put a message into a conversation and show it."""
        message = Message(next(self._numbers), user, mine, date or int(time.time()), body)
        self.chats.setdefault(user.id, []).append(message)
        self.show(message)
        return message

    def message(self, user_id: int, number: int) -> Message | None:
        """A message of a conversation."""
        return next((one for one in reversed(self.chats.get(user_id, [])) if one.number == number), None)

    def new_callback(self) -> str:
        """The id of a press, to be answered within a quarter of an hour."""
        key = secrets.token_hex(9)
        self.callbacks[key] = time.time() + CALLBACK_LIFE
        return key

    def keep(self, name: str, mime: str, content: bytes, size: int | None = None) -> File:
        """Store a file."""
        file = File(secrets.token_urlsafe(18), name, mime, content, len(content) if size is None else size)
        self.files[file.file_id] = file
        return file

    # -- watching a conversation

    def show(self, message: Message) -> None:
        """Tell whoever watches that a message is new or looks different."""
        for queue in self._watchers.get(message.user.id, ()):
            queue.put_nowait(item(message))

    def watch(self, user_id: int) -> "asyncio.Queue[Object | None]":
        """A queue of new and changed messages until `unwatch`; None is the end."""
        queue: asyncio.Queue[Object | None] = asyncio.Queue()
        self._watchers.setdefault(user_id, set()).add(queue)
        return queue

    def unwatch(self, user_id: int, queue: "asyncio.Queue[Object | None]") -> None:
        """Forget a queue."""
        self._watchers.get(user_id, set()).discard(queue)

    def end_watching(self) -> None:
        """The server stops: end every stream."""
        for queue in (queue for queues in self._watchers.values() for queue in queues):
            queue.put_nowait(None)

    def rate(self) -> Object:
        """How fast the bot sent: the most messages in any second, the smallest gap (s) between two to one chat."""
        times = sorted(call["at"] for call in self.calls if call["sends"] and call["status"] == 200)
        start, peak = 0, 0
        for end, moment in enumerate(times):
            while moment - times[start] >= 1.0:
                start += 1
            peak = max(peak, end - start + 1)
        return {"sent": len(times), "peak": peak, "closest": self._closest()}

    def _closest(self) -> float | None:
        last: dict[int, float] = {}
        gaps = []
        for call in self.calls:
            if call["sends"] and call["status"] == 200:
                if call["chat"] in last:
                    gaps.append(call["at"] - last[call["chat"]])
                last[call["chat"]] = call["at"]
        return round(min(gaps), 3) if gaps else None


def item(message: Message) -> Object:
    """A message as the phone page and tests see it."""
    body = message.body
    keyboard = body.get("reply_markup", {}).get("inline_keyboard", [])
    kind = next(
        (kind for kind in ("photo", "document", "voice", "video", "sticker", "location") if kind in body), "text"
    )
    return {
        "id": message.number,
        "from": "bot" if message.mine else "user",
        "kind": kind,
        "text": body.get("text", body.get("caption", "")),
        "name": body.get("document", {}).get("file_name", "") if kind == "document" else "",
        "keyboard": [[{"text": one["text"], "data": one.get("callback_data", "")} for one in row] for row in keyboard],
        "at": message.date,
        "edited": message.edited,
        "delivery": message.delivery,
    }


def items(messages: Iterable[Message]) -> list[Object]:
    """Several messages."""
    return [item(message) for message in messages]
