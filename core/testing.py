"""For tests, shipped with the package: a database in a folder, a wall clock that moves, a dump of all rows."""
# ruff: noqa: F401  (each store registers its tables)

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import LargeBinary, inspect, select

import core.audit
import core.cases.tables
import core.console.tables
import core.health.tables
import core.learning.tables
import core.messages.tables
import core.notices.tables
import core.people.store
import core.people.tables
import core.policies.store
import core.reminders.tables
import core.talks.tables
import core.worklist.tables
from core.clock import UTC, Clock
from core.crypto import Cipher
from core.db import Database, metadata
from core.messages.rules import Inbound
from core.messages.service import Mailbox

KEY = b"k" * 32
OTHER_KEY = b"o" * 32
START = dt.datetime(2026, 11, 20, 4, 0, tzinfo=UTC)


def new_database(folder: Path, name: str = "test.db") -> Database:
    """A SQLite file with every table."""
    db = Database(f"sqlite:///{folder / name}")
    metadata.create_all(db.engine)
    return db


def new_mailbox(db: Database, *keys: bytes) -> Mailbox:
    """A mailbox under `keys`, or under the test key."""
    return Mailbox(db, Cipher(keys or (KEY,)), Clock())


def text_from(sender: str, text: str, dedup: str, channel: str = "wecom") -> Inbound:
    """A text message as a channel hands it in."""
    return Inbound(channel=channel, sender=sender, dedup=dedup, kind="text", text=text)


@dataclass
class Wall:
    """A wall clock in the hand of the test, for the modules that read `core.clock.wall`."""

    moment: dt.datetime = START

    def __call__(self) -> dt.datetime:
        """The time now."""
        return self.moment

    def forward(self, seconds: float) -> None:
        """Let time pass."""
        self.moment += dt.timedelta(seconds=seconds)


def dump(db: Database, cipher: Cipher | None = None) -> dict[str, list[dict[str, Any]]]:
    """Every row of every table there is; sealed columns opened when a cipher is given (context: the table's name)."""
    found = {}
    with db.read() as connection:
        there = set(inspect(connection).get_table_names())
        for table in (table for table in metadata.sorted_tables if table.name in there):
            sealed = {column.name for column in table.columns if isinstance(column.type, LargeBinary)}
            found[table.name] = [
                {
                    name: cipher.open_json(value, table.name) if cipher and name in sealed and value else value
                    for name, value in row._mapping.items()
                }
                for row in connection.execute(select(table))
            ]
    return found
