"""Inbox to outbox: takes one turn, has Rasa answer it, queues the replies (design section 2, steps 2 to 5)."""

import datetime as dt
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from bot.channels.base import Channel
from bot.dialogue import Dialogue
from bot.media import Evidence
from bot.metrics import Metrics
from bot.turns import Expired, Nothing, Request, understand
from core.clock import wall
from core.errors import ChannelError, DecryptionFailed, DialogueDown, DialogueError, TemporaryFailure
from core.messages.rules import Button, Reply
from core.messages.service import Mailbox, Turn
from core.notices.readers import Readers
from core.notices.service import Notices
from core.people import store as people
from core.people.service import organisations_in

logger = logging.getLogger("chengyao.inbound")
WAITING = Reply("抱歉，系统正在恢复，您的消息已收到，稍后会回复您。", "status")
FAILED = "抱歉，这条消息我没能处理。请换个说法再试，或直接联系本单位组织人事部门。"
EXPIRED = Reply("这个按钮已失效，请发送“菜单”重新选择。", "clarify")
EXPIRED_TITLE = "已失效"
_PROBE_SECONDS = 3.0
_DOWN_PAUSE_SECONDS = 0.2


def _nobody() -> None:
    """Nobody waits to be told."""


@dataclass(frozen=True)
class Inbound:
    """The worker; any number of threads may call `step`.

    `grace`: for how long after a message came in a failed turn does not count when the probe turn fails as well, which
    means that not the message but the system is at fault (the action server restarting, say). `queued` is called when
    there is something to send.
    """

    mailbox: Mailbox
    dialogue: Dialogue
    channels: Mapping[str, Channel]
    metrics: Metrics
    queued: Callable[[], None] = _nobody
    grace: dt.timedelta = dt.timedelta(seconds=60)
    evidence: Evidence | None = None

    def step(self, owner: str) -> bool:
        """Handle the next turn; False when there is none."""
        turn = self.mailbox.take(owner)
        if turn is None:
            return False
        try:
            self._handle(turn)
        except Exception as error:  # noqa: BLE001 - whatever it sets off, no message may silence its sender
            logger.error("turn %s: %s", turn.ids[0], type(error).__name__)
            self._fail(turn, type(error).__name__)
        return True

    def _handle(self, turn: Turn) -> None:
        if not turn.readable:
            self._fail(turn, DecryptionFailed.__name__, final=True)
            return
        pressed = self._pressed(turn)
        request = understand(turn, pressed)
        if isinstance(request, Nothing) or (turn.kind == "event" and self.mailbox.seen_lately(turn)):
            self.mailbox.ignore(turn)
            self.metrics.turns.labels("ignored").inc()
        elif isinstance(request, Expired):
            self._answer(turn, [EXPIRED], "expired")
        else:
            self._prepared(turn, request, pressed)
            return
        self._grey(turn, EXPIRED_TITLE)

    def _prepared(self, turn: Turn, request: Request, pressed: Button | None) -> None:
        """Fetch a turn's files first: the platform keeps them for days only, and what was sent must not be lost."""
        if request.metadata.get("kind") == "attachment" and self.evidence is not None:
            try:
                ids = self.evidence.take_in(turn)
            except TemporaryFailure as error:
                if wall() - turn.received_at < self.grace:
                    self._wait(turn)
                else:
                    self._fail(turn, error.reason)
                return
            request = replace(request, metadata={**request.metadata, "attachments": ids})
        self._ask(turn, request, pressed)

    def _ask(self, turn: Turn, request: Request, pressed: Button | None) -> None:
        started = time.monotonic()
        try:
            replies = self.dialogue.turn(f"{turn.channel}:{turn.sender}", request.message, request.metadata)
        except DialogueDown:
            self._wait(turn)
        except DialogueError as error:
            if self._system_fails(turn):
                self._wait(turn)
            else:
                self._fail(turn, str(error))
        else:
            self.metrics.turn_seconds.observe(time.monotonic() - started)
            self._answer(turn, replies, "answered")
            self._grey(turn, pressed.title if pressed else EXPIRED_TITLE)

    def _pressed(self, turn: Turn) -> Button | None:
        button = turn.body.get("button", "")
        if not button:
            return None
        notices = Readers(Notices(self.mailbox, {}))
        return notices.pressed(button) or self.mailbox.pressed(button, turn.channel, turn.sender)

    def _system_fails(self, turn: Turn) -> bool:
        if wall() - turn.received_at >= self.grace:
            return False
        try:
            self.dialogue.probe(_PROBE_SECONDS)
        except DialogueError:
            return True
        return False

    def _answer(self, turn: Turn, replies: list[Reply], outcome: str) -> None:
        if self.mailbox.answer(turn, replies):
            self.queued()
            self.metrics.turns.labels(outcome).inc()
            self.metrics.answer_seconds.observe((wall() - turn.received_at).total_seconds())

    def _wait(self, turn: Turn) -> None:
        self.mailbox.wait(turn, WAITING)
        self.queued()
        self.metrics.turns.labels("waiting").inc()
        # Everybody's messages wait now; asking for each of them at full speed would only load the database.
        time.sleep(_DOWN_PAUSE_SECONDS)

    def _fail(self, turn: Turn, reason: str, final: bool = False) -> None:
        last = self.mailbox.fail(turn, reason, Reply(self._apology(turn), "handover"), final)
        self.queued()
        self.metrics.turns.labels("failed" if last else "retried").inc()
        logger.warning("turn %s failed: %s", turn.ids[0], reason)

    def _apology(self, turn: Turn) -> str:
        """With the contact line of the person's own organisation, where one is set."""
        with self.mailbox.db.read() as connection:
            person = people.by_account(connection, turn.channel, turn.sender)
            org = organisations_in(connection).get(person.org) if person else None
        contact = org.contact("organization") if org else None
        return f"{FAILED}\n{contact.line()}" if contact else FAILED

    def _grey(self, turn: Turn, title: str) -> None:
        """Best effort: the answer matters, a card left as it was does not."""
        code = turn.body.get("response_code", "") if turn.kind == "command" else ""
        if not code or turn.channel not in self.channels:
            return
        try:
            self.channels[turn.channel].acknowledge_press(turn.sender, code, title)
        except ChannelError as error:
            logger.warning("card not greyed: %s", type(error).__name__)
