"""How a talk looks to each side. The cadre never sees why an arranged one takes place, nobody what was said."""

import datetime as dt
from collections.abc import Sequence

from actions import replies
from actions.turn import Turn
from core.messages.rules import Button, Reply
from core.policies.rules import citation
from core.talks import rules
from core.talks.arranged import Owed
from core.talks.cards import open_button, when, where
from core.talks.requests import View
from core.talks.rules import Kind, State, Talk

__all__ = ["only_open", "owed", "page", "when", "where"]
_PASSED_ON = "您单位文件没有规定干部约请谈话的程序，这件预约由组织人事部门转交安排。"
_UNANNOUNCED = "此事尚未公开，请勿告知他人。"
_NO_LEADER = "花名册没有登记谈话人，请补登后指定。"
_NOBODY = "您名下没有需要安排的谈话。"
_STATUS = {
    "submitted": "等待答复", "counter_proposed": "已另提时间，等待本人答复", "accepted": "已约定",
    "declined": "未能安排", "held": "已谈", "lapsed": "已过期", "withdrawn": "已撤回",
}  # fmt: skip
_SAID = {"held": "已谈", "not_held": "未谈"}


def only_open(ref: str) -> tuple[Button, ...]:
    """The way back to the talk."""
    return (open_button(ref),)


def page(turn: Turn, view: View) -> Reply:
    """The talk with what this side can do about it now."""
    if view.talk.kind == Kind.ASKED:
        lines, moves = _asked(turn, view)
    else:
        lines, moves = _arranged(turn, view)
    citations = (view.talk.clause,) if view.talk.clause and view.side != "cadre" else ()
    buttons = tuple(Button(title, f"talk:{move}:{view.talk.ref}") for title, move in moves)
    return Reply("\n".join(line for line in lines if line), "status", citations, buttons=buttons)


Moves = list[tuple[str, str]]


def _asked(turn: Turn, view: View) -> tuple[list[str], Moves]:
    talk = view.talk
    text = {name: given.text for name, given in view.fields.items()}
    lines = [
        f"谈心预约 {talk.ref}：{_STATUS.get(view.status, '')}",
        _who(view) if view.side == "leader" else f"想约的人：{text.get('talk_with', '')}",
        f"想谈的事：{text.get('topic', '')}",
        f"希望时间：{view.wish_text}" if view.wish_text else "希望时间：没有写",
        f"想约的人：{text.get('talk_with', '')}" if view.side == "leader" and not view.talk.clause else "",
        _PASSED_ON if talk.clause is None else f"依据：{_clause(turn, talk)}",
        *_times(view),
        f"理由：{view.reason}" if view.reason else "",
    ]
    return lines, (_leader_moves if view.side == "leader" else _cadre_moves)(turn, view)


def _times(view: View) -> list[str]:
    talk = view.talk
    if talk.starts_at is not None and talk.state in (State.FIXED, State.HELD):
        return [f"约定时间：{when(talk.starts_at)}{where(talk.place)}", *_confirmed(talk)]
    if view.status == "counter_proposed" and talk.proposal:
        offered = rules.spoken(dt.datetime.fromisoformat(talk.proposal))
        return [f"另提的时间：{offered}{where(talk.proposal_place)}。您同意后才算约定。" if view.side == "cadre" else
                f"另提的时间：{offered}{where(talk.proposal_place)}，对方同意后才算约定。"]  # fmt: skip
    return []


def _confirmed(talk: Talk) -> list[str]:
    if not (talk.said_leader or talk.said_cadre):
        return []
    sides = (("谈话人", talk.said_leader), ("本人", talk.said_cadre))
    return ["确认情况：" + "，".join(f"{side}{_SAID.get(said or '', '未填写')}" for side, said in sides)]


def _over(turn: Turn, talk: Talk) -> bool:
    return talk.starts_at is not None and turn.app.clock.now() >= talk.starts_at


