"""For the tests of notices: people, an officer of HR, a channel at the platform's edge that remembers who got what."""

import itertools
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import insert

from bot import cards
from bot.bulk import Bulk
from bot.cards import Message
from bot.channels.base import Outcome
from bot.metrics import Metrics
from core.broadcast.service import Dispatch
from core.errors import Rejected
from core.messages.rules import Reply
from core.messages.service import Mailbox
from core.notices.expansion import Expansion
from core.notices.readers import Readers
from core.notices.rules import Asks, Content, Progress, parse_audience
from core.notices.service import Notices
from core.notices.steering import Steering
from core.people import orgs, store
from core.people.rules import Person

TITLE, TEXT = "关于年度体检的通知", "请于本周五前到校医院体检。"
HR, SECOND = "azkj_hr", "azkj_admin"


@dataclass
class FakeChannel:
    """Accepts everything but what `refuse` names; `fail` is raised before, `lose` after it was delivered."""

    name: str = "wecom"
    calls: list[tuple[tuple[str, ...], Message]] = field(default_factory=list)
    refuse: dict[str, str] = field(default_factory=dict)
    fail: Callable[[int, Message], Exception | None] = lambda _number, _message: None
    lose: Callable[[int, Message], Exception | None] = lambda _number, _message: None
    taken_back: list[str] = field(default_factory=list)
    no_recall: Exception | None = None

    def render(self, reply: Reply, new_button: Callable[[str], str]) -> list[Message]:
        return cards.render(reply, new_button)

    def send_many(self, recipients: Sequence[str], message: Message, resend: float = 0) -> Outcome:
        number = len(self.calls)
        if error := self.fail(number, message):
            self.calls.append(((), message))
            raise error
        rejected: Mapping[str, str] = {one: self.refuse[one] for one in recipients if one in self.refuse}
        reached = tuple(one for one in recipients if one not in rejected)
        self.calls.append((reached, message))
        if not reached:
            raise Rejected("errcode 81013")
        if error := self.lose(number, message):
            raise error
        return Outcome(reached, rejected, f"msg{number}")

    def recall(self, platform_id: str) -> None:
        if self.no_recall:
            raise self.no_recall
        self.taken_back.append(platform_id)

    def got(self) -> Counter[tuple[str, str]]:
        """How often each member was sent each text."""
        return Counter((one, message.text) for people, message in self.calls for one in people)


@dataclass
class World:
    """Notices over one database."""

    mailbox: Mailbox
    channel: FakeChannel
    notices: Notices
    steering: Steering
    bulk: Bulk

    def write(self, to: Sequence[str] = ("org:azkj",), excluded: Sequence[str] = (), **more: Any) -> int:
        """A draft of the HR officer."""
        content = Content(
            more.get("title", TITLE), more.get("text", TEXT), parse_audience(list(to), list(excluded), "azkj")
        )
        with self.mailbox.db.write() as connection:
            return self.notices.write(connection, HR, "azkj", content, more.get("asks", Asks.NOTHING))

    def submit(self, number: int, **more: Any) -> int:
        """Hand it in and lay it out."""
        with self.mailbox.db.write() as connection:
            self.notices.submit(connection, number, HR, **{"ticked": True, **more})
        Expansion(self.notices).run()
        return number

    def order(self, to: Sequence[str] = ("org:azkj",), excluded: Sequence[str] = (), **more: Any) -> int:
        """Write and hand in."""
        return self.submit(self.write(to, excluded, **more))

    def do(self, command: str, number: int, *more: Any) -> Any:
        """A steering command, and what it lays out."""
        with self.mailbox.db.write() as connection:
            result = getattr(self.steering, command)(connection, number, HR, *more)
        Expansion(self.notices).run()
        return result

    def send(self) -> None:
        """Let the relay work until nothing is due; it gives way to live replies once, then their time is over."""
        idle = 0
        while idle < 2:
            idle = 0 if self.bulk.step("host:1:b") else idle + 1

    def progress(self, number: int) -> Progress:
        with self.mailbox.db.read() as connection:
            return Readers(self.notices).progress(connection, number)

    def answer(self, number: int, userid: str, action: str) -> None:
        with self.mailbox.db.write() as connection:
            Readers(self.notices).answer(connection, number, userid, action)


def people(mailbox: Mailbox, count: int, prefix: str = "m", **more: Any) -> None:
    """Cadres of one department."""
    values = {"department": "教务处", **more}
    cadres = [Person(f"{prefix}{number:04}", f"干部{number}", "azkj", **values) for number in range(count)]
    with mailbox.db.write() as connection:
        connection.execute(insert(store.persons), [cadre.columns() for cadre in cadres])


def new_world(mailbox: Mailbox) -> World:
    """HR, a second person, and nobody else yet."""
    with mailbox.db.write() as connection:
        store.put(connection, Person(HR, "吴丽丽", "azkj", department="组织人事处", roles=("hr",)))
        store.put(connection, Person(SECOND, "许涛", "azkj", department="信息中心", roles=("admin",)))
        store.put(connection, Person("ldu_hr", "罗凯", "ldu", department="人事处", roles=("hr",)))
    notices = Notices(mailbox, orgs.load())
    channel = FakeChannel()
    ticks = itertools.count(0, 10)
    bulk = Bulk(Dispatch(mailbox), channel, Metrics(), lambda: next(ticks))  # type: ignore[arg-type]
    return World(mailbox, channel, notices, Steering(notices), bulk)
