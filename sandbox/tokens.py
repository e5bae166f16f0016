"""Access tokens: one book for all apps of the corporation (wecom-protocol 3, 9.2.2, 9.2.3)."""

import secrets
from dataclasses import dataclass

from sandbox.clock import Clock
from sandbox.errors import WeComError


@dataclass(slots=True)
class App:
    """Something with a secret: the application, or the contact-sync assistant (agentid 0)."""

    agentid: int
    secret: str
    name: str
    contact_sync: bool = False
    disabled: bool = False
    description: str = "为担当者撑腰鼓劲"
    redirect_domain: str = ""
    isreportenter: int = 1
    report_location_flag: int = 1
    home_url: str = ""
    menu: dict[str, object] | None = None


@dataclass(slots=True)
class Token:
    """A token is good for its own app until `expires_at` (epoch seconds)."""

    value: str
    app: App
    expires_at: float
    valid: bool = True


class TokenBook:
    """Issues and checks tokens. `ttl` is seconds; `rotate` makes every call issue a new one and void the old."""

    def __init__(self, clock: Clock) -> None:
        self.ttl = 7200
        self.rotate = False
        self.bad_secret_limit = 20
        self._clock = clock
        self._tokens: dict[str, Token] = {}
        self._current: dict[str, Token] = {}
        self._bad: dict[str, list[float]] = {}

    def issue(self, app: App) -> Token:
        """The app's valid token, or a new one."""
        current = self._current.get(app.secret)
        if current and not self.rotate and current.valid and current.expires_at > self._clock.now():
            return current
        if current and self.rotate:
            current.valid = False
        token = Token(secrets.token_urlsafe(160), app, self._clock.now() + self.ttl)
        self._tokens[token.value] = self._current[app.secret] = token
        return token

    def check(self, value: str) -> App:
        """The token's app; raises 41001 without one, 40014 for an unknown, 42001 for an expired one."""
        if not value:
            raise WeComError(41001)
        token = self._tokens.get(value)
        if token is None or not token.valid:
            raise WeComError(40014)
        if token.expires_at <= self._clock.now():
            raise WeComError(42001)
        if token.app.disabled:
            raise WeComError(50003)
        return token.app

    def invalidate(self) -> int:
        """Void every token at once (40014 from now on); answers how many were valid."""
        alive = [token for token in self._tokens.values() if token.valid]
        for token in alive:
            token.valid = False
        return len(alive)

    def expire(self) -> int:
        """End every token's life now (42001 from now on); answers how many were alive."""
        now = self._clock.now()
        alive = [token for token in self._tokens.values() if token.valid and token.expires_at > now]
        for token in alive:
            token.expires_at = now
        return len(alive)

    def refuse_banned(self, address: str) -> None:
        """Raise 45009 while an address is banned: an hour after too many wrong secrets."""
        since = self._clock.now() - 3600
        recent = [at for at in self._bad.get(address, []) if at > since]
        self._bad[address] = recent
        if len(recent) >= self.bad_secret_limit:
            raise WeComError(45009)

    def note_bad_secret(self, address: str) -> None:
        """Count a wrong secret against the address it came from."""
        self._bad.setdefault(address, []).append(self._clock.now())
