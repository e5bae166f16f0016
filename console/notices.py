"""Notices: written with a preview, counted before they go, watched while they do. Each POST is one core command."""

import datetime as dt
from functools import partial

from starlette.responses import Response

from console.visit import GET, POST, Page, Visit
from core import audit
from core.clock import SHANGHAI
from core.coverage import store as coverage
from core.db import Connection
from core.errors import NotFound, Refused
from core.messages.rules import Button, Reply
from core.notices.readers import Readers
from core.notices.rules import (
    ANSWERS,
    STATE_TITLES,
    TICK,
    Asks,
    Audience,
    Content,
    Notice,
    NoticeState,
    Progress,
    Spec,
    allowed,
    parse_audience,
    problems,
)
from core.notices.service import Notices, Reach
from core.notices.steering import Steering
from core.people.access import Right
from core.register import store as register

_MOST = 200
_PROGRESS_SECONDS = 4.0
ASKS = ((Asks.NOTHING, "不要求回复"), (Asks.CONFIRM, "要求点“收到”"), (Asks.ATTEND, "要求选“参加”或“请假”"))
STEPS = ("pause", "resume", "retry", "chase", "recall")
_DONE = {"pause": "paused", "resume": "resumed", "retry": "retried", "chase": "chased", "recall": "recalled"}
_STARTS = {"all": "org:{org}", "dept": "dept:{org}/{name}", "role": "role:{name}", "user": "user:{name}"}
OUTCOMES = {"waiting": "待发送", "accepted": "平台已接收", "failed": "发送失败", "unknown": "结果不明"}


def desk_of(visit: Visit) -> Notices:
    """The commands on notices over this console's mailbox."""
    return Notices(visit.parts.desk.mailbox, visit.parts.desk.orgs)


def show(visit: Visit) -> Response:
    """GET /notices."""
    desk = desk_of(visit)
    with visit.parts.db.read() as connection:
        rows = coverage.recent(connection, visit.person.org, visit.person.userid, _MOST)
        found = [desk.notice_of(row) for row in rows]
    return visit.page("notices.html", title="通知", notices=found, states=STATE_TITLES)


def _find(visit: Visit, connection: Connection) -> Notice:
    """A notice of one's own organisation; somebody else's unfinished draft is not there."""
    raw = visit.path["id"]
    if not (raw.isascii() and raw.isdecimal() and len(raw) < 10):
        raise NotFound
    notice = desk_of(visit).get(connection, int(raw))
    writing = notice.state is NoticeState.DRAFT and not notice.awaits_approval
    if notice.org != visit.person.org or (writing and notice.sender != visit.person.userid):
        raise NotFound
    return notice


def one(visit: Visit) -> Response:
    """GET /notices/{id}."""
    return _page(visit)


def _page(visit: Visit, problem: str = "", status: int = 200) -> Response:
    desk = desk_of(visit)
    with visit.parts.db.read() as connection:
        notice = _find(visit, connection)
        draft = notice.state is NoticeState.DRAFT
        progress, silent = _counts(visit, connection, notice)
        reach, trouble = _reach(desk, connection, notice) if draft else (None, "")
    return visit.page(
        "notice.html", status, title="通知", notice=notice, progress=progress, silent=silent, reach=reach,
        trouble=trouble, problem=problem, state=STATE_TITLES[notice.state], tick=TICK, asks=dict(ASKS)[notice.asks],
        steps=[step for step in STEPS if not draft and allowed(step, notice.state)],
        wrong=problems(notice.content.title, notice.content.text) if draft else [],
        answers=[title for title, _ in ANSWERS[notice.asks]], mine=notice.sender == visit.person.userid,
    )  # fmt: skip


def _counts(visit: Visit, connection: Connection, notice: Notice) -> tuple[Progress, list[tuple[str, int]]]:
    """How far it is, and the departments that have not all answered.

    Counting a hundred thousand rows takes long: departments are up to five minutes old, the rest is counted anew while
    it is being sent and kept for some seconds.
    """
    readers, numbers = Readers(desk_of(visit)), visit.parts.numbers
    progress = numbers.of(
        ("progress", notice.id, notice.state), partial(readers.progress, connection, notice.id), _PROGRESS_SECONDS
    )
    if not notice.asks or notice.state is NoticeState.DRAFT:
        return progress, []
    return progress, numbers.of(("silent", notice.id), partial(readers.silent, connection, notice.id))


