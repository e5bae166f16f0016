"""我的提醒: the list with its buttons, what a leader owes, HR's list; booking a day for the health check."""

from collections.abc import Callable, Mapping

from actions import replies
from actions.turn import Command, Outcome, Pending, Simple, Turn
from core.errors import NotFound, Refused
from core.health import service as health
from core.messages.rules import Button, Reply
from core.people.orgs import CONTACT_LABELS
from core.reminders import wording
from core.reminders.rules import EVENTS
from core.reminders.service import Item, Reminders, Talked
from core.talks.cards import when, where
from core.talks.service import Talks

MOST = 5
"""Items with a button of their own; a card shows six buttons."""
DONE = "好的，已登记为完成。"
WAITING = "已记下。对方也确认后，这次谈话就登记为完成。"
NOT_HELD = "已记下，会请对方另行安排。"
LATER = "什么时候再提醒您？"
PUT_OFF = "好的，{day}再提醒您。"
OFF = "好的，以后不再发这类提醒。需要时可在“我的提醒”中重新打开。"
ON = "好的，已重新打开。"
ASK = "如对这条提醒有疑问，请联系{contact}。"
FIXED = "已约定的谈话："
CLOSED = "您已关闭的提醒：{kinds}。"
OWED = "您要进行的谈话（不含谈话内容）："
HR_LIST = "人事清单（到期没有办结、没有人可通知或已错过）："
HIDDEN = "尚未公开的事项（仅组织人事部门可见，请勿外传）："
CONSENT = (
    "为您登记体检安排，需要您本人同意：只记是否预约、是否已检，供组织人事部门安排；"
    "体检结果不会询问，也不会保存。您同意登记吗？"
)
PRIVATE = "好的，不登记，也不再提醒您体检。您的单位不会从这里得知。"
NO_DAYS = "目前没有可约的时间，请联系组织人事部门。"
CHOOSE_DAY = "请选择体检的时间："
BOOKED = "已登记：{month}月{day}日，{place}。前一个工作日会再提醒您。"
DECLINED = "已记下。有新的时间安排时，请在“我的提醒”中选择。"
NOT_YOURS = "没有这条提醒，或它已经不适用于您。"


def service(turn: Turn) -> Reminders:
    """The process's reminders."""
    return turn.app.reminders()


def _neutral(text: str, *buttons: Button) -> Outcome:
    return Outcome((Reply(text, "status", buttons=buttons),))


def _status(text: str, *buttons: Button) -> Outcome:
    return Outcome((Reply(text, "status", buttons=buttons, sensitive=True),))


def _guarded(turn: Turn, work: Callable[[], Outcome]) -> Outcome:
    """What is refused or not theirs is said in one line."""
    try:
        with turn.connection.begin_nested():
            return work()
    except Refused as refusal:
        return _status(str(refusal))
    except NotFound as missing:
        return _status(str(missing) or NOT_YOURS)


# -- the list


def show(turn: Turn, _argument: str = "") -> Outcome:
    """What is open for this person; for a leader the talks they owe, for HR what is left over."""
    reminders = service(turn)
    items = reminders.mine(turn.connection, turn.person)
    closed = [kind for kind in reminders.closed(turn.connection, turn.person) if kind in wording.KIND_TITLES]
    said = (_own(items), _fixed(turn), _talks(turn, reminders), _for_hr(turn, reminders), _closed(closed))
    parts = [part for part in said if part]
    found = [Button(_short(number, item), f"remind:open:{item.occurrence.id}") for number, item in _numbered(items)]
    found += [Button(f"打开{wording.KIND_TITLES[kind]}提醒", f"remind:on:{kind}") for kind in closed]
    if not parts:
        return Outcome((Reply(replies.REMINDERS_NONE, "status"),))
    neutral = (
        len(parts) == 1
        and bool(items)
        and not closed
        and all(item.occurrence.kind in wording.NEUTRAL for item in items)
    )
    reply = Reply("\n".join(parts), "status", buttons=tuple(found), sensitive=not neutral)
    return Outcome((reply,))


def _numbered(items: list[Item]) -> list[tuple[int, Item]]:
    return list(enumerate(items[:MOST], start=1))


