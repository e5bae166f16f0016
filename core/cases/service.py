"""Commands on cases. Each works on the caller's transaction: case, audit entry and cards commit together.

A refused command changes nothing but leaves its audit entry, so the caller must commit after Refused and NotFound:
catch them inside the transaction, or open it with `Desk.work`, which does so.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from core.cases import access, decisions, effects, rules, store
from core.cases.counter import Counter
from core.cases.drafts import Received
from core.cases.routing import Route, route
from core.cases.rules import Case, Draft, Field, Role, Status, Type
from core.clock import SHANGHAI
from core.db import Connection
from core.errors import NotFound, Refused
from core.people import store as people
from core.people.rules import Person

WITHDRAWN_WORDS = "撤回申请不影响组织依规开展的核实，已提交的材料按规定留存。"
_FILED_FOR_YOU = "所在党组织已为您提交一件容错申请，请打开查看"


@dataclass(frozen=True)
class Submitted:
    """A case that was handed in. `repeated`: it had been before and nothing was changed. `evidence` for the receipt."""

    case: Case
    route: Route
    evidence: tuple[Received, ...]
    repeated: bool = False


class Desk(Counter):
    """The commands on cases."""

    # -- handing in

    def submit(
        self, connection: Connection, person: Person, draft: Draft, filed_by: Person | None = None
    ) -> Submitted:
        """Make a case of a draft; the same draft again gives the same case.

        `filed_by`: the second-level party organisation's officer (sdju only, 第十二条(一)); the cadre is told.
        Raises Refused when something required is missing or the organisation takes no requests here.
        """
        author = filed_by or person
        with self._guard(connection, author, "submit", f"draft:{draft.key[:8]}"):
            way = route(self._org(person.org), draft.type, self.documents(connection))
            if known := store.case_by_draft(connection, draft.key):
                if known.applicant != person.userid:
                    raise NotFound
                return Submitted(known, way, tuple(self.files(connection, known)), repeated=True)
            self._require_draft(person, draft, filed_by)
            case = self._insert(connection, person, draft, author, way)
            self._tell_submitted(connection, case, person, author)
            return Submitted(case, way, tuple(self.files(connection, case)))

    def _require_draft(self, person: Person, draft: Draft, filed_by: Person | None) -> None:
        if draft.userid != (filed_by or person).userid:
            raise NotFound
        intake = self._org(person.org).intake
        if intake == "off":
            raise Refused("本单位暂不在这里受理申请；已填写的内容仍然保留。")
        if filed_by and not self._may_file_for(filed_by, person, draft.type):
            raise Refused("这一步不由您办理。")
        if missing := rules.missing_fields(rules.form(draft.type, intake), draft.fields):
            raise Refused("还缺少：" + "、".join(item.label for item in missing) + "。")
        if any(len(given.text) > rules.MAX_TEXT for given in draft.fields.values()):
            raise Refused(f"内容超过 {rules.MAX_TEXT:,} 字，未提交。")

    def _may_file_for(self, officer: Person, cadre: Person, case_type: Type) -> bool:
        same = officer.org == cadre.org and bool(officer.party_org) and officer.party_org == cadre.party_org
        party = rules.PARTY_TAG in officer.tags and officer.userid != cadre.userid
        return same and party and case_type == Type.TOLERANCE and self.policy(cadre.org) == "sdju"

    def _insert(self, connection: Connection, person: Person, draft: Draft, author: Person, way: Route) -> Case:
        now = self.mailbox.clock.now()
        year = now.astimezone(SHANGHAI).year
        number = rules.number_for(draft.type, year, store.next_number(connection, rules.PREFIX[draft.type], year))
        row = {
            "number": number, "type": draft.type, "status": Status.SUBMITTED, "org": person.org,
            "unit": person.department, "applicant": person.userid, "filed_by": author.userid, "office": way.office,
            "draft": draft.key, "submitted_at": now, "changed_at": now,
        }  # fmt: skip
        case_id = store.add_case(connection, row)
        self._fill(connection, case_id, draft, rules.form(draft.type, self._org(person.org).intake))
        case = self._read(connection, number)
        self._exclude(connection, case, person, draft)
        self._event(connection, case, author, "submit", Status.DRAFT, Status.SUBMITTED, {})
        return case

    def _fill(self, connection: Connection, case_id: int, draft: Draft, asked: tuple[Field, ...]) -> None:
        """Hand the draft's fields and files over. By appointment nothing but the time is taken, no file either."""
        for position, item in enumerate(asked):
            if given := draft.fields.get(item.name):
                body = self.mailbox.cipher.seal_json([given.value, given.text], "case_fields")
                values = {"case_id": case_id, "position": position, "name": item.name, "body": body}
                store.add_part(connection, "fields", values)
        files = [file.id for file in store.evidence_of(connection, draft=draft.key)]
        owner = None if asked == rules.BY_APPOINTMENT else case_id
        store.update_evidence(connection, files, draft=None, case_id=owner)
        store.drop_draft(connection, draft.key)

    def _exclude(self, connection: Connection, case: Case, person: Person, draft: Draft) -> None:
        """Propose whom to keep out before anybody hears of the case; a talk may well be with the one it names."""
        if draft.type == Type.TALK:
            return
        texts = [given.text for given in draft.fields.values()]
        for userid, ground in decisions.exclusions(person, texts, access.available(connection, case)).items():
            now = self.mailbox.clock.now()
            effects.propose(connection, self.mailbox.cipher, case.id, userid, rules.SYSTEM.userid, now, ground)

    def _tell_submitted(self, connection: Connection, case: Case, person: Person, author: Person) -> None:
        if case.type == Type.TALK:
            from core.talks.service import Talks  # talks stand on the desk

            Talks(self).received(connection, case)
            return
        access.tell_handlers(self.mailbox, connection, case, access.NEW)
        if author.userid != person.userid:
            access.tell(self.mailbox, connection, [person.userid], _FILED_FOR_YOU)

    # -- afterwards

    def move(self, connection: Connection, number: str, move: str, actor: Person, **details: str) -> Case:
        """Make one move of the table; returns the case as it is then.

        Raises NotFound (no such case for this actor: the same, and audited alike, whether it exists or not) and
        Refused (the table, the role, exclusion, a missing detail or a document's own demand forbids it).
        """
        if move in ("supplement", "answer"):
            return self.supplement(connection, number, actor, details.get("text", ""))
        if move == "decide":
            return self._decide(connection, number, actor, details)
        with self._guard(connection, actor, move, number):
            case, roles = self._open(connection, number, actor)
            transition = self._transition(case, move, roles)
            rules.require(transition, details)
            step = self._step(connection, case, actor, roles, details)
            return self._apply(step, move, transition, effects.effect(move, step))

    def withdraw(self, connection: Connection, number: str, actor: Person, reason: str) -> Case:
        """Take a request back, until it is decided. Say WITHDRAWN_WORDS with it."""
        return self.move(connection, number, "withdraw", actor, reason=reason)

    def supplement(
        self, connection: Connection, number: str, actor: Person, text: str = "", evidence: Iterable[int] = ()
    ) -> Case:
        """Add words or files (evidence ids) after submission, kept apart; answers a request for more if one is open."""
        with self._guard(connection, actor, "supplement", number):
            case, roles = self._open(connection, number, actor)
            move = "answer" if case.status == Status.RETURNED else "supplement"
            transition = self._transition(case, move, roles)
            rules.require(transition, {"text": text})
            rows = store.loose_evidence(connection, actor.userid, evidence)
            rows = [row for row in rows if row.file is not None]
            if not text.strip() and not rows:
                raise Refused("请写明要补充的内容，或发来材料。")
            step = self._step(connection, case, actor, roles, {})
            body = self.mailbox.cipher.seal_json({"text": text}, "case_supplements")
            values = {"case_id": case.id, "at": step.now, "actor": actor.userid, "body": body}
            supplement_id = store.add_part(connection, "supplements", values)
            seq = len(store.evidence_of(connection, case_id=case.id))
            for place, row in enumerate(rows, start=seq + 1):
                store.update_evidence(connection, [row.id], case_id=case.id, supplement_id=supplement_id, seq=place)
            return self._apply(step, move, transition, {})

    # -- the decision: entered by one, confirmed by another

    def _decide(self, connection: Connection, number: str, actor: Person, details: dict[str, str]) -> Case:
        """Both halves at once, for the operator at the command line, who names the `second` person."""
        with self._guard(connection, actor, "decide", number):
            self._enter(connection, number, actor, details, both=True)
            second = people.by_userid(connection, details["second"])
            assert second is not None  # `_enter` has looked
            return self._confirm(connection, number, second)

    def enter_decision(self, connection: Connection, number: str, actor: Person, **details: str) -> Case:
        """Enter what the competent body decided; the case stays as it is until somebody else confirms it."""
        with self._guard(connection, actor, "decide", number):
            return self._enter(connection, number, actor, details)

    def confirm_decision(self, connection: Connection, number: str, second: Person) -> Case:
        """The second authorised person, signed in as such, confirms the entry; only then is the case decided."""
        with self._guard(connection, second, "confirm", number):
            return self._confirm(connection, number, second)

    def _enter(
        self, connection: Connection, number: str, actor: Person, details: dict[str, str], both: bool = False
    ) -> Case:
        case, roles = self._open(connection, number, actor)
        transition = self._transition(case, "decide", roles)
        needs = tuple(name for name in transition.needs if both or name != "second")
        rules.require(replace(transition, needs=needs), details)
        if both:
            access.second_person(connection, case, details["second"], actor)
        step = self._step(connection, case, actor, roles, details)
        store.update_case(connection, case.id, changed_at=step.now, **effects.enter(step))
        self._event(connection, case, actor, "enter_decision", case.status, case.status, {"reason": details["reason"]})
        return self._read(connection, case.number)

    def _confirm(self, connection: Connection, number: str, second: Person) -> Case:
        case, roles = self._open(connection, number, second)
        transition = self._transition(case, "decide", roles)
        step = self._step(connection, case, second, roles, {})
        values = effects.confirm(step)
        return self._apply(replace(step, details={"reason": step.decision()["reason"]}), "decide", transition, values)

    def reject_decision(self, connection: Connection, number: str, second: Person, reason: str) -> Case:
        """The second person sends an entry back; it can be entered anew."""
        with self._guard(connection, second, "reject", number):
            case, roles = self._open(connection, number, second)
            self._transition(case, "decide", roles)
            if not case.decided_by or case.decided_by == second.userid or not reason.strip():
                raise Refused("没有可退回的认定，或没有写明理由。")
            now = self.mailbox.clock.now()
            store.update_case(connection, case.id, decision=None, decided_by=None, changed_at=now)
            self._event(connection, case, second, "reject_decision", case.status, case.status, {"reason": reason})
            return self._read(connection, case.number)

    # -- reading

    def find(self, connection: Connection, number: str, viewer: Person) -> tuple[Case, frozenset[Role]]:
        """A case the viewer may open, and as what. Raises NotFound, Refused; both are audited."""
        with self._guard(connection, viewer, "read", number):
            return self._open(connection, number, viewer)

    # -- copies for the file

    def copying(self, connection: Connection, number: str, viewer: Person, reason: str) -> Case:
        """The case a handler takes a copy of, with the reason. Raises NotFound, Refused; both are audited."""
        with self._guard(connection, viewer, "export", number):
            case, roles = self._open(connection, number, viewer)
            if Role.HANDLER not in roles or case.type == Type.TALK:
                raise Refused("这一步不由您办理。")
            if not reason.strip():
                raise Refused("缺少：理由。")
            return case

    def copied(self, connection: Connection, case: Case, viewer: Person, reason: str) -> None:
        """Note in the case's history and in the trail that a copy was made."""
        self._event(connection, case, viewer, "export", case.status, case.status, {"reason": reason})
