"""When a rule applies to a roster row: occasions with key and days, or the gap that keeps it from being told. Pure."""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from core.people.rules import Person
from core.reminders.rules import (
    HORIZON_DAYS,
    Gap,
    Occasion,
    Rule,
    add_months,
    last_day,
    on_day,
    roster_day,
)

PROMOTED_TAG = "新提拔"
YOUNG_TAG = "年轻干部"
FIELD_LABEL = {
    "post_since": "任现职时间", "department_since": "到现部门时间", "hired_on": "参加工作时间",
    "retires_on": "退休时间", "leader": "直接领导", "supervisor": "分管领导",
}  # fmt: skip
_MARGIN = 3
"""Months around the planned time in which a date may lie whose push, by lead and validity, falls into it."""
Found = Iterator[Occasion | Gap]


@dataclass(frozen=True)
class Frame:
    """What a rule looks at besides the person.

    `on`: the day planned for, `until` the last day on which a first push may lie to be planned now. `since`: the day
    up to which everything was planned before; nothing that had expired by then is made up afterwards. `years`: the
    number its clause gives. `last_talk`: when this person was last talked with. `leads`: user ids (folded) of those
    who lead somebody. `yearly`: by rule, as it is the same for everybody.
    """

    on: dt.date
    since: dt.date
    settings: Mapping[str, Any] = field(default_factory=dict)
    years: int | None = None
    last_talk: dt.date | None = None
    leads: frozenset[str] = frozenset()
    until: dt.date = field(init=False)
    yearly: dict[str, tuple[Occasion, ...]] = field(init=False, default_factory=dict, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "until", self.on + dt.timedelta(days=HORIZON_DAYS))

    def takes(self, occasion: Occasion) -> bool:
        """Whether an occasion belongs into this plan."""
        return occasion.push_on <= self.until and (occasion.valid_until is None or occasion.valid_until >= self.since)


def occasion(rule: Rule, key: str, due_on: dt.date) -> Occasion:
    """An occasion with the rule's own lead and validity."""
    valid = None if rule.valid is None else due_on + dt.timedelta(days=rule.valid)
    return Occasion(key, due_on, due_on - dt.timedelta(days=rule.lead), valid)


def occasions(rule: Rule, person: Person, frame: Frame) -> Found:
    """What the rule finds for one roster row in this plan. Event rules look at the roster where it tells the event."""
    finder = _FINDERS.get(rule.roster or rule.trigger)
    if finder is None:
        return
    for found in finder(rule, person, frame):
        if isinstance(found, Gap) or frame.takes(found):
            yield found


def _day(rule: Rule, person: Person, name: str) -> dt.date | Gap:
    found = roster_day(getattr(person, name))
    return found or Gap(person.userid, rule.id, FIELD_LABEL[name])


def _promotion(rule: Rule, person: Person, frame: Frame) -> Found:
    if PROMOTED_TAG not in person.tags:
        return
    day = _day(rule, person, "post_since")
    yield day if isinstance(day, Gap) else occasion(rule, day.isoformat(), day)


def _rotation(rule: Rule, person: Person, frame: Frame) -> Found:
    """A new post or department of somebody who has been here longer; the roster does not say more than that."""
    hired = roster_day(person.hired_on)
    days = [day for name in ("post_since", "department_since") if (day := roster_day(getattr(person, name)))]
    if PROMOTED_TAG in person.tags or not days or hired is None or max(days) <= add_months(hired, 1):
        return
    yield occasion(rule, max(days).isoformat(), max(days))


def _retirement(rule: Rule, person: Person, frame: Frame) -> Found:
    day = _day(rule, person, "retires_on")
    yield day if isinstance(day, Gap) else occasion(rule, day.isoformat(), day)


