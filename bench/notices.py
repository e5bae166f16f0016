"""`python -m bench.notices`: 100,000 recipients with one text beside a bare loop; `--kill`: twenty killed relays."""

import argparse
import json
import os
import random
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import insert, select, update

from bench import machine
from bench.platform import Platform, serving, wait_for
from bot.bootstrap import abandoned, owner
from bot.bulk import Bulk
from bot.cards import Message
from bot.channels.wecom import WeCom
from bot.channels.wecom_client import Account
from bot.loops import Loop
from bot.metrics import Metrics
from commands.talking import free_port
from core.broadcast.service import Dispatch
from core.clock import Clock, wall
from core.crypto import Cipher
from core.db import Database
from core.messages.service import Mailbox
from core.notices.expansion import Expansion
from core.notices.readers import Readers
from core.notices.rules import BATCH, Asks, Content, NoticeState, Progress, parse_audience
from core.notices.service import Notices
from core.notices.tables import notice_batches, notice_deliveries, notices
from core.people.store import persons
from core.testing import KEY, new_database

RECIPIENTS = 100_000
KILLED = 20_000
KILLS = 20
TEXT = "请各部门于本周五前组织完成年度体检，具体安排见部门联络人通知。" * 8
_FILLER = {name: "" for name in persons.c.keys() if name not in ("id", "is_head")}  # noqa: SIM118
_LONGEST_ROUND = 60.0


def desk(database: str) -> Notices:
    """Notices over a database, without organisations: no approval."""
    return Notices(Mailbox(Database(database), Cipher((KEY,)), Clock()), {})


def channel(api: str) -> WeCom:
    """The real channel against an address."""
    return WeCom(Account("ww0", 1000002, "secret", "token", "A" * 43, api))


def roster(folder: Path, people: int) -> str:
    """A database with so many members of one organisation; its address."""
    db = new_database(folder, "bench.db")
    for start in range(0, people, BATCH):
        rows = [
            {**_FILLER, "userid": f"m{number:06}", "name": "陈一", "org": "azkj", "roles": "cadre", "status": "active"}
            | {"is_head": False, "department": f"部门{number % 40}"}
            for number in range(start, min(people, start + BATCH))
        ]
        with db.write() as connection:
            connection.execute(insert(persons), rows)
    db.close()
    return f"sqlite:///{folder / 'bench.db'}"


def order(own: Notices, title: str, asks: Asks = Asks.NOTHING) -> int:
    """A notice to everybody, handed in and laid out; its number."""
    with own.mailbox.db.write() as connection:
        content = Content(title, TEXT, parse_audience(["all"], []))
        number = own.write(connection, "cli", "azkj", content, asks)
        own.submit(connection, number, "cli", ticked=True)
    Expansion(own).run()
    return number


# -- one text to 100,000


def product(database: str, api: str) -> None:
    """As the product does it: expand, claim, call, settle. Prints what it cost."""
    own = desk(database)
    bulk = Bulk(Dispatch(own.mailbox), channel(api), Metrics())
    started = time.perf_counter()
    number = order(own, "年度体检")
    laid_out = time.perf_counter() - started
    while bulk.step(owner("b")):
        pass
    seconds = time.perf_counter() - started
    with own.mailbox.db.read() as connection:
        progress = Readers(own).progress(connection, number)
    assert progress.state is NoticeState.FINISHED, progress
    print(json.dumps({"seconds": seconds, "expand": laid_out, **progress.as_json(), **_memory()}))


def bare(database: str, api: str) -> None:
    """The same calls and the same rows in a loop that can lose everything. Prints what it cost."""
    db, wecom = Database(database), channel(api)
    message = Message("text", f"【年度体检】\n{TEXT}")
    started = time.perf_counter()
    with db.write() as connection:
        now = wall()
        row = {"org": "azkj", "sender": "cli", "state": "sending", "asks": "", "body": b"", "created_at": now}
        number = connection.execute(insert(notices).values(**row, touched_at=now).returning(notices.c.id)).scalar_one()
    with db.read() as connection:
        people = list(connection.execute(select(persons.c.userid)).scalars())
    for start in range(0, len(people), BATCH):
        page = people[start : start + BATCH]
        with db.write() as connection:
            values = {"notice_id": number, "channel": "wecom", "state": "waiting", "size": len(page), "next_at": now}
            into = insert(notice_batches).values(**values).returning(notice_batches.c.id)
            batch = connection.execute(into).scalar_one()
            same = {"notice_id": number, "batch_id": batch, "state": "waiting"}
            connection.execute(insert(notice_deliveries), [{**same, "userid": one, "address": one} for one in page])
        outcome = wecom.send_many(page, message)
        with db.write() as connection:
            theirs = notice_deliveries.c.batch_id == batch
            connection.execute(update(notice_deliveries).where(theirs).values(state="accepted"))
            done = {"state": "done", "settled_at": wall(), "platform_ids": outcome.platform_id}
            connection.execute(update(notice_batches).where(notice_batches.c.id == batch).values(**done))
    print(json.dumps({"seconds": time.perf_counter() - started, **_memory()}))


