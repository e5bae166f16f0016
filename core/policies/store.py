"""Rows of policies: documents, clauses with points and facts, topic mapping, and a revision readers watch."""

import json
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    delete,
    insert,
    select,
)

from core.db import metadata
from core.policies.rules import Clause, Point, PointRef, Policy, Silence

policies = Table(
    "policies",
    metadata,
    Column("id", String(60), primary_key=True),
    Column("title", String(300), nullable=False),
    Column("cite", String(120), nullable=False),
    Column("issuer", String(200), nullable=False),
    Column("document_number", String(80), nullable=True),
    Column("issued_on", String(10), nullable=True),
    Column("level", String(20), nullable=False),
    Column("applies_to", String(400), nullable=False),
    Column("source", String(64), nullable=False),
)

clauses = Table(
    "policy_clauses",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("policy_id", String(60), ForeignKey("policies.id", ondelete="CASCADE"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("clause", String(60), nullable=False),
    Column("heading", String(200), nullable=False),
    Column("points", Text, nullable=False),
    Column("facts", Text, nullable=False),
    Column("text", Text, nullable=True),
    UniqueConstraint("policy_id", "clause"),
)

policy_topics = Table(
    "policy_topics",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("policy_id", String(60), ForeignKey("policies.id", ondelete="CASCADE"), nullable=False),
    Column("topic", String(80), nullable=False),
    Column("refs", Text, nullable=False),
    Column("silence", Text, nullable=True),
    Index("ix_policy_topics_policy_topic", "policy_id", "topic", unique=True),
)


def sources(connection: Connection) -> dict[str, str]:
    """Fingerprint of the file behind every stored policy."""
    return {row.id: row.source for row in connection.execute(select(policies.c.id, policies.c.source))}


def official_texts(connection: Connection, policy_id: str) -> dict[str, str]:
    """The imported wording by clause, kept when a digest is renewed."""
    query = select(clauses.c.clause, clauses.c.text).where(clauses.c.policy_id == policy_id)
    return {row.clause: row.text for row in connection.execute(query.where(clauses.c.text.is_not(None)))}


def put(connection: Connection, policy: Policy, source: str) -> None:
    """Write a policy whole, replacing what was stored under its id."""
    connection.execute(delete(policies).where(policies.c.id == policy.id))
    columns = ("id", "title", "cite", "issuer", "document_number", "issued_on", "level")
    values = {name: getattr(policy, name) for name in columns}
    connection.execute(insert(policies).values(**values, applies_to=";".join(policy.applies_to), source=source))
    connection.execute(insert(clauses), [_clause_row(policy.id, n, clause) for n, clause in enumerate(policy.clauses)])
    rows = [_topic_row(policy, topic) for topic in sorted({*policy.topics, *policy.silences})]
    if rows:
        connection.execute(insert(policy_topics), rows)


def _clause_row(policy_id: str, position: int, clause: Clause) -> dict[str, Any]:
    return {
        "policy_id": policy_id,
        "position": position,
        "clause": clause.id,
        "heading": clause.heading,
        "points": _dump([[point.id, point.text] for point in clause.points]),
        "facts": _dump(list(clause.facts)),
        "text": clause.text,
    }


def _topic_row(policy: Policy, topic: str) -> dict[str, Any]:
    silence = policy.silences.get(topic)
    return {
        "policy_id": policy.id,
        "topic": topic,
        "refs": _dump([[ref.clause, ref.point] for ref in policy.topics.get(topic, ())]),
        "silence": _dump([silence.say, [[ref.clause, ref.point] for ref in silence.near]]) if silence else None,
    }


def _dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)


def load(connection: Connection) -> dict[str, Policy]:
    """Every stored policy by id."""
    return {row.id: _policy(connection, row) for row in connection.execute(select(policies).order_by(policies.c.id))}


def _policy(connection: Connection, row: Any) -> Policy:
    found = connection.execute(select(clauses).where(clauses.c.policy_id == row.id).order_by(clauses.c.position))
    topics: dict[str, tuple[PointRef, ...]] = {}
    silences: dict[str, Silence] = {}
    for mapping in connection.execute(select(policy_topics).where(policy_topics.c.policy_id == row.id)):
        if refs := json.loads(mapping.refs):
            topics[mapping.topic] = tuple(PointRef(*ref) for ref in refs)
        if mapping.silence:
            say, near = json.loads(mapping.silence)
            silences[mapping.topic] = Silence(say, tuple(PointRef(*ref) for ref in near))
    return Policy(
        id=row.id, title=row.title, cite=row.cite, issuer=row.issuer, document_number=row.document_number,
        issued_on=row.issued_on, level=row.level, applies_to=tuple(row.applies_to.split(";")),
        clauses=tuple(_clause(item) for item in found), topics=topics, silences=silences,
    )  # fmt: skip


def _clause(row: Any) -> Clause:
    points = tuple(Point(*point) for point in json.loads(row.points))
    return Clause(row.clause, row.heading, points, tuple(json.loads(row.facts)), row.text)
