"""Exports to CSV and XLSX: roster, coverage, receipts and nothing else; with a reason, a watermark, an audit entry.

Cases (but for the single dossier), life events, distress and conversations are never exported.
"""

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Any

from openpyxl import Workbook
from starlette.responses import Response

from console import reminders
from console.visit import GET, POST, Page, Visit
from core.coverage import store as coverage
from core.db import Connection
from core.errors import NotFound, Refused
from core.notices.rules import ACTION_TITLES
from core.notices.service import Notices
from core.people.access import Right
from core.register import store as register

TITLES = {"roster": "花名册", "coverage": "谈话和体检覆盖情况", "receipts": "通知回执"}
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_OUTCOMES = {"waiting": "待发送", "accepted": "平台已接收", "failed": "发送失败", "unknown": "结果不明"}
_SHORTEST = 4
Row = list[str]


def ask(visit: Visit) -> Response:
    """GET /export/{what}: the reason first."""
    what = _what(visit)
    return visit.page("export.html", title=f"导出{TITLES[what]}", notice=visit.asked("notice"), problem="")


def _what(visit: Visit) -> str:
    if visit.path["what"] not in TITLES:
        raise NotFound
    return visit.path["what"]


def make(visit: Visit) -> Response:
    """POST /export/{what}: the file."""
    what, reason, kind = _what(visit), visit.given("reason"), visit.given("kind")
    if len(reason) < _SHORTEST:
        return visit.page(
            "export.html", 409, title=f"导出{TITLES[what]}", notice=visit.given("notice"), problem="请写明导出理由。"
        )
    with visit.parts.db.read() as connection:
        head, rows = _table(visit, connection, what)
    visit.parts.doors.note(visit.person.userid, "export", what, rows=len(rows), reason=reason[:200], kind=kind)
    who, when = f"{visit.person.name}（{visit.person.userid}）", f"{visit.parts.clock.local():%Y-%m-%d %H:%M}"
    mark = f"撑腰工作台导出 · {who} · {when} · 理由：{reason[:200]}"
    name = f"{what}-{visit.parts.clock.today():%Y%m%d}"
    if kind == "xlsx":
        return _file(xlsx(mark, head, rows), _XLSX, f"{name}.xlsx")
    return _file(as_csv(mark, head, rows), "text/csv; charset=utf-8", f"{name}.csv")


def _file(data: bytes, mime: str, name: str) -> Response:
    return Response(data, media_type=mime, headers={"content-disposition": f'attachment; filename="{name}"'})


def _table(visit: Visit, connection: Connection, what: str) -> tuple[Row, list[Row]]:
    if what == "roster":
        return _roster(connection, visit.person.org)
    if what == "coverage":
        return _coverage(visit, connection)
    return _receipts(visit, connection)


def _roster(connection: Connection, org: str) -> tuple[Row, list[Row]]:
    names = ("userid", "name", "department", "post", "rank", "post_since", "department_since", "hired_on", "roles")
    head = ["账号", "姓名", "部门", "现任职务", "职级", "任现职时间", "到现部门时间", "参加工作时间", "角色"]
    return head, [[str(getattr(row, name)) for name in names] for row in register.every(connection, org)]


def _coverage(visit: Visit, connection: Connection) -> tuple[Row, list[Row]]:
    rows: list[Row] = []
    for label, row in coverage_rows(visit, connection):
        rows.append([label, row.unit, str(row.due), str(row.done), str(row.overdue)])
    return ["类别", "部门", "应做", "已做", "逾期"], rows


def coverage_rows(visit: Visit, connection: Connection) -> Iterator[tuple[str, Any]]:
    """Coverage of the last twelve months by kind and department."""
    today = visit.parts.clock.today()
    for kind in reminders.COVERED:
        for row in coverage.by_department(connection, visit.person.org, kind, reminders.year_before(today), today):
            yield reminders.KINDS[kind], row


def _receipts(visit: Visit, connection: Connection) -> tuple[Row, list[Row]]:
    raw = visit.given("notice")
    if not (raw.isascii() and raw.isdecimal() and len(raw) < 10):
        raise Refused("请从通知页面导出回执。")
    notice = Notices(visit.parts.desk.mailbox, visit.parts.desk.orgs).get(connection, int(raw))
    if notice.org != visit.person.org:
        raise NotFound
    rows = [
        [row.userid, row.name or "", row.department or "", _OUTCOMES[row.state], row.reason or "",
         ACTION_TITLES.get(row.answer, "")]
        for row in coverage.every_receipt(connection, notice.id)
    ]  # fmt: skip
    return ["账号", "姓名", "部门", "发送结果", "原因", "回复"], rows


def plain(value: str) -> str:
    """A cell that no spreadsheet runs: what could start a formula gets an apostrophe in front."""
    return f"'{value}" if value.startswith(_FORMULA) else value


def as_csv(mark: str, head: Row, rows: Iterable[Row]) -> bytes:
    """UTF-8 with a mark that Excel needs; the watermark is the first line."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([plain(mark)])
    writer.writerow(head)
    writer.writerows([plain(cell) for cell in row] for row in rows)
    return out.getvalue().encode("utf-8-sig")


def xlsx(mark: str, head: Row, rows: Iterable[Row]) -> bytes:
    """A workbook whose cells are text; the watermark is the first row and on every printed page."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("导出")
    sheet.oddHeader.center.text = mark.replace("&", "&&")
    for row in ([mark], head, *rows):
        sheet.append([plain(cell) for cell in row])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


PAGES = (
    Page(GET, "/export/{what}", Right.EXPORT, ask),
    Page(POST, "/export/{what}", Right.EXPORT, make),
)
