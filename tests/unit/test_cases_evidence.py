"""Evidence: type by content, limits, what is refused and in which words, marks of secrecy, the encrypted copy."""

import hashlib
import io
import zipfile
from pathlib import Path

import pytest

from core.cases.evidence import MB, Accepted, Rejected, inspect, safe_name
from core.cases.vault import Vault
from core.crypto import Cipher
from core.errors import DecryptionFailed, NotFound
from core.testing import KEY, OTHER_KEY

JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + b"\x00" * 40
PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 40


def box(brand: bytes) -> bytes:
    """The first box of an MP4-like file."""
    return b"\x00\x00\x00\x18ftyp" + brand + b"\x00" * 40


def ole(stream: str, text: str = "") -> bytes:
    """An old Office file as far as this module looks."""
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 504 + stream.encode("utf-16-le") + text.encode("utf-16-le")


def office(part: str, text: str = "", more: tuple[str, ...] = ()) -> bytes:
    """A new Office file: `text` is the XML of its main part."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr("[Content_Types].xml", "<Types/>")
        book.writestr(part, text or "<x/>")
        for name in more:
            book.writestr(name, "x")
    return out.getvalue()


def pdf(text: str, encrypt: bool = False) -> bytes:
    """A one-page PDF that shows `text` in a font with a ToUnicode map."""
    codes = {char: number for number, char in enumerate(dict.fromkeys(text), start=1)}
    pairs = "\n".join(f"<{code:04x}> <{char.encode('utf-16-be').hex()}>" for char, code in codes.items())
    cmap = (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /x def 1 begincodespacerange "
        f"<0000> <ffff> endcodespacerange {len(codes)} beginbfchar\n{pairs}\nendbfchar endcmap end end"
    )
    shown = f"BT /F 20 Tf 40 700 Td <{''.join(f'{codes[char]:04x}' for char in text)}> Tj ET"
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
        "/Resources << /Font << /F 5 0 R >> >> >>",
        f"<< /Length {len(shown)} >>\nstream\n{shown}\nendstream",
        "<< /Type /Font /Subtype /Type0 /BaseFont /A /Encoding /Identity-H "
        "/DescendantFonts [6 0 R] /ToUnicode 7 0 R >>",
        "<< /Type /Font /Subtype /CIDFontType2 /BaseFont /A /DW 1000 "
        "/CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> /FontDescriptor 8 0 R >>",
        f"<< /Length {len(cmap)} >>\nstream\n{cmap}\nendstream",
        "<< /Type /FontDescriptor /FontName /A /Flags 4 /FontBBox [0 0 1000 1000] /ItalicAngle 0 /Ascent 800 "
        "/Descent -200 /CapHeight 700 /StemV 80 >>",
    ]
    out, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, start=1):
        places.append(len(out))
        out += f"{number} 0 obj\n{body}\nendobj\n".encode()
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    locked = (
        f"/Encrypt << /Filter /Standard /V 1 /R 2 /P -4 /O <{'41' * 32}> /U <{'42' * 32}> >> /ID [<41><41>]"
        if encrypt else ""
    )  # fmt: skip
    head = f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}"
    end = f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R {locked} >>\nstartxref\n{len(out)}\n%%EOF"
    return out + head.encode() + end.encode()


def archive(locked: bool) -> bytes:
    """A zip; the flag alone makes it a locked one, as every tool reads it."""
    raw = bytearray(office("readme.txt"))
    if locked:
        for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
            start = raw.find(mark)
            while start >= 0:
                raw[start + place] |= 1
                start = raw.find(mark, start + 1)
    return bytes(raw)


WORD, SHEET, SLIDES = "word/document.xml", "xl/workbook.xml", "ppt/presentation.xml"
TAKEN = [
    (JPEG, "现场.jpg", "image/jpeg"), (PNG, "a.png", "image/png"), (b"GIF89a" + b"\0" * 9, "a.gif", "image/gif"),
    (b"RIFF\0\0\0\0WEBPVP8 ", "a.webp", "image/webp"), (box(b"heic"), "a.heic", "image/heic"),
    (pdf("会议纪要"), "纪要.pdf", "application/pdf"),
    (office(WORD), "a.docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    (office(SHEET), "a.xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    (office(SLIDES), "a.pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
    (ole("WordDocument"), "a.doc", "application/msword"), (ole("Workbook"), "a.xls", "application/vnd.ms-excel"),
    (ole("PowerPoint Document"), "a.ppt", "application/vnd.ms-powerpoint"),
    (b"#!AMR\n" + b"\0" * 9, "a.amr", "audio/amr"), (b"ID3\x03\0\0\0\0", "a.mp3", "audio/mpeg"),
    (b"\xff\xfb\x90\x00" + b"\0" * 9, "b.mp3", "audio/mpeg"), (b"RIFF\0\0\0\0WAVEfmt ", "a.wav", "audio/wav"),
    (box(b"M4A "), "a.m4a", "audio/mp4"), (box(b"isom"), "a.mp4", "video/mp4"),
    (box(b"qt  "), "a.mov", "video/quicktime"),
]  # fmt: skip
LEFT = [
    (b"", "空.jpg", "empty", "空文件"), (b"\xff\xd8\xff\xe0a", "小.jpg", "tiny", "6 字节"),
    (b"MZ\x90\x00" + b"\0" * 60, "photo.jpg", "executable", "可执行程序"),
    (b"\x7fELF" + b"\0" * 60, "photo.png", "executable", "可执行程序"),
    (b"#!/bin/sh\nrm", "a.pdf", "executable", "可执行程序"),
    (archive(locked=True), "材料.zip", "locked_archive", "加密的压缩包"),
    (archive(locked=False), "材料.docx", "archive", "压缩包"),
    (b"PK\x03\x04\x14\0\0\0broken", "a.docx", "archive", "压缩包"),
    (b"PK\x03\x04\x14\x00\x01\x00broken", "a.zip", "locked_archive", "加密的压缩包"),
    (b"Rar!\x1a\x07\x01\x00....", "a.rar", "archive", "压缩包"),
    (b"7z\xbc\xaf\x27\x1c....", "a.7z", "archive", "压缩包"),
    (b"\x1f\x8b\x08\x00....", "a.gz", "archive", "压缩包"),
    (office(WORD, more=("word/vbaProject.bin",)), "a.docx", "macros", "宏"),
    (ole("EncryptedPackage"), "a.docx", "locked", "打开密码"),
    (pdf("纪要", encrypt=True), "a.pdf", "locked", "打开密码"),
    (ole("SomethingElse"), "a.msi", "unknown", "可收的类型"), (b"<html><body>", "a.html", "unknown", "可收的类型"),
    (b"just some text", "photo.jpg", "unknown", "可收的类型"), (box(b"3gp4"), "a.3gp", "unknown", "可收的类型"),
    (JPEG + b"\0" * 10 * MB, "大.jpg", "large", "10 MB"), (b"#!AMR\n" + b"\0" * 2 * MB, "a.amr", "large", "2 MB"),
    (box(b"isom") + b"\0" * 10 * MB, "a.mp4", "large", "10 MB"),
    (pdf("a") + b"\0" * 20 * MB, "a.pdf", "large", "20 MB"),
]  # fmt: skip


@pytest.mark.parametrize(("data", "name", "mime"), TAKEN, ids=[item[1] for item in TAKEN])
def test_taken(data: bytes, name: str, mime: str) -> None:
    """What is allowed, with its size and fingerprint."""
    assert inspect(data, name) == Accepted(name, mime, len(data), hashlib.sha256(data).hexdigest())


@pytest.mark.parametrize(("data", "name", "code", "words"), LEFT, ids=[f"{item[2]} {item[1]}" for item in LEFT])
def test_refused_by_name_and_reason(data: bytes, name: str, code: str, words: str) -> None:
    """What is not, in words that name the file."""
    found = inspect(data, name)
    assert isinstance(found, Rejected) and found.code == code
    assert words in found.reason and name in found.reason and not found.secret
    assert "！" not in found.reason


def test_limit_follows_how_it_was_sent() -> None:
    """A picture or a recording sent as a file has a file's limit."""
    assert isinstance(inspect(JPEG + b"\0" * 12 * MB, "a.jpg", "file"), Accepted)
    assert isinstance(inspect(b"ID3" + b"\0" * 5 * MB, "a.mp3", "file"), Accepted)
    assert isinstance(inspect(JPEG + b"\0" * 12 * MB, "a.jpg", "image"), Rejected)


