"""Evidence: what a file is by its content, what is refused and why. Pure but for what reads PDF and Office text.

Nothing here trusts a name or what the platform says a file is. Limits are the platform's (bytes).
"""

import hashlib
import html
import io
import logging
import re
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass

MB = 1024 * 1024
LIMITS = {"image": 10 * MB, "voice": 2 * MB, "video": 10 * MB, "file": 20 * MB}
SMALLEST = 6
_PDF_PAGES = 20
_XML_BYTES = 20 * MB
_NAME = 120
SECRET_WORDS = "这份文件带有密级或内部材料标志，没有保存。涉密和内部材料请当面递交。"
_MARK = re.compile("绝密(?![码钥切集封闭度])|机密(?![码钥匙封集度闭切性])|秘密[★☆*]|内部资料|函询通知书|谈话笔录")


@dataclass(frozen=True)
class Accepted:
    """A file that may be kept. `name` is safe to show and to write; `mime` follows the content; `bytes` is its size."""

    name: str
    mime: str
    bytes: int
    sha256: str


@dataclass(frozen=True)
class Rejected:
    """A file that is not kept. `reason` is said to the cadre; a secret one leaves not even its name."""

    name: str
    code: str
    reason: str

    @property
    def secret(self) -> bool:
        """Whether the secrecy contact must hear of it."""
        return self.code == "secret"


@dataclass(frozen=True)
class _Kind:
    mime: str
    family: str
    suffixes: tuple[str, ...]


