"""Builds callback requests as the platform sends them, sound or broken on purpose (wecom-protocol 1.3–1.5, 9.4).

Tests use `build_callback` to make a request of their own and send its query and body to the bot.
"""

import base64
import json
import secrets
import time
from dataclasses import dataclass, replace

from sandbox import crypto, xmldoc

BIG_BODY = 10 << 20
BOMB = (
    '<?xml version="1.0"?><!DOCTYPE xml [<!ENTITY a "aaaaaaaaaa">'
    + "".join(f'<!ENTITY {new} "{f"&{old};" * 10}">' for old, new in zip("abcdefgh", "bcdefghi", strict=True))
    + "]>"
)


@dataclass(frozen=True, slots=True)
class Keys:
    """The callback triple with the receiver: corporation, app, Token, EncodingAESKey (1.1)."""

    corp_id: str
    agent_id: int
    token: str
    aes_key: str


@dataclass(frozen=True, slots=True)
class Envelope:
    """How one request is wrapped; `timestamp` is epoch seconds as text."""

    timestamp: str
    nonce: str
    raw_prefix: bool = False
    agent_first: bool = False
    cdata: bool = True


def fresh(offset: float = 0.0) -> Envelope:
    """An envelope with the wall clock's time plus `offset` seconds and a random nonce."""
    return Envelope(str(int(time.time() + offset)), str(1_000_000_000 + secrets.randbelow(9_000_000_000)))


def build_callback(
    plaintext: str, keys: Keys, *, fault: str = "", seconds: float = 3600, envelope: Envelope | None = None
) -> tuple[dict[str, str], bytes]:
    """The query and body of a callback POST that carries `plaintext`.

    `fault` is one of the kinds in `faults.CALLBACK_KINDS` that concern one request; `seconds` is how far `stale`
    and `future` are off. Without `envelope` a fresh one is made. Unknown kinds leave the request sound.
    """
    offset = {"stale": -seconds, "future": seconds}.get(fault, 0.0)
    wrap = envelope or fresh(offset)
    encrypted = encrypted_text(plaintext, keys, fault, wrap)
    signed = crypto.signature(keys.token, wrap.timestamp, wrap.nonce, encrypted)
    query = {"msg_signature": signed, "timestamp": wrap.timestamp, "nonce": wrap.nonce}
    return bent_query(query, fault), body_bytes(encrypted, keys, fault, wrap)


def build_verification(echo: str, keys: Keys) -> dict[str, str]:
    """The query of a URL verification GET whose echostr decrypts to `echo` (1.2)."""
    wrap = fresh()
    echostr = crypto.encrypt(crypto.aes_key(keys.aes_key), echo.encode(), keys.corp_id)
    signed = crypto.signature(keys.token, wrap.timestamp, wrap.nonce, echostr)
    return {"msg_signature": signed, "timestamp": wrap.timestamp, "nonce": wrap.nonce, "echostr": echostr}


def encrypted_text(plaintext: str, keys: Keys, fault: str, wrap: Envelope) -> str:
    """The Encrypt value, with the ciphertext faults."""
    key = secrets.token_bytes(32) if fault == "wrong_key" else crypto.aes_key(keys.aes_key)
    corp = "wwffffffffffffffff" if fault == "wrong_corp" else keys.corp_id
    prefix = secrets.token_bytes(16) if wrap.raw_prefix else crypto.ascii_prefix()
    message = (BOMB + plaintext if fault == "inner_entity_bomb" else plaintext).encode()
    if fault == "empty_encrypt":
        return ""
    if fault == "non_base64":
        return "这不是密文!" + secrets.token_hex(40)
    if fault == "non_utf8":
        message = b"\xff\xfe" + message
    if fault in ("bad_padding", "length_field"):
        return broken_block(key, prefix, message, corp, fault)
    return crypto.encrypt(key, message, corp, prefix)


def broken_block(key: bytes, prefix: bytes, message: bytes, corp: str, fault: str) -> str:
    """A ciphertext with a padding byte of 33, or with a length field that points beyond the end."""
    length = len(message) + (1 << 20 if fault == "length_field" else 0)
    padded = crypto.pad(prefix + length.to_bytes(4, "big") + message + corp.encode())
    if fault == "bad_padding":
        padded = padded[:-1] + b"\x21"
    return crypto.encrypt_block(key, padded)


def bent_query(query: dict[str, str], fault: str) -> dict[str, str]:
    """The query with the signature faults; in `swapped` and `empty_timestamp` the signature still fits."""
    if fault == "bad_signature":
        return {**query, "msg_signature": secrets.token_hex(20)}
    if fault == "swapped":
        return {**query, "timestamp": query["nonce"], "nonce": query["timestamp"]}
    if fault == "empty_timestamp":
        pair = sorted((query["timestamp"], query["nonce"]))
        return {**query, "timestamp": "", "nonce": "".join(pair)}
    return query


def body_bytes(encrypted: str, keys: Keys, fault: str, wrap: Envelope) -> bytes:
    """The body with the envelope faults."""
    outer: dict[str, object] = {"ToUserName": keys.corp_id, "Encrypt": encrypted, "AgentID": str(keys.agent_id)}
    if fault == "altered_envelope":
        outer.update(ToUserName="ww0000000000000000", AgentID="9999999")
    if fault == "json":
        return json.dumps({"tousername": keys.corp_id, "encrypt": encrypted, "agentid": str(keys.agent_id)}).encode()
    if fault == "missing_encrypt":
        del outer["Encrypt"]
    if wrap.agent_first:
        outer = {"AgentID": outer.pop("AgentID"), **outer}
    if fault == "entity_bomb":
        return (BOMB + xmldoc.document({**outer, "Bomb": "BOMB"}, cdata=False).replace("BOMB", "&i;")).encode()
    if fault == "big_body":
        outer["Padding"] = base64.b64encode(bytes(BIG_BODY)).decode()
    return xmldoc.document(outer, wrap.cdata).encode()


def resigned(envelope: Envelope) -> Envelope:
    """The same wrapping with a new timestamp and nonce."""
    new = fresh()
    return replace(envelope, timestamp=new.timestamp, nonce=new.nonce)
