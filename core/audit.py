"""The audit trail: append-only rows chained by hash, so that a changed or removed row shows."""

import datetime as dt
import hashlib
import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, Connection, Integer, String, Table, Text, insert, select

from core.db import Instant, metadata

audit = Table(
    "audit",
    metadata,
    Column("seq", Integer, primary_key=True),
    Column("at", Instant, nullable=False, index=True),
    Column("actor", String(80), nullable=False),
    Column("action", String(60), nullable=False, index=True),
    Column("subject", String(120), nullable=False, index=True),
    Column("detail", Text, nullable=False),
    Column("hash", String(64), nullable=False),
)
_GENESIS = "0" * 64


@dataclass(frozen=True)
class Verdict:
    """Result of a chain check: `rows` read, `broken_at` the first bad row's number or None."""

    rows: int
    broken_at: int | None


def _digest(previous: str, seq: int, at: dt.datetime, actor: str, action: str, subject: str, detail: str) -> str:
    text = json.dumps([previous, seq, at.isoformat(), actor, action, subject, detail], ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def record(
    connection: Connection, at: dt.datetime, actor: str, action: str, subject: str, **detail: Any
) -> None:
    """Append one row on the caller's transaction. `detail` must hold no content of a case or message."""
    last = connection.execute(select(audit.c.seq, audit.c.hash).order_by(audit.c.seq.desc()).limit(1)).first()
    seq, previous = (last.seq + 1, last.hash) if last else (1, _GENESIS)
    text = json.dumps(detail, ensure_ascii=False, sort_keys=True, default=str)
    row = {"seq": seq, "at": at, "actor": actor, "action": action, "subject": subject, "detail": text}
    connection.execute(insert(audit).values(**row, hash=_digest(previous, seq, at, actor, action, subject, text)))


def verify(connection: Connection) -> Verdict:
    """Walk the whole chain."""
    previous, count = _GENESIS, 0
    for row in connection.execute(select(audit).order_by(audit.c.seq)):
        count += 1
        expected = _digest(previous, row.seq, row.at, row.actor, row.action, row.subject, row.detail)
        if row.seq != count or row.hash != expected:
            return Verdict(count, row.seq)
        previous = row.hash
    return Verdict(count, None)
