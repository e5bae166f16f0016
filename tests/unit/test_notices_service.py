"""Notices from draft to rows: who is meant, what is refused, a second person, chase-up, retry, settling, recall."""

import datetime as dt
from typing import Any

import pytest
from notices_world import HR, SECOND, TEXT, TITLE, World, new_world, people

from core.clock import Clock
from core.crypto import Cipher
from core.db import Database
from core.errors import NotFound, OutcomeUnknown, Refused
from core.messages.service import Mailbox
from core.notices.expansion import Expansion
from core.notices.rules import Asks, NoticeState
from core.people import store as persons
from core.people import tables as wishes
from core.people.rules import Person
from core.testing import KEY, dump


@pytest.fixture
def world(mailbox: Mailbox) -> World:
    return new_world(mailbox)


def pushed(world: World, userid: str) -> list[dict[str, Any]]:
    rows = dump(world.mailbox.db, Cipher((KEY,)))["outbox"]
    return [row["body"] for row in rows if row["recipient"] == userid]


def userids(world: World, number: int) -> list[str]:
    rows = dump(world.mailbox.db)["notice_deliveries"]
    return sorted(row["userid"] for row in rows if row["notice_id"] == number)


def test_who_is_meant(world: World) -> None:
    people(world.mailbox, 3, tags=("中层干部",), rank="正科级")
    people(world.mailbox, 2, "sub", department="教务处/教材科")
    people(world.mailbox, 1, "gone", status="left")
    assert len(userids(world, world.order())) == 7  # HR and the administrator belong to the organisation too
    assert userids(world, world.order(["dept:azkj/教务处"], ["user:M0001"])) == ["m0000", "m0002", "sub0000", "sub0001"]
    assert userids(world, world.order(["dept:azkj/教务处/教材科"])) == ["sub0000", "sub0001"]
    assert userids(world, world.order(["tag:azkj/中层干部"])) == ["m0000", "m0001", "m0002"]
    assert userids(world, world.order(["rank:正科级", "role:hr"])) == [HR, "m0000", "m0001", "m0002"]


def test_hr_reaches_nobody_outside_its_own_organisation(world: World) -> None:
    assert userids(world, world.order(["all"])) == [SECOND, HR]
    with pytest.raises(Refused, match="ldu"):
        world.order(["org:ldu"])


def test_what_is_refused(world: World) -> None:
    late = world.mailbox.clock.now() - dt.timedelta(minutes=1)
    for more, reason in (
        ({"ticked": False}, "不含国家秘密和工作秘密"),
        ({"at": late}, "已经过了"),
    ):
        with pytest.raises(Refused, match=reason):
            world.submit(world.write(), **more)
    for to, excluded, reason in (
        (["user:nobody"], [], "没有符合的人"),
        (["org:azkj"], ["user:nobody"], "没有符合的人"),
        ([f"user:{HR}"], [f"user:{HR}"], "没有人"),
    ):
        with pytest.raises(Refused, match=reason):
            world.order(to, excluded)
    with pytest.raises(Refused, match="太长"):
        world.order(text="长" * 5000)
    with pytest.raises(Refused, match="密级"):
        world.order(text="机密★")
    rows = dump(world.mailbox.db)
    assert rows["notice_batches"] == rows["notice_deliveries"] == []