def _reach(desk: Notices, connection: Connection, notice: Notice) -> tuple[Reach | None, str]:
    try:
        return desk.reach(connection, notice.content.audience), ""
    except Refused as error:
        return None, str(error)


# -- writing


def compose(visit: Visit) -> Response:
    """GET /notices/new."""
    return _form(visit, None)


def change(visit: Visit) -> Response:
    """GET /notices/{id}/edit."""
    with visit.parts.db.read() as connection:
        return _form(visit, _find(visit, connection))


def _form(visit: Visit, notice: Notice | None, problem: str = "", status: int = 200) -> Response:
    with visit.parts.db.read() as connection:
        departments = register.departments(connection, visit.person.org)
    given = {name: visit.given(name) for name in ("title", "text", "asks", "users", "except")}
    chosen = set(visit.lists.get("dept", ())) | set(visit.lists.get("role", ()))
    if notice and not visit.form:
        audience = notice.content.audience
        given = {"title": notice.content.title, "text": notice.content.text, "asks": notice.asks.value}
        given |= {"users": _names(audience.to, "user"), "except": _names(audience.excluded, "user")}
        chosen = {spec.name for spec in audience.to} | {
            spec.kind for spec in audience.to if spec.kind in ("org", "all")
        }
    return visit.page(
        "compose.html", status, title="写通知", notice=notice, departments=departments, given=given, chosen=chosen,
        asks=ASKS, problem=problem, whole="org" in chosen or visit.given("whole") == "yes",
    )  # fmt: skip


def _names(specs: tuple[Spec, ...], kind: str) -> str:
    return "\n".join(spec.name for spec in specs if spec.kind == kind)


def _audience(visit: Visit) -> Audience:
    """Who the form means, never beyond one's own organisation. Raises Refused."""
    org = visit.person.org
    to = [_STARTS["all"].format(org=org)] if visit.given("whole") == "yes" else []
    to += [_STARTS["dept"].format(org=org, name=name) for name in visit.lists.get("dept", ())]
    to += [_STARTS["role"].format(name=name) for name in visit.lists.get("role", ())]
    to += [_STARTS["user"].format(name=name) for name in visit.given("users").split()]
    excluded = [_STARTS["user"].format(name=name) for name in visit.given("except").split()]
    try:
        return parse_audience(to, excluded, within=org)
    except ValueError as error:
        raise Refused(str(error)) from None


def save(visit: Visit) -> Response:
    """POST /notices/new: store a draft, to be looked at before anything goes out."""
    try:
        content, asks = _content(visit)
    except Refused as error:
        return _form(visit, None, str(error), 409)
    with visit.parts.db.write() as connection:
        number = desk_of(visit).write(connection, visit.person.userid, visit.person.org, content, asks)
    return visit.go(f"/notices/{number}", "draft")


def rewrite(visit: Visit) -> Response:
    """POST /notices/{id}/edit."""
    try:
        content, asks = _content(visit)
    except Refused as error:
        with visit.parts.db.read() as connection:
            notice = _find(visit, connection)
        return _form(visit, notice, str(error), 409)
    with visit.parts.db.write() as connection:
        notice = _find(visit, connection)
        desk_of(visit).rewrite(connection, notice.id, content, asks)
    return visit.go(f"/notices/{notice.id}", "draft")


def _content(visit: Visit) -> tuple[Content, Asks]:
    title, text, asked = visit.given("title"), visit.given("text"), visit.given("asks")
    if asked not in tuple(Asks):
        raise Refused("没有这种回复要求。")
    if wrong := problems(title, text):
        raise Refused("\n".join(wrong))
    return Content(title, text, _audience(visit)), Asks(asked)


def discard(visit: Visit) -> Response:
    """POST /notices/{id}/discard."""
    with visit.parts.db.write() as connection:
        desk_of(visit).discard(connection, _find(visit, connection).id)
    return visit.go("/notices", "cleared")


