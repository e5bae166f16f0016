"""Rows of what is learned from use: ratings and numbers of answers, examples made of shared questions."""

from sqlalchemy import Column, Date, Index, Integer, LargeBinary, String, Table

from core.db import metadata

ratings = Table(
    "answer_ratings",
    metadata,
    # A random number out of the answer's buttons, hashed: one rating an answer, no person, no time but the month.
    Column("answer", String(64), primary_key=True),
    Column("month", Date, nullable=False),
    Column("topic", String(80), nullable=False),
    Column("policy", String(60), nullable=False),
    Column("clause", String(60), nullable=False),
    Column("verdict", String(8), nullable=False),
    Column("reason", String(16), nullable=False),
    Index("ix_answer_ratings_month_topic", "month", "topic"),
)

kinds = Table(
    "answer_kinds",
    metadata,
    # How many replies of each kind a month brought: nobody, no topic, no day.
    Column("month", Date, primary_key=True),
    Column("kind", String(20), primary_key=True),
    Column("number", Integer, nullable=False),
)

examples = Table(
    "learned_examples",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("intent", String(80), nullable=False, index=True),
    Column("body", LargeBinary, nullable=False),
)
