"""Numbers that cost a walk over many rows: kept for five minutes, or some seconds, and the page says so."""

import threading
import time
from collections.abc import Callable, Hashable
from typing import TypeVar

KEPT_SECONDS = 300.0
Value = TypeVar("Value")


class Numbers:
    """Kept results of one process; no more than a few organisations and kinds of them."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._kept: dict[Hashable, tuple[float, object]] = {}

    def of(self, key: Hashable, count: Callable[[], Value], seconds: float = KEPT_SECONDS) -> Value:
        """The kept result, or a new one when it is older than `seconds`."""
        with self._lock:
            known = self._kept.get(key)
        if known and self._now() - known[0] < seconds:
            return known[1]  # type: ignore[return-value]
        value = count()
        with self._lock:
            self._kept[key] = (self._now(), value)
        return value
