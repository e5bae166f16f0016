"""Rewrites everything sealed with the newest data key, so that the older keys can be dropped.

May be killed and run again at any time: what is done stays done, and what is left is found by the key's id in front of
each value. Other processes may work meanwhile, as long as they have the newest key too.
"""

import datetime as dt
from dataclasses import dataclass, field

from core import audit
from core.cases.vault import Vault
from core.crypto import Cipher
from core.db import Database
from core.errors import DecryptionFailed, NotFound
from core.keys import store
from core.keys.store import Key, Place

BATCH = 500
"""Values in one transaction."""


@dataclass
class Rotated:
    """How many values of each table, and files, were rewritten; what no configured key opens stays as it is."""

    values: dict[str, int] = field(default_factory=dict)
    files: int = 0
    unreadable: dict[str, int] = field(default_factory=dict)
    unreadable_files: int = 0

    @property
    def complete(self) -> bool:
        """Whether everything stored opens with the newest key."""
        return not self.unreadable and not self.unreadable_files

    @property
    def total(self) -> int:
        """All values together, files aside."""
        return sum(self.values.values())


def rotate(db: Database, cipher: Cipher, vault: Vault, at: dt.datetime, actor: str) -> Rotated:
    """Rewrite every sealed column and every evidence file; counts go into the trail."""
    done = Rotated()
    with db.read() as connection:
        found = store.places(connection)
    for place in found:
        _column(db, cipher, place, done)
    for name in sorted(vault.all()):
        try:
            done.files += vault.reseal(name)
        except DecryptionFailed:
            done.unreadable_files += 1
        except NotFound:
            continue  # deleted meanwhile by the sweep
    with db.write() as connection:
        audit.record(
            connection, at, actor, "keys.rotate", cipher.current_id.hex(),
            values=done.total, files=done.files, unreadable=sum(done.unreadable.values()) + done.unreadable_files,
        )  # fmt: skip
    return done


def _column(db: Database, cipher: Cipher, place: Place, done: Rotated) -> None:
    after: Key | None = None
    while True:
        with db.write() as connection:
            rows = store.older(connection, place, cipher.current_id, after, BATCH)
            changed = []
            for key, sealed in rows:
                try:
                    fresh = cipher.seal(cipher.open(sealed, place.name), place.name)
                except DecryptionFailed:
                    done.unreadable[place.name] = done.unreadable.get(place.name, 0) + 1
                    continue
                changed.append((key, sealed, fresh))
            count = store.replace(connection, place, changed)
        if count:
            done.values[place.name] = done.values.get(place.name, 0) + count
        if len(rows) < BATCH:
            return
        after = rows[-1][0]
