"""Reminders as values: what a rule says, the life of one occurrence, days and months. Pure (design.md section 5)."""

import calendar
import datetime as dt
from dataclasses import dataclass, field
from enum import StrEnum

KINDS = (
    "talk", "reminder_talk", "health_check", "rotation", "correction", "influence_end", "supplement", "visit", "leave",
    "feedback", "review",
)  # fmt: skip
TRIGGERS = ("event", "interval", "milestone", "young", "yearly", "leaders", "case", "document")
RECIPIENTS = ("cadre", "leader", "supervisor", "hr", "unit", "handler")
STEPS = ("again", "leader", "hr")
EVENTS: dict[str, str] = {
    "promotion": "提拔任职", "rotation": "轮岗交流", "removal": "免职", "retirement": "退休", "punishment": "受处分",
    "reminder_talk": "谈话提醒", "marriage": "结婚", "birth": "生育", "hospital": "住院", "bereavement": "家庭重大变故",
    "hardship": "家庭困难", "talk_fixed": "约好的谈话",
}  # fmt: skip
SENSITIVE_EVENTS = frozenset({"marriage", "birth", "hospital", "bereavement", "hardship"})
"""Life events: known to the unit only with the cadre's own consent, erased soon after they are settled."""
HORIZON_DAYS = 35
"""How far ahead of a day its plan reaches."""
_DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
LATER_DAYS = (1, 3, 7)
"""What 稍后 offers, in days."""


class State(StrEnum):
    """Life of one occurrence."""

    PLANNED = "planned"  # nobody has been told yet; `next_at` is when it goes out
    OPEN = "open"  # it was pushed and is waiting to be done
    DONE = "done"  # somebody said that it is done
    MISSED = "missed"  # it could not go out while it was valid; `reason`
    DROPPED = "dropped"  # it no longer applies; `reason`


LIVING = (State.PLANNED, State.OPEN)


class Reason(StrEnum):
    """Why an occurrence was missed or dropped."""

    EXPIRED = "expired"  # no run of the scheduler came while it was valid
    LEFT = "left"  # the person is no longer active in the organisation
    CHANGED = "changed"  # post, department, date or case changed: the duty is another one now
    OFF = "off"  # everybody it would go to has switched the kind off
    INACTIVE = "inactive"  # the documents no longer contain the clause
    CANCELLED = "cancelled"  # the event was taken back
    NOBODY = "nobody"  # nobody of the organisation can be told; HR's list shows it
    SWITCHED = "switched"  # the organisation has switched the rule off; it stands again when switched on
    CONSENT = "consent"  # the person does not want the organisation to know


REASON_TEXT = {
    Reason.EXPIRED: "错过有效期，未发送", Reason.LEFT: "已不在名单", Reason.CHANGED: "情况已变化",
    Reason.OFF: "本人已关闭",
    Reason.INACTIVE: "文件中已没有这一条", Reason.CANCELLED: "已取消", Reason.NOBODY: "没有可以通知的人",
    Reason.CONSENT: "本人不同意告知", Reason.SWITCHED: "本单位已关闭这类提醒",
}  # fmt: skip


@dataclass(frozen=True)
class Ground:
    """What a rule rests on in one document: a clause, and the fact in it that must be there ('' when none)."""

    policy: str
    clause: str
    fact: str = ""


@dataclass(frozen=True)
class Rule:
    """One rule of the catalogue. Days are the product's own schedule, never a term of a document.

    `lead`: days before the due day of the first push. `valid`: days after the due day in which a late first push
    still makes sense (None: as long as the duty stands). `escalation`: step -> days after the due day (or after
    the first push when that was later). `both`: done only when leader and cadre have said so. `measures`: the
    roster's date that a milestone counts from. `may_stop`: a recipient may switch the kind off.
    """

    id: str
    kind: str
    title: str
    text: dict[str, str]
    trigger: str
    grounds: tuple[Ground, ...]
    to: tuple[str, ...]
    events: tuple[str, ...] = ()
    roster: str = ""
    measures: str = ""
    heads: bool = False
    case: str = ""
    lead: int = 0
    valid: int | None = 60
    window: tuple[tuple[int, int], tuple[int, int]] | None = None
    setting: str = ""
    key: str = ""
    topic: str = ""
    escalation: dict[str, int] = field(default_factory=dict)
    both: bool = False
    may_stop: bool = False
    any_document: bool = False


@dataclass(frozen=True)
class Occasion:
    """One occurrence that a rule finds: its key, its day, the days its first push may go out."""

    key: str
    due_on: dt.date
    push_on: dt.date
    valid_until: dt.date | None


@dataclass(frozen=True)
class Gap:
    """A date that a rule needs and the roster does not have (in Chinese for HR)."""

    userid: str
    rule: str
    missing: str


@dataclass(frozen=True)
class Occurrence:
    """A planned reminder. `stage`: 0 nothing went out, 1 first push, then one more for each step of escalation."""

    id: int
    rule: str
    kind: str
    userid: str
    key: str
    org: str
    policy: str
    clause: str
    due_on: dt.date
    push_on: dt.date
    valid_until: dt.date | None
    state: State
    stage: int
    next_at: dt.datetime | None = None
    reason: str | None = None
    event_id: int | None = None
    case_number: str | None = None
    talk_id: int | None = None
    pushed_on: dt.date | None = None
    done_on: dt.date | None = None


def last_day(year: int, month: int) -> dt.date:
    """The last day of a month; leap years included."""
    return dt.date(year, month, 29 if month == 2 and calendar.isleap(year) else _DAYS[month - 1])


def roster_day(raw: str) -> dt.date | None:
    """The day a roster date means; for a month its last day, so that nothing is called due too early; '' None."""
    if not raw:
        return None
    if len(raw) == 7:
        return last_day(int(raw[:4]), int(raw[5:]))
    return dt.date.fromisoformat(raw)


def add_months(day: dt.date, months: int) -> dt.date:
    """The same day some months on; where that month is shorter, its last day (31 January + 1 = 28 or 29 February)."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    end = last_day(year, month + 1)
    return end if day.day > end.day else end.replace(day=day.day)


def on_day(year: int, month_day: tuple[int, int]) -> dt.date:
    """A yearly day; 29 February falls on the 28th in other years."""
    month, day = month_day
    return min(dt.date(year, month, 1) + dt.timedelta(days=day - 1), last_day(year, month))


def next_step(rule: Rule, stage: int, due_on: dt.date, pushed_on: dt.date) -> tuple[str, dt.date] | None:
    """The step of escalation after `stage` and its day; None when there is none."""
    steps = [name for name in STEPS if name in rule.escalation]
    if not 1 <= stage <= len(steps):
        return None
    name = steps[stage - 1]
    days = rule.escalation[name]
    return name, max(due_on + dt.timedelta(days=days), pushed_on + dt.timedelta(days=days if days > 0 else 7))


def step_at(rule: Rule, stage: int) -> str:
    """What a push at `stage` is: first, again, leader, hr."""
    steps = ["first", *(name for name in STEPS if name in rule.escalation)]
    return steps[min(stage, len(steps) - 1)]


def overdue(rule: Rule, due_on: dt.date, today: dt.date) -> bool:
    """Whether leaders and HR see 逾期: the first step of escalation has passed."""
    return today > due_on + dt.timedelta(days=rule.escalation.get("again", 0))
