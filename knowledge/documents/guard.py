"""What a file is by its content, and why it is refused before anything reads it. One Chinese line for each reason."""

import re
import zipfile
from dataclasses import dataclass
from pathlib import Path

from core.errors import ImportFailed

MB = 1024 * 1024
KINDS = {".txt": "txt", ".docx": "docx", ".doc": "doc", ".pdf": "pdf"}
_TAKEN = "只接受 .txt、.docx、.doc 和有文字的 .pdf"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_STARTS = ((b"%PDF-", "pdf"), (b"PK\x03\x04", "zip"), (b"PK\x05\x06", "zip"), (_OLE, "ole"))
_NAMES = {
    "pdf": "PDF",
    "zip": "压缩包",
    "ole": "旧版 Office 文件",
    "text": "纯文本",
    "rtf": "RTF",
    "html": "网页",
    "binary": "二进制数据",
}
_MOST_PARTS = 10_000


@dataclass(frozen=True)
class Limits:
    """Bounds of one import: bytes of the file and unpacked, bytes of memory, seconds."""

    file_bytes: int = 50 * MB
    unpacked_bytes: int = 200 * MB
    memory_bytes: int = 1536 * MB
    seconds: float = 120.0


def check(path: Path, limits: Limits) -> str:
    """The file's kind (txt | docx | doc | pdf). Raises ImportFailed with the one line that says why it is refused."""
    name = path.name
    if not path.is_file():
        raise ImportFailed(f"没有找到文件“{name}”。")
    size = path.stat().st_size
    if size == 0:
        raise ImportFailed(f"“{name}”是空文件。")
    if size > limits.file_bytes:
        raise ImportFailed(f"“{name}”有 {size / MB:.0f} MB，超过单个文件 {limits.file_bytes // MB} MB 的上限。")
    suffix = path.suffix.lower()
    if suffix in (".docm", ".dotm"):
        raise ImportFailed(f"“{name}”是带宏的文档，请另存为不带宏的 .docx 再导入。")
    if suffix not in KINDS:
        raise ImportFailed(f"“{name}”的格式不受支持，{_TAKEN}。")
    _content(path, KINDS[suffix], limits)
    return KINDS[suffix]


def _content(path: Path, kind: str, limits: Limits) -> None:
    data = path.read_bytes()
    found = _sniff(data)
    if found == "ole" and kind in ("docx", "doc") and _utf16("EncryptedPackage") in data:
        raise ImportFailed(f"“{path.name}”设了打开密码，请去掉密码后再导入。")
    if found == "zip" and kind == "docx":
        _check_docx(path, limits)
    elif found == "ole" and kind == "doc":
        _check_doc(path, data)
    elif (found, kind) not in (("pdf", "pdf"), ("text", "txt")):
        what = "Word 文档（docx）" if found == "zip" and b"word/document.xml" in data else _NAMES[found]
        raise ImportFailed(f"“{path.name}”的扩展名与内容不符：内容是{what}，请核对文件后再导入。")


def _sniff(data: bytes) -> str:
    head = data[:1024].lstrip()
    for start, kind in _STARTS:
        if data.startswith(start) or (kind == "pdf" and start in head):
            return kind
    if head.startswith(b"{\\rtf"):
        return "rtf"
    if re.match(rb"<(?:!doctype html|html|head|\?xml)", head.removeprefix(b"\xef\xbb\xbf").lower()):
        return "html"
    wide = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    controls = sum(1 for byte in data[:4096] if byte < 9 or 13 < byte < 32)
    return "binary" if not wide and (b"\x00" in data[:65536] or controls > 8) else "text"


def _utf16(name: str) -> bytes:
    return name.encode("utf-16-le")


def _check_docx(path: Path, limits: Limits) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as problem:
        raise ImportFailed(f"“{path.name}”已损坏，打不开。") from problem
    names = {part.filename for part in parts}
    if any(part.flag_bits & 1 for part in parts):
        raise ImportFailed(f"“{path.name}”设了密码，请去掉密码后再导入。")
    if sum(part.file_size for part in parts) > limits.unpacked_bytes or len(parts) > _MOST_PARTS:
        raise ImportFailed(f"“{path.name}”解压后超过 {limits.unpacked_bytes // MB} MB 的上限，没有导入。")
    if "word/document.xml" not in names:
        raise ImportFailed(f"“{path.name}”不是 Word 文档，请核对文件后再导入。")
    if any(name.lower().endswith(("vbaproject.bin", "vbadata.xml")) for name in names):
        raise ImportFailed(f"“{path.name}”带有宏，请另存为不带宏的文件再导入。")


def _check_doc(path: Path, data: bytes) -> None:
    if _utf16("WordDocument") not in data:
        raise ImportFailed(f"“{path.name}”不是 Word 文档，请核对文件后再导入。")
    if _utf16("_VBA_PROJECT") in data:
        raise ImportFailed(f"“{path.name}”带有宏，请另存为不带宏的文件再导入。")
    # The file information block begins a 512-byte sector; bit 8 of its flags says that the text is encrypted.
    for start in range(512, len(data) - 12, 512):
        if data[start : start + 2] == b"\xec\xa5":
            if int.from_bytes(data[start + 10 : start + 12], "little") & 0x0100:
                raise ImportFailed(f"“{path.name}”设了打开密码，请去掉密码后再导入。")
            break
