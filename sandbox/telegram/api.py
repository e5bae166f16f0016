"""The phone page's and the tests' API. JSON in and out; a refusal is HTTP 4xx with {"error": …}. Below /telegram/api/.

| call | body | answer |
|---|---|---|
| GET users | – | [{id, name, started, blocked}] |
| POST users | {count, first?, started?} | adds invented users with ids from `first` on, {added} |
| POST users/ID/send | {text, date?} or {kind, name?, mime?, content? (Base64), size?} or {message: {…}}; \
multipart: kind and file | a delivery |
| POST users/ID/edit | {id, text} | a delivery |
| POST users/ID/press | {id, data, force?} (force: also a button that is not shown) | a delivery |
| POST users/ID/block | – | a delivery |
| GET users/ID/chat | – | [message], see `world.item` |
| GET users/ID/stream | – | server-sent events: what is there, then what is new or has changed |
| GET commands | – | [{command, description}] |
| POST update | {update, update_id?, secret?} | posts any update to the webhook, a delivery |
| GET calls | ?method=sendMessage | [{at, method, chat, status, sends}] |
| GET rate | – | {sent, peak, closest}: messages, most in a second, smallest gap within a chat in seconds |
| GET answered | – | presses answered: [{id, text}] |
| GET faults, POST faults, DELETE faults | {kind, method?, chat_id?, count?, retry_after?, seconds?}; see server.py \
| [fault], the fault, {} |
| POST webhook | {retries?, pause?, timeout?, url?, secret?} | the webhook |
| POST reset | – | {} |
"""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from dataclasses import asdict

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from sandbox.reading import BadRequest, NotFound, json_body, whole_number
from sandbox.telegram.phone import Delivery, Phone
from sandbox.telegram.server import FAULTS, world_of
from sandbox.telegram.world import FIRST_USER, Object, User, item, items

_HEARTBEAT = 15.0
_SAMPLES = {
    "photo": ("photo.png", "image/png"), "voice": ("voice.ogg", "audio/ogg"), "video": ("video.mp4", "video/mp4"),
    "document": ("文件.txt", "text/plain"),
}  # fmt: skip


def _phone(request: Request) -> Phone:
    phone: Phone = request.app.state.telegram_phone
    return phone


def _user(request: Request) -> User:
    value = request.path_params["id"]
    if not value.isdecimal():
        raise NotFound(f"there is no user {value!r}")
    return world_of(request).user(int(value))


def _answer(delivery: Delivery) -> Response:
    return JSONResponse(asdict(delivery))


async def users(request: Request) -> Response:
    """GET and POST users."""
    world = world_of(request)
    if request.method == "GET":
        return JSONResponse([asdict(user) for user in world.users.values()])
    body = await json_body(request)
    first = whole_number(body, "first") if "first" in body else FIRST_USER + 1_000_000
    for number in range(whole_number(body, "count")):
        world.user(first + number).started = bool(body.get("started", True))
    return JSONResponse({"added": body["count"], "first": first})


async def send(request: Request) -> Response:
    """POST users/ID/send."""
    user, phone = _user(request), _phone(request)
    if request.headers.get("content-type", "").startswith("multipart/form-data"):
        return _answer(await _send_file(request, user))
    body = await json_body(request)
    if isinstance(body.get("message"), dict):
        return _answer(await phone.say(user, dict(body["message"])))  # type: ignore[call-overload]
    date = whole_number(body, "date") if "date" in body else None
    if "kind" not in body:
        return _answer(await phone.text(user, str(body.get("text", "")), date))
    kind = str(body["kind"])
    name, mime = _SAMPLES.get(kind, ("file", ""))
    size = whole_number(body, "size") if "size" in body else None
    content = base64.b64decode(str(body.get("content", "5rWL6K+V")))
    named = str(body.get("name", name)), str(body.get("mime", mime))
    return _answer(await phone.file(user, kind, *named, content, size))


async def _send_file(request: Request, user: User) -> Delivery:
    async with request.form() as form:
        part, kind = form.get("file"), form.get("kind", "document")
        if not isinstance(part, UploadFile) or not isinstance(kind, str):
            raise BadRequest("the part file is required")
        content = await part.read()
        mime = part.content_type or "application/octet-stream"
        return await _phone(request).file(user, kind, part.filename or "file", mime, content, None)


