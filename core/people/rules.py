"""A roster row and its rules: headings, dates with their own precision, roles."""

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

ROLES = ("cadre", "handler_discipline", "handler_organization", "hr", "auditor", "admin")
REQUIRED = ("userid", "name", "org")
DATE_FIELDS = ("post_since", "department_since", "hired_on", "born_on", "retires_on")
LIST_FIELDS = ("roles", "tags")
TEXT_FIELDS = (
    "userid", "name", "org", "department", "post", "rank", "telegram_id",
    "leader", "supervisor", "party_org", "managed_by", "status",
)
FIELDS = (*TEXT_FIELDS, *DATE_FIELDS, *LIST_FIELDS, "is_head")
HEADINGS = {
    "账号": "userid", "帐号": "userid", "工号": "userid", "姓名": "name", "组织": "org", "单位": "org",
    "部门": "department", "所在部门": "department", "所在单位": "department", "现任职务": "post", "职务": "post",
    "职级": "rank", "任现职时间": "post_since", "任现职务时间": "post_since", "到现部门时间": "department_since",
    "参加工作时间": "hired_on", "入职时间": "hired_on", "出生年月": "born_on", "退休时间": "retires_on",
    "角色": "roles", "直接领导": "leader", "分管领导": "supervisor", "所属党组织": "party_org",
    "是否负责人": "is_head", "管理权限": "managed_by", "标签": "tags", "状态": "status",
}  # fmt: skip
NOT_IMPORTED = ("身份证号", "民族", "籍贯", "健康状况", "家庭成员")
_DATE = re.compile(r"^(\d{4})[-./年](\d{1,2})(?:[-./月](\d{1,2})日?)?月?$")


@dataclass(frozen=True)
class Person:
    """One member of an organisation. Dates are ISO text, a month (1975-03) where the day is not known."""

    userid: str
    name: str
    org: str
    department: str = ""
    post: str = ""
    rank: str = ""
    post_since: str = ""
    department_since: str = ""
    hired_on: str = ""
    born_on: str = ""
    retires_on: str = ""
    telegram_id: str = ""
    roles: tuple[str, ...] = ("cadre",)
    leader: str = ""
    supervisor: str = ""
    party_org: str = ""
    is_head: bool = False
    managed_by: str = ""
    tags: tuple[str, ...] = ()
    status: str = "active"
    id: int = field(default=0, compare=False)

    def columns(self) -> dict[str, Any]:
        """The row as stored."""
        values = asdict(self)
        del values["id"]
        return values | {"roles": ";".join(self.roles), "tags": ";".join(self.tags)}


@dataclass(frozen=True)
class BadRow:
    """A row that was not taken: its line in the file (1 is the heading) and the reason, in Chinese."""

    line: int
    reason: str


def heading(raw: str) -> str | None:
    """The field a column heading means; None for a column that is not imported."""
    plain = raw.strip()
    if plain.lower() in FIELDS:
        return plain.lower()
    return HEADINGS.get(plain)


def parse_date(raw: str) -> str:
    """ISO day or month out of 1975.03, 1975-03-02, 1975年3月; '' stays ''. Raises ValueError."""
    plain = raw.strip()
    if not plain:
        return ""
    found = _DATE.match(plain)
    if not found:
        raise ValueError(f"日期看不懂：{plain}")
    year, month, day = int(found[1]), int(found[2]), found[3]
    if day is None:
        dt.date(year, month, 1)
        return f"{year:04d}-{month:02d}"
    return dt.date(year, month, int(day)).isoformat()


def parse_row(row: Mapping[str, str], orgs: frozenset[str]) -> Person:
    """A person out of one roster row. Raises ValueError with the reason in Chinese."""
    values: dict[str, Any] = {name: (row.get(name) or "").strip() for name in TEXT_FIELDS}
    missing = [name for name in REQUIRED if not values[name]]
    if missing:
        raise ValueError("缺少：" + "、".join(missing))
    if values["org"] not in orgs:
        raise ValueError(f"没有这个组织：{values['org']}")
    if not re.fullmatch(r"[\w.@-]{1,64}", values["userid"]):
        raise ValueError("userid 只能用字母、数字和 . _ - @")
    for name in DATE_FIELDS:
        try:
            values[name] = parse_date(row.get(name) or "")
        except ValueError as error:
            raise ValueError(f"{name}：{error}") from error
    roles = _split(row.get("roles") or "") or ("cadre",)
    unknown = [role for role in roles if role not in ROLES]
    if unknown:
        raise ValueError("没有这个角色：" + "、".join(unknown))
    values["status"] = values["status"] or "active"
    flag = (row.get("is_head") or "").strip().lower()
    return Person(**values, roles=roles, tags=_split(row.get("tags") or ""), is_head=flag in ("1", "true", "yes", "是"))


def _split(raw: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in re.split(r"[;；]", raw) if part.strip())
