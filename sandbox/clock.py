"""The sandbox's clock: wall time plus an offset that tests may advance (wecom-protocol 9.2.12)."""

import time
from datetime import datetime, timedelta, timezone

CHINA = timezone(timedelta(hours=8))


class Clock:
    """Epoch seconds. Only expiries and inbox times follow the offset; callbacks carry wall time."""

    def __init__(self) -> None:
        self.offset = 0.0

    def now(self) -> float:
        """The sandbox's present, in epoch seconds."""
        return time.time() + self.offset

    def advance(self, seconds: float) -> None:
        """Move the present by `seconds` (negative moves it back)."""
        self.offset += seconds

    def day(self) -> str:
        """The calendar day in China, the unit of the daily sending quota (section 4.5)."""
        return datetime.fromtimestamp(self.now(), CHINA).date().isoformat()