RUNS = "<w:p><w:r><w:t>机</w:t></w:r><w:r><w:t> 密★10年</w:t></w:r></w:p>"
SECRET = [
    (JPEG, "机密 纪要.jpg"), (JPEG, "绝密.jpg"), (JPEG, "秘密★3年.png"),
    (JPEG, "秘密＊.png"), (PNG, "关于某某的函询通知书.png"),
    (PNG, "谈 话 笔 录.png"), (PNG, "内部资料.jpg"), (PNG, "机\u3000密.png"),
    (pdf("机密★5年"), "纪要.pdf"), (pdf("函询通知书"), "a.pdf"), (pdf("谈话笔录"), "a.pdf"),
    (office(WORD, RUNS), "a.docx"), (office(SHEET, "<si><t>内部资料</t></si>"), "a.xlsx"),
    (office(SLIDES, "<a:t>绝密</a:t>"), "a.pptx"), (office(WORD, "<w:t>&#26426;&#23494;</w:t>"), "a.docx"),
    (ole("WordDocument", "函询通知书"), "a.doc"),
]  # fmt: skip
OPEN = [
    (PNG, "计算机密码.png"), (PNG, "随机密钥.png"), (PNG, "秘密花园.jpg"), (PNG, "拒绝密切接触.png"),
    (pdf("计算机密码学课程"), "a.pdf"), (office(WORD, "<w:t>商业秘密保护</w:t>"), "a.docx"),
]  # fmt: skip


