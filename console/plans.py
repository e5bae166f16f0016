"""Previews of roster imports between the look and the yes."""

import secrets
import threading

from core.errors import NotFound
from core.register.service import Plan


class Plans:
    """Previews that wait for their owner's yes; one each, gone with the process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._plans: dict[str, tuple[str, Plan]] = {}

    def keep(self, owner: str, plan: Plan) -> str:
        """Keep a preview, in place of an older one of the same person."""
        key = secrets.token_hex(8)
        with self._lock:
            self._plans = {known: pair for known, pair in self._plans.items() if pair[0] != owner} | {
                key: (owner, plan)
            }
        return key

    def of(self, key: str, owner: str) -> Plan:
        """Somebody's own preview. Raises NotFound."""
        found = self._plans.get(key)
        if found is None or found[0] != owner:
            raise NotFound
        return found[1]

    def take(self, key: str, owner: str) -> Plan:
        """The same, for the last time."""
        plan = self.of(key, owner)
        with self._lock:
            self._plans.pop(key, None)
        return plan
