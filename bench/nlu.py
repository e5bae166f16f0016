"""`python -m bench.nlu`: how classifiers, search, and both together find the right clause on the development set."""

import argparse
import json
import re
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

import yaml

from bench import diet
from commands import training
from core.policies.rules import Policy
from core.settings import ROOT
from knowledge import catalogue, search
from knowledge.choose import OUT_OF_SCOPE, Chooser, Understanding

DEVELOPMENT_SET = ROOT / "tests" / "nlu" / "dev.jsonl"
MODELS_SECONDS = 1200
# One clause is right and the question stands alone. The others are measured end to end by `make eval`.
SINGLE = ("direct", "short", "colloquial", "scenario", "typo", "negation")
Clause = str | None
_SIGNS = re.compile(r"\W+")


@dataclass(frozen=True)
class Row:
    """One way of choosing. `caught` is None where it can't refuse at all."""

    name: str
    first: float
    caught: float | None
    seconds: float | None = None
    each: float | None = None

    def line(self) -> str:
        """A row of a Markdown table."""
        caught = "–" if self.caught is None else f"{self.caught:.1%}"
        seconds = "–" if self.seconds is None else f"{self.seconds:.0f}"
        each = "–" if self.each is None else f"{self.each:.1f}"
        return f"| {self.name} | {self.first:.1%} | {caught} | {seconds} | {each} |"


@dataclass
class Bench:
    """Questions with their right clauses, and the policies they are asked against."""

    items: list[dict[str, Any]]
    policies: dict[str, Policy] = field(default_factory=lambda: {found.id: found for found, _ in catalogue.shipped()})

    def row(
        self, name: str, choose: Callable[[int, dict[str, Any]], Clause], refuses: bool = True, **more: float
    ) -> Row:
        """Ask every question; `choose` gets its place and the item and returns a clause, or None to refuse."""
        asked, right = Counter[bool](), Counter[bool]()
        for place, item in enumerate(self.items):
            strange = item["kind"] == "oos"
            found = choose(place, item)
            asked[strange] += 1
            right[strange] += found is None if strange else found in _right(item)
        caught = right[True] / max(1, asked[True]) if refuses else None
        return Row(name, right[False] / max(1, asked[False]), caught, **more)


def examples() -> list[tuple[str, str]]:
    """Every training utterance with its intent."""
    found = []
    for path in sorted((training.NLU / "data").glob("*.yml")):
        for block in yaml.safe_load(path.read_text(encoding="utf-8")).get("nlu", []):
            lines = block["examples"].splitlines()
            found += [(line[2:].strip(), block["intent"]) for line in lines if line.startswith("- ")]
    return found


def questions(path: Path, known: set[str]) -> list[dict[str, Any]]:
    """Questions with one right clause and those out of scope; none that the training data holds word for word."""
    items = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    return [item for item in items if item["kind"] in (*SINGLE, "oos") and item["question"] not in known]


def _right(item: Mapping[str, Any]) -> list[str]:
    own = (clause for name in ("gold", "accept") for clause in item.get(name, []))
    return [clause.removeprefix(f"{item['org']}:") for clause in own]


# -- search alone


def _bigrams(text: str) -> list[str]:
    parts = _SIGNS.split(text.lower())
    return [part[i : i + 2] for part in parts for i in range(len(part) - 1)]


def _words(text: str, both: Callable[[str], list[str]] = search.tokens) -> list[str]:
    return list((Counter(both(text)) - Counter(_bigrams(text))).elements())


def search_rows(bench: Bench) -> Iterator[Row]:
    """BM25 by words, by bigrams, and as shipped: over the digests alone and with the topics' labels."""
    none: dict[str, catalogue.Topic] = {}
    ways = (
        ("words", _words, none),
        ("character bigrams", _bigrams, none),
        ("words + bigrams", search.tokens, none),
        ("words + bigrams + topic labels (shipped)", search.tokens, catalogue.topics()),
    )
    for name, tokens, labels in ways:
        with patch.object(search, "tokens", tokens):
            index = search.Search(bench.policies, labels)
            yield bench.row(f"BM25, {name}", partial(_best, index), refuses=False)


def _best(index: search.Search, _place: int, item: Mapping[str, Any]) -> Clause:
    found = index.clauses(item["question"], item["org"])
    return max(found, key=lambda clause: found[clause], default="")


