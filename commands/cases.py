"""`chengyao cases …`: lists, one case and every move, with the same service functions as chat and console."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from commands import cases_talks
from core import audit
from core.cases import store, views
from core.cases.counter import tidy
from core.cases.rules import HANDLER_LABEL, TYPE_LABEL, Case, Role, Status, Type, form
from core.cases.service import Desk
from core.db import Connection
from core.errors import ChengyaoError, DecryptionFailed, NotFound
from core.people import store as people
from core.people.rules import Person

OPERATOR = "cli"
_NOT_FOUND = "没有查到。"
_NO_KEY = "保存的内容打不开：CHENGYAO_DATA_KEYS 中没有对应的密钥。"


@contextmanager
def plainly() -> Iterator[None]:
    """Errors of the services in one line an operator understands."""
    try:
        yield
    except NotFound:
        raise NotFound(_NOT_FOUND) from None
    except DecryptionFailed:
        raise ChengyaoError(_NO_KEY) from None


def person_at(connection: Connection, account: str) -> Person:
    """Whom `wecom:ID` (or a bare user id) means. Raises NotFound."""
    channel, colon, external = account.partition(":")
    if not colon:
        channel, external = "wecom", account
    found = people.by_account(connection, channel, external)
    if found is None and channel == "wecom":
        found = people.by_userid(connection, external)
    if found is None:
        raise NotFound
    return found


def actor_at(desk: Desk, connection: Connection, userid: str, move: str, number: str) -> Person:
    """As whom the operator acts; the trail shows that it was at the command line. Raises NotFound (audited)."""
    now, subject = desk.mailbox.clock.now(), tidy(number)[:20]
    found = people.by_userid(connection, userid)
    if found is None:
        audit.record(connection, now, OPERATOR, "case.not_found", "-", move=move)
        raise NotFound
    known = store.case_by_number(connection, subject)
    audit.record(connection, now, OPERATOR, "case.cli", subject if known else "-", move=move, person=found.userid)
    return found


def listing(desk: Desk, account: str = "") -> list[dict[str, str]]:
    """All cases or those of one person: number, type, status. Raises NotFound for an unknown person."""
    with plainly(), desk.mailbox.db.read() as connection:
        person = person_at(connection, account) if account else None
        return views.rows(connection, person.userid if person else None)


def shown(desk: Desk, number: str, account: str = "", viewer: str = "") -> dict[str, Any]:
    """One case for the operator, or as a handler sees it; the reading is audited.

    With a person: that person's own case, the newest when no number is given. Raises NotFound, Refused.
    """
    with plainly(), desk.work() as connection:
        if account:
            number = _own(desk, connection, number, person_at(connection, account))
        actor = actor_at(desk, connection, viewer, "read", number) if viewer else None
        return views.show(desk, connection, number, actor)


def _own(desk: Desk, connection: Connection, number: str, person: Person) -> str:
    if number:
        case, roles = desk.find(connection, number, person)
        if Role.APPLICANT not in roles:
            raise NotFound
        return case.number
    found = views.rows(connection, person.userid)
    if not found:
        raise NotFound
    return found[-1]["number"]


def move(desk: Desk, name: str, number: str, userid: str, details: Mapping[str, str]) -> Case:
    """One move as somebody; `enter`, `confirm` and `reject` are the halves of a decision. Raises NotFound, Refused."""
    given = {key: value for key, value in details.items() if value.strip()}
    with plainly(), desk.work() as connection:
        actor = actor_at(desk, connection, userid, name, number)
        if tidy(number).startswith(cases_talks.PREFIX):
            cases_talks.move(desk, connection, name, tidy(number), actor, given)
            return _read(connection, tidy(number))
        if name == "enter":
            return desk.enter_decision(connection, number, actor, **given)
        if name == "confirm":
            return desk.confirm_decision(connection, number, actor)
        if name == "reject":
            return desk.reject_decision(connection, number, actor, given.get("reason", ""))
        return desk.move(connection, number, name, actor, **given)


def _read(connection: Connection, number: str) -> Case:
    case = store.case_by_number(connection, number)
    if case is None:
        raise NotFound
    return case


# -- for the eye


def row_line(row: Mapping[str, str]) -> str:
    """A line of the list."""
    return f"{row['number']}  {TYPE_LABEL[Type(row['type'])]}  {HANDLER_LABEL[Status(row['status'])]}"


def lines(case: Mapping[str, Any]) -> Iterator[str]:
    """A case as text."""
    yield row_line(case)
    labels = {item.name: item.label for intake in ("full", "appointment") for item in form(Type(case["type"]), intake)}
    for name, given in case["fields"].items():
        understood = f"（{given['value']}）" if given["value"] != given["text"] else ""
        yield f"{labels.get(name, name)}：{given['text']}{understood}"
    yield from _files(case["evidence"], "")
    for added in case["supplements"]:
        yield f"补充 {added['at']}：{added['text']}"
        yield from _files(added["evidence"], "  ")
    for event in case["events"]:
        reason = f"：{event['reason']}" if event["reason"] else ""
        yield f"{event['at']} {event['actor']} {_step(event)}{reason}"


def _files(files: list[dict[str, Any]], indent: str) -> Iterator[str]:
    for number, file in enumerate(files, start=1):
        yield f"{indent}材料{number} {file['name']}，{file['bytes']:,} 字节，SHA-256 {file['sha256']}"


def _step(event: Mapping[str, str]) -> str:
    source, target = (HANDLER_LABEL[Status(event[name])] for name in ("from", "to"))
    return target if source == target else f"{source} → {target}"


def printable(line: str) -> str:
    """Without control characters: what people wrote must not steer the terminal."""
    return "".join(sign for sign in line if sign.isprintable() or sign in "\n\t")
