"""From what was understood to topic and clause: Rasa's full ranking and search scores together."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from core.policies.rules import Policy
from knowledge.catalogue import Topic
from knowledge.search import Search

SEARCH_WEIGHT = 0.12
HEADING_BONUS = 0.3
SILENT_WEIGHT = 0.8
WORD_FACTOR = 3.0
SECOND_REF = 0.35
SURE = 0.2
FLOOR = 0.08
SEGMENT_SURE = 0.3
CONTEXT_BONUS = 0.12
OUT_OF_SCOPE = "out_of_scope"
_QUESTION = re.compile(
    r"[?？]|吗|么|呢|伐|谁|哪|多少|几|怎|咋|啥|什么|如何|是不是|能不能|要不要|会不会|有没有|可不可以|能否|是否|多久|(.)不\1|何时|啊$|不$"
)
_GROUP_WORDS = (
    (re.compile(r"容错|容措|免责|免则|问责"), ("tolerance.", "correction.")),
    (re.compile(r"澄清|澄青|称清|正名|冤枉|清白"), ("clarification.",)),
    (re.compile(r"诬告|污告|诬陷"), ("false_accusation.", "clarification.")),
    (re.compile(r"体检|体捡"), ("health_check.",)),
    (re.compile(r"轮岗|论岗"), ("rotation.",)),
)
_ELLIPTIC = re.compile(r"^(那|这|它|要是|如果|然后|还|就|又|也|另外|再|具体|所以|可|但|不过|比如|谁|哪|多)")


@dataclass(frozen=True)
class Understanding:
    """What Rasa made of a message. `ranking`: every intent with its probability, best first."""

    text: str
    ranking: Mapping[str, float]
    segments: tuple[tuple[str, Mapping[str, float]], ...] = ()

    @property
    def best(self) -> str:
        """The most likely intent."""
        return max(self.ranking, key=lambda name: self.ranking[name], default="")


@dataclass(frozen=True)
class Scored:
    """A topic as an answer in one policy: `clause` None when the policy is silent about it."""

    topic: str
    clause: str | None
    score: float


@dataclass(frozen=True)
class Choice:
    """`picked`: one topic, or several for a message with several questions. `close`: what to ask back about."""

    picked: tuple[Scored, ...] = ()
    close: tuple[str, ...] = ()
    out_of_scope: float = 0.0
    ranked: tuple[Scored, ...] = field(default=(), repr=False)


class Chooser:
    """Chooses topics for messages within one policy."""

    def __init__(self, topics: Mapping[str, Topic], search: Search) -> None:
        self._topics = topics
        self._search = search

    def choose(
        self, said: Understanding, policy: Policy, last_topic: str | None = None, last_clause: str | None = None
    ) -> Choice:
        """The best topic, the topics to ask about, or nothing."""
        ranked = self.rank(said.text, said.ranking, policy, last_topic, last_clause)
        out = said.ranking.get(OUT_OF_SCOPE, 0.0)
        if not ranked or (out > ranked[0].score and out > FLOOR):
            return Choice(out_of_scope=out, ranked=tuple(ranked))
        several = self._several(said, policy, ranked)
        if len(several) > 1:
            return Choice(picked=several, out_of_scope=out, ranked=tuple(ranked))
        first = ranked[0]
        if first.score >= SURE:
            return Choice(picked=(first,), out_of_scope=out, ranked=tuple(ranked))
        if first.score < FLOOR:
            return Choice(out_of_scope=out, ranked=tuple(ranked))
        if len(ranked) > 1 and ranked[1].score > 0.6 * first.score:
            return Choice(close=_distinct(ranked, 3), out_of_scope=out, ranked=tuple(ranked))
        return Choice(picked=(first,), out_of_scope=out, ranked=tuple(ranked))

    def rank(
        self,
        text: str,
        ranking: Mapping[str, float],
        policy: Policy,
        last_topic: str | None = None,
        last_clause: str | None = None,
    ) -> list[Scored]:
        """Every topic's score in this policy: evidence gathers on clauses, then the likeliest topic speaks for each."""
        probabilities = {topic: value for topic, value in ranking.items() if topic in self._topics and value > 0.002}
        probabilities = raised_by_words(probabilities, text)
        if last_topic and (len(text) <= 14 or _ELLIPTIC.match(text)):
            probabilities = self._with_context(probabilities, last_topic, policy, last_clause)
        found = self._search.clauses(text, policy.id)
        evidence: dict[str, float] = {clause: SEARCH_WEIGHT * value for clause, value in found.items()}
        for clause in policy.clauses:
            if len(clause.heading) >= 4 and _shares(clause.heading, text, 4):
                evidence[clause.id] = evidence.get(clause.id, 0.0) + HEADING_BONUS
        speaker: dict[str, tuple[float, str]] = {}
        silent: list[Scored] = []
        for topic, value in probabilities.items():
            refs = policy.topics.get(topic, ())
            if not refs:
                silent.append(Scored(topic, None, value * (1.0 if value > 0.6 else SILENT_WEIGHT)))
            for place, cited in enumerate(dict.fromkeys(ref.clause for ref in refs)):
                weight = value * (1.0 if place == 0 else SECOND_REF)
                evidence[cited] = evidence.get(cited, 0.0) + weight
                speaker[cited] = max(speaker.get(cited, (0.0, "")), (weight, topic))
        spoken = [Scored(topic, clause, evidence[clause]) for clause, (_, topic) in speaker.items()]
        return sorted([*spoken, *silent], key=lambda item: -item.score)[:8]

    def _with_context(
        self, probabilities: dict[str, float], last_topic: str, policy: Policy, last_clause: str | None
    ) -> dict[str, float]:
        """A short follow-up more likely stays with the last topic's group or the last clause."""
        near = {last_topic, *self._topics[last_topic].next} if last_topic in self._topics else {last_topic}
        if last_clause:
            near.update(policy.topics_of(last_clause))
        group = last_topic.partition(".")[0] + "."
        return {
            topic: value + (CONTEXT_BONUS * min(1.0, value * 6) if topic in near or topic.startswith(group) else 0.0)
            for topic, value in probabilities.items()
        }

    def _topics_only(self, ranking: Mapping[str, float]) -> dict[str, float]:
        """A part of a message is a question by itself: commands and follow-ups give their share to the topics."""
        kept = {name: value for name, value in ranking.items() if name in self._topics or name == OUT_OF_SCOPE}
        total = sum(kept.values())
        return {name: value / total for name, value in kept.items()} if total > 0.02 else kept

    def _several(self, said: Understanding, policy: Policy, ranked: Sequence[Scored]) -> tuple[Scored, ...]:
        picked: list[Scored] = []
        for part, ranking in said.segments:
            if not _QUESTION.search(part) or ranking.get(OUT_OF_SCOPE, 0) > 0.3:
                continue
            best = self.rank(part, self._topics_only(ranking), policy, ranked[0].topic)
            if not best or best[0].score < SEGMENT_SURE or best[0].clause is None:
                continue
            if all((item.clause, item.topic) != (best[0].clause, best[0].topic) for item in picked):
                picked.append(best[0])
        if len(picked) < 2:
            return ()
        if ranked[0].clause and ranked[0].score >= 0.6 and all(item.clause != ranked[0].clause for item in picked):
            picked.insert(0, ranked[0])
        return tuple(picked[:3])


def _distinct(ranked: Sequence[Scored], most: int) -> tuple[str, ...]:
    floor = 0.45 * ranked[0].score
    return tuple(dict.fromkeys(item.topic for item in ranked if item.score >= floor))[:most]


def raised_by_words(probabilities: dict[str, float], text: str) -> dict[str, float]:
    """A key word of a group of topics raises the group."""
    for word, groups in _GROUP_WORDS:
        if word.search(text):
            raised = {t: v * WORD_FACTOR if t.startswith(groups) else v for t, v in probabilities.items()}
            total = sum(raised.values()) / max(1e-9, sum(probabilities.values()))
            probabilities = {t: v / max(1.0, total) for t, v in raised.items()}
    return probabilities


def _shares(heading: str, text: str, length: int) -> bool:
    """Whether the text quotes a run of the heading that is not a common word of all headings."""
    runs = (heading[i : i + length] for i in range(len(heading) - length + 1))
    return any(run in text for run in runs if run not in _COMMON_RUNS)


_COMMON_RUNS = frozenset(
    ("教育引导", "引导干部", "育引导干", "担当作为", "建立健全", "健全完善", "干部担当", "大力选拔", "选拔使用")
)
