"""Turns an update into the one shape the product knows (wecom-protocol 8; Bot API "Update")."""

import datetime as dt
import json
import logging
from typing import Any

from telegram import CallbackQuery, Message, Update
from telegram.error import TelegramError

from bot.cards import clean
from bot.channels.base import Malformed
from core.messages.rules import Inbound

logger = logging.getLogger("chengyao.telegram")
NAME = "telegram"
UPDATES = ("message", "edited_message", "callback_query")
OLDEST = dt.timedelta(days=1)
_COMMANDS = {"start": "start", "menu": "menu", "help": "help", "reminders": "reminders", "human": "human",
             "unlink": "unlink:telegram"}  # fmt: skip
_CODE_LENGTH = 64


def update_in(body: bytes) -> Update | None:
    """The update in a request's body; None for one of another type, or of a shape that this release does not know.

    The latter is genuine and would come again and again if it were refused. Raises Malformed for what is no update.
    """
    try:
        value: Any = json.loads(body)
    except (ValueError, RecursionError):
        raise Malformed("not JSON") from None
    if not isinstance(value, dict) or not isinstance(value.get("update_id"), int) or value["update_id"] < 0:
        raise Malformed("no update")
    known = {name: value[name] for name in ("update_id", *UPDATES) if name in value}
    if len(known) == 1:
        return None
    try:
        return Update.de_json(known, None)
    except (TypeError, ValueError, KeyError, AttributeError, OverflowError, OSError, TelegramError) as error:
        logger.warning("update %d: not understood (%s)", value["update_id"], type(error).__name__)
        return None


def parse(update: Update, now: dt.datetime) -> Inbound | None:
    """The message in an update; None for what nobody waits for: old ones, groups, channels, bots, other types."""
    dedup = f"update:{update.update_id}"
    if update.callback_query is not None:
        return _press(update.callback_query, dedup)
    message = update.message or update.edited_message
    if message is None or not _private(message) or now - message.date > OLDEST:
        return None
    if message.from_user is None or message.from_user.is_bot:
        return None
    sender = str(message.from_user.id)
    if update.edited_message is not None:
        return Inbound(NAME, sender, dedup, "command", event="edited")
    return _text(message.text, sender, dedup) if message.text else _attachment(message, sender, dedup)


def _private(message: Message) -> bool:
    return message.chat.type == "private"


def _press(query: CallbackQuery, dedup: str) -> Inbound | None:
    """A pressed button; one under a message that is gone or in a group asks for nothing."""
    shown = query.message
    if not query.data or shown is None or shown.chat.type != "private":
        return None
    code = f"{query.id}:{shown.message_id}"
    return Inbound(
        NAME, str(query.from_user.id), dedup, "command", button=query.data[:_CODE_LENGTH], response_code=code
    )


def _text(text: str, sender: str, dedup: str) -> Inbound:
    """Words, or one of our commands: /start with what follows it, /menu, /menu@thebot …"""
    plain = clean(text)
    head, _, rest = plain.strip().partition(" ")
    name = head[1:].partition("@")[0].lower() if head.startswith("/") else ""
    if name == "start" and rest.strip():
        return Inbound(NAME, sender, dedup, "command", event=f"start:{rest.strip()[:_CODE_LENGTH]}")
    if name in _COMMANDS:
        return Inbound(NAME, sender, dedup, "command", event=_COMMANDS[name])
    return Inbound(NAME, sender, dedup, "text", text=plain)


def _attachment(message: Message, sender: str, dedup: str) -> Inbound:
    """Anything that is no text. No file is fetched from here: evidence stays inside the organisation."""
    kinds: tuple[tuple[str, Any], ...] = (
        ("image", message.photo),
        ("file", message.document),
        ("voice", message.voice or message.audio),
        ("video", message.video or message.video_note),
        ("location", message.location or message.venue),
    )
    for kind, value in kinds:
        if value:
            found: Any = value[-1] if isinstance(value, tuple) else value
            media_id = str(getattr(found, "file_id", ""))
            return Inbound(NAME, sender, dedup, kind, media_id=media_id, name=clean(_name(found))[:200])
    return Inbound(NAME, sender, dedup, "unknown")


def _name(value: Any) -> str:
    return str(getattr(value, "file_name", None) or "")
