"""One API call as the endpoint functions see it, and readers for its arguments."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from starlette.responses import Response

from sandbox.errors import WeComError
from sandbox.tokens import App
from sandbox.world import World

Object = dict[str, object]
Answer = Object | Response


@dataclass(slots=True)
class Upload:
    """The multipart part named media: its file name (None when it had none) and content."""

    name: str | None
    content: bytes


@dataclass(slots=True)
class Call:
    """A call whose token has been checked; `silent` when a fault drops what it sends."""

    world: World
    app: App
    query: Mapping[str, str]
    body: Object
    address: str
    host: str
    upload: Upload | None = None
    range_header: str = ""
    silent: bool = False

    def number(self, name: str, errcode: int = 40035) -> int:
        """The integer argument `name` from the query; raises `errcode`."""
        return as_number(self.query.get(name, ""), errcode)


Handler = Callable[[Call], Answer]


def ok(**values: object) -> Object:
    """A success with these fields."""
    return {"errcode": 0, "errmsg": "ok", **values}


def as_number(value: object, errcode: int = 40035) -> int:
    """An integer given as number or digits; raises `errcode`."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and value.strip().isdecimal():
        return int(value)
    raise WeComError(errcode)


def as_text(value: object) -> str:
    """A text argument, empty unless it is a string."""
    return value if isinstance(value, str) else ""


def as_object(value: object) -> Object:
    """An object argument, empty unless it is one."""
    return value if isinstance(value, dict) else {}


def as_objects(value: object) -> list[Object]:
    """A list of objects; anything else in it is left out."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def as_strings(value: object, errcode: int = 40035) -> list[str]:
    """A JSON array of strings, [] when absent; raises `errcode` for a string or other items."""
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise WeComError(errcode)
    return value


def as_numbers(value: object, errcode: int = 40035) -> list[int]:
    """A JSON array of integers, [] when absent; raises `errcode`."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise WeComError(errcode)
    return [as_number(item, errcode) for item in value]


def own_agent(call: Call, value: object) -> None:
    """Raise unless `value` is the agentid of the token's own app (40056, 301002; section 9.2.4)."""
    if as_number(value, 40056) != call.app.agentid:
        raise WeComError(301002)
