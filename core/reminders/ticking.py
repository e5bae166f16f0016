"""The tick: finds by index what is due, checks that it still applies, and queues the pushes by batches.

Missed runs: a first push goes out late as long as its occurrence is valid, and is recorded as missed with the reason
after that. Escalation: once more, then the leader, then HR's list; whatever is done stops it.
"""

import datetime as dt
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Any

from core.clock import SHANGHAI
from core.db import Connection
from core.messages.rules import Lane, Reply
from core.people import store as people
from core.people.rules import Person
from core.reminders import store, wording, workdays
from core.reminders.base import Recipient
from core.reminders.catalogue import Active
from core.reminders.rules import LIVING, Occurrence, Reason, State, next_step, step_at
from core.reminders.sight import Sight
from core.reminders.standing import Standing

BATCH = 200
"""Occurrences handled in one transaction; each writes a few rows."""
MOST_BATCHES = 25


@dataclass
class Ticked:
    """What a tick did: how many pushes were queued and what became of the occurrences, by outcome or reason."""

    pushed: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    listed: Counter[str] = field(default_factory=Counter)


@dataclass
class _Batch:
    """A batch in progress: what it saw, and what it is going to write at its end."""

    sight: Sight
    now: dt.datetime
    done: Ticked
    moves: list[dict[str, Any]] = field(default_factory=list)
    pushes: list[dict[str, Any]] = field(default_factory=list)
    letters: list[tuple[str, str, Reply]] = field(default_factory=list)


class Ticker(Standing):
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
        today = now.astimezone(SHANGHAI).date()
        batch = _Batch(Sight(connection, items, today), now, done)
        for item in items:
            done.outcomes[self._handle(batch, item)] += 1
        store.move_on(connection, batch.moves)
        store.add_pushes(connection, batch.pushes)
        self.mailbox.queue_many(connection, batch.letters, Lane.PUSH)
        done.pushed += len(batch.letters)
        woken = store.due_snoozes(connection, now, BATCH)
        for row in woken:
            self._wake(connection, row.reminder_id, row.userid, now, done)
        return len(items) + len(woken)

    def _handle(self, batch: _Batch, item: Occurrence) -> str:
        """Deal with one occurrence; returns what became of it."""
        connection, now, today = batch.sight.connection, batch.now, batch.sight.today
        if item.org not in self.orgs:
            store.settle(connection, item.id, State.DROPPED, now, Reason.INACTIVE)
            return Reason.INACTIVE
        opening = workdays.next_opening(now, self.settings(item.org))
        if opening > now:
            store.change(connection, item.id, next_at=opening)
            return "waiting"
        active = self.active(connection, item.org).get(item.rule)
        person = batch.sight.person(item.userid)
        state, reason = self.verdict(batch.sight, item, active, person, today)
        if reason is not None:
            store.settle(connection, item.id, state, now, reason)
            return reason
        if state == State.DONE or active is None:
            store.settle(connection, item.id, State.DONE, now, done_on=today)
            return State.DONE
        return self._push(batch, active, item, person)

    def _push(self, batch: _Batch, active: Active, item: Occurrence, person: Person | None) -> str:
        sight = batch.sight
        hidden = self.unannounced(sight, item)
        to = self.recipients(sight, active.rule, item, person)
        wanted = [one for one in to if not self.unwanted(sight, active, one)]
        if to and not wanted and item.stage == 0:
            store.settle(sight.connection, item.id, State.DROPPED, batch.now, Reason.OFF)
            return Reason.OFF
        reason = Reason.NOBODY if not to and item.stage == 0 else None
        if step_at(active.rule, item.stage) == "hr" or not wanted:
            batch.done.listed[item.org] += 1
        else:
            self._tell(batch, active, item, person, wanted, hidden)
        batch.moves.append({"row_id": item.id, "reason": reason, **self._moved(active, item, sight.today, hidden)})
        return "pushed"

    def _moved(self, active: Active, item: Occurrence, today: dt.date, hidden: bool) -> dict[str, Any]:
        """The row after a push. One that is not announced stays planned, and waits for the announcement."""
        pushed_on = item.pushed_on or today
        if hidden:
            return {"state": State.PLANNED, "stage": item.stage, "next_at": None, "pushed_on": pushed_on}
        following = next_step(active.rule, item.stage + 1, item.due_on, pushed_on)
        next_at = workdays.opens(following[1], self.settings(item.org)) if following else None
        return {"state": State.OPEN, "stage": item.stage + 1, "next_at": next_at, "pushed_on": pushed_on}

    def _tell(
        self, batch: _Batch, active: Active, item: Occurrence, person: Person | None, to: list[Recipient], hidden: bool
    ) -> None:
        told = batch.sight.pushed(item.id)
        stage = -1 if hidden else item.stage
        silent = {row.recipient for row in told if row.confirmed_at or row.stage == stage}
        silent |= batch.sight.asleep(item.id)
        for one in to:
            userid = one.person.userid
            if userid in silent:
                continue
            row = {"reminder_id": item.id, "stage": stage, "recipient": userid, "role": one.role, "at": batch.now}
            batch.pushes.append(row)
            if hidden:
                reply = Reply(wording.UNANNOUNCED, "status", sensitive=True)
                batch.letters.append(self.addressed(batch.sight.connection, one.person, reply))
            else:
                batch.letters.append(self.letter(batch.sight, active, item, person, one))

    def _wake(self, connection: Connection, reminder_id: int, userid: str, now: dt.datetime, done: Ticked) -> None:
        """Somebody put it off until now: tell them again, if it still applies and is theirs."""
        item = store.by_id(connection, reminder_id)
        if item is None or item.state not in LIVING or item.org not in self.orgs:
            store.wake(connection, reminder_id, userid)
            return
        opening = workdays.next_opening(now, self.settings(item.org))
        if opening > now:
            store.put_off(connection, reminder_id, userid, opening)
            return
        store.wake(connection, reminder_id, userid)
        sight = Sight(connection, [item], now.astimezone(SHANGHAI).date())
        person = sight.person(item.userid)
        active = self.active(connection, item.org).get(item.rule)
        state, reason = self.verdict(sight, item, active, person, sight.today)
        if active is None or reason is not None or state == State.DONE:
            return
        again = replace(item, stage=min(item.stage, 1))
        to = [one for one in self.recipients(sight, active.rule, again, person) if one.person.userid == userid]
        self.mailbox.queue_many(connection, [self.letter(sight, active, again, person, one) for one in to], Lane.PUSH)
        done.pushed += len(to)

    def _tell_hr(self, connection: Connection, done: Ticked) -> None:
        for org, count in done.listed.items():
            reply = Reply(wording.HR_LIST.format(count=count), "status", sensitive=True)
            officers = people.with_role(connection, org, "hr")
            self.mailbox.queue_many(connection, [self.addressed(connection, one, reply) for one in officers], Lane.PUSH)