_OFFICE = "application/vnd.openxmlformats-officedocument."
_JPEG = _Kind("image/jpeg", "image", (".jpg", ".jpeg"))
_PNG = _Kind("image/png", "image", (".png",))
_GIF = _Kind("image/gif", "image", (".gif",))
_WEBP = _Kind("image/webp", "image", (".webp",))
_HEIC = _Kind("image/heic", "image", (".heic", ".heif"))
_PDF = _Kind("application/pdf", "file", (".pdf",))
_AMR = _Kind("audio/amr", "voice", (".amr",))
_MP3 = _Kind("audio/mpeg", "voice", (".mp3",))
_WAV = _Kind("audio/wav", "voice", (".wav",))
_M4A = _Kind("audio/mp4", "voice", (".m4a",))
_MP4 = _Kind("video/mp4", "video", (".mp4", ".m4v"))
_MOV = _Kind("video/quicktime", "video", (".mov",))
_OOXML = {
    "word/document.xml": _Kind(_OFFICE + "wordprocessingml.document", "file", (".docx",)),
    "xl/workbook.xml": _Kind(_OFFICE + "spreadsheetml.sheet", "file", (".xlsx",)),
    "ppt/presentation.xml": _Kind(_OFFICE + "presentationml.presentation", "file", (".pptx",)),
}
_OLE = (
    ("WordDocument", _Kind("application/msword", "file", (".doc",))),
    ("PowerPoint Document", _Kind("application/vnd.ms-powerpoint", "file", (".ppt",))),
    ("Workbook", _Kind("application/vnd.ms-excel", "file", (".xls",))),
)
_START = (
    (b"\xff\xd8\xff", _JPEG), (b"\x89PNG\r\n\x1a\n", _PNG), (b"GIF87a", _GIF), (b"GIF89a", _GIF),
    (b"#!AMR", _AMR), (b"ID3", _MP3),
)  # fmt: skip
_PICTURES = (".jpg", ".jpeg", ".png", ".gif", ".webp", ".heic", ".heif")
_UNNAMED = {"image": "图片", "voice": "录音", "video": "视频", "file": "材料"}
_HEIC_BRANDS = (b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1", b"heif")
_MP4_BRANDS = (b"isom", b"iso2", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42", b"avc1", b"MSNV", b"M4V ", b"dash")
_EXECUTABLE = (
    b"MZ", b"\x7fELF", b"\xfe\xed\xfa\xce", b"\xfe\xed\xfa\xcf", b"\xce\xfa\xed\xfe", b"\xcf\xfa\xed\xfe",
    b"\xca\xfe\xba\xbe", b"#!", b"dex\n", b"L\x00\x00\x00\x01\x14\x02\x00", b"@echo",
)  # fmt: skip
_ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_ARCHIVE = (b"Rar!\x1a\x07", b"7z\xbc\xaf\x27\x1c", b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00", b"MSCF")
_OLE_START = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_REASONS = {
    "empty": "是空文件，没有收下。",
    "tiny": "内容不到 6 字节，可能没有传完整，没有收下。",
    "executable": "的内容是可执行程序，没有收下。",
    "archive": "是压缩包，没有收下；请解压后逐个发送。",
    "locked_archive": "是加密的压缩包，没有收下；请解密、解压后逐个发送。",
    "locked": "设了打开密码，无法核对，没有收下；请去掉密码后再发。",
    "macros": "带有宏，没有收下；请另存为不带宏的文件再发。",
    "unknown": "不是可收的类型（图片、PDF、Office 文件、录音、视频），没有收下。",
}
_UNREADABLE = (ValueError, TypeError, KeyError, IndexError, AttributeError, AssertionError, RecursionError,
               OSError, EOFError, NotImplementedError, struct.error, zlib.error, zipfile.BadZipFile)  # fmt: skip


class _NotTaken(Exception):
    """Carries the code of a refusal out of the checks of this module."""


def inspect(data: bytes, name: str, sent_as: str = "") -> Accepted | Rejected:
    """Look at a file. `sent_as` (image | voice | video | file) sets the limit; the content's own family when absent."""
    shown = safe_name(name)
    if _MARK.search(_plain(name)):
        return Rejected("", "secret", SECRET_WORDS)
    try:
        kind, text = _kind(data)
        limit = LIMITS.get(sent_as, LIMITS[kind.family])
        if len(data) > limit:
            return Rejected(shown, "large", f"“{shown or '文件'}”超过 {limit // MB} MB，没有收下。")
        if _MARK.search(_plain(text())):
            return Rejected("", "secret", SECRET_WORDS)
    except _NotTaken as found:
        code = str(found)
        return Rejected(shown, code, f"“{shown or '文件'}”{_REASONS[code]}")
    return Accepted(_named(shown, kind), kind.mime, len(data), hashlib.sha256(data).hexdigest())


def _named(shown: str, kind: _Kind) -> str:
    """The name with a suffix that fits the content; pictures keep any picture's suffix."""
    if shown.lower().endswith(_PICTURES if kind.family == "image" else kind.suffixes):
        return shown
    return (shown or _UNNAMED[kind.family]) + kind.suffixes[0]


def safe_name(name: str) -> str:
    """The last part of a name without control and direction marks, at most 120 characters with its suffix."""
    last = re.split(r"[\\/]", name)[-1]
    plain = "".join(char for char in last if unicodedata.category(char)[0] != "C").strip().strip(".")
    stem, dot, suffix = plain.rpartition(".")
    return f"{stem[: _NAME - 10]}{dot}{suffix[:8]}" if len(plain) > _NAME else plain


def _plain(text: str) -> str:
    """For looking up marks: full-width forms folded, all white space out (机　密 is 机密)."""
    return "".join(unicodedata.normalize("NFKC", text).split())


def _kind(data: bytes) -> tuple[_Kind, Callable[[], str]]:
    """What the content is, and a way to its text. Raises _NotTaken."""
    if not data:
        raise _NotTaken("empty")
    if len(data) < SMALLEST:
        raise _NotTaken("tiny")
    if found := _media(data):
        return found, str
    if data.startswith(_EXECUTABLE):
        raise _NotTaken("executable")
    if data.lstrip(b"\xef\xbb\xbf\r\n\t ").startswith(b"%PDF-"):
        return _PDF, lambda: _pdf_text(data)
    if data.startswith(_ZIP):
        return _zip(data)
    if data.startswith(_ARCHIVE) or data[257:262] == b"ustar":
        raise _NotTaken("archive")
    if data.startswith(_OLE_START):
        return _ole(data), lambda: data.decode("utf-16-le", "ignore")
    raise _NotTaken("unknown")


def _media(data: bytes) -> _Kind | None:
    """Picture, sound or film."""
    for start, kind in _START:
        if data.startswith(start):
            return kind
    if data[:4] == b"RIFF":
        return {b"WEBP": _WEBP, b"WAVE": _WAV}.get(data[8:12])
    if data[4:8] == b"ftyp":
        return _brand(data[8:12])
    if data[4:8] in (b"moov", b"mdat", b"wide"):
        return _MOV
    # An MPEG frame: eleven set bits, layer III, a valid bit rate and sampling rate.
    frame = data[0] == 0xFF and data[1] & 0xE0 == 0xE0 and data[1] >> 1 & 3 == 1 and data[1] >> 3 & 3 != 1
    return _MP3 if frame and data[2] >> 4 not in (0, 15) and data[2] >> 2 & 3 != 3 else None


def _brand(brand: bytes) -> _Kind | None:
    if brand in _HEIC_BRANDS:
        return _HEIC
    if brand in (b"M4A ", b"M4B "):
        return _M4A
    if brand == b"qt  ":
        return _MOV
    return _MP4 if brand in _MP4_BRANDS else None


def _zip(data: bytes) -> tuple[_Kind, Callable[[], str]]:
    """An Office file, or any other archive, which is refused. Raises _NotTaken."""
    try:
        book = zipfile.ZipFile(io.BytesIO(data))
    except _UNREADABLE:
        # A directory that does not read; the first entry's own flag still tells whether it is locked.
        raise _NotTaken("locked_archive" if len(data) > 6 and data[6] & 1 else "archive") from None
    entries = book.infolist()
    if any(entry.flag_bits & 1 for entry in entries):
        raise _NotTaken("locked_archive")
    names = {entry.filename for entry in entries}
    kind = next((kind for part, kind in _OOXML.items() if part in names and "[Content_Types].xml" in names), None)
    if kind is None:
        raise _NotTaken("archive")
    if any(name.lower().endswith(("vbaproject.bin", ".exe", ".dll", ".js", ".vbs")) for name in names):
        raise _NotTaken("macros")
    return kind, lambda: _office_text(book)


def _ole(data: bytes) -> _Kind:
    """An old Office file. Raises _NotTaken for a locked one and for whatever else uses this container."""
    if "EncryptedPackage".encode("utf-16-le") in data:
        raise _NotTaken("locked")
    for stream, kind in _OLE:
        if stream.encode("utf-16-le") in data:
            return kind
    raise _NotTaken("unknown")


def _office_text(book: zipfile.ZipFile) -> str:
    """The text of all parts, headers and notes too; at most 20 MB of XML."""
    left, found = _XML_BYTES, []
    for entry in book.infolist():
        if entry.filename.endswith(".xml") and entry.filename.startswith(("word/", "xl/", "ppt/", "docProps/")):
            try:
                with book.open(entry) as part:
                    raw = part.read(left)
            except _UNREADABLE:
                continue  # a damaged part has no readable text
            left -= len(raw)
            ended = re.sub(r"</(?:w:p|a:p|si|is|c)>", "|", raw.decode("utf-8", "ignore"))
            found.append(html.unescape(re.sub(r"<[^>]*>", "", ended)))
    return "|".join(found)


def _pdf_text(data: bytes) -> str:
    """The text of the first 20 pages; '' when it has none that reads. Raises _NotTaken for a locked file."""
    import pdfplumber
    from pdfminer.pdfdocument import PDFPasswordIncorrect
    from pdfplumber.utils.exceptions import PdfminerException

    logging.getLogger("pdfminer").setLevel(logging.ERROR)
    try:
        with pdfplumber.open(io.BytesIO(data)) as book:
            return "|".join(page.extract_text() or "" for page in book.pages[:_PDF_PAGES])
    except (PdfminerException, *_UNREADABLE) as error:
        if any(isinstance(cause, PDFPasswordIncorrect) for cause in (*error.args, error.__cause__)):
            raise _NotTaken("locked") from None
        return ""
