"""Rows of reminders: occurrences, events, who was told what, what each person put off; and what each wishes."""

import datetime as dt
from collections.abc import Iterable

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    UniqueConstraint,
    delete,
    insert,
    select,
)

from core.db import Instant, metadata

events = Table(
    "reminder_events",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("org", String(40), nullable=False, index=True),
    Column("userid", String(64), nullable=False, index=True),
    Column("rule", String(40), nullable=False),
    Column("on", Date, nullable=False),
    Column("announced", Boolean, nullable=False),
    Column("cancelled", Boolean, nullable=False, default=False),
    Column("by", String(64), nullable=False),
    Column("at", Instant, nullable=False),
    Column("body", LargeBinary, nullable=False),
    UniqueConstraint("rule", "userid", "on"),
)

reminders = Table(
    "reminders",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("rule", String(40), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("userid", String(64), nullable=False),
    Column("key", String(80), nullable=False),
    Column("org", String(40), nullable=False),
    Column("policy", String(60), nullable=False),
    Column("clause", String(60), nullable=False),
    Column("due_on", Date, nullable=False),
    Column("push_on", Date, nullable=False),
    Column("valid_until", Date, nullable=True),
    Column("state", String(12), nullable=False),
    Column("stage", Integer, nullable=False, default=0),
    # When something is to be done about it; empty when nothing is. A tick reads this index and nothing else.
    Column("next_at", Instant, nullable=True, index=True),
    Column("reason", String(20), nullable=True),
    Column("event_id", Integer, ForeignKey("reminder_events.id"), nullable=True, index=True),
    Column("case_number", String(20), nullable=True),
    Column("talk_id", Integer, nullable=True),
    Column("pushed_on", Date, nullable=True),
    Column("done_on", Date, nullable=True),
    Column("done_by", String(64), nullable=True),
    Column("settled_at", Instant, nullable=True),
    UniqueConstraint("rule", "userid", "key"),
    Index("ix_reminders_userid_rule", "userid", "rule", "state"),
    # Coverage and calendar of the console are read from this index alone.
    Index("ix_reminders_org_kind", "org", "kind", "due_on", "state", "userid", "event_id"),
    Index("ix_reminders_org_due", "org", "due_on", "rule", "state", "event_id"),
    Index("ix_reminders_org_state", "org", "state", "push_on"),
)

pushes = Table(
    "reminder_pushes",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("reminder_id", Integer, ForeignKey("reminders.id", ondelete="CASCADE"), nullable=False),
    Column("stage", Integer, nullable=False),
    Column("recipient", String(64), nullable=False),
    Column("role", String(12), nullable=False),
    Column("at", Instant, nullable=False),
    Column("confirmed_at", Instant, nullable=True),
    # Who is told what at which stage, once: the proof against two schedulers.
    UniqueConstraint("reminder_id", "stage", "recipient"),
    Index("ix_reminder_pushes_recipient", "recipient", "reminder_id"),
)

snoozes = Table(
    "reminder_snoozes",
    metadata,
    Column("reminder_id", Integer, ForeignKey("reminders.id", ondelete="CASCADE"), primary_key=True),
    Column("userid", String(64), primary_key=True),
    Column("next_at", Instant, nullable=False, index=True),
)

wishes = Table(
    "reminder_wishes",
    metadata,
    Column("userid", String(64), primary_key=True),
    Column("kind", String(40), primary_key=True),
    # off: not wanted; consent, private: what the person said about letting the organisation know (health_check).
    Column("wish", String(12), nullable=False),
    Column("at", Instant, nullable=False),
)

plans = Table(
    "reminder_plans",
    metadata,
    Column("org", String(40), primary_key=True),
    Column("planned_on", Date, nullable=False),
)


# -- wishes


def wish(connection: Connection, userid: str, kind: str) -> str | None:
    """What a person wished about a kind: off, consent, private; None when nothing."""
    query = select(wishes.c.wish).where(wishes.c.userid == userid, wishes.c.kind == kind)
    found: str | None = connection.execute(query).scalar()
    return found


def wishes_of(connection: Connection, userids: Iterable[str]) -> dict[tuple[str, str], str]:
    """What people wished: (user id, kind) -> wish."""
    query = select(wishes).where(wishes.c.userid.in_(list(userids)))
    return {(row.userid, row.kind): row.wish for row in connection.execute(query)}


def set_wish(connection: Connection, userid: str, kind: str, value: str | None, now: dt.datetime) -> None:
    """Note a wish, replacing an earlier one; None removes it."""
    connection.execute(delete(wishes).where(wishes.c.userid == userid, wishes.c.kind == kind))
    if value is not None:
        connection.execute(insert(wishes).values(userid=userid, kind=kind, wish=value, at=now))
