"""Holds the tree to docs and design: who imports whom and what, how long things are, what no file may contain."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from core import settings

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("core", "knowledge", "actions", "bot", "scheduler", "console", "sandbox", "commands", "migrations", "bench")
PROCESSES = {"actions", "bot", "scheduler", "console", "sandbox"}
OURS = {*PACKAGES, "cli", "nlu", "tests"}
LONGEST_MODULE = 300
LONGEST_BODY = 40

# Who may import what of ours: a prefix of the importer's module -> prefixes. The longest matching importer counts.
ALLOWED: dict[str, tuple[str, ...]] = {
    "core.errors": (),
    "core.clock": ("core.errors",),
    "core.settings": ("core.errors",),
    "core.db": ("core.clock", "core.errors"),
    "core.audit": ("core.db", "core.errors"),
    "core": ("core",),
    "knowledge": ("knowledge", "core.errors", "core.settings", "core.policies"),
    "actions": ("actions", "core", "knowledge"),
    "bot": ("bot", "core"),
    "scheduler": ("scheduler", "core"),
    "console": ("console", "core", "knowledge"),
    "sandbox": ("sandbox",),
    "commands": ("commands", "core", "knowledge", "actions", "bot", "scheduler", "console", "sandbox", "migrations"),
    "bench": ("",),
    "cli": ("commands", "core", "knowledge"),
    "migrations": ("core.db", "core.audit", "core.*.store", "core.*.tables"),
}
RULES = ("core.errors", "core.*.rules")
STORES = (*RULES, "core.db", "core.clock", "core.*.tables")
# Values the answering engine speaks in: the reply contract, and the profile of the organisation that asks.
EXCEPTIONS = {"knowledge": ("core.messages.rules", "core.people.orgs")}

# Third parties and who may import them.
OWNERS: dict[str, tuple[str, ...]] = {
    "sqlalchemy": (
        "core.db", "core.audit", "core.testing", "core.*.store", "core.*.tables", "core.policies.passages",
        "migrations", "commands.doctor", "bench.notices", "nlu",
    ),
    "alembic": ("migrations", "commands.store"),
    "pydantic": ("core.settings",),
    "pydantic_settings": ("core.settings",),
    "cryptography": ("core.crypto", "sandbox", "nlu"),
    "openpyxl": ("core.people.files", "console.exports"),
    "jionlp": ("core.cases.dates",),
    "chinese_calendar": ("core.reminders",),
    "weasyprint": ("core.cases.dossier",),
    "argon2": ("core.console.passwords",),
    "icalendar": ("core.talks.calendar",),
    "jieba": ("knowledge", "nlu"),
    "bm25s": ("knowledge",),
    "numpy": ("knowledge", "nlu"),
    # Evidence is looked through for state secrets before it is stored, and core must not import knowledge.
    "docx": ("knowledge", "core.cases.evidence"),
    "pdfplumber": ("knowledge", "core.cases.evidence"),
    "rasa_sdk": ("actions",),
    "apscheduler": ("scheduler", "bench"),
    "starlette": ("bot", "actions", "console", "sandbox"),
    "uvicorn": ("bot", "actions", "console", "sandbox"),
    "starlette_admin": ("console",),
    "jinja2": ("console.render", "core.cases.dossier"),
    "httpx": ("bot", "commands", "sandbox", "bench", "console.signin", "console.knowledge", "console.directory"),
    "wechatpy": ("bot.channels.wecom*",),
    "telegram": ("bot.channels.telegram*",),
    "typer": ("cli", "commands.cli_*", "bench"),
    "rasa": ("nlu",),
}
# Pure rules know neither the clock nor the outside.
NOT_IN_RULES = {"socket", "ssl", "http", "urllib", "asyncio", "subprocess", "threading", "time", "os", "pathlib", "io"}


@cache
def modules() -> dict[str, Path]:
    """Every module of ours by dotted name, tests aside. In a git checkout those that were added: work in progress
    is judged when it is committed."""
    paths = [path for package in (*PACKAGES, "nlu/components") for path in sorted((ROOT / package).rglob("*.py"))]
    paths.append(ROOT / "cli.py")
    known = set(_listed())
    return {_dotted(path): path for path in paths if not known or path in known}


def _dotted(path: Path) -> str:
    name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    return name.removesuffix(".__init__")


@cache
def _listed() -> tuple[Path, ...]:
    """What git has in its index; nothing outside a checkout."""
    done = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    return tuple(ROOT / line for line in done.stdout.splitlines())


@cache
def tree(path: Path) -> ast.Module:
    """The parsed file."""
    return ast.parse(path.read_text(encoding="utf-8"))


def imports(path: Path, lazy: bool = True) -> Iterator[str]:
    """Dotted names a file imports: `from a import b` counts as a.b. With `lazy`, those inside functions too."""
    nodes = ast.walk(tree(path)) if lazy else iter(tree(path).body)
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def matches(name: str, patterns: tuple[str, ...]) -> bool:
    """Whether a dotted name is one of the patterns or below it; `*` stands for part of one level."""
    return any(re.match(re.escape(pattern).replace(r"\*", r"[^.]*") + r"(\.|$)", name) for pattern in patterns)


def permitted(name: str) -> tuple[str, ...]:
    """What of ours a module may import."""
    if matches(name, RULES):
        return RULES
    if matches(name, ("core.*.store", "core.*.tables")):
        return STORES
    importer = max((known for known in ALLOWED if matches(name, (known,))), key=len, default="")
    return (*ALLOWED.get(importer, ()), *EXCEPTIONS.get(importer, ()))


def test_packages_import_only_inward() -> None:
    wrong = [
        f"{name} imports {imported}"
        for name, path in modules().items()
        for imported in imports(path)
        if imported.partition(".")[0] in OURS and not matches(imported, permitted(name)) and "" not in permitted(name)
    ]
    assert not wrong, "\n".join(wrong)


def test_a_new_package_has_a_rule() -> None:
    folders = {path.parent.relative_to(ROOT).parts[0] for path in ROOT.glob("*/*.py")} - {"tests"}
    assert folders <= set(PACKAGES)
    assert {name.partition(".")[0] for name in modules()} - {"nlu"} <= set(ALLOWED)


def test_core_knows_nothing_outside_itself() -> None:
    outside = OURS - {"core"}
    assert not [
        f"{name} imports {imported}"
        for name, path in modules().items()
        if name.startswith("core.")
        for imported in imports(path)
        if imported.partition(".")[0] in outside
    ]


def test_processes_never_import_each_other() -> None:
    wrong = [
        f"{name} imports {imported}"
        for name, path in modules().items()
        if name.partition(".")[0] in PROCESSES
        for imported in imports(path)
        if imported.partition(".")[0] in PROCESSES - {name.partition(".")[0]}
    ]
    assert not wrong


def test_rules_import_the_standard_library_and_rules_only() -> None:
    for name, path in modules().items():
        if matches(name, RULES):
            for imported in imports(path):
                top = imported.partition(".")[0]
                assert matches(imported, RULES) or top in sys.stdlib_module_names, f"{name} imports {imported}"
                assert top not in NOT_IN_RULES, f"{name} imports {imported}"


def test_rules_do_not_ask_what_time_it_is() -> None:
    for name, path in modules().items():
        if matches(name, RULES):
            asked = [node.attr for node in ast.walk(tree(path)) if isinstance(node, ast.Attribute)]
            assert not {"now", "utcnow", "today"} & set(asked), name


def test_services_leave_queries_to_stores() -> None:
    for name, path in modules().items():
        if matches(name, ("core.*.service", "core.*.rules")):
            assert not [imported for imported in imports(path) if imported.startswith("sqlalchemy")], name


def test_third_parties_have_owners() -> None:
    wrong = [
        f"{name} imports {imported}"
        for name, path in modules().items()
        for imported in imports(path)
        if imported.partition(".")[0] in OWNERS and not matches(name, OWNERS[imported.partition(".")[0]])
    ]
    assert not wrong, "\n".join(wrong)


def test_nobody_imports_rasa() -> None:
    tests = {_dotted(path): path for path in (ROOT / "tests").rglob("*.py")}
    for name, path in {**modules(), **tests}.items():
        if not name.startswith("nlu."):
            assert "rasa" not in {imported.partition(".")[0] for imported in imports(path)}, name
            assert "nlu" not in {imported.partition(".")[0] for imported in imports(path)}, name


def test_the_command_line_loads_lazily() -> None:
    eager = [imported for imported in imports(ROOT / "cli.py", lazy=False) if imported.partition(".")[0] in OURS]
    assert all(matches(imported, ("core.errors", "commands.cli_*")) for imported in eager), eager


def test_the_command_line_is_imported_by_nobody() -> None:
    for name, path in modules().items():
        if name.partition(".")[0] not in ("cli", "commands", "bench"):
            assert not {imported.partition(".")[0] for imported in imports(path)} & {"cli", "commands"}, name


# -- how long things are


def test_modules_are_short() -> None:
    lengths = {name: len(path.read_text(encoding="utf-8").splitlines()) for name, path in modules().items()}
    long = {name: count for name, count in lengths.items() if count > LONGEST_MODULE and "migrations." not in name}
    assert not long


def test_functions_are_short() -> None:
    found = sorted(_bodies(), reverse=True)
    assert found[0][0] <= LONGEST_BODY, found[:5]


def _bodies() -> Iterator[tuple[int, str]]:
    for name, path in modules().items():
        if name.startswith("migrations.versions"):
            continue  # a schema is a list, written by alembic
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                body = node.body[1:] if ast.get_docstring(node) and len(node.body) > 1 else node.body
                yield (node.end_lineno or 0) - body[0].lineno + 1, f"{name}.{node.name}"


def test_modules_and_public_functions_say_what_they_do() -> None:
    silent = []
    for name, path in modules().items():
        if path.name != "__init__.py" and not ast.get_docstring(tree(path)):
            silent.append(name)
        for node in tree(path).body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and node.name[0] != "_":
                silent += [] if ast.get_docstring(node) else [f"{name}.{node.name}"]
    assert not silent


# -- what no tracked file may contain

_MACHINE_PATH = re.compile(r"(?<![\w.])/(?:root|home|Users|work|tmp)/[\w.]")
_REGISTRY = re.compile(
    r"files\.pythonhosted\.org|pypi\.org/simple|pypi\.tuna|mirrors?\.(?:aliyun|ustc|tencent|cloud)|npmmirror|"
    r"registry\.(?:npmjs|yarnpkg)|--(?:extra-)?index-url"
)


@cache
def tracked() -> tuple[Path, ...]:
    """The files of the repository."""
    if not _listed():
        pytest.skip("not a git checkout")
    return tuple(path for path in _listed() if path.is_file())


def test_no_machine_path_and_no_registry_in_tracked_files() -> None:
    wrong = []
    for path in tracked():
        if path == Path(__file__):
            continue
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        for number, line in enumerate(text.splitlines(), start=1):
            if _MACHINE_PATH.search(line) or _REGISTRY.search(line):
                wrong.append(f"{path.relative_to(ROOT)}:{number}: {line[:100]}")
    assert not wrong, "\n".join(wrong[:20])


def test_nothing_ignored_is_tracked() -> None:
    command = ["git", "ls-files", "--cached", "--ignored", "--exclude-standard"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert not done.stdout, done.stdout[:500]


def test_no_model_and_no_database_is_tracked() -> None:
    wrong = [path for path in tracked() if path.suffix in (".db", ".joblib", ".gz", ".sqlite", ".log", ".pkl")]
    assert not wrong


def test_settings_are_documented() -> None:
    written = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    assert written == settings.documentation(), "run: .venv/bin/python -m core.settings > docs/settings.md"


# -- locks

_PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==([^\s;\\]+)(.*)$")


def _inputs(path: Path) -> Iterator[Requirement]:
    for line in path.read_text(encoding="utf-8").splitlines():
        plain = line.partition("#")[0].strip()
        if plain.startswith("-r "):
            yield from _inputs(path.parent / plain[3:].strip())
        elif plain:
            yield Requirement(plain)


def _lock(path: Path) -> dict[str, tuple[str, int]]:
    """Pinned version and number of hashes by name; fails on a line that is neither pin, hash nor comment."""
    found: dict[str, tuple[str, int]] = {}
    name = ""
    for line in path.read_text(encoding="utf-8").splitlines():
        plain = line.strip().removesuffix("\\").strip()
        if not plain or plain.startswith("#"):
            continue
        if plain.startswith("--hash=sha256:"):
            version, hashes = found[name]
            found[name] = (version, hashes + 1)
            continue
        pin = _PIN.match(plain)
        assert pin, f"{path.name}: {line}"
        name = str(canonicalize_name(pin[1]))
        found[name] = (pin[2], 0)
    return found


@pytest.mark.parametrize("lock", ["requirements.txt", "requirements-dev.txt", "nlu/requirements.txt"])
def test_locks_satisfy_their_inputs(lock: str) -> None:
    path = ROOT / lock
    pinned = _lock(path)
    assert not [name for name, (_, hashes) in pinned.items() if not hashes]
    for requirement in _inputs(path.with_suffix(".in")):
        name = str(canonicalize_name(requirement.name))
        assert name in pinned, f"{lock} lacks {name}"
        assert requirement.specifier.contains(pinned[name][0], prereleases=True), f"{lock}: {requirement}"


def test_both_product_locks_agree() -> None:
    product, development = _lock(ROOT / "requirements.txt"), _lock(ROOT / "requirements-dev.txt")
    assert {name: pin for name, pin in product.items() if development.get(name) != pin} == {}
