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
    Notice,
    NoticeState,
    Progress,
    allowed,
    problems,
)
from core.notices.service import Notices, Reach
from core.notices.steering import Steering
from core.people.access import Right

_MOST = 200
_PROGRESS_SECONDS = 4.0
ASKS = ((Asks.NOTHING, "不要求回复"), (Asks.CONFIRM, "要求点“收到”"), (Asks.ATTEND, "要求选“参加”或“请假”"))
STEPS = ("pause", "resume", "retry", "chase", "recall")
_DONE = {"pause": "paused", "resume": "resumed", "retry": "retried", "chase": "chased", "recall": "recalled"}
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


def find(visit: Visit, connection: Connection) -> Notice:
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
        notice = find(visit, connection)
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


def discard(visit: Visit) -> Response:
    """POST /notices/{id}/discard."""
    with visit.parts.db.write() as connection:
        desk_of(visit).discard(connection, find(visit, connection).id)
    return visit.go("/notices", "cleared")


def test(visit: Visit) -> Response:
    """POST /notices/{id}/test: to oneself alone; buttons are shown but answer nothing."""
    mailbox = visit.parts.desk.mailbox
    with visit.parts.db.write() as connection:
        notice = find(visit, connection)
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
            notice = find(visit, connection)
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
            notice = find(visit, connection)
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
            notice = find(visit, connection)
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
        notice = find(visit, connection)
        rows = coverage.receipts(connection, notice.id, state, answered, last)
    further = rows[coverage.PAGE - 1].id if len(rows) > coverage.PAGE else None
    return visit.page(
        "receipts.html", title="回执", notice=notice, rows=rows[: coverage.PAGE], further=further, state=state,
        answered=answered, outcomes=OUTCOMES,
        answers={action: title for answers in ANSWERS.values() for title, action in answers},
    )  # fmt: skip


PAGES = (
    Page(GET, "/notices", Right.NOTICES_READ, show),
    Page(GET, "/notices/{id}", Right.NOTICES_READ, one),
    Page(POST, "/notices/{id}/discard", Right.NOTICES, discard),
    Page(POST, "/notices/{id}/test", Right.NOTICES, test),
    Page(POST, "/notices/{id}/submit", Right.NOTICES, submit),
    Page(POST, "/notices/{id}/review", Right.NOTICES, review),
    Page(POST, "/notices/{id}/steer", Right.NOTICES, steer),
    Page(GET, "/notices/{id}/receipts", Right.NOTICES_READ, receipts),
)
