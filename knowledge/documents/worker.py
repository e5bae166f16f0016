"""Reads files in a process of its own, each in a fork within bounds of memory and time.

`python -m knowledge.documents.worker MEMORY_BYTES UNPACKED_BYTES SECONDS`. Each line of the input names a file as JSON:
[path, kind, name shown, SHA-256]. Each line of the output is one JSON object: the document, {"error": line}, or {} when
the fork ended without a word.
"""

import json
import os
import resource
import sys
from collections.abc import Callable
from dataclasses import asdict
from importlib import import_module
from pathlib import Path

from core.errors import ImportFailed
from knowledge.documents.guard import Limits
from knowledge.documents.model import Source
from knowledge.documents.parse import parse

_READERS = {"txt": "plain_text", "pdf": "pdf", "doc": "old_word", "docx": "word"}


def main(arguments: list[str]) -> int:
    """Answer line by line until the input ends."""
    limits = Limits(memory_bytes=int(arguments[0]), unpacked_bytes=int(arguments[1]), seconds=float(arguments[2]))
    for line in sys.stdin.buffer:
        path, kind, name, sha256 = json.loads(line)
        # Loaded before the fork, so once; and only when needed: pdfplumber alone takes longer than a text file.
        import_module(f"knowledge.documents.{_READERS[kind]}")
        said = _forked(lambda: _document(Path(path), kind, name, sha256, limits))  # noqa: B023 - called at once
        sys.stdout.buffer.write(said + b"\n")
        sys.stdout.buffer.flush()
    return 0


def _forked(work: Callable[[], bytes]) -> bytes:
    """What `work` returns in a fork; `{}` when the fork ends otherwise."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        # Nothing a library prints may get between the answers.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        try:
            with os.fdopen(writing, "wb") as stream:
                stream.write(work())
            os._exit(0)
        finally:
            os._exit(1)
    os.close(writing)
    with os.fdopen(reading, "rb") as stream:
        said = stream.read()
    return said if os.waitpid(child, 0)[1] == 0 else b"{}"


def _document(path: Path, kind: str, name: str, sha256: str, limits: Limits) -> bytes:
    sys.setrecursionlimit(5000)
    resource.setrlimit(resource.RLIMIT_AS, (limits.memory_bytes, _hard(limits)))
    resource.setrlimit(resource.RLIMIT_CPU, (int(limits.seconds) + 1, int(limits.seconds) + 2))
    try:
        result: dict[str, object] = asdict(parse(_source(path, kind, limits), name, sha256, kind))
    except ImportFailed as problem:
        result = {"error": str(problem).replace(path.name, name)}
    except (MemoryError, RecursionError):
        result = {"error": f"读“{name}”需要的内存超过上限，没有导入。"}
    return json.dumps(result, ensure_ascii=False).encode()


def _hard(limits: Limits) -> int:
    return resource.getrlimit(resource.RLIMIT_AS)[1] if limits.memory_bytes else resource.RLIM_INFINITY


def _source(path: Path, kind: str, limits: Limits) -> Source:
    """The text by the format's reader."""
    if kind == "txt":
        from knowledge.documents import plain_text

        return plain_text.read(path.read_bytes())
    if kind == "pdf":
        from knowledge.documents import pdf

        return pdf.read(path)
    if kind == "doc":
        from knowledge.documents import old_word

        return old_word.read(path, limits)
    from knowledge.documents import word

    return word.read(path, limits)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
