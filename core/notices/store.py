"""Queries on notices and on who is meant. Deliveries are written a batch at a time, never one by one."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import (
    Connection,
    Row,
    and_,
    case,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)

from core.audience.tables import meant_by, people, reached_on
from core.notices.rules import BATCH, BATCH_ELSEWHERE, CHANNELS, Audience, BatchState, Delivery, NoticeState
from core.notices.tables import notice_batches as batches
from core.notices.tables import notice_buttons as buttons
from core.notices.tables import notice_deliveries as deliveries
from core.notices.tables import notices

# -- notices


def add(connection: Connection, **values: Any) -> int:
    """Insert a notice; its number."""
    return int(connection.execute(insert(notices).values(**values).returning(notices.c.id)).scalar_one())


def change(connection: Connection, notice_id: int, **values: Any) -> None:
    """Change a notice."""
    connection.execute(update(notices).where(notices.c.id == notice_id).values(**values))


def notice(connection: Connection, notice_id: int) -> Row[Any] | None:
    """A notice by number."""
    return connection.execute(select(notices).where(notices.c.id == notice_id)).first()


def newest(connection: Connection, most: int, org: str = "", sender: str = "") -> list[Row[Any]]:
    """The newest notices, of an organisation or of one author."""
    query = select(notices).order_by(notices.c.id.desc()).limit(most)
    if org:
        query = query.where(notices.c.org == org)
    if sender:
        query = query.where(notices.c.sender == sender)
    return list(connection.execute(query))


def draft_of(connection: Connection, sender: str) -> Row[Any] | None:
    """The draft that a person is writing."""
    open_draft = and_(notices.c.state == NoticeState.DRAFT, notices.c.submitted_at.is_(None))
    query = select(notices).where(notices.c.sender == sender, open_draft)
    return connection.execute(query.order_by(notices.c.id.desc()).limit(1)).first()


def remove(connection: Connection, notice_id: int) -> None:
    """Delete a draft that has never been handed in."""
    unsent = and_(notices.c.state == NoticeState.DRAFT, notices.c.submitted_at.is_(None))
    if connection.execute(select(notices.c.id).where(notices.c.id == notice_id, unsent)).first():
        erase(connection, notice_id)  # one that was sent back has its buttons' ids already


def due(connection: Connection, now: dt.datetime) -> list[int]:
    """Numbers of the notices whose time has come, or that wait to have failures sent again."""
    begins = and_(notices.c.state == NoticeState.SCHEDULED, notices.c.scheduled_at <= now)
    again = and_(notices.c.state == NoticeState.SENDING, notices.c.regroup.is_not(None))
    ready = or_(begins, again)
    return list(connection.execute(select(notices.c.id).where(ready).order_by(notices.c.id)).scalars())


def expand_page(
    connection: Connection, row: Row[Any], audience: Audience, channel: str, now: dt.datetime
) -> int | None:
    """Write the next batch with its recipients, at most 1,000; the last person's id, None when there is nobody left."""
    address, reached = reached_on(connection, channel, row.neutral)
    meant = and_(meant_by(audience, row.parent), reached, people.c.id > row.expanded_to)
    most = BATCH if channel == CHANNELS[0] else BATCH_ELSEWHERE
    by_id = select(people.c.id).where(meant).order_by(people.c.id)
    last = connection.execute(by_id.limit(1).offset(most - 1)).scalar()
    if last is None:  # the rest is less than a batch
        last = connection.execute(select(func.max(people.c.id)).where(meant)).scalar()
    if last is None:
        return None
    values = {"notice_id": row.id, "channel": channel, "state": BatchState.WAITING, "size": 0, "next_at": now}
    batch_id = connection.execute(insert(batches).values(**values).returning(batches.c.id)).scalar_one()
    fields = [literal(row.id), literal(batch_id), people.c.userid, address, literal(str(Delivery.WAITING))]
    chosen = select(*fields).where(meant, people.c.id <= last).order_by(people.c.id)
    names = ["notice_id", "batch_id", "userid", "address", "state"]
    count = connection.execute(insert(deliveries).from_select(names, chosen)).rowcount
    connection.execute(update(batches).where(batches.c.id == batch_id).values(size=count))
    change(connection, row.id, expanded_to=last, expanded_channel=channel, recipients=row.recipients + count)
    return int(last)


