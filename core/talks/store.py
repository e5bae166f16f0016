"""Queries on talks. The sealed body comes in and goes out as it is stored."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Row, func, insert, or_, select, update

from core.talks.rules import OPEN, State
from core.talks.tables import talks


def add(connection: Connection, row: dict[str, Any]) -> int:
    """Insert a talk; returns its id."""
    return int(connection.execute(insert(talks).values(**row).returning(talks.c.id)).scalar_one())


def change(connection: Connection, talk_id: int, **values: Any) -> None:
    """Change a talk's row."""
    connection.execute(update(talks).where(talks.c.id == talk_id).values(**values))


def by_id(connection: Connection, talk_id: int) -> Row[Any] | None:
    """A talk by its id."""
    return connection.execute(select(talks).where(talks.c.id == talk_id)).first()


def by_number(connection: Connection, number: str) -> Row[Any] | None:
    """The talk of a request."""
    return connection.execute(select(talks).where(talks.c.number == number)).first()


def of_leader(connection: Connection, leader: str, kinds: Iterable[str]) -> list[Row[Any]]:
    """The talks somebody has to hold, the soonest due first."""
    match = (func.lower(talks.c.leader) == leader.casefold(), talks.c.kind.in_(list(kinds)))
    return list(connection.execute(select(talks).where(*match).order_by(talks.c.due_on, talks.c.id)))


def open_of(connection: Connection, userid: str, kind: str) -> list[Row[Any]]:
    """The open talks of one kind about or with a cadre."""
    match = (func.lower(talks.c.userid) == userid.casefold(), talks.c.kind == kind, talks.c.state.in_(OPEN))
    return list(connection.execute(select(talks).where(*match).order_by(talks.c.id)))


def fixed_of(connection: Connection, userid: str, kinds: Iterable[str]) -> list[Row[Any]]:
    """The talks with a fixed time in which somebody has a part, on either side, the soonest first."""
    either = or_(func.lower(talks.c.leader) == userid.casefold(), func.lower(talks.c.userid) == userid.casefold())
    match = (talks.c.state == State.FIXED, talks.c.kind.in_(list(kinds)), either)
    return list(connection.execute(select(talks).where(*match).order_by(talks.c.starts_at, talks.c.id)))


def of_org(connection: Connection, org: str, kind: str) -> list[Row[Any]]:
    """The talks of one kind in an organisation, for HR."""
    match = (talks.c.org == org, talks.c.kind == kind)
    return list(connection.execute(select(talks).where(*match).order_by(talks.c.due_on, talks.c.id)))


def begun(connection: Connection, orgs: Iterable[str], before: dt.datetime, limit: int = 500) -> list[Row[Any]]:
    """Fixed talks that began before an instant and whose sides have not been asked whether they took place."""
    match = (talks.c.state == State.FIXED, talks.c.starts_at <= before, talks.c.asked_at.is_(None))
    here = talks.c.org.in_(list(orgs))
    return list(connection.execute(select(talks).where(*match, here).order_by(talks.c.starts_at).limit(limit)))


def unconfirmed(connection: Connection, org: str, kind: str, before: dt.datetime, limit: int = 500) -> list[Row[Any]]:
    """Fixed talks of one kind in an organisation that began before an instant and were asked about."""
    match = (talks.c.state == State.FIXED, talks.c.org == org, talks.c.kind == kind, talks.c.starts_at <= before)
    query = select(talks).where(*match, talks.c.asked_at.is_not(None)).order_by(talks.c.starts_at)
    return list(connection.execute(query.limit(limit)))


def unanswered(connection: Connection, orgs: Iterable[str], kind: str, limit: int = 500) -> list[Row[Any]]:
    """Talks of one kind without a fixed time that nobody was reminded of."""
    match = (talks.c.state == State.PLANNED, talks.c.kind == kind, talks.c.nudged_at.is_(None))
    here = talks.c.org.in_(list(orgs))
    return list(connection.execute(select(talks).where(*match, here).order_by(talks.c.id).limit(limit)))
