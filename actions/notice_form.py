"""发通知: the dialogue that writes a notice. Every answer is stored at once, so a draft survives days and restarts."""

from dataclasses import replace
from typing import Any

from actions.notice_draft import Draft, idle, load, save, say, store
from actions.turn import Outcome, Turn
from core.audience import tables as audience_of
from core.clock import SHANGHAI
from core.errors import Refused
from core.messages.rules import Button, Reply
from core.notices import when, words
from core.notices.rules import ANSWERS, TICK, Asks, Audience, Content, NoticeState, Spec, problems
from core.notices.templates import PLAIN, TEMPLATES
from core.people import store as people

_LEAVE = "（回复“取消”不发了，草稿会删除；先放着，下次发“发通知”可以接着写。）"
_AUDIENCE = "发给谁？可以写部门、标签、职级或姓名，例如：教务处、学生处，除了张三。"
_ASKS = "需要大家回复吗？"
_WHEN = "什么时候发？可以回复“现在”，或写时间，例如：明天上午9点。"
_TICK = f"请确认：{TICK}。"
_TICK_NO = "含有国家秘密或工作秘密的内容不能在这里发送，请按保密规定另行传达。草稿已删除。"
_PAST = "{when}已经过了。现在就发，还是改个时间？"
_NO_TIME = "没有看懂这个时间。可以回复“现在”，或这样写：11月25日上午9点。"
_UNKNOWN = "没有找到：{names}。请写本单位的部门、标签、职级或姓名。"
_SEVERAL = "有不止一位：{names}。请写账号。"
_NOBODY = "没有看出要发给谁。"
_CANCELLED = "好的，不发了，草稿已删除。"
_NONE = "现在没有正在写的通知。要写一条，请发“发通知”。"
_TESTED = "已发给您本人，请看效果。"
_WAITS = "已提交，编号{id}。发给{people}人，超过本单位设定的人数，需要另一位组织人事工作人员审核同意后才发送。"
_DONE = "已提交，编号{id}。将于{when}发给{people}人。"
_NOW = "已提交，编号{id}，马上发给{people}人。"
_YES = ("现在", "现在发", "现在发送", "马上", "马上发", "立即", "立即发送")
_ASK_WORDS = {
    "不需要": "", "不用": "", "不要": "", "否": "", "要确认": "confirm", "需要": "confirm", "收到": "confirm",
    "参加或请假": "attend", "参加": "attend", "请假": "attend",
}  # fmt: skip
_CHECK = (
    ("确认发送", "send:now"), ("先发给自己", "test:me"), ("改内容", "edit:text"), ("改收件人", "edit:audience"),
    ("改时间", "edit:when"), ("取消", "go:cancel"),
)  # fmt: skip
_CHOICES = "无误请回复“确认发送”；也可以回复“先发给自己”“改内容”“改收件人”“改时间”“取消”。"
_BEGIN = ("发通知", "我要发通知", "发个通知")
_CANCEL = ("取消", "不发了", "算了")


def begin(turn: Turn) -> Outcome:
    """Choose a kind, or go on with what was begun."""
    draft = load(turn)
    if draft is None:
        buttons = tuple(Button(one.label, f"notice:kind:{key}") for key, one in TEMPLATES.items())
        return say(turn, Reply("要发哪一种通知？", "ask", buttons=buttons))
    name = draft.template.label if draft.missing() else draft.notice.content.title
    choices = (Button("接着写", "notice:go:on"), Button("重新写", "notice:go:new"))
    return say(turn, Reply(f"您有一条没写完的通知：{name}。接着写吗？", "ask", buttons=choices))


def start(turn: Turn, key: str) -> Outcome:
    """A new draft of one kind."""
    template = TEMPLATES.get(key, PLAIN)
    if (old := load(turn)) is not None:
        turn.app.notices().discard(turn.connection, old.notice.id)
    form: dict[str, Any] = {"template": template.key}
    if template.asks is not None:
        form["asks"] = str(template.asks)
    title, text = template.filled({})
    content = Content(title, text, Audience((), (), turn.org.id), form)
    sender = (turn.person.userid, turn.org.id)
    turn.app.notices().write(turn.connection, *sender, content, template.asks or Asks.NOTHING, template.neutral)
    return prompt(turn)


def prompt(turn: Turn, lead: str = "") -> Outcome:
    """The open question, after a `lead`."""
    draft = load(turn)
    if draft is None:
        return Outcome((Reply(_NONE, "clarify"),))
    step = draft.step()
    if step == "check":
        return _check(turn, draft, lead)
    text, buttons = _question(turn, draft, step)
    return say(turn, Reply("\n".join(filter(None, (lead, text))), "ask", asking=step, buttons=buttons))


