"""Rows of policies: documents, clauses with points and facts, topic mapping, and a revision readers watch."""

import json
from collections.abc import Collection, Mapping
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
    update,
)

from core.db import metadata
from core.policies.rules import Clause, Point, PointRef, Policy, Silence, Validity

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
    Column("effective_on", String(10), nullable=True),
    Column("repealed_on", String(10), nullable=True),
    Column("supersedes", String(60), nullable=True),
    Column("superseded_on", String(10), nullable=True),
    Column("origin", String(10), nullable=False, server_default="shipped"),
    # Of the file the official wording came from; the same file is one policy.
    Column("sha256", String(64), nullable=True, index=True),
    # Counts changes that leave the source as it is: topics confirmed, repealed, wording attached.
    Column("revised", Integer, nullable=False, server_default="0"),
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
    Column("kind", String(12), nullable=False, server_default="clause"),
    Column("parts", Text, nullable=False, server_default="[]"),
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


_HEAD = ("id", "title", "cite", "issuer", "document_number", "issued_on", "level", "origin", "sha256")
_VALIDITY = ("effective_on", "repealed_on", "supersedes", "superseded_on")


def sources(connection: Connection) -> dict[str, str]:
    """Fingerprint of the file behind every stored policy."""
    return {row.id: row.source for row in connection.execute(select(policies.c.id, policies.c.source))}


def revisions(connection: Connection) -> dict[str, str]:
    """What changes with every change of a stored policy, by id."""
    query = select(policies.c.id, policies.c.source, policies.c.revised)
    return {row.id: f"{row.source}.{row.revised}" for row in connection.execute(query)}


def official(connection: Connection, policy_id: str) -> dict[str, Any]:
    """What an import added to a shipped policy, kept when its digest is renewed: wording by clause, file, validity."""
    query = select(clauses.c.clause, clauses.c.text).where(clauses.c.policy_id == policy_id)
    texts = {row.clause: row.text for row in connection.execute(query.where(clauses.c.text.is_not(None)))}
    row = connection.execute(select(policies).where(policies.c.id == policy_id)).first()
    if row is None:
        return {"texts": {}, "sha256": None, "validity": Validity()}
    return {"texts": texts, "sha256": row.sha256, "validity": Validity(*(getattr(row, name) for name in _VALIDITY))}


def heads(connection: Connection) -> dict[str, Any]:
    """Id, title, number, file and origin of every stored policy, by id."""
    columns = (policies.c.id, policies.c.title, policies.c.document_number, policies.c.sha256, policies.c.origin)
    return {row.id: row for row in connection.execute(select(*columns).order_by(policies.c.id))}


def put_texts(connection: Connection, policy_id: str, texts: Mapping[str, str], sha256: str) -> None:
    """Write official wording beside stored clauses."""
    for clause, text in texts.items():
        there = (clauses.c.policy_id == policy_id) & (clauses.c.clause == clause)
        connection.execute(update(clauses).where(there).values(text=text))
    touch(connection, policy_id, sha256=sha256)


def put(connection: Connection, policy: Policy, source: str) -> None:
    """Write a policy whole, replacing what was stored under its id."""
    values = {name: getattr(policy, name) for name in _HEAD}
    values |= {name: getattr(policy.validity, name) for name in _VALIDITY}
    values |= {"applies_to": ";".join(policy.applies_to), "source": source}
    revised = connection.execute(select(policies.c.revised).where(policies.c.id == policy.id)).scalar()
    connection.execute(delete(policies).where(policies.c.id == policy.id))
    connection.execute(insert(policies).values(**values, revised=0 if revised is None else revised + 1))
    connection.execute(insert(clauses), [_clause_row(policy.id, n, clause) for n, clause in enumerate(policy.clauses)])
    put_topics(connection, policy)


def remove(connection: Connection, policy_id: str) -> None:
    """Take a policy out with its clauses and topics."""
    connection.execute(delete(policies).where(policies.c.id == policy_id))


def put_topics(connection: Connection, policy: Policy) -> None:
    """Write which clauses answer which topics, replacing what was stored."""
    connection.execute(delete(policy_topics).where(policy_topics.c.policy_id == policy.id))
    rows = [_topic_row(policy, topic) for topic in sorted({*policy.topics, *policy.silences})]
    if rows:
        connection.execute(insert(policy_topics), rows)


def touch(connection: Connection, policy_id: str, **values: str | None) -> None:
    """Set columns (dates of validity, the file) and count the change."""
    changed = update(policies).where(policies.c.id == policy_id)
    connection.execute(changed.values(revised=policies.c.revised + 1, **values))


def _clause_row(policy_id: str, position: int, clause: Clause) -> dict[str, Any]:
    return {
        "policy_id": policy_id,
        "position": position,
        "clause": clause.id,
        "heading": clause.heading,
        "points": _dump([[point.id, point.text] for point in clause.points]),
        "facts": _dump(list(clause.facts)),
        "text": clause.text,
        "kind": clause.kind,
        "parts": _dump(clause.parts),
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


def load(connection: Connection, only: Collection[str] | None = None) -> dict[str, Policy]:
    """Every stored policy by id, or `only` those."""
    query = select(policies).order_by(policies.c.id)
    rows = connection.execute(query if only is None else query.where(policies.c.id.in_(only)))
    return {row.id: _policy(connection, row) for row in rows}


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
        **{name: getattr(row, name) for name in _HEAD}, applies_to=tuple(row.applies_to.split(";")),
        clauses=tuple(_clause(item) for item in found), topics=topics, silences=silences,
        validity=Validity(*(getattr(row, name) for name in _VALIDITY)),
    )  # fmt: skip


def _clause(row: Any) -> Clause:
    points = tuple(Point(*point) for point in json.loads(row.points))
    parts = tuple((str(name), str(text)) for name, text in json.loads(row.parts))
    return Clause(row.clause, row.heading, points, tuple(json.loads(row.facts)), row.text, row.kind, parts)
