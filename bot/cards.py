"""One reply model to messages: text in pieces, numbered choices, and a card with buttons."""

import re
import secrets
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from core.messages.rules import Reply

TEXT_BYTES = 2048
MOST_BUTTONS = 6
BUTTON_CHARACTERS = 10
KEYBOARD_CHARACTERS = 4096
KEYBOARD_TITLE = 40
CHOICES = "回复数字选择："
_TITLES = {"confirm": "请确认", "ask": "请选择，也可以直接回复", "menu": "请选择要办的事", "notice": "请确认通知"}
_TITLE = "请选择"
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff]|[\ud800-\udfff]")
_SENTENCE_ENDS = "。！？；\n"
_JOINER = "\u200d"
_JOINERS = f"{_JOINER}\ufe0e\ufe0f"


@dataclass(frozen=True)
class Message:
    """One message to a platform. `kind` is text, card or file (`name`, with `text` as its content).

    A card's `choices` are (title, opaque id).
    """

    kind: str
    text: str
    task_id: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    name: str = ""

    def as_json(self) -> dict[str, Any]:
        """For storing beside the reply."""
        value = {"kind": self.kind, "text": self.text, "task_id": self.task_id, "choices": self.choices}
        return value | ({"name": self.name} if self.name else {})


def from_json(value: dict[str, Any]) -> Message:
    """Inverse of `Message.as_json`."""
    choices = tuple((title, key) for title, key in value["choices"])
    return Message(value["kind"], value["text"], value["task_id"], choices, value.get("name", ""))


def clean(text: str) -> str:
    """Text without control characters (tab and newline stay), and with `]]>` unable to close a CDATA section."""
    return _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).replace("]]>", "]]＞")


def numbered(reply: Reply) -> str:
    """The reply's text with its choices as numbers, for clients that show no cards."""
    lines = [f"{number}. {button.title}" for number, button in enumerate(reply.buttons, 1)]
    # At the check a number means a field, and a list that stands in the text already is not said twice.
    if not lines or reply.kind == "confirm" or all(line in reply.text for line in lines):
        return reply.text
    return "\n".join((reply.text, "", CHOICES, *lines))


def render(reply: Reply, new_button: Callable[[str], str], limit: int = TEXT_BYTES) -> list[Message]:
    """Text in pieces of at most `limit` UTF-8 bytes, then a card when there are buttons (wecom-protocol 4.2, 4.3)."""
    messages = [Message("text", piece) for piece in split(clean(numbered(reply)), limit)]
    if reply.file:
        messages.append(Message("file", reply.file.content, name=reply.file.name))
    if reply.buttons:
        shown = reply.buttons[:MOST_BUTTONS]
        choices = tuple((short(button.title), new_button(button.payload)) for button in shown)
        messages.append(Message("card", _TITLES.get(reply.kind, _TITLE), f"cy-{secrets.token_hex(12)}", choices))
    return messages


def short(title: str) -> str:
    """A button's title at the length a card shows."""
    return clean(title).replace("\n", " ")[:BUTTON_CHARACTERS] or "…"


def split(text: str, limit: int = TEXT_BYTES) -> list[str]:
    """Pieces of at most `limit` UTF-8 bytes, cut after a sentence where there is one, never inside a character."""
    return [piece for part in _parts(text, limit) if (piece := part.strip("\n")).strip()]


def _parts(text: str, limit: int) -> Iterator[str]:
    while len(text.encode()) > limit:
        end = _cut(text, limit)
        yield text[:end]
        text = text[end:]
    yield text


def _cut(text: str, limit: int) -> int:
    """Where to cut: after the last sentence end that leaves a piece worth sending, else between two characters."""
    fits = len(text.encode()[:limit].decode(errors="ignore"))
    for index in range(fits, fits // 3, -1):
        if text[index - 1] in _SENTENCE_ENDS:
            return index
    end = fits
    # What a reader sees as one character may be several code points; long runs of those are cut all the same.
    while end > max(1, fits - 32) and _belongs_together(text[end - 1], text[end]):
        end -= 1
    return end


def _belongs_together(one: str, other: str) -> bool:
    return bool(unicodedata.combining(other)) or other in _JOINERS or one == _JOINER


def render_keyboard(reply: Reply, new_button: Callable[[str], str], limit: int = KEYBOARD_CHARACTERS) -> list[Message]:
    """Text in pieces of at most `limit` characters, all buttons under the last one (wecom-protocol 8.3)."""
    pieces = _characters(clean(reply.text), limit)
    choices = tuple((_title(button.title), new_button(button.payload)) for button in reply.buttons)
    return [*(Message("text", piece) for piece in pieces[:-1]), Message("text", pieces[-1], choices=choices)]


def _title(title: str) -> str:
    return clean(title).replace("\n", " ")[:KEYBOARD_TITLE] or "…"


def _characters(text: str, limit: int) -> list[str]:
    """Pieces of at most `limit` UTF-16 units, which is what the platform counts; at least one."""
    pieces: list[str] = []
    while text:
        end = _units(text, limit)
        cut = end
        if end < len(text):
            cut = max(text.rfind(mark, end // 3, end) + 1 for mark in _SENTENCE_ENDS)
        while not cut and end > 1 and _belongs_together(text[end - 1], text[end]):
            end -= 1
        pieces.append(text[: cut or end])
        text = text[cut or end :]
    return [piece for part in pieces if (piece := part.strip("\n")).strip()] or ["…"]


def _units(text: str, limit: int) -> int:
    """How many characters of the text fit into `limit` UTF-16 units."""
    end = min(len(text), limit)
    while len(text[:end].encode("utf-16-le")) // 2 > limit:
        end -= max(1, (len(text[:end].encode("utf-16-le")) // 2 - limit) // 2)
    return end
