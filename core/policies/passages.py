"""Full-text search over imported clauses: an FTS5 table beside the rows, written in the transaction that stores them.

Words are character bigrams, so that a new term needs no dictionary. The table is made with the first import: it is an
index of SQLite's and no part of the schema.
"""

import math
import re
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from sqlalchemy import Connection, text

SEARCHED = ("clause", "lead", "preamble", "note")
MOST_TERMS = 8
"""The rarest terms of a question decide; the common ones match half of all clauses and only cost time."""
COMMON = 0.2
CANDIDATES = 60
_NOISE = re.compile(
    r"请问|想问|问一下|咨询|一下|怎么办|怎么样|怎么|怎样|如何|什么时候|什么|多少|几个|几天|是不是|能不能|可不可以|可以|要不要|"
    r"有没有|需要|规定|我们|咱们|我|您|你|吗|呢|啊|吧|的|了|么|单位|哪些|哪个|哪里|谁|为什么|应该|还是|或者|如果|要|能|会|是|有|在|和|与"
)
_RUN = re.compile(r"[\u4e00-\u9fff]+|[a-z0-9]+")
_TABLE = "policy_passages"
_CREATE = (
    f"CREATE VIRTUAL TABLE {_TABLE} USING fts5(scope, words, detail=column, tokenize='unicode61')",
    f"CREATE VIRTUAL TABLE {_TABLE}_terms USING fts5vocab({_TABLE}, 'col')",
)


@dataclass(frozen=True)
class Passage:
    """A clause found. `score`: BM25, higher is nearer. `coverage`: the share of the question's weight that it holds."""

    policy: str
    clause: str
    score: float
    coverage: float


def terms(words: str) -> list[str]:
    """Character bigrams of Chinese runs, other words whole; in order, each once."""
    found: dict[str, None] = {}
    for run in _RUN.findall(unicodedata.normalize("NFKC", words).lower()):
        if run[0] < "\u4e00" or len(run) == 1:
            found[run] = None
        else:
            found.update(dict.fromkeys(run[i : i + 2] for i in range(len(run) - 1)))
    return list(found)


def asked(question: str) -> list[str]:
    """The terms of a question without what every question has."""
    plain = unicodedata.normalize("NFKC", question)
    return [term for term in terms(_NOISE.sub(" ", plain)) if len(term) > 1]


def _scope(org: str) -> str:
    """One term for an organisation, whatever signs its id has."""
    return "o" + blake2b(org.encode(), digest_size=6).hexdigest()


def _exists(connection: Connection) -> bool:
    found = connection.execute(text("SELECT 1 FROM sqlite_master WHERE name = :name"), {"name": _TABLE})
    return found.first() is not None


def index(connection: Connection, policy_id: str, org: str) -> None:
    """Index the stored clauses of an imported policy; `remove` it first when it was there before."""
    if not _exists(connection):
        for statement in _CREATE:
            connection.execute(text(statement))
    query = text("SELECT id, kind, text FROM policy_clauses WHERE policy_id = :policy ORDER BY position")
    rows, above = [], ""
    for row in connection.execute(query, {"policy": policy_id}):
        if row.kind == "structure":
            above = row.text or ""  # a chapter's heading says what its clauses are about
        elif row.kind in SEARCHED and row.text:
            rows.append({"id": row.id, "scope": _scope(org), "words": " ".join(terms(f"{above} {row.text}"))})
    if rows:
        insert = f"INSERT INTO {_TABLE}(rowid, scope, words) VALUES (:id, :scope, :words)"
        connection.execute(text(insert), rows)


def remove(connection: Connection, policy_id: str) -> None:
    """Take a policy's clauses out; to be called while their rows are still there."""
    if _exists(connection):
        of_policy = "SELECT id FROM policy_clauses WHERE policy_id = :policy"
        connection.execute(text(f"DELETE FROM {_TABLE} WHERE rowid IN ({of_policy})"), {"policy": policy_id})


def search(
    connection: Connection, question: str, orgs: Sequence[str], policies: Collection[str] | None = None, most: int = 5
) -> list[Passage]:
    """The clauses of `orgs` (and of `policies` alone, when given) nearest to a question, nearest first."""
    wanted = asked(question)
    if not wanted or not orgs or not _exists(connection):
        return []
    total = connection.execute(text(f"SELECT count(*) FROM {_TABLE}_docsize")).scalar_one()
    counts = _counts(connection, wanted)
    weight = {term: math.log(1 + total / (counts.get(term, 0) + 0.5)) for term in wanted}
    known = sorted((term for term in wanted if counts.get(term)), key=lambda term: counts[term])
    rare = [term for term in known if counts[term] <= max(20, COMMON * total)] or known[:2]
    if not rare:
        return []
    rows = _matches(connection, rare[:MOST_TERMS], orgs)
    found = []
    for row in rows:
        if policies is None or row.policy_id in policies:
            there = set(row.words.split())
            share = sum(weight[term] for term in wanted if term in there) / sum(weight.values())
            found.append(Passage(row.policy_id, row.clause, -row.rank, share))
    return sorted(found, key=lambda one: (-round(one.coverage, 2), -one.score))[:most]


def _counts(connection: Connection, wanted: Iterable[str]) -> dict[str, int]:
    query = text(f"SELECT doc FROM {_TABLE}_terms WHERE term = :term AND col = 'words'")
    found = {term: connection.execute(query, {"term": term}).scalar() for term in wanted}
    return {term: count for term, count in found.items() if count}


def _matches(connection: Connection, rare: Sequence[str], orgs: Sequence[str]) -> list[Any]:
    scopes = " OR ".join(f'"{_scope(org)}"' for org in orgs)
    words = " OR ".join(f'"{term}"' for term in rare)
    query = text(
        f"SELECT c.policy_id, c.clause, f.words, f.rank FROM (SELECT rowid, words, rank FROM {_TABLE} "
        f"WHERE {_TABLE} MATCH :match AND rank MATCH 'bm25(0.0, 1.0)' ORDER BY rank LIMIT {CANDIDATES}) AS f "
        "JOIN policy_clauses AS c ON c.id = f.rowid"
    )
    return list(connection.execute(query, {"match": f"scope : ({scopes}) AND words : ({words})"}))
