"""Notices by chat: HR writes, follows and steers them; readers answer (design sections 3 and 5)."""

from collections.abc import Callable, Mapping

from actions import notice_form, replies
from actions.notice_draft import DIALOGUE, idle
from actions.turn import Command, Outcome, Pending, Simple, Turn
from core.clock import SHANGHAI
from core.errors import NotFound, Refused
from core.messages.rules import Button, Reply, outside
from core.notices import when
from core.notices.readers import Readers
from core.notices.rules import ANSWERS, STATE_TITLES, Asks, Notice, NoticeState, Progress
from core.notices.service import may_send
from core.notices.steering import Steering

NOT_YOURS = "发通知由组织人事部门的工作人员办理，您这里没有这项权限。"
NO_NOTICE = "您还没有发过通知。要写一条，请发“发通知”。"
_ANSWERED = {
    "confirm": "已记下：收到通知“{title}”。",
    "attend": "已记下：您参加。通知“{title}”。如有变化，再点“请假”即可。",
    "absent": "已记下：您请假。通知“{title}”。请假是否同意，以通知单位的答复为准；如有变化，再点“参加”即可。",
}  # fmt: skip
_WHICH = "您有几条通知等您回复，请选择回复哪一条："
_SURE = {
    "recall": "确定撤回通知“{title}”吗？平台允许时限内的会从企业微信收回，还没发的不再发；已经看过的收不回。",
    "chase": "将提醒收到而没有回复的人。确定催办通知“{title}”吗？",
    "again": "结果不明的人可能已经收到。再发一次，他们可能收到两遍。确定再发通知“{title}”吗？",
}  # fmt: skip
_DONE = {
    "pause": "已暂停，正在发的一批会发完。", "resume": "已继续发送。", "retry": "开始给发送失败的人重发。",
    "recall": "已撤回：还没发的不再发，已发的正在收回。", "delivered": "已按送达记录。", "again": "开始再发。",
    "chase": "开始催办，催办通知编号{id}。",
}  # fmt: skip
_NOT_READ = "“平台已接收”不等于已读。"
_WORDS = {"收到": "confirm", "确认收到": "confirm", "已收到": "confirm", "参加": "attend", "我参加": "attend",
          "请假": "absent", "我请假": "absent"}  # fmt: skip
_RECALL, _CHASE = ("撤回", "收回", "发错"), ("催",)
_PROGRESS = ("进度", "多少人", "阅读", "确认了", "没确认", "没回复", "谁还没", "看了", "几个人", "发出去了")
_MOST_LISTED = 5
_BY_STATE: dict[NoticeState, tuple[tuple[str, str], ...]] = {
    NoticeState.SCHEDULED: (("暂停", "pause"), ("撤回", "recall")),
    NoticeState.SENDING: (("暂停", "pause"), ("撤回", "recall")),
    NoticeState.PAUSED: (("继续发送", "resume"), ("撤回", "recall")),
    NoticeState.FINISHED: (("撤回", "recall"),),
}
Step = Callable[[Turn, int], Outcome]


def begin(turn: Turn) -> Outcome:
    """发通知, 撤回刚发的通知, 催一下, 多少人看了: what a member of HR says about notices."""
    if not may_send(turn.person):
        contact = replies.contacts(turn.org, "organization")
        return Outcome((Reply(f"{NOT_YOURS}\n{contact}", "handover"),))
    wanted = next(
        (name for name, marks in (("recall", _RECALL), ("chase", _CHASE), ("status", _PROGRESS))
         if any(mark in turn.call.text for mark in marks)), "",
    )  # fmt: skip
    if not wanted or turn.call.kind != "text":
        return notice_form.begin(turn)
    newest = turn.app.notices().newest(turn.connection, 1, sender=turn.person.userid)
    if not newest:
        return Outcome((Reply(NO_NOTICE, "status"),))
    return _ask_sure(turn, newest[0], wanted) if wanted in _SURE else status(turn, newest[0].id)


