"""Erases notices whose time of keeping is over, with every row about their recipients; at most 1,000 a transaction."""

import datetime as dt
from dataclasses import dataclass

from core.notices import store
from core.notices.service import Notices

KEPT_YEARS = 10
"""Where an organisation's profile sets no `retention_years`, and for notices of several organisations."""
KEPT_DRAFTS = dt.timedelta(days=90)
"""How long a draft that was never handed in is kept after it was last touched."""


@dataclass(frozen=True)
class Retention:
    """Opens transactions of its own; two processes at once do no harm."""

    notices: Notices

    def run(self, now: dt.datetime) -> int:
        """Erase what is due at `now`; returns how many notices."""
        with self.notices.mailbox.db.read() as connection:
            old = store.abandoned_drafts(connection, now - KEPT_DRAFTS)
            for org, ended in store.earliest_ends(connection).items():
                before = now - dt.timedelta(days=366 * self._years(org))
                if ended < before:
                    old += store.ended_before(connection, org, before)
        for notice_id in old:
            while self._step(notice_id):
                pass
        return len(old)

    def _years(self, org: str) -> int:
        profile = self.notices.orgs.get(org)
        years = profile.settings.get("retention_years") if profile else None
        return years if isinstance(years, int) and years > 0 else KEPT_YEARS

    def _step(self, notice_id: int) -> bool:
        """Erase the recipients of one call, or at last the notice itself; False when it is gone."""
        with self.notices.mailbox.db.write() as connection:
            if store.erase_batch(connection, notice_id):
                return True
            store.erase(connection, notice_id)
            return False
