"""menu/create, menu/get, menu/delete (wecom-protocol 5.2)."""

from collections.abc import Iterator
from dataclasses import dataclass

from sandbox.call import Answer, Call, Object, as_objects, as_text, ok, own_agent
from sandbox.errors import WeComError

KEYED = {
    "click",
    "scancode_push",
    "scancode_waitmsg",
    "pic_sysphoto",
    "pic_photo_or_album",
    "pic_weixin",
    "location_select",
}
TYPES = KEYED | {"view", "view_miniprogram"}


@dataclass(frozen=True, slots=True)
class Level:
    """Limits and error codes of one level of the menu."""

    most: int
    name_bytes: int
    size_code: int
    type_code: int
    name_code: int
    key_code: int
    url_code: int


TOP = Level(3, 16, 40016, 40017, 40018, 40019, 40020)
SUB = Level(5, 40, 40023, 40024, 40025, 40026, 40027)


def check_level(buttons: object, level: Level) -> None:
    """1 to `most` buttons; raises the level's codes."""
    items = as_objects(buttons)
    if not isinstance(buttons, list) or len(items) != len(buttons) or not 1 <= len(items) <= level.most:
        raise WeComError(level.size_code)
    for item in items:
        name = as_text(item.get("name"))
        if not name or len(name.encode()) > level.name_bytes:
            raise WeComError(level.name_code)
        if item.get("sub_button"):
            if level is SUB:
                raise WeComError(40023, "only two levels")
            check_level(item["sub_button"], SUB)
        else:
            check_leaf(item, level)


def check_leaf(item: Object, level: Level) -> None:
    """A leaf's type and what the type needs: key, url, or mini-program page."""
    kind = item.get("type")
    if kind not in TYPES:
        raise WeComError(level.type_code)
    key, url = as_text(item.get("key")), as_text(item.get("url"))
    if kind in KEYED and not 0 < len(key.encode()) <= 128:
        raise WeComError(level.key_code)
    if kind == "view" and not 0 < len(url.encode()) <= 1024:
        raise WeComError(level.url_code)
    if kind == "view" and not url.startswith(("http://", "https://")):
        raise WeComError(40055 if level is TOP else 40054, "invalid url domain")
    if kind == "view_miniprogram" and not (item.get("appid") and item.get("pagepath")):
        raise WeComError(level.key_code)


def create(call: Call) -> Answer:
    """POST menu/create?agentid=: replaces the menu."""
    own_agent(call, call.query.get("agentid"))
    check_level(call.body.get("button"), TOP)
    call.app.menu = {"button": call.body["button"]}
    return ok()


def get(call: Call) -> Answer:
    """GET menu/get?agentid=: 46003 without a menu."""
    own_agent(call, call.query.get("agentid"))
    if call.app.menu is None:
        raise WeComError(46003)
    return ok(**call.app.menu)


def delete(call: Call) -> Answer:
    """GET menu/delete?agentid=."""
    own_agent(call, call.query.get("agentid"))
    call.app.menu = None
    return ok()


def leaves(menu: Object | None) -> Iterator[Object]:
    """The buttons that do something, sub-buttons included."""
    for button in as_objects((menu or {}).get("button")):
        yield from as_objects(button.get("sub_button")) or [button]
