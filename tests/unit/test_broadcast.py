"""The bulk relay: one call for a thousand, partial refusals, lost answers, stopping itself, giving way, taking back."""

import datetime as dt

import pytest
from notices_world import HR, SECOND, TEXT, TITLE, World, new_world, people

from core.broadcast import store
from core.clock import wall
from core.crypto import Cipher
from core.errors import OutcomeUnknown, Rejected, TemporaryFailure
from core.messages.rules import Lane, Reply
from core.messages.sending import Sender
from core.messages.service import Mailbox
from core.notices.rules import BATCH, GIVE_UP_AFTER, Asks, BatchState, NoticeState
from core.testing import KEY, dump

DEPARTMENT = ["dept:azkj/教务处"]


@pytest.fixture
def world(mailbox: Mailbox) -> World:
    return new_world(mailbox)


def big(world: World, count: int = 2500) -> None:
    """So many cadres; the size above which a second person has to agree is out of the way."""
    people(world.mailbox, count)
    world.notices.orgs["azkj"].settings.pop("notice_approval_size", None)


@pytest.fixture(autouse=True)
def sizes() -> "object":
    """Profiles are shared: a changed one is put back."""
    from core.people import orgs

    kept = dict(orgs.load()["azkj"].settings)
    yield
    orgs.load()["azkj"].settings.update(kept)


def said_to(world: World, userid: str) -> list[str]:
    rows = dump(world.mailbox.db, Cipher((KEY,)))["outbox"]
    return [row["body"]["text"] for row in rows if row["recipient"] == userid]


def rewind(world: World) -> None:
    """Let every wait be over."""
    from sqlalchemy import update

    from core.notices.tables import notice_batches

    with world.mailbox.db.write() as connection:
        connection.execute(update(notice_batches).values(next_at=wall() - dt.timedelta(seconds=1)))


def test_one_call_for_a_thousand(world: World) -> None:
    big(world)
    number = world.order(DEPARTMENT)
    world.send()
    assert [len(reached) for reached, _ in world.channel.calls] == [1000, 1000, 500]
    assert {message.text for _, message in world.channel.calls} == {f"【{TITLE}】\n{TEXT}"}
    found = world.progress(number)
    assert (found.state, found.accepted, found.waiting) == (NoticeState.FINISHED, 2500, 0)
    assert "共2500人，平台已接收2500人" in said_to(world, HR)[0]


def test_an_answer_is_asked_for_by_a_card_of_its_own_in_every_call(world: World) -> None:
    big(world, 1500)
    world.order(DEPARTMENT, asks=Asks.ATTEND)
    world.send()
    texts, cards = world.channel.calls[::2], world.channel.calls[1::2]
    assert all("直接发送“参加”或“请假”" in message.text and "回复数字" not in message.text for _, message in texts)
    assert len({message.task_id for _, message in cards}) == 2  # the platform knows each task id only once
    assert {message.choices for _, message in cards} == {cards[0][1].choices}
    assert [title for title, _ in cards[0][1].choices] == ["参加", "请假"]


def test_a_long_text_goes_in_pieces_to_everyone(world: World) -> None:
    people(world.mailbox, 3)
    text = "请各部门认真组织，按时完成。" * 150
    number = world.order(DEPARTMENT, text=text)
    world.send()
    assert "".join(message.text for _, message in world.channel.calls) == f"【{TITLE}】\n{text}"
    assert all(len(message.text.encode()) <= 2048 for _, message in world.channel.calls)
    assert world.progress(number).accepted == 3


def test_who_the_platform_leaves_out_is_named_and_gets_no_card(world: World) -> None:
    people(world.mailbox, 4)
    world.channel.refuse = {"m0001": "invaliduser", "m0002": "unlicenseduser"}
    number = world.order(DEPARTMENT, asks=Asks.CONFIRM)
    world.send()
    assert world.channel.calls[1][0] == ("m0000", "m0003")
    reasons = {row["userid"]: row["reason"] for row in dump(world.mailbox.db)["notice_deliveries"]}
    assert reasons == {"m0000": None, "m0001": "invaliduser", "m0002": "unlicenseduser", "m0003": None}
    assert (world.progress(number).accepted, world.progress(number).failed) == (2, 2)


def test_a_refused_card_leaves_the_text_accepted(world: World) -> None:
    people(world.mailbox, 2)
    world.channel.fail = lambda _number, message: Rejected("errcode 43012") if message.kind == "card" else None
    number = world.order(DEPARTMENT, asks=Asks.CONFIRM)
    world.send()
    assert (world.progress(number).accepted, world.progress(number).failed) == (2, 0)


def test_a_refused_second_part_is_unknown_not_failed(world: World) -> None:
    people(world.mailbox, 2)
    world.channel.fail = lambda number, _message: Rejected("errcode 45002") if number == 1 else None
    number = world.order(DEPARTMENT, text="长文。" * 400)
    world.send()
    assert (world.progress(number).failed, world.progress(number).unknown) == (0, 2)


def test_a_busy_platform_is_asked_again_from_where_it_stopped(world: World) -> None:
    people(world.mailbox, 2)
    world.channel.fail = lambda number, _message: TemporaryFailure("errcode -1") if number == 1 else None
    number = world.order(DEPARTMENT, asks=Asks.CONFIRM)
    world.send()
    assert world.progress(number).state is NoticeState.SENDING
    rewind(world)
    world.send()
    kinds = [message.kind for reached, message in world.channel.calls if reached]
    assert kinds == ["text", "card"] and world.progress(number).accepted == 2


