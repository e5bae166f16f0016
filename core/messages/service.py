"""Commands on messages: receive, take, settle. Every state change is one transaction."""

import datetime as dt
import secrets
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from core.clock import Clock, wall
from core.crypto import Cipher
from core.db import Connection, Database, Row
from core.errors import DecryptionFailed, Refused
from core.messages import store
from core.messages.rules import (
    APOLOGY_AFTER,
    LEASE,
    MAX_ATTEMPTS,
    STAYS_INSIDE,
    Button,
    Context,
    Inbound,
    InboxState,
    Lane,
    OutboxState,
    Reply,
    backoff,
    erase_after_settling,
    may_leave,
    outside,
    reply_from_json,
    tells_what_was_asked,
)

Letter = tuple[str, str, Reply]
MEDIA_KINDS = ("image", "file", "voice", "video")
_MEDIA_QUIET = dt.timedelta(seconds=2)
_BODY_LIFE = dt.timedelta(hours=6)
_WELCOME_AGAIN = dt.timedelta(hours=12)
_BUTTON_LIFE = dt.timedelta(days=14)


@dataclass(frozen=True)
class Turn:
    """A leased piece of conversation: one message, or a run of pictures and files.

    `kinds` has one entry for each id. `readable` is False when no configured key opens it; it has no bodies then.
    """

    ids: tuple[int, ...]
    channel: str
    sender: str
    kind: str
    bodies: tuple[dict[str, str], ...]
    received_at: dt.datetime
    attempts: int
    apologised: bool
    kinds: tuple[str, ...] = ()
    readable: bool = True

    @property
    def body(self) -> dict[str, str]:
        """The first (usually only) message's content."""
        return self.bodies[0]


