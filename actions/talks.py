"""Talks by chat: the leader's answer, the cadre's, time and place in words, both confirmations (design 4 and 5)."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from actions import replies, talk_pages, talk_words
from actions.answer import ask as answer
from actions.turn import Command, Outcome, Pending, Simple, Turn
from core.cases.rules import Type
from core.cases.service import Submitted
from core.errors import NotFound, Refused
from core.messages.rules import Context, Reply
from core.people import store as people
from core.talks import rules
from core.talks.service import Talks, View

NOT_THERE = "没有查到。"
ASK_PLACE = "地点在哪里？例如：行政楼301。"
_ASKS = {
    "time": "请写明时间和地点，例如：下周二下午3点，行政楼301。要写到几点。",
    "propose": "请写明您方便的时间，要写到几点，例如：下周二下午3点，行政楼301。对方同意后才算约定。",
    "counter": "请写明您方便的时间，例如：下周三下午。对方同意后才算约定。",
    "decline": "请用一句话写明理由，预约人会看到。",
    "withdraw": "请用一句话写明撤回的理由；不想说明，回复“不说明”。",
}  # fmt: skip
_LEAVE = "不办了，回复“取消”。"
_FIXED = "已约定：{when}{where}。对方会收到通知。"
_OFFERED = "已把 {when}{where} 转给预约人。对方同意后才算约定。"
_ARRANGED = "已定：{when}{where}。已通知本人，通知里不写谈话事由。"
_DONE = {
    "decline": "已回复预约人。", "withdraw": "已撤回这次预约。",
    "counter": "已把您希望的时间转给对方。对方同意后才算约定。",
}  # fmt: skip
_PASSED_ON = "已转给{name}。"
_SAID = {True: "已记下：已谈。", False: "已记下：未谈。"}
_BOTH_SAID = "双方都已确认，这次谈话已完成。"
_REMINDER_SAID = "这次谈话提醒已完成。"
_TIMED = ("time", "propose", "counter")
Move = Callable[[Turn, str], Outcome]


def service(turn: Turn) -> Talks:
    """Talks over the turn's desk."""
    return Talks(turn.app.desk)


def show(turn: Turn, ref: str) -> Outcome:
    """A talk as the person's side may see it."""
    return _guarded(turn, lambda: _page(turn, service(turn).look(turn.connection, ref, turn.person)))


def _page(turn: Turn, view: View) -> Outcome:
    return Outcome((talk_pages.page(turn, view),), _idle(turn))


def _idle(turn: Turn) -> Context:
    return Context(turn.context.topic, turn.context.clause)


def _guarded(turn: Turn, work: Callable[[], Outcome]) -> Outcome:
    """What is refused is said; the refusal is audited on the same transaction."""
    try:
        outcome = work()
        return replace(outcome, said=tuple(replace(one, sensitive=True) for one in outcome.said))
    except NotFound:
        return Outcome((Reply(NOT_THERE, "status"),), _idle(turn))
    except Refused as error:
        return Outcome((Reply(str(error), "status", buttons=replies.buttons((("菜单", "menu"),))),), _idle(turn))


def _ask(turn: Turn, what: str, ref: str, *lines: str) -> Outcome:
    """A question that expects words; they come back to `_words`."""
    text = "\n".join([*lines, f"{_ASKS[what]}{_LEAVE}"])
    pending = {"dialogue": "talk", "what": what, "ref": ref}
    return Outcome(
        (Reply(text, "ask", asking=what),), Context(turn.context.topic, turn.context.clause, (), pending)
    )  # fmt: skip


def _again(turn: Turn, *lines: str) -> Outcome:
    pending = turn.context.pending
    return _ask(turn, str(pending["what"]), str(pending["ref"]), *lines)


def addressed(turn: Turn, done: Submitted) -> Submitted:
    """A talk asked for by right goes to the member it names, and the receipt says so."""
    if done.case.type != Type.TALK:
        return done
    where = service(turn).received_as(turn.connection, done.case.number)
    leader = people.by_userid(turn.connection, where.leader) if where.leader else None
    if leader is None:
        return done
    return replace(done, route=replace(done.route, name=leader.name, phone="", clause=where.by_right))


# -- buttons


def _yes(turn: Turn, ref: str) -> Outcome:
    """同意: an exact time that the cadre wished is fixed, anything vaguer needs the hour."""
    view = service(turn).look(turn.connection, ref, turn.person)
    start = rules.exact(view.wish)
    if view.side != "leader" or start is None or turn.app.clock.local().replace(tzinfo=None) >= start:
        wish = f"希望时间：{view.wish_text}。" if view.wish_text else "预约人没有写希望的时间。"
        return _ask(turn, "time", view.talk.ref, wish)
    return _answer(turn, ref, talk_words.Told(start))


def _answer(turn: Turn, ref: str, told: talk_words.Told) -> Outcome:
    assert told.start is not None
    fixed = service(turn).answer_time(turn.connection, ref, turn.person, told.start, told.place)
    text = (_FIXED if fixed else _OFFERED).format(when=rules.spoken(told.start), where=talk_pages.where(told.place))
    return Outcome((Reply(text, "receipt", buttons=talk_pages.only_open(ref)),), _idle(turn))


def _agree(turn: Turn, ref: str) -> Outcome:
    talk = service(turn).agree(turn.connection, ref, turn.person)
    assert talk.starts_at is not None
    text = _FIXED.format(when=talk_pages.when(talk.starts_at), where=talk_pages.where(talk.place))
    return Outcome((Reply(text, "receipt", buttons=talk_pages.only_open(ref)),), _idle(turn))


