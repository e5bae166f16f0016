"""Reads and writes what is learned from use."""

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import Connection, delete, func, insert, select, update

from core.learning.rules import Answer, Count
from core.learning.tables import examples, kinds, ratings
from core.messages.tables import shared_questions


def rate(connection: Connection, key: str, answer: Answer, verdict: str, reason: str, month: dt.date) -> bool:
    """Store or change an answer's one rating; True when it is the first."""
    values = {"verdict": verdict, "reason": reason}
    if connection.execute(update(ratings).where(ratings.c.answer == key).values(**values)).rowcount:
        return False
    what = {"topic": answer.topic[:80], "policy": answer.policy[:60], "clause": answer.clause[:60]}
    connection.execute(insert(ratings).values(answer=key, month=month, **what, **values))
    return True


def counts(connection: Connection) -> list[Count]:
    """Ratings by month, topic, verdict and reason, newest month first."""
    columns = (ratings.c.month, ratings.c.topic, ratings.c.verdict, ratings.c.reason)
    query = select(*columns, func.count().label("number")).group_by(*columns).order_by(ratings.c.month.desc())
    return [Count(f"{r.month:%Y-%m}", r.topic, r.verdict, r.reason, r.number) for r in connection.execute(query)]


def count_kind(connection: Connection, kind: str, month: dt.date) -> None:
    """One more reply of a kind."""
    here = (kinds.c.month == month, kinds.c.kind == kind)
    if not connection.execute(update(kinds).where(*here).values(number=kinds.c.number + 1)).rowcount:
        connection.execute(insert(kinds).values(month=month, kind=kind, number=1))


def kind_counts(connection: Connection, since: dt.date) -> list[tuple[str, str, int]]:
    """(month, kind, number) from a month on, in order."""
    query = select(kinds).where(kinds.c.month >= since).order_by(kinds.c.month, kinds.c.kind)
    return [(f"{row.month:%Y-%m}", str(row.kind), int(row.number)) for row in connection.execute(query)]


def shared(connection: Connection) -> list[tuple[int, dt.date, bytes]]:
    """Every shared question: id, month, sealed body."""
    query = select(shared_questions).order_by(shared_questions.c.id)
    return [(row.id, row.month, row.body) for row in connection.execute(query)]


def drop_shared(connection: Connection, ids: Sequence[int]) -> int:
    """Erase shared questions that are settled; returns how many there were."""
    return connection.execute(delete(shared_questions).where(shared_questions.c.id.in_(ids))).rowcount


def add_example(connection: Connection, intent: str, body: bytes) -> None:
    """Keep a training example."""
    connection.execute(insert(examples).values(intent=intent, body=body))


def all_examples(connection: Connection) -> list[tuple[str, bytes]]:
    """Every kept training example: intent, sealed body."""
    return [(row.intent, row.body) for row in connection.execute(select(examples).order_by(examples.c.id))]
