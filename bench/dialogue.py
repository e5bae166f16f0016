"""`python -m bench.dialogue`: turns a second through Rasa's REST door, and where the time of a turn goes."""

import argparse
import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import httpx

from bench import machine
from commands import talking
from commands.talking import Door
from core.db import Database
from core.people import store as people
from core.settings import ROOT, load

QUESTIONS = ROOT / "tests" / "nlu" / "dev.jsonl"
WARM_UP = 20
MEMBERS = 32
_PREFIX = "bench-"


@dataclass(frozen=True)
class Times:
    """Seconds of each turn and of all of them together."""

    each: tuple[float, ...]
    total: float

    def quantile(self, share: float) -> float:
        """Milliseconds below which `share` of the turns stayed."""
        ordered = sorted(self.each)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] * 1000

    def line(self, name: str) -> str:
        """A row of a Markdown table."""
        rate = len(self.each) / self.total
        return f"| {name} | {rate:.1f} | {self.quantile(0.5):.0f} | {self.quantile(0.99):.0f} |"


def timed(call: Callable[[Any], object], jobs: Sequence[Any], threads: int = 1) -> Times:
    """Do every job on `threads` threads."""

    def one(job: Any) -> float:
        started = time.perf_counter()
        call(job)
        return time.perf_counter() - started

    began = time.perf_counter()
    with ThreadPoolExecutor(threads) as pool:
        each = tuple(pool.map(one, jobs))
    return Times(each, time.perf_counter() - began)


@contextmanager
def bound(door: Door) -> Iterator[list[str]]:
    """Senders of ours, tied to people of the roster for the while, so that every conversation has a person."""
    db = Database(door.settings.database)
    try:
        with db.write() as connection:
            people.unbind(connection, "wecom", _PREFIX)
            cadres = people.of_org(connection, "azkj")
            for number, person in zip(range(MEMBERS), cycle(cadres), strict=False):
                people.bind_new(connection, "wecom", f"{_PREFIX}{number:02}", person)
        yield [f"wecom:{_PREFIX}{number:02}" for number in range(MEMBERS)]
    finally:
        with db.write() as connection:
            people.unbind(connection, "wecom", _PREFIX)
        db.close()


# -- where the time goes


@dataclass(frozen=True)
class Parts:
    """The three calls a turn is made of, each on its own, at the private processes behind the door."""

    door: Door
    client: httpx.Client

    def understand(self, text: str) -> dict[str, Any]:
        """Rasa's pipeline alone."""
        answer = self.client.post(self._rasa("/model/parse"), params=self._token(), json={"text": text})
        answer.raise_for_status()
        parsed: dict[str, Any] = answer.json()
        return parsed

    def act(self, call: dict[str, Any]) -> None:
        """The action server alone: gate, answer, one write transaction."""
        headers = {"X-Chengyao-Secret": self.door.settings.actions_secret}
        url = f"http://127.0.0.1:{self.door.settings.actions_port}/webhook"
        self.client.post(url, headers=headers, json=call).raise_for_status()

    def remember(self, sender: str) -> None:
        """Rasa reads a conversation from the tracker store."""
        url = self._rasa(f"/conversations/{sender}/tracker")
        self.client.get(url, params=self._token() | {"include_events": "NONE"}).raise_for_status()

    def _rasa(self, path: str) -> str:
        return f"http://127.0.0.1:{self.door.settings.rasa_port}{path}"

    def _token(self) -> dict[str, str]:
        return {"token": self.door.settings.rasa_token}


def action_call(sender: str, parsed: dict[str, Any]) -> dict[str, Any]:
    """What Rasa sends to the action server after understanding."""
    tracker = {
        "sender_id": sender, "slots": {}, "latest_message": parsed, "latest_event_time": time.time(),
        "followup_action": None, "paused": False, "events": [], "latest_input_channel": "rest",
        "active_loop": {}, "latest_action": {}, "latest_action_name": "action_listen",
    }  # fmt: skip
    return {"next_action": "action_answer", "sender_id": sender, "tracker": tracker, "version": "3.6.21"}


