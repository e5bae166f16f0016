"""For the tests of talks: the gate over the demo's people, with what each phone shows."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from actions import turn
from actions.turn import Call
from actions.wiring import App
from core.messages.rules import Button, Reply, reply_from_json
from core.messages.tables import outbox
from core.talks.service import Talks
from tests.unit.cases_world import World


@dataclass
class Phones:
    """Everybody's chat: what is said goes through the gate, pushes are read from the outbox."""

    app: App
    world: World

    @property
    def talks(self) -> Talks:
        """Talks over the same desk."""
        return Talks(self.app.desk)

    def say(self, who: str, text: str, intent: str = "", sure: float = 0.9) -> Reply:
        """A typed message; the last reply."""
        ranking = {intent: sure} if intent else {}
        return turn.take(self.app, Call(f"wecom:{who}", text, ranking))[-1]

    def hear(self, who: str, text: str, intent: str = "", sure: float = 0.9) -> tuple[Reply, ...]:
        """A typed message; all replies."""
        return turn.take(self.app, Call(f"wecom:{who}", text, {intent: sure} if intent else {}))

    def press(self, who: str, payload: str) -> Reply:
        """A pressed button, by its payload."""
        metadata: dict[str, Any] = {"kind": "command", "command": payload}
        return turn.take(self.app, Call(f"wecom:{who}", "", metadata=metadata))[-1]

    def tap(self, who: str, title: str, reply: Reply) -> Reply:
        """Press a button that a reply shows, by its title."""
        return self.press(who, button(reply, title).payload)

    def pushes(self, who: str) -> list[Reply]:
        """What was queued for somebody, oldest first."""
        cipher = self.app.mailbox.cipher
        with self.world.db.read() as connection:
            query = select(outbox.c.body).where(outbox.c.recipient == who).order_by(outbox.c.id)
            return [reply_from_json(cipher.open_json(row.body, "outbox")) for row in connection.execute(query)]

    def texts(self, who: str) -> list[str]:
        """The words of these."""
        return [push.text for push in self.pushes(who)]

    def files(self, who: str) -> list[str]:
        """The calendar files somebody was sent."""
        return [push.file.content for push in self.pushes(who) if push.file]

    def open(self, who: str) -> Reply:
        """Open the newest card."""
        return self.tap(who, "打开查看", [push for push in self.pushes(who) if push.buttons][-1])

    def at(self, moment: dt.datetime) -> "Phones":
        """The same phones at another time."""
        later = self.world.at(moment)
        mailbox = later.desk.mailbox
        app = App(later.db, mailbox, mailbox.clock, self.app.orgs, self.app.context_life, later.desk)
        app._answers = self.app._answers
        return Phones(app, later)


def phones(world: World, answers: Any) -> Phones:
    """The gate over a world of cases."""
    mailbox = world.desk.mailbox
    app = App(world.db, mailbox, mailbox.clock, dict(world.desk.orgs), dt.timedelta(minutes=30), world.desk)
    app._answers = answers
    return Phones(app, world)


def button(reply: Reply, title: str) -> Button:
    """A button by its title."""
    return next(one for one in reply.buttons if one.title == title)


def titles(reply: Reply) -> list[str]:
    """What a reply offers."""
    return [one.title for one in reply.buttons]
