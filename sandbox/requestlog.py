"""What the app asked of the platform: a bounded log without tokens, and counters (wecom-protocol 9.2.13)."""

from collections import Counter, deque
from dataclasses import asdict, dataclass

SECRET_KEYS = {"access_token", "corpsecret", "code", "user_ticket"}
BODY_LIMIT = 4096


@dataclass(frozen=True, slots=True)
class Logged:
    """One API call: `path` without /cgi-bin/, `errcode` None when the answer was no JSON, `at` epoch seconds."""

    at: float
    method: str
    path: str
    query: dict[str, str]
    body: object
    errcode: int | None
    fault: str


def redacted(values: dict[str, str]) -> dict[str, str]:
    """A query with tokens, secrets and codes masked."""
    return {key: "***" if key in SECRET_KEYS else value for key, value in values.items()}


def shortened(body: object) -> object:
    """A body fit for the log: secrets masked, anything long cut."""
    if isinstance(body, dict):
        return {key: "***" if key in SECRET_KEYS else shortened(value) for key, value in body.items()}
    if isinstance(body, str) and len(body) > BODY_LIMIT:
        return f"{body[:BODY_LIMIT]}… ({len(body)} characters)"
    return body


class RequestLog:
    """Keeps the last 2,000 calls and counts all of them."""

    def __init__(self) -> None:
        self._calls: deque[Logged] = deque(maxlen=2000)
        self._counts: Counter[str] = Counter()
        self._errcodes: Counter[str] = Counter()

    def add(self, call: Logged) -> None:
        """Record a call that has been answered."""
        self._calls.append(call)
        self._counts[call.path] += 1
        if call.errcode:
            self._errcodes[f"{call.path} {call.errcode}"] += 1

    def calls(self, path: str = "") -> list[dict[str, object]]:
        """The logged calls, oldest first, of one path or of all."""
        return [asdict(call) for call in self._calls if path in ("", call.path)]

    def counters(self) -> dict[str, dict[str, int]]:
        """Calls per path, and refusals per path and errcode."""
        return {"calls": dict(self._counts), "errors": dict(self._errcodes)}
