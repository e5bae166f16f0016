"""Reminders (design.md section 5): plan, tick, done, later, off, lists. One `Reminders` a process."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from core import audit
from core.clock import SHANGHAI
from core.db import Connection, Row
from core.errors import NotFound, Refused
from core.health import service as health
from core.messages.rules import Button, Lane, Reply
from core.people.rules import Person
from core.people.service import HOME
from core.reminders import catalogue, store, tables, wording, workdays
from core.reminders.lists import Item, Lists, Talked
from core.reminders.rules import LATER_DAYS, LIVING, SENSITIVE_EVENTS, Occurrence, Reason, State, next_step
from core.reminders.ticking import Ticked

__all__ = ["Item", "Reminders", "Talked", "Ticked"]
_KEPT_LIFE_EVENTS = dt.timedelta(days=90)
_KEPT_YEARS = 10
_ERASED_AT_ONCE = 1000
_OWN_ROLES = ("cadre",)
_YES_NO = "remind:done:{0}", "remind:not:{0}"


class Reminders(Lists):
    """The commands on reminders. Those that take a connection work on the caller's transaction."""

    # -- what a person does with one

    def done(self, connection: Connection, reminder_id: int, person: Person) -> bool:
        """Somebody who was told says that it is done. A talk is done when both sides said so.

        False when the other side has still to say so (a cadre who was not told yet is asked). Raises NotFound when it
        is not theirs, Refused when the case itself settles it.
        """
        item, role = self._own(connection, reminder_id, person)
        rule = catalogue.rules()[item.rule]
        if rule.kind in wording.CASE_KINDS and rule.kind != "influence_end":
            raise Refused("这一项由申请的办理情况决定，请在“我的申请”中办理。")
        now = self.mailbox.clock.now()
        store.confirm(connection, item.id, person.userid, now)
        store.wake(connection, item.id, person.userid)
        if rule.both and not self._both(connection, item, role):
            if role not in _OWN_ROLES:
                self._ask_cadre(connection, item, now)
            return False
        if rule.kind == "health_check":
            health.been(connection, self.mailbox, person)
        if rule.kind == "reminder_talk" and item.talk_id is not None and self.talks is not None:
            self.talks.said(connection, f"A{item.talk_id}", person, True)
        today = now.astimezone(SHANGHAI).date()
        if store.settle(connection, item.id, State.DONE, now, done_on=today, done_by=person.userid):
            audit.record(connection, now, person.userid, "reminder.done", str(item.id))
        return True

    def _both(self, connection: Connection, item: Occurrence, role: str) -> bool:
        said = {row.role in _OWN_ROLES for row in store.pushed(connection, item.id) if row.confirmed_at}
        return said == {True, False}

    def _ask_cadre(self, connection: Connection, item: Occurrence, now: dt.datetime) -> None:
        row = {"reminder_id": item.id, "stage": 90, "recipient": item.userid, "role": "cadre", "at": now}
        if store.add_push(connection, row):
            yes, no = (payload.format(item.id) for payload in _YES_NO)
            found = (Button("已谈", yes), Button("未谈", no))
            ask = Reply(wording.CONFIRM_TALK, "status", buttons=found, sensitive=True)
            self.mailbox.queue(connection, HOME, item.userid, ask, Lane.PUSH)

    def not_held(self, connection: Connection, reminder_id: int, person: Person) -> None:
        """The cadre says that the talk has not taken place; who said so before is told. Raises NotFound."""
        item, _ = self._own(connection, reminder_id, person)
        text = wording.NOT_HELD.format(name=person.name)
        for row in store.pushed(connection, item.id):
            if row.confirmed_at and row.recipient != person.userid:
                store.unconfirm(connection, item.id, row.recipient)
                self.mailbox.queue(connection, HOME, row.recipient, Reply(text, "status", sensitive=True))

    def later(self, connection: Connection, reminder_id: int, person: Person, days: int) -> dt.datetime:
        """Remind this person again after 1, 3 or 7 days, on a working day. Raises NotFound, Refused."""
        if days not in LATER_DAYS:
            raise Refused("可以选择 1 天、3 天或 1 周后。")
        item, _ = self._own(connection, reminder_id, person)
        until = workdays.opens(self.today() + dt.timedelta(days=days), self.settings(item.org))
        store.put_off(connection, item.id, person.userid, until)
        return until

    def off(self, connection: Connection, person: Person, kind: str) -> None:
        """Send this person no more of a kind. Raises Refused where the rule does not allow it."""
        if not any(rule.kind == kind and rule.may_stop for rule in catalogue.rules().values()):
            raise Refused("这类提醒按文件要求发送，不能关闭。")
        now = self.mailbox.clock.now()
        tables.set_wish(connection, person.userid, kind, "off", now)
        for item in store.living_of_kind(connection, person.userid, kind):
            store.settle(connection, item.id, State.DROPPED, now, Reason.OFF)

    def on(self, connection: Connection, person: Person, kind: str) -> None:
        """Send a kind again that was switched off; what is still due of it comes back."""
        now = self.mailbox.clock.now()
        tables.set_wish(connection, person.userid, kind, None, now)
        ended = tables.ended_for(connection, person.userid, kind, Reason.OFF, self.today())
        tables.revive(connection, [self._standing_again(row, now) for row in ended])

    def _standing_again(self, row: Row[Any], now: dt.datetime) -> dict[str, Any]:
        """What was pushed before is open again and waits for its next step; the rest goes out at the next set hour."""
        settings = self.settings(row.org)
        if not row.stage:
            return {"row_id": row.id, "state": State.PLANNED, "next_at": workdays.next_opening(now, settings)}
        rule, today = catalogue.rules()[row.rule], self.today()
        following = next_step(rule, row.stage, row.due_on, row.pushed_on or today)
        next_at = workdays.opens(max(following[1], today), settings) if following else None
        return {"row_id": row.id, "state": State.OPEN, "next_at": next_at}

    def agree(self, connection: Connection, person: Person, kind: str, agreed: bool) -> None:
        """What the person says to having a sensitive item on record: False (不要告诉我的单位) ends it."""
        now = self.mailbox.clock.now()
        tables.set_wish(connection, person.userid, f"{kind}:consent", "consent" if agreed else "private", now)
        for item in () if agreed else store.living_of_kind(connection, person.userid, kind):
            store.settle(connection, item.id, State.DROPPED, now, Reason.CONSENT)

    def agreed(self, connection: Connection, person: Person, kind: str) -> bool | None:
        """What was said to it; None when never asked."""
        said = tables.wish(connection, person.userid, f"{kind}:consent")
        return {"consent": True, "private": False}.get(said or "")

    def arrange(self, connection: Connection, reminder_id: int, person: Person) -> str:
        """约时间: the arranged talk's reference for its leader, made when there is none. Raises NotFound, Refused."""
        item, role = self._own(connection, reminder_id, person)
        if self.talks is None or item.kind != "talk" or role not in ("leader", "supervisor"):
            raise Refused("请直接联系对方约定时间。")
        talk_id = item.talk_id
        if talk_id is None:
            occasion = item.rule.removeprefix("talk_").replace("punished", "punishment")
            talk_id = self.talks.plan_talk(
                connection, item.org, item.userid, occasion, item.due_on, person.userid, (item.policy, item.clause),
                announced=True, tell=False,
            )  # fmt: skip
            store.change(connection, item.id, talk_id=talk_id)
        return f"A{talk_id}"

    def booked(self, connection: Connection, reminder_id: int, person: Person, on: dt.date) -> None:
        """A health-check day was chosen: the person hears of it the day before. Raises NotFound."""
        item, _ = self._own(connection, reminder_id, person)
        before = workdays.opens(max(on - dt.timedelta(days=1), self.today()), self.settings(item.org))
        store.put_off(connection, item.id, person.userid, before)
        if item.next_at is not None:
            after = workdays.opens(on + dt.timedelta(days=1), self.settings(item.org))
            store.change(connection, item.id, next_at=max(item.next_at, after))

    def _own(self, connection: Connection, reminder_id: int, person: Person) -> tuple[Occurrence, str]:
        item = store.by_id(connection, reminder_id)
        role = next((row.role for row in self._rows(connection, item) if row.recipient == person.userid), None)
        if item is None or role is None or item.org != person.org:
            raise NotFound("没有这条提醒，或它已经不适用于您。")
        if item.state not in LIVING:
            raise Refused("这条提醒已经办结。" if item.state == State.DONE else "这条提醒已经不再适用。")
        return item, role

    def _rows(self, connection: Connection, item: Occurrence | None) -> list[Row[Any]]:
        return store.pushed(connection, item.id) if item else []

    # -- upkeep

    def retain(self, now: dt.datetime) -> int:
        """Erase settled life events after 90 days and everything settled after ten years; returns how many."""
        life = [rule.id for rule in catalogue.rules().values() if set(rule.events) & SENSITIVE_EVENTS]
        return self._erase(life, now - _KEPT_LIFE_EVENTS) + self._erase(
            None, now - dt.timedelta(days=366 * _KEPT_YEARS)
        )

    def _erase(self, rules: Iterable[str] | None, before: dt.datetime) -> int:
        total = 0
        while True:
            with self.mailbox.db.write() as connection:
                count = store.erase_settled(connection, rules, before, _ERASED_AT_ONCE)
            total += count
            if count < _ERASED_AT_ONCE:
                return total
