"""Questions: the answering engine's reply, the context it leaves, the consent to share what was not understood."""

from dataclasses import replace

from actions import replies
from actions.feedback import rated
from actions.turn import Outcome, Turn
from core.learning.service import count_answer
from core.messages.masking import masked
from core.messages.rules import Button, Context, Reply
from knowledge import catalogue
from knowledge.answers import Answered

LONG_TEXT = 400
"""Characters that are looked at to understand a question."""


def ask(turn: Turn) -> Outcome:
    """Answer a question in words."""
    answers = turn.app.answers()
    found = answers.ask(turn.org, turn.call.understanding(), turn.context.topic, turn.context.clause)
    return _outcome(turn, found)


def topic_command(turn: Turn, topic: str) -> Outcome:
    """Answer a topic chosen by button."""
    if topic not in catalogue.topics():
        return Outcome((replies.menu(replies.GREETING),))
    return _outcome(turn, turn.app.answers().topic(turn.org, topic))


def topic_menu(turn: Turn) -> Outcome:
    """The topics asked most."""
    known = catalogue.topics()
    buttons = tuple(Button(known[name].label, f"topic:{name}") for name in replies.TOPIC_MENU)
    return Outcome((Reply("请选择，或直接输入您想问的话。", "menu", buttons=buttons),))


def _outcome(turn: Turn, found: Answered) -> Outcome:
    reply = found.reply
    if len(turn.call.text) > LONG_TEXT:
        reply = replace(reply, text=f"{replies.LONG}\n{reply.text}")
    pending = {"question": masked(turn.call.text)} if found.unknown else {}
    topic, clause = (found.topic, found.clause) if found.topic else (turn.context.topic, turn.context.clause)
    count_answer(turn.connection, reply.kind, turn.app.clock.today())
    return Outcome((rated(reply),), Context(topic, clause, (), pending))
