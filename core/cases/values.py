"""Words into stored values, field by field: a date is read and shown back, a unit is tidied, a text is kept whole."""

import datetime as dt
import re
from dataclasses import dataclass, replace

from core.cases import guard, prompts
from core.cases.fields import FIELDS
from core.cases.form import LONGEST, Dates, Draft, Field, Kind, Shape, Understood, Value, put
from core.cases.pieces import as_unit, names_unit

_TAG = re.compile(
    r"[，, ]*(?:行不行?|行吗|可以吗|可不可以|可以不|好吗|好不好?|中不?|成不?|方便吗|合适吗|对吗|是吧|吧|好|来着|"
    r"的事|[。！!？?])+$"
)
_YEAR_WORD = re.compile(r"大前年|(?<!以)前年|去年|(?<!\d)20\d\d年|(?<!\d)[12]\d年")
_BARE_MONTH = re.compile(
    r"(?<![\d年个])(?:\d{1,2}|十[一二]?|[一二三四五六七八九])月(?:\d{1,2}[号日]|[初底末]|[上中下]旬|份)?"
)
COARSE = re.compile(r"\d{4}(?:/\d{4})?")
_LONG_UNIT = 16
_ROUGH_LONGEST = 16
_LEADING = re.compile(r"^(?:[嗯哦噢呃额啊]|那个|应该|就?是|大概是|好像是|时间|记得是?|我记得是?|不对)+")
_NO_UNIT = re.compile(r"那会|那时|时候|那阵|的事|了$")


@dataclass(frozen=True)
class Stored:
    """The draft after storing, what to tell the cadre, and whether the field is settled."""

    draft: Draft
    note: str = ""
    settled: bool = True


def store(draft: Draft, name: str, words: str, today: dt.date, dates: Dates, final: bool = False) -> Stored:
    """Put an answer into a field. `final`: a vague date is taken without asking for a better one."""
    item = FIELDS[name]
    words = words.strip()
    if len(words) > LONGEST:
        return Stored(draft, prompts.TOO_LONG.format(count=len(words), most=LONGEST), False)
    if guard.marked_secret(words):
        return Stored(draft, prompts.CLASSIFIED, False)
    if item.shape is Shape.DATE:
        return _date(draft, item, words, today, dates, final)
    if item.shape is Shape.TIME:
        return _time(draft, item, words, today, dates)
    if item.shape is Shape.UNIT:
        return _unit(draft, item, words)
    return _text(draft, item, words)


def _text(draft: Draft, item: Field, words: str) -> Stored:
    """Any words; in a clarification without a guess at who reported (design section 4)."""
    cut = False
    if draft.type is Kind.CLARIFICATION:
        words, cut = guard.without_guess(words)
        if cut and len(words) < 4:
            return Stored(draft, prompts.REPORTER, False)
    return Stored(put(draft, item.name, Value(words, words)), prompts.REPORTER_CUT if cut else "")


def _unit(draft: Draft, item: Field, words: str) -> Stored:
    if not names_unit(words) and (len(words) > _LONG_UNIT or _NO_UNIT.search(words)):
        return Stored(draft, prompts.NOT_A_UNIT, False)
    return Stored(put(draft, item.name, Value(as_unit(words), words)))


def _date(draft: Draft, item: Field, words: str, today: dt.date, dates: Dates, final: bool) -> Stored:
    found = read_date(words, today, dates)
    if found is None:
        return Stored(draft, prompts.NOT_A_DATE, False)
    value = _days(found.value)
    start = value.split("/")[0]
    if found.future or start > today.isoformat()[: len(start)]:
        return Stored(draft, prompts.FUTURE.format(date=prompts.show_date(value)), False)
    rough = found.vague or COARSE.fullmatch(value)
    changed = put(draft, item.name, Value(value, _said(words, found.text) if rough else found.text))
    date = prompts.show_date(value)
    if rough and not final and item.name not in draft.again:
        changed = replace(changed, again=draft.again | {item.name})
        return Stored(changed, prompts.VAGUE.format(words=changed.fields[item.name].text, date=date), False)
    note = prompts.shown_back(item, changed.fields[item.name]) if found.text != date else ""
    return Stored(changed, note)


def _time(draft: Draft, item: Field, words: str, today: dt.date, dates: Dates) -> Stored:
    """A time to come; what is no date (随时都可以) is kept as words without a value."""
    bare = _TAG.sub("", words)
    found = dates.parse(bare, today, True) or dates.find(bare, today, True)
    if found is None:
        return Stored(put(draft, item.name, Value("", words)))
    end = found.value.split("/")[-1][:10]
    if end < today.isoformat()[: len(end)]:
        return Stored(draft, prompts.PAST.format(date=prompts.show_date(found.value)), False)
    value = Value(found.value, found.text)
    return Stored(put(draft, item.name, value), prompts.shown_back(item, value))


def read_date(words: str, today: dt.date, dates: Dates) -> Understood | None:
    """A date that is the whole answer, else the one inside it, in the year that was named apart from it."""
    if whole := dates.parse(_TAG.sub("", words), today, False):
        return whole
    found = dates.find(words, today)
    if found and not (COARSE.fullmatch(found.value) or _BARE_MONTH.fullmatch(found.text)):
        return found
    years, months = _YEAR_WORD.findall(words), _BARE_MONTH.findall(words)
    if found and len(years) == len(months) == 1 and f"{years[0]}{months[0]}" not in words:  # 去年的事，大概11月
        joined = dates.parse(f"{years[0]}{months[0]}", today)
        span = sorted((words.index(years[0]), words.index(months[0])))
        text = words[span[0] : span[1] + max(len(years[0]), len(months[0]))].rstrip(" 。，,")
        return _Joined(joined.value, text, joined.vague, joined.future) if joined else found
    return found


def _said(words: str, date: str) -> str:
    """The cadre's own words for a date that stays rough: 今年开学那会儿, not 今年 alone."""
    part = next((one.strip() for one in re.split(r"[，,。；;！!？?\n]", words) if date in one), date)
    part = _TAG.sub("", _LEADING.sub("", part))
    return part if date in part and len(part) <= _ROUGH_LONGEST else date


@dataclass(frozen=True)
class _Joined:
    """A date put together from a year and a month said apart."""

    value: str
    text: str
    vague: bool
    future: bool


def clear_date(words: str, today: dt.date, dates: Dates) -> Understood | None:
    """A date inside a sentence that is good enough not to ask for it: past, and a month or closer."""
    found = dates.find(words, today)
    if found is None or found.vague or found.future or COARSE.fullmatch(found.value):
        return None
    start = _days(found.value).split("/")[0]
    return found if start <= today.isoformat()[: len(start)] else None


def _days(value: str) -> str:
    """A value without times of the day: the form asks for the day something happened."""
    start, _, end = value.partition("/")
    first, last = start[:10], end[:10]
    return f"{first}/{last}" if last and last != first else first
