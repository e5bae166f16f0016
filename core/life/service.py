"""Life events a cadre tells (nq 17, azkj 10, ldu 一(二), sdju 第十六条, yn 17): kept and passed on with consent.

What was agreed to is kept by `core.reminders` alone, sealed; there is no second record. The reason is never asked.
"""

from dataclasses import dataclass

from core.cases.service import Desk
from core.db import Connection
from core.errors import NotFound
from core.life.rules import Event
from core.people.rules import Person
from core.reminders import catalogue, store
from core.reminders.rules import Reason, State
from core.reminders.service import Reminders


@dataclass(frozen=True)
class Life:
    """The commands on life events, over the desk. Each works on the caller's transaction."""

    desk: Desk
    reminders: Reminders

    def clause_for(self, connection: Connection, org: str, event: Event) -> tuple[str, str] | None:
        """(policy, clause) that asks the organisation to care at such an event; None: its documents are silent."""
        rule = catalogue.for_event(event)
        active = self.reminders.active(connection, org).get(rule.id) if rule else None
        return active.clause if active else None

    def tell(self, connection: Connection, person: Person, event: Event) -> int | None:
        """The cadre agrees to let the unit know: plan the visit. None when no document knows of it: nothing is kept.

        Raises NotFound, Refused as `Reminders.add_event` does.
        """
        today = self.desk.mailbox.clock.today()
        return self.reminders.add_event(connection, person.org, person.userid, event, today, True, person.userid)

    def take_back(self, connection: Connection, person: Person, event_id: int) -> None:
        """The cadre no longer agrees: what has not been said to the unit is not said any more. Raises NotFound."""
        row = store.event(connection, event_id)
        if row is None or {row.userid.casefold(), row.by.casefold()} != {person.userid.casefold()}:
            raise NotFound
        store.change_event(connection, event_id, cancelled=True)
        for item in store.of_event(connection, event_id):
            store.settle(connection, item.id, State.DROPPED, self.desk.mailbox.clock.now(), Reason.CONSENT)
