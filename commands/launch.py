"""Runs the whole assistant under supervisor: set-up, start, readiness, one Ctrl-C that ends all of it."""

import os
import re
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

import httpx

from commands import processes, store, training
from core import settings as configuration
from core.clock import offset_for
from core.crypto import new_key
from core.errors import ChengyaoError, SettingError
from core.settings import ROOT, Settings

READY_SECONDS = 150
_LAST_LINES = 15
RASA_TOKEN = "rasa.token"
_START_EXITS = 3
_EXITED = re.compile(r"exited: (\w+) \(.*; not expected\)")


class StartFailed(ChengyaoError):
    """A process never became ready, its last lines were printed; or a port is taken."""


def demo_environment(var: Path) -> dict[str, str]:
    """Secrets of the demo, made once under var/ and readable by its owner only."""
    path = var / "demo.env"
    if not path.exists():
        values = {
            "CHENGYAO_DATA_KEYS": new_key(),
            "CHENGYAO_WECOM_CORP_ID": "ww" + secrets.token_hex(8),
            "CHENGYAO_WECOM_AGENT_ID": "1000002",
            "CHENGYAO_WECOM_SECRET": secrets.token_urlsafe(32),
            "CHENGYAO_WECOM_TOKEN": secrets.token_hex(12),
            "CHENGYAO_WECOM_AES_KEY": _aes_key(),
            **_telegram_demo(),
        }
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.writelines(f"{name}={value}\n" for name, value in values.items())
    lines = (line.partition("=") for line in path.read_text(encoding="utf-8").splitlines() if "=" in line)
    values = {name: value for name, _, value in lines}
    if "CHENGYAO_TELEGRAM_TOKEN" not in values:  # a demo made before there was a second channel
        more = _telegram_demo()
        with path.open("a", encoding="utf-8") as file:
            file.writelines(f"{name}={value}\n" for name, value in more.items())
        values |= more
    return values


def _telegram_demo() -> dict[str, str]:
    """A bot's token for the sandbox alone, and the webhook's secret."""
    return {
        "CHENGYAO_TELEGRAM_TOKEN": f"7000000001:{secrets.token_urlsafe(26)}",
        "CHENGYAO_TELEGRAM_WEBHOOK_SECRET": secrets.token_urlsafe(32),
    }


def _aes_key() -> str:
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
    return "".join(secrets.choice(letters) for _ in range(42)) + secrets.choice("AEIMQUYcgkosw048")


def configure(production: bool) -> Settings:
    """Put the run's settings into the environment and read them. Raises SettingError."""
    os.environ.setdefault("CHENGYAO_ACTIONS_SECRET", secrets.token_urlsafe(24))
    os.environ.setdefault("CHENGYAO_RASA_TOKEN", secrets.token_urlsafe(24))
    if not production:
        var = Path(os.environ.get("CHENGYAO_VAR") or ROOT / "var")
        _require_folder(var)
        for name, value in demo_environment(var).items():
            os.environ.setdefault(name, value)
        port = os.environ.get("SANDBOX_PORT") or configuration.load().sandbox_port
        os.environ.setdefault("CHENGYAO_WECOM_API_BASE", f"http://127.0.0.1:{port}")
        bot = os.environ.get("BOT_PORT") or configuration.load().bot_port
        # Never the real one, even when .env names it: the demo's token would be sent there.
        os.environ.setdefault("CHENGYAO_TELEGRAM_API_BASE", f"http://127.0.0.1:{port}")
        os.environ.setdefault("CHENGYAO_TELEGRAM_WEBHOOK_URL", f"http://127.0.0.1:{bot}/telegram/webhook")
        os.environ.setdefault("CHENGYAO_BOT_HOST", "127.0.0.1")
    settings = configuration.load()
    _require_folder(settings.var)
    os.environ["CHENGYAO_NOW_OFFSET"] = str(offset_for(settings.now))
    os.environ["CHENGYAO_VAR"] = str(settings.var.resolve())
    _export_ports(settings)
    settings = configuration.load()
    settings.require_production()
    return settings


def _require_folder(var: Path) -> None:
    try:
        var.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SettingError("CHENGYAO_VAR", f"cannot make the folder ({error.strerror})") from error


def _export_ports(settings: Settings) -> None:
    for name in ("bot", "console", "sandbox", "rasa", "actions"):
        os.environ[f"{name.upper()}_PORT"] = str(getattr(settings, f"{name}_port"))
    os.environ["SANDBOX_VAR"] = str(settings.var.resolve() / "sandbox")