def progress(connection: Connection, notice_id: int) -> list[Row[Any]]:
    """Recipients by outcome, with how many opened, answered and were taken back."""
    answered = {name: func.sum(case((deliveries.c.answer == name, 1), else_=0)) for name in ("attend", "absent")}
    taken_back = and_(batches.c.recall == "done", deliveries.c.state == Delivery.ACCEPTED)
    query = (
        select(
            deliveries.c.state,
            func.count().label("people"),
            func.count(deliveries.c.opened_at).label("opened"),
            func.count(deliveries.c.confirmed_at).label("confirmed"),
            *(sum_.label(name) for name, sum_ in answered.items()),
            func.sum(case((taken_back, 1), else_=0)).label("recalled"),
        )
        .join(batches, batches.c.id == deliveries.c.batch_id)
        .where(batches.c.notice_id == notice_id)
        .group_by(deliveries.c.state)
    )
    return list(connection.execute(query))


def silent_by_department(connection: Connection, notice_id: int, most: int) -> list[tuple[str, int]]:
    """Departments with how many have got the notice and not answered it, most first."""
    silent = and_(deliveries.c.state == Delivery.ACCEPTED, deliveries.c.confirmed_at.is_(None))
    query = (
        select(people.c.department, func.count().label("people"))
        .select_from(deliveries)
        .join(batches, batches.c.id == deliveries.c.batch_id)
        .join(people, people.c.userid == deliveries.c.userid)
        .where(batches.c.notice_id == notice_id, silent)
        .group_by(people.c.department)
        .order_by(func.count().desc(), people.c.department)
        .limit(most)
    )
    return [(str(name), int(people)) for name, people in connection.execute(query)]


def regroup(connection: Connection, notice_id: int, state: Delivery, now: dt.datetime, channel: str) -> int:
    """Put up to 1,000 deliveries of one outcome into a new batch, to be sent (again); returns how many."""
    mine = select(deliveries.c.id).join(batches, batches.c.id == deliveries.c.batch_id)
    wanted = mine.where(batches.c.notice_id == notice_id, batches.c.channel == channel, deliveries.c.state == state)
    most = BATCH if channel == CHANNELS[0] else BATCH_ELSEWHERE
    ids = list(connection.execute(wanted.order_by(deliveries.c.id).limit(most)).scalars())
    if not ids:
        return 0
    values = {"notice_id": notice_id, "channel": channel, "state": BatchState.WAITING, "size": len(ids), "next_at": now}
    batch_id = connection.execute(insert(batches).values(**values).returning(batches.c.id)).scalar_one()
    fresh = {"batch_id": batch_id, "state": Delivery.WAITING, "reason": None}
    connection.execute(update(deliveries).where(deliveries.c.id.in_(ids)).values(**fresh))
    return len(ids)


def mark(connection: Connection, notice_id: int, old: Delivery, new: Delivery, reason: str | None) -> int:
    """Change the outcome of all deliveries that have `old`; returns how many."""
    mine = select(batches.c.id).where(batches.c.notice_id == notice_id)
    found = and_(deliveries.c.batch_id.in_(mine), deliveries.c.state == old)
    return connection.execute(update(deliveries).where(found).values(state=new, reason=reason)).rowcount


def forgive(connection: Connection, notice_id: int) -> None:
    """Count afresh what goes wrong: a person has looked and goes on."""
    connection.execute(update(batches).where(batches.c.notice_id == notice_id).values(troubled=0))


# -- buttons


