"""Commands on policies: fill the tables, read them as one consistent library."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, replace

from core import audit
from core.db import Database
from core.policies import store
from core.policies.rules import Policy


@dataclass(frozen=True)
class Library:
    """All policies as read at one moment; `revision` changes when any of them does."""

    policies: dict[str, Policy]
    revision: tuple[tuple[str, str], ...]


def sync(db: Database, shipped: Iterable[tuple[Policy, str]], at: dt.datetime) -> list[str]:
    """Bring shipped digests (with the fingerprint of their file) into the tables; returns the ids that changed.

    Official wording that was imported for a clause stays.
    """
    changed = []
    with db.write() as connection:
        known = store.sources(connection)
        for policy, source in shipped:
            if known.get(policy.id) == source:
                continue
            texts = store.official_texts(connection, policy.id)
            clauses = tuple(replace(clause, text=texts.get(clause.id, clause.text)) for clause in policy.clauses)
            store.put(connection, replace(policy, clauses=clauses), source)
            audit.record(connection, at, "system", "policy.sync", policy.id, source=source)
            changed.append(policy.id)
    return changed


def library(db: Database) -> Library:
    """Read every policy."""
    with db.read() as connection:
        return Library(store.load(connection), revision_in(store.sources(connection)))


def revision(db: Database) -> tuple[tuple[str, str], ...]:
    """The current revision, cheap enough to ask before every answer."""
    with db.read() as connection:
        return revision_in(store.sources(connection))


def revision_in(sources: dict[str, str]) -> tuple[tuple[str, str], ...]:
    """Order the fingerprints."""
    return tuple(sorted(sources.items()))
