"""Working days and the hours in which pushes go out. The only importer of chinese_calendar.

Past the calendar's last known year a working day is Monday to Friday, and `last_known_year` lets `doctor` say so.
"""

import datetime as dt
from collections.abc import Mapping
from typing import Any

import chinese_calendar

from core.clock import SHANGHAI

HOURS = (9, 18)
"""Pushes go out from the first hour up to, not including, the second (setting `push_hours` of an organisation)."""


def last_known_year() -> int:
    """The last year whose holidays and make-up working days the installed calendar knows."""
    return max(int(day.year) for day in chinese_calendar.constants.holidays)


def is_workday(day: dt.date) -> bool:
    """Whether the day is worked on, with holidays and make-up days where they are known."""
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        return day.weekday() < 5


def next_workday(day: dt.date) -> dt.date:
    """The day itself or the next one that is worked on."""
    while not is_workday(day):
        day += dt.timedelta(days=1)
    return day


def hours(settings: Mapping[str, Any]) -> tuple[int, int]:
    """The hours in which an organisation's people may be written to."""
    first, last = settings.get("push_hours") or HOURS
    return int(first), int(last)


def opens(day: dt.date, settings: Mapping[str, Any]) -> dt.datetime:
    """The instant from which a push of that day may go out: the first set hour of the next working day."""
    return dt.datetime.combine(next_workday(day), dt.time(hours(settings)[0]), SHANGHAI)


def is_open(now: dt.datetime, settings: Mapping[str, Any]) -> bool:
    """Whether pushes may go out now."""
    local = now.astimezone(SHANGHAI)
    first, last = hours(settings)
    return is_workday(local.date()) and first <= local.hour < last


def next_opening(now: dt.datetime, settings: Mapping[str, Any]) -> dt.datetime:
    """`now` when pushes may go out, else the next moment when they may."""
    if is_open(now, settings):
        return now
    local = now.astimezone(SHANGHAI)
    today = opens(local.date(), settings)
    return today if today > now else opens(local.date() + dt.timedelta(days=1), settings)