def status(turn: Turn, number: int) -> Outcome:
    """How far a notice has come, with what may be done about it."""
    notice = _own(turn, number)
    progress = Readers(turn.app.notices()).progress(turn.connection, number)
    lines = [f"通知“{notice.content.title}”（编号{number}）：{STATE_TITLES[notice.state]}", *_counts(notice, progress)]
    silent = Readers(turn.app.notices()).silent(turn.connection, number, _MOST_LISTED) if notice.asks else []
    if silent:
        lines.append("还没有回复：" + "、".join(f"{name or '未填部门'}{count}人" for name, count in silent))
    if progress.reason:
        lines.append(progress.reason)
    return Outcome((Reply("\n".join([*lines, _NOT_READ]), "status", buttons=_steps(notice, progress)),), idle(turn))


def _counts(notice: Notice, progress: Progress) -> list[str]:
    if notice.state in (NoticeState.DRAFT, NoticeState.SCHEDULED) and not progress.recipients:
        at = notice.scheduled_at
        return [f"发送时间：{when.shown(at.astimezone(SHANGHAI))}"] if at else []
    parts = [f"共{progress.recipients}人", f"平台已接收{progress.accepted}人"]
    pairs = (("待发", progress.waiting), ("失败", progress.failed), ("结果不明", progress.unknown))
    parts += [f"{title}{count}人" for title, count in pairs if count]
    if notice.asks is Asks.CONFIRM:
        parts.append(f"已回复收到{progress.confirmed}人")
    if notice.asks is Asks.ATTEND:
        parts.append(f"参加{progress.attend}人，请假{progress.absent}人")
    if progress.recalled:
        parts.append(f"已收回{progress.recalled}人")
    return ["，".join(parts)]


def _steps(notice: Notice, progress: Progress) -> tuple[Button, ...]:
    found = list(_BY_STATE.get(notice.state, ()))
    if notice.asks and notice.parent is None and progress.accepted > progress.confirmed and len(found):
        found.insert(0, ("催未回复的", "chase"))
    if progress.failed and notice.state is not NoticeState.RECALLED:
        found.append(("重发失败的", "retry"))
    if progress.unknown:
        found += [("不明的算送达", "delivered"), ("不明的再发", "again")]
    buttons = [Button(title, f"notice:{name}:{notice.id}") for title, name in found[:5]]
    return (*buttons, Button("刷新", f"notice:status:{notice.id}"))


def _ask_sure(turn: Turn, notice: Notice, step: str) -> Outcome:
    text = _SURE[step].format(title=notice.content.title) + "请回复“确定”或“不了”。"
    buttons = (Button("确定", f"notice:{step}_yes:{notice.id}"), Button("不了", f"notice:status:{notice.id}"))
    return Outcome((Reply(text, "confirm", buttons=buttons),), idle(turn))


def _steer(step: str) -> Step:
    def handler(turn: Turn, number: int) -> Outcome:
        _own(turn, number)
        steering, actor, connection = Steering(turn.app.notices()), turn.person.userid, turn.connection
        new = number
        if step in ("delivered", "again"):
            steering.settle(connection, number, actor, step == "again")
        elif step == "chase":
            new = steering.chase(connection, number, actor)
        else:
            {"pause": steering.pause, "resume": steering.resume, "retry": steering.retry, "recall": steering.recall}[
                step
            ](connection, number, actor)
        button = Button("查看进度", f"notice:status:{new}")
        return Outcome((Reply(_DONE[step].format(id=new), "status", buttons=(button,)),), idle(turn))

    return handler


def _own(turn: Turn, number: int) -> Notice:
    """A notice of the person's own organisation. Raises NotFound also for one of another: it tells nothing."""
    notice = turn.app.notices().get(turn.connection, number)
    mine = notice.sender == turn.person.userid
    if not may_send(turn.person) or not (mine or notice.org == turn.person.org):
        raise NotFound("没有查到这条通知。")
    return notice


# -- a second person


def review(turn: Turn, number: int) -> Outcome:
    """What the second person agrees to: the whole text, to whom, when."""
    notice = _own(turn, number)
    reach = turn.app.notices().reach(turn.connection, notice.content.audience)
    at, due = "现在", notice.scheduled_at
    if due and due > (notice.submitted_at or due):
        over = "，已经过了，同意后马上发送" if due <= turn.app.clock.now() else ""
        at = f"{when.shown(due.astimezone(SHANGHAI))}{over}"
    asks = "、".join(title for title, _ in ANSWERS[notice.asks]) or "不需要回复"
    lines = [
        notice.content.whole(),
        "",
        f"共{reach.people}人，例如：{'、'.join(reach.sample)}",
        f"时间：{at}",
        f"回复：{asks}",
        "请回复“同意发送”或“退回”。",
    ]
    buttons = (Button("同意发送", f"notice:approve:{number}"), Button("退回", f"notice:reject:{number}"))
    return Outcome((Reply("\n".join(lines), "confirm", buttons=buttons),), idle(turn))


