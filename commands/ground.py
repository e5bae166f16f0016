"""What commands beside the processes stand on: the settings of the run under var/, and the desk over its database."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from commands import launch, store
from core import settings as configuration
from core.cases.service import Desk
from core.cases.vault import Vault
from core.clock import Clock, offset_for
from core.crypto import Cipher
from core.db import Database
from core.messages.service import Mailbox
from core.people import service as people
from core.settings import Settings


def settings() -> Settings:
    """The settings; without data keys of one's own those of the demo that ran here. Raises SettingError.

    A set NOW counts from this command's start, unless the launcher has worked the offset out already.
    """
    found = configuration.load()
    if not found.data_keys and (found.var / "demo.env").exists():
        os.environ["CHENGYAO_DATA_KEYS"] = launch.demo_environment(found.var)["CHENGYAO_DATA_KEYS"]
        found = configuration.load()
    return found.model_copy(update={"now_offset": found.now_offset or offset_for(found.now)})


@contextmanager
def desk() -> Iterator[Desk]:
    """The desk over the database as it is after migration; closed at the end. Raises SettingError without keys."""
    found = settings()
    cipher = Cipher(tuple(found.keys()))
    store.migrate(found)
    db = Database(found.database)
    try:
        mailbox = Mailbox(db, cipher, Clock(found.now_offset))
        yield Desk(mailbox, people.organisations(db), Vault(found.var / "evidence", cipher))
    finally:
        db.close()
