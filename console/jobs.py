"""Long actions of one process, with their progress: a page starts one and shows how far it is."""

import logging
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from core.errors import ChengyaoError, NotFound

logger = logging.getLogger("chengyao.console")
_KEPT = 50


@dataclass
class Job:
    """A long action of one person. `state`: running | done | failed; `done` of `total` steps; `result` in Chinese."""

    id: str
    owner: str
    title: str
    back: str
    total: int = 0
    done: int = 0
    state: str = "running"
    result: str = ""
    lines: list[str] = field(default_factory=list)

    def step(self, done: int, total: int = 0) -> None:
        """Note how far it is."""
        self.done = done
        self.total = total or self.total

    @property
    def percent(self) -> int:
        """How far it is, 0 to 100."""
        return min(100, 100 * self.done // self.total) if self.total else 0


class Jobs:
    """The long actions of this process; they end with it, and what they wrote by then stays written."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._jobs: dict[str, Job] = {}

    def start(self, owner: str, title: str, back: str, work: Callable[[Job], str]) -> Job:
        """Begin one in a thread of its own; `work` returns what to say in the end."""
        job = Job(secrets.token_hex(8), owner, title, back)
        with self._lock:
            self._jobs[job.id] = job
            for old in list(self._jobs)[:-_KEPT]:
                del self._jobs[old]
        threading.Thread(target=self._run, args=(job, work), name=f"job-{job.id}", daemon=True).start()
        return job

    def _run(self, job: Job, work: Callable[[Job], str]) -> None:
        try:
            job.result = work(job)
            job.state = "done"
        except ChengyaoError as error:
            job.result, job.state = str(error), "failed"
        except Exception as error:  # noqa: BLE001 - a thread's end must be seen by whoever waits for it
            logger.error("job %s failed: %s", job.id, type(error).__name__)
            job.result, job.state = "没有完成，请稍后再试；如仍不行，请联系管理员。", "failed"

    def find(self, job_id: str, owner: str) -> Job:
        """Somebody's own job. Raises NotFound."""
        job = self._jobs.get(job_id)
        if job is None or job.owner != owner:
            raise NotFound
        return job