def parts(door: Door, senders: Sequence[str], texts: Sequence[str], whole: Times) -> list[str]:
    """Rows of the table of parts; medians, one call at a time."""
    with httpx.Client(trust_env=False, timeout=20) as client:
        apart = Parts(door, client)
        calls = [action_call(who, apart.understand(text)) for who, text in zip(cycle(senders), texts, strict=False)]
        nlu, action = timed(apart.understand, texts), timed(apart.act, calls)
        tracker = timed(apart.remember, list(islice(cycle(senders), len(texts))))
    rest = whole.quantile(0.5) - nlu.quantile(0.5) - action.quantile(0.5)
    found = (("understanding", nlu), ("action call", action), ("reading the tracker", tracker))
    rows = [f"| {name} | {times.quantile(0.5):.1f} |" for name, times in found]
    return [*rows, f"| rest: policy, tracker, locks, HTTP | {rest:.1f} |"]


# -- what the processes cost


def cost(door: Door, jobs: Sequence[tuple[str, str]]) -> list[str]:
    """Processor time a turn and memory, which other work on the machine changes little."""
    port = str(door.settings.rasa_port)
    found = {"rasa": machine.find("rasa", "run", port), "actions": machine.find("-m", "actions", mine=True)}
    running = {name: process for name, process in found.items() if process}
    before = {name: process.cpu() for name, process in running.items()}
    timed(lambda job: door.say(*job), jobs)
    rows = ["| process | processor time a turn, ms | turns a second it can do | memory, MB |", "|---|---|---|---|"]
    for name, process in running.items():
        each = (process.cpu() - before[name]) / len(jobs)
        rows.append(f"| {name} | {each * 1000:.1f} | {1 / max(each, 1e-6):.0f} | {process.memory()} |")
    return rows


def questions(number: int) -> list[str]:
    """Questions of the development set, repeated until there are enough."""
    items = [json.loads(line) for line in QUESTIONS.read_text(encoding="utf-8").splitlines() if line.strip()]
    return list(islice(cycle(item["question"] for item in items if "prev" not in item), number))


def measure(door: Door, number: int, threads: Sequence[int], private: bool) -> list[str]:
    """All tables as lines."""
    texts = questions(number)
    lines = [machine.line(), "", "| turns | a second | p50, ms | p99, ms |", "|---|---|---|---|"]
    with bound(door) as senders:
        jobs = list(zip(cycle(senders), texts, strict=False))
        timed(lambda job: door.say(*job), jobs[:WARM_UP])
        alone = timed(lambda job: door.say(*job), jobs)
        lines.append(alone.line("one at a time"))
        for count in threads:
            lines.append(timed(lambda job: door.say(*job), jobs, count).line(f"{count} at a time"))
        if private:
            lines += ["", "| part of a turn | p50, ms |", "|---|---|", *parts(door, senders, texts, alone)]
        return [*lines, "", *cost(door, jobs)]


def form_turns(door: Door, number: int) -> list[str]:
    """The table of form turns, for one member in one conversation."""
    from bench import forms  # it needs Times from here

    with bound(door) as senders:
        timed(lambda job: door.say(*job), list(zip(cycle(senders[1:2]), questions(WARM_UP), strict=False)))
        return [machine.line(), "", *forms.measure(door, senders[0], number)]


@contextmanager
def private_state() -> Iterator[None]:
    """State of our own: free port, new database; only the trained models are those of the checkout."""
    models = load().var / "models"
    models.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="chengyao-bench-"))
    (folder / "models").symlink_to(models.resolve())
    os.environ |= {"CHENGYAO_VAR": str(folder), "RASA_PORT": str(talking.free_port())}
    try:
        yield
    finally:
        shutil.rmtree(folder)


def main() -> None:
    """Measure a running assistant, or with --private one started for the purpose, which also tells its parts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--private", action="store_true", help="start Rasa and actions on free ports")
    parser.add_argument("--turns", type=int, default=300)
    parser.add_argument("--forms", type=int, default=0, metavar="TURNS", help="turns of a form instead; --private only")
    parser.add_argument("--threads", type=int, nargs="*", default=[4, 8])
    options = parser.parse_args()
    if options.forms and not options.private:
        parser.error("--forms opens and drops drafts of somebody in the roster: add --private")
    if not options.private:
        with talking.door() as door:
            print("\n".join(measure(door, options.turns, options.threads, False)))
        return
    with private_state(), talking.door() as door:
        patient = replace(door, client=httpx.Client(trust_env=False, timeout=60))
        if options.forms:
            print("\n".join(form_turns(patient, options.forms)))
            return
        print("\n".join(measure(patient, options.turns, options.threads, True)))


if __name__ == "__main__":
    main()
