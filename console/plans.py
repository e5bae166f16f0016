"""Previews between the look and the yes: roster imports and documents."""

import secrets
import threading
from typing import Generic, TypeVar

from core.errors import NotFound

T = TypeVar("T")


class Plans(Generic[T]):
    """Previews that wait for their owner's yes; one each, gone with the process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._plans: dict[str, tuple[str, T]] = {}

    def keep(self, owner: str, plan: T) -> str:
        """Keep a preview, in place of an older one of the same person."""
        key = secrets.token_hex(8)
        with self._lock:
            self._plans = {known: pair for known, pair in self._plans.items() if pair[0] != owner} | {
                key: (owner, plan)
            }
        return key

    def of(self, key: str, owner: str) -> T:
        """Somebody's own preview. Raises NotFound."""
        found = self._plans.get(key)
        if found is None or found[0] != owner:
            raise NotFound
        return found[1]

    def take(self, key: str, owner: str) -> T:
        """The same, for the last time."""
        plan = self.of(key, owner)
        with self._lock:
            self._plans.pop(key, None)
        return plan
