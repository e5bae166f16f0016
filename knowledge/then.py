"""Answers about an earlier day: by the documents in force then, said to be so; else that none of that time is here."""

import datetime as dt
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from core.messages.rules import Reply
from core.people.orgs import Org
from core.policies.rules import Policy
from knowledge import phrases
from knowledge.asof import Past
from knowledge.catalogue import Topic
from knowledge.choose import Understanding
from knowledge.compose import Answered
from knowledge.shelf import Shelf, quoted

if TYPE_CHECKING:
    from knowledge.answers import Answers


@dataclass(frozen=True)
class Then:
    """Looks documents up by the day they held."""

    shelf: Shelf
    topics: dict[str, Topic]

    def answer(self, engine: "Answers", org: Org, said: Understanding, past: Past, last_topic: str | None) -> Answered:
        """The answer by the rules of that day, under a line that names their document and whether it still holds."""
        day = past.on or self._before(org)
        documents = self.shelf.own(org, day) if day else []
        if not documents:
            return self._none(org, past)
        if past.alone and last_topic in self.topics and last_topic:
            found = engine.topic(org, last_topic, day=day)
        elif past.alone:
            found = self._named(documents[0])
        else:
            found = engine.on(org, replace(said, text=past.text), day, last_topic)
        cited = found.reply.citations[:1]
        policy = self.shelf.policies[cited[0][0]] if cited else documents[0]
        if policy not in documents or found.unknown or found.reply.kind not in ("answer", "silent"):
            return found
        line = self._line(policy, past)
        return replace(found, reply=replace(found.reply, text=f"{line}\n{found.reply.text}"))

    def _line(self, policy: Policy, past: Past) -> str:
        state = phrases.THEN_HOLDS if policy.in_force(self.shelf.today()) else phrases.THEN_ENDED
        return phrases.THEN.format(said=past.said, title=quoted(policy.title), state=state)

    def _before(self, org: Org) -> str | None:
        """The last day of the version before the present one."""
        now = {policy.validity.supersedes for policy in self.shelf.own(org)}
        ended = [policy.validity.superseded_on for name, policy in self.shelf.policies.items() if name in now]
        last = max((day for day in ended if day), default=None)
        return (dt.date.fromisoformat(last) - dt.timedelta(days=1)).isoformat() if last else None

    def _named(self, policy: Policy) -> Answered:
        cited = (policy.id, policy.clauses[0].id)
        return Answered(Reply(self.shelf.basis([cited]), "answer", (cited,)), None, cited)

    def _none(self, org: Org, past: Past) -> Answered:
        now = self.shelf.own(org)
        dated = sorted((policy for policy in now if policy.since), key=lambda policy: policy.since or "")
        if past.on and dated:
            first = dated[0]
            since = dt.date.fromisoformat(first.since or "")
            text = phrases.NOT_THEN.format(
                said=past.said, title=quoted(first.title), since=f"{since.year}年{since.month}月{since.day}日"
            )
        else:
            first = now[0]
            text = phrases.NOT_BEFORE.format(title=quoted(first.title))
        cited = (first.id, first.clauses[0].id)
        return Answered(Reply(f"{text}\n{self.shelf.basis([cited])}", "silent", (cited,)), None, cited)
