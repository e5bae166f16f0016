"""Talks that the organisation arranges, and 谈话提醒: the leader and HR know why, the cadre only when and where."""

import datetime as dt
from dataclasses import dataclass

from core.db import Connection
from core.errors import NotFound, Refused
from core.people.rules import Person
from core.talks import cards, rules, store
from core.talks.ground import body_of, same
from core.talks.requests import Requests
from core.talks.rules import Kind, State, Talk

ENTERED_BY = ("hr", "handler_organization")


@dataclass(frozen=True)
class Owed:
    """One talk of a leader's list. `state`: 待谈话 | 逾期 | 已完成 | 已取消; `starts_at` once a time is fixed."""

    ref: str
    kind: Kind
    userid: str
    name: str
    state: str
    due_on: dt.date | None
    starts_at: dt.datetime | None
    leader: str = ""


class Arranged(Requests):
    """The commands on arranged talks. Each works on the caller's transaction."""

    def plan_talk(
        self, connection: Connection, org: str, userid: str, occasion: str, due_on: dt.date, leader: str,
        clause: tuple[str, str], announced: bool, tell: bool = True,
    ) -> int:  # fmt: skip
        """Put a talk on the leader's list and tell leader and HR; the same open talk again changes nothing.

        `occasion`: a key of rules.OCCASIONS (sealed). `leader` '': HR alone is told and has to name one. Nobody else
        hears of it, and the cadre only once the leader has fixed time and place. `tell` False: the caller tells them.
        Returns the talk's id.
        """
        for row in store.open_of(connection, userid, Kind.ARRANGED):
            same_day = row.due_on == due_on
            if same_day and body_of(self.mailbox.cipher, row).get("occasion") == occasion:
                return int(row.id)
        new = {
            "kind": Kind.ARRANGED, "state": State.PLANNED, "org": org, "userid": userid, "leader": leader,
            "number": None, "policy": clause[0], "clause": clause[1], "due_on": due_on, "announced": announced,
            "changed_at": self.now(), "body": self.seal({"occasion": occasion}),
        }  # fmt: skip
        talk = self.talk(connection, store.add(connection, new))
        self.note(connection, "system", "plan", talk)
        if not tell:
            return talk.id
        view = (cards.open_button(talk.ref),)
        cards.tell(self.mailbox, connection, [leader], cards.ARRANGE, view)
        others = [one for one in self.hr(connection, org) if not same(one, userid) and not same(one, leader)]
        cards.tell(self.mailbox, connection, others, cards.ARRANGE_HR, view)
        return talk.id

    def fix(self, connection: Connection, ref: str, leader: Person, start: dt.datetime, place: str) -> Talk:
        """The leader sets time (local) and place; the cadre is told both, without the occasion.

        Raises Refused (past, no place, already held), NotFound (nobody else may).
        """
        talk = self._led(connection, ref, leader, Kind.ARRANGED)
        if talk.state not in rules.OPEN:
            raise Refused("这次谈话已经结束，不能再改时间。")
        self._require(start, place)
        if not place.strip():
            raise Refused("请写明地点。")
        again = talk.state == State.FIXED
        values = {"said_leader": None, "said_cadre": None, "asked_at": None, "changed_at": self.now()}
        store.change(connection, talk.id, state=State.FIXED, starts_at=self.instant(start), **values)
        self.reseal(connection, self.row(connection, ref), place=place.strip())
        talk = self.talk(connection, talk.id)
        self.note(connection, leader.userid, "fix", talk)
        assert talk.starts_at is not None
        text = cards.REARRANGED if again else cards.ARRANGED
        shown = text.format(when=cards.when(talk.starts_at), where=cards.where(talk.place))
        cards.tell(self.mailbox, connection, [talk.userid], shown)
        cards.send_calendar(self.mailbox, connection, talk, [talk.userid, talk.leader])
        return talk

    def hand_to(self, connection: Connection, ref: str, actor: Person, leader: str) -> Talk:
        """HR names who holds an arranged talk (missing in the roster, or changed). Raises Refused, NotFound."""
        talk = self.talk(connection, self.row(connection, ref).id)
        if talk.kind == Kind.ASKED or actor.org != talk.org or "hr" not in actor.roles:
            raise NotFound
        found = self.person(connection, leader)
        if found is None or found.org != talk.org or same(leader, talk.userid) or talk.state not in rules.OPEN:
            raise Refused("不能由这名人员谈话。")
        store.change(connection, talk.id, leader=found.userid, changed_at=self.now())
        self.note(connection, actor.userid, "hand_to", talk)
        text = cards.REMINDER if talk.kind == Kind.REMINDER else cards.ARRANGE
        cards.tell(self.mailbox, connection, [found.userid], text, (cards.open_button(talk.ref),))
        return self.talk(connection, talk.id)

    def cancel(self, connection: Connection, talk_id: int, by: str) -> None:
        """Take an arranged talk back (its event was revoked, somebody left); who had heard of it is told."""
        talk = self.talk(connection, talk_id)
        if talk.kind == Kind.ASKED or talk.state not in rules.OPEN:
            return
        store.change(connection, talk.id, state=State.ENDED, changed_at=self.now())
        self.note(connection, by, "cancel", talk)
        told = [talk.userid] if talk.state == State.FIXED and talk.kind == Kind.ARRANGED else []
        cards.tell(self.mailbox, connection, told, cards.CALLED_OFF)
        cards.tell(self.mailbox, connection, [talk.leader], "一次需要您安排的谈话已取消。")

    # -- 谈话提醒

    def require_reminders(self, connection: Connection, actor: Person) -> str:
        """The clause on which somebody may enter names. Raises Refused: another role, or a silent document."""
        if not set(actor.roles) & set(ENTERED_BY):
            raise Refused("这一步由组织人事部门办理。")
        clause = rules.reminder_clause(self.facts(connection, actor.org))
        if clause is None:
            raise Refused("您单位文件没有规定谈话提醒，不能录入。")
        return clause

    def enter_reminder_talk(
        self, connection: Connection, actor: Person, userid: str, reviewed_on: dt.date, reference: str,
        tell: bool = True,
    ) -> int:  # fmt: skip
        """HR enters a name after the committee's review; the 分管领导 alone is told. Returns the talk's id.

        No ranking or score is taken. Raises Refused where the document does not know it (only sdju 第七条, nq 9 and
        ldu 二(三) do), no review is named or the roster has no 分管领导; NotFound for another organisation's member.
        """
        clause = self.require_reminders(connection, actor)
        about = self.person(connection, userid)
        if about is None or about.org != actor.org:
            raise NotFound
        if reviewed_on > self.mailbox.clock.today() or not reference.strip():
            raise Refused("请写明研判的日期和会议或文件编号。")
        leader = self.person(connection, about.supervisor)
        if leader is None:
            raise Refused("花名册没有登记这名干部的分管领导，请先补登。")
        for row in store.open_of(connection, about.userid, Kind.REMINDER):
            if body_of(self.mailbox.cipher, row).get("reviewed_on") == reviewed_on.isoformat():
                return int(row.id)
        body = {"reviewed_on": reviewed_on.isoformat(), "reference": reference.strip()[: rules.MAX_WORDS]}
        new = {
            "kind": Kind.REMINDER, "state": State.PLANNED, "org": about.org, "userid": about.userid,
            "leader": leader.userid, "number": None, "policy": self.desk.policy(actor.org), "clause": clause,
            "due_on": None, "announced": False, "changed_at": self.now(), "body": self.seal(body),
        }  # fmt: skip
        talk = self.talk(connection, store.add(connection, new))
        self.note(connection, actor.userid, "enter_reminder", talk)
        if tell:
            cards.tell(self.mailbox, connection, [leader.userid], cards.REMINDER, (cards.open_button(talk.ref),))
        return talk.id

    def record(
        self, connection: Connection, hr: Person, userid: str, leader: str, held_on: dt.date, ref: str = ""
    ) -> Talk:
        """HR puts on record that a talk took place: when and between whom, never about what. Returns the talk.

        `ref`: an arranged talk that is still open; without it the talk is put on record anew. Raises Refused (another
        role, a day to come, the officer's own talk, one that has ended), NotFound (nobody of this organisation).
        """
        about, held_by = self.person(connection, userid), self.person(connection, leader)
        if "hr" not in hr.roles or same(hr.userid, userid):
            raise Refused("这一步由组织人事部门办理，本人的谈话由他人登记。")
        if held_on > self.mailbox.clock.today():
            raise Refused("谈话日期不能晚于今天。")
        if about is None or held_by is None or {about.org, held_by.org} != {hr.org} or same(userid, leader):
            raise NotFound
        if ref:
            talk = self.talk(connection, self.row(connection, ref).id)
            if talk.org != hr.org or talk.kind != Kind.ARRANGED or not same(talk.userid, userid):
                raise NotFound
            if talk.state not in rules.OPEN:
                raise Refused("这次谈话已经结束，不用再登记。")
        else:
            new = {
                "kind": Kind.ARRANGED, "state": State.PLANNED, "org": hr.org, "userid": about.userid,
                "leader": held_by.userid, "number": None, "policy": None, "clause": None, "due_on": held_on,
                "announced": True, "changed_at": self.now(), "body": self.seal({"occasion": "regular"}),
            }  # fmt: skip
            talk = self.talk(connection, store.add(connection, new))
        store.change(connection, talk.id, state=State.HELD, leader=held_by.userid, changed_at=self.now())
        self.reseal(connection, self.row(connection, talk.ref), held_on=held_on.isoformat())
        self.note(connection, hr.userid, "record", talk, held_on=held_on.isoformat())
        return self.talk(connection, talk.id)

    # -- lists

    def owed(self, connection: Connection, leader: str) -> list[Owed]:
        """The talks somebody has to hold, arranged ones and 谈话提醒, open or done; no content, no occasion."""
        rows = store.of_leader(connection, leader, (Kind.ARRANGED, Kind.REMINDER))
        return [self._owed(connection, self.talk(connection, row.id)) for row in rows]

    def of_org(self, connection: Connection, hr: Person) -> list[Owed]:
        """All arranged talks of HR's organisation. Raises Refused for anybody else."""
        if "hr" not in hr.roles:
            raise Refused("这一步由组织人事部门办理。")
        rows = store.of_org(connection, hr.org, Kind.ARRANGED)
        return [
            self._owed(connection, self.talk(connection, row.id)) for row in rows if not same(row.userid, hr.userid)
        ]

    def _owed(self, connection: Connection, talk: Talk) -> Owed:
        state = rules.shown_state(talk, self.mailbox.clock.today())
        name, leader = self.name(connection, talk.userid), self.name(connection, talk.leader)
        return Owed(talk.ref, talk.kind, talk.userid, name, state, talk.due_on, talk.starts_at, leader)

    def status(self, connection: Connection, talk_id: int) -> str:
        """待谈话 | 逾期 | 已完成 | 已取消. Raises NotFound."""
        return rules.shown_state(self.talk(connection, talk_id), self.mailbox.clock.today())

    def fixed_with(self, connection: Connection, person: Person) -> list[tuple[Talk, str]]:
        """The talks with a fixed time in which somebody has a part, each with the other's name; no occasion."""
        rows = store.fixed_of(connection, person.userid, (Kind.ASKED, Kind.ARRANGED))
        found = [self.talk(connection, row.id) for row in rows]
        return [
            (talk, self.name(connection, talk.userid if same(talk.leader, person.userid) else talk.leader))
            for talk in found
        ]

    def _led(self, connection: Connection, ref: str, leader: Person, *kinds: Kind) -> Talk:
        talk = self.talk(connection, self.row(connection, ref).id)
        if talk.kind not in kinds or not same(talk.leader, leader.userid):
            raise NotFound
        return talk
