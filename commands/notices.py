"""What `chengyao notice …` does: the same service calls as the chat, for an operator or a script."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from commands import ground
from core.clock import SHANGHAI
from core.db import Connection
from core.errors import Refused
from core.notices import when
from core.notices.expansion import Expansion
from core.notices.readers import Readers
from core.notices.rules import STATE_TITLES, Asks, Content, Notice, parse_audience, problems
from core.notices.service import COMMAND_LINE, Notices, Reach
from core.notices.steering import Steering


@dataclass(frozen=True)
class Order:
    """What the command line asked for. `sender`: a user id, empty for the operator."""

    to: list[str]
    excluded: list[str]
    asks: Asks = Asks.NOTHING
    at: str = ""
    sender: str = ""
    approved_by: str = ""
    neutral: bool = True


@contextmanager
def desk() -> Iterator[Notices]:
    """The notices of this installation."""
    with ground.desk() as cases:
        yield Notices(cases.mailbox, cases.orgs)


def read(path: Path) -> tuple[str, str]:
    """Title (the first line) and text of a file. Raises Refused."""
    try:
        lines = path.read_text(encoding="utf-8-sig").strip().splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise Refused(f"读不了这个文件：{path}") from error
    if not lines:
        raise Refused("文件是空的。第一行写标题，下面写正文。")
    return lines[0].lstrip("#").strip(), "\n".join(lines[1:]).strip()


def content(notices: Notices, path: Path, order: Order) -> tuple[Content, dt.datetime | None, Reach]:
    """What would be sent to whom and when; writes nothing. Raises Refused."""
    title, text = read(path)
    if wrong := problems(title, text):
        raise Refused("\n".join(wrong))
    try:
        audience = parse_audience(order.to, order.excluded)
    except ValueError as error:
        raise Refused(str(error)) from None
    with notices.mailbox.db.read() as connection:
        reach = notices.reach(connection, audience)
    return Content(title, text, audience), moment(notices, order.at), reach


def moment(notices: Notices, words: str) -> dt.datetime | None:
    """The time that --at names. Raises Refused for one that is not understood or over."""
    if not words:
        return None
    now = notices.mailbox.clock.local()
    found = when.read(words, now)
    if found is None:
        raise Refused(f"看不懂这个时间：{words}。可以写 2026-11-25 09:00。")
    if found < now:
        raise Refused(f"{when.shown(found)}已经过了，没有发送。请改成以后的时间；要现在发送，请去掉 --at。")
    return found


def send(notices: Notices, wanted: Content, at: dt.datetime | None, order: Order) -> Notice:
    """Store, hand in, approve where a second person is named, and lay out the recipients when it is due."""
    with notices.mailbox.db.write() as connection:
        sender, org = COMMAND_LINE, ""
        if order.sender:
            person = notices.person(connection, order.sender)
            sender, org = person.userid, person.org
        number = notices.write(connection, sender, org, wanted, order.asks, order.neutral)
        notice = notices.submit(connection, number, sender, ticked=True, at=at)
        if notice.awaits_approval and order.approved_by:
            notice = notices.approve(connection, number, notices.person(connection, order.approved_by))
    Expansion(notices).run()
    return notice


def steer(command: str, number: int, actor: str = COMMAND_LINE, again: bool = False) -> str:
    """One of pause, resume, retry, chase, recall, settle, approve; what to print. Raises Refused or NotFound."""
    with desk() as notices:
        with notices.mailbox.db.write() as connection:
            said = _steered(notices, connection, command, number, actor, again)
        Expansion(notices).run()
    return said


def _steered(
    notices: Notices, connection: Connection, command: str, number: int, actor: str, again: bool
) -> str:  # fmt: skip
    steering = Steering(notices)
    if command == "approve":
        return _state(notices.approve(connection, number, notices.person(connection, actor)))
    if command == "chase":
        return str(steering.chase(connection, number, actor))
    if command == "settle":
        return _state(steering.settle(connection, number, actor, again))
    moves = {
        "pause": steering.pause, "resume": steering.resume, "retry": steering.retry, "recall": steering.recall
    }  # fmt: skip
    return _state(moves[command](connection, number, actor))


def _state(notice: Notice) -> str:
    return f"{notice.id}\t{STATE_TITLES[notice.state]}"


def status(number: int) -> dict[str, Any]:
    """Design section 6: state, recipients, accepted, failed, unknown, opened, confirmed, and more."""
    with desk() as notices, notices.mailbox.db.read() as connection:
        return Readers(notices).progress(connection, number).as_json()


def listing(most: int = 20) -> list[dict[str, Any]]:
    """The newest notices: number, state, title, sender, time."""
    with desk() as notices, notices.mailbox.db.read() as connection:
        found = notices.newest(connection, most)
    return [
        {
            "id": one.id,
            "state": str(one.state),
            "title": one.content.title,
            "sender": one.sender,
            "at": one.scheduled_at.astimezone(SHANGHAI).isoformat(timespec="minutes") if one.scheduled_at else None,
            "recipients": one.recipients,
            "chases": one.parent,
        }
        for one in found
    ]
