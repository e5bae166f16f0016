"""Fixed words of the console: menu, roles, what is said after something was done."""

from core.people.access import Right

MENU: tuple[tuple[str, str, Right], ...] = (
    ("/", "首页", Right.HOME),
    ("/cases", "办件", Right.CASES),
    ("/people", "人员", Right.PEOPLE_READ),
    ("/reminders", "提醒", Right.REMINDERS_READ),
    ("/notices", "通知", Right.NOTICES_READ),
    ("/knowledge", "知识", Right.KNOWLEDGE),
    ("/audit", "审计", Right.AUDIT),
)
ROLE_LABEL = {
    "cadre": "干部", "handler_discipline": "纪检监察承办", "handler_organization": "组织人事承办", "hr": "组织人事",
    "auditor": "审计", "admin": "管理员",
}  # fmt: skip
FIELD_LABEL = {
    "userid": "账号", "name": "姓名", "org": "单位", "department": "部门", "post": "职务", "rank": "职级",
    "telegram_id": "第二通道账号", "leader": "直接领导", "supervisor": "分管领导", "party_org": "所属党组织",
    "managed_by": "管理权限", "status": "状态", "post_since": "任现职时间", "department_since": "到现部门时间",
    "hired_on": "参加工作时间", "born_on": "出生年月", "retires_on": "退休时间", "roles": "角色", "tags": "标签",
    "is_head": "是否负责人",
}  # fmt: skip
DONE = {
    "signed_out": "已退出登录。",
    "moved": "已办理，并记入办理经过。",
    "entered": "认定已录入，等待另一名授权人员确认。",
    "confirmed": "认定已确认。",
    "rejected": "认定录入已退回，可以重新录入。",
    "event": "事件已登记。",
    "invited": "一次性链接已生成，只显示这一次。",
    "cleared": "已处理。",
    "rule": "规则已修改。",
    "draft": "草稿已保存。",
    "sent": "已提交发送。",
    "tested": "已发给您本人，请在手机上查看。",
    "approved": "已审批，开始发送。",
    "paused": "已暂停。",
    "resumed": "已继续发送。",
    "chased": "已提醒还没有确认的人。",
    "recalled": "已撤回。",
    "retried": "已对失败的人重新发送。",
    "talk": "谈话情况已登记。",
    "chosen": "规则已修改，立即生效。",
    "handed": "已指定谈话人，并通知了他。",
    "entered_talk": "已录入，只提醒这名干部的分管领导。",
    "learned": "已作为训练例句，下一次训练后生效；指定的条款立即生效。",
    "stored": "已保存，现在就能回答。",
    "topics": "主题已确认，立即生效。",
    "repealed": "已登记废止。",
}
STALE = "这件申请在您打开页面之后有了变化。您的操作没有执行，也没有覆盖任何内容；请核对最新情况后再办理。"
FORGED = "页面已失效，没有执行任何操作。请返回刷新后再试。"
EXPIRED = "登录已过期，请重新登录。"
FORBIDDEN = "您的角色没有这一页的权限。"
MISSING = "没有查到。"
BROKEN = "出了点问题，没有完成。请稍后再试；如仍不行，请联系管理员。"
TOO_LARGE = "提交的内容超过 30 MB，没有接收。"
