"""Values and pure rules of notices: life cycle, audience, limits, when a send stops itself."""

import datetime as dt
import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

BATCH = 1000
"""Recipients of one platform call (wecom-protocol 4.1)."""
BATCH_ELSEWHERE = 1
"""On a channel whose platform takes one recipient at a time: a lost answer must leave no more than one unknown."""
MOST_TITLE = 60
"""Characters of a title."""
MOST_BYTES = 8000
"""UTF-8 bytes of title and text together: four messages. Longer ones are refused before anything goes out."""
RECALL_WITHIN = dt.timedelta(hours=24)
LEASE = dt.timedelta(seconds=60)
"""How long one platform call and its settling may take, its time-outs and a fresh token included."""
GIVE_UP_AFTER = 12
"""Refused tries of one call, over about half an hour, before the send is paused and waits for a person."""
PAUSE_SHARE = 0.2
PAUSE_AT_LEAST = 20
EXPANDED = "done"
"""Stands for the channel under way once every recipient has a row."""
CHANNELS = ("wecom", "telegram")
"""Channels that notices go out on, in the order their batches are written. The first one everybody has."""
TICK = "本通知不含国家秘密和工作秘密"
_SECRET = re.compile(r"(?:绝密|机密|秘密)\s*[★☆]|[★☆]\s*(?:绝密|机密|秘密)")
_KINDS = ("all", "org", "dept", "role", "tag", "rank", "user")
_WHOLE = ("all", "org")


class NoticeState(StrEnum):
    """Life of a notice."""

    DRAFT = "draft"  # being written, or waiting for a second person's approval
    SCHEDULED = "scheduled"  # goes out at its time
    SENDING = "sending"  # every recipient has a row; calls are being made
    PAUSED = "paused"  # no further call until a person resumes; what is under way is finished
    FINISHED = "finished"  # no call is open any more; failed and unknown ones may remain
    RECALLED = "recalled"  # what was sent within 24 hours is taken back, the rest never goes out


class BatchState(StrEnum):
    """Life of one platform call to up to 1,000 recipients."""

    WAITING = "waiting"  # to be made at `next_at`
    SENDING = "sending"  # claimed by a relay until `lease_until`; nobody else makes it
    DONE = "done"  # the platform has answered
    UNKNOWN = "unknown"  # lost between call and answer; never repeated without a person


class Delivery(StrEnum):
    """What became of a notice for one person."""

    WAITING = "waiting"  # not called yet, or under way
    ACCEPTED = "accepted"  # the platform took it; not: was read
    FAILED = "failed"  # the platform refused this person, with a reason
    UNKNOWN = "unknown"  # the answer was lost; a person has to settle it


class Asks(StrEnum):
    """What a notice asks of its readers."""

    NOTHING = ""
    CONFIRM = "confirm"  # 收到
    ATTEND = "attend"  # 参加 or 请假


ANSWERS: dict[Asks, tuple[tuple[str, str], ...]] = {
    Asks.NOTHING: (),
    Asks.CONFIRM: (("收到", "confirm"),),
    Asks.ATTEND: (("参加", "attend"), ("请假", "absent")),
}
"""Buttons under a notice: title and action."""
ACTION_TITLES = {action: title for answers in ANSWERS.values() for title, action in answers}
STATE_TITLES = {
    NoticeState.DRAFT: "草稿", NoticeState.SCHEDULED: "待发送", NoticeState.SENDING: "发送中",
    NoticeState.PAUSED: "已暂停", NoticeState.FINISHED: "已发完", NoticeState.RECALLED: "已撤回",
}  # fmt: skip


@dataclass(frozen=True)
class Spec:
    """One group of an audience. `org` is empty where the group spans organisations."""

    kind: str
    org: str = ""
    name: str = ""

    def __str__(self) -> str:
        head = "/".join(part for part in (self.org, self.name) if part)
        return self.kind if self.kind == "all" else f"{self.kind}:{head}"


@dataclass(frozen=True)
class Audience:
    """Who is meant: anyone in `to` and in none of `excluded`. `within`: no one outside this organisation."""

    to: tuple[Spec, ...]
    excluded: tuple[Spec, ...] = ()
    within: str = ""

    def as_json(self) -> dict[str, Any]:
        """For storing."""
        return {"to": [str(one) for one in self.to], "except": [str(one) for one in self.excluded]}


def parse_spec(raw: str) -> Spec:
    """all | org:ID | dept:ORG/NAME | role:ROLE | tag:[ORG/]TAG | rank:[ORG/]RANK | user:ID. Raises ValueError."""
    kind, _, rest = raw.strip().partition(":")
    kind, rest = kind.strip().lower(), rest.strip()
    if kind not in _KINDS or (kind != "all" and not rest) or (kind == "all" and rest):
        raise ValueError(f"看不懂的发送范围：{raw}")
    if kind in ("all", "role", "user"):
        return Spec(kind, "", rest)
    if kind == "org":
        return Spec(kind, rest)
    org, slash, name = rest.partition("/")
    if not slash:
        if kind == "dept":
            raise ValueError(f"部门要写成 dept:组织/部门：{raw}")
        return Spec(kind, "", rest)
    return Spec(kind, org.strip(), name.strip())


