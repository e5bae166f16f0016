"""One case: everything on one page, every move of the transition table as a form of its own."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from console import words
from console.visit import GET, POST, Page, Visit
from core.cases import dossier
from core.cases.decisions import OUTCOMES, checks_for
from core.cases.rules import BY_APPOINTMENT, DETAIL_LABEL, ENDED, FIELDS, Role
from core.errors import Refused
from core.people.access import Right
from core.policies.rules import citation, clause_label
from core.worklist import meetings, rules, service
from core.worklist.service import File, Stale

_DONE = {"enter_decision": "entered", "confirm_decision": "confirmed", "reject_decision": "rejected"}
_LONG = ("reason", "text", "note", "explanation", "wording", "correction_reason", "correction_demand")
_DATES = ("date", "told_on", "agreed_on", "correction_due", "influence_until")
_NEVER = ("csrf", "seen", "move", "sure", "second")
_EXPORTED = "导出卷宗要写明理由。"


def show(visit: Visit) -> Response:
    """GET /cases/{number}."""
    return _page(visit)


def _page(visit: Visit, status: int = 200, problem: str = "", given: Mapping[str, str] | None = None) -> Response:
    """The case; after a refused move with the reason on top and what was typed still in its form."""
    desk = visit.parts.desk
    with desk.work() as connection:
        file = service.open_file(desk, connection, visit.path["number"], visit.person)
        policy = desk.documents(connection).get(file.policy)
        talk = meetings.meeting(desk, connection, file.case, visit.person)
    return visit.page(
        "case.html", status, title=file.case.number, file=file, problem=problem, given=given or {}, talk=talk,
        now=visit.parts.clock.now(),
        **_view(visit, file),
        cite=(lambda clause: citation(policy, clause)) if policy else clause_label,
    )  # fmt: skip


def _view(visit: Visit, file: File) -> dict[str, Any]:
    checks = checks_for(file.policy, file.case.type)
    return {
        "head": Role.HEAD in file.roles,
        "ended": file.case.status in ENDED,
        "plain": [offer for offer in file.offers if offer.move not in rules.ELSEWHERE],
        "outcomes": [name for name in OUTCOMES[file.case.type] if file.policy == "nq" or name != "说明采信了结"],
        "extras": _extras(file),
        "aspects": rules.ASPECTS,
        "before_closing": rules.before_closing(file.case),
        "open_checks": [check for check, state in file.checks if state is None],
        "has_checks": bool(checks),
        "today": visit.parts.clock.today(),
        "long": _LONG,
        "dates": _DATES,
        "me": visit.person.userid,
        "labels": {item.name: item.label for item in (*FIELDS[file.case.type], *BY_APPOINTMENT)},
    }


def _extras(file: File) -> tuple[str, ...]:
    """What a decision may have besides what every decision needs."""
    tolerance = ("procedure_reference", "explanation", "influence_until", "correction_reason", "correction_demand",
                 "correction_due")  # fmt: skip
    return tolerance if file.case.type == "tolerance" else ("scope", "form", "wording", "agreed_on", "explanation")


def move(visit: Visit) -> Response:
    """POST /cases/{number}/move: one move of the table, unless somebody else was faster."""
    name = visit.given("move")
    details = {
        key: value.strip() for key, value in visit.form.items() if key not in _NEVER and value.strip() and _known(key)
    }
    number = visit.path["number"]
    try:
        if name in rules.DESTRUCTIVE and visit.given("sure") != "yes":
            raise Refused("这一步不能撤销，请先勾选“我已核对”。")
        case = service.move(visit.parts.desk, number, name, visit.person, visit.given("seen"), details)
    except Refused as error:
        return _page(visit, 409, str(error), {"move": name, **details})
    except Stale:
        return _page(visit, 409, words.STALE, {"move": name, **details})
    if name == "exclude":  # from now on this person may not open the case
        return visit.go("/cases", "moved")
    return visit.go(f"/cases/{case.number}", _DONE.get(name, "moved"))


def _known(name: str) -> bool:
    """Details that a move can have; anything else in a form is not passed on."""
    return name in DETAIL_LABEL or name in rules.DECISION_EXTRAS or name == "office"


def meet(visit: Visit) -> Response:
    """POST /cases/{number}/talk: a time, a refusal, passing it on, whether it took place."""
    number, step = visit.path["number"], visit.given("step")
    given = {"move": step, **{name: visit.given(name) for name in ("start", "words")}}
    try:
        if step == "decline" and visit.given("sure") != "yes":
            raise Refused("这一步不能撤销，请先勾选“我已核对”。")
        start = _moment(visit.given("start"))
        meetings.answer(visit.parts.desk, number, visit.person, visit.given("seen"), step, start, visit.given("words"))
    except Refused as error:
        return _page(visit, 409, str(error), given)
    except Stale:
        return _page(visit, 409, words.STALE, given)
    return visit.go("/cases" if step == "pass_on" else f"/cases/{number}", "moved")


def _moment(raw: str) -> dt.datetime | None:
    try:
        return dt.datetime.fromisoformat(raw) if raw else None
    except ValueError:
        raise Refused("时间看不懂，请从日历中选择。") from None


def sheet(visit: Visit) -> Response:
    """POST /cases/{number}/sheet: the six aspects and the document's own lists."""
    texts = {key.removeprefix("on:"): value.strip() for key, value in visit.form.items() if key.startswith("on:")}
    number = visit.path["number"]
    try:
        service.write_sheet(visit.parts.desk, number, visit.person, visit.given("seen"), texts)
    except Refused as error:
        return _page(visit, 409, str(error), visit.form)
    except Stale:
        return _page(visit, 409, words.STALE, visit.form)
    return visit.go(f"/cases/{number}", "moved")


def export(visit: Visit) -> Response:
    """POST /cases/{number}/dossier: the dossier as PDF, with a reason, audited."""
    reason = visit.given("reason")
    if not reason:
        return _page(visit, 409, _EXPORTED)
    desk = visit.parts.desk
    with desk.work() as connection:
        made = dossier.gather(desk, connection, visit.path["number"], visit.person, reason)
    name = f"{made.case.number}-{visit.parts.clock.today():%Y%m%d}.pdf"
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(dossier.pdf(made), media_type="application/pdf", headers=headers)


PAGES = (
    Page(GET, "/cases/{number}", Right.CASES, show),
    Page(POST, "/cases/{number}/move", Right.CASES, move),
    Page(POST, "/cases/{number}/talk", Right.CASES, meet),
    Page(POST, "/cases/{number}/sheet", Right.CASES, sheet),
    Page(POST, "/cases/{number}/dossier", Right.CASES, export),
)
