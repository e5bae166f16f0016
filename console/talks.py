"""Talks the organisation arranges: who holds them, that they took place, 谈话提醒. Never what was said."""

import datetime as dt

from starlette.responses import Response

from console.reminders import service_of
from console.visit import GET, POST, Page, Visit
from core.clock import SHANGHAI
from core.errors import NotFound, Refused
from core.people.access import Right
from core.reminders.choosing import enter_reminder_talk, record_talk
from core.talks.service import Talks

_MOST = 200
_NOBODY = "花名册中没有这名人员，请核对账号。"


def show(visit: Visit) -> Response:
    """GET /talks."""
    return _page(visit)


def _page(visit: Visit, problem: str = "", status: int = 200) -> Response:
    talks = Talks(visit.parts.desk)
    with visit.parts.db.read() as connection:
        owed = talks.of_org(connection, visit.person)
        try:
            clause = talks.require_reminders(connection, visit.person)
        except Refused:
            clause = ""
    wanted = visit.asked("state")
    rows = [one for one in owed if not wanted or one.state == wanted]
    return visit.page(
        "talks.html", status, title="谈话", rows=rows[:_MOST], total=len(rows), clause=clause, problem=problem,
        state=wanted, today=visit.parts.clock.today(), zone=SHANGHAI,
        given={name: visit.given(name) for name in ("userid", "leader", "on", "reference", "ref", "form")},
    )  # fmt: skip


def record(visit: Visit) -> Response:
    """POST /talks/record: a talk took place; when and between whom."""
    try:
        day = _day(visit.given("on"))
        with visit.parts.db.write() as connection:
            record_talk(
                service_of(visit), connection, visit.person, visit.given("userid"), visit.given("leader"), day,
                visit.given("ref"),
            )  # fmt: skip
    except Refused as error:
        return _page(visit, str(error), 409)
    except NotFound:
        return _page(visit, _NOBODY, 409)
    return visit.go("/talks", "talk")


def hand(visit: Visit) -> Response:
    """POST /talks/hand: name who holds an arranged talk."""
    try:
        with visit.parts.db.write() as connection:
            Talks(visit.parts.desk).hand_to(connection, visit.given("ref"), visit.person, visit.given("leader"))
    except Refused as error:
        return _page(visit, str(error), 409)
    return visit.go("/talks", "handed")


def enter(visit: Visit) -> Response:
    """POST /talks/reminder: a name for 谈话提醒, after the committee's review."""
    try:
        day = _day(visit.given("on"))
        with visit.parts.db.write() as connection:
            enter_reminder_talk(
                service_of(visit), connection, visit.person, visit.given("userid"), day, visit.given("reference")
            )  # fmt: skip
    except Refused as error:
        return _page(visit, str(error), 409)
    except NotFound:
        return _page(visit, _NOBODY, 409)
    return visit.go("/talks", "entered_talk")


def _day(raw: str) -> dt.date:
    try:
        return dt.date.fromisoformat(raw)
    except ValueError:
        raise Refused("请填写日期。") from None


PAGES = (
    Page(GET, "/talks", Right.REMINDERS, show),
    Page(POST, "/talks/record", Right.REMINDERS, record),
    Page(POST, "/talks/hand", Right.REMINDERS, hand),
    Page(POST, "/talks/reminder", Right.REMINDERS, enter),
)
