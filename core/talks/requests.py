"""Talks that cadres ask for: nothing counts as fixed before both sides have agreed to the same time (nq 17)."""

import datetime as dt
from dataclasses import dataclass, replace
from typing import Any

from core.cases import access
from core.cases import store as cases
from core.cases.routing import HANDLER_ROLE
from core.cases.rules import Case, FieldValue, Role
from core.db import Connection, Row
from core.errors import NotFound, Refused
from core.people import store as people
from core.people.rules import Person
from core.talks import cards, rules, store
from core.talks.ground import Ground, body_of, same
from core.talks.rules import Kind, State, Talk

_PAST = "这个时间已经过去，请另写一个时间。"
_LONG = f"内容超过 {rules.MAX_WORDS} 字，未保存。"


@dataclass(frozen=True)
class Received:
    """Where a new request went: to the member it names (`leader`), or to the office (`leader` '').

    `by_right`: the clause that lets a cadre ask a leader; None: the document says nothing of it and it is passed on.
    """

    leader: str
    by_right: tuple[str, str] | None


@dataclass(frozen=True)
class View:
    """A talk as one side may see it. `side`: leader | cadre | hr."""

    talk: Talk
    side: str
    cadre: Person | None
    leader: str
    fields: dict[str, FieldValue]
    status: str
    wish: str
    wish_text: str
    wished: str
    reason: str = ""


