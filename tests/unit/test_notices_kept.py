"""Notices no longer kept; a list grown past the size for approval; notices count for the member's limit."""

import datetime as dt
from typing import Any

import pytest
from notices_world import HR, SECOND, World, new_world, people

from core.clock import Clock, wall
from core.crypto import Cipher
from core.messages import store as messages
from core.messages.rules import Lane, Reply
from core.messages.sending import Sender
from core.messages.service import Mailbox
from core.notices.expansion import Expansion
from core.notices.retention import Retention
from core.notices.rules import Asks, NoticeState
from core.notices.service import Notices
from core.people import store as persons
from core.testing import KEY, dump

TABLES = ("notices", "notice_batches", "notice_deliveries", "notice_buttons")


@pytest.fixture
def world(mailbox: Mailbox) -> World:
    return new_world(mailbox)


def after(world: World, **delta: int) -> dt.datetime:
    return world.mailbox.clock.now() + dt.timedelta(**delta)


def counts(world: World) -> list[int]:
    rows = dump(world.mailbox.db)
    return [len(rows[name]) for name in TABLES]


def told(world: World, userid: str) -> list[dict[str, Any]]:
    return [row["body"] for row in dump(world.mailbox.db, Cipher((KEY,)))["outbox"] if row["recipient"] == userid]


def test_a_notice_is_erased_when_its_organisations_years_are_over(world: World) -> None:
    people(world.mailbox, 1200)
    number = world.order(["user:m0001", "user:m0002"], asks=Asks.CONFIRM)
    world.send()
    world.do("chase", number)
    world.send()
    world.write()
    assert Retention(world.notices).run(after(world, days=89)) == 0
    assert Retention(world.notices).run(after(world, days=91)) == 1  # the draft
    assert counts(world) == [2, 2, 4, 1]
    assert Retention(world.notices).run(after(world, days=365 * 10)) == 0
    assert Retention(world.notices).run(after(world, days=366 * 10 + 1)) == 2
    assert counts(world) == [0, 0, 0, 0]
    assert Retention(world.notices).run(after(world, days=366 * 10 + 1)) == 0


def test_what_is_still_being_sent_or_waits_is_kept(world: World) -> None:
    people(world.mailbox, 3)
    world.order(["user:m0001"])
    world.submit(world.write(["user:m0002"]), at=after(world, days=400))
    assert Retention(world.notices).run(after(world, days=366 * 20)) == 0


def test_a_notice_that_was_sent_back_can_be_discarded(world: World) -> None:
    people(world.mailbox, 500)
    number = world.order(asks=Asks.CONFIRM)
    with world.mailbox.db.write() as connection:
        second = persons.by_userid(connection, SECOND)
        assert second is not None
        world.notices.reject(connection, number, second)
        world.notices.discard(connection, number)
    assert counts(world) == [0, 0, 0, 0]


def test_a_list_that_grew_past_the_size_waits_for_a_second_person(world: World) -> None:
    people(world.mailbox, 490)
    number = world.submit(world.write(), at=after(world, hours=1))
    people(world.mailbox, 20, "new")
    later = Notices(Mailbox(world.mailbox.db, world.mailbox.cipher, Clock(7200)), world.notices.orgs)
    Expansion(later).run()
    Expansion(later).run()
    found = world.progress(number)
    assert (found.state, found.recipients, found.reason) == (NoticeState.DRAFT, 0, "等待第二人审核")
    (asked,), (said,) = told(world, SECOND), told(world, HR)
    assert "512人" in asked["text"] and "512人" in said["text"] and "审核" in said["text"]
    with world.mailbox.db.write() as connection:
        second = persons.by_userid(connection, SECOND)
        assert second is not None
        later.approve(connection, number, second)
    Expansion(later).run()
    assert world.progress(number).recipients == 512


def test_notices_count_for_what_a_member_may_be_sent_in_a_minute(world: World) -> None:
    people(world.mailbox, 2)
    for _ in range(28):
        world.order(["user:m0001"])
    world.send()
    sent = sum(1 for names, _message in world.channel.calls if "m0001" in names)
    minute = wall() - dt.timedelta(minutes=1)
    with world.mailbox.db.read() as connection:
        assert messages.sent_since(connection, "wecom", "m0001", minute) == sent >= 20
        assert messages.sent_since(connection, "wecom", "m0001", wall() + dt.timedelta(seconds=1)) == 0
        assert messages.sent_since(connection, "telegram", "m0001", minute) == 0
    sender = Sender(world.mailbox)
    for _ in range(28 - sent + 1):
        with world.mailbox.db.write() as connection:
            world.mailbox.queue(connection, "wecom", "m0001", Reply("答", "chat"), Lane.LIVE)
    taken = 0
    while parcels := sender.claim("host:1:r", "wecom", 1):
        for parcel in parcels:
            sender.accepted(parcel, "1")
            taken += parcel.recipient == "m0001"
    assert sent + taken == 28
    assert [row["state"] for row in dump(world.mailbox.db)["outbox"] if row["recipient"] == "m0001"].count(
        "waiting"
    ) == 1
