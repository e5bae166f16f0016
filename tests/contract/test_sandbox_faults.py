"""Every fault does what it says (wecom-protocol 9.4), and the request log keeps no token."""

import json
import time
from collections.abc import Iterator

import httpx
import pytest
from wechatpy.enterprise.crypto import PrpCrypto

from sandbox import crypto
from sandbox.callback import Keys, build_callback
from sandbox.faults import API_KINDS, CALLBACK_KINDS
from sandbox.testing import ENV, Received, Stage

ONE = "azkj_chenlei"
KEYS = Keys(ENV["CHENGYAO_WECOM_CORP_ID"], 1000002, ENV["CHENGYAO_WECOM_TOKEN"], ENV["CHENGYAO_WECOM_AES_KEY"])


@pytest.fixture(scope="module")
def running() -> Iterator[Stage]:
    with Stage.running() as stage:
        yield stage


@pytest.fixture
def stage(running: Stage) -> Stage:
    return running.fresh()


def fault(stage: Stage, kind: str, **more: object) -> None:
    assert stage.sandbox.api("POST", "faults", {"kind": kind, "endpoint": "message/send", **more})["kind"] == kind


def raw(stage: Stage) -> httpx.Response:
    body = {"touser": ONE, "msgtype": "text", "agentid": 1000002, "text": {"content": "x"}}
    query = {"access_token": stage.sandbox.token}
    return stage.sandbox.client.post("/cgi-bin/message/send", params=query, json=body)


def test_latency(stage: Stage) -> None:
    fault(stage, "latency", seconds=0.1, count=1)
    began = time.monotonic()
    assert raw(stage).json()["errcode"] == 0
    assert time.monotonic() - began >= 0.1


def test_answers_without_effect(stage: Stage) -> None:
    fault(stage, "http", status=503, count=1)
    fault(stage, "html", count=2)
    fault(stage, "errcode", errcode=-1, count=3)
    assert raw(stage).status_code == 503
    assert "<html>" in raw(stage).text
    assert raw(stage).json()["errcode"] == -1
    assert stage.sandbox.inbox(ONE) == []
    assert raw(stage).json()["errcode"] == 0


@pytest.mark.parametrize(("kind", "delivered"), [("cut", 0), ("accept_cut", 1)])
def test_cut_connections(stage: Stage, kind: str, delivered: int) -> None:
    fault(stage, kind, count=1)
    with pytest.raises(httpx.TransportError):
        raw(stage)
    assert len(stage.sandbox.inbox(ONE)) == delivered
    assert raw(stage).json()["errcode"] == 0


def test_spoiled_answers_take_effect(stage: Stage) -> None:
    for kind in ("truncated", "empty"):
        fault(stage, kind, count=1)
        with pytest.raises(json.JSONDecodeError):
            raw(stage).json()
        stage.sandbox.api("DELETE", "faults")
    assert len(stage.sandbox.inbox(ONE)) == 2


@pytest.mark.parametrize(
    ("kind", "code", "delivered"),
    [
        ("warning", 0, 1),
        ("missing_errcode", None, 1),
        ("errcode_string", "0", 1),
        ("extra_fields", 0, 1),
        ("silent_drop", 0, 0),
    ],
)
def test_strange_answers(stage: Stage, kind: str, code: object, delivered: int) -> None:
    fault(stage, kind, count=1)
    answer = raw(stage).json()
    assert (answer.get("errcode"), bool(answer["msgid"])) == (code, True)
    assert str(answer.get("errmsg", "")).startswith("Warning: wrong json format.") == (kind == "warning")
    assert ("x_trace" in answer) == (kind == "extra_fields")
    assert len(stage.sandbox.inbox(ONE)) == delivered


@pytest.mark.parametrize("code", [40014, 42001, 45009, 60020, 40001, 45033])
def test_any_errcode_once_or_always(stage: Stage, code: int) -> None:
    fault(stage, "errcode", errcode=code, count=1)
    assert [raw(stage).json()["errcode"] for _ in range(2)] == [code, 0]
    fault(stage, "errcode", errcode=code)
    assert {raw(stage).json()["errcode"] for _ in range(5)} == {code}


def test_tokens_die_at_once(stage: Stage) -> None:
    stage.sandbox.api("POST", "faults", {"kind": "token_invalidate"})
    assert raw(stage).json()["errcode"] == 40014
    stage.sandbox.login()
    stage.sandbox.api("POST", "faults", {"kind": "token_expire"})
    assert raw(stage).json()["errcode"] == 42001
    stage.sandbox.login()
    assert raw(stage).json()["errcode"] == 0


def test_probability_and_listing(stage: Stage) -> None:
    fault(stage, "errcode", errcode=-1, probability=0.5)
    codes = [raw(stage).json()["errcode"] for _ in range(40)]
    assert 5 < codes.count(-1) < 35
    listed = stage.sandbox.client.get("/sandbox/api/faults").json()
    assert listed[0]["hits"] == codes.count(-1)