def test_a_platform_that_never_takes_it_pauses_the_notice(world: World) -> None:
    people(world.mailbox, 2)
    world.channel.fail = lambda _number, _message: TemporaryFailure("errcode 60020", 60)
    number = world.order(DEPARTMENT)
    for _ in range(GIVE_UP_AFTER):
        rewind(world)
        world.send()
    assert world.progress(number).state is NoticeState.PAUSED
    assert "平台一直不接收（errcode 60020）" in str(world.progress(number).reason)
    world.channel.fail = lambda _number, _message: None
    world.do("resume", number)
    rewind(world)
    world.send()
    assert (world.progress(number).state, world.progress(number).accepted) == (NoticeState.FINISHED, 2)


def test_many_failures_stop_the_send_until_a_person_goes_on(world: World) -> None:
    big(world)
    world.channel.refuse = {f"m{number:04}": "invaliduser" for number in range(250)}
    number = world.order(DEPARTMENT)
    world.send()
    found = world.progress(number)
    assert (found.state, found.failed, found.accepted, found.waiting) == (NoticeState.PAUSED, 250, 750, 1500)
    assert "已自动暂停" in said_to(world, HR)[0]
    world.do("resume", number)
    world.send()
    found = world.progress(number)
    assert (found.state, found.accepted) == (NoticeState.FINISHED, 2250)


def test_a_lost_answer_is_unknown_and_never_sent_again(world: World) -> None:
    big(world, 1200)
    world.channel.lose = lambda number, _message: OutcomeUnknown("time-out") if number == 0 else None
    number = world.order(DEPARTMENT)
    world.send()
    assert (world.progress(number).state, world.progress(number).unknown) == (NoticeState.PAUSED, BATCH)
    world.do("resume", number)
    world.send()
    found = world.progress(number)
    assert (found.unknown, found.accepted, found.state) == (1000, 200, NoticeState.FINISHED)
    assert max(world.channel.got().values()) == 1
    assert "结果不明1000人" in said_to(world, HR)[-1]
    with world.mailbox.db.read() as connection:
        assert store.unsettled(connection) == [(number, 1000)]  # what `doctor` says


def test_a_call_whose_relay_died_is_unknown(world: World) -> None:
    big(world, 1200)
    number = world.order(DEPARTMENT)
    dispatch = world.bulk.dispatch
    load = dispatch.claim("host:7:b", "wecom")
    assert load is not None and len(load.people) == 1000
    assert dispatch.claim("host:8:b", "wecom") is not None  # another relay takes another call, never this one
    assert dispatch.claim("host:9:b", "wecom") is None
    assert dispatch.recover(lambda owner: owner == "host:7:b") == 1
    assert world.progress(number).unknown == 1000
    assert dispatch.sent(load, "late", {}, True, False) is None  # the dead one's answer changes nothing any more
    assert world.progress(number).unknown == 1000
    assert dispatch.recover() == 0  # the other lease has not run out


def test_a_pause_between_two_calls_holds_the_rest(world: World) -> None:
    big(world)
    number = world.order(DEPARTMENT)
    assert world.bulk.step("host:1:b")
    world.do("pause", number)
    world.send()
    assert (len(world.channel.calls), world.progress(number).waiting) == (1, 1500)
    world.do("resume", number)
    world.send()
    assert len(world.channel.calls) == 3


def test_live_replies_go_first(world: World) -> None:
    people(world.mailbox, 1)
    with world.mailbox.db.write() as connection:
        world.mailbox.queue(connection, "wecom", "m0000", Reply("答", "chat"), Lane.LIVE)
    world.order(DEPARTMENT)
    world.bulk.now = lambda: 0.0
    assert not world.bulk.step("host:1:b") and world.channel.calls == []
    (parcel,) = Sender(world.mailbox).claim("host:1:r", "wecom")
    Sender(world.mailbox).accepted(parcel, "1")
    assert world.bulk.step("host:1:b") and len(world.channel.calls) == 1


def test_who_was_sent_much_this_minute_is_put_off(world: World) -> None:
    people(world.mailbox, 3)
    sender = Sender(world.mailbox)
    for _ in range(25):
        with world.mailbox.db.write() as connection:
            world.mailbox.queue(connection, "wecom", "m0001", Reply("答", "chat"), Lane.LIVE)
        (parcel,) = sender.claim("host:1:r", "wecom")
        sender.accepted(parcel, "1")
    number = world.order(DEPARTMENT)
    world.send()
    assert world.channel.calls[0][0] == ("m0000", "m0002")
    waiting = [row for row in dump(world.mailbox.db)["notice_batches"] if row["state"] == BatchState.WAITING]
    assert [row["size"] for row in waiting] == [1] and waiting[0]["next_at"] > wall() + dt.timedelta(seconds=50)
    assert (world.progress(number).state, world.progress(number).waiting) == (NoticeState.SENDING, 1)


def test_what_the_platform_will_not_take_back_is_said(world: World) -> None:
    people(world.mailbox, 2)
    number = world.order(DEPARTMENT)
    world.send()
    world.channel.no_recall = Rejected("errcode 42052")
    world.do("recall", number)
    world.send()
    assert world.progress(number).recalled == 0
    assert [row["recall"] for row in dump(world.mailbox.db)["notice_batches"]] == ["errcode 42052"]


def test_a_bug_in_between_is_unknown_and_the_relay_goes_on(world: World) -> None:
    people(world.mailbox, 2)
    world.channel.lose = lambda number, _message: ZeroDivisionError() if number == 0 else None
    first, second = world.order(DEPARTMENT), world.order([f"user:{SECOND}"])
    world.send()
    assert (world.progress(first).unknown, world.progress(second).accepted) == (2, 1)
