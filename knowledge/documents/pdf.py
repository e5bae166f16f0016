"""PDF files with text: lines of all pages in order, running headers and page numbers taken out, tables by row."""

import re
from collections import Counter
from pathlib import Path
from typing import Any

import pdfplumber
from pdfminer.pdfdocument import PDFPasswordIncorrect
from pdfplumber.utils.exceptions import PdfminerException

from core.errors import ImportFailed
from knowledge.documents.model import Mark, Source
from knowledge.documents.numerals import squeeze
from knowledge.documents.wrapping import Line, join

_PAGE_NUMBER = re.compile(
    r"^[-—–－·.\s]*(?:第\s*)?[\dⅠ-Ⅻivx]{1,4}\s*(?:页)?(?:\s*[,，/／]?\s*共?\s*\d{1,4}\s*页?)?[-—–－·.\s]*$"
)
_EDGE = 0.13  # headers and footers stand in the outer eighth of a page
_TABLES = {"vertical_strategy": "lines", "horizontal_strategy": "lines"}


def read(path: Path) -> Source:
    """The text. Raises ImportFailed for an encrypted or damaged file, and for a scan without text."""
    try:
        with pdfplumber.open(path) as document:
            pages = [_page(page) for page in document.pages]
            width = max((float(page.width) for page in document.pages), default=0.0)
    except PdfminerException as problem:
        locked = any(isinstance(argument, PDFPasswordIncorrect) for argument in problem.args)
        reason = "设了打开密码，请去掉密码后再导入" if locked else "已损坏，打不开"
        raise ImportFailed(f"“{path.name}”{reason}。") from problem
    if not any(squeeze(line.text) for page in pages for line, _ in page):
        raise ImportFailed(f"“{path.name}”是扫描件，里面没有文字，请换成有文字的文件再导入。")
    marks = [
        Mark(f"第{number}页", "这一页没有文字，可能是扫描图片，没有读入。")
        for number, page in enumerate(pages, 1)
        if not page
    ]
    repeated = _repeated(pages)
    kept = _without(pages, repeated)
    if repeated:
        shown = "、".join(f"“{text}”" for text in sorted(repeated)[:4])
        marks.append(Mark("全文", f"已去掉每页重复的页眉页脚：{shown}。"))
    return Source(tuple(join(kept, width)), marks=tuple(marks))


def _page(page: Any) -> list[tuple[Line, float]]:
    """The page's lines and table rows from top to bottom, each with its relative height (0 top, 1 bottom)."""
    tables = [table for table in page.find_tables(_TABLES) if len(table.rows) and len(table.columns) > 1]
    boxes = [table.bbox for table in tables]
    free = page.filter(lambda thing: not any(_inside(thing, box) for box in boxes)) if boxes else page
    found: list[tuple[Line, float]] = []
    place = f"第{page.page_number}页"
    for line in free.dedupe_chars().extract_text_lines(x_tolerance_ratio=0.6, y_tolerance=4, return_chars=True):
        size = Counter(round(char["size"], 1) for char in line["chars"]).most_common(1)[0][0]
        found.append((Line(line["text"].strip(), line["x0"], line["x1"], size, place=place), line["top"]))
    for table in tables:
        for row, cells in zip(table.rows, table.extract(x_tolerance_ratio=0.6), strict=True):
            text = "\t".join(re.sub(r"\s*\n\s*", "", cell).strip() for cell in cells if cell and cell.strip())
            if text:
                found.append((Line(text, row.bbox[0], row.bbox[2], 0.0, True, place), row.bbox[1]))
    found.sort(key=lambda item: item[1])
    return [(line, top / float(page.height)) for line, top in found if line.text]


def _inside(thing: dict[str, Any], box: tuple[float, float, float, float]) -> bool:
    middle_x, middle_y = (thing["x0"] + thing["x1"]) / 2, (thing["top"] + thing["bottom"]) / 2
    return bool(box[0] <= middle_x <= box[2] and box[1] <= middle_y <= box[3])


def _at_edge(line: Line, height: float) -> bool:
    return not line.table and (height < _EDGE or height > 1 - _EDGE)


def _pattern(line: Line, height: float) -> tuple[str, int]:
    return re.sub(r"\d+", "0", squeeze(line.text)), round(height * 50)


def _repeated(pages: list[list[tuple[Line, float]]]) -> set[str]:
    """Running headers and footers: the same words (numbers aside) at the same height on most pages."""
    seen: Counter[tuple[str, int]] = Counter()
    texts: dict[tuple[str, int], str] = {}
    for page in pages:
        for line, height in page:
            if _at_edge(line, height) and not _PAGE_NUMBER.match(line.text):
                seen[_pattern(line, height)] += 1
                texts[_pattern(line, height)] = squeeze(line.text)
    needed = max(2, len(pages) // 2)
    return {texts[key] for key, count in seen.items() if count >= needed}


def _without(pages: list[list[tuple[Line, float]]], repeated: set[str]) -> list[Line]:
    """All lines in order without page numbers and running headers; a table's repeated head row once."""
    patterns = {re.sub(r"\d+", "0", text) for text in repeated}
    kept: list[Line] = []
    head: Line | None = None  # the first row of the table that is open at the end of the page before
    for page in pages:
        body = [line for line, height in page if not _dropped(line, height, patterns)]
        if body and body[0].table and head and kept and kept[-1].table and body[0].text == head.text:
            body = body[1:]
        for index, line in enumerate(body):
            if line.table and not (body[index - 1].table if index else kept and kept[-1].table):
                head = line
            kept.append(line)
    return kept


def _dropped(line: Line, height: float, patterns: set[str]) -> bool:
    if not _at_edge(line, height):
        return False
    return bool(_PAGE_NUMBER.match(line.text)) or re.sub(r"\d+", "0", squeeze(line.text)) in patterns
