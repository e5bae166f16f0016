"""Paragraphs made ready: blank ones dropped, and two clauses on one line parted. Pure; no character is lost."""

import re
from collections.abc import Iterable
from dataclasses import replace

from knowledge.documents import labels
from knowledge.documents.model import Paragraph

_ARTICLE = re.compile(r"(?<=[。；：\s　])(?=第[一二三四五六七八九十百零〇\d]{1,6}条[\s　])")


def tidy(paragraphs: Iterable[Paragraph]) -> tuple[Paragraph, ...]:
    """The paragraphs that hold something, one clause at most in each."""
    return tuple(piece for paragraph in paragraphs for piece in _pieces(paragraph) if piece.text)


def _pieces(paragraph: Paragraph) -> list[Paragraph]:
    text = (
        paragraph.text.replace("\ufeff", "")
        .replace("\u200b", "")
        .strip(" \r\n\u3000\xa0" + ("" if paragraph.table else "\t"))
    )
    if paragraph.table:
        return [replace(paragraph, text=text)]
    return [replace(paragraph, text=piece) for line in text.split("\n") for piece in _clauses(line.strip())]


def _clauses(text: str) -> list[str]:
    """第一章 总则 第一条 … and 第一条 …。 第二条 … on one line: each article gets its own line."""
    pieces: list[str] = []
    start = 0
    for match in _ARTICLE.finditer(text):
        before = text[start : match.start()].strip()
        own = labels.read(before)
        finished = before.endswith(("。", "；")) or (own is not None and own.style in labels.HEADINGS)
        found = labels.read(text[match.start() :])
        if finished and found is not None and found.style == labels.ARTICLE:
            pieces.append(before)
            start = match.start()
    return [*pieces, text[start:].strip()]
