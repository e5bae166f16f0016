"""From an audience to one row per recipient: 1,000 in a transaction, resumed where a crash left it, harmless twice."""

from dataclasses import dataclass

from core.clock import wall
from core.db import Connection
from core.notices import store
from core.notices.rules import CHANNELS, EXPANDED, Delivery, NoticeState
from core.notices.service import Notices, opened


@dataclass(frozen=True)
class Expansion:
    """Opens transactions of its own; any number of processes may run it at once."""

    notices: Notices

    def run(self) -> int:
        """Expand every notice whose time has come; returns how many were looked at."""
        mailbox = self.notices.mailbox
        with mailbox.db.read() as connection:
            waiting = store.due(connection, mailbox.clock.now())
        for notice_id in waiting:
            while self._step(notice_id):
                pass
        return len(waiting)

    def _step(self, notice_id: int) -> bool:
        """Write the next 1,000; False when there is nothing left to write, or the notice was stopped meanwhile."""
        mailbox = self.notices.mailbox
        with mailbox.db.write() as connection:
            row = store.notice(connection, notice_id)
            if row is None:
                return False
            if row.state == NoticeState.SENDING and row.regroup:
                again = Delivery(row.regroup)
                if any(store.regroup(connection, notice_id, again, wall(), channel) for channel in CHANNELS):
                    return True
                store.change(connection, notice_id, regroup=None)
                return False
            if row.state != NoticeState.SCHEDULED or row.scheduled_at > mailbox.clock.now():
                return False
            if row.expanded_channel is None and self.notices.outgrown(connection, notice_id):
                return False
            channel = row.expanded_channel or CHANNELS[0]
            audience = opened(mailbox, row.body).audience
            if store.expand_page(connection, row, audience, channel, wall()) is not None:
                return True
            later = CHANNELS[CHANNELS.index(channel) + 1 :]
            if later:
                store.change(connection, notice_id, expanded_channel=later[0], expanded_to=0)
                return True
            self._complete(notice_id, row.recipients, connection)
            return False

    def _complete(self, notice_id: int, recipients: int, connection: Connection) -> None:
        if recipients:
            store.change(connection, notice_id, state=NoticeState.SENDING, expanded_channel=EXPANDED)
            return
        values = {"state": NoticeState.FINISHED, "expanded_channel": EXPANDED, "reason": "名单里已没有符合的人"}
        store.change(connection, notice_id, **values, finished_at=self.notices.mailbox.clock.now())
