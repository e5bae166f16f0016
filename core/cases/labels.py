"""What handlers see for the moves of a case and the details of each. Pure."""

from core.cases.decisions import LABEL
from core.cases.rules import DETAIL_LABEL

MOVE_LABEL = {
    "submit": "提交申请", "accept": "受理", "return": "退回补充", "answer": "补正", "supplement": "补充",
    "not_accept": "不予受理", "transfer": "转办", "investigate": "开始调查核实", "deliberate": "提交集体研究",
    "decide": "认定", "enter_decision": "录入认定", "reject_decision": "退回认定录入", "tell": "登记当面告知",
    "publish": "登记一定范围内公开", "acknowledge": "本人已知悉", "report_correction": "报送整改情况",
    "accept_correction": "整改通过", "return_correction": "整改退回", "check": "登记核对事项",
    "opinion": "二级党组织意见", "exclude": "提出回避", "approve_exclusion": "同意回避", "deny_exclusion": "不同意回避",
    "assign": "指定承办人", "close": "办结", "withdraw": "撤回", "propose": "另提谈心时间",
    "counter": "本人另提时间", "agree": "同意另提的时间",
    "decline": "不能安排谈心", "hold": "登记已谈", "lapse": "谈心已过期", "export": "导出卷宗",
}  # fmt: skip
ALL_DETAILS = LABEL | DETAIL_LABEL | {"office": "承办部门", "time": "谈心的时间", "place": "谈心的地点"}
EXCLUSION_MOVES = ("exclude", "approve_exclusion", "deny_exclusion")
"""Of these nobody but the head learns whom they concern and why (design section 4)."""
CHECK_STATE = {"done": "已完成", "not_applicable": "不适用", None: "未登记"}
CORRECTION_STATE = {"open": "整改中", "reported": "已报送整改情况", "returned": "整改退回", "accepted": "整改通过"}
OFFICE_LABEL = {"discipline": "纪检监察", "organization": "组织人事"}
