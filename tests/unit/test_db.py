"""Transactions: writers wait for each other, readers do not; no local time reaches the database."""

import datetime as dt
import threading
from pathlib import Path

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, insert, select, text, update

from core.clock import SHANGHAI, UTC
from core.db import Database, Instant
from core.testing import new_database

_meta = MetaData()
counter = Table(
    "counter", _meta, Column("id", Integer, primary_key=True), Column("value", Integer), Column("at", Instant)
)


@pytest.fixture
def counting(db: Database) -> Database:
    _meta.create_all(db.engine)
    with db.write() as connection:
        connection.execute(insert(counter).values(id=1, value=0, at=dt.datetime(2026, 1, 1, tzinfo=UTC)))
    return db


def test_four_threads_read_and_write_at_once_and_none_fails(counting: Database) -> None:
    errors: list[Exception] = []

    def add() -> None:
        for _ in range(40):
            try:
                with counting.write() as connection:
                    value = connection.execute(select(counter.c.value)).scalar_one()
                    connection.execute(update(counter).values(value=value + 1))
            except Exception as error:  # noqa: BLE001  whatever it is, the test shows it
                errors.append(error)

    threads = [threading.Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with counting.read() as connection:
        assert (errors, connection.execute(select(counter.c.value)).scalar_one()) == ([], 160)


def test_a_writer_takes_the_lock_before_its_first_statement(counting: Database) -> None:
    with counting.write():
        with counting.engine.connect() as other:
            other.connection.execute("PRAGMA busy_timeout=0")  # type: ignore[attr-defined]
            with pytest.raises(Exception, match="locked"):
                other.execution_options(chengyao_write=True).begin()
            other.connection.execute("PRAGMA busy_timeout=5000")  # type: ignore[attr-defined]


def test_a_reader_sees_one_moment_while_a_writer_commits(counting: Database) -> None:
    with counting.read() as reader:
        assert reader.execute(select(counter.c.value)).scalar_one() == 0
        with counting.write() as writer:
            writer.execute(update(counter).values(value=9))
        assert reader.execute(select(counter.c.value)).scalar_one() == 0
    with counting.read() as reader:
        assert reader.execute(select(counter.c.value)).scalar_one() == 9


def test_a_failed_transaction_leaves_nothing(counting: Database) -> None:
    with pytest.raises(ZeroDivisionError):
        with counting.write() as connection:
            connection.execute(update(counter).values(value=1))
            raise ZeroDivisionError
    with counting.read() as connection:
        assert connection.execute(select(counter.c.value)).scalar_one() == 0


def test_instants_are_kept_in_utc_and_naive_times_refused(counting: Database) -> None:
    noon = dt.datetime(2026, 11, 20, 12, 0, tzinfo=SHANGHAI)
    with counting.write() as connection:
        connection.execute(update(counter).values(at=noon))
        assert connection.execute(text("select at from counter")).scalar_one().startswith("2026-11-20 04:00")
        assert connection.execute(select(counter.c.at)).scalar_one() == noon
    with pytest.raises(Exception, match="naive"), counting.write() as connection:
        connection.execute(update(counter).values(at=dt.datetime(2026, 11, 20)))


def test_sqlite_is_prepared_for_crashes_and_erasing(tmp_path: Path) -> None:
    db = new_database(tmp_path / "deep" / "folder")
    with db.read() as connection:
        found = [connection.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in (
            "journal_mode", "foreign_keys", "secure_delete", "busy_timeout", "synchronous"
        )]  # fmt: skip
    assert found == ["wal", 1, 1, 5000, 2]
    db.close()
