"""Encryption at rest: AES-256-GCM under the newest data key, opened by any configured one."""

import base64
import hashlib
import json
import os
from dataclasses import dataclass, field
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from core.errors import DecryptionFailed

_NONCE = 12
_KEY_ID = 4


def derive(key: bytes, purpose: str) -> bytes:
    """32 bytes for one purpose, by HKDF-SHA256 from a data key."""
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=purpose.encode()).derive(key)


@dataclass(frozen=True)
class Cipher:
    """Seals bytes, text and JSON. `keys` newest first; the first seals, all open.

    Layout of a sealed value: 4 bytes key id, 12 bytes nonce, ciphertext with tag. `context` binds a value to its
    column, so that a blob moved to another column does not open.
    """

    keys: tuple[bytes, ...]
    _by_id: dict[bytes, AESGCM] = field(init=False, repr=False, default_factory=dict)

    def __post_init__(self) -> None:
        for key in self.keys:
            self._by_id[hashlib.sha256(key).digest()[:_KEY_ID]] = AESGCM(derive(key, "chengyao data"))

    @property
    def current_id(self) -> bytes:
        """Identifier of the key that seals now."""
        return next(iter(self._by_id))

    def seal(self, plain: bytes, context: str) -> bytes:
        """Encrypt `plain` for one column."""
        nonce = os.urandom(_NONCE)
        key_id = self.current_id
        return key_id + nonce + self._by_id[key_id].encrypt(nonce, plain, context.encode())

    def open(self, sealed: bytes, context: str) -> bytes:
        """Decrypt; raises DecryptionFailed."""
        box = self._by_id.get(sealed[:_KEY_ID])
        if box is None:
            raise DecryptionFailed
        start = _KEY_ID + _NONCE
        try:
            return box.decrypt(sealed[_KEY_ID:start], sealed[start:], context.encode())
        except (InvalidTag, ValueError) as error:  # ValueError: cut off inside the nonce
            raise DecryptionFailed from error

    def seal_json(self, value: Any, context: str) -> bytes:
        """Encrypt any JSON value."""
        return self.seal(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode(), context)

    def open_json(self, sealed: bytes, context: str) -> Any:
        """Decrypt a JSON value; raises DecryptionFailed."""
        return json.loads(self.open(sealed, context))


def new_key() -> str:
    """A fresh data key as it stands in settings."""
    return base64.urlsafe_b64encode(os.urandom(32)).decode().rstrip("=")
