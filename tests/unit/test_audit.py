"""The audit trail shows a changed, removed or inserted row."""

import datetime as dt

import pytest
from sqlalchemy import delete, text, update

from core import audit
from core.clock import UTC
from core.db import Database

AT = dt.datetime(2026, 11, 20, 4, 30, 15, 123456, tzinfo=UTC)


@pytest.fixture
def trail(db: Database) -> Database:
    with db.write() as connection:
        for number in range(5):
            audit.record(connection, AT, "cli", "roster.import", f"file {number}", added=number, note="名册")
    return db


def broken_at(db: Database) -> int | None:
    with db.read() as connection:
        return audit.verify(connection).broken_at


def test_an_untouched_chain_verifies(trail: Database) -> None:
    with trail.read() as connection:
        assert audit.verify(connection) == audit.Verdict(5, None)


def test_an_empty_trail_verifies(db: Database) -> None:
    with db.read() as connection:
        assert audit.verify(connection) == audit.Verdict(0, None)


@pytest.mark.parametrize("column", ["actor", "action", "subject", "detail", "hash"])
def test_a_changed_row_is_found(trail: Database, column: str) -> None:
    with trail.write() as connection:
        connection.execute(update(audit.audit).where(audit.audit.c.seq == 3).values({column: "other"}))
    assert broken_at(trail) == 3


def test_a_changed_time_is_found(trail: Database) -> None:
    with trail.write() as connection:
        connection.execute(update(audit.audit).where(audit.audit.c.seq == 2).values(at=AT + dt.timedelta(seconds=1)))
    assert broken_at(trail) == 2


@pytest.mark.parametrize("gone", [1, 3])
def test_a_removed_row_is_found(trail: Database, gone: int) -> None:
    with trail.write() as connection:
        connection.execute(delete(audit.audit).where(audit.audit.c.seq == gone))
    assert broken_at(trail) == gone + 1


def test_closing_the_gap_of_a_removed_row_is_found(trail: Database) -> None:
    with trail.write() as connection:
        connection.execute(delete(audit.audit).where(audit.audit.c.seq == 3))
        connection.execute(text("update audit set seq = seq - 1 where seq > 3"))
    assert broken_at(trail) == 3


def test_a_rolled_back_change_leaves_no_row(trail: Database) -> None:
    with pytest.raises(ZeroDivisionError), trail.write() as connection:
        audit.record(connection, AT, "cli", "x", "y")
        raise ZeroDivisionError
    with trail.read() as connection:
        assert audit.verify(connection).rows == 5
