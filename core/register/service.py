"""A roster import in two steps: what a file would change, then the change itself."""

import datetime as dt
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from core import audit
from core.db import Database, Row
from core.errors import RosterError
from core.people import files, store
from core.people.orgs import Org
from core.people.rules import FIELDS, LIST_FIELDS, BadRow, Person, parse_row
from core.register import directory
from core.register import store as register
from core.register.store import LEFT

_BATCH = 1000
_MOST_ROWS = 200_000
_MOST_BYTES = 400 << 20
"""What a spreadsheet may unpack to; a small file that unpacks to more is refused unread."""
Watch = Callable[[int, int], None]


@dataclass(frozen=True)
class Change:
    """One person that a file adds or changes. `fields`: what differs, as (field, before, after)."""

    person: Person
    fields: tuple[tuple[str, str, str], ...]


@dataclass
class Plan:
    """What a file would change in one organisation. `gone`: active people it does not name."""

    org: str
    name: str
    added: list[Change] = field(default_factory=list)
    changed: list[Change] = field(default_factory=list)
    gone: list[Person] = field(default_factory=list)
    same: int = 0
    bad: list[BadRow] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)


def preview(db: Database, path: Path, name: str, actor: Person, watch: Watch) -> Plan:
    """Hold a roster file against the actor's own organisation; nothing is written.

    Raises RosterError when the file is no readable table or too large.
    """
    _require_size(path)
    file = files.read(path)
    if len(file.rows) > _MOST_ROWS:
        raise RosterError(f"一次最多导入 {_MOST_ROWS:,} 行。")
    return _compared(_known(db), Plan(actor.org, name, dropped=file.dropped), file.rows, actor, watch)


def preview_directory(
    db: Database, members: Iterable[Mapping[str, Any]], orgs: Mapping[str, Org], actor: Person, watch: Watch
) -> Plan:
    """Hold the platform's directory against the actor's own organisation; nothing is written.

    What the directory does not know (dates, rank, roles, tags …) stays as the roster has it.
    """
    known = _known(db)
    rows = list(enumerate(directory.rows(members, orgs, actor.org, known), start=1))
    return _compared(known, Plan(actor.org, "企业微信通讯录"), rows, actor, watch)


def _known(db: Database) -> dict[str, Person]:
    with db.read() as connection:
        return {userid: _person(row) for userid, row in register.everybody(connection).items()}


def _compared(
    known: Mapping[str, Person], plan: Plan, rows: Sequence[tuple[int, Mapping[str, str]]], actor: Person, watch: Watch
) -> Plan:
    seen: set[str] = set()
    for place, (line, row) in enumerate(rows):
        try:
            _take(plan, _checked(row, known, seen, actor), known)
        except ValueError as error:
            plan.bad.append(BadRow(line, str(error)))
        if place % _BATCH == 0:
            watch(place, len(rows))
    plan.gone = [
        one for userid, one in known.items() if one.org == plan.org and one.status == "active" and userid not in seen
    ]
    return plan


def _require_size(path: Path) -> None:
    if path.suffix == ".csv":
        return
    try:
        with zipfile.ZipFile(path) as book:
            size = sum(entry.file_size for entry in book.infolist())
    except (zipfile.BadZipFile, OSError):
        raise RosterError("打不开表格。请上传 .xlsx 或 .csv 文件。") from None
    if size > _MOST_BYTES:
        raise RosterError("表格展开后太大，没有读取。")


def _checked(row: Mapping[str, str], known: Mapping[str, Person], seen: set[str], actor: Person) -> Person:
    """The person of a row. Raises ValueError with the reason in Chinese.

    A row without organisation belongs to the actor's. Roles that open the console are an administrator's to give.
    """
    row = {**row, "org": row.get("org", "").strip() or actor.org}
    userid = row.get("userid", "").strip().casefold()
    before = known.get(userid)
    if userid and "roles" not in row and before:
        row["roles"] = ";".join(before.roles)
    person = parse_row(row, frozenset({actor.org, row["org"]}))
    if userid in seen:
        raise ValueError(f"账号重复：{person.userid}")
    seen.add(userid)
    if person.org != actor.org or (before and before.org != actor.org):
        raise ValueError("只能导入本单位的人员")
    if set(person.roles) - {"cadre"} != set(before.roles if before else ()) - {"cadre"} and "admin" not in actor.roles:
        raise ValueError("角色只能由管理员修改")
    return person


def _take(plan: Plan, person: Person, known: Mapping[str, Person]) -> None:
    before = known.get(person.userid.casefold())
    if before == person:
        plan.same += 1
    elif before is None:
        plan.added.append(Change(person, ()))
    else:
        plan.changed.append(Change(person, tuple(_differences(before, person))))


def _differences(before: Person, after: Person) -> list[tuple[str, str, str]]:
    pairs = ((name, _shown(before, name), _shown(after, name)) for name in FIELDS)
    return [(name, old, new) for name, old, new in pairs if old != new]


def _shown(person: Person, name: str) -> str:
    value = getattr(person, name)
    return "；".join(value) if isinstance(value, tuple) else str(value)


def _person(row: Row[Any]) -> Person:
    values = {name: getattr(row, name) for name in FIELDS}
    for name in LIST_FIELDS:
        values[name] = tuple(part for part in values[name].split(";") if part)
    return Person(id=row.id, **values)


def carry_out(db: Database, plan: Plan, leave: bool, actor: str, at: dt.datetime, watch: Watch) -> int:
    """Write a plan, 1,000 people a transaction; with `leave` those it does not name have left. Returns how many.

    A role that the preview did not show is never written, even when the roster changed meanwhile.
    """
    people = [change.person for change in (*plan.added, *plan.changed)]
    if leave:
        people += [replace(one, status=LEFT) for one in plan.gone]
    for start in range(0, len(people), _BATCH):
        with db.write() as connection:
            store.put_all(connection, people[start : start + _BATCH])
        watch(min(start + _BATCH, len(people)), len(people))
    with db.write() as connection:
        numbers = {"added": len(plan.added), "changed": len(plan.changed), "left": len(plan.gone) if leave else 0}
        audit.record(connection, at, actor, "roster.import", plan.name[:120], **numbers, bad=len(plan.bad))
    return len(people)
