"""The encrypted copies of evidence, one file each under var/evidence."""

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from core.crypto import Cipher
from core.errors import NotFound


@dataclass(frozen=True)
class Vault:
    """Encrypted files in one folder (`settings.var / "evidence"`), under random names."""

    folder: Path
    cipher: Cipher

    def put(self, data: bytes) -> str:
        """Seal and write a file so that a crash leaves all of it or nothing; returns its name in the folder."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        name = secrets.token_hex(16)
        self._write(name, data)
        return name

    def _write(self, name: str, data: bytes) -> None:
        half = self.folder / f".{name}"
        with half.open("wb") as file:
            file.write(self.cipher.seal(data, "evidence_file"))
            file.flush()
            os.fsync(file.fileno())
        half.rename(self.folder / name)

    def get(self, name: str) -> bytes:
        """Read a file. Raises NotFound, DecryptionFailed."""
        try:
            sealed = (self.folder / name).read_bytes()
        except FileNotFoundError:
            raise NotFound from None
        return self.cipher.open(sealed, "evidence_file")

    def reseal(self, name: str) -> bool:
        """Write a file anew with the newest key; False when it is already. Raises NotFound, DecryptionFailed."""
        try:
            with (self.folder / name).open("rb") as file:
                if file.read(len(self.cipher.current_id)) == self.cipher.current_id:
                    return False
        except FileNotFoundError:
            raise NotFound from None
        self._write(name, self.get(name))
        return True

    def all(self) -> set[str]:
        """Every whole file."""
        return {path.name for path in self.folder.glob("[!.]*")} if self.folder.is_dir() else set()

    def remove(self, name: str) -> None:
        """Delete a file; one that is gone already is fine."""
        (self.folder / name).unlink(missing_ok=True)

    def names(self, before: float) -> set[str]:
        """Files written before a moment (seconds since 1970), half-written ones too."""
        if not self.folder.is_dir():
            return set()
        return {path.name for path in self.folder.iterdir() if path.stat().st_mtime < before}