# -- classifiers, alone and with search


def classifier_rows(bench: Bench, result: Mapping[str, Any]) -> Iterator[Row]:
    """A classifier alone, then its ranking and search together as knowledge/choose.py does it."""
    rankings, name = result["rankings"], result["name"]
    yield bench.row(
        name, lambda place, item: _alone(bench, rankings[place], item), seconds=result["seconds"], each=result["each"]
    )
    topics = catalogue.topics()
    chooser = Chooser(topics, search.Search(bench.policies, topics))
    yield bench.row(f"{name}, with search", lambda place, item: _together(bench, chooser, rankings[place], item))


def _alone(bench: Bench, ranking: Mapping[str, float], item: Mapping[str, Any]) -> Clause:
    best = max(ranking, key=lambda name: ranking[name])
    if best == OUT_OF_SCOPE:
        return None
    policy = bench.policies[item["org"]]
    return _clause(policy, best)


def _clause(policy: Policy, topic: str) -> str:
    refs = policy.topics.get(topic) or (policy.silences[topic].near if topic in policy.silences else ())
    return refs[0].clause if refs else ""


def _together(bench: Bench, chooser: Chooser, ranking: Mapping[str, float], item: Mapping[str, Any]) -> Clause:
    policy = bench.policies[item["org"]]
    choice = chooser.choose(Understanding(item["question"], ranking), policy)
    if not choice.picked:
        return "" if choice.close else None
    return choice.picked[0].clause or _clause(policy, choice.picked[0].topic)


def trained(asked: Sequence[str], known: list[tuple[str, str]], only: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Results of bench/models.py as they come. Raises subprocess.CalledProcessError, also when time was up."""
    environment = training.rasa_environment() | {"PYTHONPATH": f"{training.NLU}:{ROOT}"}
    command = [str(training.NLU / ".venv" / "bin" / "python"), str(ROOT / "bench" / "models.py")]
    job = json.dumps({"examples": known, "questions": asked, "only": only}, ensure_ascii=False)
    with tempfile.TemporaryFile("w+", encoding="utf-8") as given:
        given.write(job)
        given.seek(0)
        process = subprocess.Popen(command, env=environment, stdin=given, stdout=subprocess.PIPE, text=True)
    end = threading.Timer(MODELS_SECONDS, process.kill)
    end.start()
    try:
        yield from (json.loads(line) for line in process.stdout or ())
        if process.wait():
            raise subprocess.CalledProcessError(process.returncode, command)
    finally:
        end.cancel()
        process.kill()
        process.wait()


def main() -> int:
    """Print the table; 1 when DIET did not train in time."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--file", type=Path, default=DEVELOPMENT_SET, help="questions, one JSON object a line")
    parser.add_argument("--only", nargs="*", default=[], help="only classifiers whose name contains one of these")
    parser.add_argument("--epochs", type=int, default=20, help="of DIET; 0 leaves it out")
    parser.add_argument("--limit", type=float, default=600, help="seconds DIET's training may take")
    options = parser.parse_args()
    known = examples()
    items = questions(options.file, {text for text, _ in known})
    bench, asked = Bench(items), [item["question"] for item in items]
    strange = sum(item["kind"] == "oos" for item in items)
    print(f"{len(items) - strange} questions with one right clause, {strange} out of scope, {len(known)} examples\n")
    print("| way | right clause first | out of scope caught | training, s | a question, ms |\n|---|---|---|---|---|")
    for row in search_rows(bench):
        print(row.line(), flush=True)
    for result in trained(asked, known, options.only):
        for row in classifier_rows(bench, result):
            print(row.line(), flush=True)
    return _diet(bench, asked, options.epochs, options.limit) if options.epochs else 0


def _diet(bench: Bench, asked: Sequence[str], epochs: int, limit: float) -> int:
    with tempfile.TemporaryDirectory(prefix="chengyao-bench-") as folder:
        try:
            result = diet.measure(Path(folder), asked, epochs, limit)
        except (subprocess.SubprocessError, TimeoutError) as error:
            print(f"DIET: {type(error).__name__} {str(error)[:200]}", file=sys.stderr)
            return 1
    for row in classifier_rows(bench, result):
        print(row.line(), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
