"""How fast the console's pages are over a large organisation: `python -m bench.console [--runs 20]`.

Seeds a database of its own with 100,000 people, 20,000 cases, 1,000,000 notice deliveries, 200,000 reminders and
300,000 audit rows in one organisation, then asks every page as whoever may see it, in this process. The bar: 500 ms at
p95 for every page.
"""

import argparse
import asyncio
import datetime as dt
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx

from console.app import create_app
from console.brain import Brain
from console.gate import SESSION
from console.parts import Parts
from core.cases.service import Desk
from core.cases.vault import Vault
from core.clock import UTC, Clock
from core.console.service import Doors
from core.console.tickets import Tickets
from core.crypto import Cipher
from core.db import Database
from core.messages.service import Mailbox
from core.notices.rules import Asks, Content, parse_audience
from core.notices.service import Notices
from core.people import orgs
from core.people import service as people
from core.policies import service as policies
from core.settings import ROOT, Settings
from core.testing import new_database
from knowledge import catalogue

PEOPLE, CASES, NOTICES, EACH, REMINDERS, AUDIT = 100_000, 20_000, 10, 100_000, 200_000, 300_000
BAR_MS = 500
ORG = "azkj"
_START = dt.datetime(2025, 12, 1, tzinfo=UTC)
_PERSON = (
    "userid,name,org,department,post,rank,post_since,department_since,hired_on,born_on,retires_on,telegram_id,roles,"
    "leader,supervisor,party_org,is_head,managed_by,tags,status"
)
_CASE = "id,number,type,status,org,unit,applicant,filed_by,office,handler,draft,submitted_at,changed_at"
_STATUSES = ("submitted", "accepted", "returned", "investigating", "deliberating", "decided", "closed", "withdrawn")


def _many(db: Database, sql: str, rows: Iterator[tuple[object, ...]]) -> None:
    """Insert in bulk; a bench's seed needs no fsync."""
    batch: list[tuple[object, ...]] = []
    with db.write() as connection:
        for row in rows:
            batch.append(row)
            if len(batch) == 20_000:
                connection.exec_driver_sql(sql, batch)
                batch = []
        if batch:
            connection.exec_driver_sql(sql, batch)


def _insert(table: str, columns: str) -> str:
    return f"insert into {table} ({columns}) values ({', '.join('?' * len(columns.split(',')))})"


def _moment(number: int) -> str:
    return f"{_START + dt.timedelta(minutes=25 * number):%Y-%m-%d %H:%M:%S.000000}"


def _people() -> Iterator[tuple[object, ...]]:
    for number in range(PEOPLE):
        yield (f"p{number}", f"人员{number}", ORG, f"部门{number % 300}", "科员", "科员", "2020-01-01", "", "", "", "",
               "", "cadre", "", "", "", 0, "", "", "active")  # fmt: skip


def _cases() -> Iterator[tuple[object, ...]]:
    for number in range(CASES):
        kind, prefix = (("tolerance", "RC"), ("clarification", "CQ"))[number % 2]
        at = _moment(number)
        yield (number + 1, f"{prefix}-2026-{number:06d}", kind, _STATUSES[number % 8], ORG, f"部门{number % 300}",
               f"p{number}", f"p{number}", "organization", "azkj_zhoujing", f"d{number}", at, at)  # fmt: skip


def _fields(cipher: Cipher) -> Iterator[tuple[object, ...]]:
    body = cipher.seal_json(["事项", "说明" * 400], "case_fields")
    for number in range(CASES):
        for place, name in enumerate(("matter", "description", "unit")):
            yield (number + 1, place, name, body)


def _events(cipher: Cipher) -> Iterator[tuple[object, ...]]:
    body = cipher.seal_json({"reason": "已核实"}, "case_events")
    for number in range(CASES):
        for _ in range(4):
            yield (number + 1, _moment(number), "azkj_zhoujing", "accept", "submitted", "accepted", body)


def _deliveries() -> Iterator[tuple[object, ...]]:
    for notice in range(1, NOTICES + 1):
        for number in range(EACH):
            answer = "confirm" if number % 3 else None
            at = _moment(number) if answer else None
            yield (
                notice,
                (notice - 1) * 100 + number // 1000 + 1,
                f"p{number}",
                f"p{number}",
                "accepted",
                at,
                at,
                answer,
            )


