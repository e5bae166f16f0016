"""Reading requests of the test API."""

import json
import math

from starlette.requests import Request

from sandbox.actions import Phone
from sandbox.roster import Member
from sandbox.world import World


class BadRequest(Exception):
    """A request of the test API that makes no sense; answered as HTTP 400 with the message."""


class NotFound(Exception):
    """A member or thing that does not exist; answered as HTTP 404 with the message."""


def world_of(request: Request) -> World:
    """The sandbox's state."""
    world: World = request.app.state.world
    return world


def phone_of(request: Request) -> Phone:
    """What turns taps into callbacks."""
    phone: Phone = request.app.state.phone
    return phone


def member_of(request: Request) -> Member:
    """The member named in the path; raises NotFound."""
    userid = request.path_params["userid"]
    member = world_of(request).directory.member(userid)
    if member is None:
        raise NotFound(f"there is no member {userid!r}")
    return member


async def json_body(request: Request) -> dict[str, object]:
    """The JSON object in the body, {} for an empty body; raises BadRequest."""
    content = await request.body()
    try:
        value = json.loads(content or b"{}")
    except ValueError as error:
        raise BadRequest("the body is no JSON") from error
    if not isinstance(value, dict):
        raise BadRequest("the body must be a JSON object")
    return value


def whole_number(body: dict[str, object], name: str) -> int:
    """The number `name`, rounded; raises BadRequest."""
    value = body.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise BadRequest(f"{name} must be a number")
    return round(value)


def text(body: dict[str, object], name: str) -> str:
    """The text `name`, required; raises BadRequest."""
    value = body.get(name)
    if not isinstance(value, str) or not value:
        raise BadRequest(f"{name} is required")
    return value
