"""Outbox to platform: claims a reply, renders it once, sends its pieces in order, settles it (design 2, step 6)."""

import logging
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from bot import cards
from bot.channels.base import Channel, Paced, Unreachable
from bot.metrics import Metrics
from core.errors import OutcomeUnknown, Rejected, TemporaryFailure
from core.messages.detours import Detours
from core.messages.rules import Reply
from core.messages.sending import Parcel, Piece, Sender

logger = logging.getLogger("chengyao.relay")


@dataclass(frozen=True)
class Relay:
    """The worker of one channel; any number of threads may call `step`."""

    sender: Sender
    channel: Channel
    metrics: Metrics

    def step(self, owner: str) -> bool:
        """Deliver the next reply; False when there is none. One at a time: a slow platform must not outlive a lease."""
        parcels = self.sender.claim(owner, self.channel.name, 1)
        for parcel in parcels:
            self._deliver(parcel)
        return bool(parcels)

    def _deliver(self, parcel: Parcel) -> None:
        try:
            prepared: Parcel | None = self.sender.prepare(parcel, self._render)
            while prepared is not None:
                parcel = prepared
                prepared = self._send_next(parcel)
        except Exception as error:  # noqa: BLE001 - a bug: not repeated, and seen by the operator
            logger.error("outbox %s: %s", parcel.id, type(error).__name__)
            self._failed(parcel, Rejected(f"internal: {type(error).__name__}"))

    def _render(self, reply: Reply, new_button: Callable[[str], str]) -> Iterable[Piece]:
        return [message.as_json() for message in self.channel.render(reply, new_button)]

    def _send_next(self, parcel: Parcel) -> Parcel | None:
        """Send one piece; what is left to do, or None."""
        if not parcel.pieces:
            self._failed(parcel, Rejected("nothing to send"))
            return None
        message = cards.from_json(parcel.piece)
        started = time.monotonic()
        try:
            platform_id = self.channel.send(parcel.recipient, message, parcel.age() if parcel.resend else 0)
        except Paced as pause:
            self.sender.postpone(parcel, pause.retry_after or 1.0)
            return None
        except (TemporaryFailure, Rejected, OutcomeUnknown) as error:
            self._refused(parcel, message.kind, error)
            return None
        self.metrics.send_seconds.observe(time.monotonic() - started)
        self.metrics.sends.labels(self.channel.name, "accepted", "").inc()
        if not parcel.last:
            return self.sender.advance(parcel)
        self.sender.accepted(parcel, platform_id)
        return None

    def _refused(self, parcel: Parcel, kind: str, error: TemporaryFailure | Rejected | OutcomeUnknown) -> None:
        if isinstance(error, Rejected) and kind == "card" and parcel.progress:
            # The text before the card holds the same choices as numbers: the reply has arrived.
            self.sender.accepted(parcel, "", note=f"card: {error.reason}"[:200])
            self._count("rejected", error)
        elif isinstance(error, Unreachable):
            Detours(self.sender.mailbox).unreachable(parcel, error.reason)
            self._count("unreachable", error)
        else:
            self._failed(parcel, error)

    def _failed(self, parcel: Parcel, error: TemporaryFailure | Rejected | OutcomeUnknown) -> None:
        state = self.sender.failed(parcel, error)
        self._count(type(error).__name__, error)
        logger.warning("outbox %s: %s (%s), now %s", parcel.id, type(error).__name__, error, state)

    def _count(self, outcome: str, error: Exception) -> None:
        self.metrics.sends.labels(self.channel.name, outcome, str(error)[:60]).inc()
