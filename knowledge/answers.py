"""Who asks + topic -> cited answer. Every sentence is a stored point, a stored silence or a reviewed fixed phrase."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from core.messages.rules import Button, Reply
from core.people.orgs import Org
from core.policies.rules import PointRef, Policy
from core.policies.service import Library
from knowledge import phrases, responsible
from knowledge.catalogue import Topic
from knowledge.choose import Choice, Chooser, Scored, Understanding
from knowledge.followups import resolve
from knowledge.search import Search
from knowledge.shelf import Shelf, fit

MOST_CHARACTERS = 560
SINGLE_CHARACTERS = 420
DUTIES_CHARACTERS = 360
"""Every duty brings a citation of its own, and those take room too."""
FILL_CHARACTERS = 360
SECOND_CLAUSE_ROOM = 260
RELATED = 0.03
LIST_GOES_ON = "_more"
"""A list too long for one point goes on in a second one; half a list of conditions would be a wrong answer."""
STRONG_POINT = 0.6
SINGLE_CONDITIONS = frozenset(
    f"tolerance.{name}"
    for name in (
        "private_gain", "force_majeure", "collective", "innovation", "remedied", "dissent", "unclear_policy",
        "old_rules", "severity",
    )
)  # fmt: skip
"""Topics that ask about one condition: the answer names the others too, since one alone decides nothing."""
MOST_ADDED = 3


@dataclass(frozen=True)
class Answered:
    """A reply, and what a follow-up may refer to."""

    reply: Reply
    topic: str | None = None
    clause: tuple[str, str] | None = None
    unknown: bool = False


@dataclass(frozen=True)
class _Part:
    """One topic answered from one policy."""

    lines: tuple[str, ...]
    citations: tuple[tuple[str, str], ...]


class Answers:
    """Answers questions from one consistent library of policies."""

    def __init__(self, library: Library, topics: dict[str, Topic], orgs: dict[str, Org]) -> None:
        self.revision = library.revision
        self._shelf = Shelf(library.policies, topics, orgs)
        self._topics = topics
        self._orgs = orgs
        self._search = Search(library.policies, topics)
        self._chooser = Chooser(topics, self._search)

    # -- a question in words

    def ask(
        self, org: Org, said: Understanding, last_topic: str | None = None, last_clause: tuple[str, str] | None = None
    ) -> Answered:
        """The reply to a question: an answer, a silence, a question back, or a refusal that still helps."""
        own = self._shelf.own(org)
        if not own:
            return self._nothing(org, Choice())
        policy = own[0]
        facet = _facet(said) if last_topic in self._topics else None
        if facet and last_topic:
            target = resolve(last_topic, facet, policy)
            named = None
            if facet == "followup.who" and last_clause and last_clause[0] == policy.id:
                named = self._bodies(org, policy, last_clause[1], last_topic)
            return named or self.topic(org, target, said.text, prefer=last_clause)
        others = [other for other in self._mentioned(said.text) if other.id != org.id]
        clause = last_clause[1] if last_clause and last_clause[0] == policy.id else None
        choice = self._chooser.choose(said, policy, last_topic, clause)
        if others and not (choice.out_of_scope > 0.5 and not choice.picked):
            return self._compare(org, others, said, choice)
        if not choice.picked:
            return self._clarify(choice) if choice.close else self._nothing(org, choice)
        if len(choice.picked) > 1:
            return self._several(org, policy, choice.picked, said.text)
        if choice.picked[0].topic == "responsible_unit":
            found = self._responsible(org, policy, said, choice, last_clause)
            if found is not None:
                return found
        picked = choice.picked[0]
        prefer = (policy.id, picked.clause) if picked.clause else None
        return self.topic(org, picked.topic, said.text, prefer, said.ranking)

    # -- a topic chosen by button or by words

    def topic(
        self,
        org: Org,
        topic: str,
        text: str = "",
        prefer: tuple[str, str] | None = None,
        ranking: Mapping[str, float] = MappingProxyType({}),
    ) -> Answered:
        """The organisation's own rule on a topic, else those of the bodies above it, else silence said aloud."""
        for policy in self._shelf.own(org):
            if policy.topics.get(topic):
                first = prefer[1] if prefer and prefer[0] == policy.id else None
                part = self._part(policy, topic, first, SINGLE_CHARACTERS)
                part = self._fuller(policy, topic, part, text, ranking)
                return self._answered(org, topic, part.lines, part.citations)
        return self._silent(org, topic)

    def _part(self, policy: Policy, topic: str, first: str | None, most: int) -> _Part:
        refs = policy.topics[topic]
        clause = first if first and any(ref.clause == first for ref in refs) else refs[0].clause
        own = [ref for ref in refs if ref.clause == clause]
        whole = [ref for ref in own[1:2] if ref.point == own[0].point + LIST_GOES_ON]
        first_lines = [policy.sentence(ref) for ref in (own[0], *whole)]
        lines = fit([policy.sentence(ref) for ref in own], most, first_lines)
        return _Part(tuple(lines), ((policy.id, clause),))

    def _fuller(self, policy: Policy, topic: str, part: _Part, text: str, ranking: Mapping[str, float]) -> _Part:
        """Add, while there is room: what else the clause says that was asked, then the topic's next clause."""
        clause = part.citations[0][1]
        lines = list(part.lines)
        related = sorted((name for name, value in ranking.items() if value >= RELATED), key=lambda name: -ranking[name])
        if topic in SINGLE_CONDITIONS:
            related = [*(name for name in related if name in SINGLE_CONDITIONS), "tolerance.conditions", *related]
        wanted = [ref.point for name in related for ref in policy.topics.get(name, ()) if ref.clause == clause]
        scores = self._search.points(text, policy.id, clause) if text else {}
        wanted += sorted((point for point in scores if scores[point] >= STRONG_POINT), key=lambda point: -scores[point])
        for point in dict.fromkeys(wanted):
            sentence = policy.sentence(PointRef(clause, point))
            if len(lines) >= len(part.lines) + MOST_ADDED:
                break
            if sentence not in lines and sum(map(len, lines)) + len(sentence) <= FILL_CHARACTERS:
                lines.append(sentence)
        citations = list(part.citations)
        for ref in policy.topics[topic][:3]:
            sentence = policy.sentence(ref)
            fits = sum(map(len, lines)) + len(sentence) <= SECOND_CLAUSE_ROOM
            if ref.clause != clause and fits and len(citations) < 2:
                lines.append(sentence)
                citations.append((policy.id, ref.clause))
        return _Part(tuple(lines), tuple(citations))

    def _answered(
        self, org: Org, topic: str, lines: Iterable[str], citations: Sequence[tuple[str, str]], kind: str = "answer"
    ) -> Answered:
        found = self._topics[topic]
        body = list(lines)
        if found.judgement:
            body.append(phrases.JUDGEMENT)
        if citations:
            body.append(self._shelf.basis(citations))
        reply = Reply("\n".join(body), kind, tuple(citations), topic, buttons=self._shelf.next_buttons(org, found))
        return Answered(reply, topic, citations[0] if citations else None)

    # -- several questions, two organisations

    def _several(self, org: Org, policy: Policy, picked: Sequence[Scored], text: str) -> Answered:
        share = MOST_CHARACTERS // len(picked) - 20
        parts = [self._part(policy, item.topic, item.clause, share) for item in picked]
        lines = list(dict.fromkeys(line for part in parts for line in part.lines))
        citations = list(dict.fromkeys(pair for part in parts for pair in part.citations))
        return self._answered(org, picked[0].topic, lines, citations)

    def _mentioned(self, text: str) -> list[Org]:
        return [org for org in self._orgs.values() if any(alias in text for alias in org.aliases)]

    def _compare(self, org: Org, others: Sequence[Org], said: Understanding, choice: Choice) -> Answered:
        topic = self._shared_topic([org, *others[:1]], said, choice)
        if topic is None:
            return self._nothing(org, choice)
        lines = [phrases.COMPARE_NOTE]
        citations: list[tuple[str, str]] = []
        for one in (org, others[0]):
            lines.append(phrases.OWN_PREFIX.format(name=one.short))
            policy = next((found for found in self._shelf.own(one) if found.topics.get(topic)), None)
            if policy is None:
                said_near, near = self._shelf.near(one, topic)
                lines.extend(said_near)
                citations.extend(near)
                continue
            part = self._part(policy, topic, None, MOST_CHARACTERS // 2 - 20)
            lines.extend(part.lines)
            citations.extend(part.citations)
        return self._answered(org, topic, lines, citations, "answer" if citations else "silent")

    def _shared_topic(self, orgs: Sequence[Org], said: Understanding, choice: Choice) -> str | None:
        text = said.text
        for org in orgs:
            for alias in sorted(org.aliases, key=len, reverse=True):
                text = text.replace(alias, "")
        totals: dict[str, float] = {}
        for org in orgs:
            for policy in self._shelf.own(org)[:1]:
                for item in self._chooser.rank(text, said.ranking, policy):
                    bonus = 1.0 if item.clause else 0.6
                    totals[item.topic] = totals.get(item.topic, 0.0) + item.score * bonus
        return max(totals, key=lambda name: totals[name]) if totals else None

    # -- silence

    def _silent(self, org: Org, topic: str) -> Answered:
        lines, own, elsewhere = self._shelf.silence(org, topic)
        if own:
            lines.append(self._shelf.basis(own))
        buttons = self._shelf.next_buttons(org, self._topics[topic])
        reply = Reply("\n".join(lines), "silent", (*own, *elsewhere), topic, buttons=buttons)
        return Answered(reply, topic, own[0] if own else None)

    # -- who is responsible

    def _responsible(
        self, org: Org, policy: Policy, said: Understanding, choice: Choice, last: tuple[str, str] | None
    ) -> Answered | None:
        body = responsible.named_body(said.text, policy)
        if body:
            lines, clauses = responsible.duties(body, policy)
            if lines:
                head = phrases.BODIES_OF.format(body=body)
                fitted = fit(lines, DUTIES_CHARACTERS)
                pairs = [(policy.id, clause) for line, clause in zip(lines, clauses, strict=True) if line in fitted]
                return self._answered(org, "responsible_unit", [head, *fitted], list(dict.fromkeys(pairs)))
        for item in choice.ranked:
            if item.topic != "responsible_unit" and item.clause:
                return self._bodies(org, policy, item.clause, item.topic)
        return None

    def _bodies(self, org: Org, policy: Policy, clause: str, topic: str) -> Answered | None:
        lines = responsible.of_clause(policy, clause)
        if not lines:
            return None
        refs = [ref for ref in policy.topics.get(topic, ()) if ref.clause == clause]
        context = [policy.sentence(ref) for ref in refs[:1]]
        return self._answered(org, topic, fit([*lines, *context], SINGLE_CHARACTERS), [(policy.id, clause)])

    # -- not understood

    def _clarify(self, choice: Choice) -> Answered:
        buttons = tuple(Button(self._topics[name].label, f"topic:{name}") for name in choice.close)
        return Answered(Reply(phrases.CLARIFY, "clarify", buttons=buttons))

    def _nothing(self, org: Org, choice: Choice) -> Answered:
        if choice.out_of_scope > 0.5:
            return Answered(Reply(phrases.OUT_OF_SCOPE, "out_of_scope", buttons=(Button("菜单", "menu"),)))
        contact = org.contact("organization")
        help_line = phrases.NOT_FOUND_HELP.format(contact=contact.line() if contact else phrases.NO_CONTACT)
        text = "\n".join((phrases.NOT_FOUND, help_line, phrases.SHARE))
        buttons = (Button("可以", "share:yes"), Button("不用了", "share:no"), Button("联系人工", "human"))
        return Answered(Reply(text, "out_of_scope", buttons=buttons), unknown=True)


def _facet(said: Understanding) -> str | None:
    """The follow-up intent, when the words only make sense after the last answer."""
    facets = {name: value for name, value in said.ranking.items() if name.startswith("followup.")}
    best = max(facets, key=lambda name: facets[name], default=None)
    if best is None:
        return None
    if said.best == best:
        return best
    if said.best == "responsible_unit" and len(said.text) <= 8:
        return "followup.who"
    short = len(said.text) <= 8 and said.best == "out_of_scope"
    return best if short and facets[best] > 0.001 else None