def add_buttons(connection: Connection, notice_id: int, ids: Mapping[str, str]) -> None:
    """Keep the opaque ids of a notice's buttons: action -> id."""
    rows = [{"id": key, "notice_id": notice_id, "action": action} for action, key in ids.items()]
    if rows:
        connection.execute(insert(buttons), rows)


def buttons_of(connection: Connection, notice_id: int) -> dict[str, str]:
    """Action -> opaque id."""
    query = select(buttons.c.action, buttons.c.id).where(buttons.c.notice_id == notice_id)
    return {str(action): str(key) for action, key in connection.execute(query)}


def button(connection: Connection, key: str) -> Row[Any] | None:
    """What an opaque id stands for."""
    return connection.execute(select(buttons).where(buttons.c.id == key)).first()


def delivery(connection: Connection, notice_id: int, userid: str) -> Row[Any] | None:
    """One person's row."""
    mine = and_(deliveries.c.notice_id == notice_id, deliveries.c.userid == userid)
    return connection.execute(select(deliveries).where(mine)).first()


def asked_of(connection: Connection, userid: str, since: dt.datetime) -> Sequence[Row[Any]]:
    """The notices a person has got, asks something of, and has not answered yet; newest first."""
    mine = and_(deliveries.c.userid == userid, deliveries.c.confirmed_at.is_(None))
    got = deliveries.c.state.in_((Delivery.ACCEPTED, Delivery.UNKNOWN))
    asking = and_(notices.c.asks != "", notices.c.state != NoticeState.RECALLED, notices.c.created_at > since)
    query = select(notices).join(deliveries, deliveries.c.notice_id == notices.c.id).where(mine, got, asking)
    return connection.execute(query.order_by(notices.c.id.desc()).limit(6)).all()


def answer(connection: Connection, delivery_id: int, at: dt.datetime, action: str) -> None:
    """Note that a person answered."""
    values = {"opened_at": func.coalesce(deliveries.c.opened_at, at), "confirmed_at": at, "answer": action}
    connection.execute(update(deliveries).where(deliveries.c.id == delivery_id).values(**values))


# -- what is no longer kept

_ENDED = (NoticeState.FINISHED, NoticeState.RECALLED)
_ended_at = func.coalesce(notices.c.finished_at, notices.c.recalled_at, notices.c.touched_at)


def abandoned_drafts(connection: Connection, before: dt.datetime) -> list[int]:
    """Drafts that were never handed in, last touched before a moment."""
    unsent = and_(notices.c.state == NoticeState.DRAFT, notices.c.submitted_at.is_(None))
    return list(connection.execute(select(notices.c.id).where(unsent, notices.c.touched_at < before)).scalars())


def earliest_ends(connection: Connection) -> dict[str, dt.datetime]:
    """When the first notice that is still kept ended, by organisation."""
    query = select(notices.c.org, func.min(_ended_at)).where(notices.c.state.in_(_ENDED)).group_by(notices.c.org)
    return {str(org): ended for org, ended in connection.execute(query)}


def ended_before(connection: Connection, org: str, before: dt.datetime) -> list[int]:
    """An organisation's notices that ended before a moment, the oldest first."""
    mine = and_(notices.c.org == org, notices.c.state.in_(_ENDED), _ended_at < before)
    return list(connection.execute(select(notices.c.id).where(mine).order_by(notices.c.id)).scalars())


def erase_batch(connection: Connection, notice_id: int) -> bool:
    """Delete one call of a notice with its recipients; False when none is left."""
    batch = connection.execute(select(batches.c.id).where(batches.c.notice_id == notice_id).limit(1)).scalar()
    if batch is None:
        return False
    connection.execute(deliveries.delete().where(deliveries.c.batch_id == batch))
    connection.execute(batches.delete().where(batches.c.id == batch))
    return True


def erase(connection: Connection, notice_id: int) -> None:
    """Delete a notice without recipients, and its buttons."""
    connection.execute(buttons.delete().where(buttons.c.notice_id == notice_id))
    connection.execute(notices.delete().where(notices.c.id == notice_id))
