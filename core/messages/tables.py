"""Rows of messages: inbox, stored turns, outbox, buttons, contexts and shared questions."""

from sqlalchemy import Boolean, Column, Date, Index, Integer, LargeBinary, String, Table, UniqueConstraint

from core.db import Instant, metadata

inbox = Table(
    "inbox",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("channel", String(20), nullable=False),
    Column("sender", String(128), nullable=False),
    Column("dedup", String(80), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("body", LargeBinary, nullable=True),
    Column("received_at", Instant, nullable=False),
    Column("state", String(12), nullable=False),
    Column("attempts", Integer, nullable=False, default=0),
    Column("next_at", Instant, nullable=False),
    Column("lease_until", Instant, nullable=True),
    Column("lease_owner", String(40), nullable=True),
    Column("run", Integer, nullable=True),
    Column("apologised", Boolean, nullable=False, default=False),
    Column("settled_at", Instant, nullable=True),
    Column("failure", String(200), nullable=True),
    UniqueConstraint("channel", "dedup"),
    Index("ix_inbox_state_next_at", "state", "next_at"),
    Index("ix_inbox_conversation", "channel", "sender", "state"),
)

turns = Table(
    "turns",
    metadata,
    Column("inbox_id", Integer, primary_key=True),
    Column("reply", LargeBinary, nullable=True),
    Column("at", Instant, nullable=False),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("channel", String(20), nullable=False),
    Column("recipient", String(128), nullable=False),
    Column("lane", String(8), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("body", LargeBinary, nullable=True),
    Column("state", String(12), nullable=False),
    Column("attempts", Integer, nullable=False, default=0),
    Column("resend", Boolean, nullable=False, default=False),
    Column("progress", Integer, nullable=False, default=0),
    Column("created_at", Instant, nullable=False),
    Column("next_at", Instant, nullable=False),
    Column("lease_until", Instant, nullable=True),
    Column("lease_owner", String(40), nullable=True),
    Column("settled_at", Instant, nullable=True),
    Column("reason", String(200), nullable=True),
    Column("platform_id", String(200), nullable=True),
    Index("ix_outbox_due", "channel", "state", "lane", "id"),
    Index("ix_outbox_lease", "state", "lease_until"),
    Index("ix_outbox_recipient", "channel", "recipient", "settled_at"),
)

buttons = Table(
    "buttons",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("channel", String(20), nullable=False),
    Column("recipient", String(128), nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Column("created_at", Instant, nullable=False, index=True),
)

contexts = Table(
    "contexts",
    metadata,
    Column("person_id", Integer, primary_key=True),
    Column("body", LargeBinary, nullable=False),
    Column("expires_at", Instant, nullable=False, index=True),
)

shared_questions = Table(
    "shared_questions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("month", Date, nullable=False),
    Column("body", LargeBinary, nullable=False),
)
