"""`chengyao train`: trains, compares with the model in use, and switches over only if nothing got worse."""

import os
from pathlib import Path

import httpx
import yaml

from commands import evaluation, ground, launch, store, talking, training
from commands.evaluation import Table
from core.crypto import Cipher
from core.db import Database
from core.learning import service as learning
from core.settings import ROOT, Settings

EVALUATION_SET = ROOT / "tests" / "nlu" / "dev.jsonl"
LOAD_SECONDS = 120


def run(force: bool, evaluation_set: Path | None, compare: bool) -> int:
    """The exit code: 0 when the newest model is in use, 1 when it did worse and the former one stays.

    Raises TrainingFailed when Rasa could not train; the model in use stays then too.
    """
    settings = ground.settings()
    export_learned(settings)
    newest = settings.var / "models" / f"{training.fingerprint(training.learned_file(settings))}.tar.gz"
    former = in_use(settings, newest)
    if force:
        newest.with_suffix(".worse").unlink(missing_ok=True)
    known = newest.exists() and not force
    trained = training.train(settings, force)
    if trained != newest:
        print(f"{newest.name} did worse before; {trained.name} stays in use")
        return 1
    if compare and not known and former is not None and former != newest:
        worse = compared(former, newest, evaluation_set or EVALUATION_SET)
        if worse:
            newest.with_suffix(".worse").write_text(former.name, encoding="utf-8")
            print("\n".join((*worse, f"worse than before: {former.name} stays in use")))
            return 1
    if switch(settings, newest):
        print(f"the running assistant now uses {newest.name}")
    return 0


def export_learned(settings: Settings) -> None:
    """Write the examples made of shared questions to the file that Rasa reads; without any there is no file."""
    path = training.learned_file(settings)
    found: dict[str, list[str]] = {}
    if settings.data_keys and not _new(settings):
        store.migrate(settings)
        db = Database(settings.database)
        try:
            found = learning.examples(db, Cipher(tuple(settings.keys())))
        finally:
            db.close()
    if not found:
        path.unlink(missing_ok=True)
        return
    items = [
        {"intent": intent, "examples": "".join(f"- {_plain(text)}\n" for text in texts)}
        for intent, texts in sorted(found.items())
    ]
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump({"version": "3.1", "nlu": items}, allow_unicode=True), encoding="utf-8")


def _new(settings: Settings) -> bool:
    """Whether there is no database yet to learn from."""
    return not settings.database_url and not (settings.var / "chengyao.db").exists()


def _plain(text: str) -> str:
    """On one line, and without the brackets that Rasa reads as marks."""
    return " ".join(text.translate(str.maketrans("[](){}", "［］（）｛｝")).split())


def in_use(settings: Settings, newest: Path) -> Path | None:
    """The model the assistant runs with, else the newest of the others; None when there is none."""
    token = _token(settings)
    if token:
        try:
            answer = httpx.get(_url(settings, "status", token), trust_env=False, timeout=5)
            name = Path(str(answer.json().get("model_file") or "")).name if answer.status_code == 200 else ""
        except (httpx.HTTPError, ValueError):
            name = ""
        if name and (newest.parent / name).exists():
            return newest.parent / name
    others = [path for path in newest.parent.glob("*.tar.gz") if path != newest]
    others = [path for path in others if not path.with_suffix(".worse").exists()]
    return max(others, key=lambda path: path.stat().st_mtime, default=None)


def compared(former: Path, newest: Path, evaluation_set: Path) -> list[str]:
    """What got worse on the evaluation set, by kind of question and by organisation; empty when nothing did."""
    items = evaluation.read(evaluation_set)
    tables = []
    for model in (former, newest):
        with talking.private(model) as door:
            tables.append(evaluation.run(door, items))
        print(f"{model.name}: {tables[-1].right['all']} of {tables[-1].total['all']} right", flush=True)
    return worsened(*tables)


def worsened(former: Table, newest: Table) -> list[str]:
    """One line for every kind and organisation with fewer right answers than before."""
    return [
        f"{name}: {newest.right[name]} instead of {former.right[name]} of {former.total[name]}"
        for name in former.total
        if newest.right[name] < former.right[name]
    ]


def switch(settings: Settings, model: Path) -> bool:
    """Let the running Rasa load a model; it answers with the former one until then, so no message is lost.

    False when none is running. Raises NoAnswer when it refuses.
    """
    token = _token(settings)
    if not token:
        return False
    try:
        httpx.get(_url(settings, "status", token), trust_env=False, timeout=5)
    except httpx.HTTPError:
        return False
    body = {"model_file": str(model.resolve())}
    try:
        answer = httpx.put(_url(settings, "model", token), json=body, trust_env=False, timeout=LOAD_SECONDS)
    except httpx.HTTPError as error:
        raise talking.NoAnswer(f"Rasa did not load the model: {type(error).__name__}") from error
    if answer.status_code != 204:
        raise talking.NoAnswer(f"Rasa did not load the model: HTTP {answer.status_code}")
    return True


def _token(settings: Settings) -> str:
    path = settings.var / launch.RASA_TOKEN
    return os.environ.get("CHENGYAO_RASA_TOKEN") or (path.read_text(encoding="utf-8") if path.exists() else "")


def _url(settings: Settings, path: str, token: str) -> str:
    return f"http://127.0.0.1:{settings.rasa_port}/{path}?token={token}"
