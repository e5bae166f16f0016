"""What the phone page and tests do as a member; documented in api.py."""

import asyncio
import base64
import binascii
import json
from collections.abc import AsyncIterator
from dataclasses import asdict

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from sandbox import view
from sandbox.actions import MEDIA_KINDS
from sandbox.board import Entry
from sandbox.call import as_object
from sandbox.engine import Delivery
from sandbox.reading import BadRequest, json_body, member_of, phone_of, text, whole_number, world_of
from sandbox.roster import ORG_NAMES, Member
from sandbox.world import World

UPLOAD_LIMIT = 64 << 20
HEARTBEAT = 15.0


def delivery_answer(delivery: Delivery) -> Response:
    """A delivery as JSON."""
    return JSONResponse(asdict(delivery))


def member_view(member: Member) -> dict[str, object]:
    """A member for the picker."""
    names = ("userid", "name", "org", "department", "post", "in_range", "licensed")
    return {**{name: getattr(member, name) for name in names}, "org_name": ORG_NAMES.get(member.org, member.org)}


async def members(request: Request) -> Response:
    """GET and POST members."""
    directory = world_of(request).directory
    if request.method == "GET":
        return JSONResponse([member_view(member) for member in directory.members.values()])
    body = await json_body(request)
    count, prefix, org = whole_number(body, "count"), str(body.get("prefix", "load")), str(body.get("org", "load"))
    for number in range(1, count + 1):
        directory.add(Member(f"{prefix}{number:05d}", f"测试{number:05d}", org, "测试部门"))
    return JSONResponse({"added": count})


async def change_member(request: Request) -> Response:
    """PATCH members/ID."""
    member, body = member_of(request), await json_body(request)
    for name, value in body.items():
        if name not in ("in_range", "licensed") or not isinstance(value, bool):
            raise BadRequest("in_range and licensed are true or false")
        setattr(member, name, value)
    return JSONResponse(member_view(member))


async def send(request: Request) -> Response:
    """POST members/ID/send."""
    member, phone = member_of(request), phone_of(request)
    if request.headers.get("content-type", "").startswith("multipart/form-data"):
        return delivery_answer(await send_file(request, member))
    body = await json_body(request)
    kind = text(body, "type")
    if kind == "text":
        content = body.get("text", "")
        if not isinstance(content, str):
            raise BadRequest("text must be text")
        return delivery_answer(await phone.text(member, content))
    if kind == "location":
        return delivery_answer(await phone.location(member, body))
    if kind == "link":
        return delivery_answer(await phone.link(member, body))
    if kind in MEDIA_KINDS:
        content_bytes = decoded(body["media"]) if "media" in body else None
        return delivery_answer(await phone.media(member, kind, str(body.get("filename", kind)), content_bytes))
    fields = as_object(body.get("fields"))
    return delivery_answer(await phone.message(member, kind, fields, {"content": f"[{kind}]"}))


async def send_file(request: Request, member: Member) -> Delivery:
    """A multipart upload with the parts `type` and `file`; raises BadRequest."""
    async with request.form() as form:
        part, kind = form.get("file"), form.get("type", "file")
        if not isinstance(part, UploadFile) or not isinstance(kind, str):
            raise BadRequest("the part file is required")
        if (part.size or 0) > UPLOAD_LIMIT:
            raise BadRequest("the file is larger than 64 MB")
        content = await part.read()
        name = part.filename or "未命名"
    if not content:
        raise BadRequest("the file is empty")
    return await phone_of(request).media(member, kind, name, content)


def decoded(value: object) -> bytes:
    """The bytes of a Base64 text; raises BadRequest."""
    if not isinstance(value, str):
        raise BadRequest("media must be Base64 text")
    try:
        return base64.b64decode(value, validate=True)
    except binascii.Error as error:
        raise BadRequest("media must be Base64 text") from error


async def press(request: Request) -> Response:
    """POST members/ID/press."""
    member, body = member_of(request), await json_body(request)
    selected = as_object(body.get("selected"))
    choices = {key: [str(one) for one in value] for key, value in selected.items() if isinstance(value, list)}
    msgid = str(body.get("msgid", ""))
    return delivery_answer(await phone_of(request).press(member, msgid, text(body, "key"), choices))


async def menu(request: Request) -> Response:
    """POST members/ID/menu."""
    member, body = member_of(request), await json_body(request)
    delivery, opened = await phone_of(request).menu(member, text(body, "key"))
    return JSONResponse({**asdict(delivery), "opened": opened or None})


async def enter(request: Request) -> Response:
    """POST members/ID/enter."""
    delivery = await phone_of(request).enter(member_of(request))
    return delivery_answer(delivery) if delivery else JSONResponse({**asdict(Delivery()), "delivered": None})


async def event(request: Request) -> Response:
    """POST members/ID/event; subscribe and unsubscribe also move the member into and out of the range."""
    body, userid = await json_body(request), request.path_params["userid"]
    name = text(body, "event")
    if userid != "sys":
        member = member_of(request)
        userid = member.userid
        member.in_range = {"subscribe": True, "unsubscribe": False}.get(name, member.in_range)
    return delivery_answer(await phone_of(request).event(userid, name, as_object(body.get("fields"))))


def after(request: Request) -> int:
    """The query's `after`, or what a reconnecting stream names last; 0 without."""
    value = request.headers.get("last-event-id") or request.query_params.get("after", "0")
    if not value.isdecimal():
        raise BadRequest("after must be an entry id")
    return int(value)


async def inbox(request: Request) -> Response:
    """GET members/ID/inbox."""
    world, member = world_of(request), member_of(request)
    entries = world.board.inbox(member.userid, after(request))
    every = request.query_params.get("all") == "1"
    shown = [entry for entry in entries if every or entry.message.agentid is not None]
    return JSONResponse([view.item(world, entry, member.userid) for entry in shown])


async def stream(request: Request) -> Response:
    """GET members/ID/stream."""
    member = member_of(request)
    source = events(world_of(request), member.userid, after(request))
    return StreamingResponse(source, media_type="text/event-stream", headers={"cache-control": "no-store"})


async def events(world: World, userid: str, start: int) -> AsyncIterator[str]:
    """The conversation behind `start`, then every new or changed entry, and a comment now and then."""
    queue = world.board.watch(userid)
    try:
        yield ": open\n\n"
        for entry in world.board.inbox(userid, start):
            yield event_text(world, entry, userid)
        while True:
            try:
                change = await asyncio.wait_for(queue.get(), HEARTBEAT)
            except TimeoutError:
                yield ": still here\n\n"
                continue
            if change is None:
                return
            yield event_text(world, change, userid)
    finally:
        world.board.unwatch(userid, queue)


def event_text(world: World, entry: Entry, userid: str) -> str:
    """One server-sent event."""
    return f"event: item\nid: {entry.id}\ndata: {json.dumps(view.item(world, entry, userid), ensure_ascii=False)}\n\n"


ROUTES = [
    Route("/members", members, methods=["GET", "POST"]),
    Route("/members/{userid}", change_member, methods=["PATCH"]),
    Route("/members/{userid}/send", send, methods=["POST"]),
    Route("/members/{userid}/press", press, methods=["POST"]),
    Route("/members/{userid}/menu", menu, methods=["POST"]),
    Route("/members/{userid}/enter", enter, methods=["POST"]),
    Route("/members/{userid}/event", event, methods=["POST"]),
    Route("/members/{userid}/inbox", inbox),
    Route("/members/{userid}/stream", stream),
]
