"""Finds and rewrites sealed columns, whatever table they are in: as the database has them, not as the code declares.

Every binary column is taken for sealed under its table's name, but for those in `NOT_SEALED`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, LargeBinary, MetaData, Table, bindparam, func, select, tuple_, update

NOT_SEALED: frozenset[tuple[str, str]] = frozenset({("trackers", "blob")})
"""(table, column) of binary columns that are not ours to seal: Rasa's tracker has a key of its own."""
_KEY_ID = 4
Key = tuple[Any, ...]


@dataclass(frozen=True)
class Place:
    """One sealed column; `name` is the table's, which binds what is sealed in it."""

    name: str
    column: str
    table: Table


def places(connection: Connection) -> list[Place]:
    """Every sealed column of the database, tables by name."""
    found = MetaData()
    found.reflect(bind=connection)
    return [
        Place(name, column.name, table)
        for name, table in sorted(found.tables.items())
        for column in table.columns
        if isinstance(column.type, LargeBinary) and (name, column.name) not in NOT_SEALED
    ]


def older(
    connection: Connection, place: Place, current: bytes, after: Key | None, limit: int
) -> list[tuple[Key, bytes]]:
    """Up to `limit` values that another key than `current` (its id) sealed, by primary key from `after` on."""
    keys = list(place.table.primary_key.columns)
    column = place.table.c[place.column]
    query = select(*keys, column).where(column.is_not(None), func.substr(column, 1, _KEY_ID) != current)
    if after is not None:
        query = query.where(tuple_(*keys) > tuple_(*after))
    return [(tuple(row[:-1]), row[-1]) for row in connection.execute(query.order_by(*keys).limit(limit))]


def replace(connection: Connection, place: Place, changed: Sequence[tuple[Key, bytes, bytes]]) -> int:
    """Put (key, old, new) values in, each only where the old one still stands; returns how many did."""
    if not changed:
        return 0
    column, keys = place.table.c[place.column], place.table.primary_key.columns
    match = [known == bindparam(f"key_{number}") for number, known in enumerate(keys)]
    query = update(place.table).where(*match, column == bindparam("old")).values({place.column: bindparam("new")})
    rows = [
        {f"key_{number}": value for number, value in enumerate(key)} | {"old": old, "new": new}
        for key, old, new in changed
    ]
    return connection.execute(query, rows).rowcount