def parse_audience(to: list[str], excluded: list[str], within: str = "") -> Audience:
    """An audience out of what stands behind --to and --except. Raises ValueError, also for nobody."""
    if not to:
        raise ValueError("没有写发送范围。")
    return Audience(tuple(map(parse_spec, to)), tuple(map(parse_spec, excluded)), within)


@dataclass(frozen=True)
class Content:
    """What a notice says and to whom; confidential, stored sealed. `form`: where its author is in the dialogue."""

    title: str
    text: str
    audience: Audience
    form: dict[str, Any] = field(default_factory=dict)

    def whole(self) -> str:
        """Title and text as the reader gets them."""
        return f"【{self.title}】\n{self.text}" if self.title else self.text


@dataclass(frozen=True)
class Notice:
    """A notice as stored.

    `sender` is a user id, or `cli`; `parent` is the notice that a chase-up repeats; a `neutral` one may also go where a
    person wishes to be reached outside WeChat Work.
    """

    id: int
    org: str
    sender: str
    state: NoticeState
    asks: Asks
    content: Content
    created_at: dt.datetime
    scheduled_at: dt.datetime | None = None
    submitted_at: dt.datetime | None = None
    approval: bool = False
    approved_by: str | None = None
    parent: int | None = None
    neutral: bool = False
    recipients: int = 0
    reason: str | None = None
    finished_at: dt.datetime | None = None

    @property
    def awaits_approval(self) -> bool:
        """Handed in, and a second person has not agreed yet."""
        return self.state is NoticeState.DRAFT and self.submitted_at is not None

    @property
    def origin(self) -> int:
        """The notice whose buttons it carries: its own, or of the one it chases."""
        return self.parent or self.id


@dataclass(frozen=True)
class Progress:
    """How far a notice has come. `opened` counts who pressed any of its buttons."""

    notice: int
    state: NoticeState
    recipients: int
    accepted: int = 0
    failed: int = 0
    unknown: int = 0
    waiting: int = 0
    opened: int = 0
    confirmed: int = 0
    attend: int = 0
    absent: int = 0
    recalled: int = 0
    reason: str | None = None

    def as_json(self) -> dict[str, Any]:
        """As `notice status --json` prints it (design section 6 and what explains it)."""
        names = ("recipients", "accepted", "failed", "unknown", "waiting", "opened", "confirmed", "attend", "absent")
        counts = {name: getattr(self, name) for name in names}
        return {"id": self.notice, "state": str(self.state), **counts, "recalled": self.recalled, "reason": self.reason}


_FROM: dict[str, tuple[NoticeState, ...]] = {
    "pause": (NoticeState.SENDING, NoticeState.SCHEDULED),
    "resume": (NoticeState.PAUSED,),
    "retry": (NoticeState.SENDING, NoticeState.PAUSED, NoticeState.FINISHED),
    "chase": (NoticeState.SENDING, NoticeState.PAUSED, NoticeState.FINISHED),
    "settle": (NoticeState.SENDING, NoticeState.PAUSED, NoticeState.FINISHED, NoticeState.RECALLED),
    "recall": (NoticeState.SCHEDULED, NoticeState.SENDING, NoticeState.PAUSED, NoticeState.FINISHED),
}


def allowed(command: str, state: NoticeState) -> bool:
    """Whether a command fits the state a notice is in."""
    return state in _FROM[command]


def should_pause(troubled: int, tried: int) -> bool:
    """Whether so many of those tried went wrong that a person should look before more goes out."""
    return troubled >= PAUSE_AT_LEAST and troubled >= PAUSE_SHARE * tried


def problems(title: str, text: str) -> list[str]:
    """What keeps a notice from being sent, for its author; empty when nothing does."""
    found = []
    if not title.strip() or not text.strip():
        found.append("标题和正文都要有内容。")
    if len(title.strip()) > MOST_TITLE:
        found.append(f"标题最多{MOST_TITLE}个字，现在是{len(title.strip())}个字。")
    size = len(f"【{title}】\n{text}".encode())
    if size > MOST_BYTES:
        found.append(f"内容太长：最多约{MOST_BYTES // 3}个汉字，现在约{size // 3}个。请精简，或写明到哪里看全文。")
    if _SECRET.search(f"{title}\n{text}"):
        found.append("内容里有密级标志，不能在这里发送。涉密内容请按保密规定另行传达。")
    return found