def _memory() -> dict[str, int]:
    return {"megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024}


def broadcast(folder: Path, people: int) -> list[str]:
    """The table: each run in a process and a database of its own, three times, the best one counts."""
    runs: dict[str, list[dict[str, Any]]] = {"product": [], "bare": []}
    for number in range(3):
        for name in runs:
            home = folder / f"{name}{number}"
            home.mkdir()
            database, port = roster(home, people), free_port()
            with _child("bench.platform", str(port)):
                api = f"http://127.0.0.1:{port}"
                wait_for(api)
                command = [sys.executable, "-m", "bench.notices", f"--{name}", database, api]
                found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
                runs[name].append(found | httpx.get(f"{api}/report", trust_env=False).json())
            (home / "bench.db").unlink()
    ours, loop = (min(found, key=lambda one: one["seconds"]) for found in runs.values())
    return [
        "| | s | of it laying out | platform calls | twice | peak MB |",
        "|---|---|---|---|---|---|",
        f"| product | {ours['seconds']:.2f} | {ours['expand']:.2f} | {ours['calls']} | {ours['doubles']} | "
        f"{ours['megabytes']} |",
        f"| bare loop | {loop['seconds']:.2f} | | {loop['calls']} | {loop['doubles']} | {loop['megabytes']} |",
        f"| ratio | {ours['seconds'] / loop['seconds']:.2f} | | | | |",
    ]


@contextmanager
def _child(module: str, *arguments: str) -> Iterator["subprocess.Popen[bytes]"]:
    process = subprocess.Popen([sys.executable, "-m", module, *arguments])
    try:
        yield process
    finally:
        process.kill()
        process.wait()


# -- killed relays


def relay(database: str, api: str) -> None:
    """The bulk worker alone, as the gateway runs it, until killed."""
    dispatch = Dispatch(desk(database).mailbox)
    dispatch.recover(abandoned)
    step = partial(Bulk(dispatch, channel(api), Metrics()).step, owner("b"))
    for loop in (Loop("bulk", step, 0.05), Loop("recover", lambda: dispatch.recover() > 0, 1.0)):
        loop.start()
    nest = os.getppid()
    while os.getppid() == nest:  # an aborted run leaves no relay behind
        time.sleep(1)


def nursery(database: str, api: str) -> None:
    """Start a relay for every line read, and print its id: forked from here, it need not load everything anew."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the killed
    for _line in sys.stdin:
        if (child := os.fork()) == 0:
            relay(database, api)
            os._exit(0)
        print(child, flush=True)


def killed(own: Notices, platform: Platform, start: Callable[[], int], title: str, wait: float) -> Progress:
    """One send whose relay is killed `wait` seconds after its first call; the next relay finishes. Its outcome."""
    number = order(own, title)
    before, victim = platform.report()["calls"], start()
    deadline = time.monotonic() + _LONGEST_ROUND
    while platform.report()["calls"] == before and time.monotonic() < deadline:
        time.sleep(0.002)
    time.sleep(wait)
    os.kill(victim, signal.SIGKILL)
    heir = start()
    try:
        return finished(own, number)
    finally:
        os.kill(heir, signal.SIGKILL)


@contextmanager
def relays(database: str, api: str) -> Iterator[Callable[[], int]]:
    """Gives a function that starts a relay and returns its process id."""
    command = [sys.executable, "-m", "bench.notices", "--nursery", database, api]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        given, told = process.stdin, process.stdout
        assert given and told

        def start() -> int:
            given.write("\n")
            given.flush()
            return int(told.readline())

        yield start
        process.kill()


def finished(own: Notices, number: int) -> Progress:
    """Wait for the end of a send."""
    deadline = time.monotonic() + _LONGEST_ROUND
    while time.monotonic() < deadline:
        with own.mailbox.db.read() as connection:
            progress = Readers(own).progress(connection, number)
        if progress.state is NoticeState.FINISHED:
            return progress
        time.sleep(0.1)
    raise RuntimeError(f"notice {number} did not end: {progress}")


def kills(folder: Path, people: int, times: int, seed: int) -> list[str]:
    """The table of so many killed sends. Raises AssertionError when somebody was sent a notice twice."""
    chance, platform = random.Random(seed), Platform(delay=0.04)
    database = roster(folder, people)
    own, unknown = desk(database), []
    with serving(platform) as api, relays(database, api) as start:
        for number in range(times):
            progress = killed(own, platform, start, f"第{number}次", chance.uniform(0, 0.9))
            unknown.append(progress.unknown)
            assert progress.accepted + progress.unknown == people, progress
            assert progress.unknown <= BATCH, progress
            print(f"  {number + 1}: {progress.unknown} unknown", file=sys.stderr, flush=True)
    report = platform.report()
    own.mailbox.db.close()
    assert report["doubles"] == 0, report
    hit = sum(bool(count) for count in unknown)
    return [
        "| sends | recipients each | sent twice | killed within a call | unknown, most in one send | not sent at all |",
        "|---|---|---|---|---|---|",
        f"| {times} | {people} | {report['doubles']} | {hit} | {max(unknown)} | "
        f"{times * people - report['messages']} |",
    ]


def main() -> int:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kill", action="store_true", help=f"{KILLS} sends to {KILLED} people, each killed once")
    parser.add_argument("--people", type=int, default=0)
    parser.add_argument("--times", type=int, default=KILLS)
    parser.add_argument("--seed", type=int, default=1)
    for name in ("product", "bare", "nursery"):
        parser.add_argument(f"--{name}", nargs=2, metavar=("DATABASE", "API"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    for name, work in (("product", product), ("bare", bare), ("nursery", nursery)):
        if given := getattr(options, name):
            work(*given)
            return 0
    print(machine.line(), end="\n\n")
    with tempfile.TemporaryDirectory(prefix="chengyao-notices-") as name:
        folder = Path(name)
        if options.kill:
            lines = kills(folder, options.people or KILLED, options.times, options.seed)
        else:
            lines = broadcast(folder, options.people or RECIPIENTS)
    print("\n".join(lines))
    return 0


if __name__ == "__main__":
    sys.exit(main())