def test_a_time_to_come_is_waited_for(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    number = world.submit(world.write(), at=world.mailbox.clock.now() + dt.timedelta(hours=1))
    assert (world.progress(number).state, world.progress(number).recipients) == (NoticeState.SCHEDULED, 0)
    later = Mailbox(world.mailbox.db, world.mailbox.cipher, Clock(7200))
    Expansion(type(world.notices)(later, {})).run()
    assert (world.progress(number).state, world.progress(number).recipients) == (NoticeState.SENDING, 2)


def test_who_leaves_before_it_goes_out_gets_nothing(world: World) -> None:
    people(world.mailbox, 2)
    number = world.write()
    with world.mailbox.db.write() as connection:
        world.notices.submit(connection, number, HR, ticked=True)
        persons.put(connection, Person("m0001", "干部1", "azkj", department="教务处", status="left"))
    Expansion(world.notices).run()
    assert "m0001" not in userids(world, number)


def test_expanding_twice_and_in_two_processes_changes_nothing(world: World) -> None:
    people(world.mailbox, 5)
    number = world.order()
    before = dump(world.mailbox.db)["notice_deliveries"]
    Expansion(world.notices).run()
    assert dump(world.mailbox.db)["notice_deliveries"] == before
    assert world.progress(number).recipients == 7


def test_a_text_is_sealed_once_and_no_recipient_holds_a_word_of_it(world: World) -> None:
    people(world.mailbox, 5)
    world.order(asks=Asks.CONFIRM)
    for table, rows in dump(world.mailbox.db).items():
        for row in rows:
            for value in row.values():
                raw = value if isinstance(value, bytes) else str(value).encode()
                assert TITLE.encode() not in raw and TEXT.encode() not in raw, table
    audit = [row for row in dump(world.mailbox.db)["audit"] if row["action"] == "notice.submit"]
    assert [row["actor"] for row in audit] == [HR]


def test_a_second_person_above_the_size(world: World) -> None:
    people(world.mailbox, 500)
    number = world.order()
    assert world.progress(number).state is NoticeState.DRAFT and world.progress(number).reason == "等待第二人审核"
    (asked,) = pushed(world, SECOND)
    assert TITLE in asked["text"] and asked["custom"]["buttons"][0]["payload"] == f"notice:review:{number}"
    assert pushed(world, HR) == pushed(world, "ldu_hr") == []
    with world.mailbox.db.write() as connection:
        for wrong, reason in ((HR, "另一位"), ("ldu_hr", "权限"), ("m0001", "权限")):
            person = persons.by_userid(connection, wrong)
            assert person is not None
            with pytest.raises(Refused, match=reason):
                world.notices.approve(connection, number, person)
        second = persons.by_userid(connection, SECOND)
        assert second is not None
        world.notices.approve(connection, number, second)
    Expansion(world.notices).run()
    assert world.progress(number).recipients == 502
    assert "已审核同意" in pushed(world, HR)[0]["text"]


def test_a_second_person_may_send_it_back(world: World) -> None:
    people(world.mailbox, 500)
    number = world.order()
    with world.mailbox.db.write() as connection:
        second = persons.by_userid(connection, SECOND)
        assert second is not None
        world.notices.reject(connection, number, second)
        draft = world.notices.draft_of(connection, HR)
    assert draft is not None and draft.id == number and not draft.awaits_approval
    assert "退回" in pushed(world, HR)[0]["text"]


def test_answers_count_once_and_the_newest_one(world: World) -> None:
    people(world.mailbox, 3)
    number = world.order(["dept:azkj/教务处"], asks=Asks.ATTEND)
    world.send()
    for action in ("attend", "attend", "absent"):
        world.answer(number, "m0000", action)
    world.answer(number, "m0001", "attend")
    found = world.progress(number)
    assert (found.opened, found.confirmed, found.attend, found.absent) == (2, 2, 1, 1)
    for userid, action in ((SECOND, "attend"), ("m0002", "confirm")):
        with pytest.raises(Refused, match="不是发给您"):
            world.answer(number, userid, action)


def test_a_chase_goes_to_those_who_are_silent_and_counts_for_the_notice(world: World) -> None:
    people(world.mailbox, 3)
    number = world.order(["dept:azkj/教务处"], asks=Asks.CONFIRM)
    world.send()
    world.answer(number, "m0000", "confirm")
    child = world.do("chase", number)
    assert userids(world, child) == ["m0001", "m0002"]
    with pytest.raises(Refused, match="还在发送"):
        world.do("chase", number)
    world.send()
    people_reached, message = world.channel.calls[-2]
    assert people_reached == ("m0001", "m0002") and message.text.startswith(f"【提醒：{TITLE}】")
    keys = {key for _, call in world.channel.calls for _, key in call.choices}
    assert len(keys) == 1  # the chase-up carries the notice's own button
    world.answer(number, "m0001", "confirm")
    world.answer(number, "m0002", "confirm")
    with pytest.raises(Refused, match="都已回复"):
        world.do("chase", number)
    with pytest.raises(Refused, match="没有要求回复"):
        world.do("chase", world.order())


def test_retry_reaches_the_failed_only(world: World) -> None:
    people(world.mailbox, 4)
    world.channel.refuse = {"m0001": "invaliduser", "m0002": "unlicenseduser"}
    number = world.order(["dept:azkj/教务处"])
    world.send()
    assert (world.progress(number).accepted, world.progress(number).failed) == (2, 2)
    with pytest.raises(Refused, match="结果不明"):
        world.do("settle", number, True)
    world.channel.refuse = {"m0002": "unlicenseduser"}
    world.do("retry", number)
    world.send()
    assert (world.progress(number).accepted, world.progress(number).failed) == (3, 1)
    assert world.progress(number).state is NoticeState.FINISHED
    assert max(world.channel.got().values()) == 1
    with pytest.raises(Refused, match="没有结果不明"):
        world.do("settle", number, False)


def test_unknown_waits_for_a_person_who_may_decide_either_way(world: World) -> None:
    people(world.mailbox, 3)
    world.channel.lose = lambda _number, _message: OutcomeUnknown("time-out")
    first, second = world.order(["dept:azkj/教务处"]), world.order(["dept:azkj/教务处"], title="另一条")
    world.send()
    assert world.progress(first).unknown == world.progress(second).unknown == 3
    world.channel.lose = lambda _number, _message: None
    world.do("settle", first, False)
    assert (world.progress(first).accepted, world.progress(first).unknown) == (3, 0)
    calls = len(world.channel.calls)
    world.send()
    assert len(world.channel.calls) == calls
    world.do("settle", second, True)
    world.send()
    assert (world.progress(second).accepted, world.progress(second).state) == (3, NoticeState.FINISHED)


def test_recall(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    people(world.mailbox, 3)
    number = world.order(["dept:azkj/教务处"], asks=Asks.CONFIRM)
    world.send()
    world.do("recall", number)
    world.send()
    found = world.progress(number)
    assert (found.state, found.recalled, found.accepted) == (NoticeState.RECALLED, 3, 3)
    assert world.channel.taken_back == ["msg0", "msg1"]  # the text and the card
    with pytest.raises(Refused, match="已撤回"):
        world.answer(number, "m0000", "confirm")
    waiting = world.order(["dept:azkj/教务处"])
    calls = len(world.channel.calls)
    world.do("recall", waiting)
    world.send()
    assert len(world.channel.calls) == calls and world.progress(waiting).waiting == 3
    old = world.order(["dept:azkj/教务处"])
    world.send()
    monkeypatch.setattr(Clock, "now", lambda self: dt.datetime.now(dt.UTC) + dt.timedelta(hours=25))
    with pytest.raises(Refused, match="时限"):
        world.do("recall", old)


def test_commands_that_do_not_fit_the_state(world: World) -> None:
    number = world.order()
    with pytest.raises(Refused, match="发送中"):
        world.do("resume", number)
    world.send()
    with pytest.raises(Refused, match="已发完"):
        world.do("pause", number)
    with pytest.raises(NotFound):
        world.do("pause", 999)


def test_a_pause_in_the_middle_of_laying_out_loses_nobody(world: World, db: Database) -> None:
    people(world.mailbox, 20)
    number = world.write()
    with db.write() as connection:
        world.notices.submit(connection, number, HR, ticked=True)
    assert Expansion(world.notices)._step(number)  # one page is written, the end not yet seen
    world.do("pause", number)
    world.do("resume", number)
    world.send()
    assert (world.progress(number).state, world.progress(number).accepted) == (NoticeState.FINISHED, 22)


def test_a_wish_leads_a_neutral_notice_elsewhere_and_no_other(world: World, db: Database) -> None:
    people(world.mailbox, 2)
    with db.write() as connection:
        person = persons.by_userid(connection, "m0000")
        assert person is not None
        persons.bind(connection, "telegram", "777", person.id)
        wishes.set_wish(connection, person.id, "telegram")
        wishes.set_open(connection, "telegram", True)
    neutral = world.order(["dept:azkj/教务处"])
    rows = [row for row in dump(db)["notice_deliveries"] if row["notice_id"] == neutral]
    assert sorted((row["userid"], row["address"]) for row in rows) == [("m0000", "777"), ("m0001", "m0001")]
    number = world.write(["dept:azkj/教务处"])
    with db.write() as connection:
        draft = world.notices.get(connection, number)
        world.notices.rewrite(connection, number, draft.content, draft.asks, neutral=False)
    world.submit(number)
    rows = [row for row in dump(db)["notice_deliveries"] if row["notice_id"] == number]
    assert sorted(row["address"] for row in rows) == ["m0000", "m0001"]