_HELD: Moves = [("已谈", "held"), ("未谈", "unheld")]


def _leader_moves(turn: Turn, view: View) -> Moves:
    handed = view.wished and view.wished.casefold() != view.talk.leader.casefold()
    if view.status == "submitted":
        passing: Moves = [("转给想约的人", "pass")] if handed and turn.person.userid != view.wished else []
        return [("同意", "yes"), ("另约时间", "propose"), ("婉拒", "decline"), *passing]
    if view.status == "accepted":
        return [*(_HELD if _over(turn, view.talk) else []), ("改时间", "propose"), ("取消谈话", "decline")]
    return []


def _cadre_moves(turn: Turn, view: View) -> Moves:
    if view.status == "submitted":
        return [("撤回", "withdraw")]
    if view.status == "counter_proposed":
        return [("可以", "agree"), ("不行", "counter"), ("撤回", "withdraw")]
    if view.status == "accepted":
        return [*(_HELD if _over(turn, view.talk) else []), ("改时间", "counter"), ("撤回", "withdraw")]
    return []


def _arranged(turn: Turn, view: View) -> tuple[list[str], Moves]:
    talk = view.talk
    if view.side == "cadre":
        assert talk.starts_at is not None
        fixed = f"组织安排与您谈话，时间{when(talk.starts_at)}{where(talk.place)}。"
        return [fixed, *_confirmed(talk)], (_HELD if _over(turn, talk) and talk.state == State.FIXED else [])
    reminder = talk.kind == Kind.REMINDER
    lines = [
        "谈话提醒" if reminder else f"谈话安排：{rules.shown_state(talk, turn.app.clock.today())}",
        _who(view),
        f"事由：{rules.OCCASIONS.get(talk.occasion, talk.occasion)}" if talk.occasion else "",
        f"依据：{_clause(turn, talk)}",
        "" if talk.announced or reminder else _UNANNOUNCED,
        f"请在{talk.due_on.month}月{talk.due_on.day}日前安排。" if talk.due_on and talk.state == State.PLANNED else "",
        *_times(view),
        f"谈话人：{view.leader or _NO_LEADER}" if view.side == "hr" else "",
    ]
    return lines, (_arranging(turn, talk) if view.side == "leader" else [])


def _arranging(turn: Turn, talk: Talk) -> Moves:
    if talk.state not in rules.OPEN:
        return []
    if talk.kind == Kind.REMINDER:
        return _HELD
    if talk.state == State.PLANNED:
        return [("定时间地点", "time")]
    return [*(_HELD if _over(turn, talk) else []), ("改时间地点", "time")]


def _who(view: View) -> str:
    if view.cadre is None:
        return ""
    place = "，".join(part for part in (view.cadre.department, view.cadre.post) if part)
    return f"{'预约人' if view.talk.kind == Kind.ASKED else '谈话对象'}：{view.cadre.name}（{place}）"


def _clause(turn: Turn, talk: Talk) -> str:
    """Document and clause as answers name them."""
    if talk.clause is None:
        return ""
    policy = turn.app.desk.documents(turn.connection).get(talk.clause[0])
    return citation(policy, talk.clause[1]) if policy else ""


def owed(found: Sequence[Owed]) -> Reply:
    """待谈话, 逾期, 已完成: names and days, no content."""
    if not found:
        return Reply(_NOBODY, "status", buttons=replies.buttons((("菜单", "menu"),)))
    lines = []
    for one in found:
        due = f"{one.due_on.month}月{one.due_on.day}日前" if one.due_on else ""
        time = when(one.starts_at) if one.starts_at else due
        lines.append(f"{one.state}：{one.name}" + (f"，{time}" if time else ""))
    waiting = [one for one in found if one.state in (rules.WAITING, rules.OVERDUE)]
    buttons = tuple(Button(f"{one.name}", f"talk:open:{one.ref}") for one in waiting[:6])
    return Reply("\n".join(lines), "status", buttons=buttons)
