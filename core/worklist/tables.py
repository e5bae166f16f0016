"""Rows of the analysis sheet: what a handler wrote on one aspect or one condition of a case, sealed."""

from sqlalchemy import Column, ForeignKey, Integer, LargeBinary, String, Table, UniqueConstraint

from core.db import Instant, metadata

case_analysis = Table(
    "case_analysis",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("case_id", Integer, ForeignKey("cases.id"), nullable=False),
    Column("item", String(80), nullable=False),
    Column("at", Instant, nullable=False),
    Column("actor", String(64), nullable=False),
    Column("body", LargeBinary, nullable=False),
    UniqueConstraint("case_id", "item"),
)
