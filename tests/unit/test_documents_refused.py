"""What is not taken in, each with one Chinese line that says why."""

import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from core.errors import ImportFailed
from knowledge import importer
from knowledge.documents.guard import MB, Limits
from tests.data.documents import make

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 504
_LOCKED_WORD = b"\xec\xa5" + b"\0" * 8 + b"\x00\x01" + "WordDocument".encode("utf-16-le")


def _docx(path: Path, text: str = "第一条 内容。") -> Path:
    make.write_docx(path, [text])
    return path


def _with_part(path: Path, name: str, data: bytes) -> None:
    """A Word file with one part added or replaced."""
    source = _docx(path.with_name("plain.docx"))
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.namelist():
            if part != name:
                new.writestr(part, old.read(part))
        new.writestr(name, data)


def _large(path: Path) -> None:
    with path.open("wb") as stream:
        stream.truncate(200 * MB)


def _bomb(path: Path) -> None:
    _with_part(path, "word/media/bomb.bin", b"\0" * (201 * MB))


def _entities(path: Path) -> None:
    _with_part(path, "word/document.xml", b'<!DOCTYPE a [<!ENTITY b "bbbb">]><a>&b;</a>')


def _encrypted_pdf(path: Path) -> None:
    path.write_bytes(
        b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n"
        b"3 0 obj<</Filter/Standard/V 1/R 2/P -4/O(" + b"x" * 32 + b")/U(" + b"y" * 32 + b")>>endobj\n"
        b"trailer<</Root 1 0 R/Encrypt 3 0 R/ID[(a)(a)]/Size 4>>\n%%EOF"
    )


def _scan(path: Path) -> None:
    import weasyprint

    style = "@page{size:80mm 80mm}div{width:50mm;height:50mm;background:gray}"
    weasyprint.HTML(string=f"<style>{style}</style><div></div>").write_pdf(path)


CASES: list[tuple[str, Callable[[Path], object], str]] = [
    ("空.txt", lambda path: path.write_bytes(b""), "空文件"),
    ("大.pdf", _large, "超过单个文件 50 MB"),
    ("锁.docx", lambda path: path.write_bytes(_OLE + "EncryptedPackage".encode("utf-16-le")), "打开密码"),
    ("锁.pdf", _encrypted_pdf, "打开密码"),
    ("锁.doc", lambda path: path.write_bytes(_OLE + _LOCKED_WORD), "打开密码"),
    ("宏.docm", lambda path: path.write_bytes(b"PK\x03\x04"), "带宏"),
    ("宏.docx", lambda path: _with_part(path, "word/vbaProject.bin", b"x"), "带有宏"),
    ("宏.doc", lambda path: path.write_bytes(_OLE + "WordDocument_VBA_PROJECT".encode("utf-16-le")), "带有宏"),
    ("错.docx", lambda path: path.write_bytes(b"%PDF-1.7 "), "扩展名与内容不符"),
    ("错.pdf", _docx, "扩展名与内容不符"),
    ("错.txt", _docx, "扩展名与内容不符"),
    ("网页.doc", lambda path: path.write_bytes(b"<html>"), "扩展名与内容不符"),
    ("表.xlsx", lambda path: path.write_bytes(b"PK\x03\x04"), "格式不受支持"),
    ("坏.docx", lambda path: path.write_bytes(b"PK\x03\x04" + b"x" * 50), "已损坏"),
    ("坏.pdf", lambda path: path.write_bytes(b"%PDF-1.7 x"), "已损坏|没有文字|读不了"),
    ("弹.docx", _bomb, "解压后超过 200 MB"),
    ("实体.docx", _entities, "不合规范"),
    ("空白.docx", lambda path: make.write_docx(path, []), "没有文字"),
    ("扫描.pdf", _scan, "扫描件"),
    ("空白.txt", lambda path: path.write_text(" \n\n　"), "没有文字"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "write", "reason"), CASES, ids=[case[0] for case in CASES])
def test_it_is_refused_with_one_line(name: str, write: Callable[[Path], object], reason: str, tmp_path: Path) -> None:
    path = tmp_path / name
    write(path)
    with pytest.raises(ImportFailed) as refused:
        importer.read(path)
    line = str(refused.value)
    assert re.search(reason, line), line
    assert "\n" not in line
    assert re.search("[一-鿿]", line) and line.endswith("。")


def test_a_missing_file_and_one_that_takes_too_long(tmp_path: Path) -> None:
    with pytest.raises(ImportFailed, match="没有找到"):
        importer.read(tmp_path / "没有.txt")
    path = tmp_path / "慢.txt"
    path.write_text("第一条 内容。")
    with pytest.raises(ImportFailed, match="超过 0 秒"):
        importer.read(path, Limits(seconds=0.001))


def test_a_document_that_needs_too_much_memory_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "多.txt"
    path.write_text("第一条 内容很长。\n" * 400_000)
    with pytest.raises(ImportFailed, match="内存"):
        importer.read(path, Limits(memory_bytes=96 * MB))


def test_an_old_word_file_says_what_to_do_without_libreoffice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    path = tmp_path / "旧.doc"
    path.write_bytes(_OLE + "WordDocument".encode("utf-16-le"))
    with pytest.raises(ImportFailed, match="没有安装 LibreOffice"):
        importer.read(path)


def test_an_old_word_file_is_converted_where_libreoffice_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stand-in for soffice at the edge: it leaves the converted file where LibreOffice would."""
    converted = _docx(tmp_path / "converted.docx", "第一条 旧文件的内容。")
    program = tmp_path / "soffice"
    program.write_text(
        f'#!/bin/sh\nwhile [ "$1" != --outdir ]; do shift; done\ncp "{converted}" "$2/document.docx"\n', "utf-8"
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    path = tmp_path / "旧.doc"
    path.write_bytes(_OLE + "WordDocument".encode("utf-16-le"))
    document = importer.read(path)
    assert document.kind == "doc"
    assert [entry.text for entry in document.clauses] == ["第一条 旧文件的内容。"]


def test_files_that_fail_do_not_take_the_others_along(tmp_path: Path) -> None:
    """One process reads them all; a refused file, one that fills the memory and one that hangs leave it usable."""
    good, bad, large = tmp_path / "好.txt", tmp_path / "坏.pdf", tmp_path / "多.txt"
    good.write_text("第一条 内容。")
    bad.write_bytes(b"%PDF-1.7 x")
    large.write_text("第一条 内容很长。\n" * 400_000)
    with importer.Reader(Limits(memory_bytes=128 * MB, seconds=20)) as reader:
        for path in (bad, large):
            with pytest.raises(ImportFailed, match=path.name):
                reader.read(path)
            assert reader.read(good).clauses[0].text == "第一条 内容。"


def test_the_reader_goes_on_after_a_file_that_hangs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "soffice"
    program.write_text("#!/bin/sh\nexec sleep 600\n", "utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    slow, good = tmp_path / "慢.doc", tmp_path / "好.txt"
    slow.write_bytes(_OLE + "WordDocument".encode("utf-16-le"))
    good.write_text("第一条 内容。")
    with importer.Reader(Limits(seconds=5)) as reader:
        with pytest.raises(ImportFailed, match=r"超时|超过 5 秒"):
            reader.read(slow)
        assert reader.read(good).clauses[0].text == "第一条 内容。"
