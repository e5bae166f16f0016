"""What a member sees of a message: after cutting, recalling and card updates (wecom-protocol 9.2.7)."""

from sandbox.actions import voice_seconds
from sandbox.board import CardState, Entry, Message
from sandbox.call import Object, as_object, as_objects, as_text
from sandbox.world import World


def item(world: World, entry: Entry, userid: str) -> Object:
    """One inbox item; `kind` is the msgtype, `content` what can be read, `body` the details a page draws."""
    message = entry.message
    seen: Object = {
        "id": entry.id,
        "msgid": message.msgid,
        "at": message.at,
        "from": "member" if message.agentid is None else "app",
        "kind": message.kind,
        "content": "",
        "recalled": message.recalled,
        "truncated": message.truncated,
        "passive": message.passive,
        "delivery": message.delivery,
    }
    if message.recalled:
        return seen
    if message.kind == "template_card":
        seen["card"] = card = card_view(message, message.states.get(userid.casefold()) or CardState())
        seen["content"] = card_text(card)
        return seen
    seen["body"] = message.body
    media = media_view(world, message.body.get("media_id"))
    if media:
        seen["media"] = media
    seen["content"] = readable(message, media)
    return seen


def media_view(world: World, media_id: object) -> Object:
    """A medium with the address the phone shows it from; sizes in bytes, voice length in seconds."""
    media = world.media.find(media_id)
    if media is None:
        return {}
    return {
        "media_id": media.media_id,
        "name": media.name,
        "mime": media.mime,
        "bytes": media.size,
        "seconds": voice_seconds(media.size) if media.kind == "voice" else 0,
        "url": f"/sandbox/media/{media.media_id}",
    }


def readable(message: Message, media: Object) -> str:
    """The text of a message of any type but a card."""
    body = message.body
    articles = as_objects(body.get("articles"))
    if articles:
        return "\n".join(as_text(article.get("title")) for article in articles)
    parts = [as_text(body.get(name)) for name in ("content", "title", "description", "label")]
    return "\n".join(part for part in parts if part) or as_text(media.get("name"))


def card_view(message: Message, state: CardState) -> Object:
    """The card as it looks to the member: buttons carry `disabled`, a greyed one its new text."""
    card = dict(state.card or message.body)
    buttons = as_objects(card.get("button_list")) or submit_buttons(card)
    card["disabled"], card["replace_text"], card["pressed"] = state.disabled, state.replace_text, state.pressed
    card["selected"] = state.selected
    if buttons and state.disabled and state.replace_text and not state.pressed:
        buttons = [{**buttons[0], "text": state.replace_text, "type": 0}]
    card["buttons"] = [button_view(button, state) for button in buttons]
    return card


def submit_buttons(card: Object) -> list[Object]:
    """The submit button of a vote or multiple choice as a list."""
    button = as_object(card.get("submit_button"))
    return [{"text": as_text(button.get("text")) or "提交", "key": button.get("key"), "style": 1}] if button else []


def button_view(button: Object, state: CardState) -> Object:
    """A button; the pressed one shows the replacement text once it is greyed."""
    pressed = bool(state.pressed) and button.get("key") == state.pressed
    replaced = pressed and state.disabled and state.replace_text
    return {
        "text": state.replace_text if replaced else as_text(button.get("text")),
        "key": button.get("key"),
        "style": button.get("style", 1),
        "type": button.get("type", 0),
        "url": button.get("url", ""),
        "disabled": state.disabled and button.get("type", 0) != 1,
        "pressed": pressed,
    }


def card_text(card: Object) -> str:
    """Everything readable on a card, one line each."""
    title, emphasis = as_object(card.get("main_title")), as_object(card.get("emphasis_content"))
    quote = as_object(card.get("quote_area"))
    lines = [title.get("title"), title.get("desc"), emphasis.get("title"), emphasis.get("desc")]
    lines += [quote.get("title"), quote.get("quote_text"), card.get("sub_title_text")]
    rows = as_objects(card.get("horizontal_content_list"))
    lines += [f"{row.get('keyname', '')} {row.get('value', '')}".strip() for row in rows]
    for row in as_objects(card.get("vertical_content_list")):
        lines += [row.get("title"), row.get("desc")]
    return "\n".join(line for line in lines if isinstance(line, str) and line)
