"""What readers do with a notice, and how far it has come.

All recipients of a notice get the same card, so a button's id belongs to the notice, not to a person: who pressed it
comes with the platform's callback. `opened` counts those who pressed any button; a notice without buttons can't know.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from core.db import Connection
from core.errors import Refused
from core.messages.rules import Button
from core.notices import store
from core.notices.rules import ACTION_TITLES, ANSWERS, Delivery, Notice, NoticeState, Progress
from core.notices.service import BUTTON_MARK, Notices

ANSWERABLE_FOR = dt.timedelta(days=60)
"""How long an answer in typed words is looked for a notice it may belong to; a button works for ever."""


@dataclass(frozen=True)
class Readers:
    """Reads and notes answers."""

    notices: Notices

    def pressed(self, key: str) -> Button | None:
        """The button of a notice behind an opaque id, in a read transaction of its own; None when there is none."""
        if not key.startswith(BUTTON_MARK):
            return None
        with self.notices.mailbox.db.read() as connection:
            row = store.button(connection, key)
        if row is None:
            return None
        return Button(ACTION_TITLES[row.action], f"notice:answer:{row.notice_id}:{row.action}")

    def answer(self, connection: Connection, notice_id: int, userid: str, action: str) -> Notice:
        """Note a person's answer; the newest one counts. Raises NotFound, and Refused for one who did not get it."""
        notice = self.notices.get(connection, notice_id)
        row = store.delivery(connection, notice_id, userid)
        if row is None or action not in [known for _, known in ANSWERS[notice.asks]]:
            raise Refused("这条通知不是发给您的，不需要回复。")
        if notice.state is NoticeState.RECALLED:
            raise Refused("这条通知已撤回，不需要回复。")
        store.answer(connection, row.id, self.notices.mailbox.clock.now(), action)
        return notice

    def awaiting(self, connection: Connection, userid: str) -> list[Notice]:
        """The notices of the last 60 days that a person has got and not answered, newest first."""
        since = self.notices.mailbox.clock.now() - ANSWERABLE_FOR
        found = store.asked_of(connection, userid, since)
        # A chase-up asks for the answer to the notice it repeats.
        return [self.notices.get(connection, row.id) for row in found if row.parent is None]

    def progress(self, connection: Connection, notice_id: int) -> Progress:
        """Counts by outcome. Raises NotFound."""
        notice = self.notices.get(connection, notice_id)
        counts: dict[str, int] = {}
        more = ("opened", "confirmed", "attend", "absent", "recalled")
        totals = dict.fromkeys(more, 0)
        for row in store.progress(connection, notice_id):
            counts[str(Delivery(row.state))] = int(row.people)
            for name in more:
                totals[name] += int(getattr(row, name) or 0)
        states: dict[str, Any] = {str(state): counts.get(str(state), 0) for state in Delivery}
        reason = notice.reason
        if notice.awaits_approval:
            reason = "等待第二人审核"
        return Progress(notice.id, notice.state, sum(counts.values()), **states, **totals, reason=reason)

    def silent(self, connection: Connection, notice_id: int, most: int = 10) -> list[tuple[str, int]]:
        """Departments that still have people who have not answered, with how many."""
        return store.silent_by_department(connection, notice_id, most)
