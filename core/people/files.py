"""Reads a roster file, CSV or XLSX, into rows of known fields."""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile

import openpyxl

from core.errors import RosterError
from core.people.rules import NOT_IMPORTED, heading

_ENCODINGS = ("utf-8-sig", "gb18030")


@dataclass(frozen=True)
class RosterFile:
    """`rows`: (line, field -> text). `dropped`: headings that were not read."""

    rows: list[tuple[int, dict[str, str]]]
    dropped: list[str]


def read(path: Path) -> RosterFile:
    """Read a roster. Raises RosterError when the file is no readable table."""
    lines = _xlsx(path) if path.suffix.lower() in (".xlsx", ".xlsm") else _csv(path)
    try:
        head = next(lines)
    except StopIteration as error:
        raise RosterError("花名册是空的") from error
    columns = [heading(cell) for cell in head]
    if "userid" not in columns:
        raise RosterError("第1行没有 userid（账号）一列")
    dropped = [cell.strip() for cell, name in zip(head, columns, strict=True) if name is None and cell.strip()]
    rows = [(number, _row(columns, cells)) for number, cells in enumerate(lines, start=2) if any(cells)]
    return RosterFile(rows, sorted(dropped, key=lambda cell: cell not in NOT_IMPORTED))


def _row(columns: Sequence[str | None], cells: Sequence[str]) -> dict[str, str]:
    return {name: cell for name, cell in zip(columns, cells, strict=False) if name}


def _csv(path: Path) -> Iterator[list[str]]:
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise RosterError(f"读不到文件：{path.name}") from error
    for encoding in _ENCODINGS:
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        return iter(list(csv.reader(io.StringIO(text))))
    raise RosterError("文件不是 UTF-8 或 GB18030 编码")


def _xlsx(path: Path) -> Iterator[list[str]]:
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except (OSError, ValueError, KeyError, BadZipFile, openpyxl.utils.exceptions.InvalidFileException) as error:
        raise RosterError(f"打不开表格：{path.name}") from error
    sheet = book.worksheets[0]
    return iter([[_cell(value) for value in row] for row in sheet.iter_rows(values_only=True)])


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and 1900 < value < 2100:
        return f"{value:.2f}"  # 1975.10 typed as a number is stored as 1975.1; January would be 1975.01
    return value.date().isoformat() if hasattr(value, "date") else str(value).strip()
