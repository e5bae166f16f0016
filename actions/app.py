"""The action server: our own loopback route, a shared secret, an explicit tuple of actions."""

import hmac
import logging
from typing import Any

from rasa_sdk.executor import ActionExecutor, CollectingDispatcher
from rasa_sdk.interfaces import Action, ActionExecutionRejection, ActionNotFoundException, Tracker
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from actions import turn
from actions.wiring import App

ACTIONS = (
    "action_answer", "action_filing", "action_cases", "action_talks", "action_reminders", "action_people",
)  # fmt: skip
SECRET_HEADER = "x-chengyao-secret"
_log = logging.getLogger("chengyao.actions")


class TurnAction(Action):
    """An action of any topic: all of them enter through the gate."""

    def __init__(self, name: str, app: App) -> None:
        self._name = name
        self._app = app

    def name(self) -> str:
        """The name Rasa calls."""
        return self._name

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> list[dict[str, Any]]:
        """Take the turn and utter its replies, each as text and custom."""
        call = turn.call_of({"latest_message": tracker.latest_message}, tracker.sender_id)
        for reply in await run_in_threadpool(turn.take, self._app, call):
            dispatcher.utter_message(text=reply.text, json_message=reply.custom())
        return []


def create(app: App, secret: str) -> Starlette:
    """The ASGI application."""
    executor = ActionExecutor()
    for name in ACTIONS:
        executor.register_action(TurnAction(name, app))

    async def webhook(request: Request) -> Response:
        if not hmac.compare_digest(request.headers.get(SECRET_HEADER, "").encode(), secret.encode()):
            return Response(status_code=403)
        call = await request.json()
        call.setdefault("domain", {})
        try:
            result = await executor.run(call)
        except ActionNotFoundException as error:
            return JSONResponse({"error": "no such action", "action_name": error.action_name}, status_code=404)
        except ActionExecutionRejection as error:
            return JSONResponse({"error": "rejected", "action_name": error.action_name}, status_code=400)
        except Exception as error:  # noqa: BLE001  the SDK's own server echoes the conversation; ours names the class
            _log.error("a turn failed: %s", type(error).__name__, exc_info=_log.isEnabledFor(logging.DEBUG))
            return JSONResponse({"error": type(error).__name__, "action_name": "?"}, status_code=500)
        return JSONResponse(result.model_dump() if hasattr(result, "model_dump") else result)

    async def health(_request: Request) -> Response:
        return JSONResponse({"status": "ok"})

    return Starlette(routes=[Route("/webhook", webhook, methods=["POST"]), Route("/health", health)])
