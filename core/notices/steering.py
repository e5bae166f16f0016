"""Commands on a notice that was handed in: pause, resume, retry, settle, chase, take back."""

from dataclasses import dataclass, replace
from typing import Any

from core.audience import tables as audience_of
from core.db import Connection
from core.errors import Refused
from core.notices import store
from core.notices.rules import EXPANDED, RECALL_WITHIN, STATE_TITLES, Asks, Delivery, Notice, NoticeState, allowed
from core.notices.service import Notices

_CHASED = "您还没有回复下面这条通知，请看完后点按钮回复。"


@dataclass(frozen=True)
class Steering:
    """Each command runs on the caller's write transaction, is audited, and raises Refused or NotFound."""

    notices: Notices

    def pause(self, connection: Connection, notice_id: int, actor: str) -> Notice:
        """No further call until resumed; the one under way is finished. Raises Refused."""
        return self._move(connection, notice_id, actor, "pause", state=NoticeState.PAUSED, reason="由工作人员暂停")

    def resume(self, connection: Connection, notice_id: int, actor: str) -> Notice:
        """Go on with what has not gone out yet. Raises Refused."""
        row = store.notice(connection, notice_id)
        complete = row is not None and row.expanded_channel == EXPANDED
        state = NoticeState.SENDING if complete else NoticeState.SCHEDULED
        store.forgive(connection, notice_id)
        return self._move(connection, notice_id, actor, "resume", state=state, reason=None)

    def retry(self, connection: Connection, notice_id: int, actor: str) -> Notice:
        """Send again to those the platform refused, and to nobody else. Raises Refused."""
        self._some(connection, notice_id, Delivery.FAILED, "没有发送失败的人。")
        store.forgive(connection, notice_id)
        values = {"state": NoticeState.SENDING, "regroup": Delivery.FAILED, "reason": None, "finished_at": None}
        return self._move(connection, notice_id, actor, "retry", **values)

    def settle(self, connection: Connection, notice_id: int, actor: str, again: bool) -> Notice:
        """A person decides about unknown outcomes: they arrived, or are to be sent `again`. Raises Refused."""
        self._some(connection, notice_id, Delivery.UNKNOWN, "没有结果不明的人。")
        if again:
            known = self.notices.get(connection, notice_id)
            if known.state is NoticeState.RECALLED:
                raise Refused("这条通知已撤回，不能再发。")
            values = {"state": NoticeState.SENDING, "regroup": Delivery.UNKNOWN, "reason": None, "finished_at": None}
            return self._move(connection, notice_id, actor, "settle", **values)
        notice = self._move(connection, notice_id, actor, "settle")
        store.mark(connection, notice_id, Delivery.UNKNOWN, Delivery.ACCEPTED, "settled by a person")
        return notice

    def chase(self, connection: Connection, notice_id: int, actor: str) -> int:
        """Send a reminder to those who got the notice and have not answered; its own number. Raises Refused."""
        notice = self.notices.get(connection, notice_id)
        if notice.asks is Asks.NOTHING or notice.parent is not None:
            raise Refused("这条通知没有要求回复，不用催办。")
        self._move(connection, notice_id, actor, "chase")
        if not audience_of.sizes(connection, notice.content.audience, notice_id):
            raise Refused("收到通知的人都已回复，没有要催办的人。")
        if any(one.state in (NoticeState.SCHEDULED, NoticeState.SENDING) for one in self._children(connection, notice)):
            raise Refused("上一次催办还在发送，请等它发完。")
        title = f"提醒：{notice.content.title}"
        content = replace(notice.content, title=title, text=f"{_CHASED}\n{notice.content.text}", form={})
        now = self.notices.mailbox.clock.now()
        values = {"org": notice.org, "sender": actor, "state": NoticeState.SCHEDULED, "asks": notice.asks}
        times = {"created_at": now, "touched_at": now, "submitted_at": now, "scheduled_at": now}
        return store.add(
            connection, **values, **times, body=self.notices.seal(content), parent=notice_id, neutral=notice.neutral
        )

    def _children(self, connection: Connection, notice: Notice) -> list[Notice]:
        rows = store.newest(connection, 50, sender="", org=notice.org)
        return [self.notices.notice_of(row) for row in rows if row.parent == notice.id]

    def recall(self, connection: Connection, notice_id: int, actor: str) -> Notice:
        """Take back what was sent within 24 hours; what has not gone out never will. Raises Refused."""
        now = self.notices.mailbox.clock.now()
        known = self.notices.get(connection, notice_id)
        if known.finished_at is not None and now - known.finished_at > RECALL_WITHIN:
            raise Refused("已超过平台允许的时限，不能撤回了。")
        return self._move(connection, notice_id, actor, "recall", state=NoticeState.RECALLED, recalled_at=now)

    def _some(self, connection: Connection, notice_id: int, state: Delivery, otherwise: str) -> None:
        if not any(row.state == state and row.people for row in store.progress(connection, notice_id)):
            raise Refused(otherwise)

    def _move(self, connection: Connection, notice_id: int, actor: str, command: str, **values: Any) -> Notice:
        known = self.notices.get(connection, notice_id)
        if not allowed(command, known.state):
            raise Refused(f"现在不能这样做，这条通知的状态：{STATE_TITLES[known.state]}。")
        store.change(connection, notice_id, **values, touched_at=self.notices.mailbox.clock.now())
        self.notices.trail(connection, actor, command, notice_id)
        return self.notices.get(connection, notice_id)
