"""The command line over a database of its own: demo people, shipped documents, one key, a fixed date."""

import base64
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import pytest
from cases_world import NOW, World, clock_at

import cli
from commands import store
from core.cases.service import Desk
from core.cases.vault import Vault
from core.crypto import Cipher
from core.db import Database
from core.messages.service import Mailbox
from core.people import orgs
from core.settings import Settings
from core.testing import KEY


@cache
def _prepared() -> Path:
    folder = Path(mkdtemp(prefix="cli-"))
    store.prepare(Settings(var=folder), store.DEMO_ROSTER)
    db = Database(f"sqlite:///{folder / 'chengyao.db'}")
    with db.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.rollback()
    db.close()
    return folder / "chengyao.db"


@dataclass
class Shell:
    """`chengyao …` in this process: exit code, what was printed, what went to stderr."""

    world: World
    monkeypatch: pytest.MonkeyPatch
    capsys: pytest.CaptureFixture[str]

    def __call__(self, *words: str) -> tuple[int, str, str]:
        """Run one command."""
        self.monkeypatch.setattr(sys, "argv", ["chengyao", *words])
        self.capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            cli.main()
        said = self.capsys.readouterr()
        return int(ended.value.code or 0), said.out, said.err

    def ok(self, *words: str) -> str:
        """Run a command that must succeed."""
        code, out, err = self(*words)
        assert (code, err) == (0, ""), err
        return out

    def refused(self, *words: str) -> str:
        """Run a command that must be refused: exit 1, one line on stderr, nothing printed."""
        code, out, err = self(*words)
        assert (code, out) == (1, "") and err.count("\n") == 1, (code, out, err)
        return err.strip()


def new_shell(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Shell]:
    """A fresh copy of the prepared database under a folder, and the command line over it."""
    shutil.copy(_prepared(), folder / "chengyao.db")
    for name, value in {
        "CHENGYAO_VAR": str(folder), "CHENGYAO_DATA_KEYS": base64.urlsafe_b64encode(KEY).decode(),
        "CHENGYAO_NOW": NOW.isoformat(), "CHENGYAO_DATABASE_URL": "", "CHENGYAO_NOW_OFFSET": "0",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    db = Database(f"sqlite:///{folder / 'chengyao.db'}")
    cipher = Cipher((KEY,))
    desk = Desk(Mailbox(db, cipher, clock_at(NOW)), orgs.load(), Vault(folder / "evidence", cipher))
    yield Shell(World(desk, db, folder), monkeypatch, capsys)
    db.close()
