"""Takes in a file: looks at what it is, reads it in a bounded process, returns the document. Nothing is stored here."""

import hashlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from core.errors import ImportFailed
from knowledge.documents.guard import Limits, check
from knowledge.documents.model import Entry, Imported, Mark

_ROOT = Path(__file__).resolve().parent.parent
_PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR")


def read(path: Path, limits: Limits | None = None, name: str | None = None) -> Imported:
    """The document in a .txt, .docx, .doc or .pdf file. Blocks for at most `limits.seconds`.

    name: the file's name where the path is a temporary one. Raises ImportFailed with one Chinese line when the file is
    empty, too large, encrypted, bears macros, is wrongly named, damaged, a scan, or exceeds the bounds.
    """
    limits = limits or Limits()
    shown = name or path.name
    try:
        kind = check(path, limits)
    except ImportFailed as problem:
        raise ImportFailed(str(problem).replace(path.name, shown)) from problem
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    command = [sys.executable, "-m", "knowledge.documents.worker", str(path.resolve()), kind, shown, digest,
               str(limits.memory_bytes), str(limits.unpacked_bytes), str(limits.seconds)]  # fmt: skip
    code, out = _run(command, limits.seconds, shown)
    result = _parsed(out)
    if result is not None and "error" in result:
        raise ImportFailed(str(result["error"]))
    if code != 0 or result is None:
        raise ImportFailed(f"“{shown}”读不了：文件可能已损坏，或读取时超过了内存或时间上限。")
    return from_json(result)


def from_json(data: dict[str, Any]) -> Imported:
    """A document out of what `dataclasses.asdict` made of one."""
    entries = tuple(
        Entry(**{**entry, "parts": tuple((part[0], part[1]) for part in entry["parts"])}) for entry in data["entries"]
    )
    marks = tuple(Mark(**mark) for mark in data["marks"])
    lists = {key: tuple(data[key]) for key in ("recipients", "attachments")}
    return Imported(**{**data, **lists, "entries": entries, "marks": marks})


def _run(command: list[str], seconds: float, shown: str) -> tuple[int, bytes]:
    """Run the reader with none of our secrets in its environment; its whole group ends with the time."""
    environment = {key: os.environ[key] for key in _PASSED_ON if key in os.environ}
    environment |= {"PYTHONPATH": str(_ROOT), "PYTHONDONTWRITEBYTECODE": "1", "PYTHONUTF8": "1"}
    with subprocess.Popen(
        command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as process:  # fmt: skip
        try:
            out, _ = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired as problem:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            raise ImportFailed(f"读“{shown}”超过 {seconds:.0f} 秒，已停止，没有导入。") from problem
    return process.returncode, out


def _parsed(out: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(out)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
