"""A request for a talk from the handler's page: a time, a refusal, passing it on, whether it took place."""

import datetime as dt

from core.cases.rules import Case, Type
from core.cases.service import Desk
from core.db import Connection
from core.errors import NotFound, Refused
from core.people.rules import Person
from core.talks.service import Talks, View
from core.worklist.service import Stale, version

STEPS = ("time", "decline", "pass_on", "held", "unheld")


def meeting(desk: Desk, connection: Connection, case: Case, viewer: Person) -> View | None:
    """What the page shows of a request for a talk; None for other requests. Raises NotFound, Refused."""
    return Talks(desk).look(connection, case.number, viewer) if case.type == Type.TALK else None


def answer(
    desk: Desk, number: str, actor: Person, seen: str, step: str, start: dt.datetime | None = None, words: str = ""
) -> None:
    """One of STEPS, as the chat does it: both sides are told by core.talks. `words`: place or reason.

    Raises Stale when the request changed since `seen` (nothing happens), Refused, NotFound.
    """
    talks = Talks(desk)
    with desk.work() as connection:
        case, _ = desk.find(connection, number, actor)
        if case.type != Type.TALK:
            raise NotFound
        if version(case) != seen:
            raise Stale
        if step == "time":
            if start is None:
                raise Refused("请填写时间。")
            talks.answer_time(connection, number, actor, start, words)
        elif step == "decline":
            if not words:
                raise Refused("请写明理由，本人会看到。")
            talks.decline(connection, number, actor, words)
        elif step == "pass_on":
            talks.pass_on(connection, number, actor)
        elif step in ("held", "unheld"):
            talks.said(connection, number, actor, step == "held")
        else:
            raise Refused("没有这一步。")