@dataclass(frozen=True)
class Mailbox:
    """Inbox, outbox and what belongs to them, over one database."""

    db: Database
    cipher: Cipher
    clock: Clock
    apology_after: dt.timedelta = APOLOGY_AFTER

    # -- receiving

    def receive(self, message: Inbound) -> bool:
        """Write the inbox row; False when this message was received before."""
        now = wall()
        row = {
            "channel": message.channel,
            "sender": message.sender,
            "dedup": message.dedup,
            "kind": message.kind,
            "body": self.cipher.seal_json(message.body(), "inbox"),
            "received_at": now,
            "state": InboxState.WAITING,
            "next_at": now,
        }
        with self.db.write() as connection:
            return store.add_inbox(connection, row) is not None

    def take(self, owner: str) -> Turn | None:
        """Lease the next piece of conversation, or None when nothing is due."""
        now = wall()
        with self.db.read() as connection:
            if not store.inbox_due(connection, now):
                return None
        with self.db.write() as connection:
            first = store.claim_inbox(connection, owner, now, now + LEASE)
            if first is None:
                return None
            rows = store.media_run(connection, first, MEDIA_KINDS) if first.kind in MEDIA_KINDS else [first]
            quiet_at = rows[-1].received_at + _MEDIA_QUIET
            if first.kind in MEDIA_KINDS and first.run is None:
                if now < quiet_at:
                    store.postpone_inbox(connection, first.id, quiet_at, first.attempts, first.apologised)
                    return None
                store.fix_run(connection, [row.id for row in rows])
        return self._turn(rows)

    def _turn(self, rows: Sequence[Row[Any]]) -> Turn:
        first = rows[0]
        try:
            bodies = tuple(self.cipher.open_json(row.body, "inbox") for row in rows)
        except DecryptionFailed:
            bodies = ()
        return Turn(
            ids=tuple(row.id for row in rows),
            channel=first.channel,
            sender=first.sender,
            kind=first.kind,
            bodies=bodies,
            received_at=first.received_at,
            attempts=first.attempts,
            apologised=first.apologised,
            kinds=tuple(row.kind for row in rows),
            readable=bool(bodies),
        )

    def answer(self, turn: Turn, replies: Iterable[Reply]) -> bool:
        """Queue the replies and settle the turn, together; False (and nothing queued) when it was settled before."""
        with self.db.write() as connection:
            if not store.settle_inbox(connection, list(turn.ids), InboxState.DONE, wall(), None):
                return False
            self._queue(connection, turn.channel, turn.sender, replies)
            return True

    def seen_lately(self, turn: Turn) -> bool:
        """Whether the sender was here in the last 12 hours, so that opening the app again needs no second welcome."""
        with self.db.read() as connection:
            return store.seen_since(connection, turn.channel, turn.sender, turn.ids[0], wall() - _WELCOME_AGAIN)

    def ignore(self, turn: Turn) -> None:
        """Settle a turn that asks for nothing."""
        with self.db.write() as connection:
            store.settle_inbox(connection, list(turn.ids), InboxState.IGNORED, wall(), None)

    def wait(self, turn: Turn, apology: Reply) -> None:
        """Rasa is down: give the turn back without counting; after `apology_after` say sorry once."""
        now = wall()
        age = now - turn.received_at
        due = not turn.apologised and age >= self.apology_after
        with self.db.write() as connection:
            if due:
                self._queue(connection, turn.channel, turn.sender, [apology])
            next_at = now + dt.timedelta(seconds=1 if age < self.apology_after else 3)
            store.postpone_inbox(connection, turn.ids[0], next_at, turn.attempts, turn.apologised or due)

    def fail(self, turn: Turn, reason: str, apology: Reply, final: bool = False) -> bool:
        """Count a failed attempt; True when it was the last one (or `final`) and the apology went out."""
        attempts = turn.attempts + 1
        with self.db.write() as connection:
            if attempts < MAX_ATTEMPTS and not final:
                store.postpone_inbox(connection, turn.ids[0], wall() + backoff(attempts), attempts, turn.apologised)
                return False
            if store.settle_inbox(connection, list(turn.ids), InboxState.FAILED, wall(), reason[:200]):
                self._queue(connection, turn.channel, turn.sender, [apology])
            return True

    def release(self, gone: Callable[[str], bool]) -> int:
        """End the leases whose owner is `gone`, a process that died; nobody waits for them. Returns how many owners."""
        with self.db.write() as connection:
            owners = [owner for owner in store.lease_owners(connection) if gone(owner)]
            store.end_leases(connection, owners, wall())
        return len(owners)

    # -- replies already given

    def stored_reply(self, connection: Connection, inbox_id: int) -> list[Reply] | None:
        """The replies given to a message before; None when it is new."""
        row = store.stored_turn(connection, inbox_id)
        if row is None:
            return None
        values = self.cipher.open_json(row.reply, "turns") if row.reply else []
        return [reply_from_json(value) for value in values]

    def remember(self, connection: Connection, inbox_id: int, replies: Sequence[Reply]) -> None:
        """Keep the full reply on the caller's transaction, so that a retry changes nothing."""
        sealed = self.cipher.seal_json([reply.as_json() for reply in replies], "turns")
        store.add_turn(connection, inbox_id, sealed, wall())

    # -- sending

    def queue(self, connection: Connection, channel: str, recipient: str, reply: Reply, lane: Lane = Lane.LIVE) -> None:
        """Queue one message on the caller's transaction.

        Raises Refused for one that must stay inside the organisation and was addressed to a channel outside.
        """
        if outside(channel) and not may_leave(reply):
            raise Refused(f"a reply of kind {reply.kind} may not go to {channel}")
        self.queue_many(connection, [(channel, recipient, reply)], lane)

    def queue_many(self, connection: Connection, letters: Iterable[Letter], lane: Lane = Lane.LIVE) -> None:
        """Queue many messages, each (channel, recipient, reply), on the caller's transaction."""
        now = wall()
        rows = [
            {
                "channel": channel, "recipient": recipient, "lane": lane, "state": OutboxState.WAITING,
                # The column is readable: that somebody asked about policy must not show in it.
                "kind": "reply" if erase_after_settling(reply.kind) else reply.kind,
                "body": self.cipher.seal_json(reply.as_json(), "outbox"), "created_at": now, "next_at": now,
            }
            for channel, recipient, said in letters
            for reply in (said if not outside(channel) or may_leave(said) else STAYS_INSIDE,)
        ]  # fmt: skip
        store.add_outbox(connection, rows)

    def _queue(self, connection: Connection, channel: str, recipient: str, replies: Iterable[Reply]) -> None:
        self.queue_many(connection, [(channel, recipient, reply) for reply in replies])

    # -- buttons

    def new_button(self, connection: Connection, channel: str, recipient: str, payload: str, title: str = "") -> str:
        """An opaque id for a payload shown to one member, with the title to grey it out with.

        A button that tells what was asked carries a mark, and goes when the bodies of messages go.
        """
        mark = store.QUESTION_MARK if tells_what_was_asked(payload) else ""
        button_id = mark + secrets.token_urlsafe(12)
        row = {
            "id": button_id,
            "channel": channel,
            "recipient": recipient.casefold(),
            "payload": self.cipher.seal_json([title, payload], "buttons"),
            "created_at": wall(),
        }
        store.add_button(connection, row)
        return button_id

    def pressed(self, button_id: str, channel: str, sender: str) -> Button | None:
        """The button that was pressed; None when it was never shown to this member or is too old."""
        with self.db.read() as connection:
            row = store.button(connection, button_id, channel, sender)
        if row is None:
            return None
        title, payload = self.cipher.open_json(row.payload, "buttons")
        return Button(title, payload)

    # -- context of follow-up questions

    def context(self, connection: Connection, person_id: int) -> Context:
        """What the person's next words may refer to (empty when expired)."""
        row = store.context(connection, person_id, wall())
        if row is None:
            return Context()
        value: dict[str, Any] = self.cipher.open_json(row.body, "contexts")
        return Context(
            topic=value.get("topic"),
            clause=tuple(value["clause"]) if value.get("clause") else None,
            choices=tuple(Button(title, payload) for title, payload in value.get("choices", [])),
            pending=value.get("pending", {}),
        )

    def set_context(self, connection: Connection, person_id: int, context: Context, life: dt.timedelta) -> None:
        """Replace the context; it is erased when `life` is over."""
        value = {
            "topic": context.topic,
            "clause": context.clause,
            "choices": [(choice.title, choice.payload) for choice in context.choices],
            "pending": context.pending,
        }
        store.set_context(connection, person_id, self.cipher.seal_json(value, "contexts"), wall() + life)

    def share_question(self, connection: Connection, text: str) -> None:
        """Keep a question its asker agreed to share, by month only."""
        month = self.clock.today().replace(day=1)
        store.share_question(connection, month, self.cipher.seal_json({"text": text}, "shared_questions"))

    # -- upkeep

    def sweep(self) -> None:
        """Erase what has expired; runs every few minutes."""
        now = wall()
        with self.db.write() as connection:
            store.sweep(connection, now, now - _BODY_LIFE, now - _BUTTON_LIFE)

    def check(self) -> None:
        """Raise what the driver raises when the database or its tables cannot be read."""
        with self.db.read() as connection:
            store.inbox_due(connection, wall())

    def counts(self) -> dict[str, int]:
        """Rows by state."""
        with self.db.read() as connection:
            return store.counts(connection)
