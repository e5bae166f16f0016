"""Word files: paragraphs with computed numbers, tables by row, text boxes, footnotes; tracked changes as accepted.

Read from the XML itself: python-docx shows neither computed numbers nor inserted and deleted runs.
"""

import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from xml.etree.ElementTree import Element, ParseError, fromstring

from core.errors import ImportFailed
from knowledge.documents.guard import Limits
from knowledge.documents.model import Mark, Paragraph, Source
from knowledge.documents.word_numbers import Numbering, W, load

_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_MATH = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_GONE = {f"{W}{name}" for name in ("del", "moveFrom", "delText", "instrText", "rPr", "pPr", "rt", "delInstrText")}
_BLOCKS = {f"{W}{name}" for name in ("sdt", "sdtContent", "ins", "moveTo", "customXml", "smartTag")} | {f"{_MC}Choice"}
_CHARACTERS = {f"{W}tab": " ", f"{W}cr": "\n", f"{W}noBreakHyphen": "-", f"{W}ptab": " "}
_PART_BYTES = 64 * 1024 * 1024


def read(path: Path, limits: Limits) -> Source:
    """The text in its final state. Raises ImportFailed for a damaged file or one that unpacks to too much."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
            parts = {
                name: _part(archive, f"word/{name}.xml", path.name, limits) if f"word/{name}.xml" in names else None
                for name in ("document", "numbering", "styles", "footnotes", "endnotes")
            }
    except (zipfile.BadZipFile, zlib.error, ParseError, EOFError, OSError, NotImplementedError) as problem:
        raise ImportFailed(f"“{path.name}”已损坏，打不开。") from problem
    document = parts["document"]
    body = document.find(f"{W}body") if document is not None else None
    if body is None:
        raise ImportFailed(f"“{path.name}”不是 Word 文档，请核对文件后再导入。")
    reader = _Reader(load(parts["numbering"], parts["styles"]))
    paragraphs = tuple(reader.blocks(body))
    if not any(paragraph.text.strip() for paragraph in paragraphs):
        raise ImportFailed(f"“{path.name}”里没有文字，可能是扫描图片，请换成有文字的文件再导入。")
    notes = (*_notes(parts["footnotes"], "footnote"), *_notes(parts["endnotes"], "endnote"))
    marks = list(reader.marks)
    if notes:
        marks.append(Mark("全文", f"有 {len(notes)} 条脚注或尾注，已放在全文之后。"))
    return Source(paragraphs, notes, tuple(marks))


def _part(archive: zipfile.ZipFile, name: str, shown: str, limits: Limits) -> Element:
    """One XML part. What the directory says about its size may be a lie: reading stops at the bound."""
    bound = min(limits.unpacked_bytes, _PART_BYTES)
    with archive.open(name) as stream:
        data = stream.read(bound + 1)
    if len(data) > bound:
        raise ImportFailed(f"“{shown}”解压后过大，没有导入。")
    # Word never writes a document type; without one there are no entities to expand.
    if b"<!DOCTYPE" in data or b"<!ENTITY" in data or "<!DOCTYPE".encode("utf-16-le") in data:
        raise ImportFailed(f"“{shown}”的内部结构不合规范，没有导入。")
    return fromstring(data)


def _notes(part: Element | None, name: str) -> Iterator[str]:
    for note in part.findall(f"{W}{name}") if part is not None else []:
        if note.get(f"{W}type", "normal") == "normal":
            text = "\n".join("".join(_words(paragraph, [])) for paragraph in note.iter(f"{W}p")).strip()
            if text:
                yield text


class _Reader:
    def __init__(self, numbering: Numbering) -> None:
        self.numbering = numbering
        self.marks: list[Mark] = []
        self.pending = ""  # a paragraph whose end was deleted: its words begin the next one

    def blocks(self, parent: Element) -> Iterator[Paragraph]:
        """Paragraphs and table rows in order, through all wrappers."""
        for child in parent:
            if child.tag == f"{W}p":
                yield from self._paragraph(child)
            elif child.tag == f"{W}tbl":
                yield from self._table(child)
            elif child.tag in _BLOCKS:
                yield from self.blocks(child)
            elif child.tag == f"{_MC}AlternateContent":
                yield from self.blocks(_chosen(child))
            elif child.tag == f"{W}altChunk":
                self.marks.append(Mark("全文", "文档里嵌入了另一份文件，没有读入。"))
        if self.pending and parent.tag == f"{W}body":
            yield Paragraph(self.pending)

    def _paragraph(self, element: Element) -> Iterator[Paragraph]:
        boxes: list[Element] = []
        words = "".join(_words(element, boxes))
        properties = element.find(f"{W}pPr")
        if properties is not None and properties.find(f"{W}rPr/{W}del") is not None:
            self.pending += words
        else:
            # Word does not number a paragraph that holds nothing but a picture's anchor, yet it counts empty ones.
            label = self.numbering.label(properties) if not self.pending else ""
            text = (label + self.pending + words) if (self.pending + words).strip() else ""
            self.pending = ""
            yield Paragraph(text, numbered=bool(label))
        for box in boxes:
            yield from self.blocks(box)

    def _table(self, table: Element) -> Iterator[Paragraph]:
        rows = [row for row in _rows(table) if row.find(f"{W}trPr/{W}del") is None]
        cells = [[cell for cell in _cells(row) if not _merged(cell)] for row in rows]
        single = all(len(row) <= 1 for row in cells) and not any(
            cell.findall(f".//{W}vMerge") for row in cells for cell in row
        )
        for row in cells:
            if single:  # a frame around text, not a table
                for cell in row:
                    yield from self.blocks(cell)
            else:
                texts = [" ".join(" ".join(part.text.split()) for part in self.blocks(cell)).strip() for cell in row]
                yield Paragraph("\t".join(text for text in texts if text), table=True)


def _rows(table: Element) -> Iterator[Element]:
    for child in table:
        if child.tag == f"{W}tr":
            yield child
        elif child.tag in _BLOCKS:
            yield from _rows(child)


def _cells(row: Element) -> Iterator[Element]:
    for child in row:
        if child.tag == f"{W}tc":
            yield child
        elif child.tag in _BLOCKS:
            yield from _cells(child)


def _merged(cell: Element) -> bool:
    """Whether the cell only goes on with the one above or beside: its words were read there."""
    for name in ("vMerge", "hMerge"):
        merge = cell.find(f"{W}tcPr/{W}{name}")
        if merge is not None and merge.get(f"{W}val", "continue") == "continue":
            return True
    return False


def _chosen(alternative: Element) -> Element:
    """One of the two forms of a drawing; both hold the same words."""
    chosen = alternative.find(f"{_MC}Choice")
    return chosen if chosen is not None else alternative


def _words(element: Element, boxes: list[Element]) -> Iterator[str]:
    """The words of a paragraph; text boxes in it are collected, not read."""
    for child in element:
        if child.tag in _GONE:
            continue
        if child.tag in (f"{W}t", f"{_MATH}t"):
            yield child.text or ""
        elif child.tag == f"{W}br":
            yield "" if child.get(f"{W}type") in ("page", "column") else "\n"
        elif child.tag == f"{W}sym":
            yield _symbol(child)
        elif child.tag in _CHARACTERS:
            yield _CHARACTERS[child.tag]
        elif child.tag == f"{W}txbxContent":
            boxes.append(child)
        elif child.tag == f"{_MC}AlternateContent":
            yield from _words(_chosen(child), boxes)
        else:
            yield from _words(child, boxes)


def _symbol(element: Element) -> str:
    code = int(element.get(f"{W}char", "0"), 16)
    return "" if 0xE000 <= code <= 0xF8FF or not code else chr(code)
