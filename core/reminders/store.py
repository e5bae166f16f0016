"""Queries on reminders. A tick reads one index; planning reads and writes by pages of people."""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Row, Table, and_, bindparam, delete, func, insert, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from core.reminders.rules import LIVING, Occurrence, State
from core.reminders.tables import events, plans, pushes, reminders, snoozes

_COLUMNS = (
    "id", "rule", "kind", "userid", "key", "org", "policy", "clause", "due_on", "push_on", "valid_until", "stage",
    "next_at", "reason", "event_id", "case_number", "talk_id", "pushed_on", "done_on",
)  # fmt: skip
MOVING = ("state", "stage", "next_at", "pushed_on", "reason")
"""The columns that a push changes."""


def _occurrence(row: Row[Any]) -> Occurrence:
    return Occurrence(state=State(row.state), **{name: getattr(row, name) for name in _COLUMNS})


def _insert_new(connection: Connection, table: Table, rows: Sequence[dict[str, Any]]) -> int:
    """Insert what is not there yet, by the table's unique keys; returns how many were new."""
    dialect: Any = sqlite if connection.dialect.name == "sqlite" else postgresql
    done = connection.execute(dialect.insert(table).on_conflict_do_nothing(), list(rows))
    return max(0, int(done.rowcount))


# -- planning


def planned_on(connection: Connection, org: str) -> dt.date | None:
    """The latest day an organisation was planned for."""
    found: dt.date | None = connection.execute(select(plans.c.planned_on).where(plans.c.org == org)).scalar()
    return found


def set_planned_on(connection: Connection, org: str, day: dt.date) -> None:
    """Note it."""
    if not connection.execute(update(plans).where(plans.c.org == org).values(planned_on=day)).rowcount:
        _insert_new(connection, plans, [{"org": org, "planned_on": day}])


def known(connection: Connection, userids: Iterable[str], rules: Iterable[str]) -> set[tuple[str, str, str]]:
    """The (rule, person, key) that are planned already."""
    match = (reminders.c.userid.in_(list(userids)), reminders.c.rule.in_(list(rules)))
    query = select(reminders.c.rule, reminders.c.userid, reminders.c.key).where(*match)
    return {(row.rule, row.userid, row.key) for row in connection.execute(query)}


def add(connection: Connection, rows: Sequence[dict[str, Any]]) -> int:
    """Plan occurrences; those whose key is there stay as they are. Returns how many were new."""
    return _insert_new(connection, reminders, rows) if rows else 0


def last_talks(connection: Connection, userids: Iterable[str]) -> dict[str, dt.date]:
    """When each person was last talked with, as far as reminders know."""
    match = (reminders.c.userid.in_(list(userids)), reminders.c.kind == "talk", reminders.c.state == State.DONE)
    query = select(reminders.c.userid, func.max(reminders.c.done_on).label("day")).where(*match)
    return {row.userid: row.day for row in connection.execute(query.group_by(reminders.c.userid)) if row.day}


# -- the tick


def anything_due(connection: Connection, now: dt.datetime) -> bool:
    """Whether a tick has something to do."""
    for table in (reminders, snoozes):
        if connection.execute(select(table.c.next_at).where(table.c.next_at <= now).limit(1)).first():
            return True
    return False


def due(connection: Connection, now: dt.datetime, limit: int) -> list[Occurrence]:
    """What is due, the longest waiting first; another scheduler's rows are skipped where the database can."""
    query = select(reminders).where(reminders.c.next_at <= now).order_by(reminders.c.next_at).limit(limit)
    return [_occurrence(row) for row in connection.execute(query.with_for_update(skip_locked=True))]


def due_snoozes(connection: Connection, now: dt.datetime, limit: int) -> list[Row[Any]]:
    """Reminders that somebody put off until now."""
    return list(connection.execute(select(snoozes).where(snoozes.c.next_at <= now).limit(limit)))


def change(connection: Connection, reminder_id: int, **values: Any) -> None:
    """Change an occurrence's row."""
    connection.execute(update(reminders).where(reminders.c.id == reminder_id).values(**values))


def settle(
    connection: Connection, reminder_id: int, state: State, now: dt.datetime, reason: str | None = None, **values: Any
) -> bool:
    """End an occurrence; False when it had ended before."""
    alive = and_(reminders.c.id == reminder_id, reminders.c.state.in_(LIVING))
    ended = {"state": state, "reason": reason, "next_at": None, "settled_at": now} | values
    done = connection.execute(update(reminders).where(alive).values(**ended)).rowcount
    connection.execute(delete(snoozes).where(snoozes.c.reminder_id == reminder_id))
    return bool(done)


