"""Commands of HR on reminders: switch a rule, change its days and words; enter 谈话提醒 after a review."""

import datetime as dt

from core import audit
from core.db import Connection
from core.errors import NotFound, Refused
from core.people import store as people
from core.people.rules import Person
from core.reminders import catalogue, store, tables, workdays
from core.reminders.overrides import Choice, problems
from core.reminders.rules import Occasion, Reason, State
from core.reminders.service import Reminders

_BATCH = 1000


def choose(reminders: Reminders, rule_id: str, choice: Choice, by: Person) -> None:
    """Set what an organisation wants of a rule; planning, ticks and lists follow at once.

    Switched off, nothing of it is planned or pushed; what was dropped for that stands again when it is switched on.
    Lead days count for what is planned from now on. Opens its own transactions, at most 1,000 rows in each. Raises
    Refused (no HR officer, a wording without whom or when), NotFound (no document of the organisation has the rule).
    """
    if "hr" not in by.roles:
        raise Refused("这一步由组织人事部门办理。")
    mailbox = reminders.mailbox
    with mailbox.db.read() as connection:
        carried = reminders.carried(connection, by.org).get(rule_id)
    if carried is None:
        raise NotFound
    if wrong := problems(catalogue.rules()[rule_id], choice):
        raise Refused("\n".join(wrong))
    body = mailbox.cipher.seal_json(dict(choice.text), "reminder_choices")
    with mailbox.db.write() as connection:
        tables.put_choice(connection, by.org, rule_id, choice.off, choice.lead, body)
        detail = {"off": choice.off, "lead": choice.lead, "worded": sorted(choice.text)}
        audit.record(connection, mailbox.clock.now(), by.userid, "reminder.rule", f"{by.org}:{rule_id}", **detail)
    while not choice.off and _revive(reminders, by.org, rule_id) == _BATCH:
        continue


def _revive(reminders: Reminders, org: str, rule_id: str) -> int:
    settings, now = reminders.settings(org), reminders.mailbox.clock.now()
    with reminders.mailbox.db.write() as connection:
        rows = tables.settled_for(connection, org, rule_id, Reason.SWITCHED, _BATCH)
        again = [
            {
                "row_id": row.id, "state": State.OPEN if row.stage else State.PLANNED,
                "next_at": max(workdays.opens(row.push_on, settings), workdays.next_opening(now, settings)),
            }
            for row in rows
        ]  # fmt: skip
        tables.revive(connection, again)
    return len(rows)


def enter_reminder_talk(
    reminders: Reminders, connection: Connection, by: Person, userid: str, reviewed_on: dt.date, reference: str
) -> str:
    """Enter a name for 谈话提醒 after the committee's review; returns the name of the 分管领导, who alone is told.

    The push follows the reminders' own rule, at its hours and once more when nothing happens. Raises Refused, NotFound.
    """
    talks = reminders.talks
    if talks is None:
        raise Refused("现在不能录入谈话提醒。")
    by_rule = "reminder_talk" in reminders.active(connection, by.org)
    talk_id = talks.enter_reminder_talk(connection, by, userid, reviewed_on, reference, tell=not by_rule)
    event_id = reminders.add_event(connection, by.org, userid, "reminder_talk", reminders.today(), True, by.userid)
    for item in store.of_event(connection, event_id) if event_id is not None else ():
        store.change(connection, item.id, talk_id=talk_id)
    leader = people.by_userid(connection, talks.talk(connection, talk_id).leader)
    return leader.name if leader else ""


def record_talk(
    reminders: Reminders, connection: Connection, by: Person, userid: str, leader: str, held_on: dt.date, ref: str = ""
) -> None:
    """Put a talk on record (`Talks.record`) and count it: its reminders are done, the next interval starts that day.

    Raises Refused, NotFound.
    """
    talks = reminders.talks
    if talks is None:
        raise Refused("现在不能登记谈话。")
    talk = talks.record(connection, by, userid, leader, held_on, ref)
    now = reminders.mailbox.clock.now()
    regular = [item for item in store.living_of_kind(connection, talk.userid, "talk") if item.rule == "talk_regular"]
    items = store.of_talk(connection, talk.id) or regular
    settled = [store.settle(connection, item.id, State.DONE, now, done_on=held_on, done_by=by.userid) for item in items]
    active = reminders.active(connection, by.org).get("talk_regular")
    if not any(settled) and active is not None:
        found = Occasion(f"record:{held_on.isoformat()}", held_on, held_on, held_on)
        done = {"state": State.DONE, "next_at": None, "settled_at": now, "done_on": held_on, "done_by": by.userid}
        row = reminders.row(reminders.orgs[by.org], active, talk.userid, found, talk_id=talk.id, **done)
        store.add(connection, [row])
