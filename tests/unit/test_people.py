"""Roster import: CSV and XLSX, twice the same, bad rows by line and reason, what is not needed left unread."""

import csv
import datetime as dt
from pathlib import Path

import openpyxl
import pytest
from sqlalchemy import func, select

from core import audit
from core.db import Database
from core.errors import RosterError
from core.people import service, store
from core.people.rules import Person, heading, parse_date
from core.testing import START, dump

HEAD = ["userid", "name", "org", "department", "post_since", "born_on", "roles", "is_head", "tags"]
ROWS = [
    ["azkj_one", "陈一", "azkj", "教务处", "2022-09-01", "1975.03", "cadre;hr", "1", "中层干部；女干部"],
    ["ldu_two", "林二", "ldu", "党委组织部", "2019年5月", "", "", "", ""],
]
DEMO = Path(__file__).resolve().parents[2] / "orgs" / "demo" / "roster.csv"


def write_csv(path: Path, rows: list[list[str]], encoding: str = "utf-8") -> Path:
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file).writerows(rows)
    return path


def write_xlsx(path: Path, rows: list[list[object]]) -> Path:
    book = openpyxl.Workbook()
    for row in rows:
        book.worksheets[0].append(row)
    book.save(path)
    return path


def load(db: Database, path: Path) -> service.Imported:
    return service.import_roster(db, path, "cli", START)


def person(db: Database, userid: str) -> Person:
    with db.read() as connection:
        found = store.by_userid(connection, userid)
    assert found is not None
    return found


def test_a_csv_is_loaded(db: Database, tmp_path: Path) -> None:
    report = load(db, write_csv(tmp_path / "r.csv", [HEAD, *ROWS]))
    assert (report.added, report.changed, report.bad, report.dropped) == (2, 0, [], [])
    one, two = person(db, "azkj_one"), person(db, "ldu_two")
    assert (one.name, one.department) == ("陈一", "教务处")
    assert (one.roles, one.tags) == (("cadre", "hr"), ("中层干部", "女干部"))
    assert (one.born_on, one.post_since, one.is_head) == ("1975-03", "2022-09-01", True)
    assert (two.post_since, two.roles, two.is_head, two.status) == ("2019-05", ("cadre",), False, "active")


def test_a_spreadsheet_with_chinese_headings_is_loaded(db: Database, tmp_path: Path) -> None:
    rows: list[list[object]] = [
        ["账号", "姓名", "单位", "所在部门", "现任职务", "任现职时间", "出生年月", "身份证号", "健康状况", "备注"],
        ["nq_one", "王三", "nq", "县委办", "科员", dt.datetime(2020, 4, 1), 1980.1, "secret-number", "好", "x"],
    ]
    report = load(db, write_xlsx(tmp_path / "r.xlsx", rows))
    assert (report.added, report.bad) == (1, [])
    assert report.dropped == ["身份证号", "健康状况", "备注"]
    found = person(db, "nq_one")
    assert (found.post, found.post_since, found.born_on) == ("科员", "2020-04-01", "1980-10")
    assert "secret-number" not in str(dump(db))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_encodings_of_office_programs(db: Database, tmp_path: Path, encoding: str) -> None:
    load(db, write_csv(tmp_path / "r.csv", [HEAD, *ROWS], encoding))
    assert person(db, "azkj_one").name == "陈一"


def test_importing_twice_changes_nothing(db: Database) -> None:
    first = load(db, DEMO)
    before = dump(db)
    second = load(db, DEMO)
    assert (first.added, first.bad, first.dropped) == (second.same, [], [])
    assert (second.added, second.changed, second.bad) == (0, 0, [])
    assert dump(db) == before


