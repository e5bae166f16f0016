"""The directory as the platform gives it to the app (wecom-protocol 5.3)."""

from collections.abc import Callable, Mapping
from typing import Any

from bot.channels.base import Member

_ACTIVE = 1
_MOST_LEVELS = 20
Get = Callable[..., dict[str, Any]]


def members(get: Get) -> list[Member]:
    """Every active member once, by its main department. `get`: calls an endpoint. Raises what it raises."""
    tree = {int(one["id"]): one for one in get("department/list").get("department") or ()}
    found: dict[str, Member] = {}
    for number in tree:
        for user in get("user/list", department_id=number).get("userlist") or ():
            if int(user.get("status", _ACTIVE)) == _ACTIVE:
                member = _member(user, tree)
                found.setdefault(member.userid.casefold(), member)
    return list(found.values())


def _member(user: Mapping[str, Any], tree: Mapping[int, Mapping[str, Any]]) -> Member:
    departments = [int(one) for one in user.get("department") or ()]
    main = int(user.get("main_department") or (departments[0] if departments else 0))
    flags = dict(zip(departments, user.get("is_leader_in_dept") or (), strict=False))
    leaders = user.get("direct_leader") or ()
    return Member(
        str(user["userid"]), str(user.get("name") or ""), _path(main, tree), str(user.get("position") or ""),
        bool(flags.get(main)), str(leaders[0]) if leaders else "",
    )  # fmt: skip


def _path(number: int, tree: Mapping[int, Mapping[str, Any]]) -> tuple[str, ...]:
    """Names from below the root down; a tree that turns in a circle ends."""
    names: list[str] = []
    while number in tree and len(names) < _MOST_LEVELS:
        one = tree[number]
        parent = int(one.get("parentid") or 0)
        if not parent and names:
            break  # the root is the corporation itself
        names.append(str(one.get("name") or ""))
        number = parent
    return tuple(reversed(names))
