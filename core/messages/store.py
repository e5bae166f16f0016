"""Queries on inbox and outbox. Claims are leases with an expiry, taken in one write transaction."""

import datetime as dt
from typing import Any

from sqlalchemy import (
    Connection,
    Integer,
    Row,
    and_,
    bindparam,
    case,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)  # fmt: skip
from sqlalchemy.exc import IntegrityError

from core.messages.rules import InboxState, Lane, OutboxState
from core.messages.tables import buttons, contexts, inbox, outbox, shared_questions, turns
from core.notices.rules import CHANNELS, BatchState, Delivery
from core.notices.tables import notice_batches as batches
from core.notices.tables import notice_deliveries as deliveries

QUESTION_MARK = "q."


def add_inbox(connection: Connection, row: dict[str, Any]) -> int | None:
    """Insert a received message; None when channel and dedup key are known already."""
    try:
        with connection.begin_nested():
            return int(connection.execute(insert(inbox).values(**row).returning(inbox.c.id)).scalar_one())
    except IntegrityError:
        return None


# The two claims are built once: building them costs several times what running them does.
_older_in = inbox.alias("older")
_free = or_(inbox.c.lease_until.is_(None), inbox.c.lease_until < bindparam("now"))
_due_in = and_(inbox.c.state == InboxState.WAITING, inbox.c.next_at <= bindparam("now"), _free)
_same_conversation = and_(_older_in.c.channel == inbox.c.channel, _older_in.c.sender == inbox.c.sender)
_CLAIM_INBOX = (
    select(inbox)
    .where(_due_in)
    .where(~exists().where(_same_conversation, _older_in.c.state == InboxState.WAITING, _older_in.c.id < inbox.c.id))
    .order_by(inbox.c.id)
    .limit(1)
    .with_for_update(skip_locked=True)
)
_INBOX_DUE = select(inbox.c.id).where(_due_in).limit(1)


def claim_inbox(connection: Connection, owner: str, now: dt.datetime, until: dt.datetime) -> Row[Any] | None:
    """Lease the oldest due message whose conversation has none older unsettled; None when there is nothing."""
    row = connection.execute(_CLAIM_INBOX, {"now": now}).first()
    if row is not None:
        connection.execute(update(inbox).where(inbox.c.id == row.id).values(lease_owner=owner, lease_until=until))
    return row


def inbox_due(connection: Connection, now: dt.datetime) -> bool:
    """Whether a claim may find something; asked before taking the write lock."""
    return connection.execute(_INBOX_DUE, {"now": now}).first() is not None


def media_run(connection: Connection, first: Row[Any], kinds: tuple[str, ...]) -> list[Row[Any]]:
    """The unsettled messages of a conversation from `first` on, as long as they are pictures and files.

    A run tried before keeps its members: what came later is not covered by the reply that may be stored already.
    """
    query = (
        select(inbox)
        .where(
            inbox.c.channel == first.channel,
            inbox.c.sender == first.sender,
            inbox.c.state == InboxState.WAITING,
            inbox.c.id >= first.id,
        )
        .order_by(inbox.c.id)
    )
    run = []
    for row in connection.execute(query):
        if row.kind not in kinds or row.run != first.run:
            break
        run.append(row)
    return run


def fix_run(connection: Connection, ids: list[int]) -> None:
    """Keep together what is about to be handled as one turn."""
    connection.execute(update(inbox).where(inbox.c.id.in_(ids)).values(run=ids[0]))


def seen_since(connection: Connection, channel: str, sender: str, before_id: int, since: dt.datetime) -> bool:
    """Whether a member was answered on anything before message `before_id` and after `since`."""
    earlier = and_(inbox.c.channel == channel, inbox.c.sender == sender, inbox.c.id < before_id)
    query = select(inbox.c.id).where(earlier, inbox.c.received_at > since, inbox.c.state != InboxState.IGNORED)
    return connection.execute(query.limit(1)).first() is not None


def settle_inbox(
    connection: Connection, ids: list[int], state: InboxState, at: dt.datetime, failure: str | None
) -> bool:
    """Close messages and erase what they said; False when somebody else has closed them after the lease ran out."""
    values = {"state": state, "settled_at": at, "failure": failure, "body": None, "lease_until": None}
    open_rows = and_(inbox.c.id.in_(ids), inbox.c.state == InboxState.WAITING)
    settled = connection.execute(update(inbox).where(open_rows).values(**values)).rowcount
    connection.execute(update(turns).where(turns.c.inbox_id.in_(ids)).values(reply=None))
    return bool(settled)


