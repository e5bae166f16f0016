"""Turns a decrypted message or event into the one shape the product knows (wecom-protocol 2.1, 2.2)."""

import hashlib
from collections.abc import Callable, Mapping

from bot.cards import clean
from bot.channels import wecom_xml
from bot.channels.base import Forbidden, Malformed
from core.messages.rules import Inbound

NAME = "wecom"
_LOCATION_REPORT = "LOCATION"
_ID_LENGTH = 64
Fields = Mapping[str, str]


def parse(document: bytes, corp_id: str, agent_id: int) -> Inbound | None:
    """The message in `document`; None for a position report, which nobody asked for and which is not kept.

    Raises Malformed when a required field is missing, Forbidden when it is meant for another corporation or app.
    """
    values = wecom_xml.fields(document)
    if _need(values, "ToUserName") != corp_id:
        raise Forbidden("another corporation")
    agent = values.get("AgentID") or values.get("AgentId") or ""
    if agent.strip() not in ("", str(agent_id)):
        raise Forbidden("another agent")
    _need(values, "CreateTime")
    kind = _need(values, "MsgType")
    if kind == "event":
        return _event(values, document)
    if not agent:
        raise Malformed("AgentID is missing")
    number = _need(values, "MsgId")
    return _MESSAGES.get(kind, _unknown)(values, f"msg:{number[:_ID_LENGTH]}")


def _need(values: Fields, name: str) -> str:
    value = values.get(name, "").strip()
    if not value:
        raise Malformed(f"{name} is missing")
    return value


def _present(values: Fields, name: str) -> str:
    """The text of an element that may be empty but not absent."""
    if name not in values:
        raise Malformed(f"{name} is missing")
    return clean(values[name])


def _sender(values: Fields) -> str:
    return _need(values, "FromUserName")[:_ID_LENGTH]


def _text(values: Fields, dedup: str) -> Inbound:
    return Inbound(NAME, _sender(values), dedup, "text", text=_present(values, "Content"))


def _media(values: Fields, dedup: str) -> Inbound:
    kind, media_id = _need(values, "MsgType"), _need(values, "MediaId")
    return Inbound(NAME, _sender(values), dedup, kind, media_id=media_id, name=clean(values.get("FileName", ""))[:200])


def _location(values: Fields, dedup: str) -> Inbound:
    _need(values, "Location_X")
    _need(values, "Location_Y")
    return Inbound(NAME, _sender(values), dedup, "location", name=clean(values.get("Label", ""))[:200])


def _link(values: Fields, dedup: str) -> Inbound:
    url, title = _present(values, "Url"), clean(values.get("Title", ""))
    return Inbound(NAME, _sender(values), dedup, "link", text=url, name=title[:200])


def _unknown(values: Fields, dedup: str) -> Inbound:
    return Inbound(NAME, _sender(values), dedup, "unknown", name=_need(values, "MsgType")[:40])


_MESSAGES: dict[str, Callable[[Fields, str], Inbound]] = {
    "text": _text,
    "image": _media,
    "voice": _media,
    "video": _media,
    "file": _media,
    "location": _location,
    "link": _link,
}


def _event(values: Fields, document: bytes) -> Inbound | None:
    """Events carry no id; a true retry repeats the document to the letter (1.7)."""
    event, sender = _need(values, "Event"), _sender(values)
    dedup = f"sha:{hashlib.sha256(document).hexdigest()}"
    if event == _LOCATION_REPORT:
        return None
    if event == "click":
        return Inbound(NAME, sender, dedup, "command", event=_need(values, "EventKey"))
    if event == "template_card_event":
        return Inbound(
            NAME,
            sender,
            dedup,
            "command",
            button=_need(values, "EventKey"),
            response_code=values.get("ResponseCode", ""),
            task_id=values.get("TaskId", ""),
        )
    return Inbound(NAME, sender, dedup, "event", event=event[:40])
