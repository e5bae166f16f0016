"""Reads the roster file into members and departments (design section 6)."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

ORG_NAMES = {
    "azkj": "安徽中澳科技职业学院",
    "ldu": "鲁东大学",
    "sdju": "上海电机学院",
    "yn": "云南省",
    "nq": "宁强县",
}


class RosterError(Exception):
    """The roster cannot be read; the message says why."""


@dataclass(slots=True)
class Member:
    """A person in the directory. `in_range` and `licensed` decide whether the app reaches them."""

    userid: str
    name: str
    org: str
    department: str
    post: str = ""
    is_head: bool = False
    leader: str = ""
    tags: tuple[str, ...] = ()
    department_id: int = 1
    in_range: bool = True
    licensed: bool = True
    sent: list[float] = field(default_factory=list)


def read(path: Path) -> Iterator[Member]:
    """The members of a CSV roster in file order; raises RosterError."""
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except OSError as error:
        raise RosterError(f"cannot read the roster {path}: {error.strerror}") from error
    rows = csv.DictReader(lines)
    if not {"userid", "name", "org", "department"} <= set(rows.fieldnames or ()):
        raise RosterError(f"{path} lacks one of the columns userid, name, org, department")
    return (member_from(row) for row in rows if (row.get("userid") or "").strip())


def member_from(row: dict[str, str | None]) -> Member:
    """One row as a member; absent columns count as empty."""
    cell = {name: (value or "").strip() for name, value in row.items() if isinstance(name, str)}
    return Member(
        userid=cell["userid"],
        name=cell["name"],
        org=cell["org"],
        department=cell["department"],
        post=cell.get("post", ""),
        is_head=cell.get("is_head", "") in {"1", "true", "是"},
        leader=cell.get("leader", ""),
        tags=tuple(tag.strip() for tag in cell.get("tags", "").split(";") if tag.strip()),
    )