def _pass_on(turn: Turn, ref: str) -> Outcome:
    name = service(turn).pass_on(turn.connection, ref, turn.person)
    return Outcome((Reply(_PASSED_ON.format(name=name), "receipt"),), _idle(turn))


def _said(held: bool) -> Move:
    def handle(turn: Turn, ref: str) -> Outcome:
        talk = service(turn).said(turn.connection, ref, turn.person, held)
        lines = [_SAID[held]]
        if talk.state == rules.State.HELD:
            lines.append(_REMINDER_SAID if talk.kind == rules.Kind.REMINDER else _BOTH_SAID)
        buttons = () if talk.state == rules.State.HELD else talk_pages.only_open(ref)
        return Outcome((Reply("\n".join(lines), "receipt", buttons=buttons),), _idle(turn))

    return handle


def _asks(what: str) -> Move:
    """Ask for words, but only whoever has a part in the talk."""

    def handle(turn: Turn, ref: str) -> Outcome:
        view = service(turn).look(turn.connection, ref, turn.person)
        return _ask(turn, what, view.talk.ref)

    return handle


def _show(turn: Turn, ref: str) -> Outcome:
    return _page(turn, service(turn).look(turn.connection, ref, turn.person))


_MOVES: Mapping[str, Move] = {
    "open": _show, "yes": _yes, "agree": _agree, "pass": _pass_on, "held": _said(True), "unheld": _said(False),
    "time": _asks("time"), "propose": _asks("propose"), "counter": _asks("counter"), "decline": _asks("decline"),
    "withdraw": _asks("withdraw"),
}  # fmt: skip


def _command(turn: Turn, argument: str) -> Outcome:
    """talk:<move>:<reference>."""
    name, _, ref = argument.partition(":")
    move = _MOVES.get(name, _show)
    return _guarded(turn, lambda: move(turn, ref))


def _owed(turn: Turn, _argument: str) -> Outcome:
    """The talks a leader has to hold: states and days, no content."""
    return Outcome((talk_pages.owed(service(turn).owed(turn.connection, turn.person.userid)),), _idle(turn))


# -- words


def _words(turn: Turn) -> Outcome | None:
    """Take the words that were asked for; a question or another command is left to the routes."""
    pending = turn.context.pending
    what, ref = str(pending.get("what", "")), str(pending.get("ref", ""))
    if turn.call.kind != "text" or what not in _ASKS:
        return None
    if talk_words.leaves(turn.call.text):
        return Outcome((Reply(talk_words.LEFT, "status", buttons=talk_pages.only_open(ref)),), _idle(turn))
    if talk_words.question(turn, timed=what in _TIMED):
        return _aside(turn, what, ref)
    if what in _TIMED and talk_words.command(turn):
        return None
    if what in ("decline", "withdraw"):
        return _guarded(turn, lambda: _reason(turn, what, ref))
    if what == "counter":
        return _guarded(turn, lambda: _counter(turn, ref))
    return _guarded(turn, lambda: _time(turn, ref))


def _aside(turn: Turn, what: str, ref: str) -> Outcome:
    """A question in the middle: its answer first, then ours once more. The answer's choices would take our numbers."""
    answered = answer(turn)
    asked = _ask(turn, what, ref)
    said = (*(replace(one, buttons=()) for one in answered.said), *asked.said)
    after = answered.context or turn.context
    pending = asked.context.pending if asked.context else {}
    return Outcome(said, Context(after.topic, after.clause, (), pending))


def _reason(turn: Turn, what: str, ref: str) -> Outcome:
    words = turn.call.text.strip()
    getattr(service(turn), what)(turn.connection, ref, turn.person, words)
    return Outcome((Reply(_DONE[what], "receipt"),), _idle(turn))


def _counter(turn: Turn, ref: str) -> Outcome:
    words = turn.call.text.strip()
    value = talk_words.wish(words, turn.app.clock.today())
    service(turn).counter(turn.connection, ref, turn.person, value, words)
    return Outcome((Reply(_DONE["counter"], "receipt"),), _idle(turn))


def _time(turn: Turn, ref: str) -> Outcome:
    """Time and place, in one message or after one another; both ways for talks asked for and arranged ones."""
    view = service(turn).look(turn.connection, ref, turn.person)
    told = talk_words.time_and_place(turn.call.text, turn.app.clock.today(), str(turn.context.pending.get("start", "")))
    if told.start is None:
        return _again(turn, told.problem)
    if view.talk.kind != rules.Kind.ARRANGED:
        return _answer(turn, ref, told)
    if not told.place:
        pending = {**turn.context.pending, "start": told.start.isoformat()}
        asked = Reply(f"时间：{rules.spoken(told.start)}。{ASK_PLACE}{_LEAVE}", "ask", asking="place")
        return Outcome((asked,), Context(turn.context.topic, turn.context.clause, (), pending))
    talk = service(turn).fix(turn.connection, ref, turn.person, told.start, told.place)
    text = _ARRANGED.format(when=rules.spoken(told.start), where=talk_pages.where(talk.place))
    return Outcome((Reply(text, "receipt", buttons=talk_pages.only_open(ref)),), _idle(turn))


COMMANDS: Mapping[str, Command] = {"talk": _command, "talks_owed": _owed}
INTENTS: Mapping[str, Simple] = {}
PENDING: Mapping[str, Pending] = {"talk": _words}
