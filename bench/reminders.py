"""Planning and ticking by the number of people: `python -m bench.reminders [SIZE …]`; ticks alone: `--tick [SIZE …]`.

Beside it the conventional way, one APScheduler job a person in its SQLAlchemy store, at the sizes it can stand. Both
write to a SQLite file in a folder of their own. A tick has 1,000 reminders due at every size. `--tick` writes the rows
by SQL as the planner would, so that a million people need no planning first.
"""

import datetime as dt
import resource
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.background import BackgroundScheduler

from bench import machine
from core import testing
from core.clock import SHANGHAI, UTC, Clock
from core.crypto import Cipher
from core.db import Database
from core.messages.service import Mailbox
from core.people import orgs
from core.policies import service as policies
from core.reminders.service import Reminders
from knowledge import catalogue

SIZES = (10_000, 100_000, 1_000_000)
JOB_SIZES = (1_000, 10_000)
DUE = 1000
ORG = "nq"
DAY = dt.date(2026, 8, 20)
MOMENT = dt.datetime.combine(DAY, dt.time(10), SHANGHAI)
_EMPTY = ("rank", "telegram_id", "supervisor", "party_org", "managed_by", "tags", "born_on", "retires_on")
_VALUES = {
    "userid": "'n' || n", "name": "'姓名' || n", "org": f"'{ORG}'", "department": "'部门' || (n % 500)", "post": "''",
    "post_since": "date('2010-01-01', '+' || (n % 5800) || ' days')", "department_since": "'2008-01'",
    "hired_on": "'2008-01'", "roles": "'cadre'", "leader": "'n' || (n / 10)", "is_head": "n % 10 = 0",
    "status": "'active'", **dict.fromkeys(_EMPTY, "''"),
}  # fmt: skip
_FILL = (
    "WITH RECURSIVE numbers(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers LIMIT ?) "
    f"INSERT INTO persons ({', '.join(_VALUES)}) SELECT {', '.join(_VALUES.values())} FROM numbers"
)


_PLANNED = {
    "rule": "'health_check'", "kind": "'health_check'", "userid": "userid", "key": f"'{DAY.year}-check'", "org": "org",
    "policy": "'nq'", "clause": "'16'", "due_on": f"'{DAY.year}-10-31'", "push_on": f"'{DAY.year}-04-01'",
    "valid_until": f"'{DAY.year}-10-31'", "state": "'planned'", "stage": "0",
    "next_at": f"'{DAY.year}-09-20 01:00:00.000000'",
}  # fmt: skip
_PLAN = f"INSERT INTO reminders ({', '.join(_PLANNED)}) SELECT {', '.join(_PLANNED.values())} FROM persons"


@dataclass(frozen=True)
class SetClock(Clock):
    """A clock that stands still."""

    moment: dt.datetime = MOMENT

    def now(self) -> dt.datetime:
        """That moment."""
        return self.moment


def filled(folder: Path, size: int) -> Database:
    """A database with the shipped documents and so many people of one organisation; every tenth leads the others."""
    db = testing.new_database(folder)
    policies.sync(db, catalogue.shipped(), dt.datetime(2026, 8, 1, tzinfo=UTC))
    with db.write() as connection:
        connection.exec_driver_sql(_FILL, (size,))
    return db


def ours(size: int) -> str:
    """One line of the table for our way."""
    with TemporaryDirectory() as folder:
        db = filled(Path(folder), size)
        reminders = Reminders(Mailbox(db, Cipher((testing.KEY,)), SetClock()), orgs.load())
        first, planned = _timed(lambda: reminders.plan(DAY).total)
        again, _ = _timed(lambda: reminders.plan(DAY).total)
        _leave_due(db)
        ticked, pushed = _timed(lambda: reminders.tick(reminders.mailbox.clock.now()).pushed)
        idle, _ = _timed(lambda: reminders.tick(reminders.mailbox.clock.now()).pushed)
        db.close()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return f"| {size:,} | {first}, {planned:,} rows | {again} | {ticked}, {pushed:,} pushes | {idle} | {memory} MB |"


