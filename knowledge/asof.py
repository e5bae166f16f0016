"""Which day a question is about: 2019年那会儿怎么规定的, 去年的规定, 以前是怎么规定的. Pure."""

import calendar
import datetime as dt
import re
from dataclasses import dataclass

_RULE = r"(?:规定|政策|文件|办法|制度|版本|条款|标准|说法|要求|意见)"
_THEN = r"(?:那会儿|那会|那时候?|那阵子?|当时|的时候|时期|那年)"
_HOW = r"(?:是?(?:怎么|咋|如何)(?:规定|定|说|写|要求|办|算)|(?:执行|适用|用)的?是?(?:什么|哪))"
# Up to ten characters of what is asked may stand between, but nobody's career: 2017年提任的干部怎么规定 asks about now.
_WHAT = rf"(?=[^，,。？?提任调到入满做干过了]{{1,10}}(?:是?(?:怎么|咋|如何)(?:规定|说|写)|的?{_RULE}(?:$|[是有？?])))"
_WHEN = (
    r"(?:(?P<year>(?:19|20)\d\d)年(?:(?P<month>\d{1,2})月)?|(?P<near>去年|(?<![以之先从提])前年|大前年)|"
    r"(?P<ago>[一二两三四五六七八九十]|\d{1,2})年前)"
)
_PAST = re.compile(rf"{_WHEN}(?:{_THEN}的?|的?(?={_RULE})|(?={_HOW})|{_WHAT})")
_BEFORE = re.compile(
    rf"(?:以前|之前|过去|从前|原来|原先|先前|早先)(?:的?(?={_RULE})|(?={_HOW})|{_WHAT})|"
    rf"(?<![照按依用跟循守])(?:老|旧)(?:的)?(?={_RULE}(?:里|上|是|有|怎么|咋|如何|$|[？?，,]))|(?:老|旧|上一)版(?:本)?的?"
)
_YEARS = {"去年": 1, "前年": 2, "大前年": 3}
_NUMBERS = {sign: number for number, sign in enumerate("一二三四五六七八九十", start=1)} | {"两": 2}
_FILLER = re.compile(rf"{_HOW}|{_RULE}|[的了呢吗啊是那会儿时候?？。，, ]|有没有|一样")


@dataclass(frozen=True)
class Past:
    """A question about an earlier day. `on`: ISO date, None for the version before the present one.

    `text`: the question without the time. `said`: the words that name the time. `alone`: nothing else was asked.
    """

    on: str | None
    text: str
    said: str
    alone: bool


def parse(text: str, today: dt.date) -> Past | None:
    """What earlier day a question asks about; None when it asks about now."""
    found = _PAST.search(text)
    if found:
        day = _day(found, today)
        return _past(text, found, min(day, today).isoformat()) if day else None
    found = _BEFORE.search(text)
    return _past(text, found, None) if found else None


def _past(text: str, found: re.Match[str], on: str | None) -> Past:
    rest = text[: found.start()] + text[found.end() :]
    return Past(on, rest, found[0].removesuffix("的"), not _FILLER.sub("", rest))


def _day(found: re.Match[str], today: dt.date) -> dt.date | None:
    """The last day of what was named: the rule that came to hold within it is the one that is remembered."""
    if found["near"]:
        return dt.date(today.year - _YEARS[found["near"]], 12, 31)
    if found["ago"]:
        years = _NUMBERS.get(found["ago"]) or int(found["ago"])
        return dt.date(today.year - years, today.month, min(today.day, 28))
    year, month = int(found["year"]), int(found["month"] or 12)
    if not 1 <= month <= 12:
        return None
    return dt.date(year, month, calendar.monthrange(year, month)[1])
