"""The relay's side of the outbox: claim, render once, settle, recover what a crash left open."""

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

from core.clock import wall
from core.db import Connection, Row
from core.errors import DecryptionFailed, OutcomeUnknown, Rejected, TemporaryFailure
from core.messages import store
from core.messages.rules import (
    CARDS_PER_MINUTE,
    GIVE_UP_AFTER,
    MEMBER_PER_HOUR,
    MEMBER_PER_MINUTE,
    SEND_LEASE,
    Lane,
    OutboxState,
    Reply,
    backoff,
    erase_after_settling,
    reply_from_json,
)
from core.messages.service import Mailbox

Piece = dict[str, Any]
Render = Callable[[Reply, Callable[[str], str]], Iterable[Piece]]
_SPACING = dt.timedelta(seconds=5)
_MAX_UNKNOWN = 12


@dataclass(frozen=True)
class Parcel:
    """A claimed message to one recipient.

    `pieces`: what it was rendered to, once it has been; `progress`: how many of them the platform has accepted;
    `resend`: the next piece may have arrived before, so the platform is asked to look for a duplicate.
    """

    id: int
    channel: str
    recipient: str
    lane: str
    reply: Reply
    attempts: int
    resend: bool
    created_at: dt.datetime
    progress: int = 0
    pieces: tuple[Piece, ...] = ()

    @property
    def piece(self) -> Piece:
        """The piece to be sent next."""
        return self.pieces[self.progress]

    def age(self) -> float:
        """Seconds since it was queued."""
        return (wall() - self.created_at).total_seconds()

    @property
    def last(self) -> bool:
        """Whether nothing follows the next piece."""
        return self.progress + 1 >= len(self.pieces)


