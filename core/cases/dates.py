"""What people call a date, read against a given day: 去年6月, 上个月5号, 3月到5月, 下周二下午.

The own grammar goes first; jionlp (imported here alone) knows the lunar festivals and what is left over.
Nothing is made more precise than it was said (去年6月 stays a month), and a day that does not exist is no date.
"""

import contextlib
import datetime as dt
import io
import re
import threading
import time
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from core.cases.date_spans import (
    Reader,
    Span,
    day_of_week,
    iso,
    minutes_of,
    shift,
)
from core.cases.date_words import (
    BLOCKED,
    CLAUSE,
    CLOCK,
    CUE,
    DATE,
    DENIED,
    FESTIVAL_START,
    FOR_JIONLP,
    JOIN,
    LEAD,
    LOOSE_END,
    LUNAR,
    NOT_A_DATE,
    PAIR,
    REWRITES,
    ROUGHLY,
    SUFFIX,
    TAIL,
    WEEKDAY,
    YEARS,
    numeral,
)

_DAY = dt.timedelta(days=1)
_LOCK = threading.Lock()  # jionlp keeps the parse under way on the parser itself


@dataclass(frozen=True)
class Understood:
    """A date as said. `value` is ISO: day, month, year, `first/last`, or (talks) minutes `…T13:00/…T18:00`."""

    value: str
    text: str  # the words as written
    vague: bool = False  # 去年底, 前后, 大概: the value only frames what was said
    future: bool = False  # it (of a range, its last part) begins after today


@dataclass(frozen=True)
class _Hit:
    start: int
    end: int
    span: Span | None  # None: looks like a date and is none (2月30日, 腊月)
    minutes: tuple[int, int] | None
    rank: int  # among several in a sentence: 0 今天 or 今年 alone, 1 any other, 2 after 时间是, 应该是


def parse(text: str, today: dt.date, future: bool = False) -> Understood | None:
    """`text` as one date and nothing else; None when it is not understood.

    A date without its year is the latest past one, with `future` (preferred times of talks) the next one; only
    with `future` a half-day or hour is kept (an hour said alone is taken as that hour long).
    """
    plain, places = _plain(text)
    hits = [*_hits(plain, today, future)]
    if len(hits) != 1 or not TAIL.fullmatch(plain, hits[0].end):
        hits = [*_festivals(plain, today, future)]
    if not hits or not LEAD.fullmatch(plain, 0, hits[0].start) or not TAIL.fullmatch(plain, hits[0].end):
        return None
    return _understood(hits[0], text, plain, places, today, future)


def find(text: str, today: dt.date, future: bool = False) -> Understood | None:
    """The date a sentence speaks of, with its words; what is corrected to wins over what comes first."""
    plain, places = _plain(text)
    hits = [hit for hit in _hits(plain, today, future, strict=True) if hit.span]
    hits = [hit for hit in hits if not DENIED.search(_before(plain, hit.start))]
    if not hits:
        return None
    return _understood(max(hits, key=lambda hit: hit.rank), text, plain, places, today, future)


def _plain(text: str) -> tuple[str, list[int]]:
    """`text` in half-width, without spaces beside Chinese, units repeated; and where each character was."""
    wide = [unicodedata.normalize("NFKC", char) for char in text]
    chars = [(new if len(new) == 1 else old) for old, new in zip(text, wide, strict=True)]
    places = [at for at, char in enumerate(chars) if not (char.isspace() and _beside_chinese(chars, at))]
    plain = "".join(chars[at] for at in places)
    for pattern, unit in ((PAIR, ""), *REWRITES):
        for found in reversed(list(pattern.finditer(plain))):
            extra = unit or found["unit"]
            if pattern is PAIR:
                if numeral(found["b"]) != numeral(found["a"]) + 1:
                    continue
                extra += "、"
            end = found.end("a")
            plain = plain[:end] + extra + plain[end:]
            places[end:end] = [places[end - 1]] * len(extra)
    return plain, places


