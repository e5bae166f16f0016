"""How fast we may send: about 30 messages a second overall, one a second to a chat, none while we are told to wait."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

OVERALL_GAP = 1 / 28
"""Seconds between two messages; a little below the platform's 30 a second, for the network bunches them."""
CHAT_GAP = 1.05
HOLD_SLICE = 2.0
"""Seconds waited at a time while told to wait; a process that is to stop must not hang on it."""
_MOST_CHATS = 4096


@dataclass
class Pace:
    """Asked before each message; safe between threads. `now` and `sleep` are the real ones but in tests."""

    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    _next: float = 0.0
    _held_until: float = 0.0
    _chats: dict[str, float] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def wait_for(self, chat: str) -> float:
        """Seconds until this chat may get a message; 0 takes the turn.

        It waits itself for the short gap between any two messages and, some seconds, while nobody may get one; not for
        a chat that has just had one: others must not stand behind it.
        """
        held = min(self._held_until - self.now(), HOLD_SLICE)
        if held > 0:
            self.sleep(held)
        with self._lock:
            now = self.now()
            allowed = max(self._held_until, self._chats.get(chat, 0.0))
            if allowed > now:
                return allowed - now
            turn = max(now, self._next)
            self._next = turn + OVERALL_GAP
            self._note(chat, turn + CHAT_GAP, now)
        if turn > now:
            self.sleep(turn - now)
        return 0.0

    def hold(self, seconds: float) -> None:
        """Told to wait (429): no message to anybody until then."""
        with self._lock:
            self._held_until = max(self._held_until, self.now() + seconds)

    def _note(self, chat: str, until: float, now: float) -> None:
        if len(self._chats) >= _MOST_CHATS:
            self._chats = {name: moment for name, moment in self._chats.items() if moment > now}
        self._chats[chat] = until
