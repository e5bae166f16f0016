"""A fixed talk that was asked for is brought up again the day before, by the reminders' own rule (talk_request)."""

from core.cases.counter import Counter
from core.cases.service import Desk
from core.clock import SHANGHAI
from core.db import Connection
from core.reminders import store as reminders
from core.reminders.rules import LIVING, Reason, State
from core.reminders.service import Reminders
from core.talks.rules import Talk
from core.talks.service import Talks

_EVENT = "talk_fixed"


def plan(desk: Counter, connection: Connection, talk: Talk) -> None:
    """Plan the reminder of a fixed talk; one of an earlier time ends."""
    drop(desk, connection, talk)
    if talk.starts_at is None or not isinstance(desk, Desk):
        return
    on = talk.starts_at.astimezone(SHANGHAI).date()
    rules = Reminders(desk.mailbox, dict(desk.orgs), Talks(desk))
    event_id = rules.add_event(connection, talk.org, talk.userid, _EVENT, on, True, talk.userid)
    for item in reminders.of_event(connection, event_id) if event_id is not None else ():
        reminders.change(connection, item.id, talk_id=talk.id)


def drop(desk: Counter, connection: Connection, talk: Talk) -> None:
    """The talk is not at that time any more: its reminder ends."""
    now = desk.mailbox.clock.now()
    for item in reminders.of_talk(connection, talk.id):
        if item.state in LIVING:
            reminders.settle(connection, item.id, State.DROPPED, now, Reason.CHANGED)
            if item.event_id is not None:
                reminders.change_event(connection, item.event_id, cancelled=True)
