"""The bot's callback against the known vectors, wechatpy, and every bad request of the protocol page (1, 7, 9.4)."""

import base64
import hashlib
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import delete, select
from wechatpy.enterprise.crypto import PrpCrypto, WeChatCrypto

import core.audit
import core.people.store
import core.policies.store  # noqa: F401
from bot.app import create_app
from bot.bootstrap import Gateway
from bot.channels.base import Forbidden
from bot.channels.wecom import WeCom
from bot.channels.wecom_callback import Callback, signature
from bot.channels.wecom_client import Account
from bot.dialogue import Dialogue
from bot.health import Health
from bot.metrics import Metrics
from core.cases.service import Desk
from core.cases.vault import Vault
from core.clock import Clock
from core.crypto import Cipher
from core.db import Database, metadata
from core.messages.service import Mailbox
from core.messages.tables import inbox
from sandbox import crypto
from sandbox.callback import Keys, build_callback, build_verification, fresh
from sandbox.testing import free_port, serving

DATA = json.loads((Path(__file__).parent / "wecom_vectors.json").read_text("utf-8"))
VECTORS = {vector["name"]: vector for vector in DATA["vectors"]}
CORP, AGENT, TOKEN = "ww5823bf96d3bd56c7", 1000002, "QDG6eK"
KEYS = Keys(CORP, AGENT, TOKEN, VECTORS["V1"]["key"])
MEMBER = "azkj_chenlei"


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    database = Database(f"sqlite:///{tmp_path_factory.mktemp('bot') / 'bot.db'}")
    metadata.create_all(database.engine)
    mailbox = Mailbox(database, Cipher((b"k" * 32,)), Clock())
    desk = Desk(mailbox, {}, Vault(tmp_path_factory.mktemp("evidence"), mailbox.cipher))
    channel = WeCom(Account(CORP, AGENT, "secret", TOKEN, KEYS.aes_key, "http://127.0.0.1:9"))
    dialogue = Dialogue("http://127.0.0.1:9")
    yield Gateway(mailbox, dialogue, (channel,), Health(mailbox, dialogue), Metrics(), desk)
    database.close()


@pytest.fixture
def mailbox(gateway: Gateway) -> Mailbox:
    with gateway.mailbox.db.write() as connection:
        connection.execute(delete(inbox))
    return gateway.mailbox


@pytest.fixture(scope="module")
def running(gateway: Gateway) -> Iterator[httpx.Client]:
    with serving(create_app(gateway, workers=False), free_port()) as address:
        with httpx.Client(base_url=address, trust_env=False) as client:
            yield client


@pytest.fixture
def client(running: httpx.Client, mailbox: Mailbox) -> httpx.Client:
    return running


def rows(mailbox: Mailbox) -> list[dict[str, Any]]:
    with mailbox.db.read() as connection:
        found = list(connection.execute(select(inbox).order_by(inbox.c.id)))
    opened = (mailbox.cipher.open_json(row.body, "inbox") for row in found)
    return [{"sender": row.sender, "kind": row.kind, **body} for row, body in zip(found, opened, strict=True)]


def document(kind: str = "text", leave: str = "", **more: object) -> str:
    head: dict[str, object] = {
        "ToUserName": CORP, "FromUserName": MEMBER, "CreateTime": int(time.time()), "MsgType": kind, "AgentID": AGENT,
    }  # fmt: skip
    if kind != "event":
        head["MsgId"] = "4561255354251345929"
    values = {**head, **more}
    values.pop(leave, None)
    return "<xml>" + "".join(f"<{name}><![CDATA[{value}]]></{name}>" for name, value in values.items()) + "</xml>"


def post(client: httpx.Client, plaintext: str, **options: Any) -> int:
    query, body = build_callback(plaintext, KEYS, **options)
    return client.post("/wecom/callback", params=query, content=body).status_code


# -- vectors


@pytest.mark.parametrize("name", VECTORS)
def test_vectors(name: str) -> None:
    vector = VECTORS[name]
    values = (vector["token"], vector["timestamp"], vector["nonce"], vector["encrypted"])
    assert signature(*values) == vector["signature"]
    callback = Callback(vector["token"], vector["key"], vector["receiver"])
    plain = callback.decrypt(vector["encrypted"])
    wanted = vector.get("sha256") or hashlib.sha256(vector["plain"].encode()).hexdigest()
    assert hashlib.sha256(plain).hexdigest() == wanted
    theirs = WeChatCrypto(vector["token"], vector["key"], vector["receiver"])
    envelope = {"Encrypt": vector["encrypted"]}
    assert theirs.decrypt_message(envelope, vector["signature"], *values[1:3]) == plain.decode()


