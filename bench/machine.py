"""What a figure was measured on, so that one from a busy machine is not taken for a slow product."""

import os
import platform


def line() -> str:
    """Cores, memory and the load of the last minute."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    cores = os.cpu_count() or 0
    return f"{platform.machine()}, {cores} cores, {memory:.0f} GB; load {os.getloadavg()[0]:.1f} before the start"
