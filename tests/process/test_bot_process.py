"""The gateway as a process of its own: settings, readiness, SIGTERM, kill."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from bot_fakes import Answer, FakeRasa, Turn, new_mailbox, said, until

from core.crypto import new_key
from sandbox.testing import ENV, SandboxServer, free_port

ROOT = Path(__file__).parents[2]
ONE = "azkj_chenlei"


def environment(folder: Path, **more: str) -> dict[str, str]:
    """A complete set of settings and nothing of the developer's."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    wecom = {name: value for name, value in ENV.items() if name.startswith("CHENGYAO_")}
    own = {"CHENGYAO_VAR": str(folder), "CHENGYAO_DATA_KEYS": new_key(), "CHENGYAO_ACTIONS_SECRET": "x" * 20}
    return {**kept, **wecom, **own, "CHENGYAO_BOT_HOST": "127.0.0.1", **more}


@pytest.mark.parametrize(
    "name,value", [("CHENGYAO_WECOM_SECRET", ""), ("CHENGYAO_DATA_KEYS", ""), ("CHENGYAO_WECOM_AES_KEY", "short")]
)
def test_a_missing_setting_stops_the_start(tmp_path: Path, name: str, value: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bot"], cwd=ROOT, env=environment(tmp_path, **{name: value}), timeout=20,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1 and done.stderr.startswith(f"{name}: ")


@contextmanager
def bot(env: dict[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """`python -m bot`, ended at the latest with the block."""
    with log.open("ab") as output:
        process = subprocess.Popen([sys.executable, "-m", "bot"], cwd=ROOT, env=env, stderr=output, stdout=output)
        try:
            yield process
        finally:
            process.kill()
            process.wait()


def test_life_of_the_process(tmp_path: Path) -> None:
    """Ready, answers, stops within 5 s in the middle of a turn, is killed in the middle of a send; nothing is lost."""
    rasa, port, log = FakeRasa(), free_port(), tmp_path / "bot.log"
    rasa.start()
    address = f"http://127.0.0.1:{port}"
    with new_mailbox(tmp_path), SandboxServer.running(callback_url=f"{address}/wecom/callback") as sandbox:
        database = f"sqlite:///{tmp_path / 'bot.db'}"
        ports = {"BOT_PORT": str(port), "RASA_PORT": str(rasa.port)}
        wecom = {"CHENGYAO_WECOM_API_BASE": sandbox.base_url, "CHENGYAO_DATABASE_URL": database}
        env = environment(tmp_path, **ports, **wecom)

        def ready() -> bool:
            try:
                return sandbox.client.get(f"{address}/readyz").status_code == 200
            except httpx.HTTPError:
                return False

        def texts() -> list[object]:
            return [item["content"] for item in sandbox.inbox(ONE)]

        with bot(env, log) as process:
            until(ready, 20)
            sandbox.act(ONE, "send", type="text", text="一")
            until(lambda: texts() == ["答：一"])
            rasa.reply = slowly
            sandbox.act(ONE, "send", type="text", text="二")
            until(lambda: len(rasa.turns) == 2)
            process.send_signal(signal.SIGTERM)
            started = time.monotonic()
            assert process.wait(8) == 0 or process.returncode == -signal.SIGTERM
            assert time.monotonic() - started < 5
        rasa.reply = lambda turn: (200, said(f"答：{turn['message']}"))
        with bot(env, log) as process:
            until(lambda: texts() == ["答：一", "答：二"], 15)  # the dead process's lease is ended at the start
            fault = {"kind": "latency", "endpoint": "message/send", "seconds": 1.5, "count": 1}
            sandbox.api("POST", "faults", fault)
            sandbox.act(ONE, "send", type="text", text="三")
            until(lambda: sandbox.client.get("/sandbox/api/faults").json()[0]["hits"])
            process.send_signal(signal.SIGKILL)
            process.wait()
        with bot(env, log):
            until(lambda: texts() == ["答：一", "答：二", "答：三"], 20)
            time.sleep(1)
            assert texts() == ["答：一", "答：二", "答：三"]
        calls = sandbox.client.get("/sandbox/api/requests", params={"path": "message/send"}).json()["requests"]
        assert calls[-1]["body"]["enable_duplicate_check"] == 1
    rasa.stop()
    said_in_log = log.read_text("utf-8")
    assert "access_token" not in said_in_log and ENV["CHENGYAO_WECOM_SECRET"] not in said_in_log
    assert "答" not in said_in_log and ONE not in said_in_log


def slowly(_turn: Turn) -> Answer:
    """Longer than a process has to stop."""
    time.sleep(6)
    return 200, said("太迟")
