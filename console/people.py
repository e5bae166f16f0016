"""People: the roster of one's own organisation, an import that is looked at before anything is written, invitations."""

import shutil
import tempfile
from functools import partial
from pathlib import Path

from starlette.responses import Response

from console.cases import kept, page_number
from console.jobs import Job
from console.visit import GET, POST, Page, Visit
from core.errors import NotFound, Refused
from core.people import links
from core.people import store as people
from core.people.access import ROLE_RIGHTS, Right, rights_of
from core.people.rules import Person
from core.register import service
from core.register import store as register
from core.register.store import PAGE, Wanted

_SHOWN = 200
_OUTSIDE = "telegram"
_KINDS = (".csv", ".xlsx", ".xlsm")


def show(visit: Visit) -> Response:
    """GET /people."""
    wanted = Wanted(
        visit.asked("words"), visit.asked("department"), visit.asked("role"), visit.query.get("status", "active"),
        page_number(visit),
    )  # fmt: skip
    with visit.parts.db.read() as connection:
        rows, total = register.page(connection, visit.person.org, wanted)
        departments = register.departments(connection, visit.person.org)
    return visit.page(
        "people.html", title="人员", rows=rows, total=total, wanted=wanted, kept=kept(visit),
        departments=[name for name, _ in departments], pages=max(1, -(-total // PAGE)),
    )  # fmt: skip


def one(visit: Visit) -> Response:
    """GET /people/{userid}: the roster's row; what a person asked or filed is nowhere here."""
    with visit.parts.db.read() as connection:
        person = people.by_userid(connection, visit.path["userid"])
    if person is None or person.org != visit.person.org:
        raise NotFound
    visit.parts.doors.note(visit.person.userid, "people.read", person.userid)
    return _person(visit, person)


def _person(visit: Visit, person: Person, link: str = "", code: str = "") -> Response:
    with visit.parts.db.read() as connection:
        outside = links.is_open(connection, _OUTSIDE)
        tied = links.tied(connection, person, _OUTSIDE)
    return visit.page(
        "person.html", title=person.name, one=person, console=bool(rights_of(person.roles)), link=link, code=code,
        outside=outside, tied=tied,
    )  # fmt: skip


def code(visit: Visit) -> Response:
    """POST /people/{userid}/code: a code that ties the person's account on the channel outside; shown once."""
    with visit.parts.db.write() as connection:
        person = people.by_userid(connection, visit.path["userid"])
        if person is None or person.org != visit.person.org or person.status != "active":
            raise NotFound
        if not links.is_open(connection, _OUTSIDE):
            raise Refused("Telegram 没有开通。")
        made = links.new_code(
            connection, visit.parts.desk.mailbox.cipher, person, _OUTSIDE, by=visit.person.userid
        )  # fmt: skip
    return _person(visit, person, code=made)


def invite(visit: Visit) -> Response:
    """POST /people/{userid}/invite: a one-time link, shown once."""
    with visit.parts.db.read() as connection:
        person = people.by_userid(connection, visit.path["userid"])
    if person is None or person.org != visit.person.org:
        raise NotFound
    token = visit.parts.doors.invite(person.userid, visit.person.userid)
    link = f"{visit.parts.settings.console_address}/invite/{token}"
    return _person(visit, person, link=link)


# -- import


def begin(visit: Visit) -> Response:
    """GET /people/import."""
    return visit.page("import.html", title="导入花名册", roles=[name for name in ROLE_RIGHTS if name != "cadre"])


def look(visit: Visit) -> Response:
    """POST /people/import: read the file in the background, then show what it would change."""
    upload = visit.files.get("file")
    if upload is None:
        raise Refused("请选择要导入的文件。")
    if upload.path.suffix not in _KINDS:
        raise Refused("请上传 .xlsx 或 .csv 文件。")
    folder = Path(tempfile.mkdtemp(prefix="roster-"))
    path = Path(shutil.move(upload.path, folder / upload.path.name))
    job = visit.parts.jobs.start(
        visit.person.userid, "读取花名册", "/people/import", partial(_preview, visit, path, upload.name)
    )
    return visit.go(f"/jobs/{job.id}")


def _preview(visit: Visit, path: Path, name: str, job: Job) -> str:
    try:
        plan = service.preview(visit.parts.db, path, name, visit.person, job.step)
    finally:
        shutil.rmtree(path.parent, ignore_errors=True)
    key = visit.parts.plans.keep(visit.person.userid, plan)
    job.back = f"/people/import/{key}"
    numbers = f"新增 {len(plan.added):,} 人，变更 {len(plan.changed):,} 人，有问题的 {len(plan.bad):,} 行"
    return f"读完了：{numbers}。还没有写入。"


def changes(visit: Visit) -> Response:
    """GET /people/import/{key}: added, changed, gone, bad rows by line; nothing is written yet."""
    plan = visit.parts.plans.of(visit.path["key"], visit.person.userid)
    return visit.page("import_preview.html", title="核对变化", plan=plan, key=visit.path["key"], shown=_SHOWN)


def carry_out(visit: Visit) -> Response:
    """POST /people/import/{key}: write it, in the background."""
    plan = visit.parts.plans.take(visit.path["key"], visit.person.userid)
    leave = visit.given("leave") == "yes"

    def work(job: Job) -> str:
        at = visit.parts.clock.now()
        count = service.carry_out(visit.parts.db, plan, leave, visit.person.userid, at, job.step)
        job.lines = [f"第 {row.line} 行：{row.reason}" for row in plan.bad[:_SHOWN]]
        skipped = f"，{len(plan.bad):,} 行有问题没有导入" if plan.bad else ""
        return f"已写入 {count:,} 人{skipped}。"

    job = visit.parts.jobs.start(visit.person.userid, "导入花名册", "/people", work)
    return visit.go(f"/jobs/{job.id}")


PAGES = (
    Page(GET, "/people", Right.PEOPLE_READ, show),
    Page(GET, "/people/import", Right.PEOPLE, begin),
    Page(POST, "/people/import", Right.PEOPLE, look),
    Page(GET, "/people/import/{key}", Right.PEOPLE, changes),
    Page(POST, "/people/import/{key}", Right.PEOPLE, carry_out),
    Page(GET, "/people/{userid}", Right.PEOPLE_READ, one),
    Page(POST, "/people/{userid}/invite", Right.INVITE, invite),
    Page(POST, "/people/{userid}/code", Right.PEOPLE, code),
)
