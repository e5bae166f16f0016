"""Printed lines joined to paragraphs again: for PDF pages and for text files with hard line ends. Pure.

A line goes on with the next one when it is full and the next begins at the margin. A label after a finished sentence
begins a paragraph whatever the margin says.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from knowledge.documents import labels
from knowledge.documents.model import Paragraph

_FINISHED = ("。", "；", "：", "！", "？", ";", ":", "”", "》", "）", ")")


@dataclass(frozen=True)
class Line:
    """One printed line. left, right: its edges; size: width of a full-width character, all in one unit."""

    text: str
    left: float
    right: float
    size: float
    table: bool = False
    place: str = ""


def join(lines: Sequence[Line], width: float = 0.0) -> list[Paragraph]:
    """The paragraphs; a table's rows stay as they are. `width`: of the page, where it is known."""
    margin, edge = _frame(lines, width)
    paragraphs: list[Paragraph] = []
    before: Line | None = None
    for line in lines:
        if before is not None and _continues(before, line, paragraphs[-1].text, margin, edge):
            last = paragraphs[-1]
            paragraphs[-1] = Paragraph(_glue(last.text, line.text), place=last.place)
        else:
            paragraphs.append(Paragraph(line.text, line.table, place=line.place))
        before = line
    return paragraphs


def is_wrapped(lines: Sequence[Line]) -> bool:
    """Whether a text file has hard line ends: many lines of one width that stop in the middle of a sentence."""
    long = [line for line in lines if line.right >= 30]
    if len(long) < 8:
        return False
    edge = sorted(line.right for line in long)[int(len(long) * 0.95)]
    full = [line for line in long if line.right >= edge - 4 and edge <= 160]
    broken = [line for line in full if not line.text.rstrip().endswith(_FINISHED)]
    return len(full) >= 0.35 * len(long) and len(broken) >= 0.6 * len(full)


def _frame(lines: Sequence[Line], width: float) -> tuple[float, float]:
    """The left margin of running text and the right edge of full lines."""
    rights = sorted(line.right for line in lines if not line.table) or [0.0]
    edge = rights[int((len(rights) - 1) * 0.97)]
    size = Counter(round(line.size, 1) for line in lines).most_common(1)[0][0] if lines else 1.0
    full = [round(line.left) for line in lines if not line.table and line.right >= edge - 2 * size]
    # Full lines begin at the margin or, first ones, two characters in: the leftmost that is common is the margin.
    common = [left for left, count in Counter(full).items() if count >= max(2, 0.1 * len(full))]
    if width and sum(abs(line.right - edge) < 0.6 * size for line in lines) < 3:
        # No lines end together: nothing is full, and the widest line says little. Pages have equal margins, nearly.
        left = min((line.left for line in lines if not line.table), default=0.0)
        return left, max(edge, width - left)
    return float(min(common or full or [0])), edge


def _continues(before: Line, line: Line, so_far: str, margin: float, edge: float) -> bool:
    if before.table or line.table or abs(before.size - line.size) > 0.12 * before.size:
        return False
    full = before.right >= edge - 1.9 * before.size
    indented = line.left > margin + 0.9 * line.size
    if not full or indented:
        return False
    finished = so_far.rstrip().endswith(_FINISHED)
    return not (finished and labels.read(line.text))


def _glue(left: str, right: str) -> str:
    """Latin words need their space back; Chinese text has none."""
    spaced = re.search(r"[A-Za-z0-9,.;:]$", left) and re.match(r"[A-Za-z]", right)
    return f"{left} {right}" if spaced else left + right
