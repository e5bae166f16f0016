"""For tests: the local Telegram in a thread.

with TelegramServer.running() as server:
    server.say(ONE, "你好")
    assert server.texts(ONE) == ["…"]
"""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from sandbox.telegram.app import build
from sandbox.telegram.world import FIRST_USER, Object, World
from sandbox.testing import free_port, serving

TOKEN = "7000000001:sandbox-test-token-0123456789"
SECRET = "test-webhook-secret_0123456789"
ONE, TWO = FIRST_USER, FIRST_USER + 1


@dataclass(slots=True)
class TelegramServer:
    """A running local Telegram with a client for its test API."""

    base_url: str
    world: World
    client: httpx.Client

    @classmethod
    @contextmanager
    def running(cls, webhook: str = "", token: str = TOKEN) -> Iterator["TelegramServer"]:
        """On a free port; updates go to `webhook` once it is given or set by setWebhook."""
        app = build(token, ("陈一", "李二"))
        with (
            serving(app, free_port()) as base_url,
            httpx.Client(base_url=f"{base_url}/telegram/api/", trust_env=False, timeout=30) as client,
        ):
            server = cls(base_url, app.state.telegram, client)
            server.hook(webhook)
            yield server

    def hook(self, url: str) -> None:
        """Have updates posted there with the test secret; quick repeats."""
        self.api("POST", "webhook", {"url": url, "secret": SECRET, "pause": 0.05})

    def api(self, method: str, path: str, body: object = None) -> Any:
        """Call the test API; its JSON answer."""
        return self.client.request(method, path, json=body).json()

    def say(self, user: int, text: str, **more: object) -> Object:
        """Type something."""
        return dict(self.api("POST", f"users/{user}/send", {"text": text, **more}))

    def send(self, user: int, kind: str, **more: object) -> Object:
        """Send a picture, voice, video or document."""
        return dict(self.api("POST", f"users/{user}/send", {"kind": kind, **more}))

    def chat(self, user: int) -> list[Object]:
        """The conversation as the user sees it."""
        return list(self.api("GET", f"users/{user}/chat"))

    def texts(self, user: int) -> list[str]:
        """What the bot said."""
        return [str(item["text"]) for item in self.chat(user) if item["from"] == "bot"]

    def press(self, user: int, title: str) -> Object:
        """Tap the newest button of that title."""
        for item in reversed(self.chat(user)):
            for button in (button for row in item["keyboard"] for button in row):
                if button["text"] == title:
                    body = {"id": item["id"], "data": button["data"]}
                    return dict(self.api("POST", f"users/{user}/press", body))
        raise AssertionError(f"there is no button {title}")

    def fault(self, kind: str, method: str = "sendMessage", **more: object) -> None:
        """Have the next call fail."""
        self.api("POST", "faults", {"kind": kind, "method": method, **more})

    def fresh(self) -> None:
        """As after the start, with two users who have opened the conversation."""
        self.api("POST", "reset")
        for user in (ONE, TWO):
            self.world.user(user).started = True


def new_secret() -> str:
    """A webhook secret as setWebhook takes it."""
    return secrets.token_urlsafe(24)
