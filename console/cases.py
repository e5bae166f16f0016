"""The queue of cases: filters and sorting by unencrypted columns, one page at a time."""

import datetime as dt
from dataclasses import replace

from starlette.responses import Response

from console.visit import GET, Page, Visit
from core.errors import Refused
from core.people.access import Right
from core.worklist import service
from core.worklist import store as lists
from core.worklist.rules import PAGE, SORTS, Filter


def show(visit: Visit) -> Response:
    """GET /cases."""
    asked = filter_of(visit)
    with visit.parts.db.read() as connection:
        found, total = service.queue(connection, visit.person, asked)
        units = lists.units(connection, visit.person.org)
        userids = {case.handler or "" for case in found} | set(lists.handlers(connection, visit.person.org))
        names = lists.names(connection, userids)
    pages = max(1, -(-total // PAGE))
    return visit.page(
        "cases.html", title="办件", cases=found, total=total, asked=asked, units=units, names=names, pages=pages,
        kept=kept(visit),
    )  # fmt: skip


def filter_of(visit: Visit) -> Filter:
    """The filter as asked for. Raises Refused for a date or page that is none."""
    asked = Filter(
        type=visit.asked("type"),
        status=visit.asked("status"),
        unit=visit.asked("unit"),
        handler=visit.asked("handler"),
        number=visit.asked("number").upper(),
        since=day(visit.asked("since")),
        until=day(visit.asked("until")),
        open_only=visit.asked("all") != "1",
        newest_first=visit.asked("order") == "desc",
        page=page_number(visit),
    )
    sort = visit.asked("sort")
    return replace(asked, sort=sort) if sort in SORTS else asked


def page_number(visit: Visit) -> int:
    """Which page of a list, 1 and up. Raises Refused."""
    raw = visit.asked("page") or "1"
    if not (raw.isascii() and raw.isdecimal() and 0 < int(raw[:7]) < 1_000_000):
        raise Refused("没有这一页。")
    return int(raw)


def day(raw: str) -> dt.date | None:
    """An ISO day of a filter. Raises Refused."""
    try:
        return dt.date.fromisoformat(raw) if raw else None
    except ValueError:
        raise Refused("日期应写成 2026-11-20 这样。") from None


def kept(visit: Visit) -> dict[str, str]:
    """The filter's parameters, for links to other pages of the same list."""
    return {name: value for name, value in visit.query.items() if name not in ("page", "done") and value}


PAGES = (Page(GET, "/cases", Right.CASES, show),)
