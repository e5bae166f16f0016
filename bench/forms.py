"""Turns of a form in one long conversation: is the 500th as fast as the first, and does each end with its question."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle, islice

from bench.dialogue import Times
from commands.talking import Door

ROUND = (
    "我想申请容错",
    "图书馆自助借还系统上线推迟",
    "2025年9月3日",
    "图书馆技术部",
    "供应商交来的设备和门禁接口对不上，联调反复了三轮，开学那天没能启用，先用人工窗口顶了两周",
    "为了让读者少排队，没有别的考虑",
    "容错要满足什么条件？",
    "接口标准在采购之后改过一次，当时不掌握",
    "不对，时间是去年9月4号",
    "采购方案经馆务会讨论，报资产处审批",
    "读者多排了两周队，没有经济损失",
    "返回",
    "读者多排了三周队，没有经济损失",
    "增开两个人工窗口，设备月底全部换好",
    "跳过",
    "3 改成 图书馆系统部",
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
