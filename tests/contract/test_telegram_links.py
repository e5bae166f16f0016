"""Tying a Telegram account: ten minutes, five tries, by code only; untying from either side; where pushes go."""

import datetime as dt
import re
from collections.abc import Callable

import pytest

from actions import accounts, turn
from actions.turn import Call
from actions.wiring import App
from core.audit import verify
from core.db import Database
from core.messages.rules import Reply
from core.people import links, store
from core.people.rules import Person
from core.people.service import address
from core.testing import Wall, dump

THERE = "telegram:810000001"
OTHER = "telegram:810000002"
HERE = "wecom:nq_one"


@pytest.fixture(autouse=True)
def opened(db: Database) -> None:
    with db.write() as connection:
        links.set_open(connection, "telegram", True)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch, wall: Wall) -> Wall:
    monkeypatch.setattr(links, "wall", wall)
    return wall


def say(app: App, text: str, sender: str = HERE, intent: str = "") -> str:
    said = turn.take(app, Call(sender, text, {intent: 0.95} if intent else {}))
    return "\n".join(reply.text for reply in said)


def press(app: App, command: str, sender: str) -> str:
    said = turn.take(app, Call(sender, "", {}, (), {"kind": "command", "command": command}))
    return "\n".join(reply.text for reply in said)


def code_for(app: App, sender: str = HERE) -> str:
    found = re.search(r"验证码：(\S{4}-\S{4})", say(app, "绑定Telegram", sender))
    assert found
    return found[1]


def pushed(app: App, db: Database) -> list[tuple[str, str, str]]:
    rows = dump(db, app.mailbox.cipher)["outbox"]
    return [(row["channel"], row["recipient"], row["body"]["text"]) for row in rows if row["body"]]


TYPED: tuple[Callable[[str], str], ...] = (
    str, str.lower, lambda code: code.replace("-", ""), lambda code: f" {code.replace('-', ' - ')}\n",
)  # fmt: skip


@pytest.mark.parametrize("typed", TYPED)
def test_a_code_ties_and_is_used_up(app: App, db: Database, typed: Callable[[str], str]) -> None:
    code = code_for(app)
    assert say(app, typed(code), THERE) == accounts.TIED
    assert "第16条" in say(app, "多久体检一次", THERE, "health_check.frequency")
    assert pushed(app, db) == [("wecom", "nq_one", accounts.TIED_HOME)]
    assert say(app, code, OTHER) == accounts.WRONG


def test_start_with_a_code_ties_too(app: App) -> None:
    assert press(app, f"start:{code_for(app)}", THERE) == accounts.TIED
    assert press(app, "start", THERE) == accounts.WHAT_GOES


@pytest.mark.parametrize("text", ["陈一", "nq_one", "我是陈一", "TELEGRAM", "绑定Telegram", "", "/start nq_one"])
def test_no_name_ties(app: App, db: Database, text: str) -> None:
    code_for(app)
    assert say(app, text, THERE) == accounts.NOT_TIED
    assert [row for row in dump(db)["accounts"] if row["channel"] == "telegram"] == []


def test_the_rosters_telegram_id_ties_nobody(app: App, db: Database) -> None:
    with db.write() as connection:
        store.put(connection, Person("nq_two", "李二", "nq", telegram_id=THERE.partition(":")[2]))
    assert say(app, "多久体检一次", THERE, "health_check.frequency") == accounts.NOT_TIED


def test_ten_minutes(app: App, clock: Wall) -> None:
    code = code_for(app)
    clock.forward(601)
    assert say(app, code, THERE) == accounts.WRONG
    code = code_for(app)
    clock.forward(599)
    assert say(app, code, THERE) == accounts.TIED


def test_expired_codes_and_old_tries_are_erased(app: App, db: Database, clock: Wall) -> None:
    code_for(app)
    say(app, "2222-2222", THERE)
    clock.forward(3700)
    with db.write() as connection:
        links.sweep(connection)
    assert dump(db)["link_codes"] == dump(db)["link_tries"] == []


def test_five_tries_of_one_account(app: App, clock: Wall) -> None:
    code = code_for(app)
    for wrong in ("2222-2222", "3333-3333", "4444-4444", "5555-5555", "6666-6666"):
        assert say(app, wrong, THERE) == accounts.WRONG
    assert say(app, code, THERE) == accounts.TOO_MANY
    assert say(app, code, OTHER) == accounts.TIED
    clock.forward(601)
    assert say(app, code_for(app), THERE) == accounts.TIED


