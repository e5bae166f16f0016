"""Rows of a person's second channel: one-time codes that tie it, wrong tries, the wish where to be reminded."""

import datetime as dt
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    ForeignKey,
    Index,
    Integer,
    Row,
    String,
    Table,
    delete,
    func,
    insert,
    select,
    update,
)

from core.db import Instant, metadata

link_codes = Table(
    "link_codes",
    metadata,
    Column("person_id", Integer, ForeignKey("persons.id", ondelete="CASCADE"), primary_key=True),
    Column("channel", String(20), primary_key=True),
    # A code is found by its first half; the second half is kept as a keyed hash only.
    Column("selector", String(8), nullable=False, unique=True),
    Column("digest", String(64), nullable=False),
    Column("expires_at", Instant, nullable=False, index=True),
    Column("tries", Integer, nullable=False, default=0),
)

link_tries = Table(
    "link_tries",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("channel", String(20), nullable=False),
    Column("external_id", String(128), nullable=False),
    Column("at", Instant, nullable=False, index=True),
    Index("ix_link_tries_account", "channel", "external_id", "at"),
)

push_wishes = Table(
    "push_wishes",
    metadata,
    Column("person_id", Integer, ForeignKey("persons.id", ondelete="CASCADE"), primary_key=True),
    Column("channel", String(20), nullable=False),
)

channels = Table(
    "channels",
    metadata,
    Column("name", String(20), primary_key=True),
    Column("open", Boolean, nullable=False),
)


def put_code(
    connection: Connection, person_id: int, channel: str, selector: str, digest: str, expires_at: dt.datetime
) -> None:
    """Keep a person's code for a channel; an older one is void."""
    mine = (link_codes.c.person_id == person_id, link_codes.c.channel == channel)
    connection.execute(delete(link_codes).where(*mine))
    values = {"person_id": person_id, "channel": channel, "selector": selector, "digest": digest, "tries": 0}
    connection.execute(insert(link_codes).values(**values, expires_at=expires_at))


def code(connection: Connection, channel: str, selector: str) -> Row[Any] | None:
    """The code with that first half."""
    query = select(link_codes).where(link_codes.c.channel == channel, link_codes.c.selector == selector)
    return connection.execute(query).first()


def count_try(connection: Connection, channel: str, selector: str) -> None:
    """One wrong second half more."""
    match = (link_codes.c.channel == channel, link_codes.c.selector == selector)
    connection.execute(update(link_codes).where(*match).values(tries=link_codes.c.tries + 1))


def drop_code(connection: Connection, person_id: int, channel: str) -> None:
    """Forget a code that was used or taken back."""
    mine = (link_codes.c.person_id == person_id, link_codes.c.channel == channel)
    connection.execute(delete(link_codes).where(*mine))


def add_try(connection: Connection, channel: str, external_id: str, at: dt.datetime) -> None:
    """Note a wrong code typed by an account."""
    connection.execute(insert(link_tries).values(channel=channel, external_id=external_id, at=at))


def tries_since(connection: Connection, channel: str, external_id: str, since: dt.datetime) -> int:
    """How many wrong codes an account typed after `since`."""
    query = select(func.count()).where(
        link_tries.c.channel == channel, link_tries.c.external_id == external_id, link_tries.c.at > since
    )
    return int(connection.execute(query).scalar_one())


def forget_before(connection: Connection, now: dt.datetime, tries_before: dt.datetime) -> None:
    """Erase codes that have expired and tries that no longer count."""
    connection.execute(delete(link_codes).where(link_codes.c.expires_at < now))
    connection.execute(delete(link_tries).where(link_tries.c.at < tries_before))


def set_wish(connection: Connection, person_id: int, channel: str) -> None:
    """Where a person wants to be reminded, as far as it may go there."""
    connection.execute(delete(push_wishes).where(push_wishes.c.person_id == person_id))
    connection.execute(insert(push_wishes).values(person_id=person_id, channel=channel))


def wish(connection: Connection, person_id: int) -> str | None:
    """The channel a person asked for, None when none was asked for."""
    found = connection.execute(select(push_wishes.c.channel).where(push_wishes.c.person_id == person_id)).first()
    return str(found.channel) if found else None


def set_open(connection: Connection, name: str, open_: bool) -> None:
    """Note whether the gateway runs a channel."""
    connection.execute(delete(channels).where(channels.c.name == name))
    connection.execute(insert(channels).values(name=name, open=open_))


def is_open(connection: Connection, name: str) -> bool:
    """Whether the gateway ran that channel when it started last."""
    return connection.execute(select(channels.c.open).where(channels.c.name == name)).scalar() is True
