"""Two schedulers at once, and one that is killed: every reminder is planned once and told once."""

import base64
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from core.clock import Clock, offset_for
from core.db import Database
from core.people import service as people
from core.policies import service as policies
from core.reminders.tables import pushes, reminders
from core.settings import ROOT
from core.testing import KEY, new_database
from knowledge import catalogue

PEOPLE = 400
NOW = "2026-11-20T10:00:00+08:00"
DEADLINE = 60


@pytest.fixture
def var(tmp_path: Path) -> Path:
    """State with documents and a roster; everybody of it is due for one reminder at least."""
    db = new_database(tmp_path, "chengyao.db")
    now = Clock(offset_for(NOW)).now()
    policies.sync(db, catalogue.shipped(), now)
    lines = ["userid,name,org,department,post_since"]
    lines += [f"nq_{number},姓名{number},nq,大安镇,2020-01-01" for number in range(PEOPLE)]
    roster = tmp_path / "roster.csv"
    roster.write_text("\n".join(lines), encoding="utf-8")
    people.import_roster(db, roster, "test", now)
    db.close()
    return tmp_path


@pytest.fixture
def started(var: Path) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Two schedulers over the same state."""
    environment = os.environ | {
        "CHENGYAO_VAR": str(var),
        "CHENGYAO_DATA_KEYS": base64.urlsafe_b64encode(KEY).decode(),
        "CHENGYAO_NOW_OFFSET": str(offset_for(NOW)),
    }
    command = [sys.executable, "-m", "scheduler"]
    with (var / "scheduler.log").open("wb") as log:
        running = [subprocess.Popen(command, cwd=ROOT, env=environment, stderr=log, stdout=log) for _ in range(2)]
        yield running
        for process in running:
            process.kill()
            process.wait()


def _told(db: Database) -> int:
    with db.read() as connection:
        return int(connection.execute(select(func.count()).select_from(pushes)).scalar_one())


def test_two_schedulers_have_one_effect_even_when_one_is_killed(
    var: Path, started: list[subprocess.Popen[bytes]]
) -> None:
    db = Database(f"sqlite:///{var / 'chengyao.db'}")
    end = time.monotonic() + DEADLINE
    while _told(db) == 0 and time.monotonic() < end:
        time.sleep(0.05)
    started[0].send_signal(signal.SIGKILL)
    while _told(db) < PEOPLE and time.monotonic() < end:
        time.sleep(0.05)
    with db.read() as connection:
        keys = Counter(
            tuple(row) for row in connection.execute(select(reminders.c.rule, reminders.c.userid, reminders.c.key))
        )
        leave = select(reminders.c.id).where(reminders.c.rule == "leave_unused")
        told = Counter(connection.execute(select(pushes.c.recipient).where(pushes.c.reminder_id.in_(leave))).scalars())
        sent = connection.exec_driver_sql("SELECT recipient, count(*) FROM outbox GROUP BY recipient").all()
    assert set(keys.values()) == {1}
    assert len(told) == PEOPLE and set(told.values()) == {1}
    assert {row[1] for row in sent} == {1} and len(sent) == PEOPLE
    assert started[1].poll() is None, (var / "scheduler.log").read_text(encoding="utf-8")
    db.close()
