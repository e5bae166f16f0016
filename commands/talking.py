"""Talks to a running assistant, or to a private Rasa and action server started for the purpose."""

import os
import secrets
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from commands import launch, processes, store, training
from core.errors import ChengyaoError
from core.settings import Settings, load

START_SECONDS = 120


class NoAnswer(ChengyaoError):
    """The assistant did not answer."""


@dataclass(frozen=True)
class Door:
    """Rasa's REST door. `settings` are those of the processes behind it."""

    client: httpx.Client
    url: str
    settings: Settings

    def say(self, sender: str, message: str, metadata: dict[str, Any] | None = None) -> list[dict[str, Any]]:
        """One turn: [{text, custom}, …]. Raises NoAnswer."""
        body = {"sender": sender, "message": message} | ({"metadata": metadata} if metadata else {})
        try:
            answer = self.client.post(self.url, json=body)
        except httpx.HTTPError as error:
            raise NoAnswer(type(error).__name__) from error
        if answer.status_code != 200:
            raise NoAnswer(f"HTTP {answer.status_code}")
        return pairs(answer.json())


def pairs(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Join the door's consecutive text and custom entries."""
    joined: list[dict[str, Any]] = []
    for entry in entries:
        if "custom" in entry and joined and "custom" not in joined[-1]:
            joined[-1]["custom"] = entry["custom"]
        else:
            joined.append({key: entry[key] for key in ("text", "custom") if key in entry})
    return joined


@contextmanager
def door() -> Iterator[Door]:
    """The running assistant's door, else one of our own on free ports with the demo's data."""
    settings = launch.configure(production=_is_configured())
    with httpx.Client(trust_env=False, timeout=20) as client:
        url = f"http://127.0.0.1:{settings.rasa_port}/webhooks/rest"
        if _answers(client, url):
            yield Door(client, url + "/webhook", settings)
            return
        with _own(client) as own:
            yield own


def _is_configured() -> bool:
    return bool(load().wecom_secret)


def _answers(client: httpx.Client, url: str) -> bool:
    try:
        return client.get(url + "/").status_code == 200
    except httpx.HTTPError:
        return False


@contextmanager
def private(model: Path) -> Iterator[Door]:
    """A door of our own over one model, whatever else is running."""
    launch.configure(production=_is_configured())
    with httpx.Client(trust_env=False, timeout=20) as client, _own(client, model) as own:
        yield own


@contextmanager
def _own(client: httpx.Client, model: Path | None = None) -> Iterator[Door]:
    for name in ("RASA_PORT", "ACTIONS_PORT"):
        os.environ[name] = str(free_port())
    os.environ["CHENGYAO_ACTIONS_SECRET"] = secrets.token_urlsafe(24)
    settings = load()
    store.prepare(settings, store.DEMO_ROSTER if not settings.database_url else None)
    os.environ["CHENGYAO_MODEL"] = str(model or training.train(settings))
    settings = load()
    started = [_spawn(name, settings) for name in ("actions", "rasa")]
    try:
        base = f"http://127.0.0.1:{settings.rasa_port}"
        deadline = time.monotonic() + START_SECONDS
        while not _model_ready(client, base, settings.rasa_token):
            if time.monotonic() > deadline or any(process.poll() is not None for process in started):
                raise NoAnswer("Rasa or the action server did not start")
            time.sleep(0.3)
        yield Door(client, base + "/webhooks/rest/webhook", settings)
    finally:
        for process in started:
            process.terminate()
        for process in started:
            process.wait(timeout=15)


def _model_ready(client: httpx.Client, base: str, token: str) -> bool:
    try:
        answer = client.get(f"{base}/status", params={"token": token})
    except httpx.HTTPError:
        return False
    return answer.status_code == 200 and bool(answer.json().get("model_file"))


def _spawn(name: str, settings: Settings) -> "subprocess.Popen[bytes]":
    command, environment, folder = processes.command(name, settings)
    return subprocess.Popen(
        command, env=dict(environment), cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


def free_port() -> int:
    """A port nobody listens on at the moment."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
