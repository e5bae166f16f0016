"""Rows of talks. What a talk is about, where and why it was arranged is sealed; lists use the other columns."""

from sqlalchemy import Boolean, Column, Date, Index, Integer, LargeBinary, String, Table

from core.db import Instant, metadata

talks = Table(
    "talks",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("kind", String(12), nullable=False),
    Column("state", String(12), nullable=False),
    Column("org", String(40), nullable=False),
    Column("userid", String(64), nullable=False),
    Column("leader", String(64), nullable=False),
    Column("number", String(20), nullable=True, unique=True),
    Column("policy", String(40), nullable=True),
    Column("clause", String(40), nullable=True),
    Column("due_on", Date, nullable=True),
    Column("announced", Boolean, nullable=False),
    Column("starts_at", Instant, nullable=True),
    Column("said_leader", String(10), nullable=True),
    Column("said_cadre", String(10), nullable=True),
    Column("asked_at", Instant, nullable=True),
    Column("nudged_at", Instant, nullable=True),
    Column("changed_at", Instant, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Index("ix_talks_leader", "leader", "state"),
    Index("ix_talks_userid", "userid", "state"),
    Index("ix_talks_due", "state", "starts_at"),
)