def _approve(turn: Turn, number: int) -> Outcome:
    turn.app.notices().approve(turn.connection, number, turn.person)
    return Outcome((Reply("已同意，将按时间发送。", "status"),), idle(turn))


def _reject(turn: Turn, number: int) -> Outcome:
    turn.app.notices().reject(turn.connection, number, turn.person)
    return Outcome((Reply("已退回给起草人。", "status"),), idle(turn))


# -- readers


def spoken(turn: Turn) -> Outcome | None:
    """收到, 参加 or 请假 in words, when a notice awaits such an answer; None otherwise."""
    action = _WORDS.get(turn.call.text.strip().rstrip("。.！!")) if turn.call.kind == "text" else None
    if action is None or turn.context.pending.get("dialogue"):
        return None
    readers = Readers(turn.app.notices())
    fitting = [
        one for one in readers.awaiting(turn.connection, turn.person.userid)
        if action in [known for _, known in ANSWERS[one.asks]] and (one.neutral or not outside(turn.call.account[0]))
    ]  # fmt: skip
    if not fitting:
        return None
    if len(fitting) > 1:
        buttons = tuple(Button(one.content.title[:20], f"notice:answer:{one.id}:{action}") for one in fitting)
        return Outcome((Reply(_WHICH, "ask", buttons=buttons),))
    return _answer(turn, f"{fitting[0].id}:{action}")


def _answer(turn: Turn, argument: str) -> Outcome:
    number, _, action = argument.partition(":")
    notice = Readers(turn.app.notices()).answer(turn.connection, int(number), turn.person.userid, action)
    return Outcome((Reply(_ANSWERED[action].format(title=notice.content.title), "status"),))


# -- the tables

_STEPS: Mapping[str, Step] = {
    "status": status,
    "review": review,
    "approve": _approve,
    "reject": _reject,
    **{name: _steer(name) for name in ("pause", "resume", "retry", "delivered")},
    **{f"{name}_yes": _steer(name) for name in _SURE},
    "recall": lambda turn, number: _ask_sure(turn, _own(turn, number), "recall"),
    "chase": lambda turn, number: _ask_sure(turn, _own(turn, number), "chase"),
    "again": lambda turn, number: _ask_sure(turn, _own(turn, number), "again"),
}
_FORM: Mapping[str, Callable[[Turn, str], Outcome]] = {
    "kind": notice_form.start,
    "edit": notice_form.edit,
    "send": lambda turn, _value: notice_form.send(turn),
    "test": lambda turn, _value: notice_form.test(turn),
    **{name: (lambda step: lambda turn, value: notice_form.answer(turn, step, value))(name)
       for name in ("to", "asks", "at", "tick")},
}  # fmt: skip


def _go(turn: Turn, value: str) -> Outcome:
    if value == "new":
        notice_form.cancel(turn)
        return notice_form.begin(turn)
    return notice_form.cancel(turn) if value == "cancel" else notice_form.prompt(turn)


def _command(turn: Turn, argument: str) -> Outcome:
    """`notice:<step>:<value>`. What is refused is said in the words of the rule that refuses."""
    name, _, value = argument.partition(":")
    try:
        if name == "answer":
            return _answer(turn, value)
        if not may_send(turn.person):
            return begin(turn)
        if name == "go":
            return _go(turn, value)
        if name in _FORM:
            return _FORM[name](turn, value)
        return _STEPS[name](turn, int(value)) if name in _STEPS else notice_form.begin(turn)
    except (NotFound, Refused, ValueError) as error:
        said = str(error) if not isinstance(error, ValueError) else replies.GREETING
        return Outcome((Reply(said, "status"),), idle(turn))


def _typed(turn: Turn) -> Outcome | None:
    return notice_form.typed(turn) if may_send(turn.person) else None


COMMANDS: Mapping[str, Command] = {"notice": _command}
INTENTS: Mapping[str, Simple] = {"send_notice": begin}
PENDING: Mapping[str, Pending] = {DIALOGUE: _typed}