async def edit(request: Request) -> Response:
    """POST users/ID/edit."""
    body = await json_body(request)
    return _answer(await _phone(request).edit(_user(request), whole_number(body, "id"), str(body.get("text", ""))))


async def press(request: Request) -> Response:
    """POST users/ID/press."""
    user, body = _user(request), await json_body(request)
    number, data = whole_number(body, "id"), str(body.get("data", ""))
    if not body.get("force"):
        return _answer(await _phone(request).press(user, number, data))
    message = world_of(request).message(user.id, number)
    if message is None:
        raise NotFound("there is no such message")
    return _answer(await _phone(request).callback(user, message, data))


async def block(request: Request) -> Response:
    """POST users/ID/block."""
    return _answer(await _phone(request).block(_user(request)))


async def chat(request: Request) -> Response:
    """GET users/ID/chat."""
    return JSONResponse(items(world_of(request).chats.get(_user(request).id, [])))


async def stream(request: Request) -> Response:
    """GET users/ID/stream."""
    world, user = world_of(request), _user(request)

    async def events() -> AsyncIterator[str]:
        queue = world.watch(user.id)
        try:
            for message in list(world.chats.get(user.id, [])):
                yield _event(item(message))
            while True:
                try:
                    shown = await asyncio.wait_for(queue.get(), _HEARTBEAT)
                except TimeoutError:
                    yield ": still here\n\n"
                    continue
                if shown is None:
                    return
                yield _event(shown)
        finally:
            world.unwatch(user.id, queue)

    return StreamingResponse(events(), media_type="text/event-stream", headers={"cache-control": "no-store"})


def _event(value: Object) -> str:
    return f"event: item\ndata: {json.dumps(value, ensure_ascii=False)}\n\n"


async def commands(request: Request) -> Response:
    """GET commands."""
    return JSONResponse(world_of(request).commands)


async def update(request: Request) -> Response:
    """POST update."""
    body = await json_body(request)
    content = body.get("update")
    if not isinstance(content, dict):
        raise BadRequest("update is required")
    number = whole_number(body, "update_id") if "update_id" in body else None
    secret = str(body["secret"]) if "secret" in body else None
    return _answer(await _phone(request).deliver(content, number, secret))


async def calls(request: Request) -> Response:
    """GET calls."""
    wanted = request.query_params.get("method", "").lower()
    return JSONResponse([call for call in world_of(request).calls if wanted in ("", call["method"])])


async def rate(request: Request) -> Response:
    """GET rate."""
    return JSONResponse(world_of(request).rate())


async def answered(request: Request) -> Response:
    """GET answered."""
    return JSONResponse(world_of(request).answered)


async def faults(request: Request) -> Response:
    """GET, POST, DELETE faults."""
    world = world_of(request)
    if request.method == "DELETE":
        world.faults.clear()
        return JSONResponse({})
    if request.method == "POST":
        wanted = {"count": 1, **await json_body(request)}
        if wanted.get("kind") not in FAULTS:
            raise BadRequest(f"kind is one of {', '.join(FAULTS)}")
        world.faults.append(wanted)
        return JSONResponse(wanted)
    return JSONResponse(world.faults)


async def webhook(request: Request) -> Response:
    """POST webhook."""
    hook, body = world_of(request).webhook, await json_body(request)
    for name in ("url", "secret", "retries", "pause", "timeout"):
        setattr(hook, name, body.get(name, getattr(hook, name)))
    return JSONResponse(asdict(hook))


async def reset(request: Request) -> Response:
    """POST reset."""
    world_of(request).reset()
    return JSONResponse({})


ROUTES = [
    Route("/users", users, methods=["GET", "POST"]),
    Route("/users/{id}/send", send, methods=["POST"]),
    Route("/users/{id}/edit", edit, methods=["POST"]),
    Route("/users/{id}/press", press, methods=["POST"]),
    Route("/users/{id}/block", block, methods=["POST"]),
    Route("/users/{id}/chat", chat),
    Route("/users/{id}/stream", stream),
    Route("/commands", commands),
    Route("/update", update, methods=["POST"]),
    Route("/calls", calls),
    Route("/rate", rate),
    Route("/answered", answered),
    Route("/faults", faults, methods=["GET", "POST", "DELETE"]),
    Route("/webhook", webhook, methods=["POST"]),
    Route("/reset", reset, methods=["POST"]),
]
