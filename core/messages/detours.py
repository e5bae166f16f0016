"""Brings home what was to go to a channel that takes nothing any more: the push reaches its person in WeChat Work."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from core.clock import wall
from core.db import Connection, Row
from core.errors import DecryptionFailed
from core.messages import store
from core.messages.rules import Lane, OutboxState, reply_from_json
from core.messages.sending import Parcel
from core.messages.service import Mailbox
from core.people import links
from core.people import store as people
from core.people.service import HOME

_PUSHES = ("notice", "status")
_BATCH = 500


@dataclass(frozen=True)
class Detours:
    """Over one mailbox."""

    mailbox: Mailbox

    def unreachable(self, parcel: Parcel, reason: str) -> None:
        """The recipient has shut us out: untie the account; a push that never arrived goes home, an answer is lost."""
        with self.mailbox.db.write() as connection:
            person = links.closed(connection, parcel.channel, parcel.recipient)
            values = {"state": OutboxState.REJECTED, "settled_at": wall(), "reason": reason[:200], "body": None}
            store.update_outbox(connection, parcel.id, lease_until=None, **values)
            if person is not None and parcel.reply.kind in _PUSHES and not parcel.progress:
                self.mailbox.queue(connection, HOME, person.userid, parcel.reply, Lane(parcel.lane))

    def gone(self, channel: str, recipients: Iterable[str]) -> None:
        """Recipients who have shut us out: untie their accounts, so that the next push goes home."""
        with self.mailbox.db.write() as connection:
            for recipient in recipients:
                links.closed(connection, channel, recipient)

    def close(self, channel: str) -> int:
        """The gateway no longer runs a channel: what waits for it goes home; how many messages that were."""
        moved = 0
        while True:
            with self.mailbox.db.write() as connection:
                rows = store.waiting_for(connection, channel, _BATCH)
                for row in rows:
                    moved += self._home(connection, row)
            if len(rows) < _BATCH:
                return moved

    def _home(self, connection: Connection, row: Row[Any]) -> bool:
        person = people.by_account(connection, row.channel, row.recipient)
        values = {"state": OutboxState.REJECTED, "settled_at": wall(), "reason": "the channel is off", "body": None}
        store.update_outbox(connection, row.id, **values)
        if person is None or row.kind not in _PUSHES or row.progress or row.resend:
            return False
        try:
            reply = reply_from_json(self.mailbox.cipher.open_json(row.body, "outbox"))
        except DecryptionFailed:
            return False
        self.mailbox.queue(connection, HOME, person.userid, reply, Lane(row.lane))
        return True
