"""Who hears what about a talk. Cards say that there is something to open; only a fixed time is said openly."""

import datetime as dt
from collections.abc import Iterable

from core.cases.counter import Counter
from core.cases.rules import Case
from core.clock import SHANGHAI
from core.crypto import Cipher
from core.db import Connection
from core.messages.rules import Attachment, Button, Reply
from core.messages.service import Mailbox
from core.talks import store
from core.talks.calendar import FILE_NAME, ics
from core.talks.ground import opened
from core.talks.rules import State, Talk, spoken

NEW = "一件新的谈心预约，请打开查看"
NEWS = "一件谈心预约有新情况，请打开查看"
WITHDRAWN = "一件谈心预约已由本人撤回，不用再安排。"
FIXED = "您的谈心预约已约定：{when}{where}。"
LAPSED = "一次谈心预约原定的时间已过，没有收到双方都已谈的确认，这次预约已结束。需要时可以重新预约。"
ARRANGE = "有一次谈话需要您安排，请打开查看"
ARRANGE_HR = "一次谈话已列入安排，请打开查看"
ARRANGED = "组织安排与您谈话，时间{when}{where}。"
REARRANGED = "组织安排与您的谈话时间有变，时间{when}{where}。"
CALLED_OFF = "原定的谈话已取消。"
REMINDER = "有一次谈话提醒需要您进行，请打开查看"
WAS_IT_HELD = "原定{when}的谈话进行了吗？谈了什么不用填写。"
DIFFER = "一次谈话双方填写的情况不一致，请打开核对"
STILL_WAITS = "一件谈心预约还在等您答复，请打开查看"
TIME_PASSED = "您的谈心预约还没有收到答复，希望的时间已过。您可以改时间或撤回。"
ICS_SENT = "日程文件（.ics）可以存入手机日历。"
_CHANNEL = "wecom"


def open_button(ref: str) -> Button:
    """What leads from a card to the talk."""
    return Button("打开查看", f"talk:open:{ref}")


def held_buttons(ref: str) -> tuple[Button, ...]:
    """The question whether it took place."""
    return (Button("已谈", f"talk:held:{ref}"), Button("未谈", f"talk:unheld:{ref}"))


def tell(
    mailbox: Mailbox, connection: Connection, userids: Iterable[str], text: str, buttons: tuple[Button, ...] = ()
) -> None:
    """Queue a card for each on the caller's transaction."""
    for userid in dict.fromkeys(one for one in userids if one):
        mailbox.queue(connection, _CHANNEL, userid, Reply(text, "notice", buttons=buttons, sensitive=True))


def when(starts_at: dt.datetime) -> str:
    """An instant as people say it here."""
    return spoken(starts_at.astimezone(SHANGHAI))


def where(place: str) -> str:
    """The place with its comma, or nothing."""
    return f"，地点{place}" if place else ""


def send_calendar(mailbox: Mailbox, connection: Connection, talk: Talk, userids: Iterable[str]) -> None:
    """Queue the .ics file of a fixed talk."""
    if talk.starts_at is None:
        return
    content = ics(talk.ref, talk.starts_at, talk.place, mailbox.clock.now())
    for userid in dict.fromkeys(one for one in userids if one):
        reply = Reply(ICS_SENT, "notice", file=Attachment(FILE_NAME, content), sensitive=True)
        mailbox.queue(connection, _CHANNEL, userid, reply)


_STATE = {
    "accept": State.FIXED, "agree": State.FIXED, "propose": State.PLANNED, "counter": State.PLANNED,
    "hold": State.HELD, "decline": State.ENDED, "withdraw": State.ENDED, "lapse": State.ENDED,
}  # fmt: skip


def after_move(desk: Counter, connection: Connection, case: Case, move: str) -> None:
    """Bring the row up to a request's new status and tell the other side. `case`: as it is after the move."""
    from core.talks import dayahead  # the reminders stand on the talks

    mailbox = desk.mailbox
    row = store.by_number(connection, case.number)
    if row is None or move not in _STATE:
        return
    state = _STATE[move]
    changed: dict[str, object] = {"state": state, "changed_at": mailbox.clock.now()}
    if state == State.PLANNED:
        changed |= {"starts_at": None, "asked_at": None, "said_leader": None, "said_cadre": None}
    if case.handler and case.handler != row.leader:
        changed["leader"] = case.handler
    store.change(connection, row.id, **changed)
    talk = _talk(connection, mailbox.cipher, row.id)
    _tell_move(mailbox, connection, talk, move)
    if state == State.FIXED:
        dayahead.plan(desk, connection, talk)
    elif state != State.HELD:
        dayahead.drop(desk, connection, talk)


def _talk(connection: Connection, cipher: Cipher, talk_id: int) -> Talk:
    row = store.by_id(connection, talk_id)
    assert row is not None
    return opened(cipher, row)


def _tell_move(mailbox: Mailbox, connection: Connection, talk: Talk, move: str) -> None:
    view = (open_button(talk.ref),)
    if move in ("accept", "agree"):
        other = talk.userid if move == "accept" else talk.leader
        if talk.starts_at is None:
            tell(mailbox, connection, [other], NEWS, view)
            return
        text = FIXED if move == "accept" else FIXED.replace("您的", "一件")
        tell(mailbox, connection, [other], text.format(when=when(talk.starts_at), where=where(talk.place)), view)
        send_calendar(mailbox, connection, talk, [talk.userid, talk.leader])
    elif move in ("propose", "decline"):
        tell(mailbox, connection, [talk.userid], NEWS, view)
    elif move == "counter":
        tell(mailbox, connection, [talk.leader], NEWS, view)
    elif move == "withdraw":
        tell(mailbox, connection, [talk.leader], WITHDRAWN)
    elif move == "lapse":
        tell(mailbox, connection, [talk.userid, talk.leader], LAPSED)
