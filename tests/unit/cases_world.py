"""For the tests of cases: a desk over the demo's people and documents, and short words for what people do."""

import datetime as dt
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from sqlalchemy import select

import core.cases.tables  # noqa: F401  (its tables belong to every database made here)
from core import audit
from core.cases.rules import FIELDS, Case, Draft, FieldValue, Type
from core.cases.service import Desk, Submitted
from core.cases.vault import Vault
from core.clock import UTC, Clock, wall
from core.crypto import Cipher
from core.db import Connection, Database
from core.messages.service import Mailbox
from core.messages.tables import outbox
from core.people import orgs
from core.people import service as people_service
from core.people import store as people
from core.people.rules import Person
from core.policies import service as policies
from core.settings import ROOT
from core.testing import KEY, new_database
from knowledge import catalogue

NOW = dt.datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + b"\x00" * 40
CADRE = {"azkj": "azkj_chenlei", "ldu": "ldu_maxiaodong", "sdju": "sdju_shenyi", "yn": "yn_zhangxiaoling",
         "nq": "nq_liuyang"}  # fmt: skip
DISCIPLINE = {"azkj": "azkj_qianwei", "ldu": "ldu_shihui", "sdju": "sdju_yaojianping", "yn": "yn_zhaoyunfeng",
              "nq": "nq_tianye"}  # fmt: skip
ORGANIZATION = {"azkj": "azkj_zhoujing", "ldu": "ldu_tangwei", "sdju": "sdju_panlei", "yn": "yn_lijing",
                "nq": "nq_gaoxia"}  # fmt: skip


@cache
def _filled() -> Path:
    folder = Path(mkdtemp(prefix="cases-"))
    db = new_database(folder)
    policies.sync(db, catalogue.shipped(), NOW)
    people_service.import_roster(db, ROOT / "orgs" / "demo" / "roster.csv", "test", NOW)
    with db.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.rollback()
    db.close()
    return folder / "test.db"


@dataclass
class World:
    """One desk, its database and folder."""

    desk: Desk
    db: Database
    folder: Path

    def person(self, userid: str) -> Person:
        """Somebody of the demo's roster."""
        with self.db.read() as connection:
            found = people.by_userid(connection, userid)
        assert found is not None
        return found

    def at(self, moment: dt.datetime) -> "World":
        """The same place at another time."""
        mailbox = Mailbox(self.db, self.desk.mailbox.cipher, clock_at(moment))
        return World(Desk(mailbox, self.desk.orgs, self.desk.vault), self.db, self.folder)

    def draft(self, connection: Connection, org: str, kind: Type = Type.TOLERANCE, **more: str) -> Draft:
        """A draft with every required field, and whatever else is given."""
        texts = {item.name: f"{item.label}的内容" for item in FIELDS[kind] if item.required} | more
        values = {name: FieldValue(text, text) for name, text in texts.items()}
        if kind == Type.TOLERANCE:
            values["incident_date"] = FieldValue("2026-10-05", "上个月5号")
        return self.desk.drafts.save(connection, self.person(CADRE[org]), kind, values, {"open": "unit"})

    def file(self, org: str = "azkj", kind: Type = Type.TOLERANCE, **more: str) -> Submitted:
        """A submitted case."""
        with self.desk.work() as connection:
            return self.desk.submit(connection, self.person(CADRE[org]), self.draft(connection, org, kind, **more))

    def move(self, number: str, move: str, userid: str, **details: str) -> Case:
        """One move in a transaction of its own."""
        with self.desk.work() as connection:
            return self.desk.move(connection, number, move, self.person(userid), **details)

    def cards(self, userid: str) -> list[str]:
        """What waits to be sent to somebody, opened."""
        cipher = self.desk.mailbox.cipher
        with self.db.read() as connection:
            query = select(outbox.c.body).where(outbox.c.recipient == userid).order_by(outbox.c.id)
            return [cipher.open_json(row.body, "outbox")["text"] for row in connection.execute(query)]

    def audited(self, action: str) -> list[Any]:
        """The audit rows of one action."""
        with self.db.read() as connection:
            query = select(audit.audit).where(audit.audit.c.action == action).order_by(audit.audit.c.seq)
            return list(connection.execute(query))


def clock_at(moment: dt.datetime) -> Clock:
    """A clock that shows `moment` now."""
    return Clock((moment - wall()).total_seconds())


def new_world(folder: Path) -> Iterator[World]:
    """A fresh copy of the filled database."""
    shutil.copy(_filled(), folder / "test.db")
    db = Database(f"sqlite:///{folder / 'test.db'}")
    cipher = Cipher((KEY,))
    desk = Desk(Mailbox(db, cipher, clock_at(NOW)), orgs.load(), Vault(folder / "evidence", cipher))
    yield World(desk, db, folder)
    db.close()
