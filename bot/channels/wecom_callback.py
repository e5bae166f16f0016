"""Verifies and decrypts callbacks (wecom-protocol 1.2–1.5, 1.7). Every failure looks the same from outside."""

import base64
import binascii
import hmac
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from wechatpy.enterprise.crypto import PrpCrypto
from wechatpy.utils import WeChatSigner

from bot.channels import wecom_xml
from bot.channels.base import Forbidden, Malformed

MAX_BODY = 1 << 20
WINDOW_SECONDS = 300
_TIMESTAMP = re.compile(r"\d{10}", re.ASCII)
_BLOCK = 32
_HEAD = 20


def signature(token: str, timestamp: str, nonce: str, encrypted: str) -> str:
    """The signature over the four values (1.5), lower-case hex."""
    signer = WeChatSigner()
    signer.add_data(token, timestamp, nonce, encrypted)
    return str(signer.signature)


@dataclass(frozen=True)
class Callback:
    """Opens what the platform posts, for one corporation's app. `now` is the wall clock, epoch seconds.

    The signed values are sorted and joined without separators, so the signature alone also fits a request whose digits
    were moved between timestamp and nonce (1.7). The strict format and the five minutes leave only this: a captured
    request is taken with a forged time when its own nonce happens to end in the ten digits of the present time. It
    would be the same message, which the inbox knows already and does not take twice.
    """

    token: str = field(repr=False)
    aes_key: str = field(repr=False)
    corp_id: str
    now: Callable[[], float] = time.time

    def echo(self, query: Mapping[str, str]) -> bytes:
        """The exact body that answers a URL verification (1.2). Raises Forbidden, or Malformed without an echostr."""
        # A proxy may have turned the plus signs of the Base64 into spaces; Base64 has none of its own.
        echostr = query.get("echostr", "").replace(" ", "+")
        if not echostr:
            raise Malformed("echostr is missing")
        return self._open(query, echostr)

    def document(self, query: Mapping[str, str], body: bytes) -> bytes:
        """The decrypted XML of a message or event (1.3). Raises Malformed for the envelope, Forbidden for the rest."""
        if len(body) > MAX_BODY:
            raise Malformed("the body is too large")
        encrypted = wecom_xml.fields(body).get("Encrypt", "").strip()
        if not encrypted:
            raise Malformed("Encrypt is missing")
        return self._open(query, encrypted)

    def _open(self, query: Mapping[str, str], encrypted: str) -> bytes:
        timestamp, nonce = query.get("timestamp", ""), query.get("nonce", "")
        if not _TIMESTAMP.fullmatch(timestamp) or abs(self.now() - int(timestamp)) > WINDOW_SECONDS:
            raise Forbidden("timestamp")
        expected = signature(self.token, timestamp, nonce, encrypted)
        if not hmac.compare_digest(expected.encode(), query.get("msg_signature", "").encode()):
            raise Forbidden("signature")
        return self.decrypt(encrypted)

    def decrypt(self, encrypted: str) -> bytes:
        """The message in a ciphertext (1.4). Raises Forbidden for everything that is not exactly as it should be."""
        try:
            ciphertext = base64.b64decode(encrypted, validate=True)
        except (binascii.Error, ValueError):
            raise Forbidden("ciphertext") from None
        if not ciphertext or len(ciphertext) % 16:
            raise Forbidden("ciphertext length")
        content = _unpadded(PrpCrypto(base64.b64decode(self.aes_key + "=")).cipher.decrypt(ciphertext))
        end = _HEAD + int.from_bytes(content[16:_HEAD], "big")
        if len(content) < _HEAD or end > len(content):
            raise Forbidden("length field")
        if not hmac.compare_digest(content[end:], self.corp_id.encode()):
            raise Forbidden("receiver")
        return _utf8(content[_HEAD:end])


def _unpadded(padded: bytes) -> bytes:
    amount = padded[-1]
    if not 1 <= amount <= _BLOCK or padded[-amount:] != bytes([amount]) * amount:
        raise Forbidden("padding")
    return padded[:-amount]


def _utf8(message: bytes) -> bytes:
    try:
        message.decode()
    except UnicodeDecodeError:
        raise Forbidden("encoding") from None
    return message
