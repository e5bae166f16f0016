"""Writes nlu/domain/intents.yml: Rasa's list of intents is the list of those that have examples."""

from pathlib import Path

from core.settings import ROOT
from knowledge.check import trained_intents

DOMAIN = ROOT / "nlu" / "domain" / "intents.yml"
_HEAD = (
    'version: "3.1"\n'
    "# Every intent that has examples under nlu/data; `chengyao train --domain` writes it, a test compares.\n"
    "intents:\n"
)


def content(data: Path = ROOT / "nlu" / "data") -> str:
    """What the file has to say."""
    return _HEAD + "".join(f"  - {name}\n" for name in sorted(trained_intents(data)))


def write() -> None:
    """Bring the file up to date."""
    DOMAIN.write_text(content(), encoding="utf-8")
