"""Reminders: the month as numbers, coverage, what is left for HR, events."""

import datetime as dt
from collections.abc import Iterable
from functools import partial
from typing import Any

from starlette.responses import Response

from console.visit import GET, POST, Page, Visit
from core.coverage import store as coverage
from core.db import Connection
from core.errors import NotFound, Refused
from core.people.access import Right
from core.reminders import catalogue, store
from core.reminders.rules import EVENTS, SENSITIVE_EVENTS
from core.reminders.service import Reminders
from core.talks.service import Talks

KINDS = {
    "talk": "谈心谈话", "reminder_talk": "谈话提醒", "health_check": "体检", "rotation": "轮岗交流",
    "correction": "整改期限",
    "influence_end": "影响期满", "supplement": "补充材料", "visit": "走访慰问", "leave": "休假", "feedback": "考核反馈",
    "review": "文件有效性核对",
}  # fmt: skip
STATES = {"planned": "待提醒", "open": "已提醒，未完成", "done": "已完成"}
COVERED = ("talk", "health_check")
_EVENTS = {name: label for name, label in EVENTS.items() if name not in ("talk_fixed", "reminder_talk")}


def service_of(visit: Visit) -> Reminders:
    """The commands on reminders over this console's desk."""
    desk = visit.parts.desk
    return Reminders(desk.mailbox, dict(desk.orgs), Talks(desk))


def show(visit: Visit) -> Response:
    """GET /reminders: numbers only."""
    today = visit.parts.clock.today()
    first, last = _month(visit.asked("month"), today)
    hr = Right.REMINDERS in visit.rights
    with visit.parts.db.read() as connection:
        days = coverage.by_day(connection, visit.person.org, first, last, unannounced=hr)
        late = overdue(visit, connection)
        covered = [(kind, by_department(visit, connection, kind)) for kind in COVERED]
    return visit.page(
        "reminders.html", title="提醒", weeks=_weeks(first, last, days), month=first, before=_shift(first, -1),
        after=_shift(first, 1), late=late, kinds=KINDS, covered=covered, rules=catalogue.rules(), today=today,
    )  # fmt: skip


def by_department(visit: Visit, connection: Connection, kind: str) -> list[Any]:
    """Coverage of the last twelve months by department, at most five minutes old."""
    org, today = visit.person.org, visit.parts.clock.today()
    count = partial(coverage.by_department, connection, org, kind, year_before(today), today)
    return visit.parts.numbers.of(("departments", org, kind, today), count)


def overdue(visit: Visit, connection: Connection) -> dict[str, int]:
    """What is overdue, by kind, at most five minutes old."""
    org, today = visit.person.org, visit.parts.clock.today()
    return visit.parts.numbers.of(("overdue", org, today), partial(coverage.overdue, connection, org, today))


def _month(raw: str, today: dt.date) -> tuple[dt.date, dt.date]:
    """First and last day of a month written 2026-11. Raises Refused."""
    try:
        first = dt.date.fromisoformat(f"{raw}-01") if raw else today.replace(day=1)
    except ValueError:
        raise Refused("月份应写成 2026-11 这样。") from None
    if not 2000 <= first.year <= 2100:
        raise Refused("没有这个月份。")
    return first, _shift(first, 1) - dt.timedelta(days=1)


