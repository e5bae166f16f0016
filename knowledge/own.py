"""Which clause of an organisation's imported documents answers: a confirmed topic's, else the nearest passage."""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from core.policies.passages import Passage
from core.policies.rules import IMPORTED, Clause, Policy
from knowledge import proposals
from knowledge.catalogue import Topic
from knowledge.choose import OUT_OF_SCOPE, Understanding, raised_by_words

Finder = Callable[[str, Sequence[str], Collection[str], int], list[Passage]]
"""The nearest clauses: question, organisations, ids of the documents that count, how many at most."""
Likely = Callable[[str], Mapping[str, float]]
"""The topics that a clause's text may answer, with confidence: a stranger's words for what the question means."""
TOPIC_SURE = 0.35
TOPIC_WITH_PASSAGE = 0.1
PASSAGE_NEAR = 0.42
"""The share of a question's weight that a clause must hold to be shown as the closest."""
PASSAGE_MEANT = 0.3
"""The same where the question is understood as one about these documents' matters, its topic counting too."""
PASSAGE_BESIDE = 0.55
"""Where a digest answers most questions, a passage of another document must fit better to be shown."""
TOPIC_WEIGHT = 0.7
"""What a topic that is understood for sure and proposed for sure adds to a clause's share."""
KIND_WEIGHT = 0.1
"""How much a clause goes before another when it holds the kind of thing that was asked for; only for the order."""
TOPIC_PROPOSED = 0.5
"""A clause with such a proposal may answer: then nobody may say that the document is silent."""
LOOKED_AT = 12
_NUMBER = r"(?:\d+|[一二两三四五六七八九十半]+)"
_KINDS = tuple(
    (re.compile(asked), re.compile(held))
    for asked, held in (
        (
            r"多久|多长时间|[几多少]+个?(?:天|日|月|年|工作日)|时限|期限|什么时候|何时",
            rf"{_NUMBER}个?(?:工作日|日|天|月|年|小时|周|学期)|每(?:年|月|季|学期|半年)",
        ),
        (r"多少钱|多少元|几块|标准", rf"{_NUMBER}元"),
        (r"几次|多少次", rf"{_NUMBER}次"),
        (r"谁|哪个(?:部门|单位|科室)|找哪", r"负责|牵头|承担|解释"),
    )
)


@dataclass(frozen=True)
class Found:
    """`topic`: None for a passage, which is only the closest and says so."""

    policy: Policy
    clause: str
    topic: str | None = None


class Own:
    """Chooses among imported documents."""

    def __init__(self, topics: Mapping[str, Topic], find: Finder | None, likely: Likely = proposals.likely) -> None:
        self._topics = topics
        self._find = find
        self._likely = likely

    def choose(self, said: Understanding, documents: Sequence[Policy]) -> Found | None:
        """The clause of a likely topic, preferring what the words point at; else the closest passage; else nothing."""
        ranking = self._ranking(said)
        answered = {name for policy in documents for name in policy.topics if name in ranking}
        hits = self.hits(said.text, documents)
        quoted = any(hit.coverage >= PASSAGE_BESIDE for hit in hits)
        near = {(hit.policy, hit.clause) for hit in hits if hit.coverage >= TOPIC_WITH_PASSAGE}
        for name in sorted(answered, key=lambda one: -ranking[one]):
            places = [(one, ref.clause) for one in documents for ref in one.topics.get(name, ())]
            pointed = next((place for place in places if (place[0].id, place[1]) in near), None)
            # A sure topic whose clause has none of the words gives way to a clause that has most of them.
            if (ranking[name] >= TOPIC_SURE and not quoted) or (pointed and ranking[name] >= TOPIC_WITH_PASSAGE):
                policy, clause = pointed or places[0]
                return Found(policy, clause, name)
        return self._closest(said.text, self._meant(hits, documents, ranking), documents, _least(said))

    def beside(self, said: Understanding, documents: Sequence[Policy]) -> Found | None:
        """A passage of imported documents where the digest has nothing to say."""
        shares = [(hit, hit.coverage) for hit in self.hits(said.text, documents)]
        return self._closest(said.text, shares, documents, PASSAGE_BESIDE)

    def silent(self, topic: str, documents: Sequence[Policy]) -> bool:
        """Whether it may be said that documents are silent about a topic: when no clause looks like answering it."""
        imported = [policy for policy in documents if policy.origin == IMPORTED]
        if topic.startswith("doc."):
            return False
        about = self._topics[topic]
        texts = [self._text(hit, imported) for hit in self.hits(f"{about.label} {about.covers}", imported)]
        return all(self._likely(text).get(topic, 0.0) < TOPIC_PROPOSED for text in texts if text)

    def hits(self, text: str, documents: Sequence[Policy]) -> list[Passage]:
        """The nearest clauses of imported documents."""
        imported = [policy for policy in documents if policy.origin == IMPORTED]
        if not imported or self._find is None:
            return []
        orgs = sorted({org for policy in imported for org in policy.applies_to[:1]})
        return self._find(text, orgs, {policy.id for policy in imported}, LOOKED_AT)

    def _ranking(self, said: Understanding) -> dict[str, float]:
        known = {name: value for name, value in said.ranking.items() if name in self._topics and value > 0.002}
        return raised_by_words(known, said.text)

    def _meant(
        self, hits: Sequence[Passage], documents: Sequence[Policy], ranking: Mapping[str, float]
    ) -> list[tuple[Passage, float]]:
        """Each clause's share, with what the topic of the question adds where the clause looks like answering it."""
        found = []
        for hit in hits:
            clause = self._clause(hit, documents)
            rule = clause is not None and clause.kind in proposals.PROPOSED
            proposed = self._likely(clause.text or "") if clause and rule and ranking else {}
            both = max((value * proposed.get(name, 0.0) for name, value in ranking.items()), default=0.0)
            found.append((hit, hit.coverage + TOPIC_WEIGHT * both))
        return found

    def _closest(
        self, text: str, shares: Sequence[tuple[Passage, float]], documents: Sequence[Policy], least: float
    ) -> Found | None:
        known = {policy.id: policy for policy in documents}
        enough = [(hit, share) for hit, share in shares if share >= least and self._text(hit, documents)]
        if not enough:
            return None
        best = max(enough, key=lambda one: one[1] + KIND_WEIGHT * _holds_kind(text, self._text(one[0], documents)))[0]
        return Found(known[best.policy], best.clause)

    def _clause(self, hit: Passage, documents: Sequence[Policy]) -> Clause | None:
        policy = next((one for one in documents if one.id == hit.policy), None)
        return policy.clause(hit.clause) if policy else None

    def _text(self, hit: Passage, documents: Sequence[Policy]) -> str:
        clause = self._clause(hit, documents)
        return (clause.text or "") if clause else ""


def _least(said: Understanding) -> float:
    """The share that makes a passage worth showing: more, the less the question seems to be one for us."""
    out = said.ranking.get(OUT_OF_SCOPE, 0.0)
    return PASSAGE_BESIDE if out > 0.9 else PASSAGE_NEAR if out > 0.5 else PASSAGE_MEANT


def _holds_kind(question: str, text: str) -> bool:
    """Whether a clause holds a duration, a sum, a number of times, a body, when that is asked for."""
    return any(asked.search(question) and held.search(text) for asked, held in _KINDS)
