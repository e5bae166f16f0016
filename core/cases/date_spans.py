"""Matches of the date grammar as spans of days: the calendar's part of `core.cases.dates`, standard library only."""

import calendar
import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from core.cases.date_words import (
    DAYS,
    HALVES,
    LUNAR,
    PARTS,
    numeral,
    year_number,
)

_DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Span:
    """Days from first to last; `vague` when they only frame what was said."""

    first: dt.date
    last: dt.date
    vague: bool = False
    ranged: bool = False  # said as a range, so never shortened to a month or a year
    ahead: dt.date = dt.date.min  # of a range, where its last part begins


@dataclass(frozen=True)
class Reader:
    """Reads one match; what lacks its year, month or week is the one nearest to `near`, looking back or `forward`."""

    today: dt.date
    near: dt.date
    forward: bool
    festival: Callable[[int, str], "Span | None"]  # a lunar one, by year and name

    def nearest(self, build: Callable[[int], Span | None], at: int, reach: int) -> Span | None:
        """The first of build(at), build(at ∓ 1) … that lies on the right side of `near`."""
        steps = range(at - 1, at + reach) if self.forward else range(at, at - reach, -1)
        for span in map(build, steps):
            if span and (span.last >= self.near if self.forward else span.first <= self.near):
                return span
        return None

    def read(self, m: re.Match[str]) -> Span | None:
        """What a match of the grammar means; None when there is no such date."""
        if m["sem"]:
            return _semester(self.today, last="上" in m["sem"])
        if m["term"]:
            return _term(int(m["term"]), m["half"])
        if m["digits"]:
            return _ymd(m["digits"][:4], m["digits"][4:6], m["digits"][6:])
        if m["y"]:
            year = year_number(m["y"], self.today.year)
            return _ymd(str(year), m["m"], m["d"]) if year else None
        if m["rel"]:
            days = DAYS.get(m["rel"], DAYS.get(m["rel"][0]))
            return None if days is None else _one(self.today + days * _DAY)
        if m["ago"]:
            return self._ago(m)
        if m["week"] or m["wday"]:
            return self._week(m["week"], m["of"] or m["wday"])
        return self._calendar(m)

    def _ago(self, m: re.Match[str]) -> Span | None:
        sign = -1 if m["way"] == "前" else 1
        half = m["ago"] == "半"
        count = 0 if half else numeral(m["ago"])
        if m["unit"] in ("天", "日") and m["more"]:  # 十几天前
            ends = sorted(self.today + sign * (count + more) * _DAY for more in (1, 9))
            return Span(ends[0], ends[1], vague=True)
        if m["unit"] in ("天", "日"):
            return None if half else _one(self.today + sign * count * _DAY)
        if m["more"]:
            return None
        if m["unit"].endswith(("周", "星期", "礼拜")):
            week = self._week("", "", sign * count)
            return replace(week, vague=True) if week and not half else None
        if m["unit"] == "年" and not half and m["plus"] != "半":
            return _year(self.today.year + sign * count, vague=True)
        months = (count * 12 + 6 * (half or m["plus"] == "半")) if m["unit"] == "年" else count
        extra = 15 * _DAY if m["unit"] != "年" and (half or m["unit"] == "个半月") else 0 * _DAY
        moved = self.today + sign * extra
        return _month(moved.year * 12 + moved.month - 1 + sign * months, vague=True)

    def _week(self, said: str | None, day: str | None, weeks: int = 0) -> Span | None:
        monday = self.today - self.today.weekday() * _DAY
        if said is not None:
            monday += 7 * _DAY * (weeks + said.count("下") - said.count("上"))
            return day_of_week(monday, day) if day else Span(monday, monday + 6 * _DAY)
        monday = self.near - self.near.weekday() * _DAY
        return self.nearest(lambda step: day_of_week(monday + 7 * step * _DAY, day or ""), 0, 3)

    def _calendar(self, m: re.Match[str]) -> Span | None:
        word = (m["year"] or m["only"] or "").rstrip("的度")
        year = year_number(word, self.today.year) if word else None
        if word and year is None:
            return None
        if year is not None and m["only"]:
            return _year(year)
        here = self.today.year * 12 + self.today.month - 1
        if m["mbare"] or m["dom"]:
            return self._in_some_month(m) if year is None else None
        moved = shift(m["month"] or m["part"])
        if moved is not None and m["month"]:
            return _in_month(here + moved, m) if year is None else None
        if moved is not None:
            return _quarter(self.today, moved) if year is None else None
        return self._in_year(m, year)

    def _in_some_month(self, m: re.Match[str]) -> Span | None:
        def build(at: int) -> Span | None:
            return _month(at, m["mbare"][1]) if m["mbare"] else _day(at // 12, at % 12 + 1, numeral(m["dom"]))

        return self.nearest(build, self.near.year * 12 + self.near.month - 1, 4)

    def _in_year(self, m: re.Match[str], year: int | None) -> Span | None:
        def build(at: int) -> Span | None:
            if m["md"]:
                month, day = map(int, re.split(r"\D", m["md"]))
                return _day(at, month, day) if day > 12 or "-" not in m["md"] else None  # 3-5: March to May, or a day
            if m["part"]:
                if m["part"] in LUNAR:
                    return self.festival(at, m["part"])
                return _part(at, m["part"])
            month = numeral(m["month"].rstrip("月"))
            return _in_month(at * 12 + month - 1, m) if 1 <= month <= 12 else None

        return build(year) if year is not None else self.nearest(build, self.near.year, 9)


def iso(span: Span) -> str:
    """A day, month, year or `first/last`, whichever says just this."""
    if span.first == span.last:
        return span.first.isoformat()
    if not span.ranged and span == replace(span, first=span.first.replace(day=1)) and (span.last + _DAY).day == 1:
        if (span.first.year, span.first.month) == (span.last.year, span.last.month):
            return f"{span.first:%Y-%m}"
        if span.first.month == 1 and span.last.month == 12 and span.first.year == span.last.year:
            return f"{span.first:%Y}"
    return f"{span.first}/{span.last}"


def minutes_of(m: re.Match[str]) -> tuple[int, int]:
    """From and to in minutes of the day. An hour without its half-day is taken within working hours."""
    half = m["half"] or ""
    first, last = HALVES.get(half) or HALVES.get(half[:1], (0, 0))
    if m["h"]:
        first = _clock_time(m["h"], m["min"], half)
        later = _clock_time(m["h2"], m["min2"], half if first < 720 or half else "下午") if m["h2"] else first + 60
        later += 720 if later <= first else 0  # 上午11点到1点
        last = max(last, later) if m["later"] and not m["h2"] else later
    return first, min(last, 1439)


def _clock_time(hour: str, minute: str | None, half: str) -> int:
    number = numeral(hour)
    late = half in ("下午", "午后", "傍晚") or half.startswith("晚") or (half == "中午" and number < 3)
    number += 12 if (late or (not half and number < 7)) and number < 12 else 0
    return number * 60 + ({"半": 30, "一刻": 15, "三刻": 45}.get(minute) or numeral(minute) if minute else 0)


def shift(word: str | None) -> int | None:
    """Months or quarters from now of 上上个月, 本季度; None for a number."""
    if not word or not re.match(r"[上下]+一?个?[月季]|[本这]", word):
        return None
    return word.count("下") - word.count("上")


def _one(day: dt.date) -> Span:
    return Span(day, day)


def _day(year: int, month: int, day: int) -> Span | None:
    try:
        return _one(dt.date(year, month, day))
    except ValueError:  # 2月30日
        return None


def _ymd(year: str, month: str, day: str | None) -> Span | None:
    if day:
        return _day(int(year), int(month), int(day))
    return _month(int(year) * 12 + int(month) - 1) if 1 <= int(month) <= 12 else None


def day_of_week(monday: dt.date, day: str) -> Span:
    """A day (一 … 日, 1 … 7) or the weekend (末) of the week that begins on `monday`."""
    if day == "末":
        return Span(monday + 5 * _DAY, monday + 6 * _DAY)
    return _one(monday + ((7 if day in "日天" else numeral(day)) - 1) * _DAY)


def _year(year: int, vague: bool = False) -> Span:
    return Span(dt.date(year, 1, 1), dt.date(year, 12, 31), vague)


def _month(at: int, part: str = "", vague: bool = False) -> Span:
    """Month `at` (year x 12 + month - 1), or its 初, 上旬 (to the 10th), 中, 中旬, 底, 末, 下旬 (from the 21st)."""
    year, month = at // 12, at % 12 + 1
    end = calendar.monthrange(year, month)[1]
    first, last = {"初": (1, 10), "上": (1, 10), "中": (11, 20)}.get(part[:1], (21 if part else 1, end))
    return Span(dt.date(year, month, first), dt.date(year, month, last), vague or part in tuple("初中底末"))


def _in_month(at: int, m: re.Match[str]) -> Span | None:
    if m["day"]:
        return _day(at // 12, at % 12 + 1, numeral(m["day"]))
    return _month(at, m["mpart"] or "")


def _quarter(today: dt.date, moved: int) -> Span:
    at = today.year * 4 + (today.month - 1) // 3 + moved
    return Span(_month(at * 3).first, _month(at * 3 + 2).last)


def _term(year: int, half: str | None) -> Span:
    """A school year; its terms have no date of their own here, so they stay vague."""
    if half is None:
        return Span(dt.date(year, 9, 1), dt.date(year + 1, 8, 31))
    first = year * 12 + 8 if half in "一1" else year * 12 + 13
    return Span(_month(first).first, _month(first + (4 if half in "一1" else 5)).last, vague=True)


def _semester(today: dt.date, last: bool) -> Span:
    """This or the last half of the school year: about September to January, February to July; hence vague."""
    at = today.year * 12 + today.month - 1
    autumn = not 2 <= today.month <= 8
    first = (today.year - (today.month == 1)) * 12 + 8 if autumn else today.year * 12 + 1
    if last:
        first -= 7 if autumn else 5
        autumn = not autumn
    end = min(first + (4 if autumn else 5), at) if not last else first + (4 if autumn else 5)
    return Span(_month(first).first, min(_month(end).last, today), vague=True)


def _part(year: int, part: str) -> Span | None:
    if "季度" in part:
        at = year * 12 + 3 * (numeral(part.lstrip("第")[0]) - 1)
        return Span(_month(at).first, _month(at + 2).last)
    name = part if part in PARTS else part.lstrip("年")[0]
    month, day, last, last_day, vague = PARTS[name]
    end = _month(year * 12 + last - 1).last
    return Span(dt.date(year, month, day), end.replace(day=last_day) if last_day else end, vague)