def test_a_changed_row_keeps_the_person(db: Database, tmp_path: Path) -> None:
    load(db, write_csv(tmp_path / "r.csv", [HEAD, *ROWS]))
    before = person(db, "azkj_one").id
    changed = [[*ROWS[0][:3], "学生处", *ROWS[0][4:]], ROWS[1]]
    report = load(db, write_csv(tmp_path / "r.csv", [HEAD, *changed]))
    assert (report.added, report.changed, report.same) == (0, 1, 1)
    assert (person(db, "AZKJ_ONE").id, person(db, "azkj_one").department) == (before, "学生处")


def test_bad_rows_are_named_and_the_others_loaded(db: Database, tmp_path: Path) -> None:
    bad = [
        ["", "无名", "azkj"],
        ["a b", "空格", "azkj"],
        ["x1", "外单位", "nowhere"],
        ["x2", "日期", "azkj", "", "昨天"],
        ["x3", "日期", "azkj", "", "2020.13"],
        ["x4", "角色", "azkj", "", "", "", "king"],
        ["AZKJ_ONE", "重复", "azkj"],
    ]
    report = load(db, write_csv(tmp_path / "r.csv", [HEAD, ROWS[0], *bad, [], ROWS[1]]))
    assert report.added == 2
    reasons = {row.line: row.reason for row in report.bad}
    assert list(reasons) == [3, 4, 5, 6, 7, 8, 9]
    parts = ("userid", "userid", "nowhere", "post_since", "post_since", "king", "重复")
    for line, part in zip(reasons, parts, strict=True):
        assert part in reasons[line], reasons[line]


def test_a_file_that_is_no_roster_is_refused(db: Database, tmp_path: Path) -> None:
    empty = write_csv(tmp_path / "empty.csv", [])
    headless = write_csv(tmp_path / "headless.csv", [["姓名"], ["陈一"]])
    broken = tmp_path / "broken.xlsx"
    broken.write_bytes(b"not a zip")
    for path in (empty, headless, broken, tmp_path / "absent.csv", tmp_path / "absent.xlsx"):
        with pytest.raises(RosterError):
            load(db, path)
    assert dump(db)["persons"] == []


def test_an_import_is_audited_once_without_names(db: Database, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "r.csv", [HEAD, *ROWS])
    load(db, path)
    load(db, path)
    with db.read() as connection:
        assert connection.execute(select(func.count()).select_from(audit.audit)).scalar_one() == 1
        assert "陈一" not in str(connection.execute(select(audit.audit)).all())


def test_an_account_is_found_whatever_its_case_and_only_while_active(db: Database, tmp_path: Path) -> None:
    load(db, write_csv(tmp_path / "r.csv", [HEAD, *ROWS]))
    with db.read() as connection:
        found = store.by_account(connection, "wecom", "AZKJ_One")
        assert found is not None and found.userid == "azkj_one"
        assert store.by_account(connection, "telegram", "azkj_one") is None
    gone = [[*HEAD, "status"], [*ROWS[0], "left"]]
    load(db, write_csv(tmp_path / "r.csv", gone))
    with db.read() as connection:
        assert store.by_account(connection, "wecom", "azkj_one") is None


@pytest.mark.parametrize(
    ("raw", "iso"),
    [
        ("1975.03", "1975-03"), ("1975-3-2", "1975-03-02"), ("1975/03/02", "1975-03-02"), ("1975年3月", "1975-03"),
        ("1975年03月02日", "1975-03-02"), (" 1975.3 ", "1975-03"), ("", ""),
    ],
)  # fmt: skip
def test_dates_keep_their_precision(raw: str, iso: str) -> None:
    assert parse_date(raw) == iso


@pytest.mark.parametrize("raw", ["1975", "1975.13", "2023-02-29", "三月", "75.03", "1975.03.02.01"])
def test_unreadable_dates_are_refused(raw: str) -> None:
    with pytest.raises(ValueError):
        parse_date(raw)


def test_headings() -> None:
    assert (heading(" UserID "), heading("现任职务")) == ("userid", "post")
    assert (heading("身份证号"), heading("")) == (None, None)
