"""Passive replies in the callback's answer (wecom-protocol 1.6, 9.3.5)."""

from xml.etree.ElementTree import Element

from sandbox import crypto, xmldoc
from sandbox.board import CardState, Message
from sandbox.call import as_object, as_text
from sandbox.callback import Keys
from sandbox.cards import check as check_card
from sandbox.errors import WeComError
from sandbox.world import World

ANSWERABLE = {
    "subscribe",
    "enter_agent",
    "LOCATION",
    "click",
    "view",
    "view_miniprogram",
    "scancode_waitmsg",
    "template_card_menu_event",
}
LISTS = {
    "HorizontalContentList",
    "VerticalContentList",
    "JumpList",
    "ActionList",
    "ButtonList",
    "OptionList",
    "SelectList",
}
NAMES = {
    "IconUrl": "icon_url",
    "CheckBox": "checkbox",
    "KeyName": "keyname",
    "PagePath": "pagepath",
    "AppId": "appid",
    "UserId": "userid",
}
TEXT_BYTES = 2048


class Violation(Exception):
    """The reply breaks the protocol; the message says how."""


def accept(world: World, keys: Keys, userid: str, event: str | None, body: bytes) -> str | None:
    """Take the body of a 200 answer: nothing, a reply for the member, or a recorded violation. Answers the kind."""
    if not body:
        return None
    try:
        reply = opened(keys, userid, body)
        kind = xmldoc.child(reply, "MsgType")
        if event == "template_card_event" and not (world.callback.honour_card_reply and kind.startswith("update_")):
            raise Violation("a reply to template_card_event is ignored")
        if event and event != "template_card_event" and event not in ANSWERABLE:
            raise Violation(f"{event} accepts no reply")
        show(world, userid, kind, reply)
    except (Violation, crypto.CryptoError, xmldoc.XmlError, UnicodeDecodeError, WeComError) as error:
        world.violation("passive reply", str(error))
        return None
    return kind


def opened(keys: Keys, userid: str, body: bytes) -> Element:
    """The decrypted reply; signature, receiver and the reversed names are checked."""
    outer = xmldoc.parse(body.decode())
    encrypted = xmldoc.child(outer, "Encrypt")
    values = (xmldoc.child(outer, "TimeStamp"), xmldoc.child(outer, "Nonce"), encrypted)
    crypto.verify(xmldoc.child(outer, "MsgSignature"), keys.token, *values)
    reply = xmldoc.parse(crypto.decrypt(crypto.aes_key(keys.aes_key), encrypted, keys.corp_id).decode())
    receiver, sender = xmldoc.child(reply, "ToUserName"), xmldoc.child(reply, "FromUserName")
    if receiver.casefold() != userid.casefold() or sender != keys.corp_id:
        raise Violation("ToUserName must be the member and FromUserName the corporation")
    if not xmldoc.child(reply, "CreateTime").isdecimal():
        raise Violation("CreateTime is missing")
    return reply


def show(world: World, userid: str, kind: str, reply: Element) -> None:
    """Put the reply into the member's conversation, or change the card it answers."""
    member = world.directory.member(userid)
    if member is None:
        raise Violation("the member is gone")
    if kind.startswith("update_"):
        update_card(world, userid, kind, reply)
        return
    body, truncated = content_of(kind, reply)
    if kind in ("image", "voice", "video"):
        world.media.get(body.get("media_id"), kind)
    msgid, now = world.board.new_msgid(), world.clock.now()
    message = Message(msgid, world.app.agentid, kind, body, now, truncated=truncated, passive=True)
    message.recipients = frozenset({userid.casefold()})
    world.board.post(message, [member])


def content_of(kind: str, reply: Element) -> tuple[dict[str, object], bool]:
    """The body a member gets, and whether it was cut."""
    if kind == "text":
        content = xmldoc.child(reply, "Content").encode()
        return {"content": content[:TEXT_BYTES].decode(errors="replace")}, len(content) > TEXT_BYTES
    if kind in ("image", "voice", "video"):
        node = reply.find(kind.capitalize())
        return (as_object(converted(node)) if node is not None else {}), False
    if kind == "news":
        items = reply.findall("Articles/item")
        names = {"title": "Title", "description": "Description", "picurl": "PicUrl", "url": "Url"}
        return {"articles": [{key: xmldoc.child(item, name) for key, name in names.items()} for item in items]}, False
    raise Violation(f"{kind or 'an unnamed type'} cannot be returned passively")


def update_card(world: World, userid: str, kind: str, reply: Element) -> None:
    """update_button and update_template_card change the clicker's newest card."""
    for entry in reversed(world.board.inbox(userid)):
        state = entry.message.states.get(userid.casefold())
        if entry.message.kind == "template_card" and state and state.pressed:
            apply(state, kind, reply)
            world.board.changed(entry.message)
            return
    raise Violation("there is no pressed card to update")


def apply(state: CardState, kind: str, reply: Element) -> None:
    """The new look of the card."""
    if kind == "update_button":
        state.disabled, state.replace_text = True, reply.findtext("Button/ReplaceName") or ""
        return
    node = reply.find("TemplateCard")
    card = as_object(converted(node)) if node is not None else {}
    check_card(card, task_required=False)
    text = as_text(card.get("replace_text"))
    state.card, state.disabled, state.replace_text, state.pressed = card, bool(text), text, ""


def converted(node: Element) -> object:
    """An element in CamelCase as the JSON object of the API, repeated siblings as lists."""
    if not len(node):
        text = node.text or ""
        return int(text) if node.tag in ("Type", "Style", "DescColor", "Mode") and text.isdecimal() else text
    result: dict[str, object] = {}
    for item in node:
        name = NAMES.get(item.tag) or snake(item.tag)
        if item.tag in LISTS:
            earlier = result.get(name)
            result[name] = [*(earlier if isinstance(earlier, list) else []), converted(item)]
        else:
            result[name] = converted(item)
    return result


def snake(name: str) -> str:
    """CamelCase to snake_case."""
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("_")
