"""The notice that a person is writing: its row, what has been answered, what is asked next."""

import datetime as dt
from dataclasses import dataclass, replace
from typing import Any

from actions.turn import Outcome, Turn
from core.messages.rules import Context, Reply
from core.notices.rules import Asks, Content, Notice
from core.notices.templates import PLAIN, TEMPLATES, Template

DIALOGUE = "notice"


@dataclass(frozen=True)
class Draft:
    """A notice being written: its row, and where its author is."""

    notice: Notice

    @property
    def form(self) -> dict[str, Any]:
        """What has been answered."""
        return self.notice.content.form

    @property
    def template(self) -> Template:
        """The kind of notice."""
        return TEMPLATES.get(str(self.form.get("template")), PLAIN)

    @property
    def given(self) -> dict[str, str]:
        """The blanks filled so far."""
        return dict(self.form.get("given") or {})

    @property
    def at(self) -> dt.datetime | None:
        """When it is to go out; None means at once."""
        raw = self.form.get("at")
        return dt.datetime.fromisoformat(raw) if raw else None

    def missing(self) -> str | None:
        """The first blank that is not filled."""
        return next((blank.name for blank in self.template.blanks if blank.name not in self.given), None)

    def step(self) -> str:
        """What is asked next: a blank's name, or audience, asks, when, tick, check."""
        if (missing := self.missing()) is not None:
            return missing
        if not self.notice.content.audience.to:
            return "audience"
        return next((name for name in ("asks", "when", "tick") if name not in self.form), "check")


def load(turn: Turn) -> Draft | None:
    """The draft that the person is writing."""
    found = turn.app.notices().draft_of(turn.connection, turn.person.userid)
    return Draft(found) if found else None


def save(turn: Turn, draft: Draft, content: Content, asks: Asks) -> None:
    """Replace what the draft says."""
    turn.app.notices().rewrite(turn.connection, draft.notice.id, content, asks, draft.template.neutral)


def store(
    turn: Turn, draft: Draft, step: tuple[str, str], also: tuple[str, str] | None = None, asks: Asks | None = None
) -> None:  # fmt: skip
    """Note one answer, or one with what follows from it."""
    form = {**draft.form, step[0]: step[1], **(dict([also]) if also else {})}
    save(turn, draft, replace(draft.notice.content, form=form), draft.notice.asks if asks is None else asks)


def idle(turn: Turn) -> Context:
    """Nothing is awaited any more."""
    return Context(turn.context.topic, turn.context.clause)


def say(turn: Turn, reply: Reply) -> Outcome:
    """Say something, and take the next words as an answer to it."""
    return Outcome((reply,), Context(turn.context.topic, turn.context.clause, (), {"dialogue": DIALOGUE}))
