"""Notices to the platform: one call for up to 1,000 recipients of one text, after the live replies (design 2)."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from bot import cards
from bot.cards import Message
from bot.channels.base import Channel, HasRecall, Unreachable
from bot.metrics import Metrics
from core.broadcast.service import Dispatch, Load
from core.errors import OutcomeUnknown, Rejected, TemporaryFailure
from core.messages.detours import Detours
from core.messages.rules import Button, Reply

logger = logging.getLogger("chengyao.bulk")
_CARD_TITLE = 36
_LONGEST_YIELD = 3.0
_HINT = "\n\n请点下方的按钮回复；看不到按钮时，直接发送“{word}”。"
_NO_RECALL = "the channel cannot take back"


def _no_button(_payload: str) -> str:
    return ""


@dataclass
class Bulk:
    """The bulk worker of one channel. One thread makes the calls, so a kill leaves at most one call unknown."""

    dispatch: Dispatch
    channel: Channel
    metrics: Metrics
    now: Callable[[], float] = time.monotonic
    _yielding: float | None = field(default=None)

    def step(self, owner: str) -> bool:
        """Make the next call; False when there is none, or live replies go first."""
        due, live = self.dispatch.waiting(self.channel.name)
        if not due:
            return self._take_back()
        if self._gives_way(live):
            return False
        load = self.dispatch.claim(owner, self.channel.name)
        if load is None:
            return True
        try:
            self._send(load)
        except Exception as error:  # noqa: BLE001 - a bug; whether the call was made is not known
            logger.error("notice %s, call %s: %s", load.notice_id, load.id, type(error).__name__)
            self.dispatch.lost(load, f"internal: {type(error).__name__}")
        return True

    def _gives_way(self, live: bool) -> bool:
        """Whether to let live replies go first: for seconds only, or a busy day would stop a notice for ever."""
        if not live:
            self._yielding = None
            return False
        if self._yielding is None:
            self._yielding = self.now()
        if self.now() - self._yielding < _LONGEST_YIELD:
            return True
        self._yielding = None
        return False

    def _send(self, load: Load) -> None:
        messages = self.render(load)
        remaining: Load | None = load
        while remaining is not None:
            remaining = self._send_next(remaining, messages)

    def _send_next(self, load: Load, messages: list[Message]) -> Load | None:
        message = messages[load.progress]
        card = message.kind == "card"
        started = time.monotonic()
        try:
            outcome = self.channel.send_many(load.people, message)
        except TemporaryFailure as error:
            self._count(load, "later", error)
            self.dispatch.later(load, error.reason, error.retry_after)
            return None
        except Rejected as error:
            self._count(load, "rejected", error)
            if isinstance(error, Unreachable):
                Detours(self.dispatch.mailbox).gone(self.channel.name, load.people)
            self.dispatch.refused(load, error.reason, card)
            return None
        except OutcomeUnknown as error:
            self._count(load, "unknown", error)
            self.dispatch.lost(load, str(error))
            return None
        self.metrics.send_seconds.observe(time.monotonic() - started)
        self.metrics.sends.labels(self.channel.name, "accepted", "").inc(len(outcome.accepted))
        last = load.progress + 1 >= len(messages)
        return self.dispatch.sent(load, outcome.platform_id, outcome.rejected, last, card)

    def render(self, load: Load) -> list[Message]:
        """The text in pieces that the platform takes whole, with buttons for an answer, or a card with them below.

        Numbers do not stand for the choices here: in a conversation they would mean what was said in it.
        """
        text = load.content.whole()
        if not load.choices:
            return list(self.channel.render(Reply(text, "notice"), _no_button))
        text += _HINT.format(word="”或“".join(title for title, _ in load.choices))
        buttons = tuple(Button(title, key) for title, key in load.choices)
        messages = list(self.channel.render(Reply(text, "notice", buttons=buttons), lambda key: key))
        if messages[-1].kind != "card":
            return messages
        title = cards.clean(f"请回复：{load.content.title}")[:_CARD_TITLE]
        return [*self.channel.render(Reply(text, "notice"), _no_button), replace(messages[-1], text=title)]

    def _take_back(self) -> bool:
        """Take back one call of a recalled notice; False when there is none."""
        found = self.dispatch.to_recall(self.channel.name)
        if found is None:
            return False
        batch_id, platform_ids = found
        if not isinstance(self.channel, HasRecall):
            self.dispatch.recalled(batch_id, _NO_RECALL)
            return True
        try:
            for platform_id in platform_ids:
                self.channel.recall(platform_id)
        except TemporaryFailure as error:
            self.dispatch.recall_later(batch_id, error.retry_after)
        except Rejected as error:
            logger.warning("call %s not taken back: %s", batch_id, error)
            self.dispatch.recalled(batch_id, error.reason)
        else:
            self.dispatch.recalled(batch_id, "done")
        return True

    def _count(self, load: Load, outcome: str, error: Exception) -> None:
        self.metrics.sends.labels(self.channel.name, outcome, str(error)[:60]).inc()
        logger.warning("notice %s, call %s: %s (%s)", load.notice_id, load.id, outcome, error)
