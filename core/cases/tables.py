"""Rows of cases. Whatever a person wrote is in a sealed column; lists filter and sort by the others."""

from sqlalchemy import Column, Date, ForeignKey, Index, Integer, LargeBinary, String, Table, UniqueConstraint

from core.db import Instant, metadata

drafts = Table(
    "drafts",
    metadata,
    Column("key", String(32), primary_key=True),
    Column("userid", String(64), nullable=False),
    Column("org", String(40), nullable=False),
    Column("type", String(16), nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("touched_at", Instant, nullable=False, index=True),
    Column("warned_at", Instant, nullable=True),
    UniqueConstraint("userid", "type"),
)

draft_fields = Table(
    "draft_fields",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("draft", String(32), ForeignKey("drafts.key", ondelete="CASCADE"), nullable=False),
    Column("name", String(40), nullable=False),
    Column("body", LargeBinary, nullable=False),
    UniqueConstraint("draft", "name"),
)

cases = Table(
    "cases",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("number", String(20), nullable=False, unique=True),
    Column("type", String(16), nullable=False),
    Column("status", String(20), nullable=False),
    Column("org", String(40), nullable=False),
    Column("unit", String(120), nullable=False),
    Column("applicant", String(64), nullable=False),
    Column("filed_by", String(64), nullable=False),
    Column("office", String(20), nullable=False),
    Column("handler", String(64), nullable=True),
    Column("draft", String(32), nullable=False, unique=True),
    Column("submitted_at", Instant, nullable=False),
    Column("changed_at", Instant, nullable=False),
    Column("told_on", Date, nullable=True),
    Column("decision", LargeBinary, nullable=True),
    Column("decided_by", String(64), nullable=True),
    Column("confirmed_by", String(64), nullable=True),
    Column("correction", String(12), nullable=True),
    Column("correction_due", Date, nullable=True),
    Column("influence_until", Date, nullable=True),
    Column("closed_at", Instant, nullable=True),
    Index("ix_cases_org_status", "org", "status"),
    Index("ix_cases_org_unit", "org", "unit"),
    Index("ix_cases_org_submitted", "org", "submitted_at"),
    Index("ix_cases_applicant", "applicant"),
)

case_fields = Table(
    "case_fields",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("case_id", Integer, ForeignKey("cases.id"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("name", String(40), nullable=False),
    Column("body", LargeBinary, nullable=False),
    UniqueConstraint("case_id", "name"),
)

case_supplements = Table(
    "case_supplements",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("case_id", Integer, ForeignKey("cases.id"), nullable=False, index=True),
    Column("at", Instant, nullable=False),
    Column("actor", String(64), nullable=False),
    Column("body", LargeBinary, nullable=False),
)

evidence = Table(
    "evidence",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("userid", String(64), nullable=False),
    Column("source", String(80), nullable=False, unique=True),
    Column("draft", String(32), nullable=True, index=True),
    Column("case_id", Integer, ForeignKey("cases.id"), nullable=True, index=True),
    Column("supplement_id", Integer, ForeignKey("case_supplements.id"), nullable=True),
    Column("seq", Integer, nullable=False),
    Column("at", Instant, nullable=False, index=True),
    Column("mime", String(100), nullable=True),
    Column("bytes", Integer, nullable=False),
    Column("file", String(40), nullable=True),
    Column("body", LargeBinary, nullable=False),
)

case_events = Table(
    "case_events",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("case_id", Integer, ForeignKey("cases.id"), nullable=False, index=True),
    Column("at", Instant, nullable=False),
    Column("actor", String(64), nullable=False),
    Column("move", String(24), nullable=False),
    Column("from_status", String(20), nullable=False),
    Column("to_status", String(20), nullable=False),
    Column("body", LargeBinary, nullable=False),
)

case_checks = Table(
    "case_checks",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("case_id", Integer, ForeignKey("cases.id"), nullable=False),
    Column("item", String(24), nullable=False),
    Column("state", String(16), nullable=False),
    Column("at", Instant, nullable=False),
    Column("actor", String(64), nullable=False),
    Column("body", LargeBinary, nullable=False),
    UniqueConstraint("case_id", "item"),
)

case_exclusions = Table(
    "case_exclusions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("case_id", Integer, ForeignKey("cases.id"), nullable=False),
    Column("userid", String(64), nullable=False),
    Column("state", String(12), nullable=False),
    Column("proposed_by", String(64), nullable=False),
    Column("settled_by", String(64), nullable=True),
    Column("at", Instant, nullable=False),
    Column("body", LargeBinary, nullable=False),
    UniqueConstraint("case_id", "userid"),
)

case_counters = Table(
    "case_counters",
    metadata,
    Column("prefix", String(4), primary_key=True),
    Column("year", Integer, primary_key=True, autoincrement=False),
    Column("last", Integer, nullable=False),
)
