"""谈话提醒 entered by HR after the committee's review (sdju 第七条, nq 9, ldu 二(三)): name, day and document."""

import datetime as dt
from collections.abc import Mapping

from actions import replies, talk_words
from actions.answer import ask as answer
from actions.turn import Command, Outcome, Pending, Simple, Turn
from core.cases import dates
from core.cases.questions import asks
from core.errors import NotFound, Refused
from core.messages.rules import Context, Reply
from core.people import store as people
from core.reminders.choosing import enter_reminder_talk
from core.talks.arranged import ENTERED_BY
from core.talks.service import Talks

_NOT_YOURS = "谈话提醒由组织人事部门在研判后录入。"
_ASK_NAME = "请写一名干部的姓名。研判之后才能录入；名单不排序，这里也不记录名次。不录了，回复“取消”。"
_ASK_DAY = "{name}（{department}）。请写研判的日期，例如：11月18日。"
_ASK_REFERENCE = "请写研判的会议或文件编号，例如：党委会纪要〔2026〕18号。"
_NOBODY = "花名册里没有这个姓名，请核对后再写。"
_SEVERAL = "有几名同名干部，请写账号：{who}"
_NO_DAY = "没有看懂日期，请写到哪一天；不能晚于今天。"
_DONE = "已录入，只通知分管领导{leader}，不通知其他人。"
_DIALOGUE = "reminder_talk"


def begin(turn: Turn) -> Outcome:
    """Ask for the name, where the document knows 谈话提醒 and the speaker may enter one; a question is answered."""
    if asks(turn.call.text):
        return answer(turn)
    if not set(turn.person.roles) & set(ENTERED_BY):
        return Outcome((Reply(_NOT_YOURS, "status"),))
    try:
        Talks(turn.app.desk).require_reminders(turn.connection, turn.person)
    except Refused as error:
        return Outcome((Reply(str(error), "status"),))
    return _ask(turn, _ASK_NAME, "name", {})


def _ask(turn: Turn, text: str, step: str, known: Mapping[str, str]) -> Outcome:
    pending = {"dialogue": _DIALOGUE, "step": step, "known": dict(known)}
    reply = Reply(text, "ask", asking=step, sensitive=True)
    return Outcome((reply,), Context(turn.context.topic, turn.context.clause, (), pending))


def _words(turn: Turn) -> Outcome | None:
    step, known = str(turn.context.pending.get("step", "")), turn.context.pending.get("known")
    if turn.call.kind != "text" or not isinstance(known, dict):
        return None
    text = turn.call.text.strip()
    if talk_words.leaves(text):
        return Outcome((Reply(talk_words.LEFT, "status"),), Context(turn.context.topic, turn.context.clause))
    if talk_words.question(turn, timed=step == "day"):
        return None
    return _STEPS[step](turn, text, known) if step in _STEPS else None


def _name(turn: Turn, text: str, known: Mapping[str, str]) -> Outcome:
    members = people.of_org(turn.connection, turn.org.id)
    found = [one for one in members if one.name == text or one.userid.casefold() == text.casefold()]
    found = found or [one for one in members if one.name and one.name in text]
    if len(found) != 1:
        who = "、".join(f"{one.userid}（{one.department}）" for one in found)
        return _ask(turn, _SEVERAL.format(who=who) if found else _NOBODY, "name", known)
    text = _ASK_DAY.format(name=found[0].name, department=found[0].department)
    return _ask(turn, text, "day", {"userid": found[0].userid})


def _day(turn: Turn, text: str, known: Mapping[str, str]) -> Outcome:
    today = turn.app.clock.today()
    found = dates.parse(text, today) or dates.find(text, today)
    if found is None or found.future or len(found.value) != len("2026-11-18"):
        return _ask(turn, _NO_DAY, "day", known)
    return _ask(turn, _ASK_REFERENCE, "reference", {**known, "day": found.value})


def _reference(turn: Turn, text: str, known: Mapping[str, str]) -> Outcome:
    after = Context(turn.context.topic, turn.context.clause)
    try:
        leader = _enter(turn, known, text)
    except (Refused, NotFound) as error:
        return Outcome((Reply(str(error), "status", sensitive=True),), after)
    buttons = replies.buttons((("再录一名", "reminder_talk"), ("菜单", "menu")))
    return Outcome((Reply(_DONE.format(leader=leader), "receipt", buttons=buttons, sensitive=True),), after)


def _enter(turn: Turn, known: Mapping[str, str], reference: str) -> str:
    """Enter the name; returns the name of the leader, who is told by the reminders' own rule."""
    day = dt.date.fromisoformat(known["day"])
    reminders = turn.app.reminders()
    return enter_reminder_talk(reminders, turn.connection, turn.person, known["userid"], day, reference)


_STEPS = {"name": _name, "day": _day, "reference": _reference}
COMMANDS: Mapping[str, Command] = {"reminder_talk": lambda turn, _argument: begin(turn)}
INTENTS: Mapping[str, Simple] = {"enter_reminder_talk": begin}
PENDING: Mapping[str, Pending] = {_DIALOGUE: _words}
