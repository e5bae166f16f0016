"""Word's own ways: computed numbers, tracked changes, text boxes, footnotes, soft line breaks."""

from pathlib import Path
from xml.etree.ElementTree import fromstring

from docx import Document
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from knowledge.documents import word
from knowledge.documents.guard import Limits
from knowledge.documents.word_numbers import W, load, show


def _read(path: Path, *bodies: str) -> list[str]:
    document = Document()
    for body in bodies:
        document.element.body.insert(len(document.element.body) - 1, parse_xml(f"<w:p {nsdecls('w')}>{body}</w:p>"))
    document.save(str(path))
    return [paragraph.text for paragraph in word.read(path, Limits()).paragraphs if paragraph.text]


def _run(text: str) -> str:
    return f"<w:r><w:t xml:space='preserve'>{text}</w:t></w:r>"


def test_tracked_changes_are_read_as_accepted(tmp_path: Path) -> None:
    deleted = "<w:del w:id='1'><w:r><w:delText>不</w:delText></w:r></w:del>"
    lines = _read(
        tmp_path / "a.docx",
        f"{_run('可以')}{deleted}<w:ins w:id='2'>{_run('酌情')}</w:ins>{_run('减轻。')}",
        f"<w:pPr><w:rPr><w:del w:id='3'/></w:rPr></w:pPr>{_run('前半句，')}",
        _run("后半句。"),
        f"<w:moveFrom w:id='4'>{_run('移走的话')}</w:moveFrom>",
    )
    assert lines == ["可以酌情减轻。", "前半句，后半句。"]


def test_text_boxes_are_read_once_and_after_their_paragraph(tmp_path: Path) -> None:
    box = f"<w:pict><w:txbxContent><w:p>{_run('框内文字')}</w:p></w:txbxContent></w:pict>"
    assert _read(tmp_path / "b.docx", f"{_run('正文。')}<w:r>{box}</w:r>") == ["正文。", "框内文字"]


def test_field_codes_are_not_words(tmp_path: Path) -> None:
    field = "<w:r><w:instrText>PAGEREF x</w:instrText></w:r>"
    assert _read(tmp_path / "c.docx", f"{_run('见')}{field}{_run('第3页')}") == ["见第3页"]


def test_numbers_restart_under_a_higher_level_and_go_on_across_it() -> None:
    xmlns = f"xmlns:w='{W[1:-1]}'"
    levels = (
        "<w:lvl w:ilvl='0'><w:numFmt w:val='chineseCounting'/><w:lvlText w:val='第%1章'/></w:lvl>"
        "<w:lvl w:ilvl='1'><w:numFmt w:val='chineseCounting'/><w:lvlText w:val='第%2条'/>"
        "<w:lvlRestart w:val='0'/></w:lvl>"
        "<w:lvl w:ilvl='2'><w:numFmt w:val='decimal'/><w:lvlText w:val='（%3）'/><w:suff w:val='nothing'/></w:lvl>"
    )
    numbering = load(
        fromstring(
            f"<w:numbering {xmlns}><w:abstractNum w:abstractNumId='1'>{levels}</w:abstractNum>"
            "<w:num w:numId='5'><w:abstractNumId w:val='1'/></w:num></w:numbering>"
        ),
        None,
    )

    def label(level: int) -> str:
        number = f"<w:numPr><w:ilvl w:val='{level}'/><w:numId w:val='5'/></w:numPr>"
        return numbering.label(fromstring(f"<w:pPr {xmlns}>{number}</w:pPr>"))

    assert [label(level) for level in (0, 1, 2, 2, 1, 2, 0, 1)] == [
        "第一章 ", "第一条 ", "（1）", "（2）", "第二条 ", "（1）", "第二章 ", "第三条 ",
    ]  # fmt: skip


def test_number_formats() -> None:
    assert [show(number, "chineseCounting") for number in (1, 10, 11, 20, 21, 105, 120)] == [
        "一", "十", "十一", "二十", "二十一", "一百零五", "一百二十",
    ]  # fmt: skip
    assert [show(3, style) for style in ("decimalEnclosedCircle", "lowerLetter", "upperRoman", "none")] == [
        "③", "c", "III", "",
    ]  # fmt: skip
