"""`python -m bench.start`: from a fresh clone to the first answer, and a second `make run`, in a folder of its own."""

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import httpx

from bench import machine
from commands.talking import free_port
from core.settings import ROOT

PORTS = ("BOT_PORT", "CONSOLE_PORT", "SANDBOX_PORT", "RASA_PORT", "ACTIONS_PORT")
MEMBER = "azkj_chenlei"
QUESTION = "我搞砸了一个项目，会不会影响提拔啊"
FIRST_ANSWER = 5
"""How many steps lead to the first answer."""
STEP_SECONDS = 900
ANSWER_SECONDS = 60
STOP_SECONDS = 40


class Failed(Exception):
    """A step did not end well; the message names it and ends with its last lines."""


@dataclass
class Checkout:
    """A clone with state, ports and caches of its own. `rows` grows by one for each step: name, seconds, megabytes."""

    folder: Path
    environment: dict[str, str]
    rows: list[tuple[str, float, float]] = field(default_factory=list)

    @property
    def log(self) -> Path:
        """What the last command printed."""
        return self.folder.parent / "step.log"

    def step(self, name: str, call: Callable[[], None]) -> None:
        """Time one step and what came over the network meanwhile."""
        received, started = _received(), time.monotonic()
        call()
        self.rows.append((name, time.monotonic() - started, (_received() - received) / 1e6))
        print(f"  {name}: {self.rows[-1][1]:.0f} s", file=sys.stderr, flush=True)

    def run(self, *command: str) -> None:
        """Run a command in the clone to its end. Raises Failed."""
        with self.log.open("wb") as output:
            process = self._spawn(command, output)
            try:
                code = process.wait(timeout=STEP_SECONDS)
            except subprocess.TimeoutExpired:
                _end(process)
                code = -1
        if code:
            raise Failed(f"{' '.join(command)}: exit {code}\n{self._last()}")

    @contextmanager
    def assistant(self, name: str) -> Iterator[None]:
        """`make run` until it says that it is ready (a step of that name); Ctrl-C afterwards."""
        with self.log.open("wb") as output:
            process = self._spawn(("make", "run"), output)
            try:
                self.step(name, lambda: self._await_ready(process))
                yield
            finally:
                _end(process)

    def ask(self) -> None:
        """One question on the phone, until the answer with its clause is there. Raises Failed."""
        base = f"http://127.0.0.1:{self.environment['SANDBOX_PORT']}/sandbox/api/members/{MEMBER}"
        deadline = time.monotonic() + ANSWER_SECONDS
        with httpx.Client(trust_env=False, timeout=10) as client:
            client.post(f"{base}/send", json={"type": "text", "text": QUESTION}).raise_for_status()
            while time.monotonic() < deadline:
                if any("依据" in str(item["content"]) for item in client.get(f"{base}/inbox").json()):
                    return
                time.sleep(0.05)
        raise Failed("no answer on the phone")

    def _spawn(self, command: tuple[str, ...], output: IO[bytes]) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(
            command,
            cwd=self.folder,
            env=self.environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def _await_ready(self, process: "subprocess.Popen[bytes]") -> None:
        deadline = time.monotonic() + STEP_SECONDS
        while b"ready after" not in self.log.read_bytes():
            if process.poll() is not None or time.monotonic() > deadline:
                raise Failed(f"make run\n{self._last()}")
            time.sleep(0.1)

    def _last(self) -> str:
        return "\n".join(self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-15:])


def _end(process: "subprocess.Popen[bytes]") -> None:
    """Ctrl-C for the whole session, as a terminal sends it."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGINT)
        try:
            process.wait(timeout=STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _received() -> int:
    """Bytes that came in over all interfaces but the loopback; 0 where the system does not tell."""
    try:
        lines = Path("/proc/net/dev").read_text(encoding="utf-8").splitlines()[2:]
    except OSError:
        return 0
    fields = (line.replace(":", " ").split() for line in lines)
    return sum(int(field[1]) for field in fields if field[0] != "lo")


def _clone(folder: Path, present: bool) -> None:
    """Clone what is committed; with `present` then lay the working tree's files over it."""
    subprocess.run(["git", "clone", "--quiet", "--no-hardlinks", str(ROOT), str(folder)], check=True)
    if not present:
        return
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout
    for name in filter(None, listed.decode().split("\0")):
        source, target = ROOT / name, folder / name
        if source.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target)
        else:
            target.unlink(missing_ok=True)


def _environment(home: Path, warm: bool) -> dict[str, str]:
    """The caller's, without settings of ours, with free ports and, unless `warm`, empty download caches."""
    ours = ("CHENGYAO_", "SANDBOX_", "MAKE", "MFLAGS", "VIRTUAL_ENV")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    caches = {} if warm else {"UV_CACHE_DIR": str(home / "uv"), "PIP_NO_CACHE_DIR": "1"}
    return kept | caches | {name: str(free_port()) for name in PORTS}


def measure(checkout: Checkout, split: bool) -> None:
    """Every step in order. Raises Failed."""
    checkout.step("set-up: download and install both environments", lambda: checkout.run("make", "setup"))
    checkout.step("train", lambda: checkout.run(".venv/bin/chengyao", "train"))
    with checkout.assistant("first `make run`: database, start"):
        checkout.step("first answer on the phone", checkout.ask)
    with checkout.assistant("second `make run`"):
        checkout.step("its first answer", checkout.ask)
    if split:
        for name in (".venv", "nlu/.venv"):
            shutil.rmtree(checkout.folder / name)
        checkout.step("set-up again with everything downloaded: install", lambda: checkout.run("make", "setup"))


def table(rows: list[tuple[str, float, float]]) -> list[str]:
    """Steps with seconds and megabytes received; the sum up to the first answer."""
    lines = ["| step | s | received, MB |", "|---|---|---|"]
    lines += [f"| {name} | {seconds:.1f} | {size:.0f} |" for name, seconds, size in rows]
    if len(rows) >= FIRST_ANSWER:
        first = rows[:FIRST_ANSWER]
        seconds, size = sum(row[1] for row in first), sum(row[2] for row in first)
        lines.append(f"| **clone to first answer** | {seconds:.0f} | {size:.0f} |")
    return lines


def main() -> int:
    """Print the table; 1 when a step failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--present", action="store_true", help="with what is not committed yet")
    parser.add_argument("--warm", action="store_true", help="use the download caches of this machine")
    parser.add_argument("--split", action="store_true", help="install a second time to tell download from install")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="chengyao-bench-") as name:
        home = Path(name)
        print(machine.line(), end="\n\n")
        checkout = Checkout(home / "chengyao", _environment(home, options.warm))
        try:
            checkout.step("git clone", lambda: _clone(checkout.folder, options.present))
            measure(checkout, options.split)
        except Failed as error:
            print(error, file=sys.stderr)
            return 1
        finally:
            print("\n".join(table(checkout.rows)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