def run(production: bool, official: Path | None = None) -> int:
    """Set up, start every process, wait until all are ready, stay until Ctrl-C. `official`: a folder of official files.

    Returns the exit code: 0 after Ctrl-C (or SIGTERM, or a closed terminal), 1 when the supervisor ended by itself.
    """
    _stop_on_signals()
    settings = configure(production)
    _require_ports(settings, production)
    store.prepare(settings, None if production else store.DEMO_ROSTER)
    if official is not None:
        from commands import policies  # it stands on `ground`, which stands on this module

        print("\n".join(policies.attach_official(official)), flush=True)
    os.environ["CHENGYAO_MODEL"] = str(training.train(settings))
    _keep_token(settings)
    started = time.monotonic()
    supervisor = _start(settings, production)
    try:
        _await_ready(settings, supervisor, production)
        _announce(settings, production, time.monotonic() - started)
        supervisor.wait()
        print("the supervisor ended by itself", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nstopping …", flush=True)
        return 0
    finally:
        _stop(supervisor)


def _keep_token(settings: Settings) -> None:
    """Rasa's token, for `chengyao train` to switch models while the assistant runs; readable by its owner only."""
    path = settings.var / RASA_TOKEN
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(settings.rasa_token)


def _stop_on_signals() -> None:
    """Whatever asks for the end is a Ctrl-C: otherwise the supervisor and its processes would stay behind.

    A shell starts background jobs with SIGINT ignored, hence SIGINT too; SIGHUP stays ignored under nohup.
    """
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, signal.default_int_handler)


def _require_ports(settings: Settings, production: bool) -> None:
    """Somebody else's server on a port of ours would look like a process that is ready. Raises StartFailed."""
    hosts = {"bot": settings.bot_host, "rasa": "127.0.0.1", "actions": settings.host}
    hosts |= {"console": settings.host, "sandbox": "127.0.0.1"}
    with ExitStack() as held:  # all at once, so that two processes with the same port are noticed too
        for name in ("bot", "rasa", "actions", "console") if production else hosts:
            host, port = hosts[name], int(getattr(settings, f"{name}_port"))
            probe = held.enter_context(socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET))
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
                probe.listen()
            except (OSError, OverflowError) as error:
                raise StartFailed(f"{name.upper()}_PORT: cannot listen on {host}:{port} ({error})") from error


def _start(settings: Settings, production: bool) -> "subprocess.Popen[bytes]":
    logs = settings.var / "log"
    logs.mkdir(parents=True, exist_ok=True)
    for path in logs.glob("*.log"):
        path.unlink()
    environment = dict(os.environ) | {
        "CHENGYAO_HOME": str(ROOT),
        "CHENGYAO_PYTHON": sys.executable,
        "CHENGYAO_LOGS": str(logs),
        "CHENGYAO_SANDBOX": "false" if production else "true",
        "PYTHONPATH": str(ROOT),
        "PYTHONWARNINGS": "ignore",
    }
    command = [sys.executable, "-m", "supervisor.supervisord", "-n", "-c", str(ROOT / "supervisord.conf")]
    output = (logs / "supervisord.log").open("wb")
    return subprocess.Popen(command, env=environment, stdout=output, stderr=subprocess.STDOUT, start_new_session=True)


def _await_ready(settings: Settings, supervisor: "subprocess.Popen[bytes]", production: bool) -> None:
    print("starting …", flush=True)
    deadline = time.monotonic() + READY_SECONDS
    url = f"http://127.0.0.1:{settings.bot_port}/readyz"
    with httpx.Client(trust_env=False, timeout=5) as client:
        while time.monotonic() < deadline:
            if supervisor.poll() is not None:
                break
            try:
                if client.get(url).status_code == 200:
                    return
            except httpx.HTTPError:
                pass  # not listening yet; the deadline decides
            if gone := _gave_up(settings):
                _complain(settings, gone)
                raise StartFailed(f"{gone} could not be started")
            time.sleep(0.5)
    _complain(settings, *(processes.PROCESSES if production else processes.DEMO_PROCESSES))
    raise StartFailed("the assistant did not become ready")


def _gave_up(settings: Settings) -> str | None:
    """A process that does not stay up during the start, read from supervisor's own log.

    Supervisor itself gives up only on what ends within seconds; what loads a while first would start for ever.
    """
    text = (settings.var / "log" / "supervisord.log").read_text(encoding="utf-8", errors="replace")
    for line in text.splitlines():
        if "entered FATAL state" in line:
            return line.split("gave up: ", 1)[-1].split(" ", 1)[0]
    exits = Counter(_EXITED.findall(text))
    return next((name for name, number in exits.items() if number >= _START_EXITS), None)


def _complain(settings: Settings, *names: str) -> None:
    for name in names:
        path = settings.var / "log" / f"{name}.log"
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines() if path.exists() else []
        print(f"-- {name}, last lines:", *lines[-_LAST_LINES:], sep="\n", file=sys.stderr)


def _announce(settings: Settings, production: bool, seconds: float) -> None:
    print(f"ready after {seconds:.0f} s.")
    if not production:
        print(f"phone page:  http://127.0.0.1:{settings.sandbox_port}/")
        print(f"Telegram:    http://127.0.0.1:{settings.sandbox_port}/telegram")
    print(f"callback:    http://127.0.0.1:{settings.bot_port}/wecom/callback")
    if production and settings.telegram_token:
        print("warning:     Telegram is on. It lies outside the organisation and the country: policy answers, neutral")
        print("             reminders and notices go there; cases, evidence, talks, life events and health never.")
    print(f"console:     {settings.console_address}/")
    print("Ctrl-C ends everything.", flush=True)


def _stop(supervisor: "subprocess.Popen[bytes]") -> None:
    if supervisor.poll() is None:
        supervisor.send_signal(signal.SIGTERM)
    try:
        supervisor.wait(timeout=20)
    except subprocess.TimeoutExpired:
        os.killpg(supervisor.pid, signal.SIGKILL)
