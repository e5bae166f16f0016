"""Rows of health checks: offered days, who booked or has been. Results are never stored: no column takes them."""

from sqlalchemy import Column, Date, ForeignKey, Integer, LargeBinary, String, Table, UniqueConstraint

from core.db import Instant, metadata

batches = Table(
    "health_batches",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("org", String(40), nullable=False),
    Column("department", String(120), nullable=False),
    Column("on", Date, nullable=False),
    Column("by", String(64), nullable=False),
    Column("at", Instant, nullable=False),
    Column("body", LargeBinary, nullable=False),
    UniqueConstraint("org", "department", "on"),
)

bookings = Table(
    "health_bookings",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("org", String(40), nullable=False, index=True),
    Column("userid", String(64), nullable=False),
    Column("year", Integer, nullable=False),
    # booked: a day is chosen; declined: none of the days suits; been: the person or HR said so.
    Column("state", String(12), nullable=False),
    Column("batch_id", Integer, ForeignKey("health_batches.id"), nullable=True),
    Column("at", Instant, nullable=False),
    UniqueConstraint("userid", "year"),
)