def _batches() -> Iterator[tuple[object, ...]]:
    for number in range(NOTICES * 100):
        yield (number + 1, number // 100 + 1, "wecom", "done", 1, 1, 1000, 0, _moment(0), "")


def _reminders() -> Iterator[tuple[object, ...]]:
    for number in range(REMINDERS):
        day = (_START + dt.timedelta(days=number % 365)).date().isoformat()
        kind = ("talk", "health_check")[number % 2]
        rule = ("talk_regular", "health_check")[number % 2]
        state = ("done", "open", "planned")[number % 3]
        yield (rule, kind, f"p{number % PEOPLE}", f"k{number}", ORG, "azkj", "10", day, day, state, 0)


def _audit() -> Iterator[tuple[object, ...]]:
    for number in range(AUDIT):
        who = f"p{number % 1000}"
        subject = f"RC-2026-{number % CASES:06d}"
        yield (10_000 + number, _moment(number % CASES), who, "case.read", subject, "{}", "0" * 64)


def seed(db: Database, desk: Desk) -> None:
    """Fill the database."""
    cipher = desk.mailbox.cipher
    policies.sync(db, catalogue.shipped(), _START)
    people.import_roster(db, ROOT / "orgs" / "demo" / "roster.csv", "bench", _START)
    _many(db, _insert("persons", _PERSON), _people())
    _many(db, _insert("cases", _CASE), _cases())
    _many(db, _insert("case_fields", "case_id,position,name,body"), _fields(cipher))
    _many(db, _insert("case_events", "case_id,at,actor,move,from_status,to_status,body"), _events(cipher))
    notices = Notices(desk.mailbox, desk.orgs)
    content = Content("年度体检安排", "请按时参加。", parse_audience([f"org:{ORG}"], [], ORG))
    for number in range(NOTICES):
        with db.write() as connection:
            made = notices.write(connection, "azkj_wulili", ORG, content, Asks.CONFIRM)
            assert made == number + 1
            changed = "update notices set state='finished', recipients=?, submitted_at=created_at where id=?"
            connection.exec_driver_sql(changed, (EACH, made))
    _many(db, _insert("notice_batches", "id,notice_id,channel,state,progress,attempts,size,troubled,next_at,"
          "platform_ids"), _batches())  # fmt: skip
    _many(db, _insert("notice_deliveries", "notice_id,batch_id,userid,address,state,opened_at,confirmed_at,answer"),
          _deliveries())  # fmt: skip
    _many(db, _insert("reminders", "rule,kind,userid,key,org,policy,clause,due_on,push_on,state,stage"), _reminders())
    _many(db, _insert("audit", "seq,at,actor,action,subject,detail,hash"), _audit())


PAGES: dict[str, tuple[str, ...]] = {
    "azkj_zhoujing": (
        "/", "/cases", "/cases?page=300", "/cases?all=1&sort=changed_at&order=desc", "/cases?status=accepted",
        "/cases?unit=部门7", "/cases?number=000123", "/cases/RC-2026-010000",
    ),
    "azkj_wulili": (
        "/", "/people", "/people?page=1500", "/people?words=人员99", "/people?role=hr", "/people/p5", "/reminders",
        "/reminders/list", "/reminders/rules", "/events", "/notices", "/notices/new", "/notices/1",
        "/notices/1/receipts", "/notices/1/receipts?answered=no&after=50000", "/knowledge", "/knowledge/policies/azkj",
        "/knowledge/topics", "/knowledge/questions", "/knowledge/try", "/knowledge/ratings", "/knowledge/import",
        "/knowledge/diff?left=azkj&right=nq", "/talks", "/export/roster",
    ),
    "azkj_zhenghao": (
        "/", "/audit", "/audit?action=console.", "/audit?actor=azkj_zhenghao", "/audit?subject=RC-2026-000010",
        "/audit?since=2026-06-01&until=2026-06-02", "/reminders", "/notices/1",
    ),
}  # fmt: skip


POSTS: dict[str, tuple[tuple[str, dict[str, str]], ...]] = {
    "azkj_wulili": (
        ("/notices/new", {"title": "年度体检安排", "text": "请按时参加。", "asks": "confirm", "whole": "yes"}),
        ("/events", {"userid": "p7", "event": "retirement", "on": "2026-12-31", "announced": "yes"}),
        ("/reminders/rules/talk_regular", {"state": "on", "lead": "21"}),
        ("/talks/record", {"userid": "p8", "leader": "p9", "on": "2026-01-05"}),
        ("/people/azkj_zhenghao/code", {}),
        ("/knowledge/try", {"text": "容错有哪些条件"}),
    ),
}
"""Each ends in a redirect, a page, or a refusal in words (409: the channel outside is off)."""


async def _ask(
    app: object, token: str, path: str, runs: int, form: dict[str, str] | None = None
) -> tuple[list[float], float, int]:
    """Milliseconds of each request, processor milliseconds of one on average, and the last status."""
    found, status, before = [], 0, time.process_time()
    transport = httpx.ASGITransport(app)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://bench", cookies={SESSION: token}) as client:
        for _ in range(runs):
            start = time.perf_counter()
            reply = await (client.get(path) if form is None else client.post(path, data=form))
            status = reply.status_code
            found.append(1000 * (time.perf_counter() - start))
    return found, 1000 * (time.process_time() - before) / runs, status


def measure(parts: Parts, runs: int, say: Callable[[str], None]) -> list[str]:
    """Ask every page; returns those that are too slow or do not open."""
    app, slow = create_app(parts), []
    say(f"{'p50':>7} {'p95':>7} {'cpu':>7}  page")
    for userid, paths in PAGES.items():
        invitation = parts.doors.invite(userid, "bench")
        token = parts.doors.set_password(invitation, "bench bench bench 1")
        visitor = parts.doors.visitor(token)
        assert visitor is not None
        posts = [(path, {"csrf": visitor.session.csrf} | form) for path, form in POSTS.get(userid, ())]
        for path, form in [*((path, None) for path in paths), *posts]:
            times, busy, status = asyncio.run(_ask(app, token, path, runs, form))
            ordered = sorted(times)
            p95 = ordered[max(0, -(-95 * len(ordered) // 100) - 1)]
            say(
                f"{statistics.median(ordered):7.0f} {p95:7.0f} {busy:7.0f}  {userid} {'POST ' if form else ''}{path}"
                f"{'' if status == 200 else f' {status}'}"
            )
            if p95 > BAR_MS or status not in ((200,) if form is None else (200, 303, 409)):
                slow.append(path)
    return slow


def main() -> int:
    """Seed and measure; 1 when a page misses the bar."""
    given = argparse.ArgumentParser(description=__doc__)
    given.add_argument("--runs", type=int, default=20)
    given.add_argument("--keep", default="", help="a folder: seeded once, used again")
    arguments = given.parse_args()
    runs = arguments.runs
    with tempfile.TemporaryDirectory(prefix="bench-console-") as fresh:
        folder = arguments.keep or fresh
        Path(folder).mkdir(exist_ok=True)
        seeded = (Path(folder) / "test.db").exists()
        db = new_database(Path(folder))
        cipher, clock = Cipher((b"k" * 32,)), Clock()
        desk = Desk(Mailbox(db, cipher, clock), orgs.load(), Vault(Path(folder) / "evidence", cipher))
        start = time.monotonic()
        if not seeded:
            seed(db, desk)
        print(f"seeded in {time.monotonic() - start:.0f} s", flush=True)
        settings = Settings(_env_file=None, var=Path(folder))
        parts = Parts(settings, db, desk, Doors(db, clock, Tickets(cipher.keys)), Brain(db, clock, orgs.load()))
        parts.brain.engine()  # built at the start of the process, in a thread of its own
        slow = measure(parts, runs, lambda line: print(line, flush=True))
        db.close()
    print("slow or not opened: " + (", ".join(slow) or "none"))
    return 1 if slow else 0


if __name__ == "__main__":
    sys.exit(main())