def lease_owners(connection: Connection) -> set[str]:
    """Who holds leases on unsettled messages."""
    held_in = select(inbox.c.lease_owner).where(inbox.c.state == InboxState.WAITING, inbox.c.lease_until.is_not(None))
    held_out = select(outbox.c.lease_owner).where(outbox.c.state == OutboxState.SENDING)
    return {str(row[0]) for query in (held_in, held_out) for row in connection.execute(query)}


def end_leases(connection: Connection, owners: list[str], now: dt.datetime) -> None:
    """Let the leases of owners that are gone run out at once."""
    waiting = and_(inbox.c.state == InboxState.WAITING, inbox.c.lease_owner.in_(owners))
    connection.execute(update(inbox).where(waiting).values(lease_until=None))
    sending = and_(outbox.c.state == OutboxState.SENDING, outbox.c.lease_owner.in_(owners))
    connection.execute(update(outbox).where(sending).values(lease_until=now))


def postpone_inbox(connection: Connection, row_id: int, next_at: dt.datetime, attempts: int, apologised: bool) -> None:
    """Give a message back to be tried again at `next_at`."""
    values = {"next_at": next_at, "attempts": attempts, "apologised": apologised, "lease_until": None}
    connection.execute(update(inbox).where(inbox.c.id == row_id).values(**values))


def stored_turn(connection: Connection, inbox_id: int) -> Row[Any] | None:
    """The reply already given to a message."""
    return connection.execute(select(turns).where(turns.c.inbox_id == inbox_id)).first()


def add_turn(connection: Connection, inbox_id: int, reply: bytes, at: dt.datetime) -> None:
    """Keep the reply under the message's id."""
    connection.execute(insert(turns).values(inbox_id=inbox_id, reply=reply, at=at))


def add_outbox(connection: Connection, rows: list[dict[str, Any]]) -> None:
    """Queue messages on the caller's transaction."""
    if rows:
        connection.execute(insert(outbox), rows)


_older_out = outbox.alias("older")
_same_queue = [_older_out.c[name] == outbox.c[name] for name in ("channel", "recipient", "lane")]
_open = _older_out.c.state.in_((OutboxState.WAITING, OutboxState.SENDING))
_due_out = and_(
    outbox.c.channel == bindparam("channel"),
    outbox.c.state == OutboxState.WAITING,
    outbox.c.next_at <= bindparam("now"),
)
_CLAIM_OUTBOX = (
    select(outbox)
    .where(_due_out, outbox.c.lane == bindparam("lane"))
    .where(~exists().where(*_same_queue, _open, _older_out.c.id < outbox.c.id))
    .order_by(outbox.c.id)
    .limit(bindparam("most", type_=Integer))
    .with_for_update(skip_locked=True)
)
_OUTBOX_DUE = select(outbox.c.id).where(_due_out).limit(1)


def claim_outbox(
    connection: Connection, owner: str, now: dt.datetime, until: dt.datetime, channel: str, limit: int
) -> list[Row[Any]]:
    """Lease due messages, live ones first, and for a recipient only what comes first."""
    rows: list[Row[Any]] = []
    # One query for each lane, each in index order: a sort over a queue of 100,000 would hold the write lock too long.
    for lane in (Lane.LIVE, Lane.PUSH, Lane.BULK):
        if len(rows) < limit:
            values = {"channel": channel, "now": now, "lane": lane, "most": limit - len(rows)}
            rows.extend(connection.execute(_CLAIM_OUTBOX, values))
    if rows:
        claimed = outbox.c.id.in_([row.id for row in rows])
        changed = {"state": OutboxState.SENDING, "lease_owner": owner, "lease_until": until}
        connection.execute(update(outbox).where(claimed).values(**changed))
    return rows


def outbox_due(connection: Connection, now: dt.datetime, channel: str) -> bool:
    """Whether a claim may find something; asked before taking the write lock."""
    return connection.execute(_OUTBOX_DUE, {"channel": channel, "now": now}).first() is not None


def waiting_for(connection: Connection, channel: str, limit: int) -> list[Row[Any]]:
    """Messages that wait for a channel, oldest first."""
    waiting = and_(outbox.c.channel == channel, outbox.c.state == OutboxState.WAITING)
    return list(connection.execute(select(outbox).where(waiting).order_by(outbox.c.id).limit(limit)))


def expired_sends(connection: Connection, now: dt.datetime) -> list[Row[Any]]:
    """Messages whose relay went away between send and settle: nobody knows whether they arrived."""
    query = select(outbox).where(outbox.c.state == OutboxState.SENDING, outbox.c.lease_until < now).limit(500)
    return list(connection.execute(query))


def update_outbox(connection: Connection, row_id: int, **values: Any) -> None:
    """Change one queued message."""
    connection.execute(update(outbox).where(outbox.c.id == row_id).values(**values))


