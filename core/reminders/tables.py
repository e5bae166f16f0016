"""Rows of reminders: occurrences, events, who was told what, what each person put off, what each wishes; choices."""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Row,
    String,
    Table,
    UniqueConstraint,
    and_,
    bindparam,
    delete,
    func,
    insert,
    select,
    update,
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

choices = Table(
    "reminder_choices",
    metadata,
    Column("org", String(40), primary_key=True),
    Column("rule", String(40), primary_key=True),
    Column("off", Boolean, nullable=False),
    # Days before the due day; empty as the catalogue has it.
    Column("lead", Integer, nullable=True),
    # Wording by recipient, where the organisation has its own.
    Column("body", LargeBinary, nullable=False),
    # Grows with every change: readers watch the sum.
    Column("version", Integer, nullable=False),
)


# -- what an organisation chose


def choices_version(connection: Connection) -> int:
    """What changes with every choice."""
    return int(connection.execute(select(func.coalesce(func.sum(choices.c.version), 0))).scalar_one())


def all_choices(connection: Connection) -> list[Row[Any]]:
    """Every organisation's choices."""
    return list(connection.execute(select(choices)))


def put_choice(connection: Connection, org: str, rule: str, off: bool, lead: int | None, body: bytes) -> None:
    """Write what an organisation chose for a rule."""
    values = {"off": off, "lead": lead, "body": body}
    here = (choices.c.org == org, choices.c.rule == rule)
    done = connection.execute(update(choices).where(*here).values(version=choices.c.version + 1, **values))
    if not done.rowcount:
        connection.execute(insert(choices).values(org=org, rule=rule, version=1, **values))


def settled_for(connection: Connection, org: str, rule: str, reason: str, most: int) -> list[Row[Any]]:
    """Occurrences of a rule that ended for one reason: id, stage, push_on."""
    ended = (reminders.c.org == org, reminders.c.rule == rule, reminders.c.reason == reason)
    columns = (reminders.c.id, reminders.c.stage, reminders.c.push_on)
    query = select(*columns).where(*ended, reminders.c.state == "dropped")
    return list(connection.execute(query.limit(most)))


def ended_for(connection: Connection, userid: str, kind: str, reason: str, today: dt.date) -> list[Row[Any]]:
    """A person's own occurrences of one kind that ended for a reason and would still make sense today."""
    mine = and_(reminders.c.userid == userid, reminders.c.kind == kind, reminders.c.reason == reason)
    return list(connection.execute(select(reminders).where(mine, reminders.c.valid_until >= today)))


def revive(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Let ended occurrences stand again: `row_id`, `state`, `next_at`."""
    if rows:
        again: dict[str, Any] = {name: bindparam(name) for name in ("state", "next_at")}
        again |= {"reason": None, "settled_at": None}
        connection.execute(update(reminders).where(reminders.c.id == bindparam("row_id")).values(**again), rows)


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
