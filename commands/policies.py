"""What `chengyao policy …` does: import with a preview, show, end, compare, and official files at start."""

import datetime as dt
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from commands import ground, store
from core.clock import Clock
from core.db import Database
from core.errors import ImportFailed, NotFound
from core.people import service as people
from core.people.orgs import Org, plain
from core.policies import intake as storing
from core.policies import service
from core.policies.intake import Draft, check_id
from core.policies.rules import IMPORTED, Policy
from knowledge import importer, intake
from knowledge.intake import Wish

OFFICIAL = (".txt", ".docx", ".doc", ".pdf")
_STATES = {"effective": "有效", "superseded": "已被替代", "repealed": "已废止"}
_LEVELS = (("省", "province"), ("自治区", "province"), ("县", "county"), ("区", "county"), ("市", "county"))


@dataclass(frozen=True)
class Shelf:
    """The database with the clock, for one command."""

    db: Database
    clock: Clock

    def stored(self) -> dict[str, Policy]:
        """Every stored policy."""
        return service.library(self.db).policies

    def policy(self, policy_id: str) -> Policy:
        """A stored policy. Raises NotFound."""
        found = self.stored().get(policy_id)
        if found is None:
            raise NotFound(f"没有这个文件：{policy_id}")
        return found


@contextmanager
def shelf() -> Iterator[Shelf]:
    """The database as it is after migration and with the shipped policies; closed at the end."""
    settings = ground.settings()
    store.prepare(settings)
    db = Database(settings.database)
    try:
        yield Shelf(db, Clock(settings.now_offset))
    finally:
        db.close()


@dataclass(frozen=True)
class Order:
    """The options of `policy import`."""

    files: Sequence[Path]
    org: str
    new_org: str = ""
    policy_id: str = ""
    supersedes: str = ""
    replacing: bool = False
    effective: str = ""
    level: str = ""


def prepare(found: Shelf, order: Order) -> tuple[list[Draft], list[str], Org | None]:
    """Read the files: drafts, the preview's lines, and the organisation when it is new. Raises ImportFailed."""
    org, new = _org(found, order)
    if len(order.files) > 1 and (order.policy_id or order.supersedes):
        raise ImportFailed("一次导入多个文件时，不能使用 --id 或 --supersedes，请逐个导入")
    wish = Wish(org, order.policy_id, order.supersedes or None, _date(order.effective), order.replacing)
    stored = found.stored()
    drafts: list[Draft] = []
    lines: list[str] = []
    with importer.Reader() as reader:
        for path in order.files:
            document = intake.require_clauses(reader.read(path))
            draft = intake.draft(document, wish, stored)
            stored[draft.policy.id] = draft.policy
            drafts.append(draft)
            lines += [*intake.preview(document, draft), ""]
    storing.check(found.db, drafts)
    return drafts, lines, new


def keep(found: Shelf, drafts: Sequence[Draft], new: Org | None) -> None:
    """Store what `prepare` made, all of it or nothing. Raises ImportFailed."""
    storing.keep(found.db, drafts, new, "cli", found.clock)


def _org(found: Shelf, order: Order) -> tuple[Org, Org | None]:
    known = people.organisations(found.db)
    if order.org in known:
        return known[order.org], None
    if not order.new_org.strip():
        raise ImportFailed(f"没有这个组织：{order.org}；新组织请用 --new-org 写明全称")
    org = plain(check_id(order.org, "组织编号"), order.new_org.strip()[:120], order.level or level_of(order.new_org))
    return org, org


def level_of(name: str) -> str:
    """The level that an organisation's name tells; a school or an enterprise counts as a college."""
    if name.endswith("大学"):
        return "university"
    head = name.removesuffix("委员会").removesuffix("人民政府").removesuffix("办公室").removesuffix("委")
    return next((level for sign, level in _LEVELS if head.endswith(sign)), "college")


def _date(raw: str) -> str | None:
    if not raw:
        return None
    try:
        return dt.date.fromisoformat(raw).isoformat()
    except ValueError:
        raise ImportFailed(f"日期请写成 2024-01-31 的样子：{raw[:30]}") from None


def shown(policy: Policy, today: dt.date) -> dict[str, Any]:
    """A policy as `policy show --json` prints it."""
    clauses = [
        {"id": one.id, "heading": one.heading, "text": one.text, "topics": list(policy.topics_of(one.id))}
        for one in policy.clauses
    ]
    head = {name: getattr(policy, name) for name in ("id", "title", "issuer", "document_number", "issued_on")}
    validity = {"effective_on": policy.since, "supersedes": policy.validity.supersedes}
    status = policy.validity.status(today.isoformat())
    return {**head, "org": policy.applies_to[0], **validity, "status": status, "clauses": clauses}


def lines_of(policy: Policy, today: dt.date) -> Iterator[str]:
    """A policy to read."""
    state = _STATES[policy.validity.status(today.isoformat())]
    yield from (policy.title, policy.issuer)
    yield f"{policy.document_number or '无文号'}  {policy.issued_on or '无日期'}  {state}"
    for one in policy.clauses:
        yield f"\n{one.id}  {one.heading}"
        yield from (f"  {point.text}" for point in one.points)
        if one.text and not one.points:
            yield f"  {one.text}"


def attach_official(folder: Path) -> list[str]:
    """Attach the official files of shipped policies that lie in a folder; one line for each. Raises ImportFailed."""
    if not folder.is_dir():
        raise ImportFailed(f"没有这个文件夹：{folder}")
    said = []
    with shelf() as found, importer.Reader() as reader:
        for path in sorted(path for path in folder.iterdir() if path.suffix.lower() in OFFICIAL):
            document = reader.read(path)
            draft = intake.official(document, found.stored())
            if draft is None:
                said.append(f"{path.name}：不是内置文件的正式文本，未导入；请用 chengyao policy import")
                continue
            with found.db.write() as connection:
                name, sha = draft.policy.id, document.sha256
                new = service.attach(connection, name, draft.texts, sha, "system", found.clock.now())
            said.append(f"{path.name}：{'已补充到' if new else '此前已补充到'} {draft.policy.id}")
    return said


def imported(policies: dict[str, Policy]) -> list[Policy]:
    """Those that were imported."""
    return [policy for policy in policies.values() if policy.origin == IMPORTED]


def confirmed() -> bool:
    """Ask whether to store; without a terminal nobody can say yes. Raises ImportFailed then."""
    if not sys.stdin.isatty():
        raise ImportFailed("没有保存：请核对预览后加 --yes 再运行")
    return input("保存吗？输入 y 保存：").strip().lower() in ("y", "yes", "是")
