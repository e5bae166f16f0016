"""What people write when they are asked for a time, a place or a reason."""

import datetime as dt
from dataclasses import dataclass

from actions.turn import Turn
from core.cases import cues, dates
from core.cases.questions import asks
from core.talks import rules

LEFT = "好的，没有改动。"
_NO_TIME = "没有看懂时间。"
_NO_HOUR = "还需要写到几点，例如：下周二下午3点。"
_SURE = 0.6


@dataclass(frozen=True)
class Told:
    """`start`: local time, None with the `problem` to say; `place` '' when none was named."""

    start: dt.datetime | None
    place: str = ""
    problem: str = ""


def leaves(text: str) -> bool:
    """取消 and its like."""
    return cues.command(text.strip(), None) in ("cancel", "pause", "back")


def question(turn: Turn, timed: bool) -> bool:
    """Whether something is asked instead of answered; with a time in it, it is an answer (下周三下午行吗？)."""
    text = turn.call.text
    if timed and dates.find(text, turn.app.clock.today(), True):
        return False
    return asks(text)


def command(turn: Turn) -> bool:
    """Whether the words are surely another command, without any time in them."""
    if dates.find(turn.call.text, turn.app.clock.today(), True):
        return False
    return turn.call.ranking.get(turn.intent, 0.0) >= _SURE and turn.intent not in _ANSWERS


_ANSWERS = ("book_talk", "affirm", "deny", "skip", "out_of_scope", "supplement", "withdraw", "none")


def time_and_place(text: str, today: dt.date, start: str = "") -> Told:
    """下周二下午3点，行政楼301. `start`: the time said before, when only the place is still open."""
    if start:
        found = dates.find(text, today, True)
        if found is None or rules.exact(found.value) is None:
            return Told(dt.datetime.fromisoformat(start), _bare_place(text))
    understood = dates.find(text, today, True) or dates.parse(text, today, True)
    if understood is None:
        return Told(None, problem=_NO_TIME)
    exact = rules.exact(understood.value)
    if exact is None:
        return Told(None, problem=_NO_HOUR)
    _before, _, after = text.partition(understood.text)
    return Told(exact, rules.place_in(after) or _bare_place(after))


def _bare_place(text: str) -> str:
    """What is left of an answer when the time is taken out, as a place."""
    bare = text.strip(" \n，,。；;、.!！")
    for lead in ("地点是", "地点在", "地点", "就在", "在", "到", "去"):
        bare = bare.removeprefix(lead).lstrip("：: ，,")
    return bare if 2 <= len(bare) <= rules.MAX_WORDS else ""


def wish(text: str, today: dt.date) -> str:
    """The ISO value of a wished time, '' when it is words alone (都可以)."""
    understood = dates.parse(text, today, True) or dates.find(text, today, True)
    return understood.value if understood else ""
