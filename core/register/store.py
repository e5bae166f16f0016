"""Queries on the roster for the console: pages, filters and counts; one organisation at a time."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, Select, Table, func, or_, select

from core.db import metadata

PAGE = 50
LEFT = "left"


@dataclass(frozen=True)
class Wanted:
    """What a list of people shows. `words`: the beginning of a name or an account."""

    words: str = ""
    department: str = ""
    role: str = ""
    status: str = "active"
    page: int = 1


def _persons() -> Table:
    """The roster's table: stores don't import each other."""
    return metadata.tables["persons"]


def _matching(query: Select[Any], org: str, wanted: Wanted) -> Select[Any]:
    persons = _persons()
    query = query.where(persons.c.org == org)
    if wanted.words:
        last = wanted.words + "\U0010ffff"
        start = (column.between(wanted.words, last) for column in (persons.c.name, persons.c.userid))
        query = query.where(or_(*start))
    if wanted.department:
        query = query.where(persons.c.department == wanted.department)
    if wanted.role and wanted.role != "cadre":  # most have no other role; two ranges of the index leave them out
        query = query.where(or_(persons.c.roles < "cadre", persons.c.roles > "cadre"))
    if wanted.role:
        query = query.where((";" + persons.c.roles + ";").contains(f";{wanted.role};", autoescape=True))
    return query.where(persons.c.status == wanted.status) if wanted.status else query


def page(connection: Connection, org: str, wanted: Wanted) -> tuple[list[Row[Any]], int]:
    """One page of people by department, and how many there are in all."""
    persons = _persons()
    total = connection.execute(_matching(select(func.count()).select_from(persons), org, wanted)).scalar_one()
    query = _matching(select(persons), org, wanted).order_by(persons.c.department, persons.c.id)
    return list(connection.execute(query.limit(PAGE).offset(PAGE * (wanted.page - 1)))), int(total)


def every(connection: Connection, org: str) -> Iterator[Row[Any]]:
    """All active people of an organisation, for an export."""
    persons = _persons()
    query = select(persons).where(persons.c.org == org, persons.c.status == "active")
    yield from connection.execute(query.order_by(persons.c.department, persons.c.id))


def departments(connection: Connection, org: str) -> list[tuple[str, int]]:
    """Departments with the number of active people."""
    persons = _persons()
    query = select(persons.c.department, func.count().label("n")).where(
        persons.c.org == org, persons.c.status == "active"
    )
    rows = connection.execute(query.group_by(persons.c.department).order_by(persons.c.department))
    return [(str(row.department), int(row.n)) for row in rows]


def with_rights(connection: Connection, org: str, roles: tuple[str, ...]) -> list[Row[Any]]:
    """Active people with one of the roles."""
    persons = _persons()
    any_role = or_(*(persons.c.roles.contains(role, autoescape=True) for role in roles))
    query = select(persons.c.userid, persons.c.name, persons.c.roles, persons.c.department)
    mine = (persons.c.org == org, persons.c.status == "active", any_role)
    return list(connection.execute(query.where(*mine).order_by(persons.c.userid)))


def everybody(connection: Connection) -> dict[str, Row[Any]]:
    """Every row of the roster by user id in lower case, for holding a file against it."""
    return {row.userid.casefold(): row for row in connection.execute(select(_persons()))}
