"""`python -m scheduler`: runs the periodic jobs until told to stop."""

import signal
import sys
import threading

from core import log
from core.clock import Clock
from core.crypto import Cipher
from core.db import Database
from core.errors import SettingError
from core.messages.service import Mailbox
from core.settings import load
from scheduler.jobs import guarded, schedule, work


def main() -> int:
    """Run; 2 when a setting is missing."""
    log.configure("scheduler")
    try:
        settings = load()
        keys = tuple(settings.keys())
    except SettingError as error:
        print(error, file=sys.stderr)
        return 2
    mailbox = Mailbox(Database(settings.database), Cipher(keys), Clock(settings.now_offset))
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    jobs = work(settings, mailbox)
    scheduler = schedule(jobs)
    scheduler.start()
    for name, job in (("sweep", jobs.sweep), ("plan", jobs.plan), ("tick", jobs.tick)):
        guarded(name, job)()  # at once: the first run of an interval comes after it
    stop.wait()
    scheduler.shutdown(wait=False)
    return 0


if __name__ == "__main__":
    sys.exit(main())
