"""Queries of the bulk relay: claim one platform call, settle it, take it back."""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Row, and_, bindparam, func, insert, or_, select, update

from core.messages.rules import Lane, OutboxState
from core.messages.tables import outbox
from core.notices.rules import BatchState, Delivery, NoticeState
from core.notices.tables import notice_batches as batches
from core.notices.tables import notice_buttons as buttons
from core.notices.tables import notice_deliveries as deliveries
from core.notices.tables import notices

_waiting = and_(
    batches.c.channel == bindparam("channel"),
    batches.c.state == BatchState.WAITING,
    batches.c.next_at <= bindparam("now"),
    notices.c.state == NoticeState.SENDING,
)
_CLAIM = (
    select(batches, notices.c.body, notices.c.asks, notices.c.parent)
    .join(notices, notices.c.id == batches.c.notice_id)
    .where(_waiting)
    .order_by(batches.c.id)
    .limit(1)
    .with_for_update(skip_locked=True, of=batches)
)
_DUE = select(batches.c.id).join(notices, notices.c.id == batches.c.notice_id).where(_waiting).limit(1)
_live = and_(outbox.c.channel == bindparam("channel"), outbox.c.lane == Lane.LIVE)
_LIVE_DUE = (
    select(outbox.c.id)
    .where(_live, outbox.c.state == OutboxState.WAITING, outbox.c.next_at <= bindparam("now"))
    .limit(1)
)  # fmt: skip


def live_due(connection: Connection, channel: str, now: dt.datetime) -> bool:
    """Whether a live reply waits to be sent."""
    return connection.execute(_LIVE_DUE, {"channel": channel, "now": now}).first() is not None


def due(connection: Connection, channel: str, now: dt.datetime) -> bool:
    """Whether a claim may find something; asked before taking the write lock."""
    return connection.execute(_DUE, {"channel": channel, "now": now}).first() is not None


def claim(connection: Connection, channel: str, owner: str, now: dt.datetime, until: dt.datetime) -> Row[Any] | None:
    """Lease the oldest call that is due."""
    row = connection.execute(_CLAIM, {"channel": channel, "now": now}).first()
    if row is not None:
        change(connection, row.id, state=BatchState.SENDING, lease_owner=owner, lease_until=until)
    return row


def change(connection: Connection, batch_id: int, **values: Any) -> bool:
    """Change one call; False when it is not there."""
    return bool(connection.execute(update(batches).where(batches.c.id == batch_id).values(**values)).rowcount)


def change_own(connection: Connection, batch_id: int, owner: str, **values: Any) -> bool:
    """Change a call that is still ours; False when its lease was ended and somebody has dealt with it."""
    mine = and_(batches.c.id == batch_id, batches.c.state == BatchState.SENDING, batches.c.lease_owner == owner)
    return bool(connection.execute(update(batches).where(mine).values(**values)).rowcount)


def addresses(connection: Connection, batch_id: int) -> list[str]:
    """Who of a call is still to be reached, in the order of their rows."""
    open_ones = and_(deliveries.c.batch_id == batch_id, deliveries.c.state == Delivery.WAITING)
    query = select(deliveries.c.address).where(open_ones).order_by(deliveries.c.id)
    return [row[0] for row in connection.execute(query).all()]


def buttons_of(connection: Connection, notice_id: int) -> dict[str, str]:
    """Action -> opaque id."""
    rows = connection.execute(select(buttons.c.action, buttons.c.id).where(buttons.c.notice_id == notice_id))
    return {str(row.action): str(row.id) for row in rows}


def busy(connection: Connection, row: Row[Any], since: dt.datetime, most: int) -> set[str]:
    """Who of a call has been sent more than `most` messages after `since`, live ones and other notices together."""
    people = select(deliveries.c.address).where(deliveries.c.batch_id == row.id)
    recent = or_(outbox.c.settled_at > since, outbox.c.state.in_((OutboxState.WAITING, OutboxState.SENDING)))
    mine = and_(outbox.c.channel == row.channel, outbox.c.recipient.in_(people), outbox.c.progress > 0, recent)
    query = select(outbox.c.recipient, func.sum(outbox.c.progress)).where(mine).group_by(outbox.c.recipient)
    sent = {str(name): int(count) for name, count in connection.execute(query)}
    others = and_(batches.c.channel == row.channel, batches.c.notice_id != row.notice_id, batches.c.settled_at > since)
    if connection.execute(select(batches.c.id).where(others).limit(1)).first() is not None:
        joined = select(deliveries.c.address, func.sum(batches.c.progress)).join(
            batches, batches.c.id == deliveries.c.batch_id
        )
        given = joined.where(others, deliveries.c.address.in_(people)).group_by(deliveries.c.address)
        for name, count in connection.execute(given):
            sent[str(name)] = sent.get(str(name), 0) + int(count)
    return {name for name, count in sent.items() if count > most}


