"""Rasa's tracker store under another key: it starts anew and keeps nothing that nobody can read."""

import base64
import subprocess
from pathlib import Path

import pytest

from core.settings import ROOT

PYTHON = ROOT / "nlu" / ".venv" / "bin" / "python"
_SCRIPT = """
import asyncio, sys
from components.tracker_store import EncryptedTrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

async def main():
    store = EncryptedTrackerStore(Domain.empty(), database=sys.argv[1])
    known = await store.retrieve("wecom:somebody")
    with store._engine.connect() as connection:
        print(known is not None, len(list(connection.execute(store._table.select()))))
    await store.save(DialogueStateTracker.from_events("wecom:somebody", [UserUttered("hello", {"name": "greet"})]))

asyncio.run(main())
"""


@pytest.mark.skipif(not PYTHON.exists(), reason="needs Rasa's environment")
def test_another_key_forgets_and_goes_on(tmp_path: Path) -> None:
    """known, rows: nothing at first; found again under the same key; gone, not in the way, under another."""
    seen = [_start(tmp_path, key) for key in (b"a" * 32, b"a" * 32, b"b" * 32, b"b" * 32)]
    assert seen == ["False 0", "True 1", "False 0", "True 1"]


def _start(folder: Path, key: bytes) -> str:
    environment = {"CHENGYAO_TRACKER_KEY": base64.urlsafe_b64encode(key).decode().rstrip("="), "PYTHONPATH": "."}
    command = [str(PYTHON), "-c", _SCRIPT, f"sqlite:///{folder / 'rasa.db'}"]
    done = subprocess.run(command, cwd=ROOT / "nlu", env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout.strip().splitlines()[-1]
