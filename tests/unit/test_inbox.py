"""The inbox: one row per message, one turn per conversation at a time, nothing kept once it is answered."""

import threading
import time

import pytest

from core.clock import wall as real_wall
from core.db import Database
from core.messages.rules import Inbound, Reply
from core.messages.service import Mailbox, Turn
from core.testing import OTHER_KEY, Wall, dump, new_mailbox, text_from

APOLOGY = Reply("抱歉，请稍候。", "handover")
ANSWER = Reply("每年不少于1次。", "answer", (("yn", "17"),), "health_check.frequency")


def picture(sender: str, dedup: str, kind: str = "image") -> Inbound:
    return Inbound("wecom", sender, dedup, kind, media_id=f"media-{dedup}")


def taken(mailbox: Mailbox) -> Turn:
    turn = mailbox.take("test")
    assert turn is not None
    return turn


def test_the_same_message_is_received_once(mailbox: Mailbox) -> None:
    assert mailbox.receive(text_from("one", "多久体检", "m1"))
    assert not mailbox.receive(text_from("one", "多久体检", "m1"))
    assert mailbox.receive(text_from("one", "多久体检", "m1", channel="telegram"))
    assert mailbox.counts() == {"inbox_waiting": 2}


def test_a_body_is_sealed_and_gone_once_answered(db: Database, mailbox: Mailbox) -> None:
    mailbox.receive(text_from("one", "多久体检一次", "m1"))
    assert "体检".encode() not in dump(db)["inbox"][0]["body"]
    turn = taken(mailbox)
    assert (turn.body, turn.kind, turn.sender) == ({"text": "多久体检一次"}, "text", "one")
    with db.write() as connection:
        mailbox.remember(connection, turn.ids[0], [ANSWER])
    mailbox.answer(turn, [ANSWER])
    rows = dump(db)
    assert rows["inbox"][0]["body"] is None and rows["inbox"][0]["state"] == "done"
    assert rows["turns"][0]["reply"] is None
    assert len(rows["outbox"]) == 1


def test_a_turn_is_answered_once(db: Database, mailbox: Mailbox) -> None:
    mailbox.receive(text_from("one", "问", "m1"))
    turn = taken(mailbox)
    assert mailbox.answer(turn, [ANSWER])
    assert not mailbox.answer(turn, [ANSWER])
    assert len(dump(db)["outbox"]) == 1


def test_messages_of_a_conversation_come_in_order(mailbox: Mailbox, wall: Wall) -> None:
    for number in range(3):
        mailbox.receive(text_from("one", f"第{number}句", f"m{number}"))
    mailbox.receive(text_from("two", "别人", "n1"))
    first, other = taken(mailbox), taken(mailbox)
    assert (first.body["text"], other.body["text"]) == ("第0句", "别人")
    assert mailbox.take("test") is None
    mailbox.answer(first, [ANSWER])
    assert taken(mailbox).body["text"] == "第1句"


def test_a_failing_message_holds_its_conversation_back_until_it_is_settled(mailbox: Mailbox, wall: Wall) -> None:
    mailbox.receive(text_from("one", "坏的", "m1"))
    mailbox.receive(text_from("one", "下一句", "m2"))
    assert not mailbox.fail(taken(mailbox), "boom", APOLOGY)
    assert mailbox.take("test") is None
    wall.forward(2)
    assert taken(mailbox).body["text"] == "坏的"


