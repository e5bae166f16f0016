"""Reads one file in a process of its own, within bounds of memory and time: `python -m knowledge.documents.worker`.

Arguments: path, kind, name shown, SHA-256, memory in bytes, unpacked bytes, seconds. Writes one JSON object: the
document, or {"error": line}.
"""

import json
import resource
import sys
from dataclasses import asdict
from pathlib import Path

from core.errors import ImportFailed
from knowledge.documents.guard import Limits
from knowledge.documents.model import Source
from knowledge.documents.parse import parse


def main(arguments: list[str]) -> int:
    """Read, parse, print. 0 when read; 2 when refused, with the reason in the output."""
    path, kind, name, sha256 = Path(arguments[0]), arguments[1], arguments[2], arguments[3]
    limits = Limits(
        memory_bytes=int(arguments[4]), unpacked_bytes=int(arguments[5]), seconds=float(arguments[6])
    )  # fmt: skip
    sys.setrecursionlimit(5000)
    resource.setrlimit(resource.RLIMIT_AS, (limits.memory_bytes, _hard(limits)))
    resource.setrlimit(resource.RLIMIT_CPU, (int(limits.seconds) + 1, int(limits.seconds) + 2))
    try:
        result: dict[str, object] = asdict(parse(_source(path, kind, limits), name, sha256, kind))
        code = 0
    except ImportFailed as problem:
        result, code = {"error": str(problem).replace(path.name, name)}, 2
    except (MemoryError, RecursionError):
        result, code = {"error": f"读“{name}”需要的内存超过上限，没有导入。"}, 2
    json.dump(result, sys.stdout, ensure_ascii=False)
    return code


def _hard(limits: Limits) -> int:
    return resource.getrlimit(resource.RLIMIT_AS)[1] if limits.memory_bytes else resource.RLIM_INFINITY


def _source(path: Path, kind: str, limits: Limits) -> Source:
    """The format's reader, loaded only when needed: pdfplumber alone takes longer than a text file."""
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
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    raise SystemExit(main(sys.argv[1:]))
