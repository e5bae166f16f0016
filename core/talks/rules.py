"""Talks: what kinds there are, when a time counts as agreed, what each side may do. Pure.

A request (`ASKED`) is a case of type talk: its status there is the truth, and the row here adds whom it is with, the
time and both confirmations. An arranged talk (`ARRANGED`, `REMINDER`) lives here alone.
"""

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from core.people.rules import Person

CONFIRM_AFTER = dt.timedelta(hours=2)
"""How long after the fixed time both sides are asked whether it took place."""
CONFIRM_DAYS = 7
"""A talk asked for that is not confirmed by both so many days after its time has lapsed (`talk_confirm_days`)."""
MAX_WORDS = 500
"""Characters of a place or a reason."""


class Kind(StrEnum):
    """Where a talk comes from."""

    ASKED = "asked"  # the cadre asked for it (a case with a TH number)
    ARRANGED = "arranged"  # an event or the organisation's interval calls for it
    REMINDER = "reminder"  # 谈话提醒: entered by HR after the committee's review; only the leader knows


class State(StrEnum):
    """Life of a talk's row."""

    PLANNED = "planned"  # somebody has to fix the time
    FIXED = "fixed"  # time (an arranged one: and place) are agreed or set
    HELD = "held"  # both said it took place (REMINDER: the leader did)
    ENDED = "ended"  # withdrawn, declined, lapsed or called off


OPEN = (State.PLANNED, State.FIXED)
OCCASIONS = {
    "promotion": "提拔任职", "rotation": "轮岗交流", "removal": "免职", "retirement": "退休",
    "punishment": "受处分后谈话", "regular": "日常谈心谈话",
}  # fmt: skip
WAITING, OVERDUE, DONE, CALLED_OFF = "待谈话", "逾期", "已完成", "已取消"


@dataclass(frozen=True)
class Talk:
    """A talk's row. `leader` '' when nobody is known; `said_*`: held | not_held | None."""

    id: int
    kind: Kind
    state: State
    org: str
    userid: str
    leader: str
    number: str | None
    clause: tuple[str, str] | None
    due_on: dt.date | None
    announced: bool
    starts_at: dt.datetime | None
    said_leader: str | None
    said_cadre: str | None
    asked_at: dt.datetime | None
    changed_at: dt.datetime
    occasion: str = ""
    place: str = ""
    proposal: str = ""
    proposal_place: str = ""

    @property
    def ref(self) -> str:
        """How buttons name it: the case number, or A and the row's id."""
        return self.number or f"A{self.id}"


def shown_state(talk: Talk, today: dt.date) -> str:
    """待谈话 | 逾期 | 已完成 | 已取消, as leaders and HR see it."""
    if talk.state == State.HELD:
        return DONE
    if talk.state == State.ENDED:
        return CALLED_OFF
    return OVERDUE if talk.due_on is not None and talk.due_on < today else WAITING


# -- times


def window(value: str) -> tuple[dt.datetime, dt.datetime] | None:
    """First and last local minute of an ISO day, month, range or half-day; None for anything else."""
    first, _, last = value.partition("/")
    begin, end = _edge(first, False), _edge(last or first, True)
    return (begin, end) if begin and end and begin <= end else None


def _edge(value: str, last: bool) -> dt.datetime | None:
    try:
        if "T" in value:
            return dt.datetime.fromisoformat(value)
        if len(value) == 10:
            day = dt.date.fromisoformat(value)
        elif len(value) == 7:
            day = dt.date.fromisoformat(f"{value}-01")
            day = _month_end(day) if last else day
        else:
            return None
    except ValueError:
        return None
    return dt.datetime.combine(day, dt.time(23, 59) if last else dt.time())


def _month_end(day: dt.date) -> dt.date:
    return (day.replace(day=28) + dt.timedelta(days=4)).replace(day=1) - dt.timedelta(days=1)


def exact(value: str) -> dt.datetime | None:
    """The local start when a value names an hour (at most one hour long), else None: a half-day is no appointment."""
    found = window(value) if "T" in value else None
    return found[0] if found and found[1] - found[0] <= dt.timedelta(hours=1) else None


def agreed(wished: str, start: dt.datetime) -> bool:
    """Whether a start lies in what the other side asked for, so that both have agreed to it."""
    found = window(wished)
    return bool(found and found[0] <= start <= found[1])


_WEEKDAYS = "一二三四五六日"


def spoken(local: dt.datetime) -> str:
    """2026年11月24日（周二）15:00."""
    return f"{local.year}年{local.month}月{local.day}日（周{_WEEKDAYS[local.weekday()]}）{local:%H:%M}"


_PLACE = re.compile(
    r"(?:地点(?:是|在|定在)?[：:]?|在|到|来)\s*([^，。；,;]{2,60}?)(?:谈|聊|见|见面|吧|可以吗|行吗)?[。！!？?，,]*$"
)


def place_in(rest: str) -> str:
    """The place in the words around a time: 在行政楼301; '' when none is named."""
    found = _PLACE.search(rest.strip(" ，,。；;、"))
    return found[1].strip() if found else ""


# -- whom a request is for

_OFFICES = (
    "组织部", "组织人事", "人事处", "人事部", "人事科", "干部科", "组织上", "组织", "单位", "部门", "工会", "纪委",
)  # fmt: skip
_TITLES = (
    "书记", "院长", "校长", "县长", "镇长", "乡长", "局长", "厅长", "部长", "处长", "科长", "主任", "所长", "站长",
)  # fmt: skip


def wished(text: str, asker: Person, members: Sequence[Person]) -> Person | None:
    """The member a cadre wants to talk to, when the words leave no doubt; an office or a doubt gives None.

    A full name decides; 分管领导 and 直接领导 are the roster's; a title (书记) decides when it is borne by the asker's
    own leader or supervisor, else when a single member bears it.
    """
    others = [one for one in members if one.userid.casefold() != asker.userid.casefold()]
    named = [one for one in others if one.name in text]
    if named:
        return named[0] if len(named) == 1 else None
    by_id = {one.userid.casefold(): one for one in others}
    supervisor, leader = by_id.get(asker.supervisor.casefold()), by_id.get(asker.leader.casefold())
    if "分管" in text:
        return supervisor
    if "直接领导" in text or "直属领导" in text or text.strip() in ("领导", "我领导", "我的领导", "上级"):
        return leader
    return _by_title(text, others, [one for one in (leader, supervisor) if one])


def _by_title(text: str, others: Sequence[Person], near: Sequence[Person]) -> Person | None:
    title = next((title for title in _TITLES if title in text), "")
    if not title:
        return None
    before = text.split(title)[0]
    bearers = [one for one in others if title in one.post and f"副{title}" not in one.post]
    if any(office in before for office in _OFFICES):
        return None
    surname = [one for one in bearers if one.name and before.endswith(one.name[0])]
    own = [one for one in near if one in bearers]
    for found in (surname, own, bearers):
        if found:
            return found[0] if len(found) == 1 else None
    return None


# -- what the organisation's document says


def gives_right(facts: Sequence[tuple[str, Mapping[str, Any]]]) -> str | None:
    """The clause that lets a cadre ask a leader for a talk (fact `talk_request`), or None."""
    return next((clause for clause, fact in facts if fact.get("id") == "talk_request"), None)


def reminder_clause(facts: Sequence[tuple[str, Mapping[str, Any]]]) -> str | None:
    """The clause that knows 谈话提醒, or None: elsewhere no name may be entered."""
    for clause, fact in facts:
        words = [str(fact.get("about", "")), *map(str, fact.get("items", ()))]
        if any("谈话提醒" in word for word in words):
            return clause
    return None