def put_off(connection: Connection, row: Row[Any], people: Iterable[str], until: dt.datetime) -> None:
    """Move some recipients of a call into a call of their own, later."""
    names = list(people)
    values = {"notice_id": row.notice_id, "channel": row.channel, "state": BatchState.WAITING, "size": len(names)}
    moved = connection.execute(insert(batches).values(**values, next_at=until).returning(batches.c.id)).scalar_one()
    theirs = and_(deliveries.c.batch_id == row.id, deliveries.c.address.in_(names))
    connection.execute(update(deliveries).where(theirs).values(batch_id=moved))
    change(connection, row.id, size=row.size - len(names))


def outcome(
    connection: Connection, batch_id: int, state: Delivery, reason: str | None = None, people: Sequence[str] = ()
) -> int:
    """Settle the open recipients of a call, or of those only `people`; returns how many."""
    rows = and_(deliveries.c.batch_id == batch_id, deliveries.c.state == Delivery.WAITING)
    if people:
        rows = and_(rows, deliveries.c.address.in_(people))
    return connection.execute(update(deliveries).where(rows).values(state=state, reason=reason)).rowcount


def expired(connection: Connection, now: dt.datetime) -> list[Row[Any]]:
    """Calls whose relay went away before the answer."""
    query = select(batches).where(batches.c.state == BatchState.SENDING, batches.c.lease_until < now)
    return list(connection.execute(query.limit(100)))


def held(connection: Connection) -> list[Row[Any]]:
    """Calls under way."""
    return list(connection.execute(select(batches).where(batches.c.state == BatchState.SENDING)))


def tried(connection: Connection, notice_id: int) -> tuple[int, int]:
    """Recipients that went wrong, and all that were tried."""
    settled = and_(batches.c.notice_id == notice_id, batches.c.settled_at.is_not(None))
    sums = (func.coalesce(func.sum(batches.c.troubled), 0), func.coalesce(func.sum(batches.c.size), 0))
    troubled, people = connection.execute(select(*sums).where(settled)).one()
    return int(troubled), int(people)


def open_calls(connection: Connection, notice_id: int) -> bool:
    """Whether a call of a notice is still to be made or under way."""
    still = and_(batches.c.notice_id == notice_id, batches.c.state.in_((BatchState.WAITING, BatchState.SENDING)))
    return connection.execute(select(batches.c.id).where(still).limit(1)).first() is not None


def stop(
    connection: Connection, notice_id: int, state: NoticeState, at: dt.datetime | None, reason: str | None
) -> bool:
    """Move a notice that is sending; False when it is not (any more), or waits for a retry to be laid out."""
    going = and_(notices.c.id == notice_id, notices.c.state == NoticeState.SENDING)
    if state is NoticeState.FINISHED:
        going = and_(going, notices.c.regroup.is_(None))
    values = {"state": state, "reason": reason, "finished_at": at}
    return bool(connection.execute(update(notices).where(going).values(**values)).rowcount)


def to_recall(connection: Connection, channel: str, now: dt.datetime) -> Row[Any] | None:
    """A call of a recalled notice whose messages have not been taken back yet."""
    sent = and_(batches.c.channel == channel, batches.c.state.in_((BatchState.DONE, BatchState.UNKNOWN)))
    wanted = and_(sent, batches.c.platform_ids != "", batches.c.recall.is_(None), batches.c.next_at <= now)
    query = select(batches).join(notices, notices.c.id == batches.c.notice_id)
    query = query.where(wanted, notices.c.state == NoticeState.RECALLED)
    return connection.execute(query.order_by(batches.c.id).limit(1)).first()


def unsettled(connection: Connection) -> list[tuple[int, int]]:
    """Notices with recipients whose outcome is unknown: number and how many, for the operator."""
    suspicious = or_(batches.c.state == BatchState.UNKNOWN, batches.c.troubled > 0)
    query = (
        select(batches.c.notice_id, func.count())
        .join(deliveries, deliveries.c.batch_id == batches.c.id)
        .where(suspicious, deliveries.c.state == Delivery.UNKNOWN)
        .group_by(batches.c.notice_id)
        .order_by(batches.c.notice_id)
    )
    return [(int(number), int(people)) for number, people in connection.execute(query)]
