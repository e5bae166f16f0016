"""Counts and lists over reminders and notice receipts, for the console: by unencrypted columns, a page at a time."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, Row, Select, Table, and_, case, exists, func, or_, select

from core.db import metadata
from core.notices.tables import notice_batches, notice_deliveries, notices
from core.reminders.tables import events, reminders

PAGE = 50
_LIVING = ("planned", "open")


def _persons() -> Table:
    """The roster's table: stores don't import each other."""
    return metadata.tables["persons"]


# -- notices


def recent(connection: Connection, org: str, sender: str, most: int) -> list[Row[Any]]:
    """An organisation's newest notices; of drafts not handed in only the viewer's own."""
    writing = and_(notices.c.state == "draft", notices.c.submitted_at.is_(None), notices.c.sender != sender)
    query = select(notices).where(notices.c.org == org, ~writing)
    return list(connection.execute(query.order_by(notices.c.id.desc()).limit(most)))


def running(connection: Connection, org: str) -> int:
    """How many notices are on their way, paused or wait for somebody's approval."""
    waits = and_(notices.c.state == "draft", notices.c.submitted_at.is_not(None))
    going = notices.c.state.in_(("scheduled", "sending", "paused"))
    return int(connection.execute(select(func.count()).where(notices.c.org == org, or_(waits, going))).scalar_one())


def _receipts(notice_id: int, state: str, answered: str) -> Select[Any]:
    mine = select(notice_batches.c.id).where(notice_batches.c.notice_id == notice_id)
    query = select(notice_deliveries).where(notice_deliveries.c.batch_id.in_(mine))
    if state:
        query = query.where(notice_deliveries.c.state == state)
    if answered == "yes":
        query = query.where(notice_deliveries.c.answer.is_not(None))
    if answered == "no":
        query = query.where(notice_deliveries.c.answer.is_(None))
    return query


def receipts(connection: Connection, notice_id: int, state: str, answered: str, after: int) -> list[Row[Any]]:
    """Receipts after a row's id: at most a page and one more, with name and department."""
    persons, found = _persons(), _receipts(notice_id, state, answered).subquery()
    query = select(found, persons.c.name, persons.c.department).outerjoin(persons, persons.c.userid == found.c.userid)
    return list(connection.execute(query.where(found.c.id > after).order_by(found.c.id).limit(PAGE + 1)))


def every_receipt(connection: Connection, notice_id: int) -> Iterator[Row[Any]]:
    """All receipts of a notice, for an export."""
    persons, found = _persons(), _receipts(notice_id, "", "").subquery()
    query = select(found, persons.c.name, persons.c.department).outerjoin(persons, persons.c.userid == found.c.userid)
    yield from connection.execute(query.order_by(found.c.id))


# -- reminders


def hidden() -> Any:
    """Occurrences of events that are not announced yet: outside HR they are nowhere."""
    return exists().where(events.c.id == reminders.c.event_id, events.c.announced.is_(False))


def by_day(connection: Connection, org: str, first: dt.date, last: dt.date, unannounced: bool) -> list[Row[Any]]:
    """Living and done occurrences between two days by day and rule: due_on, rule, number, done."""
    done = func.sum(case((reminders.c.state == "done", 1), else_=0))
    query = select(reminders.c.due_on, reminders.c.rule, func.count().label("number"), done.label("done")).where(
        reminders.c.org == org, reminders.c.due_on.between(first, last), reminders.c.state.in_((*_LIVING, "done"))
    )
    if not unannounced:
        query = query.where(or_(reminders.c.event_id.is_(None), ~hidden()))
    return list(connection.execute(query.group_by(reminders.c.due_on, reminders.c.rule).order_by(reminders.c.due_on)))


def listed(
    connection: Connection, org: str, first: dt.date, last: dt.date, rule: str, after: int, viewer: str
) -> list[Row[Any]]:
    """Occurrences of a month for HR, without what concerns the viewer: a page and one row more."""
    persons = _persons()
    query = (
        select(reminders, persons.c.name, persons.c.department)
        .outerjoin(persons, persons.c.userid == reminders.c.userid)
        .where(reminders.c.org == org, reminders.c.due_on.between(first, last), reminders.c.userid != viewer)
        .where(reminders.c.state.in_((*_LIVING, "done")), reminders.c.case_number.is_(None))
    )
    if rule:
        query = query.where(reminders.c.rule == rule)
    return list(connection.execute(query.order_by(reminders.c.due_on, reminders.c.id).offset(after).limit(PAGE + 1)))


def overdue(connection: Connection, org: str, today: dt.date) -> dict[str, int]:
    """Living occurrences whose day has passed, by kind."""
    query = select(reminders.c.kind, func.count().label("n")).where(
        reminders.c.org == org,
        reminders.c.state.in_(_LIVING),
        reminders.c.due_on < today,
        or_(reminders.c.event_id.is_(None), ~hidden()),
    )
    return {str(row.kind): int(row.n) for row in connection.execute(query.group_by(reminders.c.kind))}


def by_department(connection: Connection, org: str, kind: str, since: dt.date, today: dt.date) -> list[Row[Any]]:
    """Coverage of a kind since a day: unit, due, done, overdue. Numbers only."""
    persons = _persons()
    done = func.sum(case((reminders.c.state == "done", 1), else_=0)).label("done")
    late = func.sum(case((and_(reminders.c.state.in_(_LIVING), reminders.c.due_on < today), 1), else_=0))
    each = (
        select(reminders.c.userid, func.count().label("due"), done, late.label("overdue"))
        .where(reminders.c.org == org, reminders.c.kind == kind, reminders.c.due_on.between(since, today))
        .where(reminders.c.state.in_((*_LIVING, "done")), or_(reminders.c.event_id.is_(None), ~hidden()))
        .group_by(reminders.c.userid)
        .subquery()
    )
    sums = (func.sum(each.c[name]).label(name) for name in ("due", "done", "overdue"))
    query = select(persons.c.department.label("unit"), *sums).join(persons, persons.c.userid == each.c.userid)
    return list(connection.execute(query.group_by(persons.c.department).order_by(persons.c.department)))
