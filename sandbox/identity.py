"""OAuth codes, user tickets and JS-SDK tickets (wecom-protocol 5.5, 5.6)."""

import secrets
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from sandbox.clock import Clock
from sandbox.errors import WeComError

CODE_LIFE = 300
TICKET_LIFE = 1800


@dataclass(slots=True)
class Grant:
    """A code or ticket with whom it stands for and until when (epoch seconds)."""

    userid: str
    expires_at: float
    private: bool = False


class Identity:
    """Issues codes that work once, within five minutes, for trusted domains only."""

    def __init__(self, clock: Clock, domains: frozenset[str]) -> None:
        self.domains = domains
        self._clock = clock
        self._codes: dict[str, Grant] = {}
        self._tickets: dict[str, Grant] = {}
        self._js: dict[str, tuple[str, float]] = {}

    def trusted(self, redirect_uri: str, app_domain: str = "") -> bool:
        """Whether host and port of the address are exactly a configured domain."""
        parts = urlsplit(redirect_uri)
        return parts.scheme in ("http", "https") and parts.netloc in self.domains | {app_domain} - {""}

    def redirect(self, redirect_uri: str, state: str, userid: str, private: bool) -> str:
        """Where the browser goes next: the address with a fresh code and the state."""
        code = secrets.token_urlsafe(32)
        self._codes[code] = Grant(userid, self._clock.now() + CODE_LIFE, private)
        joint = "&" if urlsplit(redirect_uri).query else "?"
        return f"{redirect_uri}{joint}{urlencode({'code': code, 'state': state})}"

    def exchange(self, code: str) -> Grant:
        """Whom a code stands for; raises 40029 for one that is unknown, used or too old."""
        grant = self._codes.pop(code, None)
        if grant is None or grant.expires_at <= self._clock.now():
            raise WeComError(40029)
        return grant

    def ticket(self, userid: str) -> str:
        """A user_ticket for auth/getuserdetail, good for 1,800 seconds."""
        ticket = secrets.token_urlsafe(48)
        self._tickets[ticket] = Grant(userid, self._clock.now() + TICKET_LIFE)
        return ticket

    def ticket_owner(self, ticket: str) -> str:
        """Whose ticket it is; raises 84015 for an unknown, 84014 for an expired one."""
        grant = self._tickets.get(ticket)
        if grant is None:
            raise WeComError(84015)
        if grant.expires_at <= self._clock.now():
            raise WeComError(84014)
        return grant.userid

    def js_ticket(self, key: str) -> tuple[str, int]:
        """The corporation's or an app's JS-SDK ticket with its remaining seconds."""
        ticket, expires_at = self._js.get(key, ("", 0.0))
        if expires_at <= self._clock.now():
            ticket, expires_at = secrets.token_urlsafe(64), self._clock.now() + 7200
            self._js[key] = ticket, expires_at
        return ticket, int(expires_at - self._clock.now())
