"""Rotation of the data key: everything opens with the new one alone afterwards, also after a kill in the middle."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from cases_world import JPEG, NOW, ORGANIZATION, World, new_world
from cli_world import new_shell
from sqlalchemy import text

from core import audit
from core.cases.vault import Vault
from core.crypto import Cipher
from core.db import Database
from core.errors import DecryptionFailed
from core.keys import service
from core.settings import ROOT
from core.testing import KEY, OTHER_KEY, dump, text_from

BOTH = Cipher((OTHER_KEY, KEY))
_DYING = """
import os, signal, sys
from pathlib import Path
from core.cases.vault import Vault
from core.crypto import Cipher
from core.db import Database
from core.keys import service
from cases_world import NOW
from core.testing import KEY, OTHER_KEY

left = int(sys.argv[2])

class Dying(Cipher):
    def seal(self, plain, context):
        global left
        left -= 1
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().seal(plain, context)

folder = Path(sys.argv[1])
cipher = Dying((OTHER_KEY, KEY))
service.BATCH = 7
service.rotate(Database(f"sqlite:///{folder / 'test.db'}"), cipher, Vault(folder / "evidence", cipher), NOW, "test")
"""


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A case with files and a decision, a draft, messages: whatever is sealed."""
    for world in new_world(tmp_path):
        mailbox = world.desk.mailbox
        received = [world.desk.drafts.receive(world.person("nq_liuyang"), JPEG + bytes([n]), "图.jpg", f"m{n}")
                    for n in range(3)]  # fmt: skip
        with world.desk.work() as connection:
            draft = world.draft(connection, "nq", matter="蔬菜冷库")
            world.desk.drafts.attach(connection, draft, [one.id for one in received])
            case = world.desk.submit(connection, world.person("nq_liuyang"), draft).case
            world.draft(connection, "nq", matter="另一件事")
        for number in range(40):
            mailbox.receive(text_from("nq_liuyang", f"想问的事{number}", f"d{number}"))
        world.move(case.number, "return", ORGANIZATION["nq"], reason="请补充验收单")
        yield world


def rotated(world: World, cipher: Cipher = BOTH) -> service.Rotated:
    """One rotation over the world."""
    return service.rotate(world.db, cipher, Vault(world.folder / "evidence", cipher), NOW, "test")


def contents(db: Database, folder: Path, cipher: Cipher) -> object:
    """Everything in words: rows opened, files opened; the trail aside."""
    rows = dump(db, cipher)
    del rows["audit"]
    vault = Vault(folder / "evidence", cipher)
    return rows, {name: vault.get(name) for name in sorted(vault.all())}


def test_afterwards_the_new_key_alone_opens_everything(world: World) -> None:
    before = contents(world.db, world.folder, Cipher((KEY,)))
    done = rotated(world)
    assert done.complete and done.files == 3 and done.values["inbox"] == 40 and done.values["case_fields"] >= 4
    assert contents(world.db, world.folder, Cipher((OTHER_KEY,))) == before
    with pytest.raises(DecryptionFailed):
        dump(world.db, Cipher((KEY,)))
    again = rotated(world)
    assert (again.total, again.files, again.complete) == (0, 0, True)
    with world.db.read() as connection:
        assert audit.verify(connection).broken_at is None
    assert len(world.audited("keys.rotate")) == 2


def test_every_binary_column_of_the_schema_is_found(world: World) -> None:
    with world.db.read() as connection:
        found = {(place.name, place.column) for place in service.store.places(connection)}
    assert {("inbox", "body"), ("turns", "reply"), ("buttons", "payload"), ("cases", "decision")} <= found


def values(world: World) -> int:
    """How many values the old key sealed."""
    with world.db.read() as connection:
        places = service.store.places(connection)
        return sum(len(service.store.older(connection, place, BOTH.current_id, None, 1000)) for place in places)


@pytest.mark.parametrize("share", [0.02, 0.4, 1.0])
def test_killed_in_the_middle(world: World, share: float) -> None:
    """Also when all values are done and the first file too."""
    before = contents(world.db, world.folder, Cipher((KEY,)))
    after = int(values(world) * share) + 1
    script = [sys.executable, "-c", _DYING, str(world.folder), str(after)]
    paths = f"{ROOT}:{ROOT / 'tests' / 'unit'}"
    ended = subprocess.run(script, env={"PYTHONPATH": paths}, capture_output=True, check=False)
    assert ended.returncode == -signal.SIGKILL, ended.stderr.decode()
    assert contents(world.db, world.folder, BOTH) == before  # half old, half new: nothing is lost
    done = rotated(world)
    assert done.complete and done.total + done.files > 0
    assert contents(world.db, world.folder, Cipher((OTHER_KEY,))) == before


def test_what_no_key_opens_is_left_and_reported(world: World) -> None:
    with world.db.write() as connection:
        connection.execute(text("UPDATE inbox SET body = x'00112233445566' WHERE id = 1"))
    stray = world.folder / "evidence" / "broken"
    stray.write_bytes(b"nothing of ours")
    done = rotated(world)
    assert (done.complete, done.unreadable, done.unreadable_files) == (False, {"inbox": 1}, 1)
    assert stray.read_bytes() == b"nothing of ours" and done.values["inbox"] == 39


def test_more_than_one_batch(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "BATCH", 7)
    done = rotated(world)
    assert done.complete and done.values["inbox"] == 40


def test_sending_goes_on_with_both_keys(world: World) -> None:
    """A process that has the new key first and the old one behind reads rows on either side of the rotation."""
    mailbox = replace(world.desk.mailbox, cipher=BOTH)
    mailbox.receive(text_from("nq_liuyang", "轮换之前", "before"))
    rotated(world)
    mailbox.receive(text_from("nq_liuyang", "轮换之后", "after"))
    texts = [row["body"]["text"] for row in dump(world.db, Cipher((OTHER_KEY,)))["inbox"]]
    assert texts[-2:] == ["轮换之前", "轮换之后"]


def test_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """New key in front, rotate, old key gone: the case still opens."""
    for shell in new_shell(tmp_path, monkeypatch, capsys):
        number = shell.world.file("azkj").case.number
        old, new = os.environ["CHENGYAO_DATA_KEYS"], shell.ok("keys", "new").strip()
        monkeypatch.setenv("CHENGYAO_DATA_KEYS", f"{new},{old}")
        said = shell.ok("keys", "rotate")
        assert "case_fields\t4" in said and "可以从 CHENGYAO_DATA_KEYS 去掉旧密钥" in said
        monkeypatch.setenv("CHENGYAO_DATA_KEYS", new)
        assert "发生时间：上个月5号" in shell.ok("cases", "show", number)
        monkeypatch.setenv("CHENGYAO_DATA_KEYS", old)
        code, _, err = shell("keys", "rotate")
        assert code == 1 and "旧密钥请先不要去掉" in err
