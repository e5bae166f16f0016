"""Time as an argument: product dates are Asia/Shanghai, instants are UTC."""

import datetime as dt
import time
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from core.errors import SettingError

SHANGHAI = ZoneInfo("Asia/Shanghai")
UTC = dt.UTC


@dataclass(frozen=True)
class Clock:
    """The product's clock, `offset` seconds from the wall clock (tests move it; leases and tokens use real time)."""

    offset: float = 0.0

    def now(self) -> dt.datetime:
        """The product's instant, UTC."""
        return dt.datetime.now(UTC) + dt.timedelta(seconds=self.offset)

    def local(self) -> dt.datetime:
        """The product's instant in Shanghai."""
        return self.now().astimezone(SHANGHAI)

    def today(self) -> dt.date:
        """The product's date in Shanghai."""
        return self.local().date()


def offset_for(now: str) -> float:
    """Seconds from the wall clock to the ISO time `now` ('' means none). Raises SettingError."""
    if not now:
        return 0.0
    try:
        moment = dt.datetime.fromisoformat(now)
    except ValueError as error:
        raise SettingError("CHENGYAO_NOW", "is not an ISO time") from error
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=SHANGHAI)
    return moment.timestamp() - time.time()


def wall() -> dt.datetime:
    """Real time, UTC: for leases, back-off, tokens and callback timestamps."""
    return dt.datetime.now(UTC)
