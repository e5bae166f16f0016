"""Faults that tests switch on (wecom-protocol 9.4). A fault has a count, a probability, or neither (always)."""

import itertools
import random
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields

API_KINDS = {
    "latency": "wait `seconds`, then go on",
    "http": "answer HTTP `status` (500) without doing anything",
    "html": "answer an HTML page with status 200",
    "truncated": "do it, then answer half of the JSON",
    "empty": "do it, then answer an empty body",
    "cut": "close the connection before doing anything",
    "accept_cut": "do it, then close the connection: delivered, answer lost",
    "errcode": "refuse with `errcode` and `errmsg`",
    "silent_drop": "message/send answers ok and delivers nothing",
    "warning": "do it, answer errcode 0 with 'Warning: wrong json format.'",
    "missing_errcode": "do it, leave errcode out of a success",
    "errcode_string": "do it, answer errcode as a string",
    "extra_fields": "do it, add unknown fields to the answer",
}
CALLBACK_KINDS = {
    "duplicate": "send the same bytes again, `copies` times (1)",
    "duplicate_resigned": "send the same message again with a new nonce and signature",
    "delay": "wait `seconds` before sending",
    "lost": "never send it",
    "bad_signature": "wrong msg_signature",
    "swapped": "timestamp and nonce swapped (the signature still fits)",
    "empty_timestamp": "empty timestamp, its digits in the nonce (the signature still fits)",
    "stale": "timestamp `seconds` (3600) in the past, correctly signed",
    "future": "timestamp `seconds` (3600) in the future, correctly signed",
    "wrong_corp": "another corporation's id inside",
    "wrong_key": "encrypted with another key",
    "bad_padding": "padding byte 33",
    "length_field": "length field beyond the end",
    "non_utf8": "plaintext that is no UTF-8",
    "non_base64": "Encrypt is no Base64",
    "entity_bomb": "DOCTYPE with nested entities in the envelope",
    "inner_entity_bomb": "the same inside the encrypted document",
    "big_body": "a body of 10 MB",
    "json": "JSON envelope instead of XML",
    "missing_encrypt": "no Encrypt element",
    "empty_encrypt": "an empty Encrypt element",
    "altered_envelope": "other ToUserName and AgentID outside, the right ones inside",
}
INSTANT_KINDS = {"token_invalidate": "every token is 40014 now", "token_expire": "every token is 42001 now"}


class FaultError(Exception):
    """A fault that cannot be switched on; the message says why."""


@dataclass(slots=True)
class Fault:
    """One switched-on fault. `endpoint` is a path below /cgi-bin/, `*`, or `callback`."""

    id: int
    endpoint: str
    kind: str
    count: int | None = None
    probability: float = 1.0
    seconds: float = 0.0
    status: int = 500
    errcode: int = -1
    errmsg: str = ""
    copies: int = 1
    hits: int = 0


class Faults:
    """All faults that are on, in the order they were switched on."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._ids = itertools.count(1)
        self._random = random.Random(20261120)

    def add(self, wanted: Mapping[str, object]) -> Fault:
        """Switch a fault on; raises FaultError for a kind or an argument that does not exist."""
        kind = str(wanted.get("kind", ""))
        endpoint = str(wanted.get("endpoint") or ("callback" if kind in CALLBACK_KINDS else "*"))
        known = CALLBACK_KINDS if endpoint == "callback" else API_KINDS
        if kind not in known:
            raise FaultError(f"unknown kind {kind!r} for {endpoint}; known: {', '.join(known)}")
        strange = set(wanted) - {field.name for field in fields(Fault)} | set(wanted) & {"id", "hits"}
        if strange:
            raise FaultError(f"unknown arguments: {', '.join(sorted(strange))}")
        fault = Fault(next(self._ids), endpoint, kind)
        for name in set(wanted) - {"kind", "endpoint"}:
            setattr(fault, name, checked(name, wanted[name]))
        self._faults.append(fault)
        return fault

    def take(self, endpoint: str) -> list[Fault]:
        """The faults that strike this call; each is counted down."""
        struck = []
        for fault in self._faults:
            meant = fault.endpoint == endpoint or (fault.endpoint == "*" and endpoint != "callback")
            if meant and fault.count != 0 and self._random.random() < fault.probability:
                fault.count = None if fault.count is None else fault.count - 1
                fault.hits += 1
                struck.append(fault)
        return struck

    def clear(self) -> None:
        """Switch everything off."""
        self._faults.clear()

    def listed(self) -> list[dict[str, object]]:
        """All faults with their remaining count and hits."""
        return [asdict(fault) for fault in self._faults]


def checked(name: str, value: object) -> object:
    """An argument of the right type; raises FaultError."""
    if name == "count" and value is None:
        return None
    wanted = {"probability": float, "seconds": float, "errmsg": str}.get(name, int)
    if isinstance(value, bool) or not isinstance(value, (int, float) if wanted is float else wanted):
        raise FaultError(f"{name} must be a {wanted.__name__}")
    return value
