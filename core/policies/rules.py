"""Policy documents as values: documents, clauses, points, facts and which topic they answer."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

LEVELS = ("university", "college", "county", "province")
LEVEL_RANK = {"college": 0, "university": 0, "county": 1, "province": 2}
"""How high an issuer stands: a province's rule goes before a county's, schools stand side by side."""
WHOLE = "text"
"""The point of an imported clause: its official wording, whole. Digests name their points themselves."""
SHIPPED, IMPORTED = "shipped", "imported"


@dataclass(frozen=True)
class Point:
    """A short digest of one thing a clause says, in our own words."""

    id: str
    text: str


@dataclass(frozen=True)
class Clause:
    """The unit of citation. `text` is the official wording once the owner imported it.

    kind: clause | preamble | lead | structure | tail | note. parts: sub-items inside the text as (id, text).
    """

    id: str
    heading: str
    points: tuple[Point, ...]
    facts: tuple[Mapping[str, Any], ...] = ()
    text: str | None = None
    kind: str = "clause"
    parts: tuple[tuple[str, str], ...] = ()

    def point(self, point_id: str) -> Point | None:
        """A point by id; an imported clause has one, its wording."""
        if point_id == WHOLE and not self.points and self.text:
            return Point(WHOLE, self.text)
        return next((point for point in self.points if point.id == point_id), None)


@dataclass(frozen=True)
class PointRef:
    """`clause#point`: where an answer's sentence comes from."""

    clause: str
    point: str

    @classmethod
    def parse(cls, raw: str) -> "PointRef":
        """Read `clause#point`. Raises ValueError."""
        clause, mark, point = raw.partition("#")
        if not (clause and mark and point):
            raise ValueError(f"not clause#point: {raw}")
        return cls(clause, point)


@dataclass(frozen=True)
class Silence:
    """What a document does not say about a topic it comes near to."""

    say: str
    near: tuple[PointRef, ...]


@dataclass(frozen=True)
class Validity:
    """When a document holds. ISO dates; None: not known. `supersedes`: the id of the document it replaces."""

    effective_on: str | None = None
    repealed_on: str | None = None
    supersedes: str | None = None
    superseded_on: str | None = None

    def status(self, on: str) -> str:
        """effective | superseded | repealed on an ISO date."""
        if self.repealed_on and self.repealed_on <= on:
            return "repealed"
        return "superseded" if self.superseded_on and self.superseded_on <= on else "effective"


@dataclass(frozen=True)
class Policy:
    """One document. `cite` is how answers name it: its number, or a short title where it has none."""

    id: str
    title: str
    cite: str
    issuer: str
    document_number: str | None
    issued_on: str | None
    level: str
    applies_to: tuple[str, ...]
    clauses: tuple[Clause, ...]
    topics: Mapping[str, tuple[PointRef, ...]] = field(default_factory=dict)
    silences: Mapping[str, Silence] = field(default_factory=dict)
    validity: Validity = Validity()
    origin: str = SHIPPED
    sha256: str | None = None

    @property
    def since(self) -> str | None:
        """The ISO date from which it holds: the effective date, else the date of issue; None when neither is known."""
        return self.validity.effective_on or self.issued_on

    def in_force(self, on: str) -> bool:
        """Whether its rules held on an ISO date. A document without any date holds until it is ended."""
        return (self.since or "") <= on and self.validity.status(on) == "effective"

    def clause(self, clause_id: str) -> Clause | None:
        """A clause by the document's own number; an imported clause's sub-item by its own, e.g. 第十二条(一)."""
        found = next((clause for clause in self.clauses if clause.id == clause_id), None)
        return found or next((part for clause in self.clauses if (part := _part(clause, clause_id))), None)

    def sentence(self, ref: PointRef) -> str:
        """The point behind a reference. Raises KeyError when it does not resolve."""
        clause = self.clause(ref.clause)
        point = clause.point(ref.point) if clause else None
        if point is None:
            raise KeyError(f"{self.id}:{ref.clause}#{ref.point}")
        return point.text

    def topics_of(self, clause_id: str) -> tuple[str, ...]:
        """The topics a clause answers."""
        return tuple(topic for topic, refs in self.topics.items() if any(ref.clause == clause_id for ref in refs))


def _part(clause: Clause, part_id: str) -> Clause | None:
    for name, text in clause.parts:
        if name == part_id:
            return Clause(name, text[:20], (), (), text)
    return None


def citation(policy: Policy, clause_id: str) -> str:
    """How a reply names a clause: 院党字〔2020〕131号 第11条, 鲁大党发〔2017〕45号 三(一)."""
    return f"{policy.cite} {clause_label(clause_id)}"


def clause_label(clause_id: str) -> str:
    """第11条 for plain numbers; the document's own label otherwise."""
    if clause_id in _PLACES:
        return _PLACES[clause_id]
    if clause_id.endswith(".lead"):
        return f"第{clause_id.removesuffix('.lead')}部分引言"
    return f"第{clause_id}条" if clause_id.isdigit() else clause_id


_PLACES = {"head": "文件首部", "preamble": "正文开头", "tail": "文件结尾"}
