"""For tests: the sandbox in a thread, and an app that records its callbacks.

with Stage.running() as stage:
    stage.sandbox.act("azkj_chenlei", "send", type="text", text="你好")
    assert stage.app.received[0].value("Content") == "你好"
"""

import socket
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from sandbox import crypto, settings, xmldoc
from sandbox.app import build
from sandbox.world import World

ENV = {
    "CHENGYAO_WECOM_CORP_ID": "ww5823bf96d3bd56c7",
    "CHENGYAO_WECOM_AGENT_ID": "1000002",
    "CHENGYAO_WECOM_SECRET": "test-app-secret-0123456789",
    "CHENGYAO_WECOM_TOKEN": "QDG6eK",
    "CHENGYAO_WECOM_AES_KEY": "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C",
    "SANDBOX_CONTACT_SECRET": "test-contact-secret-0123456789",
}


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def serving(app: ASGIApp, port: int) -> Iterator[str]:
    """Serve `app` on 127.0.0.1 in a thread; gives its address."""
    config = uvicorn.Config(app, port=port, log_level="error", access_log=False, timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 10
    while not server.started and thread.is_alive() and time.monotonic() < deadline:
        time.sleep(0.005)
    if not server.started:
        raise RuntimeError("the server did not start")
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(10)


@dataclass(slots=True)
class SandboxServer:
    """A running sandbox with a client for its API and for its test API."""

    base_url: str
    world: World
    client: httpx.Client
    token: str = ""

    @classmethod
    @contextmanager
    def running(cls, callback_url: str = "", roster: Path | None = None) -> Iterator["SandboxServer"]:
        """The sandbox on a free port; without `callback_url` callbacks go nowhere."""
        port = free_port()
        with tempfile.TemporaryDirectory() as folder:
            env = {**ENV, "SANDBOX_PORT": str(port), "SANDBOX_VAR": folder, "SANDBOX_CALLBACK_URL": callback_url}
            loaded = settings.load(env)
            app = build(replace(loaded, roster=roster) if roster else loaded)
            with serving(app, port) as base_url, httpx.Client(base_url=base_url, trust_env=False, timeout=30) as client:
                server = cls(base_url, app.state.world, client)
                server.login()
                yield server

    def login(self, secret: str = ENV["CHENGYAO_WECOM_SECRET"]) -> str:
        """Fetch a token with a secret and use it from now on."""
        query = {"corpid": ENV["CHENGYAO_WECOM_CORP_ID"], "corpsecret": secret}
        self.token = str(self.client.get("/cgi-bin/gettoken", params=query).json()["access_token"])
        return self.token

    def call(self, path: str, body: object = None, **query: object) -> dict[str, object]:
        """Call the platform's API with the token: POST with a body, GET without; the JSON answer."""
        params = {"access_token": self.token, **{name: str(value) for name, value in query.items()}}
        method = "GET" if body is None else "POST"
        response = self.client.request(method, f"/cgi-bin/{path}", params=params, json=body)
        answer: dict[str, object] = response.json()
        return answer

    def send(self, touser: str, msgtype: str = "text", body: object = None, **more: object) -> dict[str, object]:
        """message/send to members; a string as body is a text."""
        content = {"content": body} if isinstance(body, str) else body
        head = {"touser": touser, "msgtype": msgtype, "agentid": int(ENV["CHENGYAO_WECOM_AGENT_ID"])}
        return self.call("message/send", {**head, msgtype: content, **more})

    def act(self, userid: str, action: str, **body: object) -> dict[str, object]:
        """POST members/ID/action of the test API."""
        return self.api("POST", f"members/{userid}/{action}", body)

    def inbox(self, userid: str) -> list[dict[str, object]]:
        """What the member sees of the app's messages."""
        items: list[dict[str, object]] = self.client.get(f"/sandbox/api/members/{userid}/inbox").json()
        return items

    def api(self, method: str, path: str, body: object = None) -> dict[str, object]:
        """Call the test API."""
        answer: dict[str, object] = self.client.request(method, f"/sandbox/api/{path}", json=body).json()
        return answer


@dataclass(frozen=True, slots=True)
class Received:
    """A callback as it came in: `plaintext` is None when it could not be verified or decrypted."""

    query: dict[str, str]
    body: bytes
    plaintext: str | None

    def value(self, path: str) -> str:
        """The text of an element of the plaintext."""
        return xmldoc.parse(self.plaintext or "<xml/>").findtext(path) or ""


Behaviour = Callable[[int], tuple[int, bytes, float]]


def soundly(_: int) -> tuple[int, bytes, float]:
    """The behaviour of a sound app: 200, nothing, at once."""
    return 200, b"", 0.0


@dataclass(slots=True)
class RecordingApp:
    """A stand-in for the bot. `behaviour` maps the number of a POST to status, body and delay in seconds."""

    url: str = ""
    received: list[Received] = field(default_factory=list)
    verified: int = 0
    echo_suffix: str = ""
    behaviour: Behaviour = soundly

    @classmethod
    @contextmanager
    def running(cls) -> Iterator["RecordingApp"]:
        """The app on a free port."""
        app = cls()
        routes = [Route("/wecom/callback", app.serve, methods=["GET", "POST"])]
        with serving(Starlette(routes=routes), free_port()) as base_url:
            app.url = f"{base_url}/wecom/callback"
            yield app

    async def serve(self, request: Request) -> Response:
        """Answer a verification or record a callback."""
        query = dict(request.query_params)
        if request.method == "GET":
            self.verified += 1
            return Response((opened(query, query["echostr"]) or "") + self.echo_suffix)
        body = await request.body()
        status, reply, delay = self.behaviour(len(self.received))
        self.received.append(Received(query, body, opened(query, encrypted_of(body))))
        await run_in_threadpool(time.sleep, delay)
        return Response(reply, status)


@dataclass(frozen=True, slots=True)
class Stage:
    """A sandbox and the app it calls, to be shared by the tests of a module."""

    sandbox: SandboxServer
    app: RecordingApp

    @classmethod
    @contextmanager
    def running(cls) -> Iterator["Stage"]:
        """Both, connected."""
        with RecordingApp.running() as app, SandboxServer.running(callback_url=app.url) as sandbox:
            yield cls(sandbox, app)

    def fresh(self) -> "Stage":
        """As after the start, with quick retries (time-out 0.5 s, pause 0.01 s)."""
        self.sandbox.api("POST", "reset")
        self.sandbox.api("POST", "settings", {"callback": {"timeout": 0.5, "retry_delay": 0.01}})
        self.sandbox.login()
        self.app.received.clear()
        self.app.verified, self.app.echo_suffix, self.app.behaviour = 0, "", soundly
        return self


def encrypted_of(body: bytes) -> str:
    """The Encrypt element of a body, empty when there is none."""
    try:
        return xmldoc.child(xmldoc.parse(body.decode()), "Encrypt")
    except xmldoc.XmlError:
        return ""


def opened(query: dict[str, str], encrypted: str) -> str | None:
    """What is encrypted, or None when the signature or ciphertext is wrong."""
    try:
        values = (query["timestamp"], query["nonce"], encrypted)
        crypto.verify(query["msg_signature"], ENV["CHENGYAO_WECOM_TOKEN"], *values)
        key = crypto.aes_key(ENV["CHENGYAO_WECOM_AES_KEY"])
        return crypto.decrypt(key, encrypted, ENV["CHENGYAO_WECOM_CORP_ID"]).decode()
    except (crypto.CryptoError, UnicodeDecodeError):
        return None
