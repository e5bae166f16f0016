"""Six documents of our own in six house styles, each with its clause tree, and what writes them to files.

A document is a list of pieces: (id, kind, lines). A line is text, or a tuple: a table's row. Files are written from the
lines alone, so a reader has to find the pieces again.
"""

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import docx
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

Line = str | tuple[str, ...]
Piece = tuple[str, str, list[Line]]


@dataclass(frozen=True)
class Sample:
    """A document, what is expected of its head, its pieces, and sub-items that can be cited (id -> its first words)."""

    name: str
    head: dict[str, Any]
    pieces: list[Piece]
    parts: dict[str, str] = field(default_factory=dict)

    @property
    def lines(self) -> list[Line]:
        """All lines in order."""
        return [line for _, _, lines in self.pieces for line in lines]

    @property
    def text(self) -> str:
        """All words in order."""
        return "".join("".join(line) if isinstance(line, tuple) else line for line in self.lines)


def write_text(path: Path, lines: Sequence[Line], encoding: str = "utf-8", wrap: int = 0) -> None:
    """A text file; `wrap`: characters a line, with paragraphs indented by two, as printed."""
    out: list[str] = []
    for line in lines:
        text = "  ".join(line) if isinstance(line, tuple) else line
        if wrap:
            text = "　　" + text
        out += [text[at : at + wrap] for at in range(0, len(text), wrap)] if wrap else [text]
    path.write_bytes("\r\n".join(out).encode(encoding))


def write_pdf(path: Path, lines: Sequence[Line], header: str, title_lines: int = 3) -> None:
    """A small-paged PDF with a running header and page numbers, so that clauses break over pages."""
    import weasyprint

    body = ""
    rows: list[tuple[str, ...]] = []
    for number, line in enumerate([*lines, ""]):
        if isinstance(line, tuple):
            rows.append(line)
            continue
        if rows:
            cells = "".join("<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
            body += f"<table>{cells}</table>"
            rows = []
        css = ' class="title"' if number < title_lines else ""
        body += f"<p{css}>{html.escape(line)}</p>" if line else ""
    style = f"""@page {{ size: 148mm 120mm; margin: 18mm;
        @top-center {{ content: "{header}"; font-size: 8pt }} @bottom-center {{ content: "— " counter(page) " —" }} }}
        body {{ font-family: "Noto Serif CJK SC"; font-size: 11pt; line-height: 1.6; text-align: justify }}
        p {{ margin: 0; text-indent: 2em; orphans: 1; widows: 1 }} p.title {{ text-align: center; text-indent: 0 }}
        table {{ border-collapse: collapse }} td {{ border: 0.6pt solid black; padding: 2pt 6pt }}"""
    weasyprint.HTML(string=f"<style>{style}</style>{body}").write_pdf(path)


_LEVELS = (
    ("^[一二三四五六七八九十]+、", "chineseCountingThousand", "%1、", "nothing"),
    ("^（[一二三四五六七八九十]+）", "chineseCountingThousand", "（%2）", "nothing"),
    (r"^\d+\.", "decimal", "%3.", "nothing"),
)


def write_docx(path: Path, lines: Sequence[Line], automatic: bool = False, header: str = "") -> Any:
    """A Word file. `automatic`: numbers of three levels are Word's own, not typed. Returns the open document, saved."""
    document = docx.Document()
    if automatic:
        _add_list(document)
    if header:
        document.sections[0].header.paragraphs[0].text = header
        document.sections[0].footer.paragraphs[0].text = "— 1 —"
    rows: list[tuple[str, ...]] = []
    for line in [*lines, ""]:
        if isinstance(line, tuple):
            rows.append(line)
            continue
        if rows:
            _add_table(document, rows)
            rows = []
        if line:
            _add_paragraph(document, line, automatic)
    document.save(path)
    return document


def _add_paragraph(document: Any, line: str, automatic: bool) -> None:
    for level, (pattern, *_rest) in enumerate(_LEVELS if automatic else ()):
        if re.match(pattern, line):
            paragraph = document.add_paragraph(re.sub(pattern, "", line))
            paragraph._p.get_or_add_pPr().append(
                parse_xml(f'<w:numPr {nsdecls("w")}><w:ilvl w:val="{level}"/><w:numId w:val="99"/></w:numPr>')
            )
            return
    document.add_paragraph(line)


def _add_list(document: Any) -> None:
    levels = "".join(
        f'<w:lvl w:ilvl="{level}"><w:start w:val="1"/><w:numFmt w:val="{style}"/><w:suff w:val="{suffix}"/>'
        f'<w:lvlText w:val="{text}"/></w:lvl>'
        for level, (_, style, text, suffix) in enumerate(_LEVELS)
    )
    root = document.part.numbering_part.element
    root.insert(0, parse_xml(f'<w:abstractNum {nsdecls("w")} w:abstractNumId="99">{levels}</w:abstractNum>'))
    root.append(parse_xml(f'<w:num {nsdecls("w")} w:numId="99"><w:abstractNumId w:val="99"/></w:num>'))


def _add_table(document: Any, rows: list[tuple[str, ...]]) -> None:
    """A row shorter than the first continues the first column's cell above: it is merged with it."""
    table = document.add_table(len(rows), len(rows[0]))
    for number, row in enumerate(rows):
        missing = len(rows[0]) - len(row)
        for column, text in enumerate(row):
            table.cell(number, column + missing).text = text
        if missing:
            table.cell(number - 1, 0).merge(table.cell(number, 0))
