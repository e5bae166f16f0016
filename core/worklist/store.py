"""Queries behind the console's lists and counts, by unencrypted columns only."""

import dataclasses
import datetime as dt
from typing import Any

from sqlalchemy import Connection, Row, Select, case, func, or_, select
from sqlalchemy import Table as SqlTable

from core.cases.rules import Case, Status, Type
from core.cases.tables import case_exclusions, cases
from core.clock import SHANGHAI
from core.db import metadata
from core.messages.tables import shared_questions
from core.worklist.rules import OPEN_STATUSES, PAGE, SORTS, Filter
from core.worklist.tables import case_analysis

_NAMES = tuple(item.name for item in dataclasses.fields(Case))


def _table(name: str) -> SqlTable:
    """A table of another store: lists join them, and stores don't import each other."""
    return metadata.tables[name]


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), SHANGHAI)


def _case(row: Row[Any]) -> Case:
    values = {name: getattr(row, name) for name in _NAMES}
    return Case(**values | {"type": Type(row.type), "status": Status(row.status)})


def _visible(query: Select[Any], org: str, viewer: str) -> Select[Any]:
    """The organisation's cases without the viewer's own ones and those the viewer is kept out of."""
    kept_out = select(case_exclusions.c.case_id).where(
        func.lower(case_exclusions.c.userid) == viewer.casefold(), case_exclusions.c.state != "denied"
    )
    return query.where(cases.c.org == org, cases.c.applicant != viewer, cases.c.id.not_in(kept_out))


def _filtered(query: Select[Any], asked: Filter) -> Select[Any]:
    for name in ("type", "status", "unit", "handler"):
        if value := getattr(asked, name):
            query = query.where(cases.c[name] == value)
    if asked.number:
        query = query.where(cases.c.number.contains(asked.number, autoescape=True))
    if asked.open_only and not asked.status:
        query = query.where(cases.c.status.in_(OPEN_STATUSES))
    if asked.since:
        query = query.where(cases.c.submitted_at >= _midnight(asked.since))
    if asked.until:
        query = query.where(cases.c.submitted_at < _midnight(asked.until + dt.timedelta(days=1)))
    return query


def cases_page(connection: Connection, org: str, viewer: str, asked: Filter) -> tuple[list[Case], int]:
    """One page of the queue, and how many there are in all."""
    total = connection.execute(_filtered(_visible(select(func.count()), org, viewer), asked)).scalar_one()
    column = cases.c[asked.sort if asked.sort in SORTS else SORTS[0]]
    order = (column.desc(), cases.c.id.desc()) if asked.newest_first else (column, cases.c.id)
    ids = _filtered(_visible(select(cases.c.id), org, viewer), asked).order_by(*order)
    page = ids.limit(PAGE).offset(PAGE * (asked.page - 1))
    rows = connection.execute(select(cases).where(cases.c.id.in_(page)).order_by(*order))
    return [_case(row) for row in rows], int(total)


def units(connection: Connection, org: str) -> list[str]:
    """The units that cases of an organisation came from."""
    query = select(cases.c.unit).where(cases.c.org == org).distinct().order_by(cases.c.unit)
    return [str(row.unit) for row in connection.execute(query)]


def waiting(connection: Connection, org: str, viewer: str, now: dt.datetime, days: tuple[int, ...]) -> list[Row[Any]]:
    """Open cases by kind, status and age: type, status, age (place in `days`), number."""
    age = case(
        *((cases.c.submitted_at > now - dt.timedelta(days=limit + 1), place) for place, limit in enumerate(days)),
        else_=len(days) - 1,
    )
    query = select(cases.c.type, cases.c.status, age.label("age"), func.count().label("number"))
    query = _visible(query, org, viewer).where(cases.c.status.in_(OPEN_STATUSES))
    return list(connection.execute(query.group_by(cases.c.type, cases.c.status, age)))


def by_month(connection: Connection, org: str, since: dt.date) -> list[Row[Any]]:
    """Submitted cases by kind and month (UTC text YYYY-MM): type, month, number."""
    month = func.substr(cases.c.submitted_at, 1, 7)
    query = select(cases.c.type, month.label("month"), func.count().label("number"))
    query = query.where(cases.c.org == org, cases.c.submitted_at >= _midnight(since))
    return list(connection.execute(query.group_by(cases.c.type, month)))


