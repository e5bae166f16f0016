"""The dossier of a case: everything a handler may see, laid out like an official form, as PDF.

Whom an exclusion concerns and why stays out of it; a decision that is entered but not confirmed is no decision.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from core.cases import fonts, labels, store, views
from core.cases.decisions import CHECKS
from core.cases.drafts import Received
from core.cases.rules import HANDLER_LABEL, TYPE_LABEL, Case, Type, form
from core.cases.service import Desk
from core.clock import SHANGHAI
from core.db import Connection
from core.errors import ChengyaoError
from core.people import store as people
from core.people.rules import Person

Pairs = tuple[tuple[str, str], ...]
NO_LIBRARY = "没有找到排版用的系统库，不能生成 PDF。请安装：apt install libpango-1.0-0 libpangoft2-1.0-0"
_TITLE = {Type.TOLERANCE: "容错申请办理卷宗", Type.CLARIFICATION: "澄清申请办理卷宗"}
_DECISION = (
    "outcome", "body", "date", "reference", "clause", "reason", "explanation", "procedure_reference",
    "influence_until", "scope", "form", "wording", "agreed_on", "correction_reason", "correction_demand",
    "correction_due",
)  # fmt: skip


@dataclass(frozen=True)
class Piece:
    """A file of the case with its place; `part` says whether it came with the request or a supplement."""

    seq: int
    part: str
    file: Received
    at: str


@dataclass(frozen=True)
class Event:
    """One line of the history; `words` are the labelled details of the move."""

    at: str
    who: str
    move: str
    step: str
    words: Pairs


@dataclass(frozen=True)
class Dossier:
    """All of a case as shown text, its files as references into the vault."""

    case: Case
    title: str
    made_at: str
    made_by: str
    head: Pairs
    fields: Pairs
    pieces: tuple[Piece, ...]
    supplements: Pairs
    checks: tuple[tuple[str, str, str], ...]
    decision: Pairs
    afterwards: Pairs
    events: tuple[Event, ...]


def gather(desk: Desk, connection: Connection, number: str, viewer: Person, reason: str) -> Dossier:
    """Read a case for a copy, on a write transaction. Raises NotFound, Refused (no handler, kept out, no reason)."""
    case = desk.copying(connection, number, viewer, reason)
    names = {one.userid: one.name for one in people.of_org(connection, case.org)}
    return Dossier(
        case=case,
        title=_TITLE[case.type],
        made_at=_moment(desk.mailbox.clock.now()),
        made_by=_who(viewer.userid, names),
        head=_head(desk, connection, case),
        fields=_fields(desk, connection, case),
        pieces=_pieces(desk, connection, case),
        supplements=_supplements(desk, connection, case),
        checks=tuple(
            (check.label, check.clause, labels.CHECK_STATE[state])
            for check, state in views.checklist(desk, connection, case)
        ),
        decision=_decision(desk, connection, case),
        afterwards=_afterwards(case),
        events=tuple(_events(desk, connection, case, names)),
    )


def _head(desk: Desk, connection: Connection, case: Case) -> Pairs:
    person = people.by_userid(connection, case.applicant)
    contact = desk.orgs[case.org].contact(case.office) if case.org in desk.orgs else None
    return (
        ("编号", case.number),
        ("申请类型", TYPE_LABEL[case.type]),
        ("申请人", person.name if person else case.applicant),
        ("职务", " ".join(filter(None, (person.post, person.rank))) if person else ""),
        ("单位", desk.orgs[case.org].name if case.org in desk.orgs else case.org),
        ("部门", case.unit),
        ("提交时间", _moment(case.submitted_at)),
        ("承办部门", contact.office if contact else labels.OFFICE_LABEL.get(case.office, case.office)),
        ("目前状态", HANDLER_LABEL[case.status]),
        ("办结时间", _moment(case.closed_at) if case.closed_at else ""),
    )


def _fields(desk: Desk, connection: Connection, case: Case) -> Pairs:
    given = desk.fields(connection, case)
    names = {item.name: item.label for intake in ("full", "appointment") for item in form(case.type, intake)}
    found = []
    for name, value in given.items():
        understood = f"（{value.value}）" if value.value and value.value != value.text else ""
        found.append((names.get(name, name), _clean(value.text + understood)))
    return tuple(found)


def _pieces(desk: Desk, connection: Connection, case: Case) -> tuple[Piece, ...]:
    return tuple(
        Piece(place, "补充" if file.supplement else "随申请", file, _moment(file.at) if file.at else "")
        for place, file in enumerate(desk.files(connection, case), start=1)
    )


def _supplements(desk: Desk, connection: Connection, case: Case) -> Pairs:
    rows = store.parts(connection, "supplements", case.id)
    opened = ((row.at, desk.mailbox.cipher.open_json(row.body, "case_supplements")["text"]) for row in rows)
    return tuple((_moment(at), _clean(text) or "（仅材料）") for at, text in opened)


def _decision(desk: Desk, connection: Connection, case: Case) -> Pairs:
    """What the competent body decided, once a second person has confirmed the entry."""
    sealed = store.decision_of(connection, case.id) if case.confirmed_by else None
    entered: dict[str, str] = desk.mailbox.cipher.open_json(sealed, "cases") if sealed else {}
    return _labelled(entered, _DECISION)


def _afterwards(case: Case) -> Pairs:
    told = (("当面告知日期", case.told_on.isoformat()),) if case.told_on else ()
    state = labels.CORRECTION_STATE.get(case.correction or "")
    return (*told, ("整改情况", state)) if state else told


def _events(desk: Desk, connection: Connection, case: Case, names: Mapping[str, str]) -> Iterable[Event]:
    for row in store.parts(connection, "events", case.id):
        hidden = row.move in labels.EXCLUSION_MOVES
        body: dict[str, str] = {} if hidden else desk.mailbox.cipher.open_json(row.body, "case_events")
        given = {name: _named(name, value) for name, value in body.items()}
        changed = row.from_status != row.to_status
        step = f"{HANDLER_LABEL[row.from_status]} → {HANDLER_LABEL[row.to_status]}" if changed else ""
        move = labels.MOVE_LABEL.get(row.move, row.move)
        yield Event(_moment(row.at), _who(row.actor, names), move, step, _labelled(given, given))


def _named(name: str, value: str) -> str:
    if name == "item":
        return next((check.label for check in CHECKS if check.item == value), value)
    if name == "state":
        return labels.CHECK_STATE.get(value, value)
    return labels.OFFICE_LABEL.get(value, value) if name == "office" else value


def _labelled(details: Mapping[str, str], order: Iterable[str]) -> Pairs:
    return tuple((labels.ALL_DETAILS.get(name, name), _clean(details[name])) for name in order if details.get(name))


def _who(userid: str, names: Mapping[str, str]) -> str:
    return f"{names[userid]}（{userid}）" if userid in names else userid


def _moment(at: dt.datetime) -> str:
    return f"{at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"


def _clean(text: str) -> str:
    """Without what has no place on paper."""
    return "".join(sign for sign in text if sign.isprintable() or sign == "\n").strip()


# -- the page


@cache
def _template() -> Any:
    loader = FileSystemLoader(Path(__file__).parent)
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined).get_template("dossier.html.j2")


def page(dossier: Dossier) -> str:
    """The HTML behind the PDF."""
    return str(_template().render(dossier=dossier))


def pdf(dossier: Dossier) -> bytes:
    """The dossier as PDF; reaches no network and no file. Raises ChengyaoError where Pango or a Chinese font lacks."""
    try:
        from weasyprint import HTML  # slow to import, and needed by nothing but this
        from weasyprint.urls import URLFetcher
    except OSError:
        raise ChengyaoError(NO_LIBRARY) from None
    if not fonts.chinese():
        raise ChengyaoError(fonts.NO_FONTS)
    made: bytes = HTML(string=page(dossier), url_fetcher=URLFetcher(allowed_protocols=())).write_pdf()
    return made
