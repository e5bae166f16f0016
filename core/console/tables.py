"""Rows of the console's sign-in. Tokens are kept as hashes only: whoever reads the database can't use them."""

from sqlalchemy import Column, Integer, String, Table

from core.db import Instant, metadata

console_sessions = Table(
    "console_sessions",
    metadata,
    Column("token", String(64), primary_key=True),
    Column("userid", String(64), nullable=False, index=True),
    Column("csrf", String(64), nullable=False),
    Column("way", String(12), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("seen_at", Instant, nullable=False, index=True),
)

console_passwords = Table(
    "console_passwords",
    metadata,
    Column("userid", String(64), primary_key=True),
    Column("hash", String(200), nullable=False),
    Column("failures", Integer, nullable=False, default=0),
    Column("locked_until", Instant, nullable=True),
    Column("changed_at", Instant, nullable=False),
)

console_invites = Table(
    "console_invites",
    metadata,
    Column("token", String(64), primary_key=True),
    Column("userid", String(64), nullable=False, index=True),
    Column("expires_at", Instant, nullable=False, index=True),
)

console_tickets = Table(
    "console_tickets",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("used_at", Instant, nullable=False, index=True),
)
