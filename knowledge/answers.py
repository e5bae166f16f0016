"""Who asks + topic -> cited answer. Every sentence is stored wording, a stored silence or a reviewed fixed phrase."""

from collections.abc import Sequence

from core.people.orgs import Org
from core.policies.rules import IMPORTED, Policy
from knowledge import asof, phrases, responsible
from knowledge.choose import OUT_OF_SCOPE, Choice, Scored, Understanding
from knowledge.compose import DUTIES_CHARACTERS, MOST_CHARACTERS, SINGLE_CHARACTERS, Answered, Composer
from knowledge.followups import resolve
from knowledge.shelf import fit
from knowledge.then import Then

SILENT_SURE = 0.6
"""How sure a topic must be understood before documents without it are said to be silent."""
__all__ = ["Answered", "Answers"]


class Answers(Composer):
    """Answers questions from one consistent library of policies."""

    # -- a question in words

    def ask(
        self, org: Org, said: Understanding, last_topic: str | None = None, last_clause: tuple[str, str] | None = None
    ) -> Answered:
        """The reply to a question: an answer, a silence, a question back, or a refusal that still helps."""
        past = asof.parse(said.text, self._today()) if self._shelf.own(org) else None
        if past is not None:
            return Then(self._shelf, self._topics).answer(self, org, said, past, last_topic)
        return self.on(org, said, None, last_topic, last_clause)

    def on(
        self,
        org: Org,
        said: Understanding,
        day: str | None,
        last_topic: str | None,
        last: tuple[str, str] | None = None,
    ) -> Answered:
        """As `ask`, by the rules in force on an ISO date (None: now)."""
        policy = self._shelf.digest(org, day)
        facet = _facet(said) if last_topic in self._topics else None
        if policy is None:
            return self._imported(org, said, day, facet and last_topic)
        if facet and last_topic:
            target = resolve(last_topic, facet, policy)
            named = None
            if facet == "followup.who" and last and last[0] == policy.id:
                named = self._bodies(org, policy, last[1], last_topic)
            return named or self.topic(org, target, said.text, last, day=day)
        others = [other for other in self._mentioned(said.text) if other.id != org.id]
        choice = self._chooser.choose(said, policy, last_topic, last[1] if last and last[0] == policy.id else None)
        if others and not (choice.out_of_scope > 0.5 and not choice.picked):
            return self._compare(org, others, said, choice)
        return self._chosen(org, policy, said, choice, last, day)

    def _chosen(
        self,
        org: Org,
        policy: Policy,
        said: Understanding,
        choice: Choice,
        last: tuple[str, str] | None,
        day: str | None,
    ) -> Answered:
        if not choice.picked:
            passage = self._own.beside(said, self._shelf.own(org, day))
            if passage:
                return self._quoted(org, passage)
            return self._clarify(choice) if choice.close else self._nothing(org, choice)
        if len(choice.picked) > 1:
            return self._several(org, policy, choice.picked, said.text)
        picked = choice.picked[0]
        if picked.topic == "responsible_unit":
            found = self._responsible(org, policy, said, choice, last)
            if found is not None:
                return found
        prefer = (policy.id, picked.clause) if picked.clause else None
        answered = self.topic(org, picked.topic, said.text, prefer, said.ranking, day)
        if answered.reply.kind == "silent" and (passage := self._own.beside(said, self._shelf.own(org, day))):
            return self._quoted(org, passage)
        return answered

    def _imported(self, org: Org, said: Understanding, day: str | None, follows: str | None) -> Answered:
        """A question to an organisation that has imported documents only."""
        documents = self._shelf.own(org, day)
        if follows and any(policy.topics.get(follows) for policy in documents):
            if (passage := self._own.beside(said, documents)) is not None:
                return self._quoted(org, passage)
            return self.topic(org, follows, said.text, day=day)
        found = self._own.choose(said, documents)
        if found is None:
            understood = said.best in self._topics and said.ranking[said.best] >= SILENT_SURE
            if documents and understood and self._own.silent(said.best, documents):
                return self._silent(org, said.best, day)
            return self._nothing(org, Choice(out_of_scope=said.ranking.get(OUT_OF_SCOPE, 0.0)))
        if found.topic is None:
            return self._quoted(org, found)
        return self.topic(org, found.topic, said.text, (found.policy.id, found.clause), day=day)

    # -- several questions, two organisations

    def _several(self, org: Org, policy: Policy, picked: Sequence[Scored], text: str) -> Answered:
        share = MOST_CHARACTERS // len(picked) - 20
        parts = [self._part(policy, item.topic, item.clause, share) for item in picked]
        lines = list(dict.fromkeys(line for part in parts for line in part.lines))
        citations = list(dict.fromkeys(pair for part in parts for pair in part.citations))
        return self._answered(org, picked[0].topic, lines, citations)

    def _mentioned(self, text: str) -> list[Org]:
        return [org for org in list(self._orgs.values()) if any(alias in text for alias in org.aliases)]

    def _compare(self, org: Org, others: Sequence[Org], said: Understanding, choice: Choice) -> Answered:
        topic = self._shared_topic([org, *others[:1]], said, choice)
        if topic is None:
            return self._nothing(org, choice)
        lines = [phrases.COMPARE_NOTE]
        citations: list[tuple[str, str]] = []
        for one in (org, others[0]):
            lines.append(phrases.OWN_PREFIX.format(name=one.short))
            shown = [found for found in self._shelf.own(one) if one is org or found.origin != IMPORTED]
            policy = next((found for found in shown if found.topics.get(topic)), None)
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
