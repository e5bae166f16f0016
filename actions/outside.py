"""The gate for channels outside the organisation: what may be asked and said there is listed, the rest stays inside.

Policy answers, the menu, neutral reminders and notices go out. Filing, cases, evidence, talks, life events and health
are answered with a pointer to WeChat Work, whatever the settings, and whatever was open there stays as it is.
"""

from dataclasses import replace

from actions import accounts, cases, replies, route
from actions.answer import ask
from actions.turn import Outcome, Turn, picked
from core.messages.rules import may_leave

COMMANDS = frozenset(
    (
        "topic", "share", "menu", "enter", "help", "topics", "human", "care", "clause", "useful", "feedback",
        "link", "unlink", "push", "start", "edited", "notice", "reminders", "remind",
    )
)  # fmt: skip
"""Commands by the name in a button's payload."""
INTENTS = frozenset(
    (
        "talk_to_human", "my_reminders", "cancel", "pause", "back", "help", "greet", "thanks", "goodbye",
        "bot_identity", "feedback_unhelpful", "affirm", "deny", "skip",
    )
)  # fmt: skip
"""What words may lead to; other commands in words get the pointer."""
_NUMBERED = frozenset(("topic", "share", "menu", "help", "topics", "human", "care", "clause", "useful", "feedback"))
"""A typed number may mean a choice that was shown inside: only those that tell nothing are taken."""


def take(turn: Turn) -> Outcome:
    """Lead the turn to what answers it outside; whatever the handler says, nothing that must stay inside leaves."""
    outcome = _route(turn)
    if not all(may_leave(reply) for reply in outcome.said):
        outcome = Outcome((accounts.pointer(),))
    return _keeping(turn, outcome)


def _route(turn: Turn) -> Outcome:
    if turn.call.kind == "attachment":
        return Outcome((accounts.pointer(),))
    command = turn.call.metadata.get("command")
    if isinstance(command, str) and command:
        return _run(turn, command)
    if not any(map(str.isalnum, turn.call.text)):
        return Outcome((replies.menu(replies.EMPTY),))
    if (outcome := accounts.spoken(turn)) is not None:
        return outcome
    if (button := picked(turn)) is not None:
        return _run(turn, button.payload, _NUMBERED)
    return _words(turn)


def _words(turn: Turn) -> Outcome:
    """Dangerous messages first, as everywhere; then the commands that may be given here; else a question."""
    intent = route.likeliest(turn)
    if (dangerous := route.dangerous(turn, intent)) is not None:
        return dangerous
    if cases.number_in(turn.call.text):
        return Outcome((accounts.pointer(),))
    if intent in route.INTENTS and route.sure(turn, intent):
        handler = route.INTENTS[intent]
        return handler(turn) if intent in INTENTS else Outcome((accounts.pointer(),))
    return ask(turn)


def _run(turn: Turn, command: str, allowed: frozenset[str] = COMMANDS) -> Outcome:
    name = command.partition(":")[0]
    if name in route.COMMANDS and name not in allowed:
        return Outcome((accounts.pointer(),))
    return route.run(turn, command)


def _keeping(turn: Turn, outcome: Outcome) -> Outcome:
    """A dialogue that waits for an answer inside is not ended by a question outside."""
    waiting = turn.context.pending
    if outcome.context is None or not waiting.get("dialogue"):
        return outcome
    after = replace(outcome.context, pending={**waiting, **outcome.context.pending})
    return Outcome(outcome.said, after)
