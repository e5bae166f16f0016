"""The trail: searchable, with reads, downloads and exports; the chain check."""

import json
from collections.abc import Mapping

from starlette.responses import Response

from console.cases import day, kept
from console.jobs import Job
from console.visit import GET, POST, Page, Visit
from core import audit
from core.errors import Refused
from core.people.access import Right
from core.worklist import store as lists
from core.worklist.rules import PAGE

WORDS: Mapping[str, str] = {
    "case.read": "查看办件", "case.evidence": "查看证据", "case.refused": "办理被拒", "case.not_found": "查无此件",
    "case.analysis": "填写分析表", "case.export": "导出卷宗", "case.submit": "提交申请", "case.accept": "受理",
    "case.return": "退回补充", "case.answer": "补正", "case.supplement": "补充", "case.not_accept": "不予受理",
    "case.transfer": "转办", "case.investigate": "开始调查核实", "case.deliberate": "提交集体研究",
    "case.decide": "认定", "case.enter_decision": "录入认定", "case.reject_decision": "退回认定录入",
    "case.tell": "登记当面告知", "case.publish": "登记公开", "case.check": "登记核对事项", "case.close": "办结",
    "case.withdraw": "撤回", "case.assign": "指定承办人", "case.exclude": "提出回避",
    "case.approve_exclusion": "同意回避", "case.deny_exclusion": "不同意回避",
    "case.accept_correction": "整改通过", "case.return_correction": "整改退回",
    "case.report_correction": "报送整改情况", "case.acknowledge": "本人知悉",
    "console.signin": "登录", "console.signout": "退出", "console.refused": "登录被拒", "console.forbidden": "越权访问",
    "console.forged": "表单校验不通过", "console.not_found": "查无此页", "console.invite": "生成登录链接",
    "console.password": "设置密码", "roster.import": "导入花名册", "export": "导出", "policy.sync": "更新政策",
    "policy.import": "导入政策原文", "people.read": "查看人员", "reminders.read": "查看提醒清单",
    "reminder.event": "登记事件", "reminder.announce": "公布事件", "reminder.cancel": "取消事件",
    "reminder.done": "提醒事项完成", "knowledge.settled": "处理共享的问题", "notice.submit": "提交通知",
    "notice.approve": "同意发送通知", "notice.reject": "退回通知", "notice.pause": "暂停通知",
    "notice.resume": "继续发送通知",
    "notice.retry": "重发失败的通知", "notice.chase": "提醒回复通知", "notice.recall": "撤回通知",
    "notice.test": "试发通知",
    "notice.settle": "处理结果不明的通知", "audit.read": "查看审计", "audit.verify": "校验审计链",
}  # fmt: skip


def show(visit: Visit) -> Response:
    """GET /audit: looking is itself in the trail."""
    before = visit.asked("before")
    if before and not (before.isascii() and before.isdecimal() and len(before) < 19):
        raise Refused("没有这一页。")
    since, until = day(visit.asked("since")), day(visit.asked("until"))
    with visit.parts.db.read() as connection:
        rows = lists.trail(
            connection, visit.person.org, visit.asked("actor"), visit.asked("action"), visit.asked("subject"),
            since, until, int(before) if before else None,
        )  # fmt: skip
        names = lists.names(connection, {row.actor for row in rows} | {row.subject for row in rows})
        actions = lists.actions(connection)
    shown = kept(visit)
    visit.parts.doors.note(visit.person.userid, "audit.read", "audit", **_searched(shown))
    further = rows[PAGE - 1].seq if len(rows) > PAGE else None
    details = {row.seq: _detail(row.detail) for row in rows}
    return visit.page(
        "audit.html", title="审计", rows=rows[:PAGE], names=names, actions=actions, words=WORDS, further=further,
        details=details, kept={name: value for name, value in shown.items() if name != "before"},
    )  # fmt: skip


def _searched(shown: Mapping[str, str]) -> dict[str, str]:
    """What was looked for, for the entry on looking; an entry's own columns have these names already."""
    return {f"of_{name}": value[:80] for name, value in shown.items() if name in ("actor", "action", "subject")}


def _detail(raw: str) -> str:
    value = json.loads(raw)
    return "，".join(f"{name}={text}" for name, text in value.items() if text not in ("", None))


def verify(visit: Visit) -> Response:
    """POST /audit/verify: walk the whole chain; takes a while when it is long, so the page shows how far it is."""
    job = visit.parts.jobs.start(visit.person.userid, "校验审计链", "/audit", lambda job: _walk(visit, job))
    return visit.go(f"/jobs/{job.id}")


def _walk(visit: Visit, job: Job) -> str:
    with visit.parts.db.read() as connection:
        job.step(0, lists.trail_size(connection))
        verdict = audit.verify(connection)
    visit.parts.doors.note(
        visit.person.userid, "audit.verify", "audit", rows=verdict.rows, broken=str(verdict.broken_at or "")
    )
    job.step(verdict.rows)
    if verdict.broken_at is None:
        return f"已校验 {verdict.rows:,} 条，审计链完整。"
    return f"第 {verdict.broken_at:,} 条与审计链不符，请立即联系管理员核查。"


def job(visit: Visit) -> Response:
    """GET /jobs/{id}: how far a long action is."""
    found = visit.parts.jobs.find(visit.path["id"], visit.person.userid)
    return visit.page("job.html", title=found.title, job=found)


PAGES = (
    Page(GET, "/audit", Right.AUDIT, show),
    Page(POST, "/audit/verify", Right.AUDIT, verify),
    Page(GET, "/jobs/{id}", Right.HOME, job),
)
