"""`python -m bench.platform PORT`: the least that WeChat Work's API can be, to count who is sent what, how often.

It answers message/send at once (or after `delay` seconds) for any member, and notes a call before it answers: what a
killed relay was just sending counts as delivered.
"""

import json
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx


@dataclass
class Platform:
    """Calls and, for each text's first line, how often each member was sent it."""

    delay: float = 0.0
    calls: int = 0
    seen: dict[str, Counter[str]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def send(self, body: dict[str, Any]) -> dict[str, Any]:
        """message/send: everyone is reached."""
        content = body.get("text", {}).get("content") or body.get("template_card", {}).get("task_id", "")
        with self._lock:
            self.calls += 1
            number = self.calls
            counter = self.seen.setdefault(str(content).partition("\n")[0], Counter())
            counter.update(str(body["touser"]).split("|"))
        time.sleep(self.delay)
        return {"errcode": 0, "errmsg": "ok", "msgid": f"m{number}"}

    def report(self) -> dict[str, int]:
        """Calls, member-messages, and members who were sent one text more than once."""
        with self._lock:
            counters = list(self.seen.values())
            doubles = sum(count > 1 for counter in counters for count in counter.values())
            return {"calls": self.calls, "messages": sum(map(Counter.total, counters)), "doubles": doubles}

    def answer(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """The answer to one request."""
        if path.endswith("/message/send"):
            return self.send(body)
        if path.endswith("/gettoken"):
            return {"errcode": 0, "errmsg": "ok", "access_token": "t" * 40, "expires_in": 7200}
        if path == "/report":
            return dict(self.report())
        return {"errcode": 0, "errmsg": "ok", "button": []}


def _handler(platform: Platform) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1

        def log_message(self, *_arguments: object) -> None:
            """Silent."""

        def do_GET(self) -> None:
            self._answer({})

        def do_POST(self) -> None:
            self._answer(json.loads(self.rfile.read(int(self.headers["content-length"])) or b"{}"))

        def _answer(self, body: dict[str, Any]) -> None:
            content = json.dumps(platform.answer(self.path.partition("?")[0], body)).encode()
            try:
                self.send_response(200)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)
            except OSError:  # the relay was killed
                self.close_connection = True

    return Handler


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A killed relay leaves a broken connection behind, and that is all there is to say."""


@contextmanager
def serving(platform: Platform, port: int = 0) -> Iterator[str]:
    """Serve on 127.0.0.1 in a thread; gives the address."""
    server = _Server(("127.0.0.1", port), _handler(platform))
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


def wait_for(api: str, seconds: float = 20) -> None:
    """Wait until a platform at that address answers. Raises RuntimeError."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            httpx.get(f"{api}/report", trust_env=False)
            return
        except httpx.HTTPError:
            time.sleep(0.05)
    raise RuntimeError("the platform did not start")


def main() -> int:
    """Serve until killed."""
    with serving(Platform(), int(sys.argv[1])):
        threading.Event().wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
