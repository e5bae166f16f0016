"""Whether a message sent now would be answered: database, model, and a turn that passes through everything."""

import logging
import time

from bot.dialogue import Dialogue
from core.errors import DialogueError
from core.messages.service import Mailbox

logger = logging.getLogger("chengyao.health")
PROBE_EVERY = 30.0
_PROBE_AGAIN = 2.0


class Health:
    """Answers readiness; the probe turn runs in a loop of its own and is only remembered here."""

    def __init__(self, mailbox: Mailbox, dialogue: Dialogue, probe_every: float = PROBE_EVERY) -> None:
        self._mailbox = mailbox
        self._dialogue = dialogue
        self._every = probe_every
        self._problem = "not probed yet"
        self._next = 0.0

    def step(self) -> bool:
        """Probe when it is time: every `probe_every` seconds, sooner while it fails. Always False."""
        if time.monotonic() < self._next:
            return False
        try:
            self._dialogue.probe()
            problem = ""
        except DialogueError as error:
            problem = str(error)
        if problem != self._problem:
            logger.info("probe turn: %s", problem or "passed")
        self._problem = problem
        self._next = time.monotonic() + (min(_PROBE_AGAIN, self._every) if problem else self._every)
        return False

    def report(self) -> dict[str, str]:
        """State of each part: "ok" or what is wrong. Takes at most a few seconds."""
        return {"database": self._database(), "rasa": self._rasa(), "probe": self._problem or "ok"}

    def _database(self) -> str:
        try:
            self._mailbox.check()
        except Exception as error:  # noqa: BLE001 - whatever the driver raises means the same here
            return type(error).__name__
        return "ok"

    def _rasa(self) -> str:
        try:
            self._dialogue.status()
        except DialogueError as error:
            return str(error)
        return "ok"
