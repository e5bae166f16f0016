"""The tick: finds by index what is due, checks that it still applies, and queues the pushes by batches.

Missed runs: a first push goes out late as long as its occurrence is valid, and is recorded as missed with the reason
after that. Escalation: once more, then the leader, then HR's list; whatever is done stops it.
"""

import datetime as dt
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Any

from core.cases import store as cases
from core.clock import SHANGHAI
from core.db import Connection
from core.errors import NotFound
from core.health import service as health
from core.messages.rules import Reply
from core.people import store as people
from core.people.rules import Person
from core.reminders import store, wording, workdays
from core.reminders.base import Base, Recipient
from core.reminders.catalogue import Active
from core.reminders.planning import case_occasion
from core.reminders.rules import LIVING, Occurrence, Reason, State, next_step, step_at
from core.reminders.triggers import Frame, still_applies
from core.talks import rules as talk_rules

BATCH = 200
"""Occurrences handled in one transaction; each writes a few rows."""
MOST_BATCHES = 25
_HEALTH = "health_check"


@dataclass
class Ticked:
    """What a tick did: how many pushes were queued and what became of the occurrences, by outcome or reason."""

    pushed: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    listed: Counter[str] = field(default_factory=Counter)


class Ticker(Base):
    """The ticking half of `Reminders`."""

    def tick(self, now: dt.datetime) -> Ticked:
        """Push what is due at `now`; safe to run twice or in two processes at once."""
        done = Ticked()
        for _ in range(MOST_BATCHES):
            with self.mailbox.db.read() as connection:
                self.refresh(connection)
                if not store.anything_due(connection, now):
                    break
            with self.mailbox.db.write() as connection:
                if not self._batch(connection, now, done):
                    break
        if done.listed:
            with self.mailbox.db.write() as connection:
                self._tell_hr(connection, done)
        return done

    def _batch(self, connection: Connection, now: dt.datetime, done: Ticked) -> int:
        items = store.due(connection, now, BATCH)
        known = people.by_userids(connection, {item.userid for item in items})
        for item in items:
            outcome = self._handle(connection, item, known.get(item.userid), now, done)
            done.outcomes[outcome] += 1
        woken = store.due_snoozes(connection, now, BATCH)
        for row in woken:
            self._wake(connection, row.reminder_id, row.userid, now, done)
        return len(items) + len(woken)

    def _handle(
        self, connection: Connection, item: Occurrence, person: Person | None, now: dt.datetime, done: Ticked
    ) -> str:
        """Deal with one occurrence; returns what became of it."""
        if item.org not in self.orgs:
            return self._end(connection, item, now, State.DROPPED, Reason.INACTIVE)
        opening = workdays.next_opening(now, self.settings(item.org))
        if opening > now:
            store.change(connection, item.id, next_at=opening)
            return "waiting"
        today = now.astimezone(SHANGHAI).date()
        active = self.active(connection, item.org).get(item.rule)
        state, reason = self.verdict(connection, item, active, person, today)
        if reason is not None:
            return self._end(connection, item, now, state, reason)
        if state == State.DONE or active is None:
            store.settle(connection, item.id, State.DONE, now, done_on=today)
            return State.DONE
        return self._push(connection, active, item, person, now, done)

    def _end(self, connection: Connection, item: Occurrence, now: dt.datetime, state: State, reason: Reason) -> str:
        store.settle(connection, item.id, state, now, reason)
        return reason

    # -- does it still apply

    def verdict(
        self, connection: Connection, item: Occurrence, active: Active | None, person: Person | None, today: dt.date
    ) -> tuple[State, Reason | None]:
        """What becomes of an occurrence before anybody is told: it stands (PLANNED, None), is done, or has ended."""
        if active is None:
            return State.DROPPED, Reason.INACTIVE
        if item.userid and (person is None or person.status != "active" or person.org != item.org):
            return State.DROPPED, Reason.LEFT
        if reason := self._changed(connection, item, active, person, today):
            return State.DROPPED, reason
        if item.stage == 0 and item.valid_until is not None and item.valid_until < today:
            return State.MISSED, Reason.EXPIRED
        return self._settled_elsewhere(connection, item, person)

    def _settled_elsewhere(
        self, connection: Connection, item: Occurrence, person: Person | None
    ) -> tuple[State, Reason | None]:
        if item.kind == _HEALTH and person is not None:
            if store.wish(connection, person.userid, f"{_HEALTH}:consent") == "private":
                return State.DROPPED, Reason.CONSENT
            if health.has_been(connection, person, item.due_on.year):
                return State.DONE, None
        if item.talk_id is not None and self.talks is not None:
            try:
                shown = self.talks.status(connection, item.talk_id)
            except NotFound:
                return State.PLANNED, None
            if shown == talk_rules.DONE:
                return State.DONE, None
            if shown == talk_rules.CALLED_OFF:
                return State.DROPPED, Reason.CANCELLED
        return State.PLANNED, None

    def _changed(
        self, connection: Connection, item: Occurrence, active: Active, person: Person | None, today: dt.date
    ) -> Reason | None:
        """Why an occurrence no longer applies; None when it does."""
        if item.event_id is not None:
            event = store.event(connection, item.event_id)
            return Reason.CANCELLED if event is None or event.cancelled else None
        if item.case_number is not None:
            case = cases.case_by_number(connection, item.case_number)
            found = case_occasion(active, case) if case else None
            return None if found and found.key == item.key else Reason.CHANGED
        if person is None:
            return None
        leads = people.leading(connection, item.org) if active.rule.trigger == "leaders" else frozenset[str]()
        last = store.last_talks(connection, [person.userid]) if active.rule.trigger == "interval" else {}
        since = min(item.push_on, today)
        frame = Frame(today, since, self.settings(item.org), active.years, last.get(person.userid), leads)
        return None if still_applies(active.rule, person, item.key, item.due_on, frame) else Reason.CHANGED

    # -- telling

    def _push(
        self, connection: Connection, active: Active, item: Occurrence, person: Person | None, now: dt.datetime,
        done: Ticked,
    ) -> str:  # fmt: skip
        today = now.astimezone(SHANGHAI).date()
        hidden = self.unannounced(connection, item)
        to = self.recipients(connection, active.rule, item, person)
        wanted = [one for one in to if not self._unwanted(connection, active, one)]
        if to and not wanted and item.stage == 0:
            return self._end(connection, item, now, State.DROPPED, Reason.OFF)
        values: dict[str, Any] = {"state": State.OPEN, "pushed_on": item.pushed_on or today, "reason": None}
        step = step_at(active.rule, item.stage)
        if step == "hr" or not wanted:
            done.listed[item.org] += 1
            if not to and item.stage == 0:
                values["reason"] = Reason.NOBODY
        else:
            self._tell(connection, active, item, person, wanted, now, done, hidden)
        if hidden:
            values |= {"state": State.PLANNED, "next_at": None}
        else:
            following = next_step(active.rule, item.stage + 1, item.due_on, values["pushed_on"])
            values["stage"] = item.stage + 1
            values["next_at"] = workdays.opens(following[1], self.settings(item.org)) if following else None
        store.change(connection, item.id, **values)
        return "pushed"

    def _unwanted(self, connection: Connection, active: Active, one: Recipient) -> bool:
        return active.rule.may_stop and store.wish(connection, one.person.userid, active.rule.kind) == "off"

    def _tell(
        self, connection: Connection, active: Active, item: Occurrence, person: Person | None, to: list[Recipient],
        now: dt.datetime, done: Ticked, hidden: bool,
    ) -> None:  # fmt: skip
        asleep = store.asleep(connection, item.id)
        ready = {row.recipient for row in store.pushed(connection, item.id) if row.confirmed_at}
        for one in to:
            userid = one.person.userid
            if userid in asleep or userid in ready:
                continue
            stage = -1 if hidden else item.stage
            row = {"reminder_id": item.id, "stage": stage, "recipient": userid, "role": one.role, "at": now}
            if not store.add_push(connection, row):
                continue
            if hidden:
                self.queue(connection, one.person, Reply(wording.UNANNOUNCED, "status", sensitive=True))
            else:
                self.say(connection, active, item, person, one)
            done.pushed += 1

    def _wake(self, connection: Connection, reminder_id: int, userid: str, now: dt.datetime, done: Ticked) -> None:
        """Somebody put it off until now: tell them again, if it still applies and is theirs."""
        item = store.by_id(connection, reminder_id)
        to = people.by_userid(connection, userid)
        if item is None or to is None or item.state not in LIVING or item.org not in self.orgs:
            store.wake(connection, reminder_id, userid)
            return
        opening = workdays.next_opening(now, self.settings(item.org))
        if opening > now:
            store.put_off(connection, reminder_id, userid, opening)
            return
        store.wake(connection, reminder_id, userid)
        person = people.by_userids(connection, [item.userid]).get(item.userid)
        active = self.active(connection, item.org).get(item.rule)
        state, reason = self.verdict(connection, item, active, person, now.astimezone(SHANGHAI).date())
        if active is None or reason is not None or state == State.DONE:
            return
        first = replace(item, stage=min(item.stage, 1))
        for one in self.recipients(connection, active.rule, first, person):
            if one.person.userid == to.userid:
                self.say(connection, active, first, person, one)
                done.pushed += 1

    def _tell_hr(self, connection: Connection, done: Ticked) -> None:
        for org, count in done.listed.items():
            for one in people.with_role(connection, org, "hr"):
                text = wording.HR_LIST.format(count=count)
                self.queue(connection, one, Reply(text, "status", sensitive=True))
