"""Events that lead to reminders: entered by HR or told by the cadre. Unannounced ones are known to HR alone."""

import datetime as dt
from dataclasses import dataclass, replace
from typing import Any

from core import audit
from core.db import Connection, Row
from core.errors import NotFound, Refused
from core.people import store as people
from core.people.rules import Person
from core.reminders import catalogue, store, workdays
from core.reminders.planning import Planner
from core.reminders.rules import EVENTS, SENSITIVE_EVENTS, Reason, State
from core.reminders.triggers import occasion

_ENTERED_BY = ("hr", "handler_organization")


@dataclass(frozen=True)
class Event:
    """An event as HR sees it. `event`: a key of rules.EVENTS."""

    id: int
    userid: str
    event: str
    on: dt.date
    announced: bool


class Events(Planner):
    """The commands on events. Each works on the caller's transaction."""

    def add_event(
        self, connection: Connection, org: str, userid: str, event: str, on: dt.date, announced: bool, by: str,
        consent: bool = False,
    ) -> int | None:  # fmt: skip
        """Note an event and plan its reminder; the same event again changes nothing. Returns the event's id.

        None when no document of the organisation asks for anything at such an event: then nothing is kept. Life events
        need the cadre's consent: told by themselves (`by` is the cadre) or vouched for by HR (`consent`). Raises
        NotFound (nobody of this organisation), Refused (unknown event, no consent, no right to enter it).
        """
        rule = catalogue.for_event(event)
        if rule is None:
            raise Refused("没有这种事项。")
        person = people.by_userid(connection, userid)
        if person is None or person.org != org or person.status != "active":
            raise NotFound("花名册中没有这名人员。")
        self._require(connection, person, event, by, consent)
        active = self.active(connection, org).get(rule.id)
        if active is None:
            return None
        rule = active.rule
        now = self.mailbox.clock.now()
        body = self.mailbox.cipher.seal_json({"event": event}, "reminder_events")
        row = {"org": org, "userid": person.userid, "rule": rule.id, "on": on, "announced": announced,
               "cancelled": False, "by": by, "at": now, "body": body}  # fmt: skip
        event_id = store.add_event(connection, row)
        if event_id is None:
            return self._again(connection, rule.id, person.userid, on)
        found = occasion(rule, on.isoformat(), on)
        next_at = workdays.opens(max(found.push_on, self.today()), self.settings(org))
        if rule.valid is not None:  # what is entered late is told late
            found = replace(found, valid_until=max(on, self.today()) + dt.timedelta(days=rule.valid))
        planned = self.row(self.orgs[org], active, person.userid, found, event_id=event_id, next_at=next_at)
        if not store.add(connection, [planned]):  # the roster told of it before
            self._adopt(connection, person.userid, rule.id, found.key, event_id)
        audit.record(connection, now, by, "reminder.event", str(event_id))
        return event_id

    def _require(self, connection: Connection, person: Person, event: str, by: str, consent: bool) -> None:
        own = by.casefold() == person.userid.casefold()
        if event in SENSITIVE_EVENTS:
            if not own and not consent:
                raise Refused("这类事项要先征得本人同意，才能告知单位。")
        elif own and event != "talk_fixed":
            raise Refused("这一步由组织人事部门办理。")
        author = people.by_userid(connection, by)
        able = author is None or (author.org == person.org and set(author.roles) & set(_ENTERED_BY))
        if not own and not able and event != "talk_fixed":
            raise Refused("这一步由组织人事部门办理。")

    def _again(self, connection: Connection, rule: str, userid: str, on: dt.date) -> int:
        known = store.event_like(connection, rule, userid, on)
        assert known is not None
        if known.cancelled:
            now = self.mailbox.clock.now()
            store.change_event(connection, known.id, cancelled=False)
            for item in store.of_event(connection, known.id):
                store.forget_pushes(connection, item.id)
                next_at = workdays.next_opening(now, self.settings(item.org))
                store.change(
                    connection, item.id, state=State.PLANNED, stage=0, reason=None, settled_at=None, next_at=next_at
                )
        return int(known.id)

    def _adopt(self, connection: Connection, userid: str, rule: str, key: str, event_id: int) -> None:
        for item in store.living(connection, userid, rule, key):
            store.change(connection, item.id, event_id=event_id)

    def announce(self, connection: Connection, event_id: int, by: Person) -> None:
        """The event is public now: the leader is told at the next set hour. Raises NotFound, Refused."""
        event = self._of(connection, event_id, by)
        if event.announced:
            return
        now = self.mailbox.clock.now()
        store.change_event(connection, event_id, announced=True)
        for item in store.of_event(connection, event_id):
            next_at = workdays.next_opening(now, self.settings(item.org))
            if item.state == State.PLANNED and item.next_at is None:
                store.change(connection, item.id, next_at=next_at, pushed_on=None)
        audit.record(connection, now, by.userid, "reminder.announce", str(event_id))

    def cancel_event(self, connection: Connection, event_id: int, by: Person) -> None:
        """The event does not happen: its reminders end, an arranged talk is called off. Raises NotFound, Refused."""
        self._of(connection, event_id, by)
        now = self.mailbox.clock.now()
        store.change_event(connection, event_id, cancelled=True)
        for item in store.of_event(connection, event_id):
            store.settle(connection, item.id, State.DROPPED, now, Reason.CANCELLED)
            if item.talk_id is not None and self.talks is not None:
                self.talks.cancel(connection, item.talk_id, by.userid)
        audit.record(connection, now, by.userid, "reminder.cancel", str(event_id))

    def _of(self, connection: Connection, event_id: int, by: Person) -> Event:
        self._require_hr(by)
        row = store.event(connection, event_id)
        if row is None or row.org != by.org:
            raise NotFound("没有这个事项。")
        return self._event(row)

    def _require_hr(self, person: Person) -> None:
        if not set(person.roles) & set(_ENTERED_BY):
            raise Refused("这一步由组织人事部门办理。")

    def _event(self, row: Row[Any]) -> Event:
        event = str(self.mailbox.cipher.open_json(row.body, "reminder_events")["event"])
        return Event(row.id, row.userid, event if event in EVENTS else "", row.on, row.announced)

    def events(self, connection: Connection, by: Person) -> list[Event]:
        """The events of HR's organisation, without those about the officer. Raises Refused."""
        self._require_hr(by)
        rows = store.events_of_org(connection, by.org)
        return [self._event(row) for row in rows if row.userid != by.userid]
