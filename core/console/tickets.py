"""What bot hands the console after WeChat Work's web login: who it is, signed, for one minute and one use.

bot alone holds the app's secret, so it exchanges the platform's code; the console alone has the browser. Both sign
with a key derived from the newest data key. `nonce` is the state that the console bound to the browser.
"""

import base64
import datetime as dt
import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass

from core.console.rules import TICKET_LIFE
from core.crypto import derive
from core.errors import Refused

_STALE = "登录已过期，请重新登录。"


@dataclass(frozen=True)
class Ticket:
    """A ticket that was read: its own id and the platform's user id."""

    id: str
    userid: str


@dataclass(frozen=True)
class Tickets:
    """Signs and reads tickets, and the console's calls for them. `keys`: data keys, newest first; any of them opens."""

    keys: tuple[bytes, ...]

    def issue(self, userid: str, nonce: str, now: dt.datetime) -> str:
        """A ticket for one person and one browser."""
        expires = (now + TICKET_LIFE).timestamp()
        value = {"id": secrets.token_hex(16), "userid": userid, "nonce": nonce, "expires": expires}
        body = base64.urlsafe_b64encode(json.dumps(value).encode()).decode()
        return f"{body}.{self._mac(self.keys[0], 'ticket', body)}"

    def read(self, raw: str, nonce: str, now: dt.datetime) -> Ticket:
        """Hold a ticket against the signature, the browser and the time. Raises Refused."""
        body, _, mac = raw.partition(".")
        if not self._signed("ticket", body, mac):
            raise Refused(_STALE)
        value = json.loads(base64.urlsafe_b64decode(body))
        if not hmac.compare_digest(value["nonce"].encode(), nonce.encode()) or value["expires"] <= now.timestamp():
            raise Refused(_STALE)
        return Ticket(value["id"], value["userid"])

    def sign_call(self, code: str, nonce: str) -> str:
        """The proof that a call for a ticket comes from the console."""
        return self._mac(self.keys[0], "call", f"{nonce} {code}")

    def is_call(self, code: str, nonce: str, mac: str) -> bool:
        """Whether such a proof holds."""
        return self._signed("call", f"{nonce} {code}", mac)

    def sign_directory(self, nonce: str, at: float) -> str:
        """The proof that a call for the directory comes from the console, at a moment (seconds of real time)."""
        return self._mac(self.keys[0], "directory", f"{nonce} {at}")

    def is_directory_call(self, nonce: str, at: float, mac: str, now: dt.datetime) -> bool:
        """Whether such a proof holds and is no older than a ticket may be."""
        fresh = abs(now.timestamp() - at) <= TICKET_LIFE.total_seconds()
        return fresh and self._signed("directory", f"{nonce} {at}", mac)

    def _signed(self, purpose: str, text: str, mac: str) -> bool:
        return any(hmac.compare_digest(self._mac(key, purpose, text).encode(), mac.encode()) for key in self.keys)

    def _mac(self, key: bytes, purpose: str, text: str) -> str:
        return hmac.new(derive(key, f"console {purpose}"), text.encode(), hashlib.sha256).hexdigest()
