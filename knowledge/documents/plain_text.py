"""Text files: UTF-8, UTF-16 with its mark, or GB18030; hard line ends joined."""

import unicodedata

from core.errors import ImportFailed
from knowledge.documents.model import Mark, Paragraph, Source
from knowledge.documents.wrapping import Line, is_wrapped, join


def read(data: bytes) -> Source:
    """The paragraphs. Raises ImportFailed when no encoding fits."""
    raw = [line.rstrip() for line in decode(data).replace("\f", "\n").splitlines()]
    lines = [_line(text) for text in raw if text.strip()]
    if not is_wrapped(lines):
        return Source(tuple(Paragraph(text) for text in raw))
    mark = Mark("全文", "文本按固定宽度换行，已合并为自然段。")
    return Source(tuple(join(lines)), marks=(mark,))


def decode(data: bytes) -> str:
    """The words of a text file; its byte order mark is no character. Raises ImportFailed."""
    encodings = ["utf-16"] if data.startswith((b"\xff\xfe", b"\xfe\xff")) else ["utf-8-sig", "gb18030"]
    for encoding in encodings:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise ImportFailed("文本编码认不出，请另存为 UTF-8 编码后再导入。")


def _line(text: str) -> Line:
    """Measured in half-width cells, as an editor shows it; a full-width character takes two."""
    body = text.lstrip()
    left = _cells(text[: len(text) - len(body)])
    return Line(body, left, left + _cells(body), 2.0)


def _cells(text: str) -> int:
    return sum(4 if char == "\t" else 2 if unicodedata.east_asian_width(char) in "WFA" else 1 for char in text)
