"""Callbacks that did not come from the platform, or not like this: refused without a row, with one line in the log."""

import time

import httpx
import pytest

from sandbox import xmldoc
from sandbox.callback import build_callback
from tests.phones import until
from tests.running import Assistant

WORDS = "请问蓝鲸七号事项怎么办理"
FORBIDDEN = (
    "bad_signature", "swapped", "empty_timestamp", "stale", "future", "wrong_corp", "wrong_key", "bad_padding",
    "length_field", "non_utf8", "non_base64",
)  # fmt: skip
MALFORMED = (
    "entity_bomb", "inner_entity_bomb", "big_body", "json", "missing_encrypt", "empty_encrypt",
)  # fmt: skip


def message(assistant: Assistant, **changes: object) -> str:
    """A text message's XML; a change to None leaves the element out."""
    keys = assistant.keys
    fields: dict[str, object] = {
        "ToUserName": keys.corp_id,
        "FromUserName": "azkj_zhoujing",
        "CreateTime": int(time.time()),
        "MsgType": "text",
        "Content": WORDS,
        "MsgId": time.time_ns(),
        "AgentID": keys.agent_id,
    }
    kept = {name: value for name, value in {**fields, **changes}.items() if value is not None}
    return xmldoc.document(kept, cdata=True)


def post(assistant: Assistant, query: dict[str, str], body: bytes) -> int:
    """What the gateway answers."""
    url = f"{assistant.bot}/wecom/callback"
    return httpx.post(url, params=query, content=body, trust_env=False, timeout=10).status_code


def refused(assistant: Assistant, status: int, query: dict[str, str], body: bytes) -> None:
    """The status, no row, exactly one line, no content."""
    rows, lines = assistant.received(), assistant.log("bot").count("\n")
    assert post(assistant, query, body) == status
    assert assistant.received() == rows
    until(lambda: assistant.log("bot").count("\n") > lines, 3, "a line in the log")
    log = assistant.log("bot").splitlines()[lines:]
    assert len([line for line in log if "refused" in line]) == 1
    assert not any(word in line for line in log for word in (WORDS, "azkj_zhoujing", query.get("msg_signature", "?")))


@pytest.mark.parametrize("fault", FORBIDDEN)
def test_not_from_the_platform(assistant: Assistant, fault: str) -> None:
    refused(assistant, 403, *build_callback(message(assistant), assistant.keys, fault=fault, seconds=301))


@pytest.mark.parametrize("fault", MALFORMED)
def test_not_a_callback(assistant: Assistant, fault: str) -> None:
    refused(assistant, 400, *build_callback(message(assistant), assistant.keys, fault=fault))


@pytest.mark.parametrize(
    "timestamp", ["", "abc", "1e9", "179523000", "17952300000", "１７９５２３００００", "-795230000"]
)
def test_a_malformed_timestamp(assistant: Assistant, timestamp: str) -> None:
    query, body = build_callback(message(assistant), assistant.keys)
    refused(assistant, 403, {**query, "timestamp": timestamp}, body)


def test_digits_moved_between_timestamp_and_nonce(assistant: Assistant) -> None:
    query, body = build_callback(message(assistant), assistant.keys)
    joined = query["timestamp"] + query["nonce"]
    for cut in (9, 11):
        refused(assistant, 403, {**query, "timestamp": joined[:cut], "nonce": joined[cut:]}, body)


@pytest.mark.parametrize("name", ["msg_signature", "timestamp", "nonce"])
def test_a_missing_parameter(assistant: Assistant, name: str) -> None:
    query, body = build_callback(message(assistant), assistant.keys)
    del query[name]
    refused(assistant, 403, query, body)


@pytest.mark.parametrize("name", ["FromUserName", "MsgType", "MsgId", "Content", "CreateTime", "AgentID", "ToUserName"])
def test_a_missing_field(assistant: Assistant, name: str) -> None:
    refused(assistant, 400, *build_callback(message(assistant, **{name: None}), assistant.keys))


@pytest.mark.parametrize("fields", [{"ToUserName": "ww0000000000000000"}, {"AgentID": 9999999}])
def test_meant_for_another(assistant: Assistant, fields: dict[str, object]) -> None:
    refused(assistant, 403, *build_callback(message(assistant, **fields), assistant.keys))


@pytest.mark.parametrize("content", [b"", b"hello", b"<xml>", b"\xff\xfe\x00", b"<xml></xml><xml></xml>", b"[" * 5000])
def test_no_xml(assistant: Assistant, content: bytes) -> None:
    query, _ = build_callback(message(assistant), assistant.keys)
    refused(assistant, 400, query, content)


def test_an_unknown_type_is_recorded_and_acknowledged(assistant: Assistant) -> None:
    rows = assistant.received()
    assert post(assistant, *build_callback(message(assistant, MsgType="hologram"), assistant.keys)) == 200
    assert assistant.received() == rows + 1
    assistant.settle()


@pytest.mark.parametrize("anew", [False, True])
def test_the_same_message_three_times_is_answered_once(assistant: Assistant, anew: bool) -> None:
    phone = assistant.phone("azkj_zhoujing")
    phone.news()
    text = message(assistant, Content="什么情况下可以容错？")
    query, body = build_callback(text, assistant.keys)
    for _ in range(3):
        if anew:
            query, body = build_callback(text, assistant.keys)
        assert post(assistant, query, body) == 200
    assistant.settle()
    assert len(phone.news().texts) == 1


@pytest.mark.parametrize("fault", ["duplicate", "duplicate_resigned"])
def test_a_platform_that_repeats_itself_gets_one_answer(assistant: Assistant, fault: str) -> None:
    with assistant.fault(fault, copies=2):
        answer = assistant.phone("azkj_zhoujing").say("什么情况下可以容错？")
    assert len(answer.texts) == 1
