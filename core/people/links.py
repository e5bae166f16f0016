"""Ties a second channel's account to a person by a one-time code: ten minutes, five tries; unties it; where to push."""

import datetime as dt
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from enum import StrEnum

from core import audit
from core.clock import wall
from core.crypto import Cipher, derive
from core.db import Connection
from core.people import store, tables
from core.people.rules import Person

LIFE = dt.timedelta(minutes=10)
MOST_TRIES = 5
# Nothing that is mistaken for something else when it is read off one phone and typed into another.
_DIGITS = "23456789"
_LETTERS = f"{_DIGITS}ABCDEFGHJKLMNPQRSTUVWXYZ"
_HALF = 4
_KEEP_TRIES = dt.timedelta(hours=1)


class Result(StrEnum):
    """What became of a typed code."""

    TIED = "tied"  # the account is that person's now
    WRONG = "wrong"  # no such code, or it has expired or been used
    TOO_MANY = "too_many"  # five wrong ones; nothing is looked at for ten minutes


@dataclass(frozen=True)
class Redeemed:
    """The result, and the person when it is TIED."""

    result: Result
    person: Person | None = None


def looks_like_code(text: str) -> bool:
    """Whether a message is one code and nothing else; spaces, hyphens and small letters do not matter.

    Every code begins with a digit, so that a word of eight letters is none.
    """
    plain = _plain(text)
    return len(plain) == 2 * _HALF and plain[0] in _DIGITS and set(plain) <= set(_LETTERS)


def new_code(connection: Connection, cipher: Cipher, person: Person, channel: str, by: str = "") -> str:
    """A code `XXXX-XXXX` for ten minutes; an older one of this person is void. Only its keyed hash is stored.

    `by`: who asked for it, for the audit, when it was not the person.
    """
    selector, secret = _selector(), _random(_HALF)
    while tables.code(connection, channel, selector) is not None:
        selector = _selector()
    sweep(connection)
    now = wall()
    tables.put_code(connection, person.id, channel, selector, _digest(cipher, secret), now + LIFE)
    detail = {"userid": person.userid} if by else {}
    audit.record(connection, now, by or person.userid, "account.code", channel, **detail)
    return f"{selector}-{secret}"


def redeem(connection: Connection, cipher: Cipher, channel: str, external_id: str, typed: str) -> Redeemed:
    """Tie the account that typed a code to the person it was given to; older ties of either end."""
    now = wall()
    if tables.tries_since(connection, channel, external_id, now - LIFE) >= MOST_TRIES:
        return Redeemed(Result.TOO_MANY)
    plain = _plain(typed)
    selector, secret = plain[:_HALF], plain[_HALF:]
    row = tables.code(connection, channel, selector)
    right = row is not None and row.expires_at > now and row.tries < MOST_TRIES
    if row is None or not right or not hmac.compare_digest(row.digest, _digest(cipher, secret)):
        tables.add_try(connection, channel, external_id, now)
        tables.count_try(connection, channel, selector)
        return Redeemed(Result.WRONG)
    person = store.by_id(connection, row.person_id)
    tables.drop_code(connection, row.person_id, channel)
    if person is None or person.status != "active":
        return Redeemed(Result.WRONG)
    store.untie(connection, channel, person.id)
    store.bind(connection, channel, external_id, person.id)
    audit.record(connection, now, person.userid, "account.tie", channel)
    return Redeemed(Result.TIED, person)


def untie(connection: Connection, person: Person, channel: str, by: str) -> bool:
    """End the tie and the wish to be reminded there; False when there was none. `by`: who did it, for the audit."""
    tables.drop_code(connection, person.id, channel)
    if tables.wish(connection, person.id) == channel:
        tables.set_wish(connection, person.id, "wecom")
    if not store.untie(connection, channel, person.id):
        return False
    audit.record(connection, wall(), by, "account.untie", channel, userid=person.userid)
    return True


def closed(connection: Connection, channel: str, external_id: str) -> Person | None:
    """The platform says that this account takes nothing from us any more: untie it; whose it was."""
    person = store.by_account(connection, channel, external_id)
    if person is not None:
        untie(connection, person, channel, "system")
    return person


def tied(connection: Connection, person: Person, channel: str) -> bool:
    """Whether the person has an account there."""
    return channel in store.accounts_of(connection, person.id)


def is_open(connection: Connection, channel: str) -> bool:
    """Whether the gateway runs that channel."""
    return tables.is_open(connection, channel)


def set_open(connection: Connection, channel: str, open_: bool) -> None:
    """The gateway notes at its start which channels it runs."""
    if tables.is_open(connection, channel) != open_:
        tables.set_open(connection, channel, open_)
        audit.record(connection, wall(), "system", "channel.open" if open_ else "channel.closed", channel)


def sweep(connection: Connection) -> None:
    """Erase codes that have expired and tries that no longer count."""
    now = wall()
    tables.forget_before(connection, now, now - _KEEP_TRIES)


def wish(connection: Connection, person: Person, channel: str) -> None:
    """Where the person wants to be reminded, as far as it may go there (`service.address`)."""
    tables.set_wish(connection, person.id, channel)
    audit.record(connection, wall(), person.userid, "account.wish", channel)


def _selector() -> str:
    return secrets.choice(_DIGITS) + _random(_HALF - 1)


def _random(length: int) -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(length))


def _plain(text: str) -> str:
    return "".join(text.split()).replace("-", "").replace("－", "").replace("—", "").upper()


def _digest(cipher: Cipher, secret: str) -> str:
    key = derive(cipher.keys[0], "chengyao link codes")
    return hmac.new(key, secret.encode(), hashlib.sha256).hexdigest()
