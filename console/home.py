"""Home: what needs me now. Numbers only: no name, no content."""

import datetime as dt
from collections import Counter
from functools import partial
from typing import Any

from starlette.responses import Response

from console import questions, reminders
from console.visit import GET, Page, Visit
from core.coverage import store as coverage
from core.db import Connection
from core.learning import service as learning
from core.people.access import Right
from core.worklist import service
from core.worklist import store as lists
from core.worklist.rules import AGES, types


def show(visit: Visit) -> Response:
    """GET /."""
    now = visit.parts.clock.now()
    values: dict[str, Any] = {"waiting": None, "year": None, "tiles": [], "coverages": [], "quality": None}
    with visit.parts.db.read() as connection:
        if Right.CASES in visit.rights:
            rows = service.waiting(connection, visit.person, now)
            values["waiting"] = _table(rows)
            since = questions.first_month(visit.parts.clock.today())
            count = partial(lists.by_month, connection, visit.person.org, since)
            values["year"] = _year(visit.parts.numbers.of(("year", visit.person.org, since), count), since)
        if Right.REMINDERS_READ in visit.rights:
            _reminders(visit, connection, values)
        if Right.NOTICES_READ in visit.rights:
            number = coverage.running(connection, visit.person.org)
            values["tiles"].append(("/notices", number, "条通知在发送或待审核"))
        if Right.KNOWLEDGE in visit.rights:
            number = lists.question_count(connection)
            values["tiles"].append(("/knowledge/questions", number, "个没有听懂、本人同意共享的问题"))
            values["quality"] = _quality(visit, connection)
    return visit.page("home.html", title="首页", ages=[label for _, label in AGES], **values)


def _reminders(visit: Visit, connection: Connection, values: dict[str, Any]) -> None:
    late = reminders.overdue(visit, connection)
    for kind in reminders.COVERED:
        values["tiles"].append(("/reminders", late.get(kind, 0), f"项{reminders.KINDS[kind]}逾期"))
        rows = reminders.by_department(visit, connection, kind)
        values["coverages"].append({"title": f"{reminders.KINDS[kind]}：近一年各部门情况", "rows": rows})


def _quality(visit: Visit, connection: Connection) -> list[questions.Month]:
    """Answers, refusals and ratings by month."""
    since = questions.first_month(visit.parts.clock.today())
    return questions.by_month(connection, learning.counts_in(connection), since)


def _table(rows: list[Any]) -> list[tuple[str, str, list[int], int]]:
    """(type, status, numbers by age, sum), in the order of work."""
    counts: dict[tuple[str, str], Counter[int]] = {}
    for row in rows:
        counts.setdefault((row.type, row.status), Counter())[row.age] += row.number
    ordered = sorted(counts, key=lambda key: (types().index(key[0]), key[1]))
    return [
        (kind, status, [counts[kind, status][age] for age in range(len(AGES))], counts[kind, status].total())
        for kind, status in ordered
    ]


def _year(rows: list[Any], since: dt.date) -> list[tuple[str, list[tuple[str, int]], int]]:
    """Twelve months, each with its numbers by kind and their sum."""
    found = []
    for place in range(12):
        months = since.year * 12 + since.month - 1 + place
        month = f"{months // 12:04d}-{months % 12 + 1:02d}"
        numbers = [
            (kind, sum(row.number for row in rows if (row.type, row.month) == (kind, month))) for kind in types()
        ]
        found.append((month, numbers, sum(number for _, number in numbers)))
    return found


PAGES = (Page(GET, "/", Right.HOME, show),)
