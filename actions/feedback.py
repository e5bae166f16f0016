"""有帮助 / 没帮助 below every answer: one rating an answer, changeable, tied to a random number and to no person."""

from dataclasses import replace

from actions import replies
from actions.turn import Command, Outcome, Pending, Simple, Turn
from core.errors import Refused
from core.learning import service
from core.learning.rules import BAD, GOOD, REASONS, Answer
from core.messages.rules import Button, Reply

RATED = ("answer", "silent")
MOST_BUTTONS = 6
TITLES = {GOOD: "有帮助", BAD: "没帮助"}
THANKS = "谢谢，已记下。评价不记录您的姓名和单位。"
WHY = "谢谢，已记下。方便的话，请选择原因；评价不记录您的姓名和单位。"
GONE = "这条回答已经不能评价了。"


def rated(reply: Reply) -> Reply:
    """The reply with the two buttons, when it is an answer."""
    if reply.kind not in RATED:
        return reply
    answer = service.new_answer(reply.topic, reply.citations[0] if reply.citations else None).payload()
    ours = tuple(Button(title, f"{name}:{answer}") for name, title in TITLES.items())
    return replace(reply, buttons=(*reply.buttons[: MOST_BUTTONS - len(ours)], *ours))


def _good(turn: Turn, argument: str) -> Outcome:
    return _rate(turn, argument, GOOD, "")


def _bad(turn: Turn, argument: str) -> Outcome:
    return _rate(turn, argument, BAD, "")


def _why(turn: Turn, argument: str) -> Outcome:
    reason, _, answer = argument.partition("|")
    return _rate(turn, answer, BAD, reason)


def _rate(turn: Turn, argument: str, verdict: str, reason: str) -> Outcome:
    try:
        answer = Answer.parse(argument)
        service.rate(turn.connection, answer, verdict, reason, turn.app.clock.today())
    except (ValueError, Refused):
        return Outcome((Reply(GONE, "chat"),))
    if verdict == GOOD or reason:
        again = (Button(TITLES[BAD if verdict == GOOD else GOOD], f"{BAD if verdict == GOOD else GOOD}:{argument}"),)
        return Outcome((Reply(THANKS, "chat", buttons=again),))
    reasons = tuple(Button(title, f"why:{name}|{answer.payload()}") for name, title in REASONS.items())
    return Outcome((Reply(WHY, "chat", buttons=reasons),))


def _clause(turn: Turn, argument: str) -> Outcome:
    """展开原文: the whole wording of a clause."""
    policy, _, clause = argument.partition(":")
    found = turn.app.answers().clause(turn.org, policy, clause)
    return Outcome((found.reply if found else replies.menu(replies.GREETING),))


COMMANDS: dict[str, Command] = {GOOD: _good, BAD: _bad, "why": _why, "clause": _clause}
INTENTS: dict[str, Simple] = {}
PENDING: dict[str, Pending] = {}
