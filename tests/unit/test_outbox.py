"""The outbox: live before bulk, in order for each member, never faster than the platform takes, no double delivery."""

import datetime as dt

import pytest

from core.db import Database
from core.errors import OutcomeUnknown, Rejected, TemporaryFailure
from core.messages.rules import (
    GIVE_UP_AFTER,
    MEMBER_PER_HOUR,
    MEMBER_PER_MINUTE,
    Button,
    Context,
    Lane,
    OutboxState,
    Reply,
    backoff,
    chosen,
)
from core.messages.sending import Parcel, Sender
from core.messages.service import Mailbox
from core.testing import OTHER_KEY, Wall, dump, new_mailbox


@pytest.fixture
def sender(mailbox: Mailbox, wall: Wall) -> Sender:
    return Sender(mailbox)


def queue(mailbox: Mailbox, recipient: str, text: str, lane: Lane = Lane.LIVE, kind: str = "answer") -> None:
    with mailbox.db.write() as connection:
        mailbox.queue(connection, "wecom", recipient, Reply(text, kind), lane)


def texts(parcels: list[Parcel]) -> list[str]:
    return [parcel.reply.text for parcel in parcels]


def states(db: Database) -> list[str]:
    return [row["state"] for row in dump(db)["outbox"]]


def plain(reply: Reply, _button: object) -> list[dict[str, object]]:
    return [{"text": reply.text}]


def test_live_replies_go_before_bulk(mailbox: Mailbox, sender: Sender) -> None:
    for number in range(3):
        queue(mailbox, f"m{number}", f"通知{number}", Lane.BULK, "notice")
    queue(mailbox, "m9", "答复")
    assert texts(sender.claim("relay", "wecom", 2)) == ["答复", "通知0"]


def test_a_member_gets_replies_in_order_and_one_at_a_time(mailbox: Mailbox, sender: Sender) -> None:
    queue(mailbox, "one", "第一")
    queue(mailbox, "one", "第二")
    first = sender.claim("relay", "wecom")
    assert texts(first) == ["第一"]
    assert sender.claim("relay", "wecom") == []
    sender.accepted(first[0], "id")
    assert texts(sender.claim("relay", "wecom")) == ["第二"]


def test_other_channels_are_left_alone(mailbox: Mailbox, sender: Sender) -> None:
    queue(mailbox, "one", "答复")
    assert sender.claim("relay", "telegram") == []


def test_settled_rows_are_never_claimed_again(db: Database, mailbox: Mailbox, sender: Sender, wall: Wall) -> None:
    queue(mailbox, "one", "答复")
    queue(mailbox, "two", "坏的")
    one, two = sender.claim("relay", "wecom")
    sender.accepted(one, "id")
    assert sender.failed(two, Rejected("invaliduser")) == OutboxState.REJECTED
    wall.forward(86400)
    assert sender.recover() == 0 and sender.claim("relay", "wecom") == []
    assert states(db) == ["accepted", "rejected"]


def test_an_expired_lease_sends_a_live_reply_again_and_leaves_a_notice_to_a_person(
    db: Database, mailbox: Mailbox, sender: Sender, wall: Wall
) -> None:
    queue(mailbox, "one", "答复")
    queue(mailbox, "two", "通知", Lane.BULK, "notice")
    assert len(sender.claim("crashed", "wecom")) == 2
    assert sender.recover() == 0
    wall.forward(46)
    assert sender.recover() == 2
    assert states(db) == ["waiting", "unknown"]
    wall.forward(5)
    again = sender.claim("relay", "wecom")
    assert texts(again) == ["答复"] and again[0].resend
    wall.forward(3600)
    sender.accepted(again[0], "id")
    assert sender.claim("relay", "wecom") == []