def _interval(rule: Rule, person: Person, frame: Frame) -> Found:
    """Every so many months since the last talk, else since the post was taken up."""
    months = int(frame.settings.get(rule.setting) or 0)
    if months <= 0:
        return
    start = frame.last_talk or roster_day(person.post_since) or roster_day(person.department_since)
    if start is None:
        yield Gap(person.userid, rule.id, FIELD_LABEL["post_since"])
        return
    first, last = _months(start, frame.since) - _MARGIN, _months(start, frame.until) + _MARGIN
    for count in range(max(1, first // months), last // months + 1):
        day = add_months(start, months * count)
        yield occasion(rule, day.isoformat(), day)


def _months(start: dt.date, end: dt.date) -> int:
    return (end.year - start.year) * 12 + end.month - start.month


def _milestone(rule: Rule, person: Person, frame: Frame) -> Found:
    """A number of years, given by the clause, in one post or department."""
    if frame.years is None or (rule.heads and not person.is_head):
        return
    start = _day(rule, person, rule.measures)
    if isinstance(start, Gap):
        yield start
        return
    yield occasion(rule, f"{getattr(person, rule.measures)}+{frame.years}", _years_on(start, frame.years))


def _young(rule: Rule, person: Person, frame: Frame) -> Found:
    """One year before the clause's years are over, where the roster shows no other department since the start.

    Afterwards it concerns only those whom the roster calls young staff (tag).
    """
    if frame.years is None:
        return
    start = _day(rule, person, rule.measures)
    if isinstance(start, Gap):
        yield start
        return
    moved = roster_day(person.department_since)
    if moved is None:
        yield Gap(person.userid, rule.id, FIELD_LABEL["department_since"])
    elif moved <= last_day(start.year, start.month):
        due = _years_on(start, frame.years - 1)
        end = None if YOUNG_TAG in person.tags else _years_on(start, frame.years) - dt.timedelta(days=1)
        yield Occasion(f"{person.hired_on}+{frame.years - 1}", due, due, end)


def _years_on(day: dt.date, years: int) -> dt.date:
    """Years later; the last day of February stays the last day of February."""
    if day.month == 2 and day == last_day(day.year, 2):
        return last_day(day.year + years, 2)
    return add_months(day, 12 * years)


def window_of(rule: Rule, settings: Mapping[str, Any], year: int) -> tuple[dt.date, dt.date]:
    """First and last day of a yearly rule: the organisation's own months or days, else the catalogue's."""
    assert rule.window is not None
    own = settings.get(rule.setting) if rule.setting else None
    if own and all(isinstance(part, int) for part in own):
        return dt.date(year, int(own[0]), 1), last_day(year, int(own[1]))
    first, last = own or rule.window
    return on_day(year, (int(first[0]), int(first[1]))), on_day(year, (int(last[0]), int(last[1])))


def _yearly(rule: Rule, person: Person, frame: Frame) -> Found:
    if rule.id not in frame.yearly:
        years = range(frame.since.year, frame.until.year + 1)
        windows = ((year, *window_of(rule, frame.settings, year)) for year in years)
        frame.yearly[rule.id] = tuple(
            Occasion(f"{year}-{rule.key}", last, first, last) for year, first, last in windows
        )
    yield from frame.yearly[rule.id]


def _leaders(rule: Rule, person: Person, frame: Frame) -> Found:
    if person.is_head or person.userid.casefold() in frame.leads:
        yield from _yearly(rule, person, frame)


_FINDERS: dict[str, Callable[[Rule, Person, Frame], Found]] = {
    "promotion": _promotion,
    "rotation": _rotation,
    "retirement": _retirement,
    "interval": _interval,
    "milestone": _milestone,
    "young": _young,
    "yearly": _yearly,
    "leaders": _leaders,
}


def still_applies(rule: Rule, person: Person, key: str, due_on: dt.date, frame: Frame) -> bool:
    """Whether the roster row, as it is now, still leads to this occurrence."""
    if rule.trigger == "interval":
        months = int(frame.settings.get(rule.setting) or 0)
        return months > 0 and (frame.last_talk is None or add_months(frame.last_talk, months) <= due_on)
    finder = _FINDERS.get(rule.roster or rule.trigger)
    if finder is None:
        return True
    return any(isinstance(found, Occasion) and found.key == key for found in finder(rule, person, frame))
