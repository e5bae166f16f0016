"""The bulk relay's side of notices: claim one platform call, settle it, stop when too much goes wrong, take back.

A call is claimed by lease before it is made and settled after it. What died in between is unknown: it may have reached
1,000 people, so it is never repeated without a person (design 2, step 6).
"""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from core.broadcast import store
from core.clock import wall
from core.db import Connection, Row
from core.errors import DecryptionFailed
from core.messages.rules import MEMBER_PER_MINUTE, Button, backoff
from core.messages.service import Mailbox
from core.notices.readers import Readers
from core.notices.rules import (
    ANSWERS,
    GIVE_UP_AFTER,
    LEASE,
    MOST_BYTES,
    Asks,
    BatchState,
    Content,
    Delivery,
    NoticeState,
    Progress,
    should_pause,
)
from core.notices.service import Notices, opened

_MINUTE = dt.timedelta(minutes=1)
_PUT_OFF = dt.timedelta(seconds=65)
_MOST_PIECES = MOST_BYTES // 1500 + 1
_UNREADABLE = "no key opens it"
_PARTLY = "only the first part was accepted"


@dataclass(frozen=True)
class Load:
    """A claimed call: what to send to whom. `progress` of its messages have been accepted before.

    `choices`: title and opaque id of each button; `people`: who is still to be reached.
    """

    id: int
    notice_id: int
    owner: str
    content: Content
    choices: tuple[tuple[str, str], ...]
    people: tuple[str, ...]
    progress: int
    attempts: int
    platform_ids: str

    @property
    def partly(self) -> bool:
        """Whether a part of the notice has been accepted already."""
        return self.progress > 0


