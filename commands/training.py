"""Trains Rasa's model when its inputs changed."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

from core.errors import ChengyaoError
from core.settings import ROOT, Settings

NLU = ROOT / "nlu"
_KEPT_MODELS = 3


class TrainingFailed(ChengyaoError):
    """Rasa could not train; its last lines were printed."""


def fingerprint(learned: Path | None = None) -> str:
    """Identifies everything a model is made of; `learned`: the file of examples made of shared questions."""
    digest = hashlib.sha256()
    if learned is not None and learned.exists():
        digest.update(b"learned\0" + learned.read_bytes())
    files = [ROOT / "config.yml", NLU / "requirements.txt"]
    files += [path for folder in ("data", "domain") for path in sorted((NLU / folder).glob("*.yml"))]
    files += [NLU / "components" / name for name in ("classifier.py", "policy.py")]
    for path in files:
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def model_path(settings: Settings) -> Path:
    """Where the model for the present inputs is or will be; the one in use when that one was found to be worse."""
    newest = settings.var / "models" / f"{fingerprint(learned_file(settings))}.tar.gz"
    kept = kept_instead(newest)
    return kept if kept is not None and kept.exists() else newest


def learned_file(settings: Settings) -> Path:
    """The training examples made of shared questions, as Rasa reads them."""
    return settings.var / "learned" / "examples.yml"


def kept_instead(newest: Path) -> Path | None:
    """The model that stays in use because `newest` did worse on the evaluation set."""
    note = newest.with_suffix(".worse")
    return newest.parent / note.read_text(encoding="utf-8").strip() if note.exists() else None


def rasa_environment() -> dict[str, str]:
    """A clean environment for Rasa: no product secret, no telemetry."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR") if name in os.environ}
    quiet = {"RASA_TELEMETRY_ENABLED": "false", "TF_CPP_MIN_LOG_LEVEL": "3", "TF_ENABLE_ONEDNN_OPTS": "0"}
    warnings = {"PYTHONWARNINGS": "ignore", "SQLALCHEMY_SILENCE_UBER_WARNING": "1", "LOG_LEVEL": "WARNING"}
    return kept | quiet | warnings | {"PYTHONPATH": str(NLU), "PYTHONUNBUFFERED": "1"}


def rasa(*arguments: str) -> list[str]:
    """Command line of Rasa in its own environment."""
    return [str(NLU / ".venv" / "bin" / "python"), "-m", "rasa", *arguments]


def train(settings: Settings, force: bool = False) -> Path:
    """Train unless the model is there; prints progress. Raises TrainingFailed."""
    target = model_path(settings)
    if target.exists() and not force:
        print(f"model is up to date: {target.name}")
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    print("training the language model (about a minute) …", flush=True)
    command = rasa(
        "train", "--config", str(ROOT / "config.yml"), "--data", "data", *_learned(settings), "--domain", "domain",
        "--out", str(target.parent), "--fixed-model-name", target.name.removesuffix(".tar.gz"), "--force",
    )  # fmt: skip
    done = subprocess.run(command, cwd=NLU, env=rasa_environment(), capture_output=True, text=True, check=False)
    if done.returncode != 0 or not target.exists():
        print("\n".join((done.stdout + done.stderr).splitlines()[-25:]), file=sys.stderr)
        raise TrainingFailed
    _prune(target)
    print(f"trained: {target.name}", flush=True)
    return target


def _learned(settings: Settings) -> list[str]:
    file = learned_file(settings)
    return [str(file)] if file.exists() else []


def _prune(newest: Path) -> None:
    models = sorted(newest.parent.glob("*.tar.gz"), key=lambda path: path.stat().st_mtime, reverse=True)
    for old in models[_KEPT_MODELS:]:
        if old != newest:
            old.unlink()