def _beside_chinese(chars: list[str], at: int) -> bool:
    return any("一" <= char <= "鿿" for char in chars[max(at - 1, 0) : at + 2])


def _hits(plain: str, today: dt.date, future: bool, strict: bool = False) -> Iterator[_Hit]:
    at = 0
    while found := DATE.search(plain, at):
        at = found.end()
        blocked = BLOCKED.match(plain, at)
        if blocked or NOT_A_DATE.search(_before(plain, found.start())):
            at = blocked.end() if blocked else at
            yield _Hit(found.start(), at, None, None, 0)
        elif not (strict and _risky(found, plain, future)):
            hit = _hit(found, plain, today, future)
            at = hit.end
            yield hit


def _before(plain: str, at: int) -> str:
    """The words just before `at`: enough for every pattern, and short however long the text is."""
    return plain[max(at - 16, 0) : at]


def _hit(m: re.Match[str], plain: str, today: dt.date, future: bool) -> _Hit:
    span, end = _expression(m, plain, today, future)
    before = _before(plain, m.start())
    rough = ROUGHLY.search(before)
    if rough and future and rough["about"]:  # 约下周二: to meet, not about
        rough = None
    span, end = _qualified(span, plain, end, today)
    minutes = None
    clock = CLOCK.match(plain, end)
    if clock and (clock["half"] or clock["h"]) and span and (future or span.first == span.last):
        end, minutes = clock.end(), minutes_of(clock)
        span = replace(span, vague=span.vague or bool(future and clock["around"]))
    if rough and span:
        span = replace(span, vague=True)
    cue = before[: rough.start()] if rough else before
    rank = 2 if CUE.search(cue) else int(m[0] not in ("今天", "今日", "今年"))
    return _Hit(m.start() - (len(before) - len(cue)), end, span, minutes, rank)


def _qualified(span: Span | None, plain: str, end: int, today: dt.date) -> tuple[Span | None, int]:
    """The date with what follows it: its weekday (doubtful when that is wrong), 前后, 某天, 至今."""
    if span is None:
        return None, end
    weekday = WEEKDAY.match(plain, end)
    if weekday and span.first == span.last:
        end = weekday.end()
        wrong = day_of_week(span.first - span.first.weekday() * _DAY, weekday[1]).first != span.first
        span = replace(span, vague=span.vague or wrong)
    suffix = SUFFIX.match(plain, end)
    if suffix and suffix["open"]:
        span = replace(span, last=today, ranged=True)
    elif suffix and suffix["vague"]:
        span = replace(span, vague=True)
    return (span if span.first <= span.last else None), (suffix.end() if suffix else end)


def _expression(m: re.Match[str], plain: str, today: dt.date, future: bool) -> tuple[Span | None, int]:
    """The date at `m`, or the range it begins, and where that ends."""
    usual = Reader(today, today, future, _festival)
    join = JOIN.match(plain, m.end())
    other = DATE.match(plain, join.end()) if join else None
    if not join or not other:
        return usual.read(m), m.end()
    first, last = _ends(m, other, usual)
    listed = join["word"] in ("、", "或", "或者", "和")
    if listed and not (first and last and last.first == first.last + _DAY):
        return usual.read(m), m.end()
    if not first or not last or last.last < first.first:
        return None, other.end()
    return Span(first.first, last.last, first.vague or last.vague or listed, True, last.first), other.end()


def _ends(m: re.Match[str], other: re.Match[str], usual: Reader) -> tuple[Span | None, Span | None]:
    """Both ends of a range: the one that is fixed, or names more, settles the other."""
    if _floats(m) and not (usual.forward or other["dom"] or other["wday"]):
        last = usual.read(other)
        return last and replace(usual, near=last.last, forward=False).read(m), last
    first = usual.read(m)
    onward = replace(usual, near=first.first, forward=True) if first and _floats(other) else usual
    return first, onward.read(other)


