"""Two documents side by side by topic: two versions, or the documents of two organisations."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from core.policies.rules import Policy, clause_label
from knowledge.catalogue import Topic


@dataclass(frozen=True)
class Row:
    """One topic in two documents: clause labels and wording of each side, None where it has no rule.

    state: only_left | only_right | same | changed.
    """

    topic: str
    label: str
    left: tuple[str, str] | None
    right: tuple[str, str] | None
    state: str


def rows(left: Policy, right: Policy, topics: Mapping[str, Topic]) -> Iterator[Row]:
    """Every topic that either document answers, in the catalogue's order; then clauses without a topic, by their id."""
    for name, topic in topics.items():
        sides = _side(left, name), _side(right, name)
        if any(sides):
            yield Row(name, topic.label, *sides, _state(*sides))
    with_topic = {ref.clause for policy in (left, right) for refs in policy.topics.values() for ref in refs}
    ids = dict.fromkeys(one.id for policy in (left, right) for one in policy.clauses if one.kind == "clause")
    for clause in ids:
        if clause not in with_topic:
            sides = _clause(left, clause), _clause(right, clause)
            if any(sides):
                yield Row("", clause_label(clause), *sides, _state(*sides))


def _side(policy: Policy, topic: str) -> tuple[str, str] | None:
    refs = policy.topics.get(topic, ())
    if not refs:
        return None
    labels = "、".join(dict.fromkeys(clause_label(ref.clause) for ref in refs))
    return labels, "\n".join(dict.fromkeys(policy.sentence(ref) for ref in refs))


def _clause(policy: Policy, clause_id: str) -> tuple[str, str] | None:
    clause = policy.clause(clause_id)
    words = (clause.text or "\n".join(point.text for point in clause.points)) if clause else ""
    return (clause_label(clause_id), words) if words else None


def _state(left: tuple[str, str] | None, right: tuple[str, str] | None) -> str:
    if left is None or right is None:
        return "only_right" if left is None else "only_left"
    return "same" if "".join(left[1].split()) == "".join(right[1].split()) else "changed"
