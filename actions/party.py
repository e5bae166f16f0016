"""The second-level party organisation: files for its cadre, adds its opinion (sdju 第十二条(一))."""

import re
from collections.abc import Mapping
from dataclasses import replace

from actions import drafting, replies
from actions.turn import Command, Outcome, Pending, Simple, Turn
from core.cases import cues, dates, filing
from core.cases.form import Kind, Said
from core.cases.rules import PARTY_TAG, Role
from core.errors import NotFound, Refused
from core.messages.rules import Button, Context, Reply
from core.people import store as people
from core.people.rules import Person

_POLICY = "sdju"
_CLAUSE = ((_POLICY, "第十二条(一)"),)
HINT = "要代本党组织的干部提交（第十二条(一)），请回复“取消”后再发“代干部申请容错”。"
_FOR_OTHERS = re.compile(r"(?:代|替|帮|给|为)(?!我|自己|本人)(?:我们|咱们?|本)?.{0,12}?(?:申请|提交|申报|报).{0,6}容错")
_ASK_WHO = "请写干部的姓名。只能代本党组织的干部提交；不提交了，回复“取消”。"
_NOBODY = "本党组织的名单里没有这位干部，请核对姓名。不提交了，回复“取消”。"
_SEVERAL = "有同名的干部，请选择。"
_FOR = "代{name}（{department}）填写，请以干部本人的情况为准。"
_LEFT = "好的，没有开始填写。"
_MAY_GIVE = "{number} 是本党组织干部的容错申请。您可以代表二级党组织出具意见，内容由办理部门参考。"
_ASK_OPINION = "请写二级党组织对 {number} 的意见。不写了，回复“取消”。"
_OPINION_DONE = "意见已交办理部门，干部本人会收到有新进展的提示。"


def may_file(turn: Turn) -> bool:
    """Whether the person acts for a second-level party organisation whose document gives it a part."""
    person = turn.person
    return PARTY_TAG in person.tags and bool(person.party_org) and turn.app.desk.policy(person.org) == _POLICY


def meant(turn: Turn) -> bool:
    """Whether the words ask to file for a cadre of the party organisation."""
    return may_file(turn) and bool(_FOR_OTHERS.search(turn.call.text))


def begin(turn: Turn) -> Outcome:
    """Ask for whom, or start when the words name one of its cadres."""
    named = [one for one in _members(turn) if one.name and one.name in turn.call.text]
    return _start(turn, named[0]) if len(named) == 1 else _ask(turn, _ASK_WHO)


def _ask(turn: Turn, text: str) -> Outcome:
    context = Context(turn.context.topic, turn.context.clause, (), {"dialogue": "party.who"})
    return Outcome((Reply(text, "ask"),), context)


def _named(turn: Turn) -> Outcome | None:
    """The cadre's name, typed."""
    words = turn.call.text.strip()
    if cues.command(words, None) in ("cancel", "pause", "back"):
        return Outcome((Reply(_LEFT, "status"),), Context())
    if len(words) > 30:
        return None
    found = [one for one in _members(turn) if words in (one.name, one.userid)]
    if not found:
        return _ask(turn, _NOBODY)
    if len(found) > 1:
        buttons = tuple(Button(f"{one.name} {one.department}"[:10], f"party:for:{one.userid}") for one in found[:6])
        return Outcome((Reply(_SEVERAL, "clarify", buttons=buttons),), Context())
    return _start(turn, found[0])


def _members(turn: Turn) -> list[Person]:
    own = turn.person
    members = people.of_org(turn.connection, own.org)
    return [one for one in members if one.party_org == own.party_org and one.userid != own.userid]


def _start(turn: Turn, cadre: Person) -> Outcome:
    said = Said()
    step = filing.start(Kind.TOLERANCE, turn.org.id, said, turn.app.clock.today(), dates, turn.org.intake)
    draft = replace(step.draft, behalf=cadre.userid)
    drafting.save(turn, draft)
    line = _FOR.format(name=cadre.name, department=cadre.department)
    first = replace(step.replies[0], text=f"{line}\n{step.replies[0].text}")
    return Outcome((first, *step.replies[1:]), Context())


def _command(turn: Turn, argument: str) -> Outcome:
    name, _, value = argument.partition(":")
    if not may_file(turn):
        return Outcome((replies.menu(replies.GREETING),))
    if name == "for":
        cadre = next((one for one in _members(turn) if one.userid == value), None)
        return _start(turn, cadre) if cadre else _ask(turn, _NOBODY)
    if name == "opinion":
        context = Context(turn.context.topic, turn.context.clause, (), {"dialogue": "party.opinion", "number": value})
        return Outcome((Reply(_ASK_OPINION.format(number=value), "ask", _CLAUSE),), context)
    return begin(turn)


def offer(turn: Turn, number: str) -> Outcome | None:
    """What the party organisation's officer may do with its cadre's case; None for everybody else."""
    if not may_file(turn):
        return None
    try:
        case, roles = turn.app.desk.find(turn.connection, number, turn.person)
    except (NotFound, Refused):
        return None
    if Role.PARTY not in roles:
        return None
    button = Button("出具意见", f"party:opinion:{case.number}")
    return Outcome((Reply(_MAY_GIVE.format(number=case.number), "status", _CLAUSE, buttons=(button,)),))


def _opinion(turn: Turn) -> Outcome | None:
    words = turn.call.text.strip()
    if cues.command(words, None) in ("cancel", "pause", "back"):
        return Outcome((Reply(_LEFT, "status"),), Context())
    number = str(turn.context.pending.get("number", ""))
    try:
        turn.app.desk.move(turn.connection, number, "opinion", turn.person, text=words)
    except NotFound:
        return Outcome((Reply("没有查到。", "status"),))
    except Refused as error:
        return Outcome((Reply(str(error), "status"),))
    return Outcome((Reply(_OPINION_DONE, "receipt", _CLAUSE),), Context())


COMMANDS: Mapping[str, Command] = {"party": _command}
INTENTS: Mapping[str, Simple] = {}
PENDING: Mapping[str, Pending] = {"party.who": _named, "party.opinion": _opinion}
