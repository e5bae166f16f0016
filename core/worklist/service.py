"""What the console's pages do on cases: the queue, one case with everything on it, a move that minds who was faster."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from core import audit
from core.cases import decisions, store, views
from core.cases.drafts import Received
from core.cases.routing import HANDLER_ROLE
from core.cases.rules import HANDLER_ROLES, MAX_TEXT, Case, FieldValue, Role, Type
from core.cases.service import Desk
from core.db import Connection, Row
from core.errors import ChengyaoError, NotFound, Refused
from core.people import store as people
from core.people.rules import Person
from core.worklist import rules
from core.worklist import store as lists
from core.worklist.rules import Filter, Listed, Offer


class Stale(ChengyaoError):
    """The case changed after the page was opened."""


@dataclass(frozen=True)
class Event:
    """One line of a case's history. `details`: what was entered, without what only the head may know."""

    at: dt.datetime
    actor: str
    name: str
    move: str
    source: str
    target: str
    details: Mapping[str, str]


@dataclass(frozen=True)
class Exclusion:
    """Somebody kept out, or asked to be. `reason` is for the head and whoever asked."""

    userid: str
    name: str
    state: str
    by: str
    reason: str
    at: dt.datetime


@dataclass(frozen=True)
class Sheet:
    """The analysis sheet: texts by aspect or listed entry, when it was last written and by whom (name)."""

    texts: Mapping[str, str]
    at: dt.datetime | None = None
    by: str = ""

    @property
    def seen(self) -> str:
        """What its form carries so that a change in between is noticed."""
        return self.at.isoformat() if self.at else ""


@dataclass(frozen=True)
class File:
    """A case on one page."""

    case: Case
    roles: frozenset[Role]
    seen: str
    fields: Mapping[str, FieldValue]
    evidence: tuple[Received, ...]
    supplements: tuple[tuple[dt.datetime, str, tuple[Received, ...]], ...]
    events: tuple[Event, ...]
    checks: tuple[tuple[decisions.Check, str | None], ...]
    exclusions: tuple[Exclusion, ...]
    decision: Mapping[str, str]
    offers: tuple[Offer, ...]
    handlers: tuple[Person, ...]
    names: Mapping[str, str]
    policy: str
    listed: tuple[Listed, ...]
    sheet: "Sheet"

    def offer(self, move: str) -> Offer | None:
        """One of the open moves."""
        return next((one for one in self.offers if one.move == move), None)


def version(case: Case) -> str:
    """What a form carries so that a change in between is noticed."""
    return f"{case.status}@{case.changed_at.isoformat()}"


def queue(connection: Connection, handler: Person, asked: Filter) -> tuple[list[Case], int]:
    """A page of the handler's list and how many there are; nothing for somebody who handles no cases."""
    if not set(handler.roles) & set(HANDLER_ROLES):
        return [], 0
    return lists.cases_page(connection, handler.org, handler.userid, asked)


def waiting(connection: Connection, handler: Person, now: dt.datetime) -> list[Row[tuple[str, str, int, int]]]:
    """Open cases by kind, status and age."""
    if not set(handler.roles) & set(HANDLER_ROLES):
        return []
    return lists.waiting(connection, handler.org, handler.userid, now, tuple(days for days, _ in rules.AGES))


def open_file(desk: Desk, connection: Connection, number: str, viewer: Person) -> File:
    """Everything on a case, for a handler; the reading is audited. Needs a write transaction.

    Raises NotFound, Refused.
    """
    case, roles = desk.find(connection, number, viewer)
    if Role.HANDLER not in roles:
        raise NotFound
    audit.record(connection, desk.mailbox.clock.now(), viewer.userid, "case.read", case.number)
    members = _handlers(connection, case)
    names = _names(connection, case, members)
    files = desk.files(connection, case)
    policy = desk.policy(case.org)
    sealed = store.decision_of(connection, case.id)
    return File(
        case=case,
        roles=roles,
        seen=version(case),
        fields=desk.fields(connection, case),
        evidence=tuple(file for file in files if file.supplement is None),
        supplements=_supplements(desk, connection, case, files),
        events=_events(desk, connection, case, names),
        checks=tuple(views.checklist(desk, connection, case)),
        exclusions=_exclusions(desk, connection, case, viewer, roles, names),
        decision=desk.mailbox.cipher.open_json(sealed, "cases") if sealed else {},
        offers=tuple(rules.offers(case, roles, policy, store.settled_checks(connection, case.id))),
        handlers=tuple(members),
        listed=tuple(rules.listed(desk.documents(connection).get(policy), case.type)),
        sheet=_sheet(desk, connection, case),
        names=names,
        policy=policy,
    )


def _handlers(connection: Connection, case: Case) -> list[Person]:
    """Who may handle the case, its own office first."""
    barred = store.barred_from(connection, case.id)
    found = [people.by_userid(connection, userid) for userid in lists.handlers(connection, case.org)]
    kept = [one for one in found if one and one.userid.casefold() not in barred and one.userid != case.applicant]
    return sorted(kept, key=lambda one: (HANDLER_ROLE[case.office] not in one.roles, one.userid))


def _names(connection: Connection, case: Case, members: Iterable[Person]) -> dict[str, str]:
    """Names of everybody the page names."""
    userids = {row.actor for row in store.parts(connection, "events", case.id)}
    userids |= {row.userid for row in store.parts(connection, "exclusions", case.id)}
    userids |= {case.applicant, case.handler or "", case.decided_by or "", case.confirmed_by or ""}
    return lists.names(connection, userids) | {one.userid: one.name for one in members}


