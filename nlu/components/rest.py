"""REST channel on Rasa's own route: no intent injection, an error status when handling fails, no text in the log."""

import asyncio
import logging
from typing import Any, Awaitable, Callable, Dict, Optional, Text

import rasa.core.actions.action
from rasa.core.actions.action import RemoteAction
from rasa.core.channels.channel import CollectingOutputChannel, InputChannel, UserMessage
from sanic import Blueprint, response
from sanic.request import Request
from sanic.response import HTTPResponse

logger = logging.getLogger(__name__)

ACTION_TIMEOUT = 8
# Rasa has no setting for this time-out; its default of five minutes would outlive the gateway's own.
rasa.core.actions.action.DEFAULT_REQUEST_TIMEOUT = ACTION_TIMEOUT  # type: ignore[attr-defined]



def _valid(self: RemoteAction, result: Dict[Text, Any]) -> bool:
    """Shape of an action's answer; Rasa's own check compiles the schema of every event anew each turn (40 ms)."""
    if not isinstance(result.get("events"), list) or not isinstance(result.get("responses"), list):
        raise ValueError("the action server's answer has no events or responses")
    return True


RemoteAction._validate_action_result = _valid  # type: ignore[method-assign]

_INTENT_MARK = "/"
_FULL_WIDTH_MARK = "\uff0f"
_MAX_TEXT = 20000


def harmless(text: Text) -> Text:
    """The text with a leading `/` made full-width, so that nobody can call an intent by name."""
    stripped = text.strip().strip("\u3000").strip()
    if stripped.startswith(_INTENT_MARK):
        return _FULL_WIDTH_MARK + stripped[1:]
    return stripped


class WholeReplies(CollectingOutputChannel):
    """Keeps a reply with an empty line in one piece; Rasa would cut it in two."""

    async def send_text_message(self, recipient_id: Text, text: Text, **kwargs: Any) -> None:
        """One entry a reply."""
        await self._persist_message(self._message(recipient_id, text=text))


class RestInput(InputChannel):
    """`POST /webhooks/rest/webhook` with sender, message and optional metadata; answers 5xx when nothing was said."""

    @classmethod
    def name(cls) -> Text:
        """Keep the stock channel's route."""
        return "rest"

    def get_metadata(self, request: Request) -> Optional[Dict[Text, Any]]:
        """Metadata of the turn, if it is an object."""
        metadata = request.json.get("metadata")
        return metadata if isinstance(metadata, dict) else {}

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """The routes."""
        webhook = Blueprint("chengyao_rest", __name__)

        @webhook.route("/", methods=["GET"])
        async def health(_request: Request) -> HTTPResponse:
            return response.json({"status": "ok"})

        @webhook.route("/webhook", methods=["POST"])
        async def receive(request: Request) -> HTTPResponse:
            body = request.json
            if not isinstance(body, dict) or not isinstance(body.get("message"), str) or not body.get("sender"):
                return response.json({"error": "sender and message are needed"}, status=400)
            return await self._answer(request, body, on_new_message)

        return webhook

    async def _answer(
        self, request: Request, body: Dict[Text, Any], on_new_message: Callable[[UserMessage], Awaitable[Any]]
    ) -> HTTPResponse:
        collector = WholeReplies()
        text = harmless(body["message"][:_MAX_TEXT])
        message = UserMessage(
            text, collector, str(body["sender"]), input_channel=self.name(), metadata=self.get_metadata(request)
        )
        try:
            await on_new_message(message)
        except asyncio.CancelledError:
            logger.error("a turn was cancelled")
            return response.json({"error": "cancelled"}, status=503)
        except Exception as error:  # Rasa raises anything; the gateway must see a failure, the log no content
            logger.error("a turn failed: %s", type(error).__name__)
            return response.json({"error": "failed"}, status=500)
        if not collector.messages:
            return response.json({"error": "empty"}, status=502)
        return response.json(collector.messages)