@pytest.mark.parametrize(("data", "name"), SECRET, ids=[item[1] for item in SECRET])
def test_secret_leaves_no_trace(data: bytes, name: str) -> None:
    """Marks in the name or in readable text: refused, and not even the name is kept."""
    found = inspect(data, name)
    assert isinstance(found, Rejected) and found.secret and found.name == ""
    assert "当面递交" in found.reason and name not in found.reason


@pytest.mark.parametrize(("data", "name"), OPEN, ids=[item[1] for item in OPEN])
def test_words_that_only_look_like_marks(data: bytes, name: str) -> None:
    """计算机密码 is a password."""
    assert isinstance(inspect(data, name), Accepted)


def test_an_unreadable_pdf_has_no_text() -> None:
    """A damaged file is still evidence."""
    assert isinstance(inspect(b"%PDF-1.4\nnothing that parses", "a.pdf"), Accepted)


def test_names_are_safe() -> None:
    """No path, no control or direction marks, a suffix that fits the content."""
    assert safe_name("../../etc/pass\u202ewd\x00.jpg") == "passwd.jpg"
    assert safe_name("C:\\tmp\\a.png") == "a.png"
    assert len(safe_name("长" * 300 + ".jpg")) <= 120 and safe_name("长" * 300 + ".jpg").endswith(".jpg")
    for name, shown in (("", "图片.jpg"), ("a.exe", "a.exe.jpg"), ("a.png", "a.png"), ("a.HEIC", "a.HEIC")):
        found = inspect(JPEG, name)
        assert isinstance(found, Accepted) and found.name == shown


def test_vault(tmp_path: Path) -> None:
    """Files are sealed, whole, and gone when removed."""
    vault = Vault(tmp_path / "evidence", Cipher((KEY,)))
    name = vault.put(JPEG)
    raw = (tmp_path / "evidence" / name).read_bytes()
    assert JPEG[:12] not in raw and vault.get(name) == JPEG
    assert vault.names(2e12) == {name} and vault.names(0) == set()
    with pytest.raises(DecryptionFailed):
        Vault(vault.folder, Cipher((OTHER_KEY,))).get(name)
    vault.remove(name)
    vault.remove(name)
    with pytest.raises(NotFound):
        vault.get(name)