@pytest.mark.parametrize("name", ["V2", "V3", "V8a", "V8b", "V8c"])
def test_verification_vectors(name: str) -> None:
    vector = VECTORS[name]
    callback = Callback(vector["token"], vector["key"], vector["receiver"], now=lambda: float(vector["timestamp"]))
    query = {
        "msg_signature": vector["signature"], "timestamp": vector["timestamp"], "nonce": vector["nonce"],
        "echostr": vector["encrypted"],
    }  # fmt: skip
    assert callback.echo(query) == vector["plain"].encode()
    assert callback.echo({**query, "echostr": vector["encrypted"].replace("+", " ")}) == vector["plain"].encode()
    with pytest.raises(Forbidden):
        callback.echo({**query, "nonce": vector["nonce"][:-1] + "4" + vector["nonce"][-1]})


@pytest.mark.parametrize("count,encrypted", DATA["paddings"])
def test_padding_boundaries(count: int, encrypted: str) -> None:
    assert Callback("t", KEYS.aes_key, VECTORS["V1"]["receiver"]).decrypt(encrypted) == b"m" * count


@pytest.mark.parametrize("timestamp,nonce", [("1372623149", "1409659813"), ("", "13726231491409659813")])
def test_moved_digits_of_the_vector(timestamp: str, nonce: str) -> None:
    vector = VECTORS["V1"]
    assert signature(vector["token"], timestamp, nonce, vector["encrypted"]) == vector["signature"]
    callback = Callback(vector["token"], vector["key"], vector["receiver"], now=lambda: 1409659813.0)
    body = f"<xml><Encrypt>{vector['encrypted']}</Encrypt></xml>".encode()
    query = {"msg_signature": vector["signature"], "timestamp": timestamp, "nonce": nonce}
    with pytest.raises(Forbidden):
        callback.document(query, body)
    sound = {**query, "timestamp": vector["timestamp"], "nonce": vector["nonce"]}
    assert b"hello" in callback.document(sound, body)


def padded(tail: bytes) -> str:
    """A ciphertext of one block more whose last bytes are `tail`."""
    content = b"p" * 16 + (5).to_bytes(4, "big") + b"<xml>" + CORP.encode()
    content += bytes(96 - len(content) - len(tail)) + tail
    return base64.b64encode(PrpCrypto(base64.b64decode(KEYS.aes_key + "=")).cipher.encrypt(content)).decode()


@pytest.mark.parametrize("tail", [b"\x00", b"\x21" * 33, b"\x02\x03\x03", b"\xff", b"\x05\x05\x04\x05\x05"])
def test_broken_padding(tail: bytes) -> None:
    with pytest.raises(Forbidden):
        Callback("t", KEYS.aes_key, CORP).decrypt(padded(tail))


@pytest.mark.parametrize("encrypted", ["", "AAAA", "****", "QUJD" * 5, base64.b64encode(bytes(32)).decode(), "é"])
def test_no_ciphertext(encrypted: str) -> None:
    with pytest.raises(Forbidden):
        Callback("t", KEYS.aes_key, CORP).decrypt(encrypted)


# -- requests


def test_verification_answers_the_exact_body(client: httpx.Client) -> None:
    started = time.monotonic()
    answer = client.get("/wecom/callback", params=build_verification("1616140317555161061", KEYS))
    assert (answer.status_code, answer.content) == (200, b"1616140317555161061")
    assert time.monotonic() - started < 1
    assert client.get("/wecom/callback").status_code == 400
    wrong = build_verification("1", KEYS) | {"msg_signature": "0" * 40}
    assert client.get("/wecom/callback", params=wrong).status_code == 403


FORBIDDEN = [
    "bad_signature", "swapped", "empty_timestamp", "stale", "future", "wrong_corp", "wrong_key", "bad_padding",
    "length_field", "non_utf8", "non_base64",
]  # fmt: skip
MALFORMED = ["entity_bomb", "inner_entity_bomb", "big_body", "json", "missing_encrypt", "empty_encrypt"]