def test_five_tries_at_one_code_from_anywhere(app: App) -> None:
    """Who knows the first half of a code does not get on by trying the second half from many accounts."""
    code = code_for(app)
    for number in range(5):
        wrong = code[:5] + ("2222" if code[5:] != "2222" else "3333")
        assert say(app, wrong, f"telegram:90000000{number}") == accounts.WRONG
    assert say(app, code, THERE) == accounts.WRONG


def test_a_new_code_voids_the_old_one(app: App) -> None:
    old, new = code_for(app), code_for(app)
    assert say(app, old, THERE) == accounts.WRONG
    assert say(app, new, THERE) == accounts.TIED


def test_no_code_is_readable_in_the_database(app: App, db: Database) -> None:
    code = code_for(app)
    for part in (*code.split("-")[1:], code, code.replace("-", "")):
        assert part not in str(dump(db)["link_codes"]) + str(dump(db)["audit"])


def test_one_account_for_a_person_and_one_person_for_an_account(app: App, db: Database) -> None:
    say(app, code_for(app), THERE)
    say(app, code_for(app), OTHER)
    assert say(app, "你好", THERE) == accounts.NOT_TIED
    assert press(app, f"start:{code_for(app, 'wecom:yn_one')}", OTHER) == accounts.TIED
    ties = [(row["external_id"], row["person_id"]) for row in dump(db)["accounts"] if row["channel"] == "telegram"]
    with db.read() as connection:
        person = store.by_userid(connection, "yn_one")
    assert person is not None and ties == [("810000002", person.id)]


@pytest.mark.parametrize("side", [HERE, THERE])
def test_untying_from_either_side(app: App, db: Database, side: str) -> None:
    say(app, code_for(app), THERE)
    say(app, "提醒发到Telegram", side)
    assert say(app, "解绑Telegram", side) == accounts.UNTIED
    assert say(app, "你好", THERE) == accounts.NOT_TIED
    assert say(app, "解绑Telegram", HERE) == accounts.NOTHING_TIED
    assert dump(db)["push_wishes"][0]["channel"] == "wecom"
    with db.read() as connection:
        assert verify(connection).broken_at is None


def test_who_left_is_nobody_there_either(app: App, db: Database) -> None:
    code = code_for(app)
    with db.write() as connection:
        store.put(connection, Person("nq_one", "陈一", "nq", department="教务处", status="left"))
    assert say(app, code, THERE) == accounts.WRONG


def test_no_code_when_the_channel_is_closed(app: App, db: Database) -> None:
    with db.write() as connection:
        links.set_open(connection, "telegram", False)
    assert say(app, "绑定Telegram") == accounts.CLOSED
    assert dump(db)["link_codes"] == []


def test_pushes_follow_the_wish_as_far_as_they_may(app: App, db: Database) -> None:
    def goes(sensitive: bool) -> tuple[str, str]:
        with db.read() as connection:
            person = store.by_userid(connection, "nq_one")
            assert person is not None
            return address(connection, person, sensitive)

    home, there = ("wecom", "nq_one"), ("telegram", "810000001")
    assert say(app, "提醒发到Telegram") == accounts.NOTHING_TIED
    say(app, code_for(app), THERE)
    assert goes(False) == home
    assert say(app, "提醒发到Telegram", THERE) == accounts.WISH_THERE
    assert (goes(False), goes(True)) == (there, home)
    with db.write() as connection:
        links.set_open(connection, "telegram", False)
    assert goes(False) == home
    with db.write() as connection:
        links.set_open(connection, "telegram", True)
    assert say(app, "以后提醒都发到企业微信") == accounts.WISH_HOME
    assert goes(False) == home


def test_the_context_of_questions_is_one(app: App) -> None:
    say(app, code_for(app), THERE)
    (shown,) = turn.take(app, Call(HERE, "", {}, (), {"kind": "command", "command": "topics"}))
    (chosen,) = turn.take(app, Call(THERE, "1", {}))
    assert f"topic:{chosen.topic}" == shown.buttons[0].payload


def test_a_number_never_picks_what_was_shown_inside(app: App, db: Database) -> None:
    """The choices of a form or a case, shown in WeChat Work, mean nothing outside."""
    say(app, code_for(app), THERE)
    press(app, "cases", HERE)
    press(app, "file:tolerance", HERE)
    before = dump(db, app.mailbox.cipher)
    for number in "123456":
        said = turn.take(app, Call(THERE, number, {}))
        assert all(reply.kind not in ("ask", "confirm", "receipt") for reply in said)
    after = dump(db, app.mailbox.cipher)
    assert {name for name in before if before[name] != after[name]} <= {"answer_kinds", "contexts"}


