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
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from core.crypto import Cipher
from core.db import Database
from core.settings import Settings
from core.testing import dump
from sandbox.callback import Keys

ROOT = Path(__file__).resolve().parents[1]
CHENGYAO = ROOT / ".venv" / "bin" / "chengyao"
PORTS = ("BOT_PORT", "CONSOLE_PORT", "SANDBOX_PORT", "RASA_PORT", "ACTIONS_PORT")
READY_SECONDS = 200.0
ANSWER_SECONDS = 20.0
Item = dict[str, Any]
_OPEN = ("inbox_waiting", "outbox_waiting", "outbox_sending")
_ROWS = re.compile(r'^chengyao_rows\{state="(\w+)"\} ([\d.]+)$', re.MULTILINE)
_SPAWNED = re.compile(r"spawned: '(\w+)' with pid (\d+)")


def until(check: Callable[[], Any], seconds: float = ANSWER_SECONDS, what: str = "it") -> Any:
    """Wait for something true and return it; raises AssertionError after `seconds`."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := check():
            return found
        time.sleep(0.05)
    raise AssertionError(f"{what} did not happen within {seconds:.0f} s")


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
    subprocess.run([CHENGYAO, "train"], env=kept, cwd=ROOT, check=True, timeout=600, stdout=subprocess.DEVNULL)
    var.mkdir(parents=True, exist_ok=True)
    if not (var / "models").exists():
        (var / "models").symlink_to(ROOT / "var" / "models")


@dataclass(frozen=True)
class Exchange:
    """What came back on one message, oldest first."""

    items: tuple[Item, ...]

    @property
    def texts(self) -> list[str]:
        """The text bubbles."""
        return [str(item["content"]) for item in self.items if item["kind"] == "text"]

    @property
    def text(self) -> str:
        """All text bubbles, one below the other."""
        return "\n".join(self.texts)

    @property
    def card(self) -> Item | None:
        """The newest card, None without one."""
        return next((item for item in reversed(self.items) if item["kind"] == "template_card"), None)

    @property
    def titles(self) -> list[str]:
        """The titles of the newest card's buttons."""
        return [str(button["text"]) for button in self.card["card"]["buttons"]] if self.card else []


@dataclass
class Phone:
    """One member's phone at the sandbox. `seen` is the newest inbox entry already handed out."""

    assistant: "Assistant"
    userid: str
    seen: int = 0

    def inbox(self, after: int = 0) -> list[Item]:
        """What the member sees from the app."""
        return self.assistant.client.get(f"members/{self.userid}/inbox", params={"after": after}).json()  # type: ignore[no-any-return]

    def act(self, action: str, **body: object) -> dict[str, Any]:
        """Do something on the phone; the delivery of it to the assistant."""
        answer = self.assistant.client.post(f"members/{self.userid}/{action}", json=body)
        answer.raise_for_status()
        return answer.json()  # type: ignore[no-any-return]

    def news(self) -> Exchange:
        """What has come in since the last time."""
        items = self.inbox(self.seen)
        self.seen = max([self.seen, *(int(item["id"]) for item in items)])
        return Exchange(tuple(items))

    def say(self, text: str, seconds: float = ANSWER_SECONDS) -> Exchange:
        """Type a message and read the whole answer."""
        return self.do("send", seconds, type="text", text=text)

    def do(self, action: str, seconds: float = ANSWER_SECONDS, **body: object) -> Exchange:
        """Do something on the phone and read the whole answer, empty when there is none."""
        self.news()
        self.post(action, **body)
        self.assistant.settle(seconds)
        return self.news()

    def post(self, action: str, **body: object) -> None:
        """Do something on the phone without waiting; the assistant must acknowledge it."""
        if isinstance(body.get("text"), str):
            self.assistant.typed.append(str(body["text"]))
        delivery = self.act(action, **body)
        assert delivery["delivered"], delivery

    def press(self, title: str, of: Exchange | None = None) -> Exchange:
        """Press the button of that title on the newest card that has it, or on the card of an exchange."""
        cards = [of.card] if of and of.card else [item for item in self.inbox() if item["kind"] == "template_card"]
        for card in reversed(cards):
            for button in card["card"]["buttons"]:
                if button["text"] == title and not button["disabled"]:
                    return self.do("press", msgid=card["msgid"], key=button["key"])
        raise AssertionError(f"no button {title} to press")

    def menu(self, key: str) -> Exchange:
        """Tap a button of the menu under the conversation."""
        return self.do("menu", key=key)

    def send_image(self) -> Exchange:
        """Send a sample picture. Pictures wait two seconds for more."""
        return self.do("send", type="image")

    def card(self, msgid: str) -> Item:
        """A card as it looks now."""
        return next(item["card"] for item in self.inbox() if item["msgid"] == msgid)  # type: ignore[no-any-return]


@dataclass
class Assistant:
    """A running assistant. `typed` collects every text sent through its phones."""

    var: Path
    env: dict[str, str]
    process: "subprocess.Popen[str]"
    client: httpx.Client
    typed: list[str] = field(default_factory=list)
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

    def family(self) -> list[int]:
        """Ids of all processes that carry this run's folder in their settings or arguments."""
        return [pid for pid in _processes() if _belongs(pid, str(self.var))]


def _processes() -> list[int]:
    return [int(path.name) for path in Path("/proc").glob("[0-9]*")]


def _belongs(pid: int, mark: str) -> bool:
    if pid == os.getpid():
        return False
    try:
        return any(mark.encode() in Path(f"/proc/{pid}/{part}").read_bytes() for part in ("environ", "cmdline"))
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
    env = environment(var)
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


def shared(config: pytest.Config, folders: pytest.TempPathFactory) -> Assistant:
    """The one assistant of a test session, started when first asked for, stopped after the last test."""
    if _SHARED not in config.stash:
        block = running(folders.mktemp("assistant"))
        config.stash[_SHARED] = block.__enter__()
        config.add_cleanup(lambda: block.__exit__(None, None, None))
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
