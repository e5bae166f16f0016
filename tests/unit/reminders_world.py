"""For the tests of reminders: roster rows in, pushed texts out, on a clock that the test sets."""

import csv
import datetime as dt
import io
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from sqlalchemy import select

import core.health.tables
import core.reminders.tables  # noqa: F401  (their tables belong to every database made here)
from core.cases.service import Desk
from core.cases.vault import Vault
from core.clock import SHANGHAI, UTC, Clock
from core.crypto import Cipher
from core.db import Database
from core.messages.rules import Reply, reply_from_json
from core.messages.service import Mailbox
from core.messages.tables import outbox
from core.people import orgs
from core.people import service as people_service
from core.people import store as people
from core.people.rules import Person
from core.policies import service as policies
from core.reminders.service import Reminders
from core.reminders.tables import reminders as rows
from core.reminders.ticking import Ticked
from core.talks.service import Talks
from core.testing import KEY, new_database
from knowledge import catalogue

NOW = dt.datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
HR = {"roles": "hr", "department": "组织人事处", "post_since": "2020-03-01", "retires_on": "2040-01-31"}


@dataclass(frozen=True)
class SetClock(Clock):
    """A clock that stands where the test put it."""

    moment: dt.datetime = NOW

    def now(self) -> dt.datetime:
        """That moment."""
        return self.moment


@cache
def _filled() -> Path:
    folder = Path(mkdtemp(prefix="reminders-"))
    db = new_database(folder)
    policies.sync(db, catalogue.shipped(), NOW)
    with db.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.rollback()
    db.close()
    return folder / "test.db"


@dataclass
class World:
    """A database with the shipped documents and the roster that the test imports."""

    folder: Path
    db: Database

    def roster(self, *people_rows: dict[str, str]) -> None:
        """Import rows as a roster file; missing columns are empty, the organisation is the user id's first part."""
        names = sorted({name for row in people_rows for name in row} | {"name", "org"})
        target = io.StringIO()
        writer = csv.DictWriter(target, names)
        writer.writeheader()
        for row in people_rows:
            writer.writerow({"name": f"姓名{row['userid']}", "org": row["userid"].partition("_")[0], **row})
        path = self.folder / "roster.csv"
        path.write_text(target.getvalue(), encoding="utf-8")
        report = people_service.import_roster(self.db, path, "test", NOW)
        assert not report.bad, report.bad

    def at(self, when: str) -> Reminders:
        """The reminders at a local time: 2026-11-20T10:00."""
        moment = dt.datetime.fromisoformat(when).replace(tzinfo=SHANGHAI)
        mailbox = Mailbox(self.db, Cipher((KEY,)), SetClock(moment=moment))
        known = orgs.load()
        return Reminders(mailbox, known, Talks(Desk(mailbox, known, Vault(self.folder / "evidence", mailbox.cipher))))

    def run(self, when: str) -> Ticked:
        """Plan and tick, as the scheduler does at that time."""
        reminders = self.at(when)
        reminders.plan(reminders.today())
        return reminders.tick(reminders.mailbox.clock.now())

    def person(self, userid: str) -> Person:
        """Somebody of the roster."""
        with self.db.read() as connection:
            found = people.by_userid(connection, userid)
        assert found
        return found

    def pushed(self, userid: str) -> list[Reply]:
        """What was queued for somebody, in order."""
        cipher = Cipher((KEY,))
        with self.db.read() as connection:
            found = connection.execute(select(outbox).where(outbox.c.recipient == userid).order_by(outbox.c.id))
            return [reply_from_json(cipher.open_json(row.body, "outbox")) for row in found]

    def texts(self, userid: str) -> list[str]:
        """The texts of it."""
        return [reply.text for reply in self.pushed(userid)]

    def rows(self, **match: Any) -> list[Any]:
        """Occurrences whose columns have these values."""
        query = select(rows).where(*(rows.c[name] == value for name, value in match.items())).order_by(rows.c.id)
        with self.db.read() as connection:
            return list(connection.execute(query))


def new_world(folder: Path) -> Iterator[World]:
    """A world with the documents and nobody in it."""
    shutil.copy(_filled(), folder / "test.db")
    db = Database(f"sqlite:///{folder / 'test.db'}")
    yield World(folder, db)
    db.close()
