"""A notice through the real gateway to the sandbox's phones: what a member sees, presses, and no longer sees."""

from typing import Any

from bot_fakes import until
from test_bot_workers import ONE, TWO, Rig, rig, sandbox  # noqa: F401  (fixtures)

from core.notices.expansion import Expansion
from core.notices.readers import Readers
from core.notices.rules import Asks, Content, NoticeState, Progress, parse_audience
from core.notices.service import Notices
from core.notices.steering import Steering
from core.people import store
from core.people.rules import Person

NOT_THERE = "azkj_nobody_of_the_app"


def order(own: Notices, asks: Asks = Asks.NOTHING, text: str = "请于周五前体检。") -> int:
    """A notice to three people, one of whom the platform does not know."""
    with own.mailbox.db.write() as connection:
        for userid, org in ((ONE, "azkj"), (TWO, "ldu"), (NOT_THERE, "azkj")):
            store.put(connection, Person(userid, "某人", org, department="教务处"))
        content = Content("体检", text, parse_audience(["all"], []))
        number = own.write(connection, "cli", "", content, asks)
        own.submit(connection, number, "cli", ticked=True)
    Expansion(own).run()
    return number


def progress(own: Notices, number: int) -> Progress:
    with own.mailbox.db.read() as connection:
        return Readers(own).progress(connection, number)


def finished(own: Notices, number: int) -> Progress:
    return until(lambda: (found := progress(own, number)).state is NoticeState.FINISHED and found)  # type: ignore[no-any-return]


def test_seen_pressed_and_taken_back(rig: Rig) -> None:  # noqa: F811
    own = Notices(rig.mailbox, {})
    number = order(own, Asks.CONFIRM)
    found = finished(own, number)
    assert (found.recipients, found.accepted, found.failed, found.unknown) == (3, 2, 1, 0)
    assert rig.calls("message/send") == 2  # the text and the card, for everybody together
    assert rig.texts()[0].startswith("【体检】\n请于周五前体检。") and rig.texts() == rig.texts(TWO)
    card = rig.cards()[0]
    (button,) = card["card"]["buttons"]
    assert button["text"] == "收到" and "confirm" not in button["key"]
    assert rig.sandbox.act(ONE, "press", msgid=card["msgid"], key=button["key"])["delivered"]
    until(lambda: any(f"notice:answer:{number}:confirm" in text for text in rig.texts()))  # what the dialogue is told
    until(lambda: rig.cards()[0]["card"]["disabled"])
    assert not rig.cards(TWO)[0]["card"]["disabled"]  # only the card of the one who pressed is greyed out
    with rig.mailbox.db.write() as connection:
        Steering(own).recall(connection, number, "cli")
    until(lambda: progress(own, number).recalled == 2)
    left: list[dict[str, Any]] = [item for item in rig.sandbox.inbox(TWO) if not item.get("recalled")]
    assert left == []


def test_a_lost_answer_stays_unknown_on_the_phone_it_is_there_once(rig: Rig) -> None:  # noqa: F811
    rig.fault("accept_cut")
    own = Notices(rig.mailbox, {})
    number = order(own)
    found = until(lambda: (one := progress(own, number)).unknown and one, 15)
    assert (found.unknown, found.accepted) == (3, 0)
    assert len(rig.texts()) == 1