def _short(number: int, item: Item) -> str:
    return f"{number} {item.line.partition('：')[0].partition('，')[0]}"[:10]


def _own(items: list[Item]) -> str:
    if not items:
        return ""
    lines = [f"{number}. {item.line}" for number, item in _numbered(items)]
    more = f"另有 {len(items) - MOST} 项，办结前面的以后显示。" if len(items) > MOST else ""
    return "\n".join((f"您有 {len(items)} 项提醒：", *lines, *([more] if more else [])))


def _fixed(turn: Turn) -> str:
    """Talks whose time is fixed, on either side; the occasion is never said."""
    found = Talks(turn.app.desk).fixed_with(turn.connection, turn.person)
    lines = [
        f"{when(talk.starts_at)}{where(talk.place)}" + (f"，与{name}" if name else "")
        for talk, name in found[: MOST * 2]
        if talk.starts_at is not None
    ]
    return "\n".join((FIXED, *lines)) if lines else ""


def _closed(kinds: list[str]) -> str:
    return CLOSED.format(kinds="、".join(wording.KIND_TITLES[kind] for kind in kinds)) if kinds else ""


def _talks(turn: Turn, reminders: Reminders) -> str:
    owed = reminders.owed(turn.connection, turn.person)
    lines = [_talk(talk) for talk in owed[: MOST * 2]]
    return "\n".join((OWED, *lines)) if lines else ""


def _talk(talk: Talked) -> str:
    return f"{talk.state}：{talk.name}，{talk.title}，{wording.shown(talk.due_on)}"


def _for_hr(turn: Turn, reminders: Reminders) -> str:
    if "hr" not in turn.person.roles:
        return ""
    left = reminders.hr_list(turn.connection, turn.person)
    names = reminders.names(turn.connection, {item.userid for item, _ in left})
    lines = [
        f"{reminders.title(item)}：{names.get(item.userid, '文件')}，{reason}" for item, reason in left[: MOST * 2]
    ]
    parts = ["\n".join((HR_LIST, *lines))] if lines else []
    hidden = [event for event in reminders.events(turn.connection, turn.person) if not event.announced]
    if hidden:
        names = reminders.names(turn.connection, {event.userid for event in hidden})
        told = [f"{EVENTS.get(one.event, '')}：{names.get(one.userid, '')}，{wording.shown(one.on)}" for one in hidden]
        parts.append("\n".join((HIDDEN, *told[: MOST * 2])))
    return "\n".join(parts)


# -- one reminder


def _open(turn: Turn, rest: str) -> Outcome:
    wanted = _number(rest)
    for item in service(turn).mine(turn.connection, turn.person):
        if item.occurrence.id == wanted:
            clause = (item.occurrence.policy, item.occurrence.clause)
            return Outcome((Reply(item.text, "status", (clause,), buttons=item.buttons, sensitive=_sensitive(item)),))
    return _status(NOT_YOURS)


def _sensitive(item: Item) -> bool:
    return item.occurrence.kind not in wording.NEUTRAL


def _done(turn: Turn, rest: str) -> Outcome:
    reminders, wanted = service(turn), _number(rest)
    if reminders.kind_of(turn.connection, wanted) == "health_check":
        agreed = reminders.agreed(turn.connection, turn.person, "health_check")
        if not agreed:
            return _ask_consent(wanted, "done")
    complete = reminders.done(turn.connection, wanted, turn.person)
    return _neutral(DONE if complete else WAITING)


def _not_held(turn: Turn, rest: str) -> Outcome:
    service(turn).not_held(turn.connection, _number(rest), turn.person)
    return _status(NOT_HELD)


def _later(turn: Turn, rest: str) -> Outcome:
    raw, _, days = rest.partition(":")
    if not days:
        return _neutral(LATER, *wording.later_buttons(_number(raw)))
    until = service(turn).later(turn.connection, _number(raw), turn.person, _number(days))
    return _neutral(PUT_OFF.format(day=wording.shown(until.date())))


def _time(turn: Turn, rest: str) -> Outcome:
    """约时间: the arranged talk's own dialogue takes over."""
    from actions.route import run  # the routes know every topic, this one too

    ref = service(turn).arrange(turn.connection, _number(rest), turn.person)
    return run(turn, f"talk:time:{ref}")


