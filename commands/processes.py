"""The processes of the product: how each is started."""

import base64
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from commands import training
from core.crypto import derive
from core.errors import ChengyaoError, SettingError
from core.settings import ROOT, Settings, environment_name

PROCESSES = ("bot", "rasa", "actions", "scheduler", "console")
DEMO_PROCESSES = (*PROCESSES, "sandbox")


def rasa_command(settings: Settings) -> list[str]:
    """Rasa's server: loopback only, HTTP API behind a token. Raises ChengyaoError without token or trained model."""
    for name in ("rasa_token", "actions_secret"):
        if not getattr(settings, name):
            raise SettingError(environment_name(name), "is not set")
    model = Path(settings.model) if settings.model else training.model_path(settings)
    if not model.exists():
        raise ChengyaoError(f"no trained model at {model.name}: run `chengyao train`")
    return training.rasa(
        "run", "--enable-api", f"--auth-token={settings.rasa_token}", "--interface", "127.0.0.1",
        "--port", str(settings.rasa_port), "--endpoints", "endpoints.yml", "--credentials", "credentials.yml",
        "--model", str(model),
    )  # fmt: skip


def rasa_environment(settings: Settings) -> dict[str, str]:
    """What Rasa may know: its own tracker key, derived from the data key, and the way to the actions."""
    key = base64.urlsafe_b64encode(derive(settings.keys()[0], "rasa tracker")).decode().rstrip("=")
    return training.rasa_environment() | {
        "CHENGYAO_TRACKER_KEY": key,
        "CHENGYAO_TRACKER_URL": f"sqlite:///{settings.var / 'rasa.db'}",
        "CHENGYAO_ACTIONS_URL": f"http://127.0.0.1:{settings.actions_port}/webhook",
        "CHENGYAO_ACTIONS_SECRET": settings.actions_secret,
        "SANIC_WORKERS": "1",
    }


def command(process: str, settings: Settings) -> tuple[list[str], Mapping[str, str], str]:
    """Command line, environment and folder of a process. Raises KeyError for an unknown one."""
    if process == "rasa":
        return rasa_command(settings), rasa_environment(settings), str(training.NLU)
    if process not in DEMO_PROCESSES:
        raise KeyError(process)
    environment = dict(os.environ) | {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
    return [sys.executable, "-m", process], environment, str(ROOT)


def become(process: str, settings: Settings) -> None:
    """Replace this process by the named one."""
    arguments, environment, folder = command(process, settings)
    os.chdir(folder)
    os.execve(arguments[0], arguments, dict(environment))
