"""Commands on talks (design 4 and 5): those cadres ask for, those the organisation arranges, 谈话提醒.

Each works on the caller's transaction. Refused and NotFound leave their audit entry: catch them inside it.
"""

import datetime as dt

from core.cases import store as cases
from core.cases.rules import SYSTEM, Status
from core.clock import SHANGHAI
from core.db import Connection
from core.errors import NotFound, Refused
from core.people.rules import Person
from core.reminders import workdays
from core.talks import cards, rules, store
from core.talks.arranged import Arranged, Owed
from core.talks.ground import body_of
from core.talks.requests import Received, View
from core.talks.rules import Kind, State, Talk

__all__ = ["Owed", "Received", "Talk", "Talks", "View"]
HELD, NOT_HELD = "held", "not_held"
_BATCH = 200
_MOST = 1000


class Talks(Arranged):
    """Talks over the desk: `Talks(Desk(mailbox, orgs, vault))`, one a process."""

    def said(self, connection: Connection, ref: str, person: Person, held: bool) -> Talk:
        """One side says whether the talk took place; what was talked about is never asked. May be said anew.

        Held counts when both said so (谈话提醒: the leader, who alone knows of it). Raises Refused, NotFound.
        """
        row = self.row(connection, ref)
        talk = self.talk(connection, row.id)
        side = self.look(connection, ref, person).side
        if side not in ("leader", "cadre"):
            raise NotFound
        reminder = talk.kind == Kind.REMINDER
        if talk.state not in rules.OPEN or (talk.state == State.PLANNED and not reminder):
            raise Refused("这次谈话现在不用确认。")
        if talk.starts_at is not None and self.now() < talk.starts_at:
            raise Refused("约定的时间还没有到。")
        word = HELD if held else NOT_HELD
        store.change(connection, talk.id, changed_at=self.now(), **{f"said_{side}": word})
        self.note(connection, person.userid, f"said_{word}", talk)
        talk = self.talk(connection, talk.id)
        if talk.said_leader == HELD and (reminder or talk.said_cadre == HELD):
            self._held(connection, talk)
        elif talk.kind == Kind.ARRANGED and talk.said_leader == talk.said_cadre == NOT_HELD:
            self._again(connection, talk)
        elif talk.said_leader and talk.said_cadre and talk.said_leader != talk.said_cadre:
            told = [talk.userid, talk.leader]
            cards.tell(self.mailbox, connection, told, cards.DIFFER, (cards.open_button(talk.ref),))
        return self.talk(connection, talk.id)

    def _held(self, connection: Connection, talk: Talk) -> None:
        if talk.kind != Kind.ASKED:
            store.change(connection, talk.id, state=State.HELD)
            return
        assert talk.number is not None
        leader = self.person(connection, talk.leader)
        day = talk.starts_at.astimezone(SHANGHAI).date() if talk.starts_at else self.mailbox.clock.today()
        if leader is None:
            raise Refused("这次谈话现在不用确认。")
        self.desk.move(connection, talk.number, "hold", leader, date=day.isoformat())

    def _again(self, connection: Connection, talk: Talk) -> None:
        """Both say it did not take place: the leader has to fix a new time."""
        empty = {"starts_at": None, "asked_at": None, "said_leader": None, "said_cadre": None}
        store.change(connection, talk.id, state=State.PLANNED, **empty)
        cards.tell(self.mailbox, connection, [talk.leader], cards.ARRANGE, (cards.open_button(talk.ref),))

    # -- the scheduler

    def sweep(self) -> int:
        """Ask after talks whose time has come, remind of unanswered requests once, let unconfirmed ones lapse.

        Only on working days within the organisation's hours. Opens its own transactions; returns how many it handled.
        """
        now = self.now()
        awake = {org.id for org in self.desk.orgs.values() if workdays.is_open(now, org.settings)}
        return self._ask_held(now, awake) + self._lapse(now, awake) + self._nudge(now, awake) if awake else 0

    def _ask_held(self, now: dt.datetime, awake: set[str]) -> int:
        with self.mailbox.db.write() as connection:
            rows = store.begun(connection, awake, now - rules.CONFIRM_AFTER, _BATCH)
            for row in rows:
                talk = self.talk(connection, row.id)
                store.change(connection, talk.id, asked_at=now)
                assert talk.starts_at is not None
                text = cards.WAS_IT_HELD.format(when=cards.when(talk.starts_at))
                sides = [(talk.userid, talk.said_cadre), (talk.leader, talk.said_leader)]
                told = [userid for userid, said in sides if said is None]
                cards.tell(self.mailbox, connection, told, text, cards.held_buttons(talk.ref))
        return len(rows)

    def _lapse(self, now: dt.datetime, awake: set[str]) -> int:
        done = 0
        for org in (self.desk.orgs[name] for name in sorted(awake)):
            days = int(org.settings.get("talk_confirm_days", rules.CONFIRM_DAYS))
            with self.mailbox.db.write() as connection:
                rows = store.unconfirmed(connection, org.id, Kind.ASKED, now - dt.timedelta(days=days), _BATCH)
                for row in rows:
                    self.desk.move(connection, row.number, "lapse", SYSTEM)
                done += len(rows)
        return done

    def _nudge(self, now: dt.datetime, awake: set[str]) -> int:
        """A request whose wished time has passed: an offered time lapses, an unanswered one is brought up once."""
        done = 0
        with self.mailbox.db.write() as connection:
            for row in store.unanswered(connection, awake, Kind.ASKED, _MOST):
                done += self._passed(connection, row.number, row.id, now)
        return done

    def _passed(self, connection: Connection, number: str, talk_id: int, now: dt.datetime) -> int:
        row = self.row(connection, number)
        case = cases.case_by_number(connection, number)
        body = body_of(self.mailbox.cipher, row)
        if case is None:
            return 0
        if case.status == Status.COUNTER_PROPOSED:
            proposal = body.get("proposal", "")
            if not proposal or self.instant(dt.datetime.fromisoformat(proposal)) > now:
                return 0
            self.desk.move(connection, number, "lapse", SYSTEM)
            return 1
        found = rules.window(body.get("wish", ""))
        if case.status != Status.SUBMITTED or found is None or self.instant(found[1]) > now:
            return 0
        store.change(connection, talk_id, nudged_at=now)
        view = (cards.open_button(number),)
        told = [row.leader] if row.leader else self.office(connection, case)
        cards.tell(self.mailbox, connection, told, cards.STILL_WAITS, view)
        cards.tell(self.mailbox, connection, [row.userid], cards.TIME_PASSED, view)
        return 1