def _question(turn: Turn, _rest: str) -> Outcome:
    contact = turn.org.contact("organization")
    line = f"{CONTACT_LABELS['organization']}：{contact.line()}" if contact else replies.NO_CONTACT
    return Outcome((Reply(ASK.format(contact=line), "handover"),))


def _off(turn: Turn, kind: str) -> Outcome:
    service(turn).off(turn.connection, turn.person, kind)
    return _neutral(OFF, Button("重新打开", f"remind:on:{kind}"))


def _on(turn: Turn, kind: str) -> Outcome:
    service(turn).on(turn.connection, turn.person, kind)
    return _neutral(ON)


_MOVES: Mapping[str, Command] = {
    "open": _open, "done": _done, "not": _not_held, "later": _later, "time": _time, "ask": _question, "off": _off,
    "on": _on,
}  # fmt: skip


def _remind(turn: Turn, argument: str) -> Outcome:
    """remind:<move>:<id or kind>."""
    move, _, rest = argument.partition(":")
    handler = _MOVES.get(move)
    return _guarded(turn, lambda: handler(turn, rest)) if handler else show(turn)


# -- health checks


def _ask_consent(reminder_id: int, then: str) -> Outcome:
    yes, no = f"health:agree:{reminder_id}:{then}", f"health:private:{reminder_id}"
    return _status(CONSENT, Button("同意登记", yes), Button("不要告诉我的单位", no))


def _days(turn: Turn, rest: str) -> Outcome:
    reminders = service(turn)
    if not reminders.agreed(turn.connection, turn.person, "health_check"):
        return _ask_consent(_number(rest), "days")
    cipher = turn.app.mailbox.cipher
    offered = health.days_for(turn.connection, turn.person, reminders.today())
    if not offered:
        return _status(NO_DAYS)
    lines = [f"{row.on.month}月{row.on.day}日，{health.place_of(cipher, row)}" for row in offered]
    found = [Button(f"{row.on.month}月{row.on.day}日", f"health:book:{row.id}:{_number(rest)}") for row in offered]
    decline = Button("都不方便", f"health:decline:{_number(rest)}")
    return _status("\n".join((CHOOSE_DAY, *lines)), *found, decline)


def _agree(turn: Turn, rest: str) -> Outcome:
    raw, _, then = rest.partition(":")
    service(turn).agree(turn.connection, turn.person, "health_check", True)
    return _done(turn, raw) if then == "done" else _days(turn, raw)


def _private(turn: Turn, _rest: str) -> Outcome:
    service(turn).agree(turn.connection, turn.person, "health_check", False)
    return _status(PRIVATE)


def _book(turn: Turn, rest: str) -> Outcome:
    batch, _, reminder = rest.partition(":")
    reminders = service(turn)
    if not reminders.agreed(turn.connection, turn.person, "health_check"):
        return _ask_consent(_number(reminder), "days")
    on, place = health.book(turn.connection, turn.app.mailbox, turn.person, _number(batch))
    reminders.booked(turn.connection, _number(reminder), turn.person, on)
    return _status(BOOKED.format(month=on.month, day=on.day, place=place))


def _decline(turn: Turn, _rest: str) -> Outcome:
    if service(turn).agreed(turn.connection, turn.person, "health_check"):
        health.decline(turn.connection, turn.app.mailbox, turn.person)
    return _status(DECLINED)


_HEALTH_MOVES: Mapping[str, Command] = {
    "days": _days, "agree": _agree, "private": _private, "book": _book, "decline": _decline,
}  # fmt: skip


def _health(turn: Turn, argument: str) -> Outcome:
    """health:<move>:<ids>."""
    move, _, rest = argument.partition(":")
    handler = _HEALTH_MOVES.get(move)
    return _guarded(turn, lambda: handler(turn, rest)) if handler else show(turn)


def _number(raw: str) -> int:
    plain = raw.partition(":")[0]
    return int(plain) if plain.isascii() and plain.isdigit() and len(plain) <= 12 else 0


COMMANDS: Mapping[str, Command] = {"reminders": show, "remind": _remind, "health": _health}
INTENTS: Mapping[str, Simple] = {"my_reminders": show}
PENDING: Mapping[str, Pending] = {}
