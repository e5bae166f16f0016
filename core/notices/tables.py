"""Rows of notices. A text is sealed once per notice; a recipient's row holds no word of it."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, LargeBinary, String, Table, UniqueConstraint

from core.db import Instant, metadata

notices = Table(
    "notices",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("org", String(40), nullable=False),
    Column("sender", String(64), nullable=False, index=True),
    Column("state", String(12), nullable=False),
    Column("asks", String(10), nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("touched_at", Instant, nullable=False),
    Column("scheduled_at", Instant, nullable=True),
    Column("submitted_at", Instant, nullable=True),
    Column("approval", Boolean, nullable=False, default=False),
    Column("approved_by", String(64), nullable=True),
    Column("parent", Integer, nullable=True, index=True),
    Column("neutral", Boolean, nullable=False, default=False),
    Column("recipients", Integer, nullable=False, default=0),
    Column("expanded_channel", String(20), nullable=True),
    Column("expanded_to", Integer, nullable=False, default=0),
    Column("regroup", String(12), nullable=True),
    Column("reason", String(200), nullable=True),
    Column("finished_at", Instant, nullable=True),
    Column("recalled_at", Instant, nullable=True),
    Index("ix_notices_state", "state", "scheduled_at"),
)

notice_batches = Table(
    "notice_batches",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("notice_id", Integer, ForeignKey("notices.id"), nullable=False),
    Column("channel", String(20), nullable=False),
    Column("state", String(12), nullable=False),
    Column("progress", Integer, nullable=False, default=0),
    Column("attempts", Integer, nullable=False, default=0),
    Column("size", Integer, nullable=False),
    Column("troubled", Integer, nullable=False, default=0),
    Column("next_at", Instant, nullable=False),
    Column("lease_owner", String(40), nullable=True),
    Column("lease_until", Instant, nullable=True),
    Column("settled_at", Instant, nullable=True),
    Column("platform_ids", String(800), nullable=False, default=""),
    Column("recall", String(100), nullable=True),
    Column("reason", String(200), nullable=True),
    Index("ix_notice_batches_due", "channel", "state", "next_at"),
    Index("ix_notice_batches_notice", "notice_id", "state"),
)

notice_deliveries = Table(
    "notice_deliveries",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("notice_id", Integer, ForeignKey("notices.id"), nullable=False),
    Column("batch_id", Integer, ForeignKey("notice_batches.id"), nullable=False, index=True),
    Column("userid", String(64), nullable=False),
    Column("address", String(128), nullable=False),
    Column("state", String(12), nullable=False),
    Column("reason", String(100), nullable=True),
    Column("opened_at", Instant, nullable=True),
    Column("confirmed_at", Instant, nullable=True),
    Column("answer", String(10), nullable=True),
    UniqueConstraint("userid", "notice_id"),
)

notice_buttons = Table(
    "notice_buttons",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("notice_id", Integer, ForeignKey("notices.id"), nullable=False, index=True),
    Column("action", String(10), nullable=False),
)
