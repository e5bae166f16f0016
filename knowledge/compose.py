"""Makes replies: sentences of points, official wording, silences and fixed phrases, with citations and buttons."""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from core.messages.rules import Button, Reply
from core.people.orgs import Org
from core.policies.rules import IMPORTED, PointRef, Policy
from core.policies.service import Library
from knowledge import phrases
from knowledge.catalogue import Topic
from knowledge.choose import Choice, Chooser
from knowledge.own import Finder, Found, Own
from knowledge.search import Search
from knowledge.shelf import Shelf, fit
from knowledge.verbatim import Quote, alone, heading, long_button, readable, second_rule, under_digest

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


class Composer:
    """Replies out of one consistent library of policies, the question being understood already."""

    def __init__(
        self,
        library: Library,
        topics: dict[str, Topic],
        orgs: dict[str, Org],
        find: Finder | None = None,
        today: Callable[[], dt.date] | None = None,
        before: "Composer | None" = None,
    ) -> None:
        """`find`: search over imported clauses. `before`: the engine of an earlier library, whose index is used again
        while the digests are the same."""
        self.revision = library.revision
        self.digests: dict[str, Policy]
        self._today = today or (lambda: dt.date.max)
        self._shelf = Shelf(library.policies, topics, orgs, lambda: self._today().isoformat())
        self._topics = topics
        self._orgs = orgs
        digests = {name: policy for name, policy in library.policies.items() if policy.origin != IMPORTED}
        same = before is not None and before.digests == digests
        self.digests = digests
        self.search: Search = before.search if before is not None and same else Search(digests, topics)
        self._chooser = Chooser(topics, self.search)
        self._own = Own(topics, find)

    # -- a topic chosen by button or by words

    def topic(
        self,
        org: Org,
        topic: str,
        text: str = "",
        prefer: tuple[str, str] | None = None,
        ranking: Mapping[str, float] = MappingProxyType({}),
        day: str | None = None,
    ) -> Answered:
        """The organisation's own rule on a topic, else those of the bodies above it, else silence said aloud.

        When a second document of its shelf has a rule too, both are shown.
        """
        holders = [policy for policy in self._shelf.own(org, day) if policy.topics.get(topic)]
        if not holders:
            return self._silent(org, topic, day)
        policy = next((one for one in holders if prefer and one.id == prefer[0] and one.origin == IMPORTED), holders[0])
        part = self._part(policy, topic, prefer[1] if prefer and prefer[0] == policy.id else None, SINGLE_CHARACTERS)
        if policy.origin != IMPORTED:
            part = self._fuller(policy, topic, part, text, ranking)
        other = next((one for one in holders if one.id != policy.id), None)
        also = second_rule(policy, other, topic, part.lines) if other else Quote(())
        cited = [*part.citations, *([(other.id, other.topics[topic][0].clause)] if other and also.lines else [])]
        return self._answered(org, topic, [*part.lines, *also.lines], cited)

    def _part(self, policy: Policy, topic: str, first: str | None, most: int) -> _Part:
        refs = policy.topics[topic]
        clause = first if first and any(ref.clause == first for ref in refs) else refs[0].clause
        if policy.origin == IMPORTED:
            return _Part(alone(policy, clause, most).lines, ((policy.id, clause),))
        own = [ref for ref in refs if ref.clause == clause]
        whole = [ref for ref in own[1:2] if ref.point == own[0].point + LIST_GOES_ON]
        first_lines = [policy.sentence(ref) for ref in (own[0], *whole)]
        lines = fit([policy.sentence(ref) for ref in own], most, first_lines)
        return _Part(tuple(lines), ((policy.id, clause),))

    def _quoted(self, org: Org, found: Found) -> Answered:
        """A passage that is only the closest, and says so."""
        quote = alone(found.policy, found.clause)
        cited = (found.policy.id, found.clause)
        lines = (phrases.CLOSEST, *quote.lines, self._shelf.basis([cited]))
        buttons = (*((quote.button,) if quote.button else ()), Button("联系人工", "human"))
        return Answered(Reply("\n".join(lines), "answer", (cited,), buttons=buttons), None, cited)

    def clause(self, org: Org, policy_id: str, clause_id: str) -> Answered | None:
        """The whole wording of a clause that the organisation may read; None when there is none."""
        policy = self._shelf.policies.get(policy_id)
        mine = policy is not None and (policy.origin != IMPORTED or org.id in policy.applies_to)
        clause = policy.clause(clause_id) if policy and mine else None
        if policy is None or clause is None or not clause.text:
            return None
        cited = (policy_id, clause_id)
        lines = (heading(policy, clause_id), readable(clause.text), self._shelf.basis([cited]))
        return Answered(Reply("\n".join(lines), "answer", (cited,)), None, cited)

    def _fuller(self, policy: Policy, topic: str, part: _Part, text: str, ranking: Mapping[str, float]) -> _Part:
        """Add, while there is room: what else the clause says that was asked, then the topic's next clause."""
        clause = part.citations[0][1]
        lines = list(part.lines)
        related = sorted((name for name, value in ranking.items() if value >= RELATED), key=lambda name: -ranking[name])
        if topic in SINGLE_CONDITIONS:
            related = [*(name for name in related if name in SINGLE_CONDITIONS), "tolerance.conditions", *related]
        wanted = [ref.point for name in related for ref in policy.topics.get(name, ()) if ref.clause == clause]
        scores = self.search.points(text, policy.id, clause) if text else {}
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
        buttons = list(self._shelf.next_buttons(org, found))
        if citations:
            policy, clause = self._shelf.policies[citations[0][0]], citations[0][1]
            quote = under_digest(policy, clause, "".join(body))
            body.extend(quote.lines)
            buttons[:0] = [more] if (more := quote.button or long_button(policy, clause)) else []
        if found.judgement:
            body.append(phrases.JUDGEMENT)
        if citations:
            body.append(self._shelf.basis(citations))
        reply = Reply("\n".join(body), kind, tuple(citations), topic, buttons=tuple(buttons))
        return Answered(reply, topic, citations[0] if citations else None)

    # -- silence

    def _silent(self, org: Org, topic: str, day: str | None = None) -> Answered:
        lines, own, elsewhere = self._shelf.silence(org, topic, day)
        if own:
            lines.append(self._shelf.basis(own))
        buttons = self._shelf.next_buttons(org, self._topics[topic])
        reply = Reply("\n".join(lines), "silent", (*own, *elsewhere), topic, buttons=buttons)
        return Answered(reply, topic, own[0] if own else None)

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
