"""Pure rules of learning: what a rating says, and which shared questions are alike."""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

GOOD, BAD = "good", "bad"
REASONS = {"wrong": "条款不对", "old": "过时", "misread": "没听懂"}
"""Why an answer did not help: the wrong clause, an outdated one, or the question was not understood."""
ALIKE = 0.5
"""Two questions with at least this share of common character pairs are counted together."""


@dataclass(frozen=True)
class Answer:
    """What is rated: a random id, and what the answer rested on ('' when on nothing)."""

    id: str
    topic: str = ""
    policy: str = ""
    clause: str = ""

    def payload(self) -> str:
        """For a button, parted by `|`, which no id contains."""
        return "|".join((self.id, self.topic, self.policy, self.clause))

    @classmethod
    def parse(cls, raw: str) -> "Answer":
        """Inverse of `payload`. Raises ValueError."""
        parts = raw.split("|")
        if len(parts) != 4 or not parts[0]:
            raise ValueError("not an answer's payload")
        return cls(*parts)


@dataclass(frozen=True)
class Count:
    """Ratings of one month, topic, verdict and reason."""

    month: str
    topic: str
    verdict: str
    reason: str
    number: int


@dataclass(frozen=True)
class Group:
    """Shared questions that are alike: the first one, all their row ids, the months they came in."""

    text: str
    ids: tuple[int, ...]
    months: tuple[str, ...]
    texts: tuple[str, ...]

    @property
    def count(self) -> int:
        """How often it was asked."""
        return len(self.ids)


def grouped(questions: Iterable[tuple[int, str, str]]) -> list[Group]:
    """Group (id, month, text) by likeness to a group's first question; the most frequent group first."""
    groups: list[tuple[frozenset[str], list[tuple[int, str, str]]]] = []
    for question in questions:
        pairs = _pairs(question[2])
        near = max(groups, key=lambda one: _likeness(one[0], pairs), default=None)
        if near is not None and _likeness(near[0], pairs) >= ALIKE:
            near[1].append(question)
        else:
            groups.append((pairs, [question]))
    found = [_group(members) for _, members in groups]
    return sorted(found, key=lambda one: (-one.count, one.ids[0]))


def _group(members: Sequence[tuple[int, str, str]]) -> Group:
    months = tuple(sorted({month for _, month, _ in members}))
    texts = tuple(dict.fromkeys(text for _, _, text in members))
    return Group(members[0][2], tuple(row for row, _, _ in members), months, texts)


def _pairs(text: str) -> frozenset[str]:
    plain = "".join(char for char in unicodedata.normalize("NFKC", text).lower() if char.isalnum())
    return frozenset(plain[i : i + 2] for i in range(max(1, len(plain) - 1)))


def _likeness(left: frozenset[str], right: frozenset[str]) -> float:
    """Dice's coefficient."""
    return 2 * len(left & right) / max(1, len(left) + len(right))
