"""The gateway as a process with Telegram: off without a token, killed in the middle of a notice, a silent log."""

import signal
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from bot_fakes import until

from bench.telegram import FIRST, TEXT, environment, finished, gateway, kill_during_a_call, notices, order, received
from bench.telegram import roster as members
from core.people import links
from sandbox.telegram.testing import SECRET, TOKEN, TelegramServer

PEOPLE = 60


@pytest.fixture
def server() -> Iterator[TelegramServer]:
    with TelegramServer.running() as one:
        one.api("POST", "users", {"count": PEOPLE, "first": FIRST})
        yield one


def test_a_notice_survives_kills_and_nobody_has_it_twice(tmp_path: Path, server: TelegramServer) -> None:
    members(tmp_path, PEOPLE)
    env, log = environment(tmp_path, server.base_url), tmp_path / "bot.log"
    own = notices(env)
    number = order(own, "集中学习")
    for after in (5, 25):
        with gateway(env, log) as process:
            kill_during_a_call(server, process, after)
    with gateway(env, log) as process:
        server.fault("too_many", retry_after=1)
        found = finished(own, number, 60)
        process.send_signal(signal.SIGTERM)
        process.wait(10)
    counts = received(server)
    assert max(counts.values()) == 1
    # Each kill fell into one call, which was delivered although nobody was told: unknown, and not sent again.
    assert (found.accepted, found.unknown, len(counts)) == (PEOPLE - 2, 2, PEOPLE)
    assert server.api("GET", "rate")["peak"] <= 30
    refused = next(call for call in server.world.calls if call["status"] == 429)
    assert min(call["at"] for call in server.world.calls if call["at"] > refused["at"]) >= refused["at"] + 1
    own.mailbox.db.close()
    written = log.read_text("utf-8")
    assert "lies outside the organisation" in written
    assert TOKEN not in written and TOKEN.partition(":")[2] not in written and SECRET not in written
    assert TEXT[:6] not in written and str(FIRST) not in written


def test_commands_and_webhook_are_registered_at_the_start(tmp_path: Path, server: TelegramServer) -> None:
    members(tmp_path, 1)
    env = environment(tmp_path, server.base_url)
    address = f"http://127.0.0.1:{env['BOT_PORT']}/telegram/webhook"
    with gateway({**env, "CHENGYAO_TELEGRAM_WEBHOOK_URL": address}, tmp_path / "bot.log"):
        until(lambda: server.world.webhook.url == address, 20)
        assert server.world.webhook.secret == SECRET
        assert {"menu", "help"} <= {command["command"] for command in server.world.commands}
        assert server.say(FIRST, "你好")["status"] == 200
        server.world.webhook.secret = "wrong"
        assert server.say(FIRST, "你好")["status"] == 403


def test_without_a_token_the_channel_is_off(tmp_path: Path, server: TelegramServer) -> None:
    members(tmp_path, 1)
    env, log = environment(tmp_path, server.base_url), tmp_path / "bot.log"
    own = notices(env)
    with gateway({**env, "CHENGYAO_TELEGRAM_TOKEN": ""}, log):
        address = f"http://127.0.0.1:{env['BOT_PORT']}"
        until(lambda: _answers(f"{address}/healthz"), 20)
        assert httpx.post(f"{address}/telegram/webhook", json={"update_id": 1}).status_code == 404
        with own.mailbox.db.read() as connection:
            assert not links.is_open(connection, "telegram")
    assert not server.world.calls and "outside the organisation" not in log.read_text("utf-8")
    own.mailbox.db.close()


def test_a_token_without_a_secret_stops_the_start(tmp_path: Path) -> None:
    members(tmp_path, 1)
    log = tmp_path / "bot.log"
    env = environment(tmp_path, "http://127.0.0.1:9") | {"CHENGYAO_TELEGRAM_WEBHOOK_SECRET": ""}
    with gateway(env, log) as process:
        assert process.wait(20) == 2
    assert log.read_text("utf-8").startswith("CHENGYAO_TELEGRAM_WEBHOOK_SECRET: ")


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=2).status_code == 200
    except httpx.HTTPError:
        time.sleep(0.05)
        return False
