"""When a notice is to go out, in the words people use. Pure: the present is an argument."""

import datetime as dt
import re

_NUMBERS = {"一": 1, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6, "日": 7, "天": 7, "末": 6}
_DAYS = {"今天": 0, "今日": 0, "今早": 0, "今晚": 0, "明天": 1, "明早": 1, "明晚": 1, "后天": 2, "大后天": 3,
         "昨天": -1, "昨日": -1, "昨晚": -1, "前天": -2}  # fmt: skip
_HOURS = dict(zip("一二两三四五六七八九", (1, 2, 2, 3, 4, 5, 6, 7, 8, 9), strict=True)) | {
    "十": 10, **{f"十{one}": 10 + number for one, number in zip("一二三四五六七八九", range(1, 10), strict=True)},
    "二十": 20, "二十一": 21, "二十二": 22, "二十三": 23,
}  # fmt: skip
_DATE = re.compile(r"(?:(\d{4})[-/.年])?(\d{1,2})[-/.月](\d{1,2})[日号]?")
_DAY_OF_MONTH = re.compile(r"(?<![\d月.-])(\d{1,2})[日号]")
_WEEKDAY = re.compile(r"(下)?(?:个)?(?:周|星期|礼拜)([一二三四五六日天])")
_WORD = re.compile("|".join(sorted(_DAYS, key=len, reverse=True)))
_TIME = re.compile(
    r"(凌晨|早上|上午|中午|下午|傍晚|晚上|早|晚)?\s*(\d{1,2}|二?十[一二三四五六七八九]?|[一二两三四五六七八九])\s*(?:[:：](\d{2})(?::\d{2})?|[点时](?:(\d{1,2})分?|(半))?)"
)
_AFTERNOON = ("下午", "傍晚", "晚上", "晚")
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}T")


def read(text: str, now: dt.datetime) -> dt.datetime | None:
    """The moment that `text` names, in the zone of `now`; None when it names no day or no hour.

    May lie in the past: what to do then is asked, not guessed. A day without year is the next such day.
    """
    plain = text.strip()
    if _ISO.match(plain):
        try:
            moment = dt.datetime.fromisoformat(plain)
        except ValueError:
            return None
        return moment if moment.tzinfo else moment.replace(tzinfo=now.tzinfo)
    date_found = _DATE.search(plain)
    rest = plain.replace(date_found[0], " ", 1) if date_found else plain
    hour = _TIME.search(rest)
    if hour is None:
        return None
    try:
        day = _day(plain, date_found, now)
        part = hour[1] or ("晚" if re.search("[今明昨]晚", plain) else "")
        return dt.datetime.combine(day, _time(part, hour), now.tzinfo)
    except ValueError:
        return None


def _day(text: str, found: re.Match[str] | None, now: dt.datetime) -> dt.date:
    today = now.date()
    if found:
        year, month, day = int(found[1] or today.year), int(found[2]), int(found[3])
        date = dt.date(year, month, day)
        # 3月1日 said in December means next year's; 昨天's date is taken as the past it is.
        return date if found[1] or (today - date).days < 60 else date.replace(year=year + 1)
    if (of_month := _DAY_OF_MONTH.search(text)) and not _WORD.search(text):
        return _next(today, int(of_month[1]))
    if word := _WORD.search(text):
        return today + dt.timedelta(days=_DAYS[word[0]])
    if week := _WEEKDAY.search(text):
        ahead = _NUMBERS[week[2]] - today.isoweekday()
        return today + dt.timedelta(days=ahead + 7 if week[1] else ahead % 7)
    return today


def _next(today: dt.date, day: int) -> dt.date:
    """The next such day of a month; today counts. Raises ValueError where no month has it."""
    if not 1 <= day <= 31:
        raise ValueError(day)
    month = today.replace(day=1)
    while True:
        try:
            if (found := month.replace(day=day)) >= today:
                return found
        except ValueError:
            pass  # this month is shorter
        month = (month + dt.timedelta(days=32)).replace(day=1)


def _time(part: str, found: re.Match[str]) -> dt.time:
    hour = int(found[2]) if found[2].isdigit() else _HOURS[found[2]]
    minute = 30 if found[5] else int(found[3] or found[4] or 0)
    if part in _AFTERNOON and hour < 12:
        hour += 12
    return dt.time(hour, minute)


def shown(moment: dt.datetime) -> str:
    """11月25日（周三）9:00, as the reader of a preview sees it."""
    weekday = "一二三四五六日"[moment.weekday()]
    return f"{moment.year}年{moment.month}月{moment.day}日（周{weekday}）{moment.hour}:{moment.minute:02d}"
