"""结婚, 生育, 住院, 家人去世, 困难 told in chat: consent for each, no reason asked, nothing kept without a yes."""

import re
from collections.abc import Mapping
from dataclasses import replace

from actions import replies
from actions.answer import ask
from actions.turn import Command, Outcome, Pending, Simple, Turn
from core.cases.questions import asks, clauses
from core.errors import NotFound, Refused
from core.life import rules
from core.life.rules import LABEL, Event
from core.life.service import Life
from core.messages.rules import Button, Context, Reply
from core.policies.rules import citation

_GREETING = {
    Event.MARRIAGE: "祝福您。",
    Event.BIRTH: "为您和家人高兴。",
    Event.HOSPITAL: "请先安心治疗，愿您早日康复。",
    Event.BEREAVEMENT: "请节哀，多保重身体。",
    Event.HARDSHIP: "您辛苦了。",
}
_ASK = "您单位文件写有这方面的关心慰问。要把“{label}”这件事告诉单位吗？原因和细节不用说，只有安排慰问的人员会知道。"
_ASK_HARDSHIP = (
    "您单位文件写有对困难干部的关心帮扶。要告诉单位您家里有实际困难吗？原因和细节不用说，只有负责的人员会知道。"
)
_SILENT = "您单位文件没有写这类情况的走访慰问，我没有记录，也没有告诉任何人。需要帮助时可以联系："
_WHICH = "您说的是哪一种情况？不想说也可以，我不会记录。"
_TOLD = "已记下，会提醒负责的人员安排，并请其保密。"
_NOT_TOLD = "好的，我没有记录，也没有告诉任何人。"
_TAKEN_BACK = "已撤回，之后不会再提醒单位。已经发出的提醒撤不回来。"
_GONE = "这一条已经不在了。"
_OTHERS = "这里只记录您本人的情况，其他人的请由其本人告诉我。我没有记录。"
_YES, _NO = "可以", "不要告诉我的单位"
_SHORT = 14
_DENIED = re.compile(r"不|别|算了|免了|甭|莫|没必要|保密")
_AGREED = re.compile(
    r"(?:嗯+|恩|好+的?|行吧?|可以的?|同意|是的?|要的?|告诉吧?|说吧|说一声吧?|可以告诉(?:单位)?|没问题|OK|ok|成)+[了吧啊呀]?"
)

_DESPAIR = re.compile(r"想死|不想活|跳楼|跳河|轻生|自杀|一了百了|活着没意思|不如死|死了算|活不下去|寻短见")
"""Whatever else such words tell, care comes first (design 3, the four dangerous messages)."""


def life(turn: Turn) -> Life:
    """Life events over the turn's desk."""
    return Life(turn.app.desk, turn.app.reminders())


def mentioned(turn: Turn) -> Outcome:
    """The cadre tells of something. What is asked beside it is answered first."""
    text = turn.call.text
    if _DESPAIR.search(text):
        return despair(turn)
    question = any(asks(part) for part in clauses(text))
    if rules.of_others(text):
        return ask(turn) if question else Outcome((Reply(_OTHERS, "chat"),))
    found = rules.events_in(text)
    if question and (not found or _general(text)):
        return ask(turn)
    if not found:
        return Outcome((_which(),))
    offered = _offer(turn, found)
    if not question:
        return offered
    answered = ask(turn)
    first = tuple(replace(one, buttons=()) for one in answered.said)
    said = offered.said if _consents(offered) else ()
    return Outcome((*first, *said), offered.context) if said else answered


def despair(turn: Turn) -> Outcome:
    """The fixed reply to distress; nothing of the event is taken up."""
    choices = replies.buttons((("需要", "care"), ("暂时不用", "menu")))
    return Outcome((Reply(replies.DISTRESS, "handover", buttons=choices),))


def _general(text: str) -> bool:
    """Whether a question is about the rule and tells of nobody: 结婚有没有慰问."""
    return not any(word in text for word in ("我", "俺", "咱", "了", "本人"))


def _consents(outcome: Outcome) -> bool:
    return any(button.payload.startswith("life:yes") for one in outcome.said for button in one.buttons)


