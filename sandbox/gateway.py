"""The door of the platform's API: token, arguments, faults, log, and one function per endpoint (wecom-protocol 9.1)."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from json import JSONDecodeError

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox import apps_api, directory_api, identity_api, media_api, menus, sending, spoiling, updating
from sandbox.call import Answer, Call, Handler, Upload
from sandbox.errors import WeComError, refusal
from sandbox.faults import Fault
from sandbox.requestlog import Logged, redacted, shortened
from sandbox.tokens import App
from sandbox.world import World

BODY_LIMIT = 32 << 20


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An API: its method, its function, and the list fields that even a refusal carries."""

    method: str
    handler: Handler
    empty: Mapping[str, object] | None = None


ENDPOINTS = {
    "gettoken": Endpoint("GET", apps_api.gettoken),
    "getcallbackip": Endpoint("GET", apps_api.addresses, {"ip_list": []}),
    "get_api_domain_ip": Endpoint("GET", apps_api.addresses, {"ip_list": []}),
    "message/send": Endpoint("POST", sending.send),
    "message/recall": Endpoint("POST", sending.recall),
    "message/update_template_card": Endpoint("POST", updating.update),
    "media/upload": Endpoint("POST", media_api.upload),
    "media/uploadimg": Endpoint("POST", media_api.uploadimg),
    "media/get": Endpoint("GET", media_api.get),
    "agent/get": Endpoint("GET", apps_api.agent_get),
    "agent/list": Endpoint("GET", apps_api.agent_list),
    "agent/set": Endpoint("POST", apps_api.agent_set),
    "menu/create": Endpoint("POST", menus.create),
    "menu/get": Endpoint("GET", menus.get),
    "menu/delete": Endpoint("GET", menus.delete),
    "user/get": Endpoint("GET", directory_api.user_get),
    "user/simplelist": Endpoint("GET", directory_api.user_simplelist, {"userlist": []}),
    "user/list": Endpoint("GET", directory_api.user_list, {"userlist": []}),
    "user/list_id": Endpoint("POST", directory_api.user_list_id, {"dept_user": []}),
    "user/getuserid": Endpoint("POST", directory_api.user_getuserid),
    "department/list": Endpoint("GET", directory_api.department_list, {"department": []}),
    "department/simplelist": Endpoint("GET", directory_api.department_simplelist, {"department_id": []}),
    "department/get": Endpoint("GET", directory_api.department_get),
    "tag/list": Endpoint("GET", directory_api.tag_list, {"taglist": []}),
    "tag/get": Endpoint("GET", directory_api.tag_get, {"userlist": [], "partylist": []}),
    "tag/addtagusers": Endpoint("POST", directory_api.tag_add),
    "tag/deltagusers": Endpoint("POST", directory_api.tag_delete),
    "auth/getuserinfo": Endpoint("GET", identity_api.getuserinfo),
    "auth/getuserdetail": Endpoint("POST", identity_api.getuserdetail),
    "user/getuserinfo": Endpoint("GET", identity_api.legacy_getuserinfo),
    "get_jsapi_ticket": Endpoint("GET", identity_api.jsapi_ticket),
    "ticket/get": Endpoint("GET", identity_api.agent_ticket),
}


async def serve(request: Request) -> Response:
    """Answer one call below /cgi-bin/: 404 for an unknown path, else HTTP 200 (9.2.1)."""
    world: World = request.app.state.world
    path = request.path_params["path"]
    endpoint = ENDPOINTS.get(path)
    if endpoint is None:
        return Response("404 page not found", 404)
    faults = world.faults.take(path)
    await asyncio.sleep(sum(fault.seconds for fault in faults if fault.kind == "latency"))
    body, upload = await arguments(request)
    fault = next((one for one in faults if one.kind not in ("latency", "silent_drop")), None)
    answer: Answer = {}
    if fault is None or spoiling.takes_effect(fault):
        silent = any(one.kind == "silent_drop" for one in faults)
        answer = answered(world, endpoint, request, body, upload, silent)
    response = spoiling.spoil(fault, answer, peer(request)) if fault else rendered(answer)
    record(world, request, body, response, faults)
    return response


def peer(request: Request) -> str:
    """The caller's address."""
    return request.client.host if request.client else "0.0.0.0"


async def arguments(request: Request) -> tuple[object, Upload | None]:
    """The JSON body whatever its Content-Type (None when it is no JSON), and the part named media."""
    if request.method != "POST":
        return {}, None
    if request.headers.get("content-type", "").startswith("multipart/form-data"):
        async with request.form(max_part_size=BODY_LIMIT) as form:
            part = form.get("media")
            if isinstance(part, UploadFile):
                return {}, Upload(part.filename, await part.read())
        return {}, None
    try:
        return json.loads(await request.body() or b"{}"), None
    except (JSONDecodeError, UnicodeDecodeError):
        return None, None


def answered(
    world: World, endpoint: Endpoint, request: Request, body: object, upload: Upload | None, silent: bool
) -> Answer:
    """The endpoint's answer or the refusal; the token is checked before the body (9.2.2)."""
    address = peer(request)
    try:
        if request.method != endpoint.method:
            raise WeComError(43001 if endpoint.method == "GET" else 43002)
        app = caller(world, endpoint, request.query_params.get("access_token", ""))
        if not isinstance(body, dict):
            raise WeComError(40035, "the body is no JSON object")
        host = request.headers.get("host", "")
        ranges = request.headers.get("range", "")
        return endpoint.handler(Call(world, app, request.query_params, body, address, host, upload, ranges, silent))
    except WeComError as error:
        return {**refusal(error, address), **(endpoint.empty or {})}


def caller(world: World, endpoint: Endpoint, token: str) -> App:
    """Whose token it is; gettoken alone needs none."""
    return world.app if endpoint.handler is apps_api.gettoken else world.tokens.check(token)


def rendered(answer: Answer) -> Response:
    """A response as it stands, an object as JSON."""
    return answer if isinstance(answer, Response) else JSONResponse(answer)


def record(world: World, request: Request, body: object, response: Response, faults: list[Fault]) -> None:
    """Log the call with what was answered."""
    errcode = None
    if isinstance(response, JSONResponse):
        errcode = json.loads(bytes(response.body)).get("errcode")
    kinds = ",".join(fault.kind for fault in faults)
    path = request.path_params["path"]
    query = redacted(dict(request.query_params))
    world.log.add(Logged(world.clock.now(), request.method, path, query, shortened(body), errcode, kinds))
