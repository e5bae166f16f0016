"""Which topics the clauses of a new document may answer: a classifier made of the shipped digests, and retrieval.

Both look at every sentence of a clause. The classifier compares it with each topic's profile (what the topic covers and
what all digests say on it), retrieval with every single point of the digests. HR confirms; nothing goes live by itself.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from core.policies.rules import SHIPPED, Clause, Policy
from knowledge import catalogue
from knowledge.catalogue import Topic
from knowledge.search import tokens

PROPOSED = ("clause", "lead")
MOST = 5
LEAST = 0.4
"""Proposals below this confidence are not shown."""
PROFILE_WEIGHT = 0.5
HEADING = 60
"""Characters of a clause's first line that count as its heading."""
_SENTENCE = re.compile(r"[。；\n]")
_SLOPE, _MIDDLE = 10.0, 0.2
"""The likeness at which half of the proposals were right, and how fast that rises: fitted by leaving each shipped
document out in turn."""


@dataclass(frozen=True)
class Proposal:
    """A topic a clause may answer. `confidence`: 0..1, about the share of such proposals that are right."""

    clause: str
    topic: str
    confidence: float


class Proposer:
    """Proposes topics for clauses; built out of digests once."""

    def __init__(self, digests: Iterable[Policy], topics: Mapping[str, Topic]) -> None:
        samples = [(topic, f"{one.label} {one.covers}") for topic, one in topics.items()]
        for policy in digests:
            for topic, refs in policy.topics.items():
                if topic in topics and not topic.startswith("doc."):
                    samples += [(topic, policy.sentence(ref)) for ref in refs]
        self._topics = sorted({topic for topic, _ in samples})
        words = [Counter(tokens(text)) for _, text in samples]
        self._vocabulary = {word: place for place, word in enumerate(sorted({w for one in words for w in one}))}
        counts = Counter(word for one in words for word in one)
        self._idf = np.array([math.log(1 + len(words) / counts[word]) for word in self._vocabulary], dtype=np.float32)
        self._samples = _rows([self._vector(one) for one in words])
        place = {topic: number for number, topic in enumerate(self._topics)}
        self._of = np.array([place[topic] for topic, _ in samples])
        sums = np.zeros((len(self._topics), len(self._vocabulary)), dtype=np.float32)
        np.add.at(sums, self._of, self._samples)
        self._profiles = _rows(list(sums))

    def propose(self, clause: Clause, heading: str = "") -> list[Proposal]:
        """The likeliest topics of a clause, best first. `heading`: the chapter it stands under."""
        text = clause.text or "".join(point.text for point in clause.points)
        sentences = [part for part in _SENTENCE.split(text) if len(part.strip()) > 5] or [text]
        pieces = [f"{heading} {clause.heading}", *sentences]
        vectors = _rows([self._vector(Counter(tokens(piece))) for piece in pieces])
        near = vectors @ self._samples.T
        by_topic = np.zeros((len(pieces), len(self._topics)), dtype=np.float32)
        for number in range(len(pieces)):
            np.maximum.at(by_topic[number], self._of, near[number])
        likeness = PROFILE_WEIGHT * (vectors @ self._profiles.T) + (1 - PROFILE_WEIGHT) * by_topic
        best = likeness.max(axis=0)
        order = np.argsort(-best)[:MOST]
        found = [Proposal(clause.id, self._topics[place], _confidence(float(best[place]))) for place in order]
        return [one for one in found if one.confidence >= LEAST]

    def _vector(self, counted: Counter[str]) -> NDArray[np.float32]:
        row = np.zeros(len(self._vocabulary), dtype=np.float32)
        for word, count in counted.items():
            if (place := self._vocabulary.get(word)) is not None:
                row[place] = (1 + math.log(count)) * self._idf[place]
        return row


@lru_cache(maxsize=4096)
def likely(text: str) -> Mapping[str, float]:
    """The proposed topics of one clause's text with their confidence; for clauses that nobody has given topics yet."""
    return {
        one.topic: one.confidence
        for one in proposer().propose(Clause("", text.partition("\n")[0][:HEADING], (), (), text))
    }


def _rows(vectors: list[NDArray[np.float32]]) -> NDArray[np.float32]:
    """Vectors of length one as a matrix."""
    found = np.stack(vectors)
    lengths: NDArray[np.float32] = np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-9)
    return np.divide(found, lengths, dtype=np.float32)


def _confidence(likeness: float) -> float:
    return round(1 / (1 + math.exp(-_SLOPE * (likeness - _MIDDLE))), 2)


@lru_cache(maxsize=1)
def proposer() -> Proposer:
    """The proposer of the shipped digests."""
    return Proposer([policy for policy, _ in catalogue.shipped()], catalogue.topics())


def proposals(policy: Policy, by: Proposer | None = None) -> dict[str, list[Proposal]]:
    """Proposed topics by clause for an imported document, in its order; clauses without any have an empty list."""
    if policy.origin == SHIPPED:
        return {}
    made = by or proposer()
    found: dict[str, list[Proposal]] = {}
    above = ""
    for clause in policy.clauses:
        if clause.kind == "structure":
            above = clause.heading or (clause.text or "")[:40]
        elif clause.kind in PROPOSED:
            found[clause.id] = made.propose(clause, above)
    return found


def accepted(found: Mapping[str, list[Proposal]], above: float) -> dict[str, list[str]]:
    """The proposals that are at least so sure, as `core.policies.service.confirm` takes them: clause -> topics.

    For each topic the surest clauses come first, as the first is the one shown.
    """
    sure = sorted((one for some in found.values() for one in some if one.confidence >= above), key=_surest)
    chosen: dict[str, list[str]] = {}
    for one in sure:
        chosen.setdefault(one.clause, []).append(one.topic)
    return chosen


def _surest(one: Proposal) -> float:
    return -one.confidence
