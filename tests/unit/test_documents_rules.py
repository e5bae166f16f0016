"""Numbers, labels and dates as documents write them; ids that repeat, restart or run on; text that is never lost."""

import pytest

from knowledge.documents import labels
from knowledge.documents.model import Imported, Paragraph, Source
from knowledge.documents.numerals import document_number, is_date, iso_date, squeeze
from knowledge.documents.parse import parse


def _parse(*lines: str) -> Imported:
    document = parse(Source(tuple(Paragraph(line) for line in lines)), "文件.txt", "", "txt")
    assert squeeze("".join(entry.text for entry in document.entries)) == squeeze("".join(lines))
    return document


def _ids(document: Imported) -> list[str]:
    return [entry.id for entry in document.clauses]


@pytest.mark.parametrize(
    ("text", "own"),
    [
        ("第 十 一 条　内容", "第十一条"), ("第十一条之一 内容", "第十一条之一"), ("第12条 内容", "第12条"),
        ("（一)内容", "(一)"), ("㈡内容", "(二)"), ("１．内容", "1"), ("1.2019年以来", "1"), ("⑶内容", "(3)"),
        ("③内容", "③"), ("## **三、内容**", "三"), ("第二章  总 则", "第二章"), ("十二、内容", "十二"),
    ],
)  # fmt: skip
def test_labels(text: str, own: str) -> None:
    found = labels.read(text)
    assert found is not None
    assert found.own == own


@pytest.mark.parametrize(
    "text",
    [
        "第十条规定的情形", "第十条、第十一条", "第三条第一款", "（三）项所列", "2.5万元以下", "一是提高认识",
        "2021.6.9印发",
        "第二章的规定", "三等奖两名", "二〇二二年十一月三日", "3个工作日内", "一、二年级学生", "2021年起",
    ],
)  # fmt: skip
def test_references_and_figures_are_no_labels(text: str) -> None:
    assert labels.read(text) is None


def test_dates_and_document_numbers() -> None:
    assert iso_date("二〇二二年十一月三日") == "2022-11-03"
    assert iso_date("二○二一年 十二 月 二十九 日") == "2021-12-29"
    assert iso_date("2021 年 6 月 9 日") == "2021-06-09"
    assert iso_date("2021年13月9日") is None
    assert is_date("（2021年6月9日）")
    assert not is_date("2021年6月9日起施行")
    assert document_number("鲁大党发[2017] 45 号") == "鲁大党发〔2017〕45号"
    assert document_number("沪教委人（2021）第8号") == "沪教委人〔2021〕8号"
    assert document_number("2017年45号") is None


def test_numbering_that_runs_on_keeps_plain_ids() -> None:
    assert _ids(_parse("一、甲", "1.子", "2.丑", "二、乙", "3.寅", "三、丙", "各单位要落实。")) == ["1", "2", "3", "三"]


def test_numbering_that_restarts_is_named_after_its_section() -> None:
    assert _ids(_parse("一、甲", "1.子", "2.丑", "二、乙", "1.寅")) == ["一.1", "一.2", "二.1"]
    assert _ids(_parse("一、甲", "（一）子", "二、乙", "（一）丑")) == ["一(一)", "二(一)"]


def test_a_slip_in_style_stays_on_its_level() -> None:
    assert _ids(_parse("一、甲。", "二、乙。", "3、丙。", "四、丁。")) == ["一", "二", "3", "四"]


def test_repeated_and_skipped_numbers_are_marked() -> None:
    document = _parse("第一条 甲。", "第一条 乙。", "第四条 丙。")
    assert _ids(document) == ["第一条", "第一条#2", "第四条"]
    assert {mark.where for mark in document.marks} >= {"第一条#2", "第四条"}


def test_a_table_of_contents_is_no_outline() -> None:
    document = _parse(
        "某某办法", "目录", "第一章 总则…1", "第二章 附则…3", "第一章 总则", "第一条 甲。", "第二章 附则", "第二条 乙。"
    )
    assert [entry.id for entry in document.entries] == ["preamble", "第一章", "第一条", "第二章", "第二条"]
    assert document.title == "某某办法"


def test_articles_on_one_line_are_parted() -> None:
    assert _ids(_parse("第一章 总则 第一条 甲。 第二条 依照第一条 的规定办理。")) == ["第一条", "第二条"]


def test_rules_below_a_letter_keep_plain_ids_and_give_the_title() -> None:
    document = _parse(
        "关于转发《考勤办法》的通知", "各单位：", "现将《考勤办法》转发给你们。", "人事处", "2020年1月2日",
        "考勤办法", "第一条 甲。", "第二条 乙。",
    )  # fmt: skip
    assert (document.title, document.issuer, document.issued_on) == ("考勤办法", "人事处", "2020-01-02")
    assert _ids(document) == ["第一条", "第二条"]


def test_a_single_attachment_of_a_notice_with_clauses() -> None:
    document = _parse(
        "关于体检的通知", "各单位：", "一、时间另行通知。", "二、费用由单位承担。", "附件：体检须知", "人事处",
        "2020年1月2日", "附件", "体检须知", "1.空腹。", "2.带证件。",
    )  # fmt: skip
    assert [entry.id for entry in document.entries] == ["preamble", "一", "二", "tail", "附件", "附件.1", "附件.2"]
    assert document.attachments == ("体检须知",)
