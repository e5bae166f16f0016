"""Queries on health checks: offered days and bookings."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from core.health.tables import batches, bookings

BOOKED, DECLINED, BEEN = "booked", "declined", "been"


def add_batch(connection: Connection, row: dict[str, Any]) -> int:
    """Offer a day; the same organisation, department and day again replaces the place. Returns the batch's id."""
    match = (batches.c.org == row["org"], batches.c.department == row["department"], batches.c.on == row["on"])
    known = connection.execute(select(batches.c.id).where(*match)).scalar()
    if known is not None:
        connection.execute(update(batches).where(batches.c.id == known).values(**row))
        return int(known)
    return int(connection.execute(insert(batches).values(**row).returning(batches.c.id)).scalar_one())


def batch(connection: Connection, batch_id: int) -> Row[Any] | None:
    """One offered day."""
    return connection.execute(select(batches).where(batches.c.id == batch_id)).first()


def offered(connection: Connection, org: str, first: dt.date, last: dt.date) -> list[Row[Any]]:
    """The days an organisation offers, in order; `department` '' means everybody."""
    query = select(batches).where(batches.c.org == org, batches.c.on >= first, batches.c.on <= last)
    return list(connection.execute(query.order_by(batches.c.on, batches.c.id)))


def booking(connection: Connection, userid: str, year: int) -> Row[Any] | None:
    """What a person chose for a year."""
    return connection.execute(select(bookings).where(bookings.c.userid == userid, bookings.c.year == year)).first()


def put_booking(connection: Connection, row: dict[str, Any]) -> None:
    """Note what a person chose, replacing an earlier choice of that year."""
    match = (bookings.c.userid == row["userid"], bookings.c.year == row["year"])
    if not connection.execute(update(bookings).where(*match).values(**row)).rowcount:
        connection.execute(insert(bookings).values(**row))


def have_been(connection: Connection, org: str, year: int, userids: Iterable[str]) -> set[str]:
    """Who of these has been."""
    match = (bookings.c.org == org, bookings.c.year == year, bookings.c.state == BEEN)
    query = select(bookings.c.userid).where(*match, bookings.c.userid.in_(list(userids)))
    return {row.userid for row in connection.execute(query)}


def bookings_of(connection: Connection, userids: Iterable[str], year: int) -> dict[str, Row[Any]]:
    """What these people chose for a year, with day and sealed place where a day is chosen."""
    query = (
        select(bookings, batches.c.on, batches.c.body)
        .outerjoin(batches, batches.c.id == bookings.c.batch_id)
        .where(bookings.c.year == year, bookings.c.userid.in_(list(userids)))
    )
    return {row.userid: row for row in connection.execute(query)}


def counts(connection: Connection, org: str, year: int) -> dict[str, int]:
    """How many by state."""
    query = select(bookings.c.state, func.count().label("n")).where(bookings.c.org == org, bookings.c.year == year)
    return {row.state: int(row.n) for row in connection.execute(query.group_by(bookings.c.state))}
