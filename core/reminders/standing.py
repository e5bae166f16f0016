"""Whether an occurrence still stands: people leave and move, cases go on, documents end, wishes change."""

import datetime as dt

from core.cases import store as cases
from core.errors import NotFound
from core.health import store as health
from core.people.rules import Person
from core.reminders.base import Base, Recipient
from core.reminders.catalogue import Active
from core.reminders.planning import case_occasion
from core.reminders.rules import Occurrence, Reason, State
from core.reminders.sight import Sight
from core.reminders.triggers import Frame, still_applies
from core.talks import rules as talk_rules

_HEALTH = "health_check"
Verdict = tuple[State, Reason | None]
_STANDS: Verdict = (State.PLANNED, None)


class Standing(Base):
    """What a tick and every list ask before they show an occurrence to anybody."""

    def verdict(
        self, sight: Sight, item: Occurrence, active: Active | None, person: Person | None, today: dt.date
    ) -> Verdict:
        """What becomes of an occurrence before anybody is told: it stands (PLANNED, None), is done, or has ended."""
        if active is None:
            choice = self.chosen(sight.connection, item.org).get(item.rule)
            return State.DROPPED, Reason.SWITCHED if choice and choice.off else Reason.INACTIVE
        if item.userid and (person is None or person.status != "active" or person.org != item.org):
            return State.DROPPED, Reason.LEFT
        if reason := self._changed(sight, item, active, person, today):
            return State.DROPPED, reason
        if item.stage == 0 and item.valid_until is not None and item.valid_until < today:
            return State.MISSED, Reason.EXPIRED
        return self._settled_elsewhere(sight, item, person)

    def _settled_elsewhere(self, sight: Sight, item: Occurrence, person: Person | None) -> Verdict:
        if item.kind == _HEALTH and person is not None:
            if sight.wish(person.userid, f"{_HEALTH}:consent") == "private":
                return State.DROPPED, Reason.CONSENT
            booking = sight.booking(person.userid, item.due_on.year)
            if booking is not None and booking.state == health.BEEN:
                return State.DONE, None
        if item.talk_id is not None and self.talks is not None:
            try:
                shown = self.talks.status(sight.connection, item.talk_id)
            except NotFound:
                return _STANDS
            if shown == talk_rules.DONE:
                return State.DONE, None
            if shown == talk_rules.CALLED_OFF:
                return State.DROPPED, Reason.CANCELLED
        return _STANDS

    def _changed(
        self, sight: Sight, item: Occurrence, active: Active, person: Person | None, today: dt.date
    ) -> Reason | None:
        """Why an occurrence no longer applies; None when it does."""
        if item.event_id is not None:
            event = sight.event(item.event_id)
            return Reason.CANCELLED if event is None or event.cancelled else None
        if item.case_number is not None:
            case = cases.case_by_number(sight.connection, item.case_number)
            found = case_occasion(active, case) if case else None
            return None if found and found.key == item.key else Reason.CHANGED
        if person is None:
            return None
        if active.rule.roster in ("promotion", "rotation") and sight.keeps_quiet(person.userid):
            return Reason.CHANGED  # the roster must not tell what is not announced; the event's own reminder will
        leads = sight.leading(item.org) if active.rule.trigger == "leaders" else frozenset[str]()
        last = sight.last_talk(person.userid) if active.rule.trigger == "interval" else None
        frame = Frame(today, min(item.push_on, today), self.settings(item.org), active.years, last, leads)
        return None if still_applies(active.rule, person, item.key, item.due_on, frame) else Reason.CHANGED

    def unwanted(self, sight: Sight, active: Active, one: Recipient) -> bool:
        """Whether somebody has switched the kind off, where the rule allows it."""
        return active.rule.may_stop and sight.wish(one.person.userid, active.rule.kind) == "off"
