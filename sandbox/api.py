"""The test and phone API. JSON in and out; a refusal is HTTP 4xx with {"error": …}. All below /sandbox/api/.

| call | body | answer |
|---|---|---|
| GET members | – | [{userid, name, org, org_name, department, post, in_range, licensed}] |
| POST members | {count, prefix, org} | adds invented members `<prefix>00001`…, {added} |
| PATCH members/ID | {in_range?, licensed?} | the member |
| POST members/ID/send | {type, text} or {type, media (Base64), filename}, \
{type: location, latitude, longitude, label}, {type: link, title, description, url}, {type: anything, \
fields: {…}}; multipart: type and file | a delivery |
| POST members/ID/press | {msgid, key, selected?: {question: [option]}} | a delivery |
| POST members/ID/menu | {key} (key or url of a menu button) | a delivery with `opened` |
| POST members/ID/enter | – | a delivery; `delivered` is null when the app has the report switched off |
| POST members/ID/event | {event, fields?} (subscribe, LOCATION …; ID may be `sys`) | a delivery |
| GET members/ID/inbox | ?after=N (entry id), ?all=1 for the member's own messages too | [item], see view.py |
| GET members/ID/stream | ?after=N | server-sent events `item`: what is new or has changed, own messages too |
| GET menu | – | {button: […]} |
| GET requests | ?path=message/send | {requests: […], counters: {calls, errors}} |
| GET violations | – | [{at, what, detail}] |
| GET faults, POST faults, DELETE faults | {kind, endpoint?, count?, probability?, seconds?, status?, errcode?, \
errmsg?, copies?}; kinds in faults.py | [fault], the fault, {} |
| POST clock | {advance_seconds} | {now} |
| GET settings, POST settings | {token_ttl, token_rotate, bad_secret_limit, limits: {per_minute, per_hour, daily}, \
callback: {url, timeout, retries, retry_delay, retry_non_200, resign, raw_prefix, agent_first, cdata, …}, \
app: {disabled}} | all of it |
| POST apps | {agentid, secret, name} | registers another app of the corporation |
| POST verify | – | {error}: saves the callback configuration again |
| POST reset | – | {}: everything as after the start, the roster read again |

A delivery is {delivered, status, msgid, attempts, reply, error}: `status` is the app's last HTTP status or null.
"""

from dataclasses import asdict

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox import controls, phone_api
from sandbox.faults import INSTANT_KINDS
from sandbox.reading import json_body, whole_number, world_of
from sandbox.tokens import App


async def menu(request: Request) -> Response:
    """GET menu."""
    return JSONResponse(world_of(request).app.menu or {"button": []})


async def requests(request: Request) -> Response:
    """GET requests."""
    log = world_of(request).log
    return JSONResponse({"requests": log.calls(request.query_params.get("path", "")), "counters": log.counters()})


async def violations(request: Request) -> Response:
    """GET violations."""
    return JSONResponse(list(world_of(request).violations))


async def faults(request: Request) -> Response:
    """GET, POST, DELETE faults."""
    world = world_of(request)
    if request.method == "GET":
        return JSONResponse(world.faults.listed())
    if request.method == "DELETE":
        world.faults.clear()
        return JSONResponse({})
    wanted = await json_body(request)
    if wanted.get("kind") in INSTANT_KINDS:
        struck = world.tokens.invalidate() if wanted["kind"] == "token_invalidate" else world.tokens.expire()
        return JSONResponse({"kind": wanted["kind"], "tokens": struck})
    return JSONResponse(asdict(world.faults.add(wanted)))


async def clock(request: Request) -> Response:
    """POST clock."""
    world = world_of(request)
    world.clock.advance(whole_number(await json_body(request), "advance_seconds"))
    return JSONResponse({"now": world.clock.now()})


async def settings(request: Request) -> Response:
    """GET and POST settings."""
    world = world_of(request)
    if request.method == "POST":
        controls.change(world, await json_body(request))
    return JSONResponse(controls.current(world))


async def apps(request: Request) -> Response:
    """POST apps."""
    world, body = world_of(request), await json_body(request)
    app = App(whole_number(body, "agentid"), str(body.get("secret", "")), str(body.get("name", "另一应用")))
    world.apps[app.secret] = app
    return JSONResponse({"agentid": app.agentid})


async def verify(request: Request) -> Response:
    """POST verify."""
    world_of(request).callback.saved = False
    return JSONResponse({"error": await request.app.state.phone.engine.save_config()})


async def reset(request: Request) -> Response:
    """POST reset."""
    world_of(request).reset()
    return JSONResponse({})


ROUTES = [
    *phone_api.ROUTES,
    Route("/menu", menu),
    Route("/requests", requests),
    Route("/violations", violations),
    Route("/faults", faults, methods=["GET", "POST", "DELETE"]),
    Route("/clock", clock, methods=["POST"]),
    Route("/settings", settings, methods=["GET", "POST"]),
    Route("/apps", apps, methods=["POST"]),
    Route("/verify", verify, methods=["POST"]),
    Route("/reset", reset, methods=["POST"]),
]
