"""The label a paragraph begins with: 第三章, 第十一条, 一、, （一）, 1., 1.2, （1）, ①. Pure; no mere references."""

import re
from dataclasses import dataclass

from knowledge.documents.numerals import NUMERALS, half_width, squeeze, value

PART, CHAPTER, SECTION, ARTICLE, DOT, PAREN, DIGIT, DECIMAL, DIGIT_PAREN, CIRCLE = range(10)
HEADINGS = (PART, CHAPTER, SECTION)

_N = f"[{NUMERALS}\\d\\s]+?"
_C = "[一二三四五六七八九十百]+"
_MARKDOWN = re.compile(r"^(?:#{1,6}\s*)?(?:\*\*|__)?\s*")
# What stands right after a number in a sentence that only refers to it: 第十条规定, （三）项, 第二条第一款.
_REFERENCE = re.compile(
    r"^\s*(?:规定|所[列述称规]|的|至第|到第|、第|和第|及第|或第|与第|或者第|第[一二三四五六七八九十\d]+[款项目]|[款项目](?!目)|中(?:所|规)"
    r"|[，,。；;）)》”】]|之?规定|以[上下外内]|等(?:规定|情形|条)|要求的|情形)"
)
_HEADING = re.compile(rf"^第\s*({_N})\s*(编|篇|部\s*分|章|节)(?![的中])[\s:、.]*")
_ARTICLE = re.compile(rf"^第\s*({_N})\s*条(?:\s*之\s*({_C}))?")
_DOT = re.compile(rf"^({_C})\s*[、.．,，](?![{NUMERALS}]+[、等年])\s*")
_DOT_SPACE = re.compile(rf"^({_C})[\s　]+(?=[一-鿿])")
_PAREN = re.compile(rf"^\(\s*({_C})\s*\)\s*[、.．]?\s*")
_DIGIT = re.compile(r"^(\d{1,3})\s*(?:[.．](?!\d)|[.．](?=(?:19|20)\d\d年)|、(?!\d))\s*")
_DIGIT_SPACE = re.compile(r"^(\d{1,2})[\s　]+(?=[一-鿿])(?![年月日个名人位天项条款万亿元号期届次岁周点时分])")
_DECIMAL = re.compile(
    r"^(\d{1,2}(?:[.．]\d{1,2}){1,3})[.．、]?\s*(?=[一-鿿（(《“])(?!\s*(?:万|亿|元|倍|个|米|公|平方|分|年|月|日|小时|学[时分]|%|％))"
)
_DIGIT_PAREN = re.compile(r"^(?:\(\s*(\d{1,2})\s*\)|(\d{1,2})\s*\))\s*[、.．]?\s*")
_RANGES = ((0x2460, 20, CIRCLE), (0x2474, 20, DIGIT_PAREN), (0x2488, 20, DIGIT), (0x3220, 10, PAREN))
_SHORT = 50


@dataclass(frozen=True)
class Label:
    """A recognised label. number: its value; own: as cited (第十一条, (一), 1, 1.2); length: characters it takes."""

    style: int
    number: int
    own: str
    length: int
    parts: tuple[int, ...] = ()


def read(text: str) -> Label | None:
    """The label at the start of a paragraph, or None."""
    lead = _MARKDOWN.match(text)
    skip = lead.end() if lead else 0
    plain = half_width(text[skip:])
    found = _heading(plain) or _article(plain) or _plain(plain) or _single(plain)
    if found is None:
        return None
    return Label(found.style, found.number, found.own, found.length + skip, found.parts)


def _heading(plain: str) -> Label | None:
    found = _HEADING.match(plain)
    if not found or len(plain) > _SHORT or plain.rstrip().endswith(("。", "；", "，", ";", ",")):
        return None
    kind = squeeze(found[2])
    style = {"章": CHAPTER, "节": SECTION}.get(kind, PART)
    return Label(style, value(found[1]), f"第{squeeze(found[1])}{kind}", found.end())


def _article(plain: str) -> Label | None:
    found = _ARTICLE.match(plain)
    if not found or _REFERENCE.match(plain[found.end() :]):
        return None
    own = f"第{squeeze(found[1])}条" + (f"之{found[2]}" if found[2] else "")
    return Label(ARTICLE, value(found[1]), own, found.end())


def _plain(plain: str) -> Label | None:
    if (found := _PAREN.match(plain)) and not _REFERENCE.match(plain[found.end() :]):
        return Label(PAREN, value(found[1]), f"({found[1]})", found.end())
    if (found := _DIGIT_PAREN.match(plain)) and not _REFERENCE.match(plain[found.end() :]):
        number = found[1] or found[2]
        return Label(DIGIT_PAREN, int(number), f"({int(number)})", found.end())
    if found := _DECIMAL.match(plain):
        numbers = tuple(int(part) for part in re.split("[.．]", found[1]))
        return Label(DECIMAL, numbers[-1], ".".join(map(str, numbers)), found.end(), numbers)
    if (found := _DOT.match(plain)) and found[0].rstrip()[-1] not in ",，":
        return Label(DOT, value(found[1]), found[1], found.end())
    if found := _DIGIT.match(plain):
        return Label(DIGIT, int(found[1]), str(int(found[1])), found.end())
    return _spaced(plain)


def _spaced(plain: str) -> Label | None:
    """`一　总则` and `1 范围`: a number and white space count only before a short heading."""
    if len(plain) > 30 or re.search("[。；，,;]", plain):
        return None
    if found := _DOT_SPACE.match(plain):
        return Label(DOT, value(found[1]), found[1], found.end())
    if found := _DIGIT_SPACE.match(plain):
        return Label(DIGIT, int(found[1]), str(int(found[1])), found.end())
    return None


def _single(plain: str) -> Label | None:
    """Numbers that are one character: ①, ⑴, ⒈, ㈠."""
    for start, count, style in _RANGES:
        number = ord(plain[0]) - start + 1 if plain else 0
        if 1 <= number <= count:
            own = {
                CIRCLE: plain[0],
                DIGIT_PAREN: f"({number})",
                DIGIT: str(number),
                PAREN: f"({'一二三四五六七八九十'[(number - 1) % 10]})",
            }[style]
            rest = re.match(r"\s*", plain[1:])
            return Label(style, number, own, 1 + (rest.end() if rest else 0))
    return None
