"""Threads that repeat one step for as long as the gateway runs."""

import logging
import threading
import time
from collections.abc import Callable

logger = logging.getLogger("chengyao.bot")
_AFTER_ERROR_SECONDS = 1.0


class Loop:
    """Repeats `step` in a thread. When it answers False there is nothing to do: wait for `wake`, or `idle` seconds.

    The thread is a daemon: a step that hangs does not keep the process alive, its lease runs out instead.
    """

    def __init__(self, name: str, step: Callable[[], bool], idle: float, wake: threading.Event | None = None) -> None:
        self._step = step
        self._idle = idle
        self._wake = wake or threading.Event()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Ask for the end after the present step."""
        self._stopped.set()
        self._wake.set()

    def join(self, seconds: float) -> bool:
        """Wait for the end; False when the step was not over in time."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while not self._stopped.is_set():
            try:
                busy = self._step()
            except Exception as error:  # noqa: BLE001 - a busy database or a bug must not end the thread
                logger.error("%s: %s", self._thread.name, type(error).__name__)
                self._stopped.wait(_AFTER_ERROR_SECONDS)
                continue
            if not busy and not self._stopped.is_set():
                self._wake.wait(self._idle)
                self._wake.clear()


def stop_all(loops: list[Loop], seconds: float) -> None:
    """Stop every loop and wait for all of them together at most `seconds`."""
    for loop in loops:
        loop.stop()
    end = time.monotonic() + seconds
    for loop in loops:
        if not loop.join(max(0.0, end - time.monotonic())):
            logger.warning("a step was not over in time; its lease runs out")
