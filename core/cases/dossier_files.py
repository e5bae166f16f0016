"""The dossier as a folder: the PDF, the evidence opened, a list of all with fingerprints. All of it or nothing."""

import datetime as dt
import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from core.cases.dossier import Dossier
from core.cases.vault import Vault
from core.clock import wall
from core.errors import NotFound, Refused

MANIFEST = "manifest.json"
LISTING = "目录.txt"
_NAME_BYTES = 200
_LEFT_OVER = dt.timedelta(hours=1)


@dataclass(frozen=True)
class Entry:
    """A file of the folder. `path` is relative to it; `bytes` its size."""

    path: str
    name: str
    mime: str
    bytes: int
    sha256: str


def fill(dossier: Dossier, paper: bytes, vault: Vault, folder: Path) -> str:
    """Write everything into an empty folder; returns the manifest's SHA-256.

    Raises Refused when a file of the vault is gone or is not what was received, DecryptionFailed, OSError.
    """
    number = dossier.case.number
    entries = [_put(folder, f"{number}.pdf", paper, dossier.title, "application/pdf")]
    for piece in dossier.pieces:
        data = _evidence(vault, piece.file.file or "", piece.file.sha256, piece.file.name)
        path = f"evidence/{piece.seq:02d}-{shortened(piece.file.name)}"
        entries.append(_put(folder, path, data, piece.file.name, piece.file.mime))
    listing = _listing(dossier, entries).encode()
    entries.append(_put(folder, LISTING, listing, LISTING, "text/plain"))
    manifest = {
        "number": number, "type": dossier.case.type.value, "status": dossier.case.status.value,
        "exported_at": dossier.made_at, "exported_by": dossier.made_by, "files": [asdict(entry) for entry in entries],
    }  # fmt: skip
    text = json.dumps(manifest, ensure_ascii=False, indent=1).encode()
    return _put(folder, MANIFEST, text, MANIFEST, "application/json").sha256


def _evidence(vault: Vault, file: str, sha256: str, name: str) -> bytes:
    try:
        data = vault.get(file)
    except NotFound:
        raise Refused(f"材料“{name}”的文件不在了，没有导出。") from None
    if hashlib.sha256(data).hexdigest() != sha256:
        raise Refused(f"材料“{name}”与收到时的指纹不一致，没有导出。")
    return data


def _put(folder: Path, path: str, data: bytes, name: str, mime: str) -> Entry:
    target = folder / path
    target.parent.mkdir(mode=0o700, exist_ok=True)
    target.touch(mode=0o600, exist_ok=False)
    target.write_bytes(data)
    return Entry(path, name, mime, len(data), hashlib.sha256(data).hexdigest())


def shortened(name: str) -> str:
    """A name that file systems take: no separators, at most 200 bytes, the suffix kept."""
    plain = name.replace("/", "_").replace("\\", "_").strip(". ") or "材料"
    stem, dot, suffix = plain.rpartition(".")
    if not dot:
        stem, suffix = plain, ""
    room = _NAME_BYTES - len((dot + suffix).encode())
    return stem.encode()[:room].decode(errors="ignore") + dot + suffix


def _listing(dossier: Dossier, entries: Iterable[Entry]) -> str:
    lines = [f"{dossier.title}  {dossier.case.number}", f"导出：{dossier.made_at}  {dossier.made_by}", ""]
    for entry in entries:
        lines += [entry.path, f"    {entry.bytes:,} 字节  SHA-256 {entry.sha256}"]
    return "\n".join([*lines, "", "核对：chengyao cases verify-export 文件夹", ""])


def new_folder(parent: Path, number: str) -> tuple[Path, Path]:
    """A hidden folder to fill and the name it gets afterwards. Raises Refused when that exists, OSError."""
    target = parent / number
    if target.exists():
        raise Refused(f"{target} 已经存在，没有覆盖。")
    parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    for left in parent.glob(f".{number}-*"):
        if left.is_dir() and left.stat().st_mtime < (wall() - _LEFT_OVER).timestamp():
            discard(left)  # an export that was killed left evidence in the open
    return Path(tempfile.mkdtemp(prefix=f".{number}-", dir=parent)), target


def discard(folder: Path) -> None:
    """Remove what was half written."""
    shutil.rmtree(folder, ignore_errors=True)


# -- holding a folder against its list


def verify(folder: Path) -> list[str]:
    """Recompute every fingerprint; what is wrong, one line each. Raises Refused when there is no readable list."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        entries = [Entry(**entry) for entry in manifest["files"]]
    except (OSError, ValueError, KeyError, TypeError):
        raise Refused(f"{folder} 里没有可读的 {MANIFEST}。") from None
    found = [problem for entry in entries if (problem := _wrong(folder, entry))]
    known = {entry.path for entry in entries} | {MANIFEST}
    there = (path.relative_to(folder).as_posix() for path in sorted(folder.rglob("*")) if not path.is_dir())
    return found + [f"{path}：不在清单中" for path in there if path not in known]


def _wrong(folder: Path, entry: Entry) -> str:
    path = folder / entry.path
    if ".." in Path(entry.path).parts or Path(entry.path).is_absolute() or path.is_symlink() or not path.is_file():
        return f"{entry.path}：缺少"
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    if digest != entry.sha256 or path.stat().st_size != entry.bytes:
        return f"{entry.path}：内容与清单不一致"
    return ""
