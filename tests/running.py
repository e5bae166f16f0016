"""For tests: the whole assistant as `chengyao run` starts it, and phones that use it as members do.

with running(folder) as assistant:
    answer = assistant.phone("azkj_chenlei").say("谁来谈？")
    assert "依据" in answer.text
"""

import os
import re
import signal
import socket
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from core.crypto import Cipher
from core.db import Database
from core.settings import Settings
from core.testing import dump
from sandbox.callback import Keys
from tests.phones import ANSWER_SECONDS, Phone, until

ROOT = Path(__file__).resolve().parents[1]
CHENGYAO = ROOT / ".venv" / "bin" / "chengyao"
PORTS = ("BOT_PORT", "CONSOLE_PORT", "SANDBOX_PORT", "RASA_PORT", "ACTIONS_PORT")
READY_SECONDS = 200.0
NEWCOMERS = 24
NOW = "2026-11-20T10:00:00+08:00"
"""The product's clock at the start, a Friday: what is said of last week must mean the same on every day of testing."""
_OPEN = ("inbox_waiting", "outbox_waiting", "outbox_sending")
_ROWS = re.compile(r'^chengyao_rows\{state="(\w+)"\} ([\d.]+)$', re.MULTILINE)
_SPAWNED = re.compile(r"spawned: '(\w+)' with pid (\d+)")


def free_ports(count: int) -> list[int]:
    """Different ports that nobody listens on now."""
    listeners = [socket.socket() for _ in range(count)]
    try:
        for listener in listeners:
            listener.bind(("127.0.0.1", 0))
        return [int(listener.getsockname()[1]) for listener in listeners]
    finally:
        for listener in listeners:
            listener.close()


def listening(port: int) -> bool:
    """Whether somebody accepts connections on the port."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def environment(var: Path, ports: Sequence[int] = (), **more: str) -> dict[str, str]:
    """State in `var`, ports (free ones when none are given), and nothing of the developer's settings."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "LC_ALL") if name in os.environ}
    chosen = ports or free_ports(len(PORTS))
    named = {name: str(port) for name, port in zip(PORTS, chosen, strict=True)}
    return {**kept, **named, "CHENGYAO_VAR": str(var), **more}


def share_models(var: Path) -> None:
    """Let `var` use the checkout's trained models; trains there first when the inputs changed."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "LC_ALL") if name in os.environ}
    subprocess.run(
        [CHENGYAO, "train", "--no-compare"], env=kept, cwd=ROOT, check=True, timeout=600, stdout=subprocess.DEVNULL
    )
    var.mkdir(parents=True, exist_ok=True)
    if not (var / "models").exists():
        (var / "models").symlink_to(ROOT / "var" / "models")


@dataclass
class Assistant:
    """A running assistant. `typed` collects every text sent through its phones, `filed` what is said in a form."""

    var: Path
    env: dict[str, str]
    process: "subprocess.Popen[str]"
    client: httpx.Client
    typed: list[str] = field(default_factory=list)
    filed: list[str] = field(default_factory=list)
    _used: dict[str, int] = field(default_factory=dict)
    _phones: dict[str, Phone] = field(default_factory=dict)

    @property
    def bot(self) -> str:
        """Address of the gateway."""
        return f"http://127.0.0.1:{self.env['BOT_PORT']}"

    @property
    def page(self) -> str:
        """Address of the phone page."""
        return f"http://127.0.0.1:{self.env['SANDBOX_PORT']}"

    @property
    def secrets(self) -> dict[str, str]:
        """The secrets this run has made for itself."""
        lines = (self.var / "demo.env").read_text("utf-8").splitlines()
        return {name: value for name, _, value in (line.partition("=") for line in lines)}

    @property
    def keys(self) -> Keys:
        """The callback triple of this run's app, for requests of a test's own."""
        names = ("CORP_ID", "AGENT_ID", "TOKEN", "AES_KEY")
        corp, agent, token, aes = (self.secrets[f"CHENGYAO_WECOM_{name}"] for name in names)
        return Keys(corp, int(agent), token, aes)

    def stored(self) -> dict[str, list[dict[str, Any]]]:
        """Every row of the product database, decrypted."""
        settings = Settings(data_keys=self.secrets["CHENGYAO_DATA_KEYS"])
        database = Database(f"sqlite:///{self.var / 'chengyao.db'}")
        try:
            return dump(database, Cipher(tuple(settings.keys())))
        finally:
            database.close()

    def phone(self, userid: str) -> Phone:
        """The phone of a member, the same for all tests."""
        return self._phones.setdefault(userid, Phone(self, userid))

    def somebody(self, org: str) -> Phone:
        """The phone of a cadre whom no other test uses, in a department without anybody else."""
        number = self._used.get(org, 0)
        if number == 0:
            self._move_in(org)
        self._used[org] = number + 1
        assert number < NEWCOMERS, f"more than {NEWCOMERS} newcomers of {org} are needed"
        return self.phone(f"{org}x{number + 1:05d}")

    def _move_in(self, org: str) -> None:
        body = {"count": NEWCOMERS, "prefix": f"{org}x", "org": org}
        self.client.post("members", json=body).raise_for_status()
        rows = [f"{org}x{one:05d},甄测{one},{org},综合科{one},科员,cadre" for one in range(1, NEWCOMERS + 1)]
        path = self.var / f"newcomers-{org}.csv"
        path.write_text("\n".join(("userid,name,org,department,post,roles", *rows)), encoding="utf-8")
        command = [str(CHENGYAO), "roster", "import", str(path)]
        subprocess.run(command, env={**self.env, **self.secrets}, cwd=ROOT, check=True, capture_output=True)
        path.unlink()

    def add_member(self, prefix: str) -> Phone:
        """A member of the corporation who is in no roster."""
        self.client.post("members", json={"count": 1, "prefix": prefix, "org": "azkj"}).raise_for_status()
        return self.phone(f"{prefix}00001")

    @contextmanager
    def fault(self, kind: str, **more: object) -> Iterator[None]:
        """Switch a fault of the platform on; all faults are off afterwards."""
        self.client.post("faults", json={"kind": kind, **more}).raise_for_status()
        try:
            yield
        finally:
            self.client.delete("faults").raise_for_status()

    def rows(self) -> dict[str, int]:
        """Messages by state, from the gateway's metrics."""
        text = self.client.get(f"{self.bot}/metrics").text
        return {state: int(float(number)) for state, number in _ROWS.findall(text)}

    def received(self) -> int:
        """How many messages were ever taken in."""
        return sum(number for state, number in self.rows().items() if state.startswith("inbox_"))

    def settle(self, seconds: float = ANSWER_SECONDS) -> None:
        """Wait until every message is answered and every answer is accepted."""
        until(lambda: not any(self.rows().get(state) for state in _OPEN), seconds, "an answer")

    def ready(self) -> bool:
        """What /readyz says."""
        try:
            return self.client.get(f"{self.bot}/readyz").status_code == 200
        except httpx.HTTPError:
            return False

    def log(self, name: str) -> str:
        """A process's log."""
        return (self.var / "log" / f"{name}.log").read_text("utf-8", "replace")

    def pid(self, name: str) -> int:
        """The process id under which a process was started last."""
        return int([pid for found, pid in _SPAWNED.findall(self.log("supervisord")) if found == name][-1])

    def kill(self, name: str) -> int:
        """End a process without warning; returns the id it had."""
        pid = self.pid(name)
        os.kill(pid, signal.SIGKILL)
        return pid

    def restarted(self, name: str, old: int, seconds: float = 15) -> None:
        """Wait until a process runs again under another id."""
        until(lambda: self.pid(name) != old, seconds, f"a restart of {name}")


