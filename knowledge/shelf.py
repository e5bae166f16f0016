"""What an organisation has on its shelf: own documents, citations, silences and where else a rule stands."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from core.messages.rules import Button
from core.people.orgs import Org
from core.policies.rules import IMPORTED, LEVEL_RANK, PointRef, Policy, citation
from knowledge import phrases
from knowledge.catalogue import Topic

SILENT_EXTRA = 140
ELSEWHERE = 2
NEXT_BUTTONS = 3
Pairs = list[tuple[str, str]]


@dataclass(frozen=True)
class Shelf:
    """Policies, topics and organisations seen together."""

    policies: Mapping[str, Policy]
    topics: Mapping[str, Topic]
    orgs: Mapping[str, Org]
    today: Callable[[], str] = field(default=lambda: "9999-12-31")
    """The ISO date of now; by itself every document that was not ended is in force."""

    def own(self, org: Org, on: str | None = None) -> list[Policy]:
        """The organisation's documents in force on an ISO date, now by default.

        Its own first, then those of the bodies above it; of one level the newer first.
        """
        day = on or self.today()
        listed = [self.policies[policy_id] for policy_id in org.policies if policy_id in self.policies]
        imported = [one for one in self.policies.values() if one.origin == IMPORTED and org.id in one.applies_to]
        found = [policy for policy in (*listed, *imported) if policy.in_force(day)]
        found.sort(key=lambda policy: policy.since or "", reverse=True)
        return sorted(found, key=lambda policy: LEVEL_RANK.get(policy.level, 0))

    def digest(self, org: Org, on: str | None = None) -> Policy | None:
        """The first of its documents that is there as a digest, with points and silences."""
        return next((policy for policy in self.own(org, on) if policy.origin != IMPORTED), None)

    def basis(self, citations: Sequence[tuple[str, str]]) -> str:
        """The line that names document and clause."""
        listed = "、".join(citation(self.policies[policy], clause) for policy, clause in citations)
        return phrases.BASIS.format(citations=listed)

    def next_buttons(self, org: Org, topic: Topic) -> tuple[Button, ...]:
        """What people ask next, as far as the organisation's documents answer it."""
        own = self.own(org)
        answered = [name for name in topic.next if any(policy.topics.get(name) for policy in own)]
        return tuple(Button(self.topics[name].label, f"topic:{name}") for name in answered[:NEXT_BUTTONS])

    def near(self, org: Org, topic: str, on: str | None = None) -> tuple[list[str], Pairs]:
        """Silence said aloud, what the document says nearby, and the clauses of that."""
        own = self.own(org, on)
        for policy in own:
            if topic in policy.silences:
                silence = policy.silences[topic]
                lines = fit([policy.sentence(ref) for ref in silence.near[:2]], SILENT_EXTRA)
                pairs = list(dict.fromkeys((policy.id, ref.clause) for ref in silence.near[:2]))
                return [silence.say, *lines], pairs
        # Inside 《》 a title's own marks become 〈〉.
        title = quoted(own[0].title if own else org.name)
        # Of a document whose clauses nobody has given topics, all that is known is that nothing was found.
        unread = any(policy.origin == IMPORTED and not policy.topics for policy in own)
        say = phrases.NOT_SEEN if unread else phrases.SILENT
        return [say.format(title=title, label=self.topics[topic].label)], []

    def silence(self, org: Org, topic: str, on: str | None = None) -> tuple[list[str], Pairs, Pairs]:
        """Lines for a topic the documents are silent about, own clauses nearby, other organisations' clauses."""
        lines, own = self.near(org, topic, on)
        pairs: Pairs = []
        # Another body's number, date or issuer would only mislead.
        elsewhere = [] if topic.startswith("doc.") else self._elsewhere(org, topic)
        if elsewhere:
            lines.append(phrases.SILENT_OTHERS)
        for name, policy, ref in elsewhere:
            head = phrases.OTHER_PREFIX.format(name=name, cite=citation(policy, ref.clause))
            lines.append(head + policy.sentence(ref))
            pairs.append((policy.id, ref.clause))
        return lines, own, pairs

    def _elsewhere(self, org: Org, topic: str) -> list[tuple[str, Policy, PointRef]]:
        # What another organisation imported is its own; the shipped digests are of published documents.
        found = [
            (other.short, policy, policy.topics[topic][0])
            for other in list(self.orgs.values())
            if other.id != org.id and (policy := self.digest(other)) and policy.topics.get(topic)
        ]
        found.sort(key=lambda item: item[1].level != org.level)
        return found[:ELSEWHERE]


def quoted(title: str) -> str:
    """A title as it stands inside 《》."""
    return title.replace("《", "〈").replace("》", "〉")


def fit(lines: Sequence[str], most: int, kept: Sequence[str] = ()) -> list[str]:
    """The lines that fit into `most` characters after those that are `kept` whatever happens; at least one."""
    result = list(kept)
    for line in lines:
        if line in result or (result and sum(map(len, result)) + len(line) > most):
            continue
        result.append(line)
    return result