def test_a_repeated_message_ties_once(app: App, db: Database) -> None:
    code = code_for(app)
    call = Call(THERE, code, {}, (), {"inbox": 4, "kind": "text"})
    assert turn.take(app, call) == turn.take(app, call)
    assert len(pushed(app, db)) == 1


def test_every_command_is_decided_on(app: App) -> None:
    """A command that is not listed gets the pointer: new ones stay inside until somebody lists them."""
    from actions import outside, route

    say(app, code_for(app), THERE)
    decided = {name.partition(":")[0] for name in outside.COMMANDS} | {"reminders"}
    assert press(app, "notice:pause:1", THERE) == accounts.POINTER
    for name in set(route.COMMANDS) - decided:
        assert press(app, f"{name}:x", THERE) == accounts.POINTER, name
    for name in set(route.INTENTS) - outside.INTENTS - {"my_reminders", "affirm"}:
        assert say(app, "我要办这件事", THERE, name) == accounts.POINTER, name


def test_words_that_are_allowed_outside_lead_to_no_topics_handler() -> None:
    """A topic's module may give 可以 or 取消 a meaning of its own, such as handing in a form; not outside."""
    from actions import outside, route

    taken = {name for module in route._MODULES for name in module.INTENTS}
    assert not taken & outside.INTENTS


def test_yes_hands_in_nothing(app: App, db: Database) -> None:
    say(app, code_for(app), THERE)
    press(app, "file:tolerance", HERE)
    before = dump(db, app.mailbox.cipher)
    assert "菜单" in say(app, "可以", THERE, "affirm")
    after = dump(db, app.mailbox.cipher)
    assert {name for name in before if before[name] != after[name]} <= {"answer_kinds", "contexts"}


def test_what_a_refused_handler_did_is_undone(app: App, db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    from actions import route
    from actions.turn import Outcome, Turn

    def careless(turn: Turn, _argument: str) -> Outcome:
        turn.app.mailbox.share_question(turn.connection, "不该留下")
        return Outcome((Reply("已提交", "receipt"),))

    say(app, code_for(app), THERE)
    monkeypatch.setitem(route.COMMANDS, "menu", careless)
    assert press(app, "menu", THERE) == accounts.POINTER
    assert dump(db)["shared_questions"] == []
    assert press(app, "menu", HERE) == "已提交"


def test_my_reminders_lists_the_neutral_ones(app: App) -> None:
    """A visit and a health check are shown inside; outside there is only what names nobody."""
    from core.reminders.lists import Item
    from core.reminders.service import Reminders

    shown = {kind: f"{kind}的一行" for kind in ("leave", "visit", "health_check", "talk", "correction")}

    class Occurrence:
        def __init__(self, number: int, kind: str) -> None:
            self.id, self.kind = number, kind

    class Some(Reminders):
        def mine(self, *_arguments: object) -> list[Item]:
            return [
                Item(Occurrence(number, kind), "cadre", line, line, ())  # type: ignore[arg-type]
                for number, (kind, line) in enumerate(shown.items(), 1)
            ]

    say(app, code_for(app), THERE)
    app._reminders = Some.__new__(Some)
    for said in (press(app, "reminders", THERE), say(app, "我的提醒", THERE, "my_reminders")):
        assert shown["leave"] in said and not [line for kind, line in shown.items() if kind != "leave" and line in said]


@pytest.mark.parametrize("kind", ["ask", "confirm", "receipt", "status"])
def test_what_a_handler_says_is_checked_once_more(app: App, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    from actions import route
    from actions.turn import Outcome

    secret = Reply("您的申请 RC-2026-000001", kind, sensitive=kind == "status")
    say(app, code_for(app), THERE)
    monkeypatch.setitem(route.COMMANDS, "menu", lambda _turn, _argument: Outcome((secret,)))
    assert press(app, "menu", THERE) == accounts.POINTER
    assert press(app, "menu", HERE) == secret.text


def test_the_wording() -> None:
    for text in accounts.phrases():
        assert not re.search(r"[!！亲]|恭喜|一定|肯定|保证|请放心|没问题", text)
        assert len(text) < 400


def test_times_are_real_ones() -> None:
    assert dt.timedelta(minutes=10) == links.LIFE and links.MOST_TRIES == 5
