"""The few periodic jobs. None is stored per person; each is a call of one core function.

Two schedulers at once do no harm: every effect is a row with a unique key, or a claim in a transaction.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass

from apscheduler.schedulers.background import BackgroundScheduler

from core.cases.service import Desk
from core.cases.vault import Vault
from core.clock import SHANGHAI
from core.messages.service import Mailbox
from core.notices.expansion import Expansion
from core.notices.retention import Retention
from core.notices.service import Notices
from core.people import links
from core.people import service as people
from core.reminders.service import Reminders
from core.settings import Settings
from core.talks.service import Talks

SWEEP_SECONDS = 120
EXPAND_SECONDS = 2
TICK_SECONDS = 60
PLAN_HOURS = 6
_log = logging.getLogger("chengyao.scheduler")


@dataclass(frozen=True)
class Work:
    """What the jobs call."""

    mailbox: Mailbox
    desk: Desk
    talks: Talks
    notices: Notices
    reminders: Reminders

    def sweep(self) -> None:
        """Erase what has expired, drafts and stray files too; ask after talks."""
        self.mailbox.sweep()
        with self.mailbox.db.write() as connection:
            links.sweep(connection)
        self.desk.drafts.sweep()
        self.talks.sweep()

    def plan(self) -> None:
        """Write the reminders of the coming weeks. Runs several times a day, as rosters change."""
        planned = self.reminders.plan(self.reminders.today())
        if planned.total:
            _log.info("planned %d reminders", planned.total)

    def tick(self) -> None:
        """Queue the reminders that are due."""
        done = self.reminders.tick(self.mailbox.clock.now())
        if done.outcomes:
            _log.info("tick: %d pushes, %s", done.pushed, dict(done.outcomes))

    def retain(self) -> None:
        """Erase reminders and notices whose time of keeping is over."""
        now = self.mailbox.clock.now()
        self.reminders.retain(now)
        Retention(self.notices).run(now)


def work(settings: Settings, mailbox: Mailbox) -> Work:
    """Everything the jobs need, over one mailbox."""
    known = people.organisations(mailbox.db)
    desk = Desk(mailbox, known, Vault(settings.var / "evidence", mailbox.cipher))
    talks = Talks(desk)
    return Work(mailbox, desk, talks, Notices(mailbox, known), Reminders(mailbox, known, talks))


def guarded(name: str, job: Callable[[], object]) -> Callable[[], None]:
    """A job whose failure is logged by class and does not stop the next run."""

    def run() -> None:
        try:
            job()
        except Exception as error:  # noqa: BLE001  the next run must come whatever this one met
            _log.error("job %s failed: %s", name, type(error).__name__)

    return run


def schedule(jobs: Work) -> BackgroundScheduler:
    """A scheduler with every job, not started. What was missed while it was down runs once, late."""
    scheduler = BackgroundScheduler(timezone=SHANGHAI)
    options = {"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
    every: tuple[tuple[str, Callable[[], object], int], ...] = (
        ("sweep", jobs.sweep, SWEEP_SECONDS),
        ("expand", Expansion(jobs.notices).run, EXPAND_SECONDS),
        ("plan", jobs.plan, PLAN_HOURS * 3600),
        ("tick", jobs.tick, TICK_SECONDS),
    )
    for name, job, seconds in every:
        scheduler.add_job(guarded(name, job), "interval", seconds=seconds, id=name, **options)
    scheduler.add_job(guarded("retain", jobs.retain), "cron", hour=3, id="retain", **options)
    return scheduler
