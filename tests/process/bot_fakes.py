"""For the gateway's tests: a Rasa of a few lines, and a gateway with its threads between it and the sandbox."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import core.audit
import core.messages.tables
import core.people.store
import core.policies.store  # noqa: F401
from core.clock import Clock
from core.crypto import Cipher
from core.db import Database, metadata
from core.messages.service import Mailbox
from sandbox.testing import free_port

Answer = tuple[int, object]
Turn = dict[str, Any]


def said(text: str, kind: str = "answer", *buttons: tuple[str, str]) -> list[dict[str, Any]]:
    """The two entries of one utterance."""
    choices = [{"title": title, "payload": payload} for title, payload in buttons]
    custom = {"kind": kind, "citations": [], "topic": None, "asking": None, "buttons": choices}
    return [{"recipient_id": "x", "text": text}, {"recipient_id": "x", "custom": custom}]


def echo(turn: Turn) -> Answer:
    """Say the message, or the command, back."""
    metadata = turn["metadata"]
    return 200, said(f"答：{turn['message'] or metadata.get('command') or metadata['kind']}")


@dataclass
class FakeRasa:
    """Answers turns with `reply`; probes always pass unless `probe` says otherwise. Counts who is handled at once."""

    reply: Callable[[Turn], Answer] = echo
    probe: Callable[[], Answer] = lambda: (200, said("ready", "chat"))
    model: str = "model.tar.gz"
    port: int = field(default_factory=free_port)
    turns: list[Turn] = field(default_factory=list)
    overlaps: int = 0
    _busy: set[str] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _server: ThreadingHTTPServer | None = None

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Listen (again)."""
        ThreadingHTTPServer.allow_reuse_address = True
        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), self._handler())
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        """Refuse connections."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def answer(self, turn: Turn) -> Answer:
        """Handle one turn and note whether its sender was being handled already."""
        if turn["sender"] == "probe:ready":
            return self.probe()
        with self._lock:
            self.turns.append(turn)
            self.overlaps += turn["sender"] in self._busy
            self._busy.add(turn["sender"])
        try:
            return self.reply(turn)
        finally:
            with self._lock:
                self._busy.discard(turn["sender"])

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        rasa = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_arguments: object) -> None:
                """Silent."""

            def do_GET(self) -> None:
                """/status."""
                self._send((200, {"model_file": rasa.model, "model_id": rasa.model}) if rasa.model else (409, {}))

            def do_POST(self) -> None:
                """/webhooks/rest/webhook."""
                self._send(rasa.answer(json.loads(self.rfile.read(int(self.headers["content-length"])))))

            def _send(self, answer: Answer) -> None:
                status, body = answer
                content = body if isinstance(body, bytes) else json.dumps(body).encode()
                try:
                    self.send_response(status)
                    self.send_header("content-length", str(len(content)))
                    self.end_headers()
                    self.wfile.write(content)
                except OSError:
                    self.close_connection = True

        return Handler


@contextmanager
def new_mailbox(folder: Path, **more: Any) -> Iterator[Mailbox]:
    """A mailbox over an empty database in `folder`."""
    database = Database(f"sqlite:///{folder / 'bot.db'}")
    metadata.create_all(database.engine)
    yield Mailbox(database, Cipher((b"k" * 32,)), Clock(), **more)
    database.close()


def until(check: Callable[[], Any], seconds: float = 8.0) -> Any:
    """Wait for something true and return it."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := check():
            return found
        time.sleep(0.02)
    raise AssertionError("it did not happen in time")
