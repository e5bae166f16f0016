"""Sub-items of a clause, citable as 第十二条(一): on lines of their own or inside a sentence. Pure."""

import re

from knowledge.documents.naming import Names, join
from knowledge.documents.numerals import half_width, value
from knowledge.documents.outline import Node

_INLINE = re.compile(r"[（(]\s*([一二三四五六七八九十]{1,3})\s*[)）]|([①-⑳])|[（(]\s*(\d{1,2})\s*[)）]")
_BEFORE = "：:；;。，,、 　\n"
_FINISHED = ("。", "；", ";", ".", "？", "！", "”")


def of_clause(node: Node, name: str) -> tuple[tuple[str, str], ...]:
    """All sub-items below a clause, outer before inner. A paragraph after the last item belongs to the clause."""
    names = Names()
    found = _below(node, name, names)
    return tuple(found) if found else tuple(_inline("\n".join(node.lines), name, names))


def _below(node: Node, name: str, names: Names) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for child in node.children:
        assert child.label is not None
        text = _text(child, last=child is node.children[-1])
        own = names.give(join(name, child.label.own))
        found.append((own, text))
        found += _below(child, own, names) or _inline(text, own, names)
    return found


def _text(node: Node, last: bool) -> str:
    """The item's words; of the last one only its own line when that is finished: what follows is the clause's."""
    if not last:
        return node.text()
    if node.children:
        inner = [*(child.text() for child in node.children[:-1]), _text(node.children[-1], last=True)]
        return "\n".join([*node.lines, *inner])
    return node.lines[0] if node.lines[0].rstrip().endswith(_FINISHED) else node.text()


def _inline(text: str, name: str, names: Names) -> list[tuple[str, str]]:
    """（一）…；（二）… inside a sentence, when they count up from one without a gap."""
    starts: list[tuple[int, str]] = []
    for match in _INLINE.finditer(half_width(text)):
        before = text[: match.start()]
        if before and before[-1] not in _BEFORE:
            continue
        number, own = _read(match)
        if number == len(starts) + 1 and (not starts or _same(starts[0][1], own)):
            starts.append((match.start(), own))
    if len(starts) < 2:
        return []
    ends = [*(start for start, _ in starts[1:]), _end(text, starts[-1][0])]
    return [
        (names.give(join(name, own)), text[start:end].strip()) for (start, own), end in zip(starts, ends, strict=True)
    ]


def _read(match: re.Match[str]) -> tuple[int, str]:
    if match[2]:
        return ord(match[2]) - ord("①") + 1, match[2]
    inner = match[1] or match[3]
    return value(inner), f"({inner})"


def _same(first: str, other: str) -> bool:
    """Whether two labels are of one style: (一) and (二), not (一) and (2)."""
    return (first[0] == other[0] == "(" and first[1].isdecimal() == other[1].isdecimal()) or (
        first[0] != "(" and other[0] != "("
    )


def _end(text: str, start: int) -> int:
    """Where the last inline item ends: at the end of its sentence."""
    stop = re.search("[。\n]", text[start:])
    return start + stop.end() if stop else len(text)
