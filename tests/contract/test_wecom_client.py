"""The bot's calls against the sandbox: tokens, every class of refusal, partial sends, media, menu, cards (3–5, 6.6)."""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from bot.cards import Message
from bot.channels.wecom import WeCom
from bot.channels.wecom_client import Account
from bot.channels.wecom_errors import Pauses
from bot.channels.wecom_token import Keeper, Token
from bot.menu import MenuKeeper, wanted
from core.errors import ChannelError, OutcomeUnknown, Rejected, TemporaryFailure
from sandbox.testing import ENV, SandboxServer

ONE, TWO = "azkj_chenlei", "ldu_linqing"
SECRET = ENV["CHENGYAO_WECOM_SECRET"]
TEXT = Message("text", "您好")
PAUSES = Pauses(secret=30, configuration=30, rate=30, abnormal=30)


def account(base: str, **more: Any) -> Account:
    values: dict[str, Any] = {
        "corp_id": ENV["CHENGYAO_WECOM_CORP_ID"], "agent_id": int(ENV["CHENGYAO_WECOM_AGENT_ID"]), "secret": SECRET,
        "token": "t", "aes_key": ENV["CHENGYAO_WECOM_AES_KEY"], "api_base": base, "timeouts": (0.4, 0.4),
    }  # fmt: skip
    return Account(**{**values, **more})


@pytest.fixture(scope="module")
def running() -> Iterator[SandboxServer]:
    with SandboxServer.running(callback_url="http://127.0.0.1:9/wecom/callback") as server:
        yield server


@pytest.fixture
def sandbox(running: SandboxServer) -> SandboxServer:
    running.api("POST", "reset")
    running.login()
    return running


@pytest.fixture
def channel(sandbox: SandboxServer) -> WeCom:
    return WeCom(account(sandbox.base_url), PAUSES)


def fault(sandbox: SandboxServer, kind: str, endpoint: str = "message/send", **more: object) -> None:
    sandbox.api("POST", "faults", {"kind": kind, "endpoint": endpoint, **more})


