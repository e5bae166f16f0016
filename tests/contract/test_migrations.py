"""The migrations build exactly what the code declares, from nothing and step by step."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect

from commands import store
from core.db import Database, metadata
from core.people.orgs import load
from core.settings import Settings
from core.testing import dump

ROOT = Path(__file__).resolve().parents[2]


def config(url: str) -> Config:
    made = Config()
    made.set_main_option("script_location", str(ROOT / "migrations"))
    made.attributes["url"] = url
    return made


def committed() -> list[Path]:
    """The modules of core: in a git checkout those that were added, so that work in progress is not judged."""
    done = subprocess.run(["git", "ls-files", "core"], cwd=ROOT, capture_output=True, text=True, check=False)
    listed = [ROOT / line for line in done.stdout.splitlines() if line.endswith(".py")]
    return [path for path in listed if path.exists()] or list((ROOT / "core").rglob("*.py"))


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'm.db'}"


def test_schema_and_migrations_agree(url: str) -> None:
    """In a process of its own, which knows the tables of `core.testing` and no others."""
    command_line = [sys.executable, "-m", "tests.contract.test_migrations", url]
    done = subprocess.run(command_line, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, "[]"), done.stdout + done.stderr


def differences(url: str) -> list[object]:
    """What alembic would have to change after all migrations."""
    command.upgrade(config(url), "head")
    engine = create_engine(url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "render_as_batch": True})
        found = compare_metadata(context, metadata)
    engine.dispose()
    return list(found)


def test_down_leaves_nothing_and_up_again_works(url: str) -> None:
    command.upgrade(config(url), "head")
    command.downgrade(config(url), "base")
    engine = create_engine(url)
    assert set(inspect(engine).get_table_names()) <= {"alembic_version"}
    engine.dispose()
    command.upgrade(config(url), "head")


def test_there_is_one_line_of_revisions() -> None:
    scripts = ScriptDirectory.from_config(config("sqlite://"))
    assert len(scripts.get_heads()) == 1
    assert len(scripts.get_bases()) == 1


def test_every_store_registers_its_tables() -> None:
    """A table that neither migrations nor tests import would silently be missing."""
    declaring = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for path in committed()
        if any(
            isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Table"
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        )
    }
    for reader in ("migrations/env.py", "core/testing.py"):
        tree = ast.parse((ROOT / reader).read_text(encoding="utf-8"))
        named = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
        named |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
        assert declaring <= named, f"{reader} lacks {sorted(declaring - named)}"


def test_preparing_twice_changes_nothing(tmp_path: Path) -> None:
    settings = Settings(var=tmp_path / "var")
    store.prepare(settings, store.DEMO_ROSTER)
    db = Database(settings.database)
    before = dump(db)
    assert {row["org"] for row in before["persons"]} == set(load())
    assert len(before["policies"]) == 5
    store.prepare(settings, store.DEMO_ROSTER)
    assert dump(db) == before
    db.close()


if __name__ == "__main__":
    print(differences(sys.argv[1]))
