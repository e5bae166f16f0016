"""Full-text search over imported clauses: an FTS5 table beside the rows, written in the transaction that stores them.

Words are character bigrams, so that a new term needs no dictionary. The table is made with the first import: it is an
index of SQLite's and no part of the schema.
"""

import json
import math
import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from sqlalchemy import Connection, text

SEARCHED = ("clause", "lead", "preamble", "note")
MOST_TERMS = 8
"""The rarest terms of a question decide; the common ones match half of all clauses and only cost time."""
MOST_ROWS = 1500
CANDIDATES = 60
UNSEEN = 0.5
"""How much a term counts that no clause has: many are two words' ends, some are what the documents are silent about."""
APART = 0.5
_NOISE = re.compile(
    r"请问|想问|问一下|咨询|一下|怎么办|怎么样|怎么|怎样|如何|什么时候|什么|多少|几个|几天|是不是|能不能|可不可以|可以|要不要|"
    r"有没有|需要|规定|我们|咱们|我|您|你|吗|呢|啊|吧|的|了|么|单位|哪些|哪个|哪里|谁|为什么|应该|还是|或者|如果|没|要|能|会|是|有|在|和|与"
)
_RUN = re.compile(r"[\u4e00-\u9fff]+|[a-z0-9]+")
_TABLE = "policy_passages"
_CREATE = (
    f"CREATE VIRTUAL TABLE {_TABLE} USING fts5(words, detail=none, tokenize='unicode61')",
    f"CREATE VIRTUAL TABLE {_TABLE}_terms USING fts5vocab({_TABLE}, 'row')",
)


@dataclass(frozen=True)
class Passage:
    """A clause found. `score`: weight of the rare terms it has. `coverage`: share of the question's weight it holds."""

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
            rows.append({"id": row.id, "words": " ".join((_scope(org), *terms(f"{above} {row.text}")))})
    if rows:
        insert = f"INSERT INTO {_TABLE}(rowid, words) VALUES (:id, :words)"
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
    weight |= {term: UNSEEN * value for term, value in weight.items() if not counts.get(term)}
    rows = _candidates(connection, _rare(counts), weight, orgs)
    found = []
    for row in rows:
        if policies is None or row.policy_id in policies:
            share = sum(weight[term] * _held(term, row.words) for term in wanted) / sum(weight.values())
            found.append(Passage(row.policy_id, row.clause, row.score, share))
    return sorted(found, key=lambda one: (-round(one.coverage, 2), -one.score))[:most]


def _held(term: str, words: str) -> float:
    """1 when a clause has the term, a half when it has its characters apart (跨年: 跨一个年度)."""
    if term in words:
        return 1.0
    return APART if len(term) == 2 and term[0] in words and term[1] in words else 0.0


def _counts(connection: Connection, wanted: Iterable[str]) -> dict[str, int]:
    query = text(f"SELECT term, doc FROM {_TABLE}_terms WHERE term IN (SELECT value FROM json_each(:terms))")
    return {row.term: row.doc for row in connection.execute(query, {"terms": json.dumps(list(wanted))})}


def _rare(counts: Mapping[str, int]) -> list[str]:
    """The rarest terms, as long as not too many clauses have them; two in any case."""
    chosen: list[str] = []
    rows = 0
    for term in sorted(counts, key=lambda one: counts[one])[:MOST_TERMS]:
        rows += counts[term]
        if len(chosen) >= 2 and rows > MOST_ROWS:
            break
        chosen.append(term)
    return chosen


def _candidates(
    connection: Connection, rare: Sequence[str], weight: Mapping[str, float], orgs: Sequence[str]
) -> list[Any]:
    """The clauses with the greatest weight of rare terms. FTS5's own rank would read every clause's words again."""
    if not rare:
        return []
    scopes = " OR ".join(f'"{_scope(org)}"' for org in orgs)
    one = f"SELECT rowid AS id, :w{{0}} AS weight FROM {_TABLE} WHERE {_TABLE} MATCH :m{{0}}"
    union = " UNION ALL ".join(one.format(number) for number in range(len(rare)))
    values: dict[str, Any] = {"most": CANDIDATES}
    for number, term in enumerate(rare):
        values |= {f"w{number}": weight[term], f"m{number}": f'"{term}" AND ({scopes})'}
    query = (
        f"SELECT c.policy_id, c.clause, f.words, best.score FROM (SELECT id, sum(weight) AS score FROM ({union}) "
        "GROUP BY id ORDER BY score DESC LIMIT :most) AS best "
        f"JOIN policy_clauses AS c ON c.id = best.id JOIN {_TABLE} AS f ON f.rowid = best.id"
    )
    return list(connection.execute(text(query), values))
