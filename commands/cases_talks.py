"""Moves of a talk request at the command line: by `core.talks`, which tells both sides, never past it."""

import datetime as dt
from collections.abc import Mapping

from core.cases.service import Desk
from core.db import Connection
from core.errors import Refused
from core.people.rules import Person
from core.talks.service import Talks

PREFIX = "TH-"
_NEEDS = {
    "accept": ("time",), "propose": ("time",), "counter": ("text",), "decline": ("reason",), "withdraw": ("reason",),
    "agree": (), "hold": (),
}  # fmt: skip
_LABEL = {"time": "时间（写成 2026-11-26T14:00）", "text": "内容", "reason": "理由"}


def move(desk: Desk, connection: Connection, name: str, number: str, actor: Person, given: Mapping[str, str]) -> None:
    """One move of a talk. `accept` and `propose` name a time: fixed when the cadre asked for it, else offered.

    Raises NotFound, Refused.
    """
    talks = Talks(desk)
    if name not in _NEEDS:
        raise Refused("这类申请没有这一步。")
    if missing := [_LABEL[need] for need in _NEEDS[name] if not given.get(need)]:
        raise Refused("缺少：" + "、".join(missing) + "。")
    if name in ("accept", "propose"):
        talks.answer_time(connection, number, actor, _time(given["time"]), given.get("place", ""))
    elif name == "counter":
        talks.counter(connection, number, actor, given.get("time", ""), given["text"])
    elif name == "agree":
        talks.agree(connection, number, actor)
    elif name == "hold":
        talks.said(connection, number, actor, True)
    elif name == "decline":
        talks.decline(connection, number, actor, given["reason"])
    else:
        talks.withdraw(connection, number, actor, given["reason"])


def _time(raw: str) -> dt.datetime:
    try:
        return dt.datetime.fromisoformat(raw).replace(tzinfo=None)
    except ValueError:
        raise Refused(f"缺少：{_LABEL['time']}。") from None
