"""A stand-in for `core.cases.dates` that knows a dozen phrases, and short hands for driving the form."""

import datetime as dt
from dataclasses import dataclass

from core.cases import filing
from core.cases.form import Draft, Evidence, Kind, Refusal, Said, Step

TODAY = dt.date(2026, 11, 20)
_PHRASES: dict[str, tuple[str, bool]] = {
    "2024年9月12日": ("2024-09-12", False),
    "2024年9月": ("2024-09", False),
    "上个月8号": ("2026-10-08", False),
    "去年4月": ("2025-04", False),
    "去年3月到5月": ("2025-03-01/2025-05-31", False),
    "去年底": ("2025-11-01/2025-12-31", True),
    "2025年12月份": ("2025-12", False),
    "12月份": ("2026-12", False),
    "去年": ("2025", False),
    "明年2月": ("2027-02", False),
    "昨天上午": ("2026-11-19T08:30/2026-11-19T12:00", False),
    "下周四上午": ("2026-11-26T08:30/2026-11-26T12:00", False),
}


@dataclass(frozen=True)
class Date:
    """What the form needs of a date."""

    value: str
    text: str
    vague: bool
    future: bool


class Dates:
    """Parse and find by table, longest phrase first."""

    def parse(self, text: str, today: dt.date, future: bool = False) -> Date | None:
        """The whole text, with 大概 and 吧 around it at most."""
        bare = text.strip().removeprefix("大概").removeprefix("是").removesuffix("吧")
        return _date(bare, bare) if bare in _PHRASES else None

    def find(self, text: str, today: dt.date, future: bool = False) -> Date | None:
        """The longest phrase inside."""
        words = next((phrase for phrase in sorted(_PHRASES, key=len, reverse=True) if phrase in text), None)
        return _date(words, words) if words else None


def _date(phrase: str, text: str) -> Date:
    value, vague = _PHRASES[phrase]
    return Date(value, text, vague, value[:10] > TODAY.isoformat()[: len(value[:10])])


DATES = Dates()


def begin(kind: str = "tolerance", org: str = "nq", opening: str = "我要申请", intake: str = "full") -> Step:
    """A form just opened."""
    return filing.start(Kind(kind), org, Said(opening), TODAY, DATES, intake)


def say(draft: Draft, *turns: str) -> Step:
    """Texts one after another; the last step. A turn `form:…` is a pressed button."""
    step = Step(draft)
    for turn in turns:
        said = Said(command=turn) if turn.startswith("form:") else Said(turn)
        step = filing.step(step.draft, said, TODAY, DATES)
    return step


def talk(*turns: str, kind: str = "tolerance", org: str = "nq") -> Step:
    """A form opened by the first turn, then the others."""
    return say(begin(kind, org, turns[0]).draft, *turns[1:])


def files(draft: Draft, count: int = 1, caption: str = "", refused: tuple[Refusal, ...] = ()) -> Step:
    """Pictures sent at once."""
    first = len(draft.evidence) + 1
    sent = tuple(
        Evidence(number, f"照片{number}.jpg", 2048 * number, f"{number:064x}") for number in range(first, first + count)
    )
    return filing.step(draft, Said(caption, kind="attachment", evidence=sent, refused=refused), TODAY, DATES)


def text(step: Step) -> str:
    """All that is said."""
    return "\n".join(reply.text for reply in step.replies)


def last(step: Step) -> str:
    """The last line said: the open question."""
    return text(step).splitlines()[-1]


TOLD = ("我要申请容错", "暖气改造拖了工期", "2024年9月12日", "总务处", "先拆后装，拆到一半管子断供，停了半个月才装完")
CHECKED = (*TOLD, "怕孩子们冻着", "跳过", "跳过", "停课4天，3间教室泡了水", "跳过", "没有")
