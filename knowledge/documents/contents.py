"""A table of contents repeats the headings; its lines are no sections. Pure."""

import re

from knowledge.documents.model import Paragraph
from knowledge.documents.numerals import squeeze

_LEADER = re.compile(r"[.．·…\-—\s]*\d{0,3}$")


def skip_contents(lines: tuple[Paragraph, ...]) -> tuple[tuple[Paragraph, ...], tuple[Paragraph, ...]]:
    """The lines up to the end of a table of contents, and the rest; nothing and all when there is none.

    It ends where its first heading is met again.
    """
    for index, line in enumerate(lines[:60]):
        if squeeze(line.text) in ("目录", "目次") and index + 1 < len(lines):
            first = _bare(lines[index + 1].text)
            for again in range(index + 2, len(lines)):
                if _bare(lines[again].text) == first:
                    end = _before_title(lines, index, again)
                    return lines[:end], lines[end:]
    return (), lines


def _bare(text: str) -> str:
    return _LEADER.sub("", squeeze(text))


def _before_title(lines: tuple[Paragraph, ...], start: int, again: int) -> int:
    """Lines between the contents and the first heading (a title, a preamble) belong to the text."""
    known = {_bare(line.text) for line in lines[again:]}
    end = start + 1
    while end < again and _bare(lines[end].text) in known:
        end += 1
    return end