@dataclass(frozen=True)
class Sender:
    """Claims and settles parcels of one mailbox."""

    mailbox: Mailbox

    def claim(self, owner: str, channel: str, limit: int = 20) -> list[Parcel]:
        """Lease due parcels; a member near the platform's silent limit is put off instead."""
        now = wall()
        with self.mailbox.db.read() as connection:
            if not store.outbox_due(connection, now, channel):
                return []
        parcels = []
        with self.mailbox.db.write() as connection:
            for row in store.claim_outbox(connection, owner, now, now + SEND_LEASE, channel, limit):
                if self._full(connection, channel, row.recipient):
                    store.update_outbox(connection, row.id, state=OutboxState.WAITING, next_at=now + _SPACING)
                elif parcel := self._parcel(row):
                    parcels.append(parcel)
                else:
                    values = {"state": OutboxState.REJECTED, "settled_at": now, "reason": "no key opens it"}
                    store.update_outbox(connection, row.id, **values, body=None)
        return parcels

    def _full(self, connection: Connection, channel: str, recipient: str) -> bool:
        """Whether the platform would silently drop one more message to this member."""
        limits = ((dt.timedelta(minutes=1), MEMBER_PER_MINUTE), (dt.timedelta(hours=1), MEMBER_PER_HOUR))
        return any(store.sent_since(connection, channel, recipient, wall() - span) >= most for span, most in limits)

    def _parcel(self, row: Row[Any]) -> Parcel | None:
        """The row opened, or None when no configured key opens it."""
        try:
            value = self.mailbox.cipher.open_json(row.body, "outbox")
        except DecryptionFailed:
            return None
        return Parcel(
            id=row.id,
            channel=row.channel,
            recipient=row.recipient,
            lane=row.lane,
            reply=reply_from_json(value),
            attempts=row.attempts,
            resend=row.resend,
            created_at=row.created_at,
            progress=row.progress,
            pieces=tuple(value.get("pieces", ())),
        )

    def prepare(self, parcel: Parcel, render: Render) -> Parcel:
        """The parcel with its pieces, rendered at most once.

        Buttons get their ids here. Pieces with buttons are stored: a resend must be the same to the letter, or the
        platform's duplicate check would not know it again. Text alone renders the same every time.
        """
        if parcel.pieces:
            return parcel
        titles = {button.payload: button.title for button in parcel.reply.buttons}
        if not titles:
            return replace(parcel, pieces=tuple(render(parcel.reply, lambda _payload: "")))
        with self.mailbox.db.write() as connection:

            def new_button(payload: str) -> str:
                title = titles.get(payload, "")
                return self.mailbox.new_button(connection, parcel.channel, parcel.recipient, payload, title)

            pieces = tuple(self._lean(connection, parcel, tuple(render(parcel.reply, new_button))))
            body = self.mailbox.cipher.seal_json({**parcel.reply.as_json(), "pieces": pieces}, "outbox")
            store.update_outbox(connection, parcel.id, body=body)
        return replace(parcel, pieces=pieces)

    def _lean(self, connection: Connection, parcel: Parcel, pieces: tuple[Piece, ...]) -> tuple[Piece, ...]:
        """Without the card when the member's minute is half used up: its choices stand in the text as well."""
        since = wall() - dt.timedelta(minutes=1)
        words = tuple(piece for piece in pieces if piece.get("kind") != "card")
        busy = store.sent_since(connection, parcel.channel, parcel.recipient, since) >= CARDS_PER_MINUTE
        talking = parcel.lane == Lane.LIVE and parcel.reply.kind != "notice"
        return words if words and busy and talking else pieces

    def advance(self, parcel: Parcel) -> Parcel | None:
        """Note that a piece was accepted and more follow; None when the member's limit puts the rest off."""
        now = wall()
        done = parcel.progress + 1
        values: dict[str, Any] = {"progress": done, "resend": False, "lease_until": now + SEND_LEASE}
        with self.mailbox.db.write() as connection:
            store.update_outbox(connection, parcel.id, **values)
            if self._full(connection, parcel.channel, parcel.recipient):
                later = {"state": OutboxState.WAITING, "next_at": now + _SPACING, "lease_until": None}
                store.update_outbox(connection, parcel.id, **later)
                return None
        return replace(parcel, progress=done, resend=False)

    def accepted(self, parcel: Parcel, platform_id: str, note: str | None = None) -> None:
        """The platform took it; a text that tells what was asked is erased at once. `note`: what it did not take."""
        values = {
            "state": OutboxState.ACCEPTED,
            "settled_at": wall(),
            "platform_id": platform_id[:200],
            "progress": max(1, parcel.progress + 1),
            "reason": note,
        }
        if erase_after_settling(parcel.reply.kind):
            values["body"] = None
        self._settle(parcel, **values)

    def failed(self, parcel: Parcel, error: TemporaryFailure | Rejected | OutcomeUnknown) -> OutboxState:
        """Settle or put off a parcel after an error; returns the state it is in now."""
        if isinstance(error, OutcomeUnknown):
            with self.mailbox.db.write() as connection:
                return self._unknown(connection, parcel.id, parcel.lane, parcel.attempts)
        old = wall() - parcel.created_at >= GIVE_UP_AFTER
        if isinstance(error, Rejected) or old:
            self._settle(parcel, state=OutboxState.REJECTED, settled_at=wall(), reason=error.reason[:200], body=None)
            return OutboxState.REJECTED
        attempts = parcel.attempts + 1
        wait = dt.timedelta(seconds=error.retry_after) if error.retry_after else backoff(attempts)
        later = {"attempts": attempts, "next_at": wall() + wait, "reason": error.reason[:200]}
        self._settle(parcel, state=OutboxState.WAITING, **later)
        return OutboxState.WAITING

    def postpone(self, parcel: Parcel, seconds: float) -> None:
        """Give a parcel back untried: the platform's limits leave no room for it yet."""
        later = wall() + dt.timedelta(seconds=seconds)
        self._settle(parcel, state=OutboxState.WAITING, next_at=later)

    def recover(self) -> int:
        """Deal with parcels whose relay died between send and settle; returns how many."""
        with self.mailbox.db.read() as connection:
            if not store.expired_sends(connection, wall()):
                return 0
        with self.mailbox.db.write() as connection:
            rows = store.expired_sends(connection, wall())
            for row in rows:
                self._unknown(connection, row.id, row.lane, row.attempts)
        return len(rows)

    def _unknown(self, connection: Connection, row_id: int, lane: str, attempts: int) -> OutboxState:
        """Live replies and reminders are sent again with the platform's duplicate check; others wait for a person."""
        again = lane != Lane.BULK and attempts + 1 < _MAX_UNKNOWN
        state = OutboxState.WAITING if again else OutboxState.UNKNOWN
        values = {"state": state, "resend": True, "attempts": attempts + 1, "next_at": wall() + backoff(attempts + 1)}
        if lane != Lane.BULK and not again:
            # Nobody decides about an old answer any more; what it said must not stay.
            values |= {"body": None, "settled_at": wall()}
        store.update_outbox(connection, row_id, **values, reason="outcome unknown", lease_until=None)
        return state

    def _settle(self, parcel: Parcel, **values: object) -> None:
        with self.mailbox.db.write() as connection:
            store.update_outbox(connection, parcel.id, lease_until=None, **values)