def ticks(size: int) -> str:
    """One line of the table for ticks alone: one planned reminder a person, written by SQL."""
    with TemporaryDirectory() as folder:
        db = filled(Path(folder), size)
        with db.write() as connection:
            connection.exec_driver_sql(_PLAN)
        reminders = Reminders(Mailbox(db, Cipher((testing.KEY,)), SetClock()), orgs.load())
        _leave_due(db)
        ticked, pushed = _timed(lambda: reminders.tick(reminders.mailbox.clock.now()).pushed)
        idle, _ = _timed(lambda: reminders.tick(reminders.mailbox.clock.now()).pushed)
        db.close()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return f"| {size:,} | {ticked}, {pushed:,} pushes | {idle} | {memory} MB |"


def _leave_due(db: Database) -> None:
    """Exactly DUE of the planned ones are due now, the others in a month."""
    later = "'2026-09-20 01:00:00.000000'"
    due = f"SELECT id FROM reminders WHERE rule = 'health_check' ORDER BY id LIMIT {DUE}"
    with db.write() as connection:
        connection.exec_driver_sql(f"UPDATE reminders SET next_at = {later} WHERE next_at IS NOT {later}")
        connection.exec_driver_sql(f"UPDATE reminders SET next_at = '2026-08-20 01:00:00.000000' WHERE id IN ({due})")
    with db.engine.connect() as connection:  # what the filling left in the log is not the tick's to write
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.rollback()


def jobs(size: int) -> str:
    """One line of the table for one APScheduler job a person."""
    now = dt.datetime.now(UTC)
    with TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'jobs.db'}"
        scheduler = BackgroundScheduler(jobstores={"default": SQLAlchemyJobStore(url)}, timezone="UTC")
        scheduler.start(paused=True)
        added, _ = _timed(lambda: _add_jobs(scheduler, size, now))
        store = scheduler._jobstores["default"]

        def tick() -> int:
            due = store.get_due_jobs(now)
            for job in due:
                scheduler.remove_job(job.id)
            return len(due)

        ticked, count = _timed(tick)
        idle, _ = _timed(lambda: len(store.get_due_jobs(now)))
        scheduler.shutdown(wait=False)
    return f"| {size:,} | {added} | – | {ticked}, {count:,} jobs | {idle} | |"


def _add_jobs(scheduler: BackgroundScheduler, size: int, now: dt.datetime) -> int:
    for number in range(size):
        when = now - dt.timedelta(hours=1) if number < DUE else now + dt.timedelta(days=30)
        scheduler.add_job(print, "date", run_date=when, args=[f"n{number}"], id=str(number))
    return size


def _timed(work: Callable[[], int]) -> tuple[str, int]:
    """Wall time and, as other work may share the machine, processor time; in seconds."""
    wall, processor = time.perf_counter(), time.process_time()
    result = work()
    return f"{time.perf_counter() - wall:.3g} ({time.process_time() - processor:.3g}) s", result


def lines(sizes: tuple[int, ...]) -> Iterator[str]:
    """The report."""
    yield machine.line()
    yield "wall (processor) time"
    yield "| people | first plan | plan again | tick, 1,000 due | tick, nothing due | most memory |"
    yield "|---|---|---|---|---|---|"
    for size in sizes:
        yield ours(size)
    yield "one APScheduler job a person:"
    for size in JOB_SIZES:
        if size <= max(sizes):
            yield jobs(size)


def tick_lines(sizes: tuple[int, ...]) -> Iterator[str]:
    """The report of ticks alone."""
    yield machine.line()
    yield "wall (processor) time"
    yield "| people | tick, 1,000 due | tick, nothing due | most memory |"
    yield "|---|---|---|---|"
    for size in sizes:
        yield ticks(size)


if __name__ == "__main__":
    report = tick_lines if "--tick" in sys.argv else lines
    for text in report(tuple(int(raw) for raw in sys.argv[1:] if raw != "--tick") or SIZES):
        print(text, flush=True)
