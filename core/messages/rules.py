"""Values and pure rules of messages: states, back-off, numbered choices."""

import datetime as dt
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

MAX_ATTEMPTS = 3
APOLOGY_AFTER = dt.timedelta(seconds=30)
LEASE = dt.timedelta(seconds=60)
SEND_LEASE = dt.timedelta(seconds=45)
GIVE_UP_AFTER = dt.timedelta(hours=24)
"""How long a message is offered to a platform that is out of order before it counts as rejected."""
MEMBER_PER_MINUTE = 28
MEMBER_PER_HOUR = 980
"""WeChat Work silently drops what exceeds 30 messages a minute or 1,000 an hour for one member; some are in reserve."""
CARDS_PER_MINUTE = 14
"""From so many messages a minute on a member gets choices as numbers only, so that a fast conversation never stalls."""
_NUMBER_WORDS = {"一": 1, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6}
INSIDE = frozenset({"wecom"})
"""Channels inside the organisation. Every other one lies outside, and so does one that is added later."""
_OUTSIDE_KINDS = frozenset(
    ("answer", "silent", "out_of_scope", "clarify", "chat", "menu", "handover", "notice", "status")
)
_ERASABLE_KINDS = ("answer", "silent", "out_of_scope", "clarify", "chat", "menu", "handover")


class InboxState(StrEnum):
    """Life of a received message."""

    WAITING = "waiting"  # received, not handled
    DONE = "done"  # its replies are in the outbox
    FAILED = "failed"  # given up after three attempts; answered with an apology; the operator sees it
    IGNORED = "ignored"  # nothing to answer (an event such as leaving the app)


class OutboxState(StrEnum):
    """Life of a message to one recipient."""

    WAITING = "waiting"  # to be sent at `next_at`
    SENDING = "sending"  # claimed by a relay until `lease_until`
    ACCEPTED = "accepted"  # the platform took it
    REJECTED = "rejected"  # the platform will never take it; `reason`
    UNKNOWN = "unknown"  # lost between send and settle; waits for a person


class Lane(StrEnum):
    """What may overtake what: live replies go before bulk."""

    LIVE = "live"
    PUSH = "push"  # reminders: behind live replies, and like them sent again when their outcome is unknown
    BULK = "bulk"


@dataclass(frozen=True)
class Inbound:
    """One message as a channel normalised it.

    `kind`: text | image | file | voice | video | location | link | command | event | unknown.
    """

    channel: str
    sender: str
    dedup: str
    kind: str
    text: str = ""
    media_id: str = ""
    name: str = ""
    event: str = ""
    button: str = ""
    response_code: str = ""
    task_id: str = ""

    def body(self) -> dict[str, str]:
        """The confidential part, as stored encrypted."""
        fields = ("text", "media_id", "name", "event", "button", "response_code", "task_id")
        return {name: value for name in fields if (value := getattr(self, name))}


@dataclass(frozen=True)
class Button:
    """A choice under a reply. `payload` is a command, never shown and never typed."""

    title: str
    payload: str


@dataclass(frozen=True)
class Attachment:
    """A small text file that goes with a pushed reply; `name` in ASCII, for platforms garble others."""

    name: str
    content: str


@dataclass(frozen=True)
class Reply:
    """One utterance: design's reply contract. `file` goes through the outbox only, never through Rasa.

    `sensitive`: about a case, evidence, a talk's matter, a life event or health; it stays inside the organisation.
    """

    text: str
    kind: str
    citations: tuple[tuple[str, str], ...] = ()
    topic: str | None = None
    asking: str | None = None
    buttons: tuple[Button, ...] = ()
    file: Attachment | None = None
    sensitive: bool = False

    def custom(self) -> dict[str, Any]:
        """The machine-readable half."""
        return {
            "kind": self.kind,
            "citations": [{"policy": policy, "clause": clause} for policy, clause in self.citations],
            "topic": self.topic,
            "asking": self.asking,
            "buttons": [{"title": button.title, "payload": button.payload} for button in self.buttons],
            **({"sensitive": True} if self.sensitive else {}),
        }

    def as_json(self) -> dict[str, Any]:
        """Both halves, for storing."""
        file = {"file": [self.file.name, self.file.content]} if self.file else {}
        return {"text": self.text, "custom": self.custom(), **file}


def reply_from_json(value: dict[str, Any]) -> Reply:
    """Inverse of `Reply.as_json`."""
    custom = value["custom"]
    return Reply(
        text=value["text"],
        kind=custom["kind"],
        citations=tuple((item["policy"], item["clause"]) for item in custom["citations"]),
        topic=custom.get("topic"),
        asking=custom.get("asking"),
        buttons=tuple(Button(item["title"], item["payload"]) for item in custom["buttons"]),
        file=Attachment(*value["file"]) if value.get("file") else None,
        sensitive=custom.get("sensitive") is True,
    )


@dataclass(frozen=True)
class Context:
    """What a person's next words may refer to. Short-lived, encrypted, erased when it expires."""

    topic: str | None = None
    clause: tuple[str, str] | None = None
    choices: tuple[Button, ...] = ()
    pending: dict[str, Any] = field(default_factory=dict)


def backoff(attempt: int) -> dt.timedelta:
    """Wait before the next try: 1, 2, 4 … up to 300 seconds."""
    return dt.timedelta(seconds=min(300, 2 ** max(0, attempt - 1)))


def chosen(text: str, choices: tuple[Button, ...]) -> Button | None:
    """The choice that a typed number or the button's own title names, or None."""
    plain = text.strip().strip("。.、)）").removeprefix("回复").removeprefix("选").strip()
    number = int(plain) if plain.isascii() and plain.isdigit() and len(plain) <= 2 else _NUMBER_WORDS.get(plain, 0)
    if 1 <= number <= len(choices):
        return choices[number - 1]
    return next((choice for choice in choices if plain and plain == choice.title), None)


def tells_what_was_asked(payload: str) -> bool:
    """Whether a button of this payload stands under a policy answer and gives its topic away."""
    return payload.startswith(("topic:", "share:", "life:", "clause:", "good:", "bad:", "why:"))


def erase_after_settling(kind: str) -> bool:
    """Whether a reply of this kind says what was asked and must leave no trace once delivered (design 3, Trust)."""
    return kind in _ERASABLE_KINDS


STAYS_INSIDE = Reply("请打开企业微信中的撑腰助手查看。", "handover")
"""Said outside in place of what may not leave."""


def outside(channel: str) -> bool:
    """Whether a channel lies outside the organisation (design 5, issue "Telegram")."""
    return channel not in INSIDE


def may_leave(reply: Reply) -> bool:
    """Whether a reply may be said outside: nothing of a form, a case or a receipt, nothing sensitive, no file."""
    return reply.kind in _OUTSIDE_KINDS and not reply.sensitive and reply.file is None
