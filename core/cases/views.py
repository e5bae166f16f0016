"""Reading cases: lists, the whole case for handlers and the command line, progress in the applicant's words."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core import audit
from core.cases import decisions, store
from core.cases.counter import tidy
from core.cases.drafts import Received
from core.cases.labels import EXCLUSION_MOVES
from core.cases.routing import protects
from core.cases.rules import HANDLER_ROLES, TYPE_LABEL, Case, FieldValue, Role, Status, applicant_label, roles_in
from core.cases.service import Desk
from core.clock import SHANGHAI
from core.db import Connection
from core.errors import NotFound, Refused
from core.people.rules import Person

_WORDS = ("reason", "text", "note")


@dataclass(frozen=True)
class Progress:
    """What the applicant may know. `note`: the body's words on a return, refusal or transfer.

    `result` is the decision, only once it was told in person; `protects`: (clause, about, items) of the organisation's
    own document after an exemption, no more than it says.
    """

    number: str
    kind: str
    status: str
    office: str
    phone: str
    submitted_at: dt.datetime
    note: str
    fields: Mapping[str, FieldValue]
    evidence: tuple[Received, ...]
    supplements: tuple[tuple[dt.datetime, str], ...]
    result: Mapping[str, str] | None = None
    protects: tuple[tuple[str, str, tuple[str, ...]], ...] = ()
    correction: str | None = None


def rows(connection: Connection, userid: str | None = None) -> list[dict[str, str]]:
    """`cases list --json`: number, type and status of all cases or one applicant's; no drafts."""
    found = store.cases_where(connection, applicant=userid)
    return [{"number": case.number, "type": case.type.value, "status": case.status.value} for case in found]


def mine(connection: Connection, person: Person) -> list[tuple[Case, str]]:
    """我的申请: the person's cases with the status in the applicant's words."""
    return [(case, applicant_label(case)) for case in store.cases_where(connection, applicant=person.userid)]


def queue(connection: Connection, handler: Person) -> list[Case]:
    """The cases of the handler's organisation, without own ones and those the handler is kept out of."""
    if not set(handler.roles) & set(HANDLER_ROLES):
        return []
    found = store.cases_where(connection, org=handler.org, barred=handler.userid)
    return [case for case in found if case.applicant != handler.userid and roles_in(handler, case, None)]


def show(desk: Desk, connection: Connection, number: str, viewer: Person | None = None) -> dict[str, Any]:
    """`cases show --json`, for a handler or (None) the operator at the command line; the reading is audited.

    Needs a write transaction. Raises NotFound, Refused. Applicants get `progress`.
    """
    if viewer is None:
        case = store.case_by_number(connection, tidy(number))
        if case is None:
            raise NotFound("没有查到。")
    else:
        case, roles = desk.find(connection, number, viewer)
        if Role.HANDLER not in roles:
            raise Refused("这一步不由您办理。")
    now = desk.mailbox.clock.now()
    audit.record(connection, now, viewer.userid if viewer else "cli", "case.read", case.number)
    files = desk.files(connection, case)
    fields = desk.fields(connection, case)
    return {
        "number": case.number,
        "type": case.type.value,
        "status": case.status.value,
        "fields": {name: {"value": given.value, "text": given.text} for name, given in fields.items()},
        "evidence": [_file(file) for file in files if file.supplement is None],
        "supplements": _supplements(desk, connection, case, files),
        "events": _events(desk, connection, case),
    }


def _file(file: Received) -> dict[str, Any]:
    return {"name": file.name, "mime": file.mime, "bytes": file.bytes, "sha256": file.sha256}


def _supplements(desk: Desk, connection: Connection, case: Case, files: list[Received]) -> list[dict[str, Any]]:
    found = []
    for row in store.parts(connection, "supplements", case.id):
        text = desk.mailbox.cipher.open_json(row.body, "case_supplements")["text"]
        own = [_file(file) for file in files if file.supplement == row.id]
        found.append({"at": _shown(row.at), "text": text, "evidence": own})
    return found


def _events(desk: Desk, connection: Connection, case: Case) -> list[dict[str, str]]:
    found = []
    for row in store.parts(connection, "events", case.id):
        body = desk.mailbox.cipher.open_json(row.body, "case_events")
        shown = {} if row.move in EXCLUSION_MOVES else body  # why somebody is kept out is not shown to others
        reason = next((shown[name] for name in _WORDS if shown.get(name)), "")
        event = {"at": _shown(row.at), "actor": row.actor, "from": row.from_status, "to": row.to_status}
        found.append(event | {"reason": reason})
    return found


def _shown(at: dt.datetime) -> str:
    return at.astimezone(SHANGHAI).isoformat(timespec="seconds")


def checklist(desk: Desk, connection: Connection, case: Case) -> list[tuple[decisions.Check, str | None]]:
    """The document's check list with the state of each item (done | not_applicable | None), for handlers."""
    states = {row.item: row.state for row in store.parts(connection, "checks", case.id)}
    return [(check, states.get(check.item)) for check in decisions.checks_for(desk.policy(case.org), case.type)]


def progress(desk: Desk, connection: Connection, number: str, person: Person) -> Progress:
    """One's own case. Raises NotFound (audited) for any other number, as for one that does not exist."""
    case, roles = desk.find(connection, number, person)
    if Role.APPLICANT not in roles:
        raise NotFound
    contact = desk.orgs[case.org].contact(case.office)
    files = desk.files(connection, case)
    added = _supplements(desk, connection, case, files)
    result = _result(desk, connection, case) if case.told_on else None
    return Progress(
        number=case.number,
        kind=TYPE_LABEL[case.type],
        status=applicant_label(case),
        office=contact.office if contact else "",
        phone=contact.phone if contact else "",
        submitted_at=case.submitted_at,
        note=_note(desk, connection, case),
        fields=desk.fields(connection, case),
        evidence=tuple(files),
        supplements=tuple((dt.datetime.fromisoformat(one["at"]), one["text"]) for one in added),
        result=result,
        protects=_protects(desk, connection, case, result),
        correction=case.correction if case.told_on else None,
    )


def _result(desk: Desk, connection: Connection, case: Case) -> dict[str, str]:
    sealed = store.decision_of(connection, case.id)
    found: dict[str, str] = desk.mailbox.cipher.open_json(sealed, "cases") if sealed else {}
    return found


def _protects(
    desk: Desk, connection: Connection, case: Case, result: Mapping[str, str] | None
) -> tuple[tuple[str, str, tuple[str, ...]], ...]:
    """Only an exemption protects; lighter and reduced penalties do not."""
    if not result or result.get("outcome") != decisions.EXEMPT:
        return ()
    policy = desk.documents(connection).get(desk.policy(case.org))
    return tuple(protects(policy)) if policy else ()


def _note(desk: Desk, connection: Connection, case: Case) -> str:
    """Why it was returned, not taken on or passed on, while it stands there."""
    if case.status not in (Status.RETURNED, Status.NOT_ACCEPTED, Status.TRANSFERRED, Status.DECLINED):
        return ""
    for row in reversed(store.parts(connection, "events", case.id)):
        if row.to_status == case.status and row.from_status != row.to_status:
            return str(desk.mailbox.cipher.open_json(row.body, "case_events").get("reason", ""))
    return ""
