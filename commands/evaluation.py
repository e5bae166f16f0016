"""`chengyao eval`: asks every question of a file through Rasa's REST door and judges the answers."""

import json
import time
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from commands import ground
from commands.talking import Door, NoAnswer
from core.cases.service import Desk
from core.db import Database
from core.people import store as people

_PREFIX = "eval-"
_EXPECTED_KIND = {
    "file_tolerance": ("ask", "handover"),
    "file_clarification": ("ask", "handover"),
    "my_cases": ("status", "handover"),
    "withdraw": ("status", "ask", "handover"),
    "supplement": ("status", "ask", "handover"),
    "book_talk": ("ask", "handover"),
    "my_reminders": ("status",),
    "talk_to_human": ("handover",),
    "cancel": ("menu",),
    "help": ("menu",),
    "greet": ("chat",),
    "thanks": ("chat",),
}


@dataclass
class Table:
    """Results: right and total by kind and organisation, seconds per turn, failures."""

    right: Counter[str] = field(default_factory=Counter)
    total: Counter[str] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    def percentile(self, share: float) -> float:
        """Seconds below which `share` of the turns stayed."""
        ordered = sorted(self.seconds)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0

    @property
    def share(self) -> float:
        """Right answers of all."""
        return self.right["all"] / max(1, self.total["all"])

    def lines(self) -> list[str]:
        """The table as text."""
        rows = [f"{name:<14}{self.right[name]:>5} /{self.total[name]:>5}" for name in self.total]
        times = f"p50 {self.percentile(0.5) * 1000:.0f} ms, p99 {self.percentile(0.99) * 1000:.0f} ms"
        return [*rows, f"right {self.share:.1%}, {times}", *self.failures]


def run(door: Door, items: list[dict[str, Any]]) -> Table:
    """Ask all items, each as somebody of its own: a likeness of a person of its organisation, gone afterwards.

    Nobody's open form answers for another item, and nobody real is left with one.
    """
    table = Table()
    with ground.desk() as desk:
        _leave(desk, items)
        _join(desk.mailbox.db, items)
        try:
            for item in items:
                _one(door, item, table)
        finally:
            _leave(desk, items)
    return table


def read(path: Path) -> list[dict[str, Any]]:
    """The items of a JSON-lines file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def _join(db: Database, items: list[dict[str, Any]]) -> None:
    with db.write() as connection:
        members = {org: people.of_org(connection, org) for org in {item["org"] for item in items}}
        for number, item in enumerate(items):
            cadres = [person for person in members[item["org"]] if "cadre" in person.roles]
            likeness = replace(cadres[number % len(cadres)], userid=_sender(item), roles=("cadre",), id=0)
            people.put(connection, likeness)


def _leave(desk: Desk, items: list[dict[str, Any]]) -> None:
    with desk.mailbox.db.write() as connection:
        for item in items:
            for draft in desk.drafts.all(connection, _sender(item)):
                desk.drafts.discard(connection, draft)
        people.remove(connection, _PREFIX)


def _sender(item: dict[str, Any]) -> str:
    return f"{_PREFIX}{item['id']}"


def _one(door: Door, item: dict[str, Any], table: Table) -> None:
    sender = f"wecom:{_sender(item)}"
    try:
        for earlier in item.get("prev", []):
            door.say(sender, earlier)
        started = time.perf_counter()
        replies = door.say(sender, item["question"])
        table.seconds.append(time.perf_counter() - started)
        problem = judge(item, replies)
    except NoAnswer as error:
        problem = f"no answer: {error}"
    for name in ("all", item["kind"], item["org"]):
        table.total[name] += 1
        table.right[name] += problem is None
    if problem is not None:
        table.failures.append(f"  {item['id']} {item['org']} {item['kind']}: {item['question']} -> {problem}")


def judge(item: dict[str, Any], replies: list[dict[str, Any]]) -> str | None:
    """None when the answer is right, else what is wrong with it."""
    if not replies or "custom" not in replies[-1]:
        return "no reply"
    custom, text = replies[-1]["custom"], "\n".join(reply.get("text") or "" for reply in replies)
    kind = custom["kind"]
    cited = [f"{one['policy']}:{one['clause']}" for reply in replies for one in reply["custom"]["citations"]]
    if item["kind"] == "oos":
        return None if kind == "out_of_scope" and not cited else f"{kind} {cited}"
    if item["kind"] == "action":
        allowed = _EXPECTED_KIND.get(item["expect"], ())
        return None if kind in allowed and not cited else f"{kind} {cited}"
    missing = [must for must in item.get("must", []) if not any(word in text for word in must.split("|"))]
    gold, accept = (_full(item, name) for name in ("gold", "accept"))
    if item["kind"] == "oos-org":
        fine = kind == "silent" or (cited and cited[0] in accept)
        return None if fine and not missing else f"{kind} {cited} missing {missing}"
    if item["kind"] in ("multi", "compare"):
        return None if set(gold) <= set(cited) and not missing else f"{kind} {cited} missing {missing}"
    if not cited or cited[0] not in gold + accept:
        return f"{kind} {custom['topic']} {cited} instead of {gold}"
    return f"missing {missing}" if missing else None


def _full(item: dict[str, Any], name: str) -> list[str]:
    return [clause if ":" in clause else f"{item['org']}:{clause}" for clause in item.get(name, [])]
