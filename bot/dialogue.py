"""Client of the Rasa server: one turn in, its replies out (design section 3, reply contract)."""

from collections.abc import Mapping
from typing import Any

import httpx

from core.errors import DialogueDown, DialogueError
from core.messages.rules import Reply, reply_from_json

TURN_SECONDS = 12.0
_QUICK_SECONDS = 2.0
_NO_MODEL = (409, 503)
PROBE_SENDER = "probe:ready"
PROBE = {"kind": "event", "command": "probe"}


class Dialogue:
    """Talks to Rasa at `base` (an origin). `token` opens Rasa's own API, of which only /status is used."""

    def __init__(self, base: str, rasa_token: str = "", turn_seconds: float = TURN_SECONDS) -> None:
        self._token = rasa_token
        self._turn_seconds = turn_seconds
        limits = httpx.Limits(max_connections=64)
        timeout = httpx.Timeout(turn_seconds, connect=_QUICK_SECONDS)
        # Whatever proxy the environment names is not for the loopback.
        self._http = httpx.Client(base_url=base, timeout=timeout, limits=limits, trust_env=False)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def turn(self, sender: str, message: str, metadata: Mapping[str, Any], seconds: float | None = None) -> list[Reply]:
        """The replies to one message, at least one.

        `seconds`: another time-out. Raises DialogueDown when Rasa can't be reached or has no model, DialogueError when
        it answers with an error, with nothing, with something else than the contract says, or too late.
        """
        body = {"sender": sender, "message": message, "metadata": dict(metadata)}
        timeout = httpx.Timeout(seconds or self._turn_seconds, connect=_QUICK_SECONDS)
        try:
            answer = self._http.post("/webhooks/rest/webhook", json=body, timeout=timeout)
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise DialogueDown(type(error).__name__) from None
        except httpx.HTTPError as error:
            raise DialogueError(type(error).__name__) from None
        if answer.status_code in _NO_MODEL:
            raise DialogueDown(f"HTTP {answer.status_code}")
        if answer.status_code != 200:
            raise self._failure(f"HTTP {answer.status_code}")
        replies = parse(answer)
        if not replies:
            raise self._failure("empty")
        return replies

    def _failure(self, reason: str) -> DialogueError:
        """Why a turn failed: a server without a model says so only when asked."""
        try:
            self.status()
        except DialogueError as error:
            return error
        return DialogueError(reason)

    def status(self) -> str:
        """Name of the loaded model. Raises DialogueDown (not reached, none loaded) or DialogueError."""
        params = {"token": self._token} if self._token else {}
        try:
            answer = self._http.get("/status", params=params, timeout=_QUICK_SECONDS)
        except httpx.HTTPError as error:
            raise DialogueDown(type(error).__name__) from None
        if answer.status_code in _NO_MODEL:
            raise DialogueDown("no model")
        value = _json(answer) if answer.status_code == 200 else None
        if not isinstance(value, dict):
            raise DialogueError(f"status: HTTP {answer.status_code}")
        model = str(value.get("model_file") or value.get("model_id") or "")
        if not model:
            raise DialogueDown("no model")
        return model

    def probe(self, seconds: float = TURN_SECONDS) -> None:
        """A turn that changes nothing and passes through everything a real one does. Raises as `turn`."""
        self.turn(PROBE_SENDER, "", PROBE, seconds)


def parse(answer: httpx.Response) -> list[Reply]:
    """Pairs of entries, text then custom, as replies. Raises DialogueError for anything else."""
    entries = _json(answer)
    if not isinstance(entries, list) or len(entries) % 2:
        raise DialogueError("malformed")
    return [_reply(*entries[index : index + 2]) for index in range(0, len(entries), 2)]


def _json(answer: httpx.Response) -> object:
    try:
        value: object = answer.json()
    except ValueError:
        raise DialogueError("not JSON") from None
    return value


def _reply(said: object, detail: object) -> Reply:
    if not isinstance(said, dict) or not isinstance(detail, dict):
        raise DialogueError("malformed")
    text, custom = said.get("text"), detail.get("custom")
    if not isinstance(text, str) or not text or not isinstance(custom, dict) or not isinstance(custom.get("kind"), str):
        raise DialogueError("malformed")
    try:
        return reply_from_json({"text": text, "custom": {"citations": (), "buttons": (), **custom}})
    except (KeyError, TypeError):
        raise DialogueError("malformed") from None
