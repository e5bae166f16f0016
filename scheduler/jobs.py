"""The few periodic jobs. None is stored per person; each is a call of one core function."""

import logging
from collections.abc import Callable

from apscheduler.schedulers.background import BackgroundScheduler

from core.messages.service import Mailbox

SWEEP_SECONDS = 120
_log = logging.getLogger("chengyao.scheduler")


def guarded(name: str, job: Callable[[], None]) -> Callable[[], None]:
    """A job whose failure is logged by class and does not stop the next run."""

    def run() -> None:
        try:
            job()
        except Exception as error:  # noqa: BLE001  the next run must come whatever this one met
            _log.error("job %s failed: %s", name, type(error).__name__)

    return run


def schedule(mailbox: Mailbox) -> BackgroundScheduler:
    """A scheduler with every job, not started."""
    scheduler = BackgroundScheduler(timezone="UTC")
    options = {"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
    scheduler.add_job(guarded("sweep", mailbox.sweep), "interval", seconds=SWEEP_SECONDS, id="sweep", **options)
    return scheduler