@pytest.mark.parametrize("fault,status", [(name, 403) for name in FORBIDDEN] + [(name, 400) for name in MALFORMED])
def test_bad_requests(client: httpx.Client, mailbox: Mailbox, fault: str, status: int) -> None:
    assert post(client, document(Content="你好"), fault=fault) == status
    assert rows(mailbox) == []


@pytest.mark.parametrize("seconds,status", [(290, 200), (-290, 200), (305, 403), (-305, 403)])
def test_five_minutes(client: httpx.Client, mailbox: Mailbox, seconds: int, status: int) -> None:
    assert post(client, document(Content="你好"), envelope=fresh(seconds)) == status
    assert len(rows(mailbox)) == (status == 200)


@pytest.mark.parametrize(
    "timestamp", ["", "now", "-123456789", "123456789", "12345678901", "１７００００００００", "1.7e9"]
)
def test_malformed_timestamp(client: httpx.Client, mailbox: Mailbox, timestamp: str) -> None:
    encrypted = crypto.encrypt(crypto.aes_key(KEYS.aes_key), document(Content="x").encode(), CORP)
    query = {"timestamp": timestamp, "nonce": "7", "msg_signature": crypto.signature(TOKEN, timestamp, "7", encrypted)}
    body = f"<xml><Encrypt>{encrypted}</Encrypt></xml>"
    assert client.post("/wecom/callback", params=query, content=body).status_code == 403
    assert rows(mailbox) == []


@pytest.mark.parametrize("moved", [-1, 1, 3])
def test_digits_moved(client: httpx.Client, mailbox: Mailbox, moved: int) -> None:
    query, body = build_callback(document(Content="x"), KEYS, envelope=fresh())
    joined = "".join(sorted((query["timestamp"], query["nonce"])))
    forged = {**query, "timestamp": joined[: 10 + moved], "nonce": joined[10 + moved :]}
    assert client.post("/wecom/callback", params=forged, content=body).status_code == 403
    assert rows(mailbox) == []


@pytest.mark.parametrize(
    "body", [b"", b"hello", b"<xml>", b"<html><Encrypt>x</Encrypt></html>", b"\xff\xfe<xml/>", b"<xml>" * 5000,
             b"<!DOCTYPE xml><xml><Encrypt>x</Encrypt></xml>", b"x" * (2 << 20)]
)  # fmt: skip
def test_no_envelope(client: httpx.Client, body: bytes) -> None:
    assert client.post("/wecom/callback", params={"timestamp": "1"}, content=body).status_code == 400


@pytest.mark.parametrize(
    "kind,leave,more",
    [
        ("text", "", {}),
        ("text", "FromUserName", {"Content": "x"}),
        ("text", "MsgId", {"Content": "x"}),
        ("text", "MsgType", {"Content": "x"}),
        ("text", "AgentID", {"Content": "x"}),
        ("text", "CreateTime", {"Content": "x"}),
        ("image", "", {"PicUrl": "http://x"}),
        ("file", "", {"FileName": "a.pdf"}),
        ("location", "", {"Location_X": "1"}),
        ("link", "", {"Title": "x"}),
        ("event", "", {}),
        ("event", "", {"Event": "click"}),
        ("event", "", {"Event": "template_card_event", "ResponseCode": "x"}),
    ],
)
def test_missing_fields(client: httpx.Client, mailbox: Mailbox, kind: str, leave: str, more: dict[str, object]) -> None:
    assert post(client, document(kind, leave, **more)) == 400
    assert rows(mailbox) == []


@pytest.mark.parametrize("more", [{"AgentID": 1000003}, {"ToUserName": "ww0000000000000000"}])
def test_meant_for_somebody_else(client: httpx.Client, mailbox: Mailbox, more: dict[str, object]) -> None:
    assert post(client, document(Content="x", **more)) == 403
    assert rows(mailbox) == []


def test_envelope_is_not_believed(client: httpx.Client, mailbox: Mailbox) -> None:
    assert post(client, document(Content="x"), fault="altered_envelope") == 200
    assert len(rows(mailbox)) == 1


# -- every kind of message