def _sheet(desk: Desk, connection: Connection, case: Case) -> Sheet:
    rows = lists.sheet(connection, case.id)
    if not rows:
        return Sheet({})
    last = max(rows, key=lambda row: row.at)
    texts = {row.item: desk.mailbox.cipher.open_json(row.body, "case_analysis")["text"] for row in rows}
    return Sheet(texts, last.at, lists.names(connection, {last.actor}).get(last.actor, last.actor))


def write_sheet(desk: Desk, number: str, actor: Person, seen: str, texts: Mapping[str, str]) -> None:
    """Write the analysis sheet: six aspects and the document's own lists. It decides nothing and is told to nobody.

    Raises Stale when somebody else wrote it meanwhile, Refused when the case is over or a text is too long, NotFound.
    """
    with desk.work() as connection:
        case, roles = desk.find(connection, number, actor)
        if Role.HANDLER not in roles:
            raise NotFound
        known = _sheet(desk, connection, case)
        if known.seen != seen:
            raise Stale
        if case.closed_at is not None:
            raise Refused("这件申请已经结束，分析表不再修改。")
        policy = desk.documents(connection).get(desk.policy(case.org))
        items = {name for name, _ in rules.ASPECTS} | {entry.item for entry in rules.listed(policy, case.type)}
        changed = {item: text for item, text in texts.items() if item in items and text != known.texts.get(item, "")}
        if any(len(text) > MAX_TEXT for text in changed.values()):
            raise Refused(f"内容超过 {MAX_TEXT:,} 字，未保存。")
        now = desk.mailbox.clock.now()
        for item, text in changed.items():
            body = desk.mailbox.cipher.seal_json({"text": text}, "case_analysis")
            row = {"at": now, "actor": actor.userid, "body": body}
            lists.put_sheet(connection, case.id, item, row if text.strip() else None)
        audit.record(connection, now, actor.userid, "case.analysis", case.number, entries=len(changed))


def _supplements(
    desk: Desk, connection: Connection, case: Case, files: list[Received]
) -> tuple[tuple[dt.datetime, str, tuple[Received, ...]], ...]:
    cipher = desk.mailbox.cipher
    return tuple(
        (row.at, cipher.open_json(row.body, "case_supplements")["text"],
         tuple(file for file in files if file.supplement == row.id))
        for row in store.parts(connection, "supplements", case.id)
    )  # fmt: skip


_ABOUT_EXCLUSION = ("exclude", "approve_exclusion", "deny_exclusion")


def _events(desk: Desk, connection: Connection, case: Case, names: Mapping[str, str]) -> tuple[Event, ...]:
    """The history; of exclusions only that they were dealt with (design section 4: no reason is shown to others)."""
    found = []
    for row in store.parts(connection, "events", case.id):
        details = {} if row.move in _ABOUT_EXCLUSION else desk.mailbox.cipher.open_json(row.body, "case_events")
        name = names.get(row.actor, row.actor)
        found.append(Event(row.at, row.actor, name, row.move, row.from_status, row.to_status, details))
    return tuple(found)


def _exclusions(
    desk: Desk, connection: Connection, case: Case, viewer: Person, roles: frozenset[Role], names: Mapping[str, str]
) -> tuple[Exclusion, ...]:
    """For the head; everybody else sees only what they proposed."""
    found = []
    for row in store.parts(connection, "exclusions", case.id):
        if Role.HEAD in roles or row.proposed_by == viewer.userid:
            reason = desk.mailbox.cipher.open_json(row.body, "case_exclusions")["reason"]
            name = names.get(row.userid, row.userid)
            found.append(Exclusion(row.userid, name, row.state, row.proposed_by, reason, row.at))
    return tuple(found)


def move(desk: Desk, number: str, name: str, actor: Person, seen: str, details: Mapping[str, str]) -> Case:
    """One move from a page that was opened at `seen`. Raises Stale (nothing changed), Refused, NotFound."""
    with desk.work() as connection:
        case, _ = desk.find(connection, number, actor)
        if version(case) != seen:
            raise Stale
        if case.type == Type.TALK and name in rules.BY_TALKS:
            raise Refused("请在“谈心预约”一栏办理。")
        if name == "enter_decision":
            return desk.enter_decision(connection, case.number, actor, **details)
        if name == "confirm_decision":
            return desk.confirm_decision(connection, case.number, actor)
        if name == "reject_decision":
            return desk.reject_decision(connection, case.number, actor, details.get("reason", ""))
        return desk.move(connection, case.number, name, actor, **details)


def evidence(desk: Desk, number: str, evidence_id: int, viewer: Person) -> tuple[Received, bytes]:
    """One file of a case, opened after its reading was audited. Raises NotFound, Refused, DecryptionFailed."""
    with desk.work() as connection:
        case, roles = desk.find(connection, number, viewer)
        found = next((file for file in desk.files(connection, case) if file.id == evidence_id), None)
        if Role.HANDLER not in roles or found is None or found.file is None:
            raise NotFound
        at = desk.mailbox.clock.now()
        audit.record(connection, at, viewer.userid, "case.evidence", case.number, evidence=found.id)
    return found, desk.vault.get(found.file)