def question_count(connection: Connection) -> int:
    """How many shared questions wait."""
    return int(connection.execute(select(func.count()).select_from(shared_questions)).scalar_one())


# -- people of a case: an organisation may have a hundred thousand, and a page needs a few


def handlers(connection: Connection, org: str) -> list[str]:
    """User ids of the organisation's active handlers."""
    persons = _table("persons")
    # Most have no role but cadre; two ranges of the index leave them out.
    more = or_(persons.c.roles < "cadre", persons.c.roles > "cadre")
    mine = (persons.c.org == org, more, persons.c.status == "active", persons.c.roles.contains("handler_"))
    return [str(row.userid) for row in connection.execute(select(persons.c.userid).where(*mine))]


def names(connection: Connection, userids: set[str]) -> dict[str, str]:
    """Names by user id."""
    persons = _table("persons")
    query = select(persons.c.userid, persons.c.name).where(persons.c.userid.in_(userids))
    return {str(row.userid): str(row.name) for row in connection.execute(query)}


# -- the analysis sheet


def sheet(connection: Connection, case_id: int) -> list[Row[Any]]:
    """What is written on a case's sheet."""
    return list(connection.execute(select(case_analysis).where(case_analysis.c.case_id == case_id)))


def put_sheet(connection: Connection, case_id: int, item: str, row: dict[str, Any] | None) -> None:
    """Replace one entry; None removes it."""
    match = (case_analysis.c.case_id == case_id, case_analysis.c.item == item)
    connection.execute(case_analysis.delete().where(*match))
    if row:
        connection.execute(case_analysis.insert().values(case_id=case_id, item=item, **row))


# -- the trail


def trail(
    connection: Connection, org: str, actor: str, action: str, subject: str, since: dt.date | None,
    until: dt.date | None, before: int | None,
) -> list[Row[Any]]:  # fmt: skip
    """Audit rows that concern an organisation, the newest first: at most one page and one row more.

    They concern it when the actor or the subject is a person of it, or the subject is a case of it; what neither
    a person did nor a case is about (imports at the command line, keys) concerns everybody.
    """
    rows, persons = _table("audit"), _table("persons")
    query = select(rows)
    if before:
        query = query.where(rows.c.seq < before)
    for column, value in ((rows.c.actor, actor), (rows.c.subject, subject)):
        if value:
            query = query.where(column == value)
    if action.endswith("."):  # a whole family
        query = query.where(rows.c.action.between(action, action + "\U0010ffff"))
    elif action:
        query = query.where(rows.c.action == action)
    if since:
        query = query.where(rows.c.at >= _midnight(since))
    if until:
        query = query.where(rows.c.at < _midnight(until + dt.timedelta(days=1)))
    by_us = select(persons.c.id).where(persons.c.userid == rows.c.actor)
    about_us = select(persons.c.id).where(persons.c.userid == rows.c.subject)
    our_case = select(cases.c.id).where(cases.c.number == rows.c.subject)
    nobodys = ~by_us.exists() & ~about_us.exists() & ~our_case.exists()
    ours = or_(
        by_us.where(persons.c.org == org).exists(),
        about_us.where(persons.c.org == org).exists(),
        our_case.where(cases.c.org == org).exists(),
        nobodys,
    )
    return list(connection.execute(query.where(ours).order_by(rows.c.seq.desc()).limit(PAGE + 1)))


def actions(connection: Connection) -> list[str]:
    """The kinds of audit entries there are, for a filter."""
    rows = _table("audit")
    found: list[str] = []
    last = ""
    while True:  # one look at the index for each kind, however many rows there are
        name = connection.execute(select(func.min(rows.c.action)).where(rows.c.action > last)).scalar()
        if name is None:
            return found
        found.append(str(name))
        last = str(name)


def trail_size(connection: Connection) -> int:
    """The number of the newest audit row."""
    return int(connection.execute(select(func.max(_table("audit").c.seq))).scalar() or 0)