def _which() -> Reply:
    pairs = [Button(LABEL[event], f"life:is:{event}") for event in Event]
    return Reply(_WHICH, "clarify", buttons=(*pairs, Button("不说了", "life:no:")), sensitive=True)


def _offer(turn: Turn, events: list[Event]) -> Outcome:
    """Ask consent for the first that the organisation's documents know; the others follow one by one."""
    known = [event for event in events if life(turn).clause_for(turn.connection, turn.org.id, event)]
    greeting = _GREETING[events[0]]
    if not known:
        text = f"{greeting}\n{_SILENT}\n{replies.contacts(turn.org, 'union', 'organization')}"
        return Outcome((Reply(text, "handover", sensitive=True),))
    return _asking(turn, known, _consent(turn, known[0], known[1:], greeting))


def _asking(turn: Turn, events: list[Event], *said: Reply) -> Outcome:
    """A yes or no in words is for this question too."""
    pending = {"dialogue": "life", "events": ",".join(events)}
    return Outcome(said, Context(turn.context.topic, turn.context.clause, (), pending))


def _words(turn: Turn) -> Outcome | None:
    """可以, 别说 and their like; anything else goes its usual way."""
    text = turn.call.text.strip(" 。.，,!！~")
    if turn.call.kind != "text" or len(text) > _SHORT or asks(text):
        return None
    events = str(turn.context.pending.get("events", ""))
    if _DENIED.search(text):
        return _command(turn, f"no:{events}")
    return _command(turn, f"yes:{events}") if _AGREED.fullmatch(text) else None


def _consent(turn: Turn, event: Event, rest: list[Event], *lines: str) -> Reply:
    clause = life(turn).clause_for(turn.connection, turn.org.id, event)
    assert clause is not None
    policy = turn.app.desk.documents(turn.connection)[clause[0]]
    question = _ASK_HARDSHIP if event is Event.HARDSHIP else _ASK.format(label=LABEL[event])
    basis = f"依据：{citation(policy, clause[1])}"
    tail = ",".join([event, *rest])
    buttons = (Button(_YES, f"life:yes:{tail}"), Button(_NO, f"life:no:{tail}"))
    text = "\n".join([*lines, question, basis])
    return Reply(text, "clarify", (clause,), asking="consent", buttons=buttons, sensitive=True)


def _command(turn: Turn, argument: str) -> Outcome:
    """life:<is|yes|no|undo>:<events or id>."""
    move, _, rest = argument.partition(":")
    if move == "undo":
        return _undo(turn, rest)
    events = [Event(one) for one in rest.split(",") if one in set(Event)]
    if move == "is" and events:
        return _offer(turn, events)
    if move == "yes" and events:
        return _next(turn, events[1:], _tell(turn, events[0]))
    return _next(turn, events[1:], Reply(_NOT_TOLD, "chat", sensitive=True))


def _tell(turn: Turn, event: Event) -> Reply:
    try:
        event_id = life(turn).tell(turn.connection, turn.person, event)
    except (Refused, NotFound) as error:
        return Reply(str(error), "status", sensitive=True)
    if event_id is None:
        return Reply(_NOT_TOLD, "chat", sensitive=True)
    undo = (Button("撤回告知", f"life:undo:{event_id}"),)
    return Reply(_TOLD, "receipt", buttons=undo, sensitive=True)


def _next(turn: Turn, rest: list[Event], said: Reply) -> Outcome:
    """The next item has a consent of its own; its numbers must not mix with the last one's."""
    after = Context(turn.context.topic, turn.context.clause)
    if not rest:
        return Outcome((said,), after)
    return _asking(turn, rest, replace(said, buttons=()), _consent(turn, rest[0], rest[1:]))


def _undo(turn: Turn, argument: str) -> Outcome:
    try:
        life(turn).take_back(turn.connection, turn.person, int(argument) if argument.isdigit() else 0)
    except NotFound:
        return Outcome((Reply(_GONE, "status", sensitive=True),))
    return Outcome((Reply(_TAKEN_BACK, "receipt", sensitive=True),))


COMMANDS: Mapping[str, Command] = {"life": _command}
INTENTS: Mapping[str, Simple] = {"life_event": mentioned}
PENDING: Mapping[str, Pending] = {"life": _words}
