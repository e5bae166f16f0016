"""Turns of a form in one long conversation: is the 500th as fast as the first, and does each end with its question."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle, islice

from bench.dialogue import Times
from commands.talking import Door

ROUND = (
    "我想申请容错",
    "跟企业合办的订单班没有办成",
    "2025年6月20日",
    "汽车工程系",
    "原来谈好招40个人，企业换了负责人不认账，班没有开起来，学生后来转到了普通班",
    "就想给学生找条好出路，没有为自己谋取私利",
    "容错要满足什么条件？",
    "企业股权变更事先谁也没有想到",
    "不对，时间是去年6月21号",
    "系里党政联席会研究过，也报教务处备了案",
    "38个学生受了点影响",
    "返回",
    "40个学生受了点影响",
    "一周之内把学生都安顿好了",
    "跳过",
    "3 改成 机电工程系",
    "取消",
)
"""One form: answers, a question in the middle, a correction, going back, an edit at the check, leaving."""
_SHARE = 50
"""Turns at either end that are compared."""
_OPEN = ("/10）", "请核对")


@dataclass(frozen=True)
class Turn:
    """What was said, how long the reply took (seconds), whether it ended with the open question."""

    said: str
    seconds: float
    asked: bool


def turns(door: Door, sender: str, number: int) -> Iterator[Turn]:
    """Say the round again and again in one conversation, one turn after the other."""
    door.say(sender, "取消")  # whatever is open
    for said in islice(cycle(ROUND), number):
        started = time.perf_counter()
        replies = door.say(sender, said)
        seconds = time.perf_counter() - started
        last = replies[-1].get("text", "") if replies else ""
        yield Turn(said, seconds, said == ROUND[-1] or any(mark in last for mark in _OPEN))


def measure(door: Door, sender: str, number: int) -> list[str]:
    """Tables as lines: both ends of the conversation, all of it, and each kind of turn."""
    done = list(turns(door, sender, number))
    lines = ["| form turns | a second | p50, ms | p99, ms |", "|---|---|---|---|"]
    parts = {f"first {_SHARE}": done[:_SHARE], f"last {_SHARE}": done[-_SHARE:], f"all {number}": done}
    lines += [_times(part).line(name) for name, part in parts.items()]
    lines += ["", f"turn 1: {done[0].seconds * 1000:.0f} ms; turn {number}: {done[-1].seconds * 1000:.0f} ms"]
    missed = sorted({turn.said for turn in done if not turn.asked})
    lines += [f"turns that did not end with the open question: {'; '.join(missed) or 'none'}", ""]
    lines += ["| said | p50, ms | slowest, ms |", "|---|---|---|"]
    for said in ROUND:
        kind = _times([turn for turn in done if turn.said == said])
        lines.append(f"| {said} | {kind.quantile(0.5):.0f} | {max(kind.each, default=0) * 1000:.0f} |")
    return lines


def _times(part: list[Turn]) -> Times:
    each = tuple(turn.seconds for turn in part) or (0.0,)
    return Times(each, sum(each) or 1.0)
