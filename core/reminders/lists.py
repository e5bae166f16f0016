"""Lists of reminders: one's own, the talks a leader owes, what is due on a day, what is left for HR."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from core.clock import SHANGHAI
from core.db import Connection
from core.messages.rules import Button
from core.people import store as people
from core.people.rules import Person
from core.reminders import catalogue, store, tables, wording
from core.reminders.events import Events
from core.reminders.rules import LIVING, REASON_TEXT, Occurrence, Reason, Rule, State, add_months, step_at
from core.reminders.sight import Sight
from core.reminders.ticking import Ticker

_LOOK = 500
"""Occurrences looked at together."""


@dataclass(frozen=True)
class Item:
    """One line of somebody's list: the occurrence, in which role it is theirs, what it says, its buttons."""

    occurrence: Occurrence
    role: str
    line: str
    text: str
    buttons: tuple[Button, ...]


@dataclass(frozen=True)
class Talked:
    """One talk of a leader's list, without content. `state`: 待谈话 | 逾期 | 已完成."""

    id: int
    userid: str
    name: str
    title: str
    due_on: dt.date
    state: str


class Lists(Ticker, Events):
    """The lists half of `Reminders`."""

    def mine(self, connection: Connection, person: Person) -> list[Item]:
        """What somebody was reminded of, is still open and still theirs; the next day first."""
        told = store.told(connection, person.userid)
        sight = Sight(connection, [item for item, _ in told], self.today())
        return [entry for item, role in told if (entry := self._entry(sight, item, role, person))]

    def _entry(self, sight: Sight, item: Occurrence, role: str, person: Person) -> Item | None:
        active = self.active(sight.connection, item.org).get(item.rule)
        about = sight.person(item.userid)
        state, reason = self.verdict(sight, item, active, about, sight.today)
        if active is None or reason is not None or state == State.DONE:
            return None
        if not self._still_theirs(sight, active.rule, item, about, person):
            return None
        extra = self.extra(sight, item, about)
        shown = replace(item, stage=self._stage_of(active.rule, item, role))
        text = wording.words(active, shown, about, role, self.refresh(sight.connection), extra)
        line = wording.line(active.rule, item, about, item.userid == person.userid)
        return Item(item, role, line, text, wording.buttons(active.rule, item, role))

    @staticmethod
    def _stage_of(rule: Rule, item: Occurrence, role: str) -> int:
        """Whose escalation it was reads that; everybody else reads the duty itself, never a later step's words."""
        above = "supervisor" if "leader" in rule.to else "leader"
        if role != above or role in rule.to:
            return 0
        return next((stage for stage in range(item.stage + 1) if step_at(rule, stage) == "leader"), 0)

    def _still_theirs(self, sight: Sight, rule: Rule, item: Occurrence, about: Person | None, person: Person) -> bool:
        """Somebody who is no longer the leader sees nothing more of it."""
        if item.userid == person.userid:
            return True
        stages = {0, item.stage, max(0, item.stage - 1)}
        to = (one for stage in stages for one in self.recipients(sight, rule, replace(item, stage=stage), about))
        return any(one.person.userid == person.userid for one in to)

    def owed(self, connection: Connection, leader: Person) -> list[Talked]:
        """The talks a leader was told of: 待谈话, 逾期, and those done in the last year. No content."""
        told = store.told(connection, leader.userid, add_months(self.today(), -12))
        sight = Sight(connection, [item for item, _ in told], self.today())
        found = []
        for item, role in told:
            rule = catalogue.rules()[item.rule]
            if rule.kind not in ("talk", "reminder_talk") or role in ("cadre", "hr"):
                continue
            about = sight.person(item.userid)
            if item.state in LIVING and self._entry(sight, item, role, leader) is None:
                continue
            shown, day = wording.talk_state(rule, item, sight.today), item.due_on
            fixed = self._fixed_on(connection, item)
            if fixed is not None and item.state in LIVING:
                shown, day = (wording.WAITING if fixed >= sight.today else shown), fixed
            name = about.name if about else ""
            found.append(Talked(item.id, item.userid, name, rule.title, day, shown))
        return found

    def _fixed_on(self, connection: Connection, item: Occurrence) -> dt.date | None:
        """The day for which the talk itself has been fixed; None while it has not."""
        if item.talk_id is None or self.talks is None:
            return None
        starts_at = self.talks.talk(connection, item.talk_id).starts_at
        return starts_at.astimezone(SHANGHAI).date() if starts_at else None

    def closed(self, connection: Connection, person: Person) -> list[str]:
        """The kinds this person has switched off, to be opened again."""
        kinds = dict.fromkeys(rule.kind for rule in catalogue.rules().values() if rule.may_stop)
        wishes = tables.wishes_of(connection, [person.userid])
        return [kind for kind in kinds if wishes.get((person.userid, kind)) == "off"]

    def due(self, on: dt.date, hr: Person | None = None) -> list[dict[str, Any]]:
        """Who has to be reminded of what on a day: one entry for each recipient (design.md section 6).

        Unannounced events are left out, but for `hr`, an HR officer, who sees those of their own organisation.
        """
        found: list[dict[str, Any]] = []
        with self.mailbox.db.read() as connection:
            for org in self.orgs:
                items = store.standing(connection, org, on)
                for start in range(0, len(items), _LOOK):
                    some = items[start : start + _LOOK]
                    sight = Sight(connection, some, on)
                    for item in some:
                        found += self._due(sight, item, hr)
        return found

    def _due(self, sight: Sight, item: Occurrence, hr: Person | None) -> list[dict[str, Any]]:
        hidden = self.unannounced(sight, item)
        if hidden and (hr is None or "hr" not in hr.roles or hr.org != item.org or hr.userid == item.userid):
            return []
        person = sight.person(item.userid)
        active = self.active(sight.connection, item.org).get(item.rule)
        state, reason = self.verdict(sight, item, active, person, sight.today)
        if active is None or reason is not None or state == State.DONE:
            return []
        to = self.recipients(sight, active.rule, item, person)
        entry = {"rule": item.rule, "kind": item.kind, "userid": item.userid}
        clause = {"policy": item.policy, "clause": item.clause}
        return [
            entry | {"to": one.person.userid, "due_on": item.due_on.isoformat(), "clause": clause}
            for one in to
            if not self.unwanted(sight, active, one)
        ]

    def names(self, connection: Connection, userids: Iterable[str]) -> dict[str, str]:
        """How people are called."""
        return {userid: person.name for userid, person in people.by_userids(connection, userids).items()}

    def title(self, item: Occurrence) -> str:
        """What an occurrence's rule is called."""
        return catalogue.rules()[item.rule].title

    def kind_of(self, connection: Connection, reminder_id: int) -> str | None:
        """The kind of an occurrence; None when there is none."""
        item = store.by_id(connection, reminder_id)
        return item.kind if item else None

    def hr_list(self, connection: Connection, hr: Person, most: int = 200) -> list[tuple[Occurrence, str]]:
        """What is left for HR to look after, with the reason in Chinese: not done, nobody to tell, missed."""
        self._require_hr(hr)
        states = (State.OPEN, State.MISSED)
        found = []
        for item in store.of_org(connection, hr.org, states, most):
            rule = catalogue.rules().get(item.rule)
            if (
                rule is None
                or item.userid == hr.userid
                or rule.kind in wording.CASE_KINDS
                or item.rule == "reminder_talk"
            ):
                continue
            if item.reason:
                found.append((item, REASON_TEXT[Reason(item.reason)]))
            elif step_at(rule, item.stage - 1) == "hr":
                found.append((item, "到期没有办结"))
        return found

    def coverage(self, connection: Connection, hr: Person) -> dict[str, dict[str, int]]:
        """How many reminders of each rule are planned, open, done, missed, dropped in HR's organisation."""
        self._require_hr(hr)
        found: dict[str, dict[str, int]] = {}
        for (rule, state), count in store.counts(connection, hr.org).items():
            found.setdefault(rule, dict.fromkeys(State, 0))[state] = count
        return found

    def talk_coverage(self, connection: Connection, hr: Person) -> dict[str, tuple[int, int]]:
        """By department: how many people, and how many were talked with in the last year. Raises Refused."""
        self._require_hr(hr)
        since = add_months(self.today(), -12)
        everybody = people.of_org(connection, hr.org)
        talks: dict[str, dt.date] = {}
        for start in range(0, len(everybody), 500):
            talks |= store.last_talks(connection, [one.userid for one in everybody[start : start + 500]])
        size, talked = Counter[str](), Counter[str]()
        for one in everybody:
            size[one.department] += 1
            talked[one.department] += talks.get(one.userid, dt.date.min) >= since
        return {department: (count, talked[department]) for department, count in size.items()}