def _question(turn: Turn, draft: Draft, step: str) -> tuple[str, tuple[Button, ...]]:
    if step == "audience":
        tags = audience_of.groups(turn.connection, turn.org.id)["tag"][:4]
        groups = [Button("本单位全体", f"notice:to:org:{turn.org.id}")]
        groups += [Button(tag, f"notice:to:tag:{turn.org.id}/{tag}") for tag in tags]
        return _AUDIENCE, tuple(groups)
    if step == "asks":
        pairs = (("不需要", ""), ("要“收到”", "confirm"), ("参加或请假", "attend"))
        return _ASKS, tuple(Button(title, f"notice:asks:{name}") for title, name in pairs)
    if step == "when":
        return _WHEN, (Button("现在发送", "notice:at:now"),)
    if step == "tick":
        return _TICK, (Button("确认不含", "notice:tick:yes"), Button("含有", "notice:tick:no"))
    blank = next(one for one in draft.template.blanks if one.name == step)
    first = blank is draft.template.blanks[0]
    return f"{blank.question}\n{_LEAVE}" if first else blank.question, ()


def _check(turn: Turn, draft: Draft, lead: str) -> Outcome:
    """The preview: what, to how many, some names, when, what is asked."""
    content = draft.notice.content
    try:
        reach = turn.app.notices().reach(turn.connection, content.audience)
    except Refused as error:
        return _ask_again(turn, draft, "audience", str(error))
    asks = "、".join(title for title, _ in ANSWERS[draft.notice.asks]) or "不需要回复"
    time = when.shown(draft.at.astimezone(SHANGHAI)) if draft.at else "现在"
    to = _audience_shown(turn, content.audience)
    head = [lead, "请核对：", content.whole(), "", f"发给：{to}，共{reach.people}人"]
    head += [f"例如：{'、'.join(reach.sample)}", f"时间：{time}", f"回复：{asks}"]
    if reach.approval:
        head.append("人数超过本单位设定，提交后由另一位工作人员审核。")
    head.append(_CHOICES)
    buttons = tuple(Button(title, f"notice:{command}") for title, command in _CHECK)
    return say(turn, Reply("\n".join(head).lstrip("\n"), "confirm", asking="check", buttons=buttons))


def _audience_shown(turn: Turn, audience: Audience) -> str:
    """Departments, tags, ranks and people as their author calls them, people by name and department."""

    def shown(spec: Spec) -> str:
        person = people.by_userid(turn.connection, spec.name) if spec.kind == "user" else None
        return f"{person.name}（{person.department or '未登记部门'}）" if person else words.shown(spec)

    text = "、".join(map(shown, audience.to))
    return f"{text}，除了{'、'.join(map(shown, audience.excluded))}" if audience.excluded else text


# -- answers


def typed(turn: Turn) -> Outcome | None:
    """Words while a notice is being written; None when they are not for it."""
    draft, text = load(turn), turn.call.text.strip()
    if draft is None:
        return None
    if text in _CANCEL:
        return cancel(turn)
    step = draft.step()
    if text.strip("。") in _BEGIN:
        return begin(turn)
    if step == "check" or text in ("帮助", "菜单", "返回"):
        return None
    if step == "audience":
        return _hear_audience(turn, draft, text)
    if step == "asks":
        found = _ASK_WORDS.get(text.strip("。“”"))
        return prompt(turn, "请选择一项。") if found is None else answer(turn, "asks", found)
    if step == "when":
        return _hear_time(turn, draft, text)
    if step == "tick":
        return answer(turn, "tick", "yes") if text in ("不含", "确认不含", "确认") else prompt(turn)
    return _fill(turn, draft, step, text)


def answer(turn: Turn, name: str, value: str) -> Outcome:
    """A button, or words that mean one."""
    draft = load(turn)
    if draft is None:
        return Outcome((Reply(_NONE, "clarify"),))
    if name == "to":
        return _hear_audience(turn, draft, value)
    if name == "at":
        return _hear_time(turn, draft, "现在" if value == "now" else value)
    if name == "tick" and value != "yes":
        turn.app.notices().discard(turn.connection, draft.notice.id)
        return Outcome((Reply(_TICK_NO, "status"),))
    if name == "asks":
        store(turn, draft, asks=Asks(value) if value in set(Asks) else Asks.NOTHING, step=("asks", value))
    else:
        store(turn, draft, step=(name, value))
    return prompt(turn)


