"""Commands on health checks (yn 17, nq 16). Only who has been is kept, and that with the person's own consent."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

from core import audit
from core.crypto import Cipher
from core.db import Connection, Row
from core.errors import NotFound, Refused
from core.health import store
from core.messages.service import Mailbox
from core.people import store as people
from core.people.rules import Person

MOST_DAYS = 3
_PAGE = 1000


def add_batch(connection: Connection, mailbox: Mailbox, by: Person, department: str, on: dt.date, place: str) -> int:
    """Offer a day and place to a department ('' for all) of HR's own organisation. Returns the batch's id.

    Raises Refused for others than HR, a past day or no place.
    """
    if "hr" not in by.roles:
        raise Refused("这一步由组织人事部门办理。")
    if on < mailbox.clock.today() or not place.strip():
        raise Refused("请写明今天以后的日期和地点。")
    now = mailbox.clock.now()
    body = mailbox.cipher.seal_json({"place": place.strip()[:200]}, "health_batches")
    row = {"org": by.org, "department": department, "on": on, "by": by.userid, "at": now, "body": body}
    batch_id = store.add_batch(connection, row)
    audit.record(connection, now, by.userid, "health.batch", str(batch_id), on=on.isoformat())
    return batch_id


def place_of(cipher: Cipher, row: Row[Any]) -> str:
    """The place of an offered day."""
    return str(cipher.open_json(row.body, "health_batches")["place"])


def days_for(connection: Connection, person: Person, today: dt.date) -> list[Row[Any]]:
    """The days still offered to a person this year."""
    return choose(store.offered(connection, person.org, today, dt.date(today.year, 12, 31)), person)


def choose(offered: list[Row[Any]], person: Person) -> list[Row[Any]]:
    """Those of an organisation's days that are for the person's department, the next three."""
    return [row for row in offered if row.department in ("", person.department)][:MOST_DAYS]


def offer_line(cipher: Cipher, booking: Row[Any] | None, offered: list[Row[Any]], today: dt.date) -> str:
    """What a reminder adds: the day booked, else the days offered; '' when nothing is known."""
    if booking is not None and booking.on is not None and booking.on >= today:
        return f"您约的是{_day(booking.on)}，{place_of(cipher, booking)}。"
    return (
        "可约的时间：" + "；".join(f"{_day(one.on)}，{place_of(cipher, one)}" for one in offered) + "。"
        if offered
        else ""
    )


def _day(day: dt.date) -> str:
    return f"{day.month}月{day.day}日"


def book(connection: Connection, mailbox: Mailbox, person: Person, batch_id: int) -> tuple[dt.date, str]:
    """Choose an offered day; returns day and place. Raises NotFound when it is not offered to this person."""
    today = mailbox.clock.today()
    row = next((one for one in days_for(connection, person, today) if one.id == batch_id), None)
    if row is None:
        raise NotFound("这一天不在可约的时间里，请重新选择。")
    _note(connection, mailbox, person, store.BOOKED, batch_id)
    return row.on, place_of(mailbox.cipher, row)


def decline(connection: Connection, mailbox: Mailbox, person: Person) -> None:
    """None of the offered days suits; HR sees who needs another one."""
    _note(connection, mailbox, person, store.DECLINED, None)


def been(connection: Connection, mailbox: Mailbox, person: Person) -> None:
    """The person has been this year. What came of it is never asked."""
    _note(connection, mailbox, person, store.BEEN, None)


def _note(connection: Connection, mailbox: Mailbox, person: Person, state: str, batch_id: int | None) -> None:
    year, now = mailbox.clock.today().year, mailbox.clock.now()
    row = {"org": person.org, "userid": person.userid, "year": year, "state": state, "batch_id": batch_id, "at": now}
    store.put_booking(connection, row)


def not_been(connection: Connection, by: Person, year: int) -> Iterator[Person]:
    """Who of HR's organisation is not on record as having been. Raises Refused for others than HR."""
    if "hr" not in by.roles:
        raise Refused("这一步由组织人事部门办理。")
    after = 0
    while page := people.page(connection, by.org, after, _PAGE):
        known = store.have_been(connection, by.org, year, [one.userid for one in page])
        yield from (one for one in page if one.userid not in known)
        after = page[-1].id
