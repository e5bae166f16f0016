"""Policy documents as values: documents, clauses, points, facts and which topic they answer."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

LEVELS = ("university", "college", "county", "province")


@dataclass(frozen=True)
class Point:
    """A short digest of one thing a clause says, in our own words."""

    id: str
    text: str


@dataclass(frozen=True)
class Clause:
    """The unit of citation. `text` is the official wording once the owner imported it."""

    id: str
    heading: str
    points: tuple[Point, ...]
    facts: tuple[Mapping[str, Any], ...] = ()
    text: str | None = None

    def point(self, point_id: str) -> Point | None:
        """A point by id."""
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

    def clause(self, clause_id: str) -> Clause | None:
        """A clause by the document's own number."""
        return next((clause for clause in self.clauses if clause.id == clause_id), None)

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


def citation(policy: Policy, clause_id: str) -> str:
    """How a reply names a clause: 院党字〔2020〕131号 第11条, 鲁大党发〔2017〕45号 三(一)."""
    return f"{policy.cite} {clause_label(clause_id)}"


def clause_label(clause_id: str) -> str:
    """第11条 for plain numbers; the document's own label otherwise."""
    if clause_id == "head":
        return "文件首部"
    if clause_id.endswith(".lead"):
        return f"第{clause_id.removesuffix('.lead')}部分引言"
    return f"第{clause_id}条" if clause_id.isdigit() else clause_id