class Requests(Ground):
    """The commands on talks asked for. Each works on the caller's transaction."""

    def received(self, connection: Connection, case: Case) -> Received:
        """A request was handed in: find out whom it is for and tell them; called by the desk with the submission."""
        given = self.desk.fields(connection, case)
        asker = people.by_userid(connection, case.applicant)
        if asker is None:
            raise NotFound
        clause = rules.gives_right(self.facts(connection, case.org))
        members = people.of_org(connection, case.org)
        words = given["talk_with"].text if "talk_with" in given else ""
        wished = rules.wished(words, asker, members)
        leader = wished.userid if wished and clause else ""
        time = given.get("preferred_time", FieldValue("", ""))
        policy = self.desk.policy(case.org)
        body = {"wish": time.value, "wish_text": time.text, "wished": wished.userid if wished else ""}
        row = {
            "kind": Kind.ASKED, "state": State.PLANNED, "org": case.org, "userid": case.applicant, "leader": leader,
            "number": case.number, "policy": policy if clause else None, "clause": clause, "due_on": None,
            "announced": True, "changed_at": self.now(), "body": self.seal(body),
        }  # fmt: skip
        store.add(connection, row)
        if leader:
            cases.update_case(connection, case.id, handler=leader)
        self._tell_new(connection, case, leader)
        return Received(leader, (policy, clause) if clause else None)

    def _tell_new(self, connection: Connection, case: Case, leader: str) -> None:
        told = [leader] if leader else self.office(connection, case)
        cards.tell(self.mailbox, connection, told, cards.NEW, (cards.open_button(case.number),))

    def office(self, connection: Connection, case: Case) -> list[str]:
        """Who looks after a request that names no member: the office's people, else the other's, else caretakers."""
        left = access.available(connection, case)
        own = [one.userid for one in left if HANDLER_ROLE[case.office] in one.roles]
        return own or [one.userid for one in left] or access.caretakers(connection, case.org)

    def received_as(self, connection: Connection, number: str) -> Received:
        """Where a request went, for the receipt. Raises NotFound."""
        row = self.row(connection, number)
        return Received(row.leader, (row.policy, row.clause) if row.policy and row.clause else None)

    # -- looking

    def look(self, connection: Connection, ref: str, person: Person) -> View:
        """A talk for whoever has a part in it. Raises NotFound, Refused."""
        row = self.row(connection, ref)
        talk = self.talk(connection, row.id)
        body = body_of(self.mailbox.cipher, row)
        view = View(
            talk, "", people.by_userid(connection, talk.userid), self.name(connection, talk.leader), {}, "",
            body.get("wish", ""), body.get("wish_text", ""), body.get("wished", ""),
        )  # fmt: skip
        if talk.kind != Kind.ASKED:
            return replace(view, side=self.side(connection, talk, person))
        case, roles = self.desk.find(connection, talk.ref, person)
        if not roles & {Role.APPLICANT, Role.HANDLER}:
            raise NotFound
        side = "cadre" if Role.APPLICANT in roles else "leader"
        return replace(
            view, side=side, fields=self.desk.fields(connection, case), status=case.status.value,
            reason=self._reason(connection, case),
        )  # fmt: skip

    def side(self, connection: Connection, talk: Talk, person: Person) -> str:
        """leader | cadre | hr for an arranged talk. The cadre has no part in it before it is fixed. Raises NotFound."""
        if same(talk.leader, person.userid):
            return "leader"
        if same(talk.userid, person.userid):
            fixed = talk.state in (State.FIXED, State.HELD) and talk.kind == Kind.ARRANGED
            if fixed:
                return "cadre"
            raise NotFound
        if person.org == talk.org and "hr" in person.roles:
            return "hr"
        raise NotFound

    def _reason(self, connection: Connection, case: Case) -> str:
        for event in reversed(cases.parts(connection, "events", case.id)):
            if event.move in ("decline", "withdraw"):
                return str(self.mailbox.cipher.open_json(event.body, "case_events").get("reason", ""))
        return ""

    # -- the side that was asked

    def answer_time(self, connection: Connection, ref: str, actor: Person, start: dt.datetime, place: str = "") -> bool:
        """The leader names a time: fixed (True) when the cadre asked for it, else offered to the cadre (False).

        `start`: local time. Raises Refused, NotFound.
        """
        row = self._taken(connection, ref, actor)
        self._require(start, place)
        wish = body_of(self.mailbox.cipher, row).get("wish", "")
        case = cases.case_by_number(connection, row.number)
        if case and case.status == "submitted" and rules.agreed(wish, start.replace(tzinfo=None)):
            with self.together(connection, actor, row.number):
                store.change(connection, row.id, starts_at=self.instant(start))
                self.reseal(connection, row, place=place)
                self.desk.move(connection, row.number, "accept", actor)
            return True
        with self.together(connection, actor, row.number):
            self.reseal(connection, row, proposal=start.replace(tzinfo=None).isoformat(), proposal_place=place)
            self.desk.move(connection, row.number, "propose", actor, text=rules.spoken(start))
        return False

    def decline(self, connection: Connection, ref: str, actor: Person, reason: str) -> None:
        """Not possible, with the reason the cadre reads. Raises Refused, NotFound."""
        row = self._taken(connection, ref, actor)
        self._require(None, reason)
        self.desk.move(connection, row.number, "decline", actor, reason=reason)

    def pass_on(self, connection: Connection, ref: str, actor: Person) -> str:
        """The office hands a request to the member it names; returns that member's name. Raises Refused, NotFound."""
        view = self.look(connection, ref, actor)
        if view.side != "leader" or view.talk.state != State.PLANNED:
            raise Refused("这件预约现在不能转交。")
        wished = self.person(connection, view.wished)
        if wished is None or same(wished.userid, view.talk.leader):
            raise Refused("没有可以转交的人员。")
        case = cases.case_by_number(connection, view.talk.ref)
        assert case is not None
        cases.update_case(connection, case.id, handler=wished.userid, changed_at=self.now())
        store.change(connection, view.talk.id, leader=wished.userid, changed_at=self.now())
        self.note(connection, actor.userid, "pass_on", view.talk)
        self._tell_new(connection, case, wished.userid)
        return wished.name

    def _taken(self, connection: Connection, ref: str, actor: Person) -> Row[Any]:
        """The row for the side that was asked; the first of an office who acts takes it on."""
        row = self.row(connection, ref)
        if row.kind != Kind.ASKED:
            raise NotFound
        case, roles = self.desk.find(connection, row.number, actor)
        if Role.HANDLER not in roles:
            raise Refused("这一步不由您办理。")
        if not case.handler:
            cases.update_case(connection, case.id, handler=actor.userid)
            store.change(connection, row.id, leader=actor.userid)
        return row

    def _require(self, start: dt.datetime | None, words: str) -> None:
        if start is not None and self.instant(start) <= self.now():
            raise Refused(_PAST)
        if len(words) > rules.MAX_WORDS:
            raise Refused(_LONG)

    # -- the cadre

    def agree(self, connection: Connection, ref: str, cadre: Person) -> Talk:
        """可以: the offered time is fixed. Raises Refused (also when it has passed), NotFound."""
        row = self.row(connection, ref)
        body = body_of(self.mailbox.cipher, row)
        if not body.get("proposal"):
            raise Refused("现在没有等您答复的时间。")
        start = dt.datetime.fromisoformat(body["proposal"])
        self._require(start, "")
        with self.together(connection, cadre, row.number):
            store.change(connection, row.id, starts_at=self.instant(start))
            self.reseal(connection, row, place=body.get("proposal_place", ""), proposal="", proposal_place="")
            self.desk.move(connection, row.number, "agree", cadre)
        return self.talk(connection, row.id)

    def counter(self, connection: Connection, ref: str, cadre: Person, value: str, words: str) -> None:
        """不行: the cadre asks for another time (`value` ISO as understood, `words` as said). Raises Refused."""
        self._require(None, words)
        found = rules.window(value)
        if found and self.instant(found[1]) <= self.now():
            raise Refused(_PAST)
        row = self.row(connection, ref)
        with self.together(connection, cadre, row.number):
            self.desk.move(connection, row.number, "counter", cadre, text=words)
            self.reseal(connection, row, wish=value, wish_text=words, proposal="", proposal_place="")

    def withdraw(self, connection: Connection, ref: str, cadre: Person, reason: str) -> None:
        """Take the request back, until it was held. Raises Refused, NotFound."""
        row = self.row(connection, ref)
        self.desk.move(connection, row.number, "withdraw", cadre, reason=reason)
