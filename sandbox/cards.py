"""The rules of template cards, as tables (wecom-protocol 4.3)."""

import re
from collections.abc import Sequence

from sandbox.call import Object, as_object, as_objects, as_text
from sandbox.errors import WeComError

INTERACTIVE = {"button_interaction", "vote_interaction", "multiple_interaction"}
TYPES = INTERACTIVE | {"text_notice", "news_notice"}
TASK_ID = re.compile(r"[0-9A-Za-z_\-@]{1,128}", re.ASCII)
KEY_BYTES = 1024


def callback_capable(card: Object) -> bool:
    """Whether the card calls back, and so gets a response_code."""
    return card.get("card_type") in INTERACTIVE or bool(card.get("action_menu"))


def check(card: Object, task_required: bool = True) -> None:
    """Raise the 420xx code of the first rule the card breaks; an update needs no task_id (4.8)."""
    kind = card.get("card_type")
    if kind not in TYPES:
        raise WeComError(42031, "invalid card_type")
    check_title(card)
    named = callback_capable(card) and (task_required or card.get("task_id"))
    if named and not TASK_ID.fullmatch(as_text(card.get("task_id"))):
        raise WeComError(42014, "invalid task_id")
    check_lists(card)
    check_menu(card)
    if kind in ("text_notice", "news_notice"):
        check_notice(card)
    elif kind == "button_interaction":
        check_buttons(card)
    elif kind == "vote_interaction":
        check_question(as_object(card.get("checkbox")), 20)
        check_submit(card)
    else:
        check_selects(card)


def check_title(card: Object) -> None:
    """A title is required; text_notice may have sub_title_text instead (42033)."""
    title = as_object(card.get("main_title")).get("title")
    if not title and not (card["card_type"] == "text_notice" and card.get("sub_title_text")):
        raise WeComError(42033, "main_title.title missing")


def limited(card: Object, name: str, most: int, errcode: int) -> list[Object]:
    """The list `name` of at most `most` objects, [] when absent; raises `errcode`."""
    value = card.get(name)
    if value is None:
        return []
    items = as_objects(value)
    if not isinstance(value, list) or len(items) != len(value) or len(items) > most:
        raise WeComError(errcode, f"invalid size of {name}")
    return items


def check_lists(card: Object) -> None:
    """Horizontal, vertical and jump lists: sizes and what each item needs."""
    for item in limited(card, "horizontal_content_list", 6, 42035):
        need(item, "keyname", 42027)
        check_target(item, {1: ("url", 42028), 2: ("media_id", 42029), 3: ("userid", 42050)})
    for item in limited(card, "vertical_content_list", 4, 42036):
        need(item, "title", 42033)
    for item in limited(card, "jump_list", 3, 42042):
        need(item, "title", 42033)
        check_target(item, {1: ("url", 42028), 2: ("appid", 42030)})


def check_target(item: Object, needs: dict[int, tuple[str, int]]) -> None:
    """The field that an item's `type` makes required."""
    kind = item.get("type", 0)
    if isinstance(kind, int) and kind in needs:
        need(item, *needs[kind])


def need(item: Object, name: str, errcode: int) -> str:
    """The non-empty text `name`; raises `errcode`."""
    value = as_text(item.get(name))
    if not value:
        raise WeComError(errcode, f"{name} missing")
    return value


def check_menu(card: Object) -> None:
    """The menu at the top right: 1 to 3 actions with unique keys (42051)."""
    if card.get("action_menu") is None:
        return
    actions = limited(as_object(card["action_menu"]), "action_list", 3, 42051)
    keys = [need(action, "key", 42051) for action in actions if need(action, "text", 42051)]
    if not actions or len(set(keys)) != len(keys):
        raise WeComError(42051, "duplicate or missing action_menu keys")


def check_notice(card: Object) -> None:
    """A notice needs a card_action to somewhere; a news notice also an image or image text."""
    action = as_object(card.get("card_action"))
    if action.get("type") not in (1, 2):
        raise WeComError(42045, "card_action missing")
    check_target(action, {1: ("url", 42028), 2: ("appid", 42030)})
    if card["card_type"] == "news_notice":
        image = as_object(card.get("card_image")).get("url")
        if not image and not as_object(card.get("image_text_area")).get("image_url"):
            raise WeComError(42044, "card_image.url missing")


def check_buttons(card: Object) -> None:
    """1 to 6 buttons with text, and a unique key or a url each; an optional drop-down."""
    buttons = limited(card, "button_list", 6, 42039)
    if not buttons:
        raise WeComError(42039, "button_list missing")
    keys = []
    for button in buttons:
        need(button, "text", 42038)
        if button.get("type", 0) == 1:
            need(button, "url", 42028)
        else:
            keys.append(need(button, "key", 42039))
    check_keys(keys)
    if card.get("button_selection") is not None:
        check_question(as_object(card["button_selection"]), 10)


def check_keys(keys: Sequence[str]) -> None:
    """Button keys are unique and at most 1,024 bytes."""
    if len(set(keys)) != len(keys) or any(len(key.encode()) > KEY_BYTES for key in keys):
        raise WeComError(42039, "button keys must be unique and short")


def check_question(question: Object, most: int) -> None:
    """A choice: question_key and 1 to `most` options with unique ids and texts."""
    if len(need(question, "question_key", 42043).encode()) > KEY_BYTES:
        raise WeComError(42043, "question_key too long")
    options = limited(question, "option_list", most, 42037)
    if not options:
        raise WeComError(42037, "option_list missing")
    ids = [need(option, "id", 42040) for option in options if need(option, "text", 42041)]
    if len(set(ids)) != len(ids) or any(len(one.encode()) > 128 for one in ids):
        raise WeComError(42040, "option ids must be unique and short")


def check_selects(card: Object) -> None:
    """A multiple choice: 1 to 3 drop-downs with unique question keys and a submit button."""
    selects = limited(card, "select_list", 3, 42047)
    if not selects:
        raise WeComError(42047, "select_list missing")
    for select in selects:
        check_question(select, 10)
    if len({str(select["question_key"]) for select in selects}) != len(selects):
        raise WeComError(42043, "duplicate question_key")
    check_submit(card)


def check_submit(card: Object) -> None:
    """The submit button has a key of at most 1,024 bytes."""
    button = as_object(card.get("submit_button"))
    if len(need(button, "key", 42046).encode()) > KEY_BYTES:
        raise WeComError(42046, "submit_button.key too long")
