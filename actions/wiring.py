"""Builds what the actions need, once per process."""

import datetime as dt
import threading
from dataclasses import dataclass, field
from functools import partial

from core.cases.service import Desk
from core.cases.vault import Vault
from core.clock import Clock
from core.crypto import Cipher
from core.db import Database
from core.messages.service import Mailbox
from core.notices.service import Notices
from core.people import orgs
from core.people import service as people
from core.people.orgs import Org
from core.policies import service as policies
from core.policies.service import Library
from core.reminders.service import Reminders
from core.settings import Settings
from core.talks.service import Talks
from knowledge import catalogue
from knowledge.answers import Answers


@dataclass
class App:
    """Everything a turn may use. `answers()` follows the policy tables without a restart."""

    db: Database
    mailbox: Mailbox
    clock: Clock
    orgs: dict[str, Org]
    context_life: dt.timedelta
    desk: Desk
    _answers: Answers | None = None
    _library: Library | None = None
    _reminders: Reminders | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def notices(self) -> Notices:
        """Notices over the mailbox."""
        return Notices(self.mailbox, self.orgs)

    def reminders(self) -> Reminders:
        """The reminders, over the desk's talks; built once, as it remembers the documents."""
        if self._reminders is None:
            self._reminders = Reminders(self.mailbox, self.orgs, Talks(self.desk))
        return self._reminders

    def answers(self) -> Answers:
        """The answering engine for the policies stored now."""
        revision = policies.revision(self.db)
        with self._lock:
            if self._answers is None or self._answers.revision != revision:
                self._library = policies.library(self.db, self._library)
                self.orgs.update(people.organisations(self.db))
                find = partial(policies.nearest, self.db)
                known = catalogue.topics()
                self._answers = Answers(self._library, known, self.orgs, find, self.clock.today, self._answers)
            return self._answers

    def org(self, org_id: str) -> Org | None:
        """An organisation's profile; one that was named since the start is found too."""
        if org_id not in self.orgs:
            self.orgs.update(people.organisations(self.db))
        return self.orgs.get(org_id)


def build(settings: Settings) -> App:
    """Wire the action server. Raises SettingError when keys are missing."""
    db = Database(settings.database)
    clock = Clock(settings.now_offset)
    mailbox = Mailbox(db, Cipher(tuple(settings.keys())), clock)
    known = dict(orgs.load())
    desk = Desk(mailbox, known, Vault(settings.var / "evidence", mailbox.cipher))
    return App(db, mailbox, clock, known, dt.timedelta(minutes=settings.context_minutes), desk)
