"""The gate every turn passes: who speaks, what was said before, one transaction for the effect and its full reply."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from actions import replies
from actions.wiring import App
from core.db import Connection
from core.messages.rules import Button, Context, Reply, chosen
from core.messages.rules import outside as is_outside
from core.people import store as people
from core.people.orgs import Org
from core.people.rules import Person
from knowledge.choose import Understanding


@dataclass(frozen=True)
class Call:
    """One action call, normalised: who, what, and what Rasa understood."""

    sender: str
    text: str
    ranking: Mapping[str, float] = field(default_factory=dict)
    segments: tuple[tuple[str, Mapping[str, float]], ...] = ()
    metadata: Mapping[str, Any] = field(default_factory=dict)

    @property
    def account(self) -> tuple[str, str]:
        """Channel and user id."""
        channel, _, external = self.sender.partition(":")
        return channel, external

    @property
    def inbox(self) -> int | None:
        """The inbox id, absent when the REST door is used directly."""
        value = self.metadata.get("inbox")
        return value if isinstance(value, int) else None

    @property
    def kind(self) -> str:
        """text | attachment | command | event."""
        return str(self.metadata.get("kind") or "text")

    def understanding(self) -> Understanding:
        """For the answering engine."""
        return Understanding(self.text, self.ranking, self.segments)


@dataclass(frozen=True)
class Turn:
    """A turn in progress: the call with its person, organisation and context, on one write transaction."""

    app: App
    call: Call
    connection: Connection
    person: Person
    org: Org
    context: Context

    @property
    def intent(self) -> str:
        """The most likely intent."""
        return max(self.call.ranking, key=lambda name: self.call.ranking[name], default="")


@dataclass(frozen=True)
class Outcome:
    """What a turn says, and what the next one may refer to (None: as before)."""

    said: tuple[Reply, ...]
    context: Context | None = None


Command = Callable[[Turn, str], Outcome]
"""What a button's payload `name:argument` leads to."""
Simple = Callable[[Turn], Outcome]
"""What an intent leads to."""
Pending = Callable[[Turn], Outcome | None]
"""Takes the words that follow a question of ours (`Context.pending["dialogue"]`); None: they are not for it."""


def call_of(tracker: Mapping[str, Any], sender: str) -> Call:
    """Read Rasa's tracker state."""
    message = tracker.get("latest_message") or {}
    segments = tuple((str(part["text"]), _ranking(part["ranking"])) for part in message.get("segments") or ())
    given = message.get("metadata")
    metadata = given if isinstance(given, dict) else {}
    ranking = _ranking(message.get("intent_ranking") or ())
    return Call(sender, str(message.get("text") or ""), ranking, segments, metadata)


def _ranking(items: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    return {str(item["name"]): float(item["confidence"]) for item in items}


def take(app: App, call: Call) -> tuple[Reply, ...]:
    """Handle one turn and return its replies; a repeated inbox id returns the stored ones and changes nothing."""
    if call.metadata.get("command") == "probe":
        return (replies.ready(),)
    with app.db.write() as connection:
        if call.inbox is not None:
            stored = app.mailbox.stored_reply(connection, call.inbox)
            if stored is not None:
                return tuple(stored)
        said = _handle(app, call, connection)
        if call.inbox is not None:
            app.mailbox.remember(connection, call.inbox, said)
        return said


def _handle(app: App, call: Call, connection: Connection) -> tuple[Reply, ...]:
    person = people.by_account(connection, *call.account)
    from actions import accounts, outside  # the routes need Turn from here
    from actions.route import route

    abroad = is_outside(call.account[0])
    org = app.org(person.org) if person else None
    if person is None or org is None:
        return accounts.stranger(app, call, connection) if abroad and person is None else (replies.stranger(),)

    context = app.mailbox.context(connection, person.id)
    turn = Turn(app, call, connection, person, org, context)
    outcome = outside.take(turn) if abroad else route(turn)
    after = outcome.context if outcome.context is not None else _answered(context)
    choices = tuple(button for reply in outcome.said for button in reply.buttons)
    after = Context(after.topic, after.clause, choices, after.pending)
    app.mailbox.set_context(connection, person.id, after, app.context_life)
    return outcome.said


def _answered(context: Context) -> Context:
    """The context when nothing was asked anew: a question of ours that awaited words is over."""
    return Context(context.topic, context.clause) if {"dialogue", "result"} & set(context.pending) else context


def picked(turn: Turn) -> Button | None:
    """The shown choice that a typed number or title means."""
    return chosen(turn.call.text, turn.context.choices) if turn.call.kind == "text" else None
