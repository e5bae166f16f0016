"""What a batch of occurrences needs to know about people, wishes and pushes, read in a few queries."""

import datetime as dt
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Any, TypeVar

from core.db import Connection, Row
from core.health import store as health
from core.health.service import choose
from core.people import store as people
from core.people.rules import Person
from core.reminders import store, tables
from core.reminders.rules import Occurrence

T = TypeVar("T")


class Sight:
    """One look at the database on the caller's transaction; it is thrown away with the batch (at most 500 items)."""

    def __init__(self, connection: Connection, items: Sequence[Occurrence], today: dt.date) -> None:
        self.connection = connection
        self.today = today
        self._items = items
        self._memo: dict[Hashable, Any] = {}
        about = people.by_userids(connection, {item.userid for item in items})
        above = {userid for one in about.values() for userid in (one.leader, one.supervisor) if userid}
        self._people: dict[str, Person | None] = {**people.by_userids(connection, above - about.keys()), **about}

    def _once(self, key: Hashable, read: Callable[[], T]) -> T:
        if key not in self._memo:
            self._memo[key] = read()
        found: T = self._memo[key]
        return found

    def person(self, userid: str) -> Person | None:
        """Somebody by user id; '' is nobody."""
        if userid and userid not in self._people:
            self._people[userid] = people.by_userid(self.connection, userid)
        return self._people.get(userid)

    def hr(self, org: str) -> list[Person]:
        """The HR officers of an organisation."""
        return self._once(("hr", org), lambda: people.with_role(self.connection, org, "hr"))

    def heads(self, org: str, department: str) -> list[Person]:
        """The heads of a department."""
        return self._once(("heads", org, department), lambda: people.heads(self.connection, org, department))

    def leading(self, org: str) -> frozenset[str]:
        """Who leads somebody."""
        return self._once(("leading", org), lambda: people.leading(self.connection, org))

    def last_talk(self, userid: str) -> dt.date | None:
        """When somebody was last talked with."""
        ids = {item.userid for item in self._items if item.kind == "talk"} | {userid}
        found = self._once("talks", lambda: store.last_talks(self.connection, ids))
        return found.get(userid)

    def wish(self, userid: str, kind: str) -> str | None:
        """What somebody wished about a kind."""
        known = set(self._people)
        found = self._once("wishes", lambda: tables.wishes_of(self.connection, known))
        return found.get((userid, kind)) if userid in known else tables.wish(self.connection, userid, kind)

    def event(self, event_id: int | None) -> Row[Any] | None:
        """An event."""
        if event_id is None:
            return None
        return self._once(("event", event_id), lambda: store.event(self.connection, event_id))

    def keeps_quiet(self, userid: str) -> bool:
        """Whether something about a person is not announced yet."""
        ids = {item.userid for item in self._items}
        return userid in self._once("hidden", lambda: store.hidden_events(self.connection, ids))

    def pushed(self, reminder_id: int) -> list[Row[Any]]:
        """Who was told of one of the items."""
        found = self._once("pushed", lambda: store.pushed_many(self.connection, self._begun()))
        return found.get(reminder_id, [])

    def asleep(self, reminder_id: int) -> set[str]:
        """Who has put one of the items off."""
        found = self._once("asleep", lambda: store.asleep_many(self.connection, self._begun()))
        return found.get(reminder_id, set())

    def _begun(self) -> Iterable[int]:
        return [item.id for item in self._items]

    def booking(self, userid: str, year: int) -> Row[Any] | None:
        """What somebody chose for a year's health check."""
        ids = {item.userid for item in self._items if item.kind == "health_check"}
        found = self._once(("bookings", year), lambda: health.bookings_of(self.connection, ids, year))
        return found.get(userid)

    def offered(self, person: Person) -> list[Row[Any]]:
        """The health-check days a person is offered."""
        end = dt.date(self.today.year, 12, 31)
        key = ("days", person.org)
        days = self._once(key, lambda: health.offered(self.connection, person.org, self.today, end))
        return choose(days, person)