@pytest.mark.parametrize(
    "kind,more,wanted",
    [
        ("text", {"Content": "  两头 空格\x0b \n"}, {"kind": "text", "text": "  两头 空格 \n"}),
        ("text", {"Content": ""}, {"kind": "text"}),
        ("text", {"Content": "问 <!DOCTYPE html> & 😀"}, {"kind": "text", "text": "问 <!DOCTYPE html> & 😀"}),
        ("image", {"PicUrl": "u", "MediaId": "m1"}, {"kind": "image", "media_id": "m1"}),
        ("voice", {"MediaId": "m2", "Format": "amr"}, {"kind": "voice", "media_id": "m2"}),
        ("video", {"MediaId": "m3", "ThumbMediaId": "t"}, {"kind": "video", "media_id": "m3"}),
        ("file", {"MediaId": "m4", "FileName": "证明.pdf"}, {"kind": "file", "media_id": "m4", "name": "证明.pdf"}),
        ("location", {"Location_X": "1", "Location_Y": "2", "Label": "某地"}, {"kind": "location", "name": "某地"}),
        ("link", {"Title": "题", "Url": "https://a"}, {"kind": "link", "name": "题", "text": "https://a"}),
        ("shortvideo", {}, {"kind": "unknown", "name": "shortvideo"}),
        ("event", {"Event": "enter_agent", "EventKey": ""}, {"kind": "event", "event": "enter_agent"}),
        ("event", {"Event": "subscribe"}, {"kind": "event", "event": "subscribe"}),
        ("event", {"Event": "click", "EventKey": "cases"}, {"kind": "command", "event": "cases"}),
        ("event", {"Event": "view", "EventKey": "https://a"}, {"kind": "event", "event": "view"}),
        (
            "event",
            {"Event": "template_card_event", "EventKey": "b1", "TaskId": "t1", "ResponseCode": "r1"},
            {"kind": "command", "button": "b1", "task_id": "t1", "response_code": "r1"},
        ),
        ("event", {"Event": "brand_new_event"}, {"kind": "event", "event": "brand_new_event"}),
    ],
)
def test_kinds(
    client: httpx.Client, mailbox: Mailbox, kind: str, more: dict[str, object], wanted: dict[str, object]
) -> None:
    plain = document(kind, **more).replace("\x0b", "")
    assert post(client, plain) == 200
    assert rows(mailbox) == [{"sender": MEMBER, **wanted}]


def test_position_report_is_not_kept(client: httpx.Client, mailbox: Mailbox) -> None:
    assert post(client, document("event", Event="LOCATION", Latitude="1", Longitude="2", Precision="3")) == 200
    assert rows(mailbox) == []


# -- repeats


@pytest.mark.parametrize("kind,more", [("text", {"Content": "同"}), ("event", {"Event": "click", "EventKey": "menu"})])
def test_three_times_the_same_message(
    client: httpx.Client, mailbox: Mailbox, kind: str, more: dict[str, object]
) -> None:
    plain = document(kind, **more)
    query, body = build_callback(plain, KEYS)
    for _ in range(3):
        assert client.post("/wecom/callback", params=query, content=body).status_code == 200
    for number in range(3):
        assert post(client, plain, envelope=fresh(number)) == 200
    assert len(rows(mailbox)) == 1


def test_made_by_wechatpy(client: httpx.Client, mailbox: Mailbox) -> None:
    theirs = WeChatCrypto(TOKEN, KEYS.aes_key, CORP)
    timestamp = str(int(time.time()))
    body = theirs.encrypt_message(document(Content="您好"), "12345", timestamp)
    encrypted = body.split("<Encrypt><![CDATA[")[1].split("]]>")[0]
    query = {"timestamp": timestamp, "nonce": "12345", "msg_signature": signature(TOKEN, timestamp, "12345", encrypted)}
    assert client.post("/wecom/callback", params=query, content=body.encode()).status_code == 200
    assert rows(mailbox)[0]["text"] == "您好"


def test_telegram_is_off(client: httpx.Client) -> None:
    assert client.post("/telegram/webhook", json={}).status_code == 404
    assert client.put("/wecom/callback").status_code == 405
    assert client.get("/healthz").text == "ok"
    assert client.get("/readyz").status_code == 503
    post(client, document(Content="x"))
    assert 'chengyao_callbacks_total{channel="wecom",outcome="stored"}' in client.get("/metrics").text
    assert 'chengyao_rows{state="inbox_waiting"} 1.0' in client.get("/metrics").text
