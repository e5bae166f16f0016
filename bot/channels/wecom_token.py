"""The access token: fetched by one thread at a time, thrown away only by value (wecom-protocol 3)."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from core.errors import TemporaryFailure

_EARLY_SECONDS = 300.0
_RETRY_SECONDS = 1.0


@dataclass(frozen=True)
class Token:
    """A token and how long it is good for, seconds."""

    value: str
    expires_in: float


class Keeper:
    """Holds the token of one app. `now`: real time in seconds that nobody sets back."""

    def __init__(self, fetch: Callable[[], Token], now: Callable[[], float] = time.monotonic) -> None:
        self._fetch = fetch
        self._now = now
        self._lock = threading.Lock()
        self._value = ""
        self._until = 0.0
        self._not_before = 0.0

    def get(self) -> str:
        """The token, fetched when there is none or it runs out soon. Raises TemporaryFailure with the wait in it."""
        with self._lock:
            now = self._now()
            if self._value and now < self._until:
                return self._value
            if now < self._not_before:
                raise TemporaryFailure("no token", self._not_before - now)
            try:
                token = self._fetch()
            except TemporaryFailure as error:
                self._not_before = self._now() + (error.retry_after or _RETRY_SECONDS)
                raise
            self._value = token.value
            self._until = self._now() + token.expires_in - min(_EARLY_SECONDS, token.expires_in / 2)
            return self._value

    def invalidate(self, value: str) -> None:
        """Throw the token away, unless another thread has replaced it already."""
        with self._lock:
            if self._value == value:
                self._value = ""


class Brake:
    """Keeps callers away from an endpoint that has refused for a reason that time or a person must cure."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._until: dict[str, float] = {}

    def check(self, endpoint: str) -> None:
        """Raise TemporaryFailure with the remaining wait."""
        wait = self._until.get(endpoint, 0.0) - self._now()
        if wait > 0:
            raise TemporaryFailure("waiting after a refusal", wait)

    def hold(self, endpoint: str, seconds: float) -> None:
        """Nobody calls `endpoint` for so long."""
        self._until[endpoint] = self._now() + seconds