def test_a_conversation_is_never_handled_twice_at_a_time(mailbox: Mailbox) -> None:
    senders = [f"member{number}" for number in range(6)]
    for number in range(8):
        for sender in senders:
            mailbox.receive(text_from(sender, str(number), f"{sender}-{number}"))
    busy: set[str] = set()
    seen: dict[str, list[int]] = {sender: [] for sender in senders}
    problems: list[str] = []
    guard = threading.Lock()

    def work(name: str) -> None:
        while any(state.startswith("inbox_waiting") for state in mailbox.counts()):
            turn = mailbox.take(name)
            if turn is None:
                time.sleep(0.002)
                continue
            with guard:
                if turn.sender in busy:
                    problems.append(turn.sender)
                busy.add(turn.sender)
            time.sleep(0.001)
            with guard:
                seen[turn.sender].append(int(turn.body["text"]))
                busy.discard(turn.sender)
            mailbox.answer(turn, [])

    threads = [threading.Thread(target=work, args=(f"w{number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert not problems
    assert all(numbers == list(range(8)) for numbers in seen.values())


def test_pictures_in_a_row_are_one_turn_once_the_newest_is_two_seconds_old(mailbox: Mailbox, wall: Wall) -> None:
    mailbox.receive(picture("one", "p1"))
    wall.forward(1.5)
    mailbox.receive(picture("one", "p2", "file"))
    assert mailbox.take("test") is None
    wall.forward(1.5)
    assert mailbox.take("test") is None
    wall.forward(0.6)
    turn = taken(mailbox)
    assert turn.kinds == ("image", "file")
    assert [body["media_id"] for body in turn.bodies] == ["media-p1", "media-p2"]
    mailbox.answer(turn, [ANSWER])
    wall.forward(60)
    assert mailbox.take("test") is None


def test_a_text_ends_a_run_of_pictures(mailbox: Mailbox, wall: Wall) -> None:
    for message in (picture("one", "p1"), picture("one", "p2"), text_from("one", "说明", "t1"), picture("one", "p3")):
        mailbox.receive(message)
    wall.forward(3)
    kinds = []
    while (turn := mailbox.take("test")) is not None:
        kinds.append(turn.kinds)
        mailbox.answer(turn, [])
        wall.forward(3)
    assert kinds == [("image", "image"), ("text",), ("image",)]


def test_a_run_tried_before_keeps_its_members(mailbox: Mailbox, wall: Wall) -> None:
    mailbox.receive(picture("one", "p1"))
    wall.forward(3)
    mailbox.fail(taken(mailbox), "boom", APOLOGY)
    mailbox.receive(picture("one", "p2"))
    wall.forward(10)
    assert len(taken(mailbox).ids) == 1


def test_a_lease_runs_out_and_the_message_is_taken_again(mailbox: Mailbox, wall: Wall) -> None:
    mailbox.receive(text_from("one", "问", "m1"))
    first = taken(mailbox)
    wall.forward(59)
    assert mailbox.take("other") is None
    wall.forward(2)
    second = taken(mailbox)
    assert second.ids == first.ids
    assert mailbox.answer(second, [ANSWER])
    assert not mailbox.answer(first, [ANSWER])


def test_leases_of_a_dead_owner_end_at_once(mailbox: Mailbox, wall: Wall) -> None:
    mailbox.receive(text_from("one", "问", "m1"))
    assert mailbox.take("dead") is not None
    assert mailbox.release(lambda owner: owner == "alive") == 0
    assert mailbox.release(lambda owner: owner == "dead") == 1
    assert taken(mailbox).body["text"] == "问"


def test_waiting_for_rasa_apologises_once_after_thirty_seconds(db: Database, mailbox: Mailbox, wall: Wall) -> None:
    mailbox.receive(text_from("one", "问", "m1"))
    for _ in range(60):
        turn = mailbox.take("test")
        if turn is not None:
            mailbox.wait(turn, APOLOGY)
        sent = len(dump(db)["outbox"])
        assert sent == (0 if wall.moment < turn_time(mailbox) else 1)
        wall.forward(1)
    turn = taken(mailbox)
    assert (turn.attempts, turn.apologised) == (0, True)
    assert mailbox.answer(turn, [ANSWER])
    sealed = [mailbox.cipher.open_json(row["body"], "outbox") for row in dump(db)["outbox"]]
    assert [reply["custom"]["kind"] for reply in sealed] == ["handover", "answer"]
    assert {row["kind"] for row in dump(db)["outbox"]} == {"reply"}  # the readable column tells nothing


def turn_time(mailbox: Mailbox) -> object:
    """When the apology falls due: thirty seconds after the message, at the next look."""
    received = dump(mailbox.db)["inbox"][0]["received_at"]
    return received + mailbox.apology_after


def test_three_failures_end_in_an_apology_and_the_next_message_is_handled(
    db: Database, mailbox: Mailbox, wall: Wall
) -> None:
    mailbox.receive(text_from("one", "坏的", "m1"))
    mailbox.receive(text_from("one", "好的", "m2"))
    given_up = []
    for _ in range(3):
        given_up.append(mailbox.fail(taken(mailbox), "empty reply", APOLOGY))
        wall.forward(10)
    assert given_up == [False, False, True]
    assert taken(mailbox).body["text"] == "好的"
    rows = dump(db, mailbox.cipher)
    assert [row["body"]["text"] for row in rows["outbox"]] == [APOLOGY.text]
    failed = rows["inbox"][0]
    assert (failed["state"], failed["failure"], failed["body"]) == ("failed", "empty reply", None)


def test_a_final_failure_does_not_wait_for_the_third(mailbox: Mailbox, wall: Wall) -> None:
    mailbox.receive(text_from("one", "坏的", "m1"))
    assert mailbox.fail(taken(mailbox), "too long", APOLOGY, final=True)


def test_a_row_no_key_opens_is_a_turn_without_words(db: Database, mailbox: Mailbox) -> None:
    mailbox.receive(text_from("one", "问", "m1"))
    turn = taken(new_mailbox(db, OTHER_KEY))
    assert (turn.readable, turn.bodies, turn.kinds) == (False, (), ("text",))


def test_a_repeated_inbox_id_returns_the_stored_reply(db: Database, mailbox: Mailbox) -> None:
    with db.write() as connection:
        assert mailbox.stored_reply(connection, 7) is None
        mailbox.remember(connection, 7, [ANSWER])
        assert mailbox.stored_reply(connection, 7) == [ANSWER]
    assert "不少于".encode() not in dump(db)["turns"][0]["reply"]


def test_the_real_wall_clock_is_utc() -> None:
    assert real_wall().utcoffset() is not None and real_wall().utcoffset().total_seconds() == 0  # type: ignore[union-attr]


@pytest.mark.parametrize("count", [1])
def test_ignored_events_leave_no_body(db: Database, mailbox: Mailbox, count: int) -> None:
    mailbox.receive(Inbound("wecom", "one", "e1", "event", event="leave"))
    mailbox.ignore(taken(mailbox))
    assert [(row["state"], row["body"]) for row in dump(db)["inbox"]] == [("ignored", None)] * count
