"""Chinese numerals, dates and document numbers as documents write them, stray spaces included. Pure."""

import re
from datetime import date

NUMERALS = "〇零○Ｏ一二三四五六七八九十百两廿"
_VALUES = ("〇零○ＯOo", "一元", "二两", "三", "四", "五", "六", "七", "八", "九")
_DIGITS = {char: value for value, chars in enumerate(_VALUES) for char in chars}
_FULL_WIDTH = str.maketrans("０１２３４５６７８９．（）：", "0123456789.():")
_YEAR = r"(?:[12]\s*\d\s*\d\s*\d|[一二][〇零○ＯOo一二三四五六七八九]{3})"
_COUNT = r"(?:\d\s*\d?|[〇零○元一二三四五六七八九十廿]{1,3})"
DATE = re.compile(rf"({_YEAR})\s*年\s*({_COUNT})\s*月\s*({_COUNT})\s*日")
_DOTTED = re.compile(r"(?<!\d)([12]\d{3})\s*[-./]\s*(\d{1,2})\s*[-./]\s*(\d{1,2})(?!\d)")
_NUMBER = re.compile(
    r"([一-鿿A-Za-z×][一-鿿A-Za-z×（）()\s]{0,24}?)\s*[〔\[（(【﹝［]\s*((?:19|20)\s*\d\s*\d)\s*[〕\])）】﹞］]\s*"
    r"(?:第\s*)?([A-Za-z]?\s*\d(?:\s*\d)*)\s*([号期])"
)
_ORDER = re.compile(r"^([一-鿿]{2,20}令)\s*(?:\(\s*)?第?\s*(\d(?:\s*\d)*|[〇零一二三四五六七八九十百]+)\s*号\)?$")


def half_width(text: str) -> str:
    """Full-width digits, dot, colon and brackets as half-width ones; the length stays."""
    return text.translate(_FULL_WIDTH)


def squeeze(text: str) -> str:
    """Without any white space: two texts are the same document when these agree."""
    return "".join(text.replace("\ufeff", "").split())


def value(numeral: str) -> int:
    """The number a numeral stands for (十一, 一百二十, 二〇, 12); raises ValueError for anything else."""
    plain = squeeze(half_width(numeral)).replace("廿", "二十")
    if plain.isdecimal():
        return int(plain)
    if not plain or any(char not in NUMERALS for char in plain):
        raise ValueError(plain)
    if "十" not in plain and "百" not in plain:
        return int("".join(str(_DIGITS[char]) for char in plain))
    total, pending = 0, 0
    for char in plain:
        if char in "十百":
            total += (pending or 1) * (10 if char == "十" else 100)
            pending = 0
        else:
            pending = _DIGITS[char]
    return total + pending


def iso_date(text: str) -> str | None:
    """The last date in the text as YYYY-MM-DD, also of 二〇二二年十一月三日; None when there is none or it can't be."""
    plain = half_width(text)
    found = [(match.start(), match.groups()) for match in (*DATE.finditer(plain), *_DOTTED.finditer(plain))]
    for _, (year, month, day) in sorted(found, reverse=True):
        try:
            return date(value(year), value(month.replace("元", "一")), value(day)).isoformat()
        except ValueError:
            continue
    return None


def is_date(text: str) -> bool:
    """Whether the paragraph is nothing but a date (a bracket or 印发 aside)."""
    plain = squeeze(half_width(text)).strip("()[]*#")
    rest = DATE.sub("", plain)
    rest = _DOTTED.sub("", rest)
    return rest == "" and iso_date(plain) is not None


def document_number(text: str) -> str | None:
    """The document number in a line as it is cited, e.g. 院党字〔2020〕131号, or 教育部令第41号; None without one."""
    plain = half_width(text.strip().strip("#* "))
    order = _ORDER.match(squeeze(plain))
    if order:
        return f"{order[1]}第{order[2]}号"
    found = _NUMBER.search(plain)
    if not found:
        return None
    sign = re.sub(r"^.*?(?:发文字号|发文文号|文件编号|文号|字号|编号)", "", squeeze(found[1]))
    return f"{sign}〔{squeeze(found[2])}〕{squeeze(found[3])}{found[4]}"
