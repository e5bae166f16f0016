"""Which clause of an organisation's imported documents answers: a confirmed topic's, else the nearest passage."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from core.policies.passages import Passage
from core.policies.rules import IMPORTED, Policy
from knowledge.catalogue import Topic
from knowledge.choose import OUT_OF_SCOPE, Understanding, raised_by_words

Finder = Callable[[str, Sequence[str], Collection[str]], list[Passage]]
"""The nearest clauses: question, organisations, ids of the documents that count."""
TOPIC_SURE = 0.35
TOPIC_WITH_PASSAGE = 0.1
PASSAGE_NEAR = 0.42
"""The share of a question's weight that a clause must hold to be shown as the closest."""
PASSAGE_BESIDE = 0.55
"""Where a digest answers most questions, a passage of another document must fit better to be shown."""


@dataclass(frozen=True)
class Found:
    """`topic`: None for a passage, which is only the closest and says so."""

    policy: Policy
    clause: str
    topic: str | None = None


class Own:
    """Chooses among imported documents."""

    def __init__(self, topics: Mapping[str, Topic], find: Finder | None) -> None:
        self._topics = topics
        self._find = find

    def choose(self, said: Understanding, documents: Sequence[Policy]) -> Found | None:
        """The clause of a likely topic, preferring what the words point at; else the closest passage; else nothing."""
        ranking = {name: value for name, value in said.ranking.items() if name in self._topics and value > 0.002}
        ranking = raised_by_words(ranking, said.text)
        answered = {name for policy in documents for name in policy.topics if name in ranking}
        hits = self.hits(said.text, documents)
        near = {(hit.policy, hit.clause) for hit in hits if hit.coverage >= TOPIC_WITH_PASSAGE}
        for name in sorted(answered, key=lambda one: -ranking[one]):
            places = [(one, ref.clause) for one in documents for ref in one.topics.get(name, ())]
            pointed = next((place for place in places if (place[0].id, place[1]) in near), None)
            if ranking[name] >= TOPIC_SURE or (pointed and ranking[name] >= TOPIC_WITH_PASSAGE):
                policy, clause = pointed or places[0]
                return Found(policy, clause, name)
        sure_out = said.ranking.get(OUT_OF_SCOPE, 0.0) > 0.9
        return self._closest(hits, documents, PASSAGE_BESIDE if sure_out else PASSAGE_NEAR)

    def beside(self, said: Understanding, documents: Sequence[Policy]) -> Found | None:
        """A passage of imported documents where the digest has nothing to say."""
        return self._closest(self.hits(said.text, documents), documents, PASSAGE_BESIDE)

    def hits(self, text: str, documents: Sequence[Policy]) -> list[Passage]:
        """The nearest clauses of imported documents."""
        imported = [policy for policy in documents if policy.origin == IMPORTED]
        if not imported or self._find is None:
            return []
        orgs = sorted({org for policy in imported for org in policy.applies_to[:1]})
        return self._find(text, orgs, {policy.id for policy in imported})

    def _closest(self, hits: Sequence[Passage], documents: Sequence[Policy], least: float) -> Found | None:
        known = {policy.id: policy for policy in documents}
        for hit in hits:
            if hit.coverage >= least and hit.policy in known and known[hit.policy].clause(hit.clause):
                return Found(known[hit.policy], hit.clause)
        return None