def add_pushes(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Note who is told at which stage; a row that is there already is an error, for it would be told twice."""
    if rows:
        connection.execute(insert(pushes), rows)


def forget_pushes(connection: Connection, reminder_id: int) -> None:
    """Everybody is to be told anew."""
    connection.execute(delete(pushes).where(pushes.c.reminder_id == reminder_id))


def move_on(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Change state, stage and next moment of many at once: `row_id` and the new values of `MOVING`."""
    if rows:
        values: dict[str, Any] = {name: bindparam(name) for name in MOVING}
        connection.execute(update(reminders).where(reminders.c.id == bindparam("row_id")).values(**values), rows)


def add_push(connection: Connection, row: dict[str, Any]) -> bool:
    """Note who is told at which stage; False when that was done before."""
    return _insert_new(connection, pushes, [row]) > 0


def put_off(connection: Connection, reminder_id: int, userid: str, until: dt.datetime) -> None:
    """Remind somebody again at `until`."""
    match = (snoozes.c.reminder_id == reminder_id, snoozes.c.userid == userid)
    if not connection.execute(update(snoozes).where(*match).values(next_at=until)).rowcount:
        _insert_new(connection, snoozes, [{"reminder_id": reminder_id, "userid": userid, "next_at": until}])


def wake(connection: Connection, reminder_id: int, userid: str) -> None:
    """The put-off moment has come, or is no longer wanted."""
    connection.execute(delete(snoozes).where(snoozes.c.reminder_id == reminder_id, snoozes.c.userid == userid))


def asleep_many(connection: Connection, ids: Iterable[int]) -> dict[int, set[str]]:
    """Who has put some reminders off."""
    found: dict[int, set[str]] = {}
    for row in connection.execute(select(snoozes).where(snoozes.c.reminder_id.in_(list(ids)))):
        found.setdefault(row.reminder_id, set()).add(row.userid)
    return found


def pushed_many(connection: Connection, ids: Iterable[int]) -> dict[int, list[Row[Any]]]:
    """Who was told of some reminders."""
    found: dict[int, list[Row[Any]]] = {}
    query = select(pushes).where(pushes.c.reminder_id.in_(list(ids))).order_by(pushes.c.id)
    for row in connection.execute(query):
        found.setdefault(row.reminder_id, []).append(row)
    return found


# -- lists


def by_id(connection: Connection, reminder_id: int) -> Occurrence | None:
    """One occurrence."""
    row = connection.execute(select(reminders).where(reminders.c.id == reminder_id)).first()
    return _occurrence(row) if row else None


def pushed(connection: Connection, reminder_id: int) -> list[Row[Any]]:
    """Who was told, in order."""
    query = select(pushes).where(pushes.c.reminder_id == reminder_id).order_by(pushes.c.id)
    return list(connection.execute(query))


def confirm(connection: Connection, reminder_id: int, recipient: str, now: dt.datetime) -> None:
    """A recipient says that it is done."""
    match = (pushes.c.reminder_id == reminder_id, pushes.c.recipient == recipient)
    connection.execute(update(pushes).where(*match).values(confirmed_at=now))


def unconfirm(connection: Connection, reminder_id: int, recipient: str) -> None:
    """Take a confirmation back."""
    match = (pushes.c.reminder_id == reminder_id, pushes.c.recipient == recipient)
    connection.execute(update(pushes).where(*match).values(confirmed_at=None))


def told(connection: Connection, recipient: str, since: dt.date | None = None) -> list[tuple[Occurrence, str]]:
    """What somebody was told of and in which role: what is open, with `since` also what was done after that day."""
    states = [reminders.c.state == State.OPEN]
    if since is not None:
        states.append(and_(reminders.c.state == State.DONE, reminders.c.done_on >= since))
    query = (
        select(reminders, pushes.c.role)
        .join(pushes, pushes.c.reminder_id == reminders.c.id)
        .where(pushes.c.recipient == recipient, or_(*states))
        .order_by(reminders.c.due_on, reminders.c.id, pushes.c.id)
    )
    found = {row.id: (_occurrence(row), str(row.role)) for row in connection.execute(query)}
    return list(found.values())


def standing(connection: Connection, org: str, on: dt.date) -> list[Occurrence]:
    """What an organisation has to be reminded of on a day: not done, begun and not out of date."""
    valid = or_(reminders.c.valid_until.is_(None), reminders.c.valid_until >= on, reminders.c.stage > 0)
    query = select(reminders).where(
        reminders.c.org == org, reminders.c.state.in_(LIVING), reminders.c.push_on <= on, valid
    )
    return [_occurrence(row) for row in connection.execute(query.order_by(reminders.c.due_on, reminders.c.id))]


def of_org(connection: Connection, org: str, states: Iterable[State], most: int) -> list[Occurrence]:
    """An organisation's occurrences in some states, the latest due first."""
    query = select(reminders).where(reminders.c.org == org, reminders.c.state.in_(list(states)))
    rows = connection.execute(query.order_by(reminders.c.due_on.desc(), reminders.c.id).limit(most))
    return [_occurrence(row) for row in rows]


def counts(connection: Connection, org: str) -> dict[tuple[str, str], int]:
    """How many by rule and state."""
    group = (reminders.c.rule, reminders.c.state)
    query = select(*group, func.count().label("n")).where(reminders.c.org == org).group_by(*group)
    return {(row.rule, row.state): int(row.n) for row in connection.execute(query)}


def living_of_kind(connection: Connection, userid: str, kind: str) -> list[Occurrence]:
    """A person's own occurrences of one kind that have not ended."""
    match = (reminders.c.userid == userid, reminders.c.kind == kind, reminders.c.state.in_(LIVING))
    return [_occurrence(row) for row in connection.execute(select(reminders).where(*match))]


def living(connection: Connection, userid: str, rule: str, key: str) -> list[Occurrence]:
    """The occurrence of a key, if it has not ended."""
    match = (reminders.c.userid == userid, reminders.c.rule == rule, reminders.c.key == key)
    query = select(reminders).where(*match, reminders.c.state.in_(LIVING))
    return [_occurrence(row) for row in connection.execute(query)]


# -- events


def add_event(connection: Connection, row: dict[str, Any]) -> int | None:
    """Insert an event; None when the same one is there."""
    if not _insert_new(connection, events, [row]):
        return None
    match = (events.c.rule == row["rule"], events.c.userid == row["userid"], events.c.on == row["on"])
    return int(connection.execute(select(events.c.id).where(*match)).scalar_one())


def event(connection: Connection, event_id: int) -> Row[Any] | None:
    """One event."""
    return connection.execute(select(events).where(events.c.id == event_id)).first()


def event_like(connection: Connection, rule: str, userid: str, on: dt.date) -> Row[Any] | None:
    """The event of a person, rule and day."""
    match = (events.c.rule == rule, events.c.userid == userid, events.c.on == on)
    return connection.execute(select(events).where(*match)).first()


def change_event(connection: Connection, event_id: int, **values: Any) -> None:
    """Change an event's row."""
    connection.execute(update(events).where(events.c.id == event_id).values(**values))


def events_of_org(connection: Connection, org: str) -> list[Row[Any]]:
    """The events of an organisation that were not taken back."""
    query = select(events).where(events.c.org == org, ~events.c.cancelled)
    return list(connection.execute(query.order_by(events.c.on.desc(), events.c.id)))


def hidden_events(connection: Connection, userids: Iterable[str]) -> set[str]:
    """Of whom there is an event that is not announced."""
    match = (events.c.userid.in_(list(userids)), ~events.c.announced, ~events.c.cancelled)
    return {row.userid for row in connection.execute(select(events.c.userid).where(*match))}


def of_event(connection: Connection, event_id: int) -> list[Occurrence]:
    """The occurrences of an event."""
    return [_occurrence(row) for row in connection.execute(select(reminders).where(reminders.c.event_id == event_id))]


def of_talk(connection: Connection, talk_id: int) -> list[Occurrence]:
    """The occurrences that rest on a talk."""
    return [_occurrence(row) for row in connection.execute(select(reminders).where(reminders.c.talk_id == talk_id))]


# -- retention


def erase_settled(connection: Connection, rules: Iterable[str] | None, before: dt.datetime, most: int) -> int:
    """Delete occurrences (of some rules, or all) that ended before a moment, and events nothing refers to any more."""
    old = and_(reminders.c.settled_at.is_not(None), reminders.c.settled_at < before)
    if rules is not None:
        old = and_(old, reminders.c.rule.in_(list(rules)))
    ids = [row.id for row in connection.execute(select(reminders.c.id).where(old).limit(most))]
    if ids:
        connection.execute(delete(reminders).where(reminders.c.id.in_(ids)))
        used = select(reminders.c.id).where(reminders.c.event_id == events.c.id).exists()
        connection.execute(delete(events).where(~used, events.c.at < before))
    return len(ids)
