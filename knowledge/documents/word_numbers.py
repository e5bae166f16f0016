"""Word's automatic numbers, computed from numbering.xml and styles.xml as Word shows them."""

from collections import defaultdict
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_ONES = "〇一二三四五六七八九"
_CHINESE = ("chineseCounting", "japaneseCounting", "taiwaneseCounting", "koreanCounting", "ideographDigital",
            "japaneseDigital", "taiwaneseDigital", "koreanDigital")  # fmt: skip


@dataclass(frozen=True)
class Level:
    """One level of a list: number format, text with %1 … %9, first number, what follows it, and its style."""

    format: str
    text: str
    start: int
    suffix: str
    style: str
    restart: int
    legal: bool


@dataclass
class Numbering:
    """The lists of a document and how far each has counted."""

    levels: dict[str, dict[int, Level]] = field(default_factory=dict)  # numId -> level
    lists: dict[str, str] = field(default_factory=dict)  # numId -> abstract list; lists of one count together
    starts: dict[tuple[str, int], int] = field(default_factory=dict)  # startOverride
    styles: dict[str, tuple[str, int]] = field(default_factory=dict)  # paragraph style -> list and level
    counts: dict[str, dict[int, int]] = field(default_factory=lambda: defaultdict(dict))
    begun: set[tuple[str, int]] = field(default_factory=set)

    def label(self, properties: Element | None) -> str:
        """The number of the next paragraph with these properties, with the space that follows it; may be empty."""
        number, level = self._place(properties)
        levels = self.levels.get(number, {})
        if level not in levels:
            return ""
        own = levels[level]
        counts = self.counts[self.lists[number]]
        self._count(number, level, own, counts, levels)
        if own.format == "bullet":
            return ""
        text = own.text
        for position in range(9):
            mark = f"%{position + 1}"
            if mark in text:
                at = levels.get(position, own)
                value = counts.get(position, at.start)
                text = text.replace(mark, show(value, "decimal" if own.legal and position < level else at.format))
        return text + ("" if own.suffix == "nothing" or not text else " ")

    def _count(self, number: str, level: int, own: Level, counts: dict[int, int], levels: dict[int, Level]) -> None:
        override = self.starts.get((number, level))
        if override is not None and (number, level) not in self.begun:
            counts[level] = override
        else:
            counts[level] = counts[level] + 1 if level in counts else own.start
        self.begun.add((number, level))
        for above in range(level):  # a level that was passed over counts as begun
            counts.setdefault(above, levels[above].start if above in levels else 1)
        for below in [deeper for deeper in counts if deeper > level]:
            restart = levels[below].restart if below in levels else -1
            if restart != 0 and (restart < 0 or level < restart):
                del counts[below]

    def _place(self, properties: Element | None) -> tuple[str, int]:
        """numId and level: the paragraph's own, else its style's."""
        style_id = attribute(properties, "pStyle") if properties is not None else ""
        number, level = self.styles.get(style_id, ("", 0))
        own = properties.find(f"{W}numPr") if properties is not None else None
        if own is not None:
            number = attribute(own, "numId") or number
            level = int(attribute(own, "ilvl") or (level if not attribute(own, "numId") else 0))
        return number, level


def attribute(parent: Element | None, name: str) -> str:
    """w:val of a child, or empty."""
    child = parent.find(f"{W}{name}") if parent is not None else None
    return child.get(f"{W}val", "") if child is not None else ""


def load(numbering: Element | None, styles: Element | None) -> Numbering:
    """Read both parts; either may be missing."""
    found = Numbering()
    if numbering is None:
        return found
    abstract: dict[str, dict[int, Level]] = {}
    linked: dict[str, str] = {}
    for item in numbering.findall(f"{W}abstractNum"):
        name = item.get(f"{W}abstractNumId", "")
        abstract[name] = _levels(item)
        linked |= {f"style:{attribute(item, 'styleLink')}": name} if attribute(item, "styleLink") else {}
        linked |= {f"uses:{name}": attribute(item, "numStyleLink")} if attribute(item, "numStyleLink") else {}
    for item in numbering.findall(f"{W}num"):
        number, name = item.get(f"{W}numId", ""), attribute(item, "abstractNumId")
        name = linked.get(f"style:{linked.get(f'uses:{name}')}", name)
        found.lists[number] = name
        found.levels[number] = dict(abstract.get(name, {}))
        for override in item.findall(f"{W}lvlOverride"):
            level = int(override.get(f"{W}ilvl", "0"))
            found.levels[number] |= _levels(override)
            if start := attribute(override, "startOverride"):
                found.starts[(number, level)] = int(start)
    _styles(found, styles)
    return found


def _levels(parent: Element) -> dict[int, Level]:
    return {
        int(item.get(f"{W}ilvl", "0")): Level(
            format=attribute(item, "numFmt") or "decimal",
            text=attribute(item, "lvlText"),
            start=int(attribute(item, "start") or 1),
            suffix=attribute(item, "suff") or "tab",
            style=attribute(item, "pStyle"),
            restart=int(attribute(item, "lvlRestart") or -1),
            legal=item.find(f"{W}isLgl") is not None,
        )
        for item in parent.findall(f"{W}lvl")
    }


def _styles(found: Numbering, styles: Element | None) -> None:
    """A style's list is its own or its base's; its level is the one that names it."""
    items = {item.get(f"{W}styleId", ""): item for item in (styles.findall(f"{W}style") if styles is not None else [])}
    for name in items:
        at, seen = name, set[str]()
        while at in items and at not in seen:
            seen.add(at)
            own = items[at].find(f"{W}pPr/{W}numPr")
            if own is not None and attribute(own, "numId"):
                number = attribute(own, "numId")
                named = [level for level, item in found.levels.get(number, {}).items() if item.style == at]
                found.styles[name] = (number, named[0] if named else int(attribute(own, "ilvl") or 0))
                break
            at = attribute(items[at], "basedOn")


def show(number: int, style: str) -> str:
    """A number in one of Word's formats; unknown formats as digits."""
    if style.startswith((*_CHINESE, "chineseLegal")):
        return chinese(number)
    if style in ("decimalEnclosedCircle", "decimalEnclosedCircleChinese") and 1 <= number <= 20:
        return chr(ord("①") + number - 1)
    if style == "decimalZero":
        return f"{number:02d}"
    if style in ("upperLetter", "lowerLetter"):
        letter = chr(ord("A") + (number - 1) % 26) * ((number - 1) // 26 + 1)
        return letter if style == "upperLetter" else letter.lower()
    if style in ("upperRoman", "lowerRoman"):
        return _roman(number) if style == "upperRoman" else _roman(number).lower()
    if style == "ideographTraditional" and 1 <= number <= 10:
        return "甲乙丙丁戊己庚辛壬癸"[number - 1]
    return "" if style == "none" else str(number)


def chinese(number: int) -> str:
    """1 to 999 as 一, 十一, 一百二十."""
    if number > 999 or number < 1:
        return str(number)
    hundreds, tens, ones = number // 100, number // 10 % 10, number % 10
    text = f"{_ONES[hundreds]}百" if hundreds else ""
    if tens:
        text += ("" if tens == 1 and not hundreds else _ONES[tens]) + "十"
    elif hundreds and ones:
        text += "零"
    return text + (_ONES[ones] if ones else "")


def _roman(number: int) -> str:
    text = ""
    for value, sign in ((10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I")):
        text += sign * (number // value)
        number %= value
    return text