def test(visit: Visit) -> Response:
    """POST /notices/{id}/test: to oneself alone; buttons are shown but answer nothing."""
    mailbox = visit.parts.desk.mailbox
    with visit.parts.db.write() as connection:
        notice = _find(visit, connection)
        buttons = tuple(Button(title, "help") for title, _ in ANSWERS[notice.asks])
        reply = Reply(f"（测试，只发给您）\n{notice.content.whole()}", "notice", buttons=buttons)
        mailbox.queue(connection, "wecom", visit.person.userid, reply)
        audit.record(connection, mailbox.clock.now(), visit.person.userid, "notice.test", f"notice:{notice.id}")
    return visit.go(f"/notices/{notice.id}", "tested")


def submit(visit: Visit) -> Response:
    """POST /notices/{id}/submit: now, or at a time."""
    try:
        at = _moment(visit.given("at"))
        with visit.parts.db.write() as connection:
            notice = _find(visit, connection)
            ticked = visit.given("tick") == "yes"
            desk_of(visit).submit(connection, notice.id, visit.person.userid, ticked, at)
    except Refused as error:
        return _page(visit, str(error), 409)
    return visit.go(f"/notices/{visit.path['id']}", "sent")


def _moment(raw: str) -> dt.datetime | None:
    try:
        return dt.datetime.fromisoformat(raw).replace(tzinfo=SHANGHAI) if raw else None
    except ValueError:
        raise Refused("时间看不懂，请从日历中选择。") from None


# -- a second person, and afterwards


def review(visit: Visit) -> Response:
    """POST /notices/{id}/review: a second person agrees or sends it back."""
    desk = desk_of(visit)
    try:
        with visit.parts.db.write() as connection:
            notice = _find(visit, connection)
            if visit.given("verdict") == "approve":
                desk.approve(connection, notice.id, visit.person)
            else:
                desk.reject(connection, notice.id, visit.person)
    except Refused as error:
        return _page(visit, str(error), 409)
    return visit.go("/notices", "approved" if visit.given("verdict") == "approve" else "cleared")


def steer(visit: Visit) -> Response:
    """POST /notices/{id}/steer: pause, resume, retry, chase, recall."""
    step = visit.given("step")
    steering = Steering(desk_of(visit))
    commands = {
        "pause": steering.pause, "resume": steering.resume, "retry": steering.retry, "chase": steering.chase,
        "recall": steering.recall,
    }  # fmt: skip
    try:
        if step not in commands:
            raise Refused("没有这一步。")
        if step == "recall" and visit.given("sure") != "yes":
            raise Refused("撤回不能取消，请先勾选“我已核对”。")
        with visit.parts.db.write() as connection:
            notice = _find(visit, connection)
            commands[step](connection, notice.id, visit.person.userid)
    except Refused as error:
        return _page(visit, str(error), 409)
    return visit.go(f"/notices/{notice.id}", _DONE[step])


def receipts(visit: Visit) -> Response:
    """GET /notices/{id}/receipts: who it reached, who answered."""
    after = visit.asked("after")
    last = int(after) if after.isascii() and after.isdecimal() and len(after) < 12 else 0
    state, answered = visit.asked("state"), visit.asked("answered")
    with visit.parts.db.read() as connection:
        notice = _find(visit, connection)
        rows = coverage.receipts(connection, notice.id, state, answered, last)
    further = rows[coverage.PAGE - 1].id if len(rows) > coverage.PAGE else None
    return visit.page(
        "receipts.html", title="回执", notice=notice, rows=rows[: coverage.PAGE], further=further, state=state,
        answered=answered, outcomes=OUTCOMES,
        answers={action: title for answers in ANSWERS.values() for title, action in answers},
    )  # fmt: skip


PAGES = (
    Page(GET, "/notices", Right.NOTICES_READ, show),
    Page(GET, "/notices/new", Right.NOTICES, compose),
    Page(POST, "/notices/new", Right.NOTICES, save),
    Page(GET, "/notices/{id}", Right.NOTICES_READ, one),
    Page(GET, "/notices/{id}/edit", Right.NOTICES, change),
    Page(POST, "/notices/{id}/edit", Right.NOTICES, rewrite),
    Page(POST, "/notices/{id}/discard", Right.NOTICES, discard),
    Page(POST, "/notices/{id}/test", Right.NOTICES, test),
    Page(POST, "/notices/{id}/submit", Right.NOTICES, submit),
    Page(POST, "/notices/{id}/review", Right.NOTICES, review),
    Page(POST, "/notices/{id}/steer", Right.NOTICES, steer),
    Page(GET, "/notices/{id}/receipts", Right.NOTICES_READ, receipts),
)
