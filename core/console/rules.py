"""Sign-in to the console: how long a session, an invitation and a lock-out last, what a password must be. Pure."""

import datetime as dt
from dataclasses import dataclass

IDLE = dt.timedelta(minutes=30)
LIFE = dt.timedelta(hours=12)
"""A session ends after half an hour without a page, and after a day's work whatever happens."""
TOUCH_EVERY = dt.timedelta(seconds=60)
"""How often use is written down: not with every page."""
INVITE_LIFE = dt.timedelta(hours=24)
TICKET_LIFE = dt.timedelta(seconds=60)
LOCK_AFTER = 5
LOCK_FOR = dt.timedelta(minutes=15)
SHORTEST = 12
LONGEST = 128
_VARIETY = 5


@dataclass(frozen=True)
class Session:
    """A signed-in browser. `csrf` stands in every form of it; `way`: password | wecom | invite."""

    userid: str
    csrf: str
    created_at: dt.datetime
    seen_at: dt.datetime
    way: str

    def ended(self, now: dt.datetime) -> bool:
        """Whether it is over."""
        return now - self.seen_at > IDLE or now - self.created_at > LIFE


def password_problem(password: str, userid: str) -> str:
    """Why a password is not taken, in Chinese; '' when it is."""
    if len(password) < SHORTEST:
        return f"密码至少要有 {SHORTEST} 个字符。"
    if len(password) > LONGEST:
        return f"密码最长 {LONGEST} 个字符。"
    if userid.casefold() in password.casefold():
        return "密码里不要包含您的账号。"
    if len(set(password)) < _VARIETY:
        return f"密码至少要有 {_VARIETY} 个不同的字符。"
    return ""