def _floats(m: re.Match[str]) -> bool:
    fixed = ("sem", "term", "digits", "y", "rel", "ago", "week", "year", "only")
    return not any(m[group] for group in fixed) and shift(m["month"] or m["part"]) is None


def _risky(m: re.Match[str], plain: str, future: bool) -> bool:
    """Whether in a sentence this may well be something else: 3.5万, 5号楼, 〔2017〕44号, 周一鸣, 25年, 李国庆."""
    before, ends = _before(plain, m.start()), LOOSE_END.match(plain, m.end())
    if m["md"]:
        return "-" in m["md"] or not (CLAUSE.search(before) and ends)
    if m["digits"] or m["y"]:
        return len(m["digits"] or "") == 6 or (len(m["y"] or "") == 2 and not (CLAUSE.search(before) and ends))
    if m["dom"]:
        start = (CLAUSE if m[0].endswith("日") else FESTIVAL_START).search(before)
        return before.endswith(tuple("〕]】)）")) or not (start and ends)
    if m["wday"] and m[0].startswith("周"):
        return not ends
    bare = not m["year"] and "节" not in m[0]
    if bare and m["part"] in ("开学", "开春", "过完年"):
        return True
    if bare and m["part"] in ("国庆", "清明", "十一", "五一", "六一", "三八"):
        return not FESTIVAL_START.search(before)
    return bool((m["only"] and len(m["only"]) == 3 and m["only"] not in YEARS) or (m["way"] == "后" and not future))


def _understood(hit: _Hit, text: str, plain: str, places: list[int], today: dt.date, future: bool) -> Understood | None:
    if hit.span is None:
        return None
    words = text[places[hit.start] : places[hit.end - 1] + 1].strip()
    span, minutes = hit.span, hit.minutes
    value = iso(span)
    if future and minutes and span.first == span.last:
        value = "/".join(f"{span.first}T{at // 60:02d}:{at % 60:02d}" for at in minutes)
    return Understood(value, words, span.vague, max(span.first, span.ahead) > today)


@cache
def _festival(year: int, name: str) -> Span | None:
    asked, later, days = LUNAR[name]
    found = _ask(f"{year}年{asked}", dt.date(year, 1, 1))
    if found is None:
        return None
    first = found.first + later * _DAY
    return Span(first, first + (days - 1) * _DAY, vague=days > 1)


def _festivals(plain: str, today: dt.date, future: bool) -> Iterator[_Hit]:
    """What the own grammar has no word for, 母亲节 or 去年冬至: the latest past one unless `future`.

    jionlp gets nothing else: it also gives 当年, 次日 and 前两年 a date.
    """
    found = FOR_JIONLP.match(plain, _lead_end(plain))
    if found is None:
        return
    span = _ask(found[0], today)
    if span and span.first > today and not future:
        span = _ask(f"{today.year - 1}年{found[0]}", today)
    rough = ROUGHLY.search(_before(plain, found.start()))
    yield _Hit(found.start(), found.end(), replace(span, vague=True) if span and rough else span, None, 1)


def _lead_end(plain: str) -> int:
    lead = LEAD.match(plain)
    return lead.end() if lead else 0


@cache
def _jionlp() -> Any:
    with contextlib.redirect_stdout(io.StringIO()):  # it greets on stdout when imported
        import jionlp
    return jionlp.parse_time


def _ask(words: str, today: dt.date) -> Span | None:
    """What jionlp makes of `words`, whole days only; its ValueError, TypeError (两三年前): not understood."""
    noon = time.mktime(dt.datetime.combine(today, dt.time(12)).timetuple())
    try:
        with _LOCK:
            found = _jionlp()(words, time_base=noon)
        if found["type"] not in ("time_point", "time_span"):
            return None
        first, last = (dt.datetime.fromisoformat(at) for at in found["time"])
    except (ValueError, TypeError):
        return None
    if first.time() != dt.time(0) or last.time() != dt.time(23, 59, 59):
        return None
    return Span(first.date(), last.date(), found["definition"] == "blur")
