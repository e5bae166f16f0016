"""Maps what the platform or the network answers to the product's errors (wecom-protocol 3, 4.10)."""

from dataclasses import dataclass

import requests
from urllib3 import exceptions as urllib3

from core.errors import ChannelError, OutcomeUnknown, Rejected, TemporaryFailure

BAD_SECRET = 40001
TOKEN = frozenset((BAD_SECRET, 40014, 42001))
"""On a business call each of these is worth one fresh token; some gateways say 40001 for an old one."""
CONFIGURATION = frozenset(
    (BAD_SECRET, 40013, 40056, 40091, 41001, 41002, 41004, 48002, 48006, 48010, 50003, 60020, 301002, 301007)
)
RATE = frozenset((45009,))
ABNORMAL = frozenset((45036,))
BUSY = frozenset((-1, 6000, 45033, 45035, 301022, 301057, 2000111, 2090726, 90304, 81026))
_BEFORE_SENDING = (
    urllib3.NewConnectionError,
    urllib3.ConnectTimeoutError,
    urllib3.SSLError,
    urllib3.ProxyError,
    urllib3.LocationParseError,
)
_GATEWAY_LOST_IT = (502, 504)


@dataclass(frozen=True)
class Pauses:
    """How long a kind of refusal keeps us from calling again, in seconds.

    `secret`: a wrong secret; repeated calls ban our address for an hour. `configuration`: a setting that a person must
    correct (the trusted address list takes about a minute). `rate`, `abnormal`: limits.
    """

    secret: float = 300.0
    configuration: float = 60.0
    rate: float = 20.0
    abnormal: float = 60.0

    def after(self, errcode: int) -> float | None:
        """Seconds to keep away from an endpoint after `errcode`, or None."""
        if errcode == BAD_SECRET:
            return self.secret
        for codes, seconds in ((CONFIGURATION, self.configuration), (RATE, self.rate), (ABNORMAL, self.abnormal)):
            if errcode in codes:
                return seconds
        return None


PAUSES = Pauses()


def refusal(errcode: int, pauses: Pauses) -> ChannelError:
    """The error for an errcode other than 0. What a person can put right is kept and tried again, not thrown away."""
    wait = pauses.after(errcode)
    if wait is not None or errcode in BUSY or errcode in TOKEN:
        return TemporaryFailure(f"errcode {errcode}", wait)
    return Rejected(f"errcode {errcode}")


def http_status(status: int, delivers: bool) -> ChannelError:
    """The error for an HTTP status of 300 and more. A gateway that lost the answer proves nothing about the message."""
    reason = f"HTTP {status}"
    return OutcomeUnknown(reason) if delivers and status in _GATEWAY_LOST_IT else TemporaryFailure(reason)


def unusable(content: bytes, delivers: bool) -> ChannelError:
    """The error for an answer that is no JSON object: a page is a proxy's, half an answer is the platform's own."""
    if content.lstrip().startswith(b"<"):
        return TemporaryFailure("a page instead of an answer")
    return OutcomeUnknown("unreadable answer") if delivers else TemporaryFailure("unreadable answer")


def network(error: requests.RequestException, delivers: bool) -> ChannelError:
    """The error for a failed connection. The text of the original holds the token and is not kept."""
    reason = type(error).__name__
    if delivers and not _before_sending(error):
        return OutcomeUnknown(reason)
    return TemporaryFailure(reason)


def _before_sending(error: requests.RequestException) -> bool:
    """Whether the connection failed before anything was sent."""
    if isinstance(error, requests.ConnectTimeout | requests.exceptions.SSLError | requests.exceptions.ProxyError):
        return True
    cause = error.args[0] if error.args else None
    return isinstance(getattr(cause, "reason", cause), _BEFORE_SENDING)