def _fill(turn: Turn, draft: Draft, name: str, text: str) -> Outcome:
    given = draft.given | {name: text}
    title, body = draft.template.filled(given)
    # What is still blank stands in marks; the whole is judged when it is one.
    complete = all(blank.name in given for blank in draft.template.blanks)
    if complete and (wrong := problems(title, body)):
        return prompt(turn, "\n".join(wrong))
    content = replace(draft.notice.content, title=title, text=body, form=draft.form | {"given": given})
    save(turn, draft, content, draft.notice.asks)
    return prompt(turn)


def _hear_audience(turn: Turn, draft: Draft, text: str) -> Outcome:
    known = audience_of.groups(turn.connection, turn.org.id)
    heard = words.read(text, turn.org.id, known, lambda name: audience_of.named(turn.connection, turn.org.id, name))
    if heard.several or heard.unknown or not heard.to:
        lines = [_SEVERAL.format(names="、".join(heard.several))] if heard.several else []
        lines += [_UNKNOWN.format(names="、".join(heard.unknown))] if heard.unknown else []
        return prompt(turn, "\n".join(lines) or _NOBODY)
    audience = Audience(heard.to, heard.excluded, turn.org.id)
    try:
        reach = turn.app.notices().reach(turn.connection, audience)
    except Refused as error:
        return prompt(turn, str(error))
    save(turn, draft, replace(draft.notice.content, audience=audience), draft.notice.asks)
    return prompt(turn, f"{_audience_shown(turn, audience)}，共{reach.people}人。")


def _hear_time(turn: Turn, draft: Draft, text: str) -> Outcome:
    if text.strip("。") in _YES:
        store(turn, draft, step=("at", ""), also=("when", "now"))
        return prompt(turn)
    moment = when.read(text, turn.app.clock.local())
    if moment is None:
        return prompt(turn, _NO_TIME)
    if moment < turn.app.clock.now():
        buttons = (Button("现在发送", "notice:at:now"), Button("改时间", "notice:edit:when"))
        return say(turn, Reply(_PAST.format(when=when.shown(moment)), "ask", asking="when", buttons=buttons))
    store(turn, draft, step=("at", moment.isoformat()), also=("when", "later"))
    return prompt(turn)


def edit(turn: Turn, what: str) -> Outcome:
    """Ask for one thing again."""
    draft = load(turn)
    return _ask_again(turn, draft, what) if draft else Outcome((Reply(_NONE, "clarify"),))


def _ask_again(turn: Turn, draft: Draft, what: str, lead: str = "") -> Outcome:
    content, form = draft.notice.content, dict(draft.form)
    if what == "audience":
        content = replace(content, audience=Audience((), (), turn.org.id))
    elif what == "when":
        form.pop("when", None)
    else:
        form.pop("given", None)
    form.pop("tick", None)  # what was confirmed was the notice as it stood
    save(turn, draft, replace(content, form=form), draft.notice.asks)
    return prompt(turn, lead)


# -- the end


def test(turn: Turn) -> Outcome:
    """The notice to its author alone; its buttons are named, not alive."""
    draft = load(turn)
    if draft is None:
        return Outcome((Reply(_NONE, "clarify"),))
    titles = "、".join(title for title, _ in ANSWERS[draft.notice.asks])
    text = draft.notice.content.whole() + (f"\n（正式发送时有按钮：{titles}）" if titles else "")
    turn.app.mailbox.queue(turn.connection, "wecom", turn.person.userid, Reply(f"测试，只发给您：\n{text}", "notice"))
    return prompt(turn, _TESTED)


def send(turn: Turn) -> Outcome:
    """Hand it in."""
    draft = load(turn)
    if draft is None:
        return Outcome((Reply(_NONE, "clarify"),))
    if draft.step() != "check":
        return prompt(turn)
    if draft.at is not None and draft.at < turn.app.clock.now():
        return _ask_again(turn, draft, "when", _PAST.format(when=when.shown(draft.at)))
    ticked = draft.form.get("tick") == "yes"
    try:
        reach = turn.app.notices().reach(turn.connection, draft.notice.content.audience)
        notice = turn.app.notices().submit(turn.connection, draft.notice.id, turn.person.userid, ticked, draft.at)
    except Refused as error:
        return say(turn, Reply(str(error), "clarify"))
    text = _WAITS if notice.state is NoticeState.DRAFT else _DONE if draft.at else _NOW
    shown = when.shown(draft.at.astimezone(SHANGHAI)) if draft.at else ""
    said = text.format(id=notice.id, people=reach.people, when=shown)
    return Outcome((Reply(said, "status", buttons=(Button("查看进度", f"notice:status:{notice.id}"),)),), idle(turn))


def cancel(turn: Turn) -> Outcome:
    """Drop the draft."""
    if (draft := load(turn)) is not None:
        turn.app.notices().discard(turn.connection, draft.notice.id)
    return Outcome((Reply(_CANCELLED, "status"),), idle(turn))
