"""What a figure was measured on, and what processes cost: a busy machine must not be taken for a slow product."""

import os
import platform
from dataclasses import dataclass
from pathlib import Path

_PROCESSES = Path("/proc")


def line() -> str:
    """Cores, memory and the load of the last minute."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    cores = os.cpu_count() or 0
    return f"{platform.machine()}, {cores} cores, {memory:.0f} GB; load {os.getloadavg()[0]:.1f} before the start"


@dataclass(frozen=True)
class Process:
    """A running process, looked at from outside; Linux only."""

    id: int

    def cpu(self) -> float:
        """Seconds of processor time used so far."""
        fields = (_PROCESSES / str(self.id) / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory(self) -> int:
        """Megabytes resident."""
        status = (_PROCESSES / str(self.id) / "status").read_text(encoding="utf-8").splitlines()
        return next((int(row.split()[1]) // 1024 for row in status if row.startswith("VmRSS")), 0)


def find(*words: str, mine: bool = False) -> Process | None:
    """The process whose command line has all the words; with `mine` only a child of this process. None elsewhere."""
    for folder in _PROCESSES.glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_text(encoding="utf-8").split("\0")
            parent = (folder / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()[1]
        except (OSError, UnicodeDecodeError):
            continue  # ended meanwhile, or somebody else's
        if set(words) <= set(command) and (not mine or int(parent) == os.getpid()):
            return Process(int(folder.name))
    return None
