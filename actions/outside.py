"""The gate for channels outside the organisation: what may be asked and said there is listed, the rest stays inside.

Policy answers, the menu, neutral reminders and notices go out. Filing, cases, evidence, talks, life events and health
are answered with a pointer to WeChat Work, whatever the settings, and whatever was open there stays as it is.
"""

from dataclasses import replace

from actions import accounts, cases, notices, replies, route
from actions.answer import ask
from actions.turn import Outcome, Turn, picked
from core.messages.rules import Button, Reply, may_leave
from core.reminders import wording

COMMANDS = frozenset(
    (
        "topic", "share", "menu", "enter", "help", "topics", "human", "care", "clause", "good", "bad", "why",
        "link", "unlink", "push", "start", "edited", "notice:answer", "remind",
    )
)  # fmt: skip
"""Commands by the beginning of a button's payload."""
INTENTS = frozenset(
    (
        "talk_to_human", "cancel", "pause", "back", "help", "greet", "thanks", "goodbye",
        "bot_identity", "feedback_unhelpful", "deny", "skip",
    )
)  # fmt: skip
"""What words may lead to; other commands in words get the pointer."""
REMINDERS = "这里只列出不涉及个人事项的提醒，其余的请在企业微信里查看："
NO_REMINDERS = "这里没有可以显示的提醒。涉及个人事项的提醒请在企业微信里查看。"
_NUMBERED = frozenset(("topic", "share", "menu", "help", "topics", "human", "care", "clause", "good", "bad", "why"))
"""A typed number may mean a choice that was shown inside: only those that tell nothing are taken."""


def take(turn: Turn) -> Outcome:
    """Lead the turn to what answers it outside; whatever the handler says, nothing that must stay inside leaves.

    What such a handler did is undone: it was asked for where it may not be asked for.
    """
    done = turn.connection.begin_nested()
    outcome = _route(turn)
    if all(may_leave(reply) for reply in outcome.said):
        done.commit()
    else:
        done.rollback()
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
    if (outcome := accounts.spoken(turn) or notices.spoken(turn)) is not None:
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
    if intent == "affirm" and route.sure(turn, intent):
        return Outcome((replies.menu(replies.GREETING),))
    if intent == "my_reminders" and route.sure(turn, intent):
        return _reminders(turn)
    if intent in route.INTENTS and route.sure(turn, intent):
        handler = route.INTENTS[intent]
        return handler(turn) if intent in INTENTS else Outcome((accounts.pointer(),))
    return ask(turn)


def _run(turn: Turn, command: str, allowed: frozenset[str] = COMMANDS) -> Outcome:
    name, _, rest = command.partition(":")
    if name == "reminders":
        return _reminders(turn)
    if name in route.COMMANDS and not {name, f"{name}:{rest.partition(':')[0]}"} & allowed:
        return Outcome((accounts.pointer(),))
    return route.run(turn, command)


def _reminders(turn: Turn) -> Outcome:
    """The neutral ones of one's own; that there may be others is said to everybody."""
    items = turn.app.reminders().mine(turn.connection, turn.person)
    found = [item for item in items if item.occurrence.kind in wording.NEUTRAL]
    lines = [f"{number}. {item.line}" for number, item in enumerate(found, 1)]
    buttons = tuple(
        Button(f"{number} 查看", f"remind:open:{item.occurrence.id}") for number, item in enumerate(found, 1)
    )
    return Outcome((Reply("\n".join((REMINDERS if found else NO_REMINDERS, *lines)), "status", buttons=buttons),))


def _keeping(turn: Turn, outcome: Outcome) -> Outcome:
    """A dialogue that waits for an answer inside is not ended by a question outside."""
    waiting = turn.context.pending
    if not waiting.get("dialogue"):
        return outcome
    after = outcome.context or turn.context
    return Outcome(outcome.said, replace(after, pending={**waiting, **after.pending}))
