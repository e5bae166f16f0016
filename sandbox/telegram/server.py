"""The Bot API's HTTP side: /bot<token>/<method> and /file/bot<token>/<path>, with faults on demand."""

import asyncio
import hmac
import json
import time
from typing import Any
from urllib.parse import unquote

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.telegram.methods import METHODS, SENDS, ApiError, Call
from sandbox.telegram.world import Object, World

_STRUCTURED = ("reply_markup", "commands", "link_preview_options", "allowed_updates", "entities", "scope")
FAULTS = ("too_many", "blocked", "bad_request", "server_error", "lost", "slow", "garbage")
"""429 with retry_after; 403; 400; 500; done but never answered; answered late; an answer that is no JSON."""


def world_of(request: Request) -> World:
    """The local Telegram's state."""
    world: World = request.app.state.telegram
    return world


async def serve(request: Request) -> Response:
    """One call of the Bot API."""
    world = world_of(request)
    if not _authorised(request, world):
        return refusal(ApiError(401, "Unauthorized"))
    name = request.path_params["method"].lower()
    values, files = await _parameters(request)
    call = Call(world, values, files)
    entry: Object = {"at": time.time(), "method": name, "chat": _chat(values), "status": 0, "sends": name in SENDS}
    world.calls.append(entry)
    answer = await _answer(call, name)
    entry["status"] = answer.status_code
    return answer


async def _answer(call: Call, name: str) -> Response:
    fault = _fault(call.world, name, call.text("chat_id"))
    kind = fault.get("kind")
    try:
        if kind in _REFUSALS:
            raise _refuse(fault)
        if name not in METHODS:
            raise ApiError(404, "Not Found")
        result: Any = METHODS[name](call)
    except ApiError as error:
        return refusal(error)
    if kind in ("lost", "slow"):
        await asyncio.sleep(float(fault.get("seconds", 60 if kind == "lost" else 1)))
    if kind == "garbage":
        return Response("half an ans", media_type="application/json")
    return JSONResponse({"ok": True, "result": result})


_REFUSALS = {
    "too_many": (429, "Too Many Requests: retry later"),
    "blocked": (403, "Forbidden: bot was blocked by the user"),
    "bad_request": (400, "Bad Request: chat not found"),
    "server_error": (500, "Internal Server Error"),
}


def _refuse(fault: Object) -> ApiError:
    status, words = _REFUSALS[fault["kind"]]
    if status != 429:
        return ApiError(status, words)
    return ApiError(status, words, retry_after=int(fault.get("retry_after", 1)))


def _fault(world: World, name: str, chat: str) -> Object:
    """The first fault meant for this call, counted down; {} for none."""
    for fault in world.faults:
        if fault.get("method", name).lower() == name and str(fault.get("chat_id", chat)) == chat:
            fault["count"] -= 1
            if fault["count"] <= 0:
                world.faults.remove(fault)
            return fault
    return {}


def refusal(error: ApiError) -> Response:
    """An error as the Bot API words it."""
    body: Object = {"ok": False, "error_code": error.status, "description": str(error)}
    if error.parameters:
        body["parameters"] = error.parameters
    return JSONResponse(body, error.status)


def _authorised(request: Request, world: World) -> bool:
    # Clients percent-encode the token's colon in file addresses.
    token = unquote(request.path_params["token"])
    return bool(world.token) and hmac.compare_digest(token.encode(), world.token.encode())


def _chat(values: Object) -> int:
    chat = str(values.get("chat_id", ""))
    return int(chat) if chat.lstrip("-").isdecimal() else 0


async def _parameters(request: Request) -> tuple[Object, dict[str, tuple[str, str, bytes]]]:
    """From query, form, multipart or JSON; nested ones arrive as JSON text."""
    values: Object = dict(request.query_params)
    files: dict[str, tuple[str, str, bytes]] = {}
    kind = request.headers.get("content-type", "")
    if kind.startswith("application/json"):
        values |= json.loads(await request.body() or b"{}")
    elif request.method == "POST":
        async with request.form() as form:
            for name, part in form.items():
                if isinstance(part, UploadFile):
                    mime = part.content_type or "application/octet-stream"
                    files[name] = (part.filename or "file", mime, await part.read())
                else:
                    values[name] = part
    for name in _STRUCTURED:
        if isinstance(values.get(name), str):
            values[name] = _json(values[name])
    return values, files


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


async def download(request: Request) -> Response:
    """A file by the path that getFile gave."""
    world = world_of(request)
    if not _authorised(request, world):
        return refusal(ApiError(401, "Unauthorized"))
    path = request.path_params["path"]
    file = next((file for file in world.files.values() if file.path == path), None)
    if file is None:
        return refusal(ApiError(404, "Not Found"))
    return Response(file.content, media_type=file.mime, headers={"x-content-type-options": "nosniff"})


ROUTES = [
    Route("/bot{token}/{method}", serve, methods=["GET", "POST"]),
    Route("/file/bot{token}/{path:path}", download),
]
