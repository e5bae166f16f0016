"""What is said in a reminder: the duty, the date, the clause, and the buttons. Pure; wording rules of design.md 3."""

import datetime as dt
from collections.abc import Mapping

from core.messages.rules import Button, Reply
from core.people.rules import Person
from core.policies.rules import Policy, citation
from core.reminders.catalogue import Active
from core.reminders.rules import LATER_DAYS, Occurrence, Rule, State, last_day, overdue, step_at

AGAIN = "再次提醒："
UNANNOUNCED = "有一项尚未公开的人事事项需要安排谈话，请在“我的提醒”中查看。请勿外传。"
TO_LEADER = "{title}还没有办结：{name}（{department}），原定{day}。请您关注。"
HR_LIST = "有 {count} 项提醒到期没有办结，已列入人事清单，请在“我的提醒”中查看。"
CONFIRM_TALK = "一次与您的谈话已被登记为完成。请确认是否已经谈过；谈话内容不需要填写。"
NOT_HELD = "{name}表示这次谈话还没有进行，请另行安排。"
LATER_TITLES = {1: "1天后", 3: "3天后", 7: "1周后"}
_LED = "已提醒其领导"
_NO_LEADER = "花名册没有登记其直接领导，请先补登"
NEUTRAL = ("leave", "feedback", "review")
"""Kinds that may go to a channel outside the organisation; the others name people, cases or health."""
CASE_KINDS = ("correction", "influence_end", "supplement")
WAITING, OVERDUE, DONE = "待谈话", "逾期", "已完成"
KIND_TITLES = {"health_check": "年度体检", "leave": "年休假"}
"""The kinds that a person may switch off, as they are called."""


def shown(day: dt.date) -> str:
    """2026年11月20日."""
    return f"{day.year}年{day.month}月{day.day}日"


def shown_as_known(day: dt.date, person: Person | None) -> str:
    """The day, or only its month where the roster's date behind it is a month."""
    raws = (person.post_since, person.department_since, person.hired_on, person.retires_on) if person else ()
    months = {int(raw[5:]) for raw in raws if len(raw) == 7}
    if day.month in months and day == last_day(day.year, day.month):
        return f"{day.year}年{day.month}月"
    return shown(day)


def basis(active: Active, documents: Mapping[str, Policy]) -> str:
    """依据：… with every clause the rule rests on for this organisation."""
    cited = [citation(documents[policy], clause) for policy, clause in active.clauses if policy in documents]
    return "依据：" + "；".join(cited) if cited else ""


def words(
    active: Active, item: Occurrence, person: Person | None, role: str, documents: Mapping[str, Policy], extra: str = ""
) -> str:
    """The text for one recipient at the occurrence's stage, with its basis."""
    rule, step = active.rule, step_at(active.rule, item.stage)
    values = {
        "name": person.name if person else "",
        "department": (person.department if person else "") or "未登记部门",
        "day": shown_as_known(item.due_on, person),
        "years": active.years or "",
        "extra": extra,
        "title": rule.title,
        "led": _LED if person and person.leader else _NO_LEADER,
    }
    if rule.trigger == "young" and active.years:
        values["years"] = active.years - 1
    escalated = step == "leader"
    text = (TO_LEADER if escalated else rule.text.get(role) or next(iter(rule.text.values()))).format(**values)
    return "\n".join(part for part in ((AGAIN if step == "again" else "") + text, basis(active, documents)) if part)


def buttons(rule: Rule, item: Occurrence, role: str) -> tuple[Button, ...]:
    """完成 · 稍后 · 约时间 · 有疑问, and 不再提醒 where the rule allows it. Six at most."""
    found = [Button("完成", f"remind:done:{item.id}"), Button("稍后", f"remind:later:{item.id}")]
    if rule.kind == "talk" and role == "leader":
        found.append(Button("约时间", f"remind:time:{item.id}"))
    if rule.kind == "health_check":
        found.append(Button("约时间", f"health:days:{item.id}"))
    if rule.kind in CASE_KINDS and role == "cadre":
        found[0] = Button("查看我的申请", "cases")
    found.append(Button("有疑问", f"remind:ask:{item.id}"))
    if rule.may_stop:
        found.append(Button("不再提醒", f"remind:off:{rule.kind}"))
    return tuple(found)


def push(
    active: Active, item: Occurrence, person: Person | None, role: str, documents: Mapping[str, Policy], extra: str = ""
) -> Reply:
    """One push."""
    text = words(active, item, person, role, documents, extra)
    found = buttons(active.rule, item, role)
    return Reply(text, "status", active.clauses, buttons=found, sensitive=active.rule.kind not in NEUTRAL)


def later_buttons(reminder_id: int) -> tuple[Button, ...]:
    """When to remind again."""
    return tuple(Button(LATER_TITLES[days], f"remind:later:{reminder_id}:{days}") for days in LATER_DAYS)


def line(rule: Rule, item: Occurrence, person: Person | None, own: bool) -> str:
    """One line of a list: what, about whom (unless oneself), when."""
    about = f"：{person.name}（{person.department or '未登记部门'}）" if person and not own else ""
    return f"{rule.title}{about}，{shown_as_known(item.due_on, person)}"


def talk_state(rule: Rule, item: Occurrence, today: dt.date) -> str:
    """待谈话 | 逾期 | 已完成, as a leader sees it."""
    if item.state == State.DONE:
        return DONE
    return OVERDUE if overdue(rule, item.due_on, today) else WAITING
