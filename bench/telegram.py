"""`python -m bench.telegram`: a notice to 2,000 on Telegram: the rates kept, 429 obeyed, the gateway killed in between.

Measured at the local Bot API server, which notes when each call came; the gateway is the real process.
"""

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench import machine
from core.clock import Clock
from core.crypto import Cipher, new_key
from core.db import Database
from core.messages.service import Mailbox
from core.notices.expansion import Expansion
from core.notices.readers import Readers
from core.notices.rules import Asks, Content, NoticeState, Progress, parse_audience
from core.notices.service import Notices
from core.people import store
from core.people.rules import Person
from core.people.tables import set_open, set_wish
from core.settings import ROOT, Settings
from core.testing import new_database
from sandbox.telegram.testing import SECRET, TOKEN, TelegramServer
from sandbox.testing import free_port

RECIPIENTS = 2000
FIRST = 820_000_001
TEXT = "请各部门于本周五前组织学习，具体安排见部门联络人通知。"
_LONGEST = 110.0


def environment(folder: Path, api: str) -> dict[str, str]:
    """Settings of a gateway whose WeChat Work cannot be reached; nothing of the developer's but the path."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    wecom = {"CORP_ID": "ww0", "AGENT_ID": "1000002", "SECRET": "x" * 20, "TOKEN": "QDG6eK", "AES_KEY": "j" * 43}
    own = {
        "VAR": str(folder),
        "DATABASE_URL": f"sqlite:///{folder / 'bench.db'}",
        "DATA_KEYS": new_key(),
        "ACTIONS_SECRET": "x" * 20,
        "WECOM_API_BASE": "http://127.0.0.1:9",
        "TELEGRAM_TOKEN": TOKEN,
        "TELEGRAM_API_BASE": api,
        "TELEGRAM_WEBHOOK_SECRET": SECRET,
        "BOT_HOST": "127.0.0.1",
    } | {f"WECOM_{name}": value for name, value in wecom.items()}
    ports = {"BOT_PORT": str(free_port()), "RASA_PORT": str(free_port())}
    return {**kept, **{f"CHENGYAO_{name}": value for name, value in own.items()}, **ports, "PYTHONPATH": str(ROOT)}


@contextmanager
def gateway(env: dict[str, str], log: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """`python -m bot`, ended with the block."""
    with log.open("ab") as output:
        process = subprocess.Popen([sys.executable, "-m", "bot"], cwd=ROOT, env=env, stdout=output, stderr=output)
        try:
            yield process
        finally:
            process.kill()
            process.wait()


def notices(env: dict[str, str]) -> Notices:
    """Notices over the gateway's database, under its key."""
    keys = Settings(data_keys=env["CHENGYAO_DATA_KEYS"], _env_file=None).keys()
    return Notices(Mailbox(Database(env["CHENGYAO_DATABASE_URL"]), Cipher(tuple(keys)), Clock()), {})


def roster(folder: Path, people: int) -> None:
    """So many members who all wish to be reached on Telegram."""
    db = new_database(folder, "bench.db")
    with db.write() as connection:
        set_open(connection, "telegram", True)
        for number in range(people):
            store.put(connection, Person(f"m{number:05}", "陈一", "azkj", department="部门"))
            person = store.by_userid(connection, f"m{number:05}")
            assert person is not None
            store.bind(connection, "telegram", str(FIRST + number), person.id)
            set_wish(connection, person.id, "telegram")
    db.close()


def order(own: Notices, title: str) -> int:
    """A notice to everybody, laid out."""
    with own.mailbox.db.write() as connection:
        content = Content(title, TEXT, parse_audience(["all"], []))
        number = own.write(connection, "cli", "azkj", content, Asks.NOTHING)
        own.submit(connection, number, "cli", ticked=True)
    Expansion(own).run()
    return number


def progress(own: Notices, number: int) -> Progress:
    """How far a notice has come."""
    with own.mailbox.db.read() as connection:
        return Readers(own).progress(connection, number)


def finished(own: Notices, number: int, seconds: float = _LONGEST) -> Progress:
    """Wait for the end of a send."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = progress(own, number)
        if found.state is NoticeState.FINISHED:
            return found
        time.sleep(0.2)
    raise RuntimeError(f"notice {number} did not end: {progress(own, number)}")


def received(server: TelegramServer) -> Counter[int]:
    """How many messages each user got, as the server has them."""
    return Counter({user: len(messages) for user, messages in server.world.chats.items()})


def kill_during_a_call(server: TelegramServer, process: "subprocess.Popen[bytes]", after: int) -> None:
    """Once `after` messages are through, have the next call's answer hang, and kill the caller meanwhile."""
    deadline = time.monotonic() + 60
    while len(server.world.calls) < after and time.monotonic() < deadline:
        time.sleep(0.01)
    server.fault("slow", seconds=1.0)
    while server.world.faults and time.monotonic() < deadline:
        time.sleep(0.005)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()


def broadcast(folder: Path, people: int, kills: int, seed: int) -> list[str]:
    """One notice to everybody, a 429 and some kills on the way. Raises AssertionError when somebody had it twice."""
    chance = random.Random(seed)
    roster(folder, people)
    with TelegramServer.running() as server:
        server.api("POST", "users", {"count": people, "first": FIRST})
        env = environment(folder, server.base_url)
        own = notices(env)
        number = order(own, "集中学习")
        started = time.monotonic()
        for part in range(kills):
            with gateway(env, folder / "bot.log") as process:
                kill_during_a_call(server, process, int(people * (part + chance.random()) / (kills + 1)))
        with gateway(env, folder / "bot.log"):
            server.fault("too_many", retry_after=2)
            found = finished(own, number)
        seconds = time.monotonic() - started
        own.mailbox.db.close()
        return _table(server, found, people, kills, seconds)


def _table(server: TelegramServer, found: Progress, people: int, kills: int, seconds: float) -> list[str]:
    rate: dict[str, Any] = server.api("GET", "rate")
    counts = received(server)
    calls = server.world.calls
    refused = next((call["at"] for call in calls if call["status"] == 429), 0.0)
    after = min((call["at"] - refused for call in calls if refused and call["at"] > refused), default=0.0)
    assert max(counts.values()) == 1, "somebody had it twice"
    assert found.unknown <= kills and found.accepted + found.unknown == people, found
    return [
        "| recipients | seconds | most in a second | kills | twice | unknown | reached | next call after 429 (2 s) |",
        "|---|---|---|---|---|---|---|---|",
        f"| {people} | {seconds:.0f} | {rate['peak']} | {kills} | {sum(count > 1 for count in counts.values())} "
        f"| {found.unknown} | {len(counts)} | {after:.1f} s |",
    ]


def main() -> int:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=RECIPIENTS)
    parser.add_argument("--kills", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    print(machine.line(), end="\n\n")
    with tempfile.TemporaryDirectory(prefix="chengyao-telegram-") as name:
        print("\n".join(broadcast(Path(name), options.people, options.kills, options.seed)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
