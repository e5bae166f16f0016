"""The callback's cipher and signature (wecom-protocol 1.4, 1.5), written apart from the bot's library."""

import base64
import binascii
import hashlib
import hmac
import secrets
import string
import struct

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

BLOCK = 32
LETTERS = string.ascii_letters + string.digits


class CryptoError(Exception):
    """A signature or ciphertext that the protocol does not allow."""


def aes_key(encoding_aes_key: str) -> bytes:
    """The 32-byte key in a 43-character EncodingAESKey; unused bits of the last character are ignored."""
    key = base64.b64decode(encoding_aes_key + "=")
    if len(key) != 32:
        raise CryptoError("EncodingAESKey must hold 32 bytes")
    return key


def signature(token: str, timestamp: str, nonce: str, encrypted: str) -> str:
    """SHA-1 over the four values sorted by bytes and joined without separators, lower-case hex (1.5)."""
    parts = sorted(part.encode() for part in (token, timestamp, nonce, encrypted))
    return hashlib.sha1(b"".join(parts), usedforsecurity=False).hexdigest()


def verify(expected: str, token: str, timestamp: str, nonce: str, encrypted: str) -> None:
    """Raise CryptoError unless `expected` is the signature of the other values."""
    if not hmac.compare_digest(expected.encode(), signature(token, timestamp, nonce, encrypted).encode()):
        raise CryptoError("the signature does not match")


def ascii_prefix() -> bytes:
    """Sixteen random printable characters, as the platform puts before a message."""
    return "".join(secrets.choice(LETTERS) for _ in range(16)).encode()


def pad(content: bytes) -> bytes:
    """PKCS#7 to a multiple of 32; an exact multiple gets a full block."""
    amount = BLOCK - len(content) % BLOCK
    return content + bytes([amount]) * amount


def encrypt_block(key: bytes, padded: bytes) -> str:
    """AES-256-CBC with the key's first half as IV over an already padded text, in Base64."""
    encryptor = Cipher(algorithms.AES(key), modes.CBC(key[:16])).encryptor()
    return base64.b64encode(encryptor.update(padded) + encryptor.finalize()).decode()


def encrypt(key: bytes, message: bytes, receive_id: str, prefix: bytes | None = None) -> str:
    """Prefix, big-endian byte length, message and receiver, padded and encrypted (1.4)."""
    head = ascii_prefix() if prefix is None else prefix
    return encrypt_block(key, pad(head + struct.pack(">I", len(message)) + message + receive_id.encode()))


def unpad(padded: bytes) -> bytes:
    """Strip the padding; raises CryptoError when it is not 1 to 32 equal bytes."""
    amount = padded[-1]
    if not 1 <= amount <= BLOCK or padded[-amount:] != bytes([amount]) * amount:
        raise CryptoError("the padding is malformed")
    return padded[:-amount]


def decrypt(key: bytes, encrypted: str, receive_id: str) -> bytes:
    """The message in a ciphertext; raises CryptoError on every deviation from 1.4."""
    try:
        ciphertext = base64.b64decode(encrypted, validate=True)
    except (binascii.Error, ValueError) as error:
        raise CryptoError("the ciphertext is no Base64") from error
    if not ciphertext or len(ciphertext) % 16:
        raise CryptoError("the ciphertext has a wrong length")
    decryptor = Cipher(algorithms.AES(key), modes.CBC(key[:16])).decryptor()
    plain = unpad(decryptor.update(ciphertext) + decryptor.finalize())
    if len(plain) < 20:
        raise CryptoError("the plaintext is too short")
    end = 20 + int.from_bytes(plain[16:20], "big")
    if end > len(plain) or plain[end:] != receive_id.encode():
        raise CryptoError("the length or the receiver is wrong")
    return plain[20:end]
