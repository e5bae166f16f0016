"""A second answer about a date: a better one within the vague one given first, another one, or 记不清."""

import datetime as dt
import re

from core.cases.form import Dates, Value
from core.cases.values import read_date

FORGOTTEN = re.compile(
    r"记不[清得准起]|不记得|想不起|忘了|说不[准好清]|不清楚|不知道|就(?:这样|这些|知道|记得|是)|只(?:记得|知道)|"
    r"没有?了|差不多|大概就"
)
SAYS_YEAR = re.compile(
    r"(?:19|20)\d\d|[〇零一二三四五六七八九]{4}年|\d\d年|去年|前年|今年|上年|上个?月|这个?月|本月|周|星期|礼拜|"
    r"[前昨今]天"
)
_MONTH = re.compile(r"(?:\d{1,2}|[一二三四五六七八九十]{1,2})月(?:份|初|底|中旬|上旬|下旬|\d{1,2}[号日])?")


def says_year(words: str, today: dt.date, dates: Dates) -> bool:
    """Whether the words hold a date with a year of its own, so that it may lie outside what was said first."""
    return bool(SAYS_YEAR.search(words)) and not FORGOTTEN.search(words) and read_date(words, today, dates) is not None


def within(tentative: Value, words: str, today: dt.date, dates: Dates) -> str | None:
    """七月份 after 去年暑假 is meant within it: the words with the year that was said before."""
    start, _, end = tentative.value.partition("/")
    for part in (words, *_MONTH.findall(words)):
        found = dates.find(f"{start[:4]}年{part}", today)
        if (
            found
            and len(found.value) > 4
            and found.value != tentative.value
            and inside(found.value, start, end or start)
        ):
            return found.text
    return None


def inside(value: str, start: str, end: str) -> bool:
    """Whether an ISO date or range lies between two others, compared as far as both are precise."""
    first, _, last = value.partition("/")
    last = last or first
    near, far = min(len(first), len(start)), min(len(last), len(end))
    return start[:near] <= first[:near] and last[:far] <= end[:far]
