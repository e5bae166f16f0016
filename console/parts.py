"""Builds what the console needs, once per process."""

from dataclasses import dataclass, field

from console.brain import Brain
from console.jobs import Jobs
from console.numbers import Numbers
from console.papers import Paper
from console.plans import Plans
from core.cases.service import Desk
from core.cases.vault import Vault
from core.clock import Clock
from core.console.service import Doors
from core.console.tickets import Tickets
from core.crypto import Cipher
from core.db import Database
from core.messages.service import Mailbox
from core.people import service as people
from core.register.service import Plan
from core.settings import Settings


@dataclass(frozen=True)
class Parts:
    """The built parts. `secure`: the console is reached over https, so cookies say so."""

    settings: Settings
    db: Database
    desk: Desk
    doors: Doors
    brain: Brain
    jobs: Jobs = field(default_factory=Jobs)
    plans: Plans[Plan] = field(default_factory=Plans)
    papers: Plans[Paper] = field(default_factory=Plans)
    numbers: Numbers = field(default_factory=Numbers)

    @property
    def clock(self) -> Clock:
        """The product's clock."""
        return self.desk.mailbox.clock

    @property
    def secure(self) -> bool:
        """Whether the console's public address is https."""
        return self.settings.console_address.startswith("https://")


def build(settings: Settings) -> Parts:
    """Wire the console. Raises SettingError when keys are missing."""
    db = Database(settings.database)
    clock = Clock(settings.now_offset)
    cipher = Cipher(tuple(settings.keys()))
    orgs = people.organisations(db)
    desk = Desk(Mailbox(db, cipher, clock), orgs, Vault(settings.var / "evidence", cipher))
    return Parts(settings, db, desk, Doors(db, clock, Tickets(cipher.keys)), Brain(db, clock, orgs))
