"""Takes in files: looks at what each is, reads it in a bounded process, returns the document. Stores nothing."""

import hashlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from threading import Timer
from types import TracebackType
from typing import Any

from core.errors import ImportFailed
from knowledge.documents.guard import Limits, check
from knowledge.documents.model import Entry, Imported, Mark

_ROOT = Path(__file__).resolve().parent.parent
_PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR")


def read(path: Path, limits: Limits | None = None, name: str | None = None) -> Imported:
    """The document in one file, as `Reader.read`."""
    with Reader(limits) as reader:
        return reader.read(path, name)


class Reader:
    """Reads files one after the other. Use as a context manager.

    Starting Python and loading the formats' libraries takes most of the time of a small file, so one process does that
    once and forks for every file: what a file fills or breaks ends with its fork, and the bounds are each file's own.
    """

    def __init__(self, limits: Limits | None = None) -> None:
        self._limits = limits or Limits()
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "Reader":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def read(self, path: Path, name: str | None = None) -> Imported:
        """The document in a .txt, .docx, .doc or .pdf file. Blocks for at most the limits' seconds.

        name: the file's name where the path is a temporary one. Raises ImportFailed with one Chinese line when the file
        is empty, too large, encrypted, bears macros, is wrongly named, damaged, a scan, or exceeds the bounds; other
        files can be read afterwards.
        """
        shown = name or path.name
        try:
            kind = check(path, self._limits)
        except ImportFailed as problem:
            raise ImportFailed(str(problem).replace(path.name, shown)) from problem
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        result = self._asked([str(path.resolve()), kind, shown, digest], shown)
        if result is None:
            raise ImportFailed(f"“{shown}”读不了：文件可能已损坏，或读取时超过了内存或时间上限。")
        if "error" in result:
            raise ImportFailed(str(result["error"]))
        return from_json(result)

    def _asked(self, order: list[str], shown: str) -> dict[str, Any] | None:
        """What the reading process says about one file; it is ended, with all it started, when the time is over."""
        process = self._process or self._start()
        late: list[bool] = []

        def stop() -> None:
            late.append(True)
            os.killpg(process.pid, signal.SIGKILL)

        timer = Timer(self._limits.seconds, stop)
        timer.start()
        try:
            assert process.stdin is not None and process.stdout is not None
            process.stdin.write(json.dumps(order).encode() + b"\n")
            process.stdin.flush()
            line = process.stdout.readline()
        except BrokenPipeError:  # it died before it was asked; the next file gets a new one
            line = b""
        finally:
            timer.cancel()
            timer.join()
        if not line.endswith(b"\n"):
            self._end()
        if late:
            self._end()
            raise ImportFailed(f"读“{shown}”超过 {self._limits.seconds:.0f} 秒，已停止，没有导入。")
        return _parsed(line)

    def _start(self) -> subprocess.Popen[bytes]:
        """Start the reading process, a group of its own with none of our secrets in its environment."""
        limits = self._limits
        bounds = (limits.memory_bytes, limits.unpacked_bytes, limits.seconds)
        environment = {key: os.environ[key] for key in _PASSED_ON if key in os.environ}
        environment |= {"PYTHONPATH": str(_ROOT), "PYTHONDONTWRITEBYTECODE": "1", "PYTHONUTF8": "1"}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "knowledge.documents.worker", *map(str, bounds)], env=environment,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        return self._process

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def from_json(data: dict[str, Any]) -> Imported:
    """A document out of what `dataclasses.asdict` made of one."""
    entries = tuple(
        Entry(**{**entry, "parts": tuple((part[0], part[1]) for part in entry["parts"])}) for entry in data["entries"]
    )
    marks = tuple(Mark(**mark) for mark in data["marks"])
    lists = {key: tuple(data[key]) for key in ("recipients", "attachments")}
    return Imported(**{**data, **lists, "entries": entries, "marks": marks})


def _parsed(line: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(line)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