def calls(sandbox: SandboxServer, path: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = sandbox.client.get("/sandbox/api/requests", params={"path": path}).json()["requests"]
    return found


def raised(call: Callable[[], object]) -> ChannelError:
    with pytest.raises(ChannelError) as caught:
        call()
    assert SECRET not in repr(caught.value) and "access_token" not in repr(caught.value)
    assert caught.value.__cause__ is None
    return caught.value


def test_send(sandbox: SandboxServer, channel: WeCom) -> None:
    assert channel.send(ONE, TEXT)
    assert [item["content"] for item in sandbox.inbox(ONE)] == ["您好"]
    assert "enable_duplicate_check" not in calls(sandbox, "message/send")[0]["body"]


def test_resend_looks_back_only_as_far_as_needed(sandbox: SandboxServer, channel: WeCom) -> None:
    channel.send(ONE, TEXT)
    channel.send(ONE, TEXT, 3.2)
    body = calls(sandbox, "message/send")[1]["body"]
    assert (body["enable_duplicate_check"], body["duplicate_check_interval"]) == (1, 5)
    assert len(sandbox.inbox(ONE)) == 1


def test_many(sandbox: SandboxServer, channel: WeCom) -> None:
    sandbox.api("PATCH", f"members/{TWO}", {"licensed": False})
    outcome = channel.send_many((ONE.upper(), "Nobody", TWO), TEXT)
    assert outcome.accepted == (ONE.upper(),)
    assert outcome.rejected == {"Nobody": "invaliduser", TWO: "unlicenseduser"}
    assert outcome.platform_id
    assert raised(lambda: channel.send("Nobody", TEXT)).args == ("errcode 81013",)
    assert str(raised(lambda: channel.send_many(("Nobody", "Ghost"), TEXT))) == "errcode 81013"
    with pytest.raises(ValueError, match="recipients"):
        channel.send_many(tuple(f"u{number}" for number in range(1001)), TEXT)


@pytest.mark.parametrize("errcode", [-1, 6000, 45033, 45035])
def test_busy(sandbox: SandboxServer, channel: WeCom, errcode: int) -> None:
    fault(sandbox, "errcode", errcode=errcode, count=1)
    error = raised(lambda: channel.send(ONE, TEXT))
    assert isinstance(error, TemporaryFailure) and error.retry_after is None
    assert channel.send(ONE, TEXT)


@pytest.mark.parametrize("errcode", [45009, 45036, 60020, 301002, 48002, 50003, 40013])
def test_pause(sandbox: SandboxServer, channel: WeCom, caplog: pytest.LogCaptureFixture, errcode: int) -> None:
    """Nothing is thrown away for a limit or a setting, and the platform is left alone for a while."""
    fault(sandbox, "errcode", errcode=errcode, count=1)
    with caplog.at_level(logging.ERROR):
        error = raised(lambda: channel.send(ONE, TEXT))
    assert isinstance(error, TemporaryFailure) and error.retry_after == 30
    again = raised(lambda: channel.send(TWO, TEXT))
    assert isinstance(again, TemporaryFailure) and 28 < (again.retry_after or 0) <= 30
    assert len(calls(sandbox, "message/send")) == 1
    assert str(errcode) in caplog.text and SECRET not in caplog.text


@pytest.mark.parametrize("errcode", [81013, 40003, 60111, 60011, 82001, 40008, 44004, 45002, 42039, 40201, 43012])
def test_never(sandbox: SandboxServer, channel: WeCom, errcode: int) -> None:
    fault(sandbox, "errcode", errcode=errcode, count=1)
    assert str(raised(lambda: channel.send(ONE, TEXT))) == f"errcode {errcode}"
    assert channel.send(ONE, TEXT)


@pytest.mark.parametrize(
    "kind,more,wanted_class",
    [
        ("http", {}, TemporaryFailure),
        ("http", {"status": 503}, TemporaryFailure),
        ("http", {"status": 301}, TemporaryFailure),
        ("http", {"status": 504}, OutcomeUnknown),
        ("html", {}, TemporaryFailure),
        ("truncated", {}, OutcomeUnknown),
        ("empty", {}, OutcomeUnknown),
        ("cut", {}, OutcomeUnknown),
        ("accept_cut", {}, OutcomeUnknown),
        ("latency", {"seconds": 0.6}, OutcomeUnknown),
    ],
)
def test_transport(sandbox: SandboxServer, channel: WeCom, kind: str, more: dict[str, Any], wanted_class: type) -> None:
    channel.send(TWO, TEXT)
    fault(sandbox, kind, count=1, **more)
    assert type(raised(lambda: channel.send(ONE, TEXT))) is wanted_class
    assert channel.send(TWO, TEXT)


@pytest.mark.parametrize("kind", ["warning", "missing_errcode", "errcode_string", "extra_fields"])
def test_odd_successes(sandbox: SandboxServer, channel: WeCom, kind: str) -> None:
    fault(sandbox, kind, count=1)
    assert channel.send(ONE, TEXT)


def test_nobody_listens() -> None:
    error = raised(lambda: WeCom(account("http://127.0.0.1:9"), PAUSES).send(ONE, TEXT))
    assert isinstance(error, TemporaryFailure)


def test_foreign_proxy_is_ignored(channel: WeCom, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert channel.send(ONE, TEXT)


# -- token


def test_one_refresh(sandbox: SandboxServer, channel: WeCom) -> None:
    channel.send(ONE, TEXT)
    for kind in ("token_expire", "token_invalidate"):
        sandbox.api("POST", "faults", {"kind": kind})
        assert channel.send(ONE, TEXT)
    assert len(calls(sandbox, "gettoken")) == 3 + 1  # the test's own login


@pytest.mark.parametrize("errcode", [40014, 42001, 40001])
def test_refused_for_ever(sandbox: SandboxServer, channel: WeCom, errcode: int) -> None:
    fault(sandbox, "errcode", errcode=errcode)
    error = raised(lambda: channel.send(ONE, TEXT))
    assert isinstance(error, TemporaryFailure) and error.retry_after == 30
    for _ in range(5):
        raised(lambda: channel.send(ONE, TEXT))
    assert len(calls(sandbox, "message/send")) == 2
    assert len(calls(sandbox, "gettoken")) == 2 + 1


def test_wrong_secret(sandbox: SandboxServer) -> None:
    channel = WeCom(account(sandbox.base_url, secret="wrong"), PAUSES)
    for _ in range(5):
        error = raised(lambda: channel.send(ONE, TEXT))
        assert isinstance(error, TemporaryFailure) and 28 < (error.retry_after or 0) <= 30
    assert len(calls(sandbox, "gettoken")) == 1 + 1


@pytest.mark.parametrize("kind,more", [("latency", {"seconds": 0.6}), ("http", {}), ("html", {}), ("truncated", {})])
def test_token_call_fails(sandbox: SandboxServer, channel: WeCom, kind: str, more: dict[str, Any]) -> None:
    fault(sandbox, kind, "gettoken", count=1, **more)
    assert isinstance(raised(lambda: channel.send(ONE, TEXT)), TemporaryFailure)
    time.sleep(0.3)  # the late answer is logged now, not in the next test


def test_single_flight(sandbox: SandboxServer) -> None:
    channel = WeCom(account(sandbox.base_url, timeouts=(5, 5)), PAUSES)
    fault(sandbox, "latency", "gettoken", seconds=0.2)
    threads = [threading.Thread(target=channel.send, args=(ONE, TEXT)) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(sandbox.inbox(ONE)) == 12
    assert len(calls(sandbox, "gettoken")) == 1 + 1


def test_keeper_by_real_time() -> None:
    now, fetched = [0.0], []

    def fetch() -> Token:
        fetched.append(now[0])
        return Token(f"t{len(fetched)}", 7200)

    keeper = Keeper(fetch, lambda: now[0])
    assert (keeper.get(), keeper.get()) == ("t1", "t1")
    now[0] = 6899
    assert keeper.get() == "t1"
    now[0] = 6901
    assert keeper.get() == "t2"
    keeper.invalidate("t1")  # somebody else's old token
    assert keeper.get() == "t2"
    keeper.invalidate("t2")
    assert keeper.get() == "t3"


# -- the rest


def test_media(sandbox: SandboxServer, channel: WeCom) -> None:
    sandbox.act(ONE, "send", type="file", media="eyJlcnJjb2RlIjogNDAwMDd9", filename="情况 说明.json")
    media_id = sandbox.client.get(f"/sandbox/api/members/{ONE}/inbox", params={"all": 1}).json()[-1]["media"][
        "media_id"
    ]
    media = channel.download(media_id)
    assert (media.name, media.content) == ("情况 说明.json", b'{"errcode": 40007}')
    assert str(raised(lambda: channel.download("unknown"))) == "errcode 40007"
    sandbox.api("POST", "faults", {"kind": "token_expire"})
    assert channel.download(media_id).content == media.content
    fault(sandbox, "html", "media/get", count=1)
    assert isinstance(raised(lambda: channel.download(media_id)), TemporaryFailure)


def test_menu(sandbox: SandboxServer, channel: WeCom) -> None:
    assert channel.menu() is None
    keeper = MenuKeeper(channel)
    fault(sandbox, "http", "menu/get", count=1)
    keeper.step()
    assert calls(sandbox, "menu/create") == []
    keeper.step()
    keeper.step()
    assert channel.menu() == wanted()
    MenuKeeper(channel).step()
    assert len(calls(sandbox, "menu/create")) == 1
    for button in wanted():
        assert len(button["name"].encode()) <= 16 and 1 <= len(button["sub_button"]) <= 5
        assert all(
            len(item["name"].encode()) <= 40 and len(item["key"].encode()) <= 128 for item in button["sub_button"]
        )


def test_card_and_press(sandbox: SandboxServer, channel: WeCom) -> None:
    card = Message("card", "请选择", "cy-1", (("甲", "k1"), ("乙", "k2")))
    channel.send(ONE, card)
    item = sandbox.inbox(ONE)[0]
    assert str(raised(lambda: channel.acknowledge_press(ONE, "used", "甲"))) == "errcode 60140"
    code = str(calls(sandbox, "message/send")[0])
    assert "k1" in code and item["kind"] == "template_card"
    assert isinstance(raised(lambda: channel.send(ONE, card)), Rejected)  # the task id is used up