def _shift(first: dt.date, months: int) -> dt.date:
    count = first.year * 12 + first.month - 1 + months
    return dt.date(count // 12, count % 12 + 1, 1)


def year_before(today: dt.date) -> dt.date:
    """The first of the month twelve months ago."""
    return _shift(today.replace(day=1), -12)


def _weeks(first: dt.date, last: dt.date, rows: Iterable[Any]) -> list[list[tuple[dt.date | None, list[Any]]]]:
    """The month as weeks from Monday; days of other months are empty."""
    by_day: dict[dt.date, list[Any]] = {}
    for row in rows:
        by_day.setdefault(row.due_on, []).append(row)
    days: list[tuple[dt.date | None, list[Any]]] = [(None, [])] * first.weekday()
    days += [(first + dt.timedelta(days=n), by_day.get(first + dt.timedelta(days=n), [])) for n in range(last.day)]
    days += [(None, [])] * (-len(days) % 7)
    return [days[start : start + 7] for start in range(0, len(days), 7)]


def listed(visit: Visit) -> Response:
    """GET /reminders/list: a month's occurrences, for HR."""
    first, last = _month(visit.asked("month"), visit.parts.clock.today())
    raw = visit.asked("from")
    start = int(raw) if raw.isascii() and raw.isdecimal() and len(raw) < 7 else 0
    with visit.parts.db.read() as connection:
        rows = coverage.listed(
            connection, visit.person.org, first, last, visit.asked("rule"), start, visit.person.userid
        )  # fmt: skip
        left = service_of(visit).hr_list(connection, visit.person) if not start else []
        names = service_of(visit).names(connection, {item.userid for item, _ in left})
    visit.parts.doors.note(visit.person.userid, "reminders.read", f"{first:%Y-%m}")
    return visit.page(
        "reminder_list.html", title="提醒清单", rows=rows[: coverage.PAGE], month=first, rules=catalogue.rules(),
        further=start + coverage.PAGE if len(rows) > coverage.PAGE else None, left=left, names=names, states=STATES,
        rule=visit.asked("rule"),
    )  # fmt: skip


def done(visit: Visit) -> Response:
    """POST /reminders/{id}/done: HR, who was told of it, says that it is done."""
    raw = visit.path["id"]
    if not (raw.isascii() and raw.isdecimal() and len(raw) < 10):
        raise NotFound
    with visit.parts.db.write() as connection:
        service_of(visit).done(connection, int(raw), visit.person)
    return visit.go("/reminders/list", "cleared")


# -- events


def events(visit: Visit) -> Response:
    """GET /events: for HR alone; what is not announced yet is seen nowhere else."""
    return _events(visit)


def _events(visit: Visit, problem: str = "", status: int = 200) -> Response:
    with visit.parts.db.read() as connection:
        rows = [row for row in store.events_of_org(connection, visit.person.org) if row.userid != visit.person.userid]
        names = service_of(visit).names(connection, {row.userid for row in rows[:200]})
    titles = {rule.id: rule.title for rule in catalogue.rules().values()}
    return visit.page(
        "events.html", status, title="登记事件", rows=rows[:200], names=names, events=_EVENTS, problem=problem,
        titles=titles, given={name: visit.given(name) for name in ("userid", "event", "on")},
    )  # fmt: skip


def enter(visit: Visit) -> Response:
    """POST /events."""
    try:
        with visit.parts.db.write() as connection:
            found = service_of(visit).add_event(
                connection, visit.person.org, visit.given("userid"), _event(visit), _day(visit.given("on")),
                visit.given("announced") == "yes", visit.person.userid, visit.given("consent") == "yes",
            )  # fmt: skip
    except Refused as error:
        return _events(visit, str(error), 409)
    except NotFound:
        return _events(visit, "花名册中没有这名人员。", 409)
    if found is None:
        return _events(visit, "本单位没有与这类事件对应的提醒（文件没有规定，或规则已关闭），没有保存。", 409)
    return visit.go("/events", "event")


def _event(visit: Visit) -> str:
    name = visit.given("event")
    if name not in _EVENTS:
        raise Refused("没有这种事项。")
    if name in SENSITIVE_EVENTS and visit.given("consent") != "yes":
        raise Refused("这类事项要先征得本人同意，才能登记。")
    return name


def _day(raw: str) -> dt.date:
    try:
        return dt.date.fromisoformat(raw)
    except ValueError:
        raise Refused("请填写日期。") from None


def settle(visit: Visit) -> Response:
    """POST /events/{id}: announce it, or take it back."""
    raw = visit.path["id"]
    if not (raw.isascii() and raw.isdecimal() and len(raw) < 10):
        raise NotFound
    with visit.parts.db.write() as connection:
        if visit.given("step") == "announce":
            service_of(visit).announce(connection, int(raw), visit.person)
        else:
            service_of(visit).cancel_event(connection, int(raw), visit.person)
    return visit.go("/events", "cleared")


PAGES = (
    Page(GET, "/reminders", Right.REMINDERS_READ, show),
    Page(GET, "/reminders/list", Right.REMINDERS, listed),
    Page(POST, "/reminders/{id}/done", Right.REMINDERS, done),
    Page(GET, "/events", Right.REMINDERS, events),
    Page(POST, "/events", Right.REMINDERS, enter),
    Page(POST, "/events/{id}", Right.REMINDERS, settle),
)