_unsettled = outbox.c.state.in_((OutboxState.WAITING, OutboxState.SENDING))
_SENT_SINCE = select(func.coalesce(func.sum(outbox.c.progress), 0)).where(
    outbox.c.channel == bindparam("channel"),
    outbox.c.recipient == bindparam("recipient"),
    outbox.c.progress > 0,
    or_(outbox.c.settled_at > bindparam("since"), _unsettled),
)
# A notice's call under way may have reached its people already: its next message counts.
_under_way = batches.c.state == BatchState.SENDING
_NOTICED_SINCE = (
    select(func.coalesce(func.sum(batches.c.progress + case((_under_way, 1), else_=0)), 0))
    .join(deliveries, deliveries.c.batch_id == batches.c.id)
    .where(deliveries.c.userid == bindparam("recipient"), deliveries.c.state != Delivery.FAILED)
    .where(batches.c.channel == bindparam("channel"), or_(batches.c.settled_at > bindparam("since"), _under_way))
)


def sent_since(connection: Connection, channel: str, recipient: str, since: dt.datetime) -> int:
    """How many messages a member was sent after `since`, notices too; the pieces of an unfinished reply all count."""
    values = {"channel": channel, "recipient": recipient, "since": since}
    sent = int(connection.execute(_SENT_SINCE, values).scalar_one())
    if channel != CHANNELS[0]:
        return sent
    return sent + int(connection.execute(_NOTICED_SINCE, values).scalar_one())


def add_button(connection: Connection, row: dict[str, Any]) -> None:
    """Keep what an opaque button id stands for."""
    connection.execute(insert(buttons).values(**row))


def button(connection: Connection, button_id: str, channel: str, recipient: str) -> Row[Any] | None:
    """The button a member pressed, only if it was shown to that member."""
    query = select(buttons).where(
        buttons.c.id == button_id, buttons.c.channel == channel, buttons.c.recipient == recipient.casefold()
    )
    return connection.execute(query).first()


def context(connection: Connection, person_id: int, now: dt.datetime) -> Row[Any] | None:
    """A person's live context."""
    query = select(contexts).where(contexts.c.person_id == person_id, contexts.c.expires_at > now)
    return connection.execute(query).first()


def set_context(connection: Connection, person_id: int, body: bytes, expires_at: dt.datetime) -> None:
    """Replace a person's context."""
    connection.execute(delete(contexts).where(contexts.c.person_id == person_id))
    connection.execute(insert(contexts).values(person_id=person_id, body=body, expires_at=expires_at))


def share_question(connection: Connection, month: dt.date, body: bytes) -> None:
    """Keep a question its asker agreed to share: no person, no unit, no exact time."""
    connection.execute(insert(shared_questions).values(month=month, body=body))


def sweep(connection: Connection, now: dt.datetime, bodies_before: dt.datetime, buttons_before: dt.datetime) -> None:
    """Erase expired contexts, old buttons, and whatever text outlived its message."""
    connection.execute(delete(contexts).where(contexts.c.expires_at < now))
    connection.execute(delete(buttons).where(buttons.c.created_at < buttons_before))
    asked = buttons.c.id.startswith(QUESTION_MARK, autoescape=True)
    connection.execute(delete(buttons).where(asked, buttons.c.created_at < bodies_before))
    settled = and_(inbox.c.state != InboxState.WAITING, inbox.c.settled_at < bodies_before)
    connection.execute(update(inbox).where(settled, inbox.c.body.is_not(None)).values(body=None))
    connection.execute(update(turns).where(turns.c.at < bodies_before, turns.c.reply.is_not(None)).values(reply=None))
    done = and_(outbox.c.state.in_((OutboxState.ACCEPTED, OutboxState.REJECTED)), outbox.c.settled_at < bodies_before)
    connection.execute(update(outbox).where(done, outbox.c.body.is_not(None)).values(body=None))


def counts(connection: Connection) -> dict[str, int]:
    """Rows by state, for health and metrics: `inbox_waiting`, `outbox_unknown` …"""
    found: dict[str, int] = {}
    for name, table in (("inbox", inbox), ("outbox", outbox)):
        for row in connection.execute(select(table.c.state, func.count()).group_by(table.c.state)):
            found[f"{name}_{row[0]}"] = int(row[1])
    return found


def failures(connection: Connection, limit: int) -> list[Row[Any]]:
    """The newest messages that were given up, for the operator; no content."""
    query = (
        select(inbox.c.id, inbox.c.channel, inbox.c.received_at, inbox.c.kind, inbox.c.failure)
        .where(inbox.c.state == InboxState.FAILED)
        .order_by(inbox.c.id.desc())
        .limit(limit)
    )
    return list(connection.execute(query))