@dataclass(frozen=True)
class Dispatch:
    """Claims and settles the calls of one mailbox's notices."""

    mailbox: Mailbox

    @property
    def _notices(self) -> Notices:
        return Notices(self.mailbox, {})

    def waiting(self, channel: str) -> tuple[bool, bool]:
        """Whether a call is due, and whether a live reply is: those go before bulk."""
        now = wall()
        with self.mailbox.db.read() as connection:
            bulk = store.due(connection, channel, now)
            return bulk, bulk and store.live_due(connection, channel, now)

    def claim(self, owner: str, channel: str) -> Load | None:
        """Lease the next call, or None; ask `waiting` first, this takes the write lock.

        Who was sent much this minute is put off: the platform drops a surplus.
        """
        now = wall()
        with self.mailbox.db.write() as connection:
            row = store.claim(connection, channel, owner, now, now + LEASE)
            if row is None:
                return None
            people = store.addresses(connection, row.id)
            room = MEMBER_PER_MINUTE - _MOST_PIECES
            busy = store.busy(connection, row, now - _MINUTE, room) if people else set()
            if busy and not row.progress:
                store.put_off(connection, row, busy, now + _PUT_OFF)
                people = [one for one in people if one not in busy]
            if not people:
                self._close(connection, row.id, row.notice_id, BatchState.DONE, size=0)
                return None
            return self._load(connection, row, owner, people)

    def _load(self, connection: Connection, row: Row[Any], owner: str, people: list[str]) -> Load | None:
        try:
            content = opened(self.mailbox, row.body)
        except DecryptionFailed:
            troubled = store.outcome(connection, row.id, Delivery.FAILED, _UNREADABLE)
            self._close(connection, row.id, row.notice_id, BatchState.DONE, troubled=troubled)
            return None
        keys = store.buttons_of(connection, row.parent or row.notice_id)
        choices = tuple((title, keys[action]) for title, action in ANSWERS[Asks(row.asks)])
        values = (row.progress, row.attempts, row.platform_ids)
        return Load(row.id, row.notice_id, owner, content, choices, tuple(people), *values)

    # -- settling

    def sent(self, load: Load, platform_id: str, refused: Mapping[str, str], last: bool, card: bool) -> Load | None:
        """The platform has taken one message for all but `refused`; what is left to do, None when nothing is.

        Who is refused a later part has got the first: a card is not needed to read the text, a missing text is unknown.
        """
        reached = tuple(one for one in load.people if one not in refused)
        ids = ",".join(filter(None, (load.platform_ids, platform_id)))
        after = replace(load, people=reached, progress=load.progress + 1, platform_ids=ids)
        with self.mailbox.db.write() as connection:
            values = {"progress": after.progress, "platform_ids": ids, "lease_until": wall() + LEASE}
            if not store.change_own(connection, load.id, load.owner, **values):
                return None
            by_reason: dict[str, list[str]] = {}
            for person, reason in refused.items():
                by_reason.setdefault(reason, []).append(person)
            state = self._refused_state(load, card)
            for reason, people in by_reason.items():
                store.outcome(connection, load.id, state, reason[:100], people)
            if last or not reached:
                store.outcome(connection, load.id, Delivery.ACCEPTED)
                troubled = len(refused) if state is not Delivery.ACCEPTED else 0
                self._close(connection, load.id, load.notice_id, BatchState.DONE, troubled=troubled)
                return None
        return after

    def _refused_state(self, load: Load, card: bool) -> Delivery:
        if not load.partly:
            return Delivery.FAILED
        return Delivery.ACCEPTED if card else Delivery.UNKNOWN

    def refused(self, load: Load, reason: str, card: bool) -> None:
        """The platform refuses the call for everyone."""
        state = self._refused_state(load, card)
        with self.mailbox.db.write() as connection:
            if not store.change_own(connection, load.id, load.owner, reason=reason[:200]):
                return
            store.outcome(connection, load.id, state, reason[:100])
            troubled = 0 if state is Delivery.ACCEPTED else len(load.people)
            self._close(connection, load.id, load.notice_id, BatchState.DONE, troubled=troubled)

    def later(self, load: Load, reason: str, retry_after: float | None) -> None:
        """Nothing went out and it is worth another try; after a dozen the notice is paused for a person to look."""
        attempts = load.attempts + 1
        wait = dt.timedelta(seconds=retry_after) if retry_after else backoff(attempts)
        values = {"state": BatchState.WAITING, "attempts": attempts, "next_at": wall() + wait, "lease_until": None}
        if attempts >= GIVE_UP_AFTER:
            values |= {"attempts": 0}
        with self.mailbox.db.write() as connection:
            ours = store.change_own(connection, load.id, load.owner, **values, reason=reason[:200])
            if ours and attempts >= GIVE_UP_AFTER:
                self._pause(connection, load.notice_id, f"平台一直不接收（{reason[:60]}）")

    def lost(self, load: Load, reason: str) -> None:
        """The answer was lost: nobody knows who has got it."""
        with self.mailbox.db.write() as connection:
            if store.change_own(connection, load.id, load.owner, reason=reason[:200]):
                self._unknown(connection, load.id, load.notice_id, reason, len(load.people))

    def recover(self, gone: Callable[[str], bool] | None = None) -> int:
        """Calls whose relay died: those whose lease has run out or whose owner is `gone`; returns how many."""
        now = wall()
        with self.mailbox.db.read() as connection:
            if not store.expired(connection, now) and not (gone and store.held(connection)):
                return 0
        with self.mailbox.db.write() as connection:
            rows = store.expired(connection, now)
            if gone:
                rows = [*rows, *(row for row in store.held(connection) if gone(str(row.lease_owner)))]
            for row in {row.id: row for row in rows}.values():
                # A crash says nothing about the platform: it does not count towards a pause.
                self._unknown(connection, row.id, row.notice_id, "relay stopped", 0)
        return len(rows)

    def _unknown(self, connection: Connection, batch_id: int, notice_id: int, reason: str, troubled: int) -> None:
        store.outcome(connection, batch_id, Delivery.UNKNOWN, reason[:100])
        self._close(connection, batch_id, notice_id, BatchState.UNKNOWN, troubled=troubled, reason=reason[:200])

    def _close(
        self, connection: Connection, batch_id: int, notice_id: int, state: BatchState, **values: object
    ) -> None:
        store.change(connection, batch_id, state=state, settled_at=wall(), lease_until=None, **values)
        open_calls = store.open_calls(connection, notice_id)
        if open_calls and should_pause(*store.tried(connection, notice_id)):
            self._pause(connection, notice_id, "发送失败或结果不明的人较多")
        elif not open_calls and store.stop(
            connection, notice_id, NoticeState.FINISHED, self.mailbox.clock.now(), None
        ):  # fmt: skip
            progress = Readers(self._notices).progress(connection, notice_id)
            self._tell(connection, notice_id, f"已发完：{counted(progress)}。", "查看进度", "status")

    def _pause(self, connection: Connection, notice_id: int, reason: str) -> None:
        if store.stop(connection, notice_id, NoticeState.PAUSED, None, reason):
            self._tell(connection, notice_id, f"已自动暂停：{reason}。查明原因后可以继续。", "继续发送", "resume")

    def _tell(self, connection: Connection, notice_id: int, text: str, title: str, command: str) -> None:
        try:
            notice = self._notices.get(connection, notice_id)
        except DecryptionFailed:
            return  # nobody's words can be shown; the rows tell the operator
        button = Button(title, f"notice:{command}:{notice_id}")
        self._notices.tell(connection, notice, f"通知“{notice.content.title}”{text}", (button,))

    # -- taking back

    def to_recall(self, channel: str) -> tuple[int, tuple[str, ...]] | None:
        """A call of a recalled notice that was sent and not taken back: its number and the platform's ids."""
        with self.mailbox.db.read() as connection:
            row = store.to_recall(connection, channel, wall())
        return (int(row.id), tuple(row.platform_ids.split(","))) if row else None

    def recalled(self, batch_id: int, outcome: str) -> None:
        """Taken back (`done`), or why the platform will not."""
        with self.mailbox.db.write() as connection:
            store.change(connection, batch_id, recall=outcome[:100])

    def recall_later(self, batch_id: int, retry_after: float | None) -> None:
        """Ask again after a while."""
        with self.mailbox.db.write() as connection:
            store.change(connection, batch_id, next_at=wall() + dt.timedelta(seconds=retry_after or 5))


def counted(progress: Progress) -> str:
    """The outcome in words: accepted by the platform is not read."""
    parts = [f"共{progress.recipients}人", f"平台已接收{progress.accepted}人"]
    parts += [
        f"{title}{count}人" for title, count in (("失败", progress.failed), ("结果不明", progress.unknown)) if count
    ]
    return "，".join(parts)