def test_an_unknown_outcome_is_asked_again_for_live_only(db: Database, mailbox: Mailbox, sender: Sender) -> None:
    queue(mailbox, "one", "答复")
    queue(mailbox, "two", "通知", Lane.BULK, "notice")
    live, bulk = sender.claim("relay", "wecom")
    assert sender.failed(live, OutcomeUnknown()) == OutboxState.WAITING
    assert sender.failed(bulk, OutcomeUnknown()) == OutboxState.UNKNOWN
    assert [row["resend"] for row in dump(db)["outbox"]] == [True, True]


def test_temporary_failures_back_off_and_end_after_a_day(mailbox: Mailbox, sender: Sender, wall: Wall) -> None:
    queue(mailbox, "one", "答复")
    parcel = sender.claim("relay", "wecom")[0]
    sender.failed(parcel, TemporaryFailure("45009", retry_after=30))
    wall.forward(29)
    assert sender.claim("relay", "wecom") == []
    wall.forward(2)
    parcel = sender.claim("relay", "wecom")[0]
    assert parcel.attempts == 1 and not parcel.resend
    wall.forward(GIVE_UP_AFTER.total_seconds())
    assert sender.failed(parcel, TemporaryFailure("-1")) == OutboxState.REJECTED


def test_a_member_is_never_sent_more_than_the_platform_takes(mailbox: Mailbox, sender: Sender, wall: Wall) -> None:
    for number in range(40):
        queue(mailbox, "one", str(number))
    sent: list[dt.datetime] = []
    for _ in range(150):
        for parcel in sender.claim("relay", "wecom"):
            sender.accepted(sender.prepare(parcel, plain), "id")
            sent.append(wall.moment)
        wall.forward(1)
    assert len(sent) == 40
    for moment in sent:
        window = [other for other in sent if moment <= other < moment + dt.timedelta(minutes=1)]
        assert len(window) <= MEMBER_PER_MINUTE < 30
    assert MEMBER_PER_HOUR < 1000


def test_others_are_not_held_up_by_a_full_member(mailbox: Mailbox, sender: Sender, wall: Wall) -> None:
    for number in range(MEMBER_PER_MINUTE + 1):
        queue(mailbox, "one", str(number))
    for _ in range(MEMBER_PER_MINUTE):
        sender.accepted(sender.claim("relay", "wecom")[0], "id")
    queue(mailbox, "two", "答复")
    assert texts(sender.claim("relay", "wecom")) == ["答复"]


def test_a_long_reply_goes_on_where_it_was_cut_off(mailbox: Mailbox, sender: Sender, wall: Wall) -> None:
    with mailbox.db.write() as connection:
        mailbox.queue(connection, "wecom", "one", Reply("长", "answer", buttons=(Button("菜单", "menu"),)))

    def render(_reply: Reply, button: object) -> list[dict[str, object]]:
        return [{"text": "上"}, {"text": "下", "button": button("menu")}]  # type: ignore[operator]

    parcel = sender.prepare(sender.claim("relay", "wecom")[0], render)
    assert parcel.piece == {"text": "上"} and not parcel.last
    following = sender.advance(parcel)
    assert following is not None and following.last
    wall.forward(46)
    sender.recover()
    wall.forward(5)
    again = sender.prepare(sender.claim("relay", "wecom")[0], render)
    assert (again.piece, again.progress, again.resend) == (following.piece, 1, True)


def test_a_policy_answer_is_erased_once_accepted_and_a_receipt_kept(
    db: Database, mailbox: Mailbox, sender: Sender
) -> None:
    for number, kind in enumerate(("answer", "silent", "clarify", "out_of_scope", "receipt")):
        queue(mailbox, f"m{number}", "内容", kind=kind)
    for parcel in sender.claim("relay", "wecom"):
        sender.accepted(parcel, "id")
    assert [row["body"] is None for row in dump(db)["outbox"]] == [True, True, True, True, False]


def test_a_row_no_key_opens_is_rejected_not_repeated(db: Database, mailbox: Mailbox, wall: Wall) -> None:
    queue(mailbox, "one", "答复")
    assert Sender(new_mailbox(db, OTHER_KEY)).claim("relay", "wecom") == []
    assert states(db) == ["rejected"]


# -- buttons, contexts, sweep


