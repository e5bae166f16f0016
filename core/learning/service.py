"""Commands on what is learned from use: rate an answer, group shared questions, turn them into training examples."""

import datetime as dt
import hashlib
import secrets
from collections.abc import Sequence

from core import audit
from core.clock import Clock
from core.crypto import Cipher
from core.db import Connection, Database
from core.errors import NotFound, Refused
from core.learning import store
from core.learning.rules import BAD, GOOD, REASONS, Answer, Count, Group, grouped
from core.policies import service as policies

EXAMPLES = "learned_examples"


def new_answer(topic: str | None, citation: tuple[str, str] | None) -> Answer:
    """What stands behind the rating buttons of one answer."""
    policy, clause = citation or ("", "")
    return Answer(secrets.token_urlsafe(9), topic or "", policy, clause)


def rate(connection: Connection, answer: Answer, verdict: str, reason: str, today: dt.date) -> bool:
    """Store an answer's rating or change it; True when it is the first. Raises Refused for an unknown verdict."""
    if verdict not in (GOOD, BAD) or (reason and reason not in REASONS):
        raise Refused("没有这种评价")
    key = hashlib.sha256(answer.id.encode()).hexdigest()
    return store.rate(connection, key, answer, verdict, reason, today.replace(day=1))


def count_answer(connection: Connection, kind: str, today: dt.date) -> None:
    """Count a reply by month and kind, for the share that was refused; on the caller's transaction."""
    store.count_kind(connection, kind, today.replace(day=1))


def answered(connection: Connection, since: dt.date) -> list[tuple[str, str, int]]:
    """(month, kind, number) of the replies to questions since a month."""
    return store.kind_counts(connection, since)


def counts(db: Database) -> list[Count]:
    """Ratings by month, topic, verdict and reason: never by person."""
    with db.read() as connection:
        return counts_in(connection)


def counts_in(connection: Connection) -> list[Count]:
    """As `counts`, on a transaction."""
    return store.counts(connection)


def questions(db: Database, cipher: Cipher) -> list[Group]:
    """The shared questions, those that are alike together, the most frequent first."""
    with db.read() as connection:
        rows = store.shared(connection)
    return grouped(
        (row, f"{month:%Y-%m}", str(cipher.open_json(body, "shared_questions")["text"])) for row, month, body in rows
    )


def dismiss(db: Database, ids: Sequence[int], actor: str, clock: Clock) -> None:
    """Erase shared questions that lead to nothing. Raises NotFound when none of them is there."""
    with db.write() as connection:
        _settle(connection, ids)
        audit.record(connection, clock.now(), actor, "questions.dismiss", str(len(ids)), ids=list(ids))


def learn(
    db: Database, cipher: Cipher, ids: Sequence[int], intent: str, actor: str, clock: Clock,
    clause: tuple[str, str] | None = None,
) -> int:  # fmt: skip
    """Make shared questions training examples of an intent and erase them as questions; returns how many texts.

    They count from the next `chengyao train` on. `clause`: (policy, clause) of an imported document that answers them;
    it gets the topic of the same name at once. Raises NotFound when none of the questions, or no such clause, is there.
    """
    chosen = set(ids)
    texts = {text for group in questions(db, cipher) if chosen & set(group.ids) for text in group.texts}
    with db.write() as connection:
        _settle(connection, ids)
        for text in sorted(texts):
            store.add_example(connection, intent, cipher.seal_json({"text": text}, EXAMPLES))
        if clause is not None:
            policies.link(connection, *clause, intent, actor, clock.now())
        audit.record(connection, clock.now(), actor, "questions.learn", intent, examples=len(texts))
    return len(texts)


def _settle(connection: Connection, ids: Sequence[int]) -> None:
    if not store.drop_shared(connection, ids):
        raise NotFound("这些问题已经处理过")


def examples(db: Database, cipher: Cipher) -> dict[str, list[str]]:
    """The kept training examples by intent."""
    with db.read() as connection:
        rows = store.all_examples(connection)
    found: dict[str, list[str]] = {}
    for intent, body in rows:
        found.setdefault(intent, []).append(str(cipher.open_json(body, EXAMPLES)["text"]))
    return found
