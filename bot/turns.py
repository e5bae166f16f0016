"""What a received message asks of the dialogue: text, command, event, attachments (design section 2, step 3)."""

from dataclasses import dataclass, field
from typing import Any

from core.messages.rules import Button
from core.messages.service import Turn

MAX_TEXT = 20_000
_ENTERING = ("enter_agent", "subscribe")
ENTER = "enter"


@dataclass(frozen=True)
class Request:
    """A turn as Rasa gets it."""

    message: str
    metadata: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Expired:
    """A button that was never shown to this member, or too long ago."""


@dataclass(frozen=True)
class Nothing:
    """An event that asks for no answer."""


def understand(turn: Turn, pressed: Button | None) -> Request | Expired | Nothing:
    """The request in a turn; `pressed` is what stands behind its button, if it has one."""
    # The first id names the turn: it stays the same however often the turn is tried.
    metadata: dict[str, Any] = {"inbox": turn.ids[0]}
    if turn.kind == "text":
        return _text(turn.body.get("text", ""), metadata)
    if turn.kind == "command":
        if "button" not in turn.body:
            return Request("", {**metadata, "kind": "command", "command": turn.body.get("event", "")})
        if pressed is None:
            return Expired()
        return Request("", {**metadata, "kind": "command", "command": pressed.payload})
    if turn.kind == "event":
        entering = turn.body.get("event") in _ENTERING
        return Request("", {**metadata, "kind": "event", "command": ENTER}) if entering else Nothing()
    return Request("", {**metadata, "kind": "attachment", "media": turn.kind, "attachments": []})


def _text(text: str, metadata: dict[str, Any]) -> Request:
    if len(text) > MAX_TEXT:
        metadata["length"] = len(text)
    return Request(text[:MAX_TEXT], {**metadata, "kind": "text"})
