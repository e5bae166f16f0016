"""Importing documents and searching their clauses: time, speed and memory at 100, 1,000, 10,000 and 50,000 clauses.

`python -m bench.documents [--import FILES]`. The documents are made of sentences of the shipped digests.
"""

import argparse
import random
import resource
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from bench import machine
from commands.policies import Order, Shelf, keep, prepare
from core.clock import Clock
from core.db import Database
from core.people.orgs import plain
from core.policies import intake as storing
from core.policies import service
from core.policies.intake import Draft
from core.policies.rules import IMPORTED, Clause, Policy
from core.testing import new_database
from knowledge import catalogue

CLAUSES = 50
STEPS = (100, 1_000, 10_000, 50_000)
QUESTIONS = 300
ORG = plain("bench", "示例学院", "college")
_NUMERALS = "零一二三四五六七八九"


def numeral(number: int) -> str:
    """1..99 in Chinese."""
    tens, ones = divmod(number, 10)
    head = {0: "", 1: "十"}.get(tens, _NUMERALS[tens] + "十")
    return head + (_NUMERALS[ones] if ones else "")


def sentences() -> list[str]:
    """What the documents are made of."""
    return [point.text for policy, _ in catalogue.shipped() for clause in policy.clauses for point in clause.points]


def clause(chance: random.Random, parts: list[str], number: int) -> str:
    """One article of two to four sentences, with words of its own."""
    chosen = chance.sample(parts, chance.randint(2, 4))
    return f"第{numeral(number)}条 " + "".join(chosen) + f"本条由第{chance.randint(1, 999)}号岗位负责。"


def policies(count: int, chance: random.Random) -> Iterator[Policy]:
    """Imported documents of 50 clauses each."""
    parts = sentences()
    for number in range(count):
        name = f"bench-{number}"
        made = tuple(
            Clause(f"第{numeral(one)}条", "", (), (), clause(chance, parts, one)) for one in range(1, CLAUSES + 1)
        )
        yield Policy(
            name, f"示例办法（{number}）", f"示例〔2024〕{number}号", ORG.name, f"示例〔2024〕{number}号", "2024-01-01",
            ORG.level, (ORG.id,), made, origin=IMPORTED, sha256=f"{number:064d}",
        )  # fmt: skip


def questions(chance: random.Random) -> list[str]:
    """Parts of sentences as people quote them, asked."""
    parts = [part for sentence in sentences() for part in sentence.replace("；", "，").split("，") if len(part) > 6]
    return [chance.choice(parts)[: chance.randint(6, 16)] + "是怎么规定的" for _ in range(QUESTIONS)]


def memory(children: bool = False) -> float:
    """The most memory this process has used, or one of its children, in MB."""
    return resource.getrusage(resource.RUSAGE_CHILDREN if children else resource.RUSAGE_SELF).ru_maxrss / 1024


def search(db: Database) -> tuple[float, float]:
    """Milliseconds of a search by the clock on the wall, median and 99th percentile."""
    known = set(service.library(db).policies)
    taken = []
    for question in questions(random.Random(2)):
        started = time.perf_counter()
        service.nearest(db, question, [ORG.id], known)
        taken.append((time.perf_counter() - started) * 1000)
    return statistics.median(taken), statistics.quantiles(taken, n=100)[98]


def curve(folder: Path) -> None:
    """Store and search at each step."""
    db = new_database(folder)
    chance, clock, stored, spent = random.Random(1), Clock(), 0, 0.0
    for policy in policies(STEPS[-1] // CLAUSES, chance):
        started = time.perf_counter()
        storing.keep(db, [Draft(policy)], None, "bench", clock)
        spent += time.perf_counter() - started
        stored += CLAUSES
        if stored in STEPS:
            middle, slow = search(db)
            size = sum(path.stat().st_size for path in folder.glob("test.db*")) / 2**20
            print(
                f"{stored:>6} clauses: stored in {spent:6.1f} s, search {middle:5.1f} / {slow:5.1f} ms, "
                f"database {size:5.0f} MB, memory {memory():4.0f} MB",
                flush=True,
            )
    db.close()


def whole(folder: Path, count: int) -> None:
    """`policy import` of `count` files of 50 clauses, from the files to the last row, by the clock on the wall."""
    paths = []
    for policy in policies(count, random.Random(3)):
        path = folder / f"{policy.id}.txt"
        head = f"{policy.cite}\n\n{policy.title}\n\n"
        path.write_text(head + "\n".join(one.text or "" for one in policy.clauses), encoding="utf-8")
        paths.append(path)
    shelf = Shelf(new_database(folder), Clock())
    started = time.perf_counter()
    drafts, _, new = prepare(shelf, Order(paths, ORG.id, ORG.name))
    read = time.perf_counter()
    keep(shelf, drafts, new)
    ended = time.perf_counter()
    assert all(len(draft.policy.clauses) >= CLAUSES for draft in drafts)
    shelf.db.close()
    print(
        f"import of {count} files: {ended - started:.1f} s, of it reading {read - started:.1f} s and storing "
        f"{ended - read:.1f} s; memory {memory():.0f} MB, of the reading process at most {memory(children=True):.0f} MB"
    )


def main() -> None:
    """Print the curve, or with --import the time to take in so many files."""
    options = argparse.ArgumentParser()
    options.add_argument("--import", dest="files", type=int, default=0)
    chosen = options.parse_args()
    print(machine.line(), flush=True)
    with tempfile.TemporaryDirectory() as folder:
        if chosen.files:
            whole(Path(folder), chosen.files)
        else:
            curve(Path(folder))


if __name__ == "__main__":
    main()
