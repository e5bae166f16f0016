"""Handing a request in: the receipt says what was stored, where it went and nothing more."""

import datetime as dt

from actions import drafting, replies, talks
from actions.turn import Outcome, Turn
from core.cases import rules
from core.cases.fields import TITLES
from core.cases.form import Draft, Kind
from core.cases.moves import ask
from core.cases.prompts import NO_APPLICATION, NOT_PROVIDED, size
from core.cases.rules import ENDED, TYPE_LABEL, Case
from core.cases.service import Submitted
from core.cases.views import mine
from core.errors import NotFound, Refused
from core.messages.rules import Context, Reply
from core.people import store as people

_RECEIPT = "{title}已提交，编号 {number}。"
_REPEATED = "{title} {number} 之前已经提交，没有重复提交。"
_EVIDENCE = "证据材料 {count} 份："
_NO_EVIDENCE = "没有附证据材料。"
_TALK_WAITS = "收到答复前，谈心还没有约定。"
_LATER = "有新进展会在这里提醒您。要看进度、补充材料或撤回，请发“我的申请”。"
_NOTHING = "没有等待提交的申请。"
_CADRE_GONE = "这位干部已经不在名单中，没有提交；已填写的内容仍然保留。"
_AGAIN = dt.timedelta(days=1)


def submit(turn: Turn, draft: Draft) -> Outcome:
    """Make a case of the draft. The receipt exists only together with the stored case."""
    row = drafting.save(turn, draft)
    try:
        done = talks.addressed(turn, _hand_in(turn, draft, row))
    except (Refused, NotFound) as error:
        step = ask(draft, str(error))
        drafting.save(turn, step.draft)
        return Outcome(step.replies)
    return Outcome((_receipt(draft.type, draft.org, done),), Context(turn.context.topic, turn.context.clause))


def _hand_in(turn: Turn, draft: Draft, row: rules.Draft) -> Submitted:
    """One's own request, or the one a party organisation files for its cadre. Raises Refused, NotFound."""
    if not draft.behalf:
        return turn.app.desk.submit(turn.connection, turn.person, row)
    cadre = people.by_userid(turn.connection, draft.behalf)
    if cadre is None:
        raise Refused(_CADRE_GONE)
    return turn.app.desk.submit(turn.connection, cadre, row, filed_by=turn.person)


def _receipt(kind: Kind, org: str, done: Submitted) -> Reply:
    case = done.case
    first = _REPEATED if done.repeated else _RECEIPT
    lines = [first.format(title=TITLES[kind], number=case.number), done.route.said()]
    if kind is not Kind.TALK and org in NOT_PROVIDED[kind]:
        lines.append(NO_APPLICATION.partition("；")[0] + "，已记录您的诉求并转交。")
    if kind is Kind.TALK:
        lines.append(_TALK_WAITS)
    elif done.evidence:
        lines.append(_EVIDENCE.format(count=len(done.evidence)))
        lines += [
            f"{place}. {one.name}，{size(one.bytes)}，SHA-256 指纹 {one.sha256}"
            for place, one in enumerate(done.evidence, 1)
        ]
    else:
        lines.append(_NO_EVIDENCE)
    citations = (done.route.clause,) if done.route.clause else ()
    buttons = replies.buttons((("我的申请", "cases"), ("菜单", "menu")))
    return Reply("\n".join([*lines, _LATER]), "receipt", citations, buttons=buttons)


def again(turn: Turn) -> Outcome:
    """提交 after the form is gone: say which case there is instead of making a second one."""
    case = _latest(turn)
    if case is None:
        return Outcome((replies.menu(_NOTHING),))
    text = _REPEATED.format(title=TYPE_LABEL[case.type], number=case.number)
    return Outcome((Reply(text, "receipt", buttons=replies.buttons((("我的申请", "cases"), ("菜单", "menu")))),))


def _latest(turn: Turn) -> Case | None:
    """The person's newest open case of the last day."""
    now = turn.app.clock.now()
    cases = [case for case, _ in mine(turn.connection, turn.person) if case.status not in ENDED]
    newest = max(cases, key=lambda case: case.submitted_at, default=None)
    return newest if newest and now - newest.submitted_at < _AGAIN else None
