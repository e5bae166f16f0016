"""`chengyao run` and `chengyao serve` that cannot start: they end, say why in plain words, and leave nothing behind."""

import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from core.crypto import new_key
from sandbox.testing import ENV
from tests.phones import until
from tests.running import CHENGYAO, PORTS, ROOT, environment, launch, listening, processes_of, share_models

SETTINGS = {
    **{name: value for name, value in ENV.items() if name.startswith("CHENGYAO_")},
    "CHENGYAO_DATA_KEYS": new_key(),
    "CHENGYAO_ACTIONS_SECRET": "x" * 20,
    "CHENGYAO_RASA_TOKEN": "y" * 20,
    "CHENGYAO_BOT_HOST": "127.0.0.1",
}


def ended(var: Path, *arguments: str, **settings: str) -> "subprocess.CompletedProcess[str]":
    """A command that must end by itself."""
    env = environment(var) | SETTINGS | settings
    return subprocess.run([CHENGYAO, *arguments], cwd=ROOT, env=env, timeout=30, capture_output=True, text=True)


@contextmanager
def occupied(port: int) -> Iterator[None]:
    """Somebody else listens on the port."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        listener.listen()
        yield


@pytest.mark.parametrize(
    "process,name,value",
    [
        ("bot", "CHENGYAO_DATA_KEYS", "no-key"),
        ("bot", "CHENGYAO_WECOM_CORP_ID", ""),
        ("bot", "CHENGYAO_WECOM_AGENT_ID", "0"),
        ("bot", "CHENGYAO_WECOM_TOKEN", ""),
        ("bot", "CHENGYAO_WECOM_API_BASE", "qyapi.weixin.qq.com"),
        ("bot", "BOT_PORT", "eighty"),
        ("actions", "CHENGYAO_ACTIONS_SECRET", ""),
        ("rasa", "CHENGYAO_RASA_TOKEN", ""),
        ("scheduler", "CHENGYAO_DATA_KEYS", ""),
        ("console", "CHENGYAO_DATA_KEYS", ""),
        ("sandbox", "CHENGYAO_WECOM_SECRET", ""),
    ],
)
def test_a_bad_setting_is_named_in_one_line(tmp_path: Path, process: str, name: str, value: str) -> None:
    done = ended(tmp_path, "serve", process, **{name: value})
    assert done.returncode != 0 and done.stdout == ""
    assert done.stderr.count("\n") == 1 and name in done.stderr
    assert not value or len(value) < 6 or value not in done.stderr


@pytest.mark.parametrize(
    "name,value",
    [
        ("CHENGYAO_DATA_KEYS", "no-key"),
        ("CHENGYAO_NOW", "yesterday"),
        ("CHENGYAO_VAR", "/proc/nowhere"),
        ("BOT_PORT", "99999"),
    ],
)
def test_run_names_a_bad_setting(tmp_path: Path, name: str, value: str) -> None:
    done = ended(tmp_path, "run", **{name: value})
    assert done.returncode != 0
    assert done.stderr.count("\n") == 1 and name in done.stderr


def test_an_unknown_process(tmp_path: Path) -> None:
    done = ended(tmp_path, "serve", "nobody")
    assert done.returncode != 0 and "nobody" in done.stderr


@pytest.mark.parametrize("name", ["BOT_PORT", "RASA_PORT", "ACTIONS_PORT", "SANDBOX_PORT"])
def test_a_taken_port_is_named_before_anything_starts(tmp_path: Path, name: str) -> None:
    """Otherwise somebody else's server, say that of another checkout, would pass for our own."""
    env = environment(tmp_path)
    with occupied(int(env[name])):
        done = ended(tmp_path, "run", **{port: env[port] for port in PORTS})
    assert done.returncode != 0 and name in done.stderr and env[name] in done.stderr
    assert processes_of(tmp_path) == []


@pytest.mark.slow
def test_a_process_that_cannot_start_ends_the_run_with_its_last_lines(tmp_path: Path) -> None:
    share_models(tmp_path)
    env, output = environment(tmp_path), tmp_path / "run.txt"
    process = launch(env, output)
    until(lambda: "starting" in output.read_text("utf-8"), 30, "the start")
    with occupied(int(env["BOT_PORT"])):
        assert process.wait(100) != 0
    printed = output.read_text("utf-8")
    assert "-- bot, last lines:" in printed and "address already in use" in printed
    assert printed.rstrip().endswith("bot could not be started")
    nothing_left(tmp_path, env)


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_stopped_while_it_starts(tmp_path: Path, number: signal.Signals) -> None:
    share_models(tmp_path)
    env, output = environment(tmp_path), tmp_path / "run.txt"
    process = launch(env, output)
    until(lambda: len(processes_of(tmp_path)) > 5, 30, "the start")
    process.send_signal(number)
    assert process.wait(40) == 0
    nothing_left(tmp_path, env)


def nothing_left(var: Path, env: dict[str, str]) -> None:
    """No process of this run, nobody on its ports."""
    until(lambda: not processes_of(var), 5, "an end of all processes")
    assert not any(listening(int(env[name])) for name in PORTS)
