"""Queries on sessions, passwords, invitations and used tickets. Times are real time, not the product's."""

import datetime as dt
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from core.console.rules import Session
from core.console.tables import console_invites, console_passwords, console_sessions, console_tickets


def add_session(connection: Connection, token: str, session: Session) -> None:
    """Begin a session."""
    values = {"userid": session.userid, "csrf": session.csrf, "way": session.way}
    times = {"created_at": session.created_at, "seen_at": session.seen_at}
    connection.execute(insert(console_sessions).values(token=token, **values, **times))


def session(connection: Connection, token: str) -> Session | None:
    """The session of a hashed token."""
    row = connection.execute(select(console_sessions).where(console_sessions.c.token == token)).first()
    return Session(row.userid, row.csrf, row.created_at, row.seen_at, row.way) if row else None


def touch(connection: Connection, token: str, now: dt.datetime) -> None:
    """Note that a session is in use."""
    connection.execute(update(console_sessions).where(console_sessions.c.token == token).values(seen_at=now))


def drop_session(connection: Connection, token: str) -> None:
    """End one session."""
    connection.execute(delete(console_sessions).where(console_sessions.c.token == token))


def drop_sessions_of(connection: Connection, userid: str) -> None:
    """End every session of a person."""
    connection.execute(delete(console_sessions).where(console_sessions.c.userid == userid))


def password(connection: Connection, userid: str) -> Row[Any] | None:
    """The row of a person's password."""
    return connection.execute(select(console_passwords).where(console_passwords.c.userid == userid)).first()


def put_password(connection: Connection, userid: str, hashed: str, now: dt.datetime) -> None:
    """Set a password; failures are forgotten."""
    connection.execute(delete(console_passwords).where(console_passwords.c.userid == userid))
    values = {"userid": userid, "hash": hashed, "failures": 0, "locked_until": None, "changed_at": now}
    connection.execute(insert(console_passwords).values(**values))


def set_failures(connection: Connection, userid: str, failures: int, locked_until: dt.datetime | None) -> None:
    """Count wrong passwords."""
    change = update(console_passwords).where(console_passwords.c.userid == userid)
    connection.execute(change.values(failures=failures, locked_until=locked_until))


def put_invite(connection: Connection, token: str, userid: str, expires_at: dt.datetime) -> None:
    """Hand out an invitation; an older one of the same person is void."""
    connection.execute(delete(console_invites).where(console_invites.c.userid == userid))
    connection.execute(insert(console_invites).values(token=token, userid=userid, expires_at=expires_at))


def invited(connection: Connection, token: str, now: dt.datetime) -> str | None:
    """Whom an invitation is for; None when it is unknown, used or expired."""
    match = (console_invites.c.token == token, console_invites.c.expires_at > now)
    row = connection.execute(select(console_invites.c.userid).where(*match)).first()
    return str(row.userid) if row else None


def drop_invite(connection: Connection, token: str) -> None:
    """Use an invitation up."""
    connection.execute(delete(console_invites).where(console_invites.c.token == token))


def use_ticket(connection: Connection, ticket: str, now: dt.datetime) -> bool:
    """Use a ticket up; False when it was used before."""
    try:
        with connection.begin_nested():
            connection.execute(insert(console_tickets).values(id=ticket, used_at=now))
    except IntegrityError:
        return False
    return True


def forget(connection: Connection, idle_before: dt.datetime, begun_before: dt.datetime, now: dt.datetime) -> None:
    """Erase ended sessions, expired invitations and tickets that could not be used any more anyway."""
    over = or_(console_sessions.c.seen_at < idle_before, console_sessions.c.created_at < begun_before)
    connection.execute(delete(console_sessions).where(over))
    connection.execute(delete(console_invites).where(console_invites.c.expires_at < now))
    connection.execute(delete(console_tickets).where(console_tickets.c.used_at < begun_before))
