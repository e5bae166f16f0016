"""The only place that makes a database engine. SQLite: WAL, BEGIN IMMEDIATE for whatever may write.

Services and actions hand `Connection` and `Row` on without knowing where they come from; they import them here.
"""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection as Connection
from sqlalchemy import DateTime, Dialect, Engine, MetaData, create_engine, event
from sqlalchemy import Row as Row
from sqlalchemy.engine import make_url
from sqlalchemy.types import TypeDecorator

from core.clock import UTC

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)
BUSY_TIMEOUT_MS = 5000


class Instant(TypeDecorator[dt.datetime]):
    """A UTC instant; naive values are refused so that no local time slips in."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        """To the database: naive UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive time reached the database")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: Any, dialect: Dialect) -> dt.datetime | None:
        """From the database: aware UTC."""
        return None if value is None else value.replace(tzinfo=UTC)


class Database:
    """Opens read and write transactions. No network call may happen inside either."""

    def __init__(self, url: str) -> None:
        parsed = make_url(url)
        self.sqlite = parsed.get_backend_name() == "sqlite"
        if self.sqlite and parsed.database not in (None, "", ":memory:"):
            Path(str(parsed.database)).parent.mkdir(parents=True, exist_ok=True)
        self.engine: Engine = create_engine(url, pool_pre_ping=not self.sqlite, hide_parameters=True)
        if self.sqlite:
            event.listen(self.engine, "connect", _prepare_sqlite)
            event.listen(self.engine, "begin", _begin_sqlite)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that only reads."""
        with self.engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that may write; takes SQLite's write lock at once, so no busy lock fails it half-way."""
        with self.engine.connect() as plain:
            connection = plain.execution_options(chengyao_write=True)
            with connection.begin():
                yield connection

    def close(self) -> None:
        """Release every pooled connection."""
        self.engine.dispose()


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        f"busy_timeout={BUSY_TIMEOUT_MS}", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    write = connection.get_execution_options().get("chengyao_write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")