def processes_of(var: Path) -> list[int]:
    """Ids of all processes that carry a run's folder in their settings or arguments."""
    pids = (int(path.name) for path in Path("/proc").glob("[0-9]*"))
    return [pid for pid in pids if pid != os.getpid() and _belongs(pid, str(var).encode())]


def _belongs(pid: int, mark: bytes) -> bool:
    try:
        return any(mark in Path(f"/proc/{pid}/{part}").read_bytes() for part in ("environ", "cmdline"))
    except OSError:  # it has ended, or is none of ours
        return False


def launch(env: dict[str, str], output: Path) -> "subprocess.Popen[str]":
    """`chengyao run` with what it prints in a file; the start is not awaited."""
    with output.open("w", encoding="utf-8") as file:
        command = [str(CHENGYAO), "run"]
        return subprocess.Popen(command, env=env, cwd=ROOT, stdout=file, stderr=subprocess.STDOUT, text=True)


@contextmanager
def running(var: Path) -> Iterator[Assistant]:
    """The whole assistant on free ports with its state in `var`, ended at the latest with the block."""
    share_models(var)
    env = environment(var, CHENGYAO_NOW=NOW)
    output = var / "run.txt"
    process = launch(env, output)
    page = f"http://127.0.0.1:{env['SANDBOX_PORT']}/sandbox/api/"
    try:
        until(
            lambda: process.poll() is not None or "ready after" in output.read_text("utf-8"), READY_SECONDS, "a start"
        )
        assert process.poll() is None, output.read_text("utf-8")
        with httpx.Client(base_url=page, trust_env=False, timeout=30) as client:
            yield Assistant(var, env, process, client)
    finally:
        stop(process)


_SHARED = pytest.StashKey[Assistant]()


def _leave(block: AbstractContextManager[Assistant]) -> None:
    block.__exit__(None, None, None)


def shared(config: pytest.Config, folders: pytest.TempPathFactory) -> Assistant:
    """The one assistant of a test session, started when first asked for, stopped after the last test."""
    if _SHARED not in config.stash:
        block = running(folders.mktemp("assistant"))
        config.stash[_SHARED] = block.__enter__()
        config.add_cleanup(partial(_leave, block))
    return config.stash[_SHARED]


def stop(process: "subprocess.Popen[str]") -> int:
    """Press Ctrl-C and wait for the end; returns the exit code."""
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
    try:
        return process.wait(40)
    except subprocess.TimeoutExpired:
        process.kill()
        raise