def test_a_button_is_for_the_member_it_was_shown_to(db: Database, mailbox: Mailbox) -> None:
    with db.write() as connection:
        button_id = mailbox.new_button(connection, "wecom", "One", "topic:talk.when", "谈话")
    assert mailbox.pressed(button_id, "wecom", "one") == Button("谈话", "topic:talk.when")
    assert mailbox.pressed(button_id, "wecom", "two") is None
    assert mailbox.pressed(button_id, "telegram", "one") is None
    assert mailbox.pressed("topic:talk.when", "wecom", "one") is None
    assert "talk" not in button_id and b"talk" not in dump(db)["buttons"][0]["payload"]


def test_contexts_expire(db: Database, mailbox: Mailbox, wall: Wall) -> None:
    context = Context("talk.when", ("azkj", "10"), (Button("谁来谈", "topic:talk.who"),), {"question": "x"})
    with db.write() as connection:
        mailbox.set_context(connection, 1, context, dt.timedelta(minutes=30))
        assert mailbox.context(connection, 1) == context
        assert mailbox.context(connection, 2) == Context()
    wall.forward(30 * 60 + 1)
    with db.write() as connection:
        assert mailbox.context(connection, 1) == Context()
    mailbox.sweep()
    assert dump(db)["contexts"] == []


def test_a_sweep_erases_what_outlived_its_message(db: Database, mailbox: Mailbox, sender: Sender, wall: Wall) -> None:
    queue(mailbox, "one", "回执", kind="receipt")
    sender.accepted(sender.claim("relay", "wecom")[0], "id")
    with db.write() as connection:
        mailbox.new_button(connection, "wecom", "one", "menu", "菜单")
        mailbox.new_button(connection, "wecom", "one", "topic:talk.when", "谈话")
        mailbox.remember(connection, 5, [Reply("x", "answer")])
    mailbox.sweep()
    rows = dump(db)
    assert rows["outbox"][0]["body"] and rows["turns"][0]["reply"] and len(rows["buttons"]) == 2
    wall.forward(6 * 3600 + 1)
    mailbox.sweep()
    rows = dump(db)
    assert rows["outbox"][0]["body"] is None and rows["turns"][0]["reply"] is None
    left = mailbox.cipher.open_json(rows["buttons"][0]["payload"], "buttons")
    assert (len(rows["buttons"]), left) == (1, ["菜单", "menu"])
    wall.forward(14 * 86400)
    mailbox.sweep()
    assert dump(db)["buttons"] == []


def test_a_sweep_leaves_what_still_waits(db: Database, mailbox: Mailbox, wall: Wall) -> None:
    queue(mailbox, "one", "答复")
    wall.forward(86400)
    mailbox.sweep()
    assert dump(db)["outbox"][0]["body"]


def test_a_shared_question_has_a_month_and_no_person(db: Database, mailbox: Mailbox) -> None:
    with db.write() as connection:
        mailbox.share_question(connection, "某单位不让休假")
    row = dump(db, mailbox.cipher)["shared_questions"][0]
    assert set(row) == {"id", "month", "body"}
    assert row["month"].day == 1 and row["body"] == {"text": "某单位不让休假"}


# -- rules


@pytest.mark.parametrize(
    ("typed", "title"),
    [("1", "甲"), (" 2 ", "乙"), ("2.", "乙"), ("回复1", "甲"), ("选2", "乙"), ("二", "乙"), ("乙", "乙"), ("3", None),
     ("0", None), ("12月", None), ("", None), ("甲乙", None), ("²", None)],
)  # fmt: skip
def test_a_typed_number_or_title_chooses(typed: str, title: str | None) -> None:
    found = chosen(typed, (Button("甲", "a"), Button("乙", "b")))
    assert (found.title if found else None) == title


def test_back_off_grows_to_five_minutes() -> None:
    assert [backoff(number).total_seconds() for number in (0, 1, 2, 3, 9, 10, 99)] == [1, 1, 2, 4, 256, 300, 300]
