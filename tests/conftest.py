"""For every test: no socket but loopback, no setting of the developer's machine."""

import datetime as dt
import ipaddress
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from core import settings, testing
from core.db import Database
from core.messages.service import Mailbox

if TYPE_CHECKING:
    from actions.wiring import App
    from knowledge.answers import Answers

ROOT = Path(__file__).resolve().parent.parent
_PORTS = ("BOT_PORT", "CONSOLE_PORT", "SANDBOX_PORT", "RASA_PORT", "ACTIONS_PORT")
_connect = socket.socket.connect


def _loopback_only(self: socket.socket, address: Any) -> None:
    if self.family in (socket.AF_INET, socket.AF_INET6):
        host = str(address[0])
        if host != "localhost" and not ipaddress.ip_address(host).is_loopback:
            raise AssertionError(f"a test reached for {host}")
    _connect(self, address)


@pytest.fixture(autouse=True, scope="session")
def _isolated() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", _loopback_only)
        patch.setitem(settings.Settings.model_config, "env_file", None)
        for name in list(os.environ):
            if name.startswith(("CHENGYAO_", "SANDBOX_")) or name in _PORTS:
                patch.delenv(name)
        yield


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    """A SQLite file with every table, empty."""
    database = testing.new_database(tmp_path)
    yield database
    database.close()


@pytest.fixture
def mailbox(db: Database) -> Mailbox:
    """A mailbox over `db`."""
    return testing.new_mailbox(db)


@pytest.fixture
def wall(monkeypatch: pytest.MonkeyPatch) -> testing.Wall:
    """The wall clock of `core.messages`, moved by the test alone."""
    clock = testing.Wall()
    for module in ("core.messages.service", "core.messages.sending"):
        monkeypatch.setattr(f"{module}.wall", clock)
    return clock


@pytest.fixture(scope="session")
def engine() -> "Answers":
    """The answering engine over the shipped digests, built once."""
    from core.people import orgs
    from core.policies.service import Library
    from knowledge import catalogue
    from knowledge.answers import Answers

    policies = {policy.id: policy for policy, _ in catalogue.shipped()}
    return Answers(Library(policies, ()), catalogue.topics(), orgs.load())


@pytest.fixture
def app(db: Database, mailbox: Mailbox, engine: "Answers", tmp_path: Path) -> "App":
    """The actions over `db` with one cadre of every organisation; its policy tables are empty, the engine is not."""
    from actions.wiring import App
    from core.cases.service import Desk
    from core.cases.vault import Vault
    from core.people import orgs, store
    from core.people.rules import Person

    with db.write() as connection:
        for org in orgs.load():
            store.put(connection, Person(f"{org}_one", "陈一", org, department="教务处"))
    desk = Desk(mailbox, orgs.load(), Vault(tmp_path / "evidence", mailbox.cipher))
    wired = App(db, mailbox, mailbox.clock, orgs.load(), dt.timedelta(minutes=30), desk)
    wired._answers = engine
    return wired
