"""The console from the command line: a one-time link for somebody to set a password."""

from commands import store
from core.clock import Clock
from core.console.rules import INVITE_LIFE
from core.console.service import Doors
from core.console.tickets import Tickets
from core.db import Database
from core.settings import Settings


def invite(settings: Settings, userid: str) -> str:
    """The link. Raises NotFound for an unknown account, Refused for one without a role of the console."""
    store.migrate(settings)
    doors = Doors(Database(settings.database), Clock(settings.now_offset), Tickets(tuple(settings.keys())))
    return f"{settings.console_address}/invite/{doors.invite(userid, 'cli')}"


def hours() -> int:
    """How long a link works."""
    return int(INVITE_LIFE.total_seconds() // 3600)