def test_unknown_faults_are_refused(stage: Stage) -> None:
    for wanted in ({"kind": "meteor"}, {"kind": "http", "status": "x"}, {"kind": "http", "colour": 1}):
        assert stage.sandbox.client.post("/sandbox/api/faults", json=wanted).status_code == 400


def test_every_endpoint_can_fail(stage: Stage) -> None:
    stage.sandbox.api("POST", "faults", {"kind": "http", "endpoint": "*"})
    assert raw(stage).status_code == 500
    assert stage.sandbox.client.get("/cgi-bin/gettoken").status_code == 500
    assert stage.sandbox.act(ONE, "enter")["delivered"] is True


def act(stage: Stage, kind: str, **more: object) -> list[Received]:
    """What the app receives of one text while a callback fault is on."""
    stage.sandbox.api("POST", "settings", {"callback": {"retries": 0}})
    stage.sandbox.api("POST", "faults", {"kind": kind, "count": 1, **more})
    stage.sandbox.act(ONE, "send", type="text", text="x")
    return stage.app.received


REFUSED = [
    "bad_signature",
    "wrong_corp",
    "wrong_key",
    "bad_padding",
    "length_field",
    "non_utf8",
    "non_base64",
    "missing_encrypt",
    "empty_encrypt",
    "json",
    "entity_bomb",
]


@pytest.mark.parametrize("kind", REFUSED)
def test_what_an_app_must_refuse(stage: Stage, kind: str) -> None:
    received = act(stage, kind)
    assert [callback.plaintext for callback in received] == [None]


@pytest.mark.parametrize("kind", ["swapped", "empty_timestamp"])
def test_ambiguous_timestamps(stage: Stage, kind: str) -> None:
    received = act(stage, kind)
    assert received[0].plaintext is not None
    stamp = received[0].query["timestamp"]
    assert not stamp or abs(time.time() - int(stamp)) > 5


@pytest.mark.parametrize(("kind", "offset"), [("stale", -900), ("future", 900)])
def test_wrong_times(stage: Stage, kind: str, offset: int) -> None:
    received = act(stage, kind, seconds=900)
    assert received[0].plaintext is not None
    assert abs(int(received[0].query["timestamp"]) - time.time() - offset) < 5


def test_bombs_and_big_bodies(stage: Stage) -> None:
    assert b"<!ENTITY" in act(stage, "entity_bomb")[0].body
    assert "<!ENTITY" in (act(stage, "inner_entity_bomb")[1].plaintext or "")
    assert len(act(stage, "big_body")[2].body) > 10 << 20
    altered = act(stage, "altered_envelope")[3]
    assert b"9999999" in altered.body
    assert altered.value("AgentID") == "1000002"


def test_duplicates(stage: Stage) -> None:
    same = act(stage, "duplicate", copies=2)
    assert len(same) == 3
    assert len({(callback.body, callback.query["nonce"]) for callback in same}) == 1
    stage.app.received.clear()
    anew = act(stage, "duplicate_resigned")
    assert len({callback.query["nonce"] for callback in anew}) == 2
    assert len({callback.plaintext for callback in anew}) == 1


def test_lost_and_delayed(stage: Stage) -> None:
    assert act(stage, "lost") == []
    began = time.monotonic()
    assert len(act(stage, "delay", seconds=0.1)) == 1
    assert time.monotonic() - began >= 0.1


def test_every_kind_is_tried_here() -> None:
    tried = {*REFUSED, "swapped", "empty_timestamp", "stale", "future", "inner_entity_bomb", "big_body"}
    tried |= {"altered_envelope", "duplicate", "duplicate_resigned", "lost", "delay"}
    assert tried == set(CALLBACK_KINDS)
    spoiled = {"truncated", "empty", "warning", "missing_errcode", "errcode_string", "extra_fields", "silent_drop"}
    assert spoiled | {"latency", "http", "html", "errcode", "cut", "accept_cut"} == set(API_KINDS)


def test_built_callbacks_for_tests_of_the_bot() -> None:
    query, body = build_callback("<xml/>", KEYS)
    encrypted = body.decode().split("<Encrypt><![CDATA[")[1].split("]]>")[0]
    crypto.verify(query["msg_signature"], KEYS.token, query["timestamp"], query["nonce"], encrypted)
    assert PrpCrypto(crypto.aes_key(KEYS.aes_key)).decrypt(encrypted, KEYS.corp_id) == "<xml/>"


def test_log_has_no_tokens(stage: Stage) -> None:
    raw(stage)
    text = stage.sandbox.client.get("/sandbox/api/requests").text
    assert stage.sandbox.token not in text
    assert ENV["CHENGYAO_WECOM_SECRET"] not in text
    log = stage.sandbox.client.get("/sandbox/api/requests", params={"path": "message/send"}).json()
    assert [call["body"]["text"]["content"] for call in log["requests"]] == ["x"]
    assert log["counters"]["calls"]["message/send"] == 1


def test_reset(stage: Stage) -> None:
    raw(stage)
    fault(stage, "http")
    stage.fresh()
    assert (stage.sandbox.inbox(ONE), stage.sandbox.client.get("/sandbox/api/faults").json()) == ([], [])
