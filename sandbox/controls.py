"""Reads and changes how the platform behaves, for tests."""

from collections.abc import Mapping
from dataclasses import asdict

from sandbox.call import as_object
from sandbox.reading import BadRequest
from sandbox.world import Limits, World

TOKEN_SETTINGS = {"token_ttl": "ttl", "token_rotate": "rotate", "bad_secret_limit": "bad_secret_limit"}


def current(world: World) -> dict[str, object]:
    """Everything that `change` can change."""
    return {
        **{name: getattr(world.tokens, attribute) for name, attribute in TOKEN_SETTINGS.items()},
        "limits": asdict(world.limits),
        "callback": asdict(world.callback),
        "app": {"disabled": world.app.disabled},
    }


def change(world: World, wanted: Mapping[str, object]) -> None:
    """Change some of it; raises BadRequest for a name or type that does not exist."""
    strange = set(wanted) - set(current(world))
    if strange:
        raise BadRequest(f"unknown settings: {', '.join(sorted(strange))}")
    for name, attribute in TOKEN_SETTINGS.items():
        if name in wanted:
            put(world.tokens, attribute, wanted[name])
    for name, holder in (("limits", world.limits), ("callback", world.callback), ("app", world.app)):
        for key, value in as_object(wanted.get(name)).items():
            if key not in as_object(current(world)[name]):
                raise BadRequest(f"unknown setting {name}.{key}")
            put(holder, key, value)
    if "url" in as_object(wanted.get("callback")):
        world.callback.saved = False


def put(holder: object, name: str, value: object) -> None:
    """Set an attribute to a value of the type it has; limits may be null."""
    present = getattr(holder, name)
    if isinstance(holder, Limits) and (value is None or (isinstance(value, int) and not isinstance(value, bool))):
        if value is None and name != "daily":
            raise BadRequest(f"{name} must be a number")
    elif isinstance(present, float) and isinstance(value, int | float) and not isinstance(value, bool):
        value = float(value)
    elif type(present) is not type(value):
        raise BadRequest(f"{name} must be of type {type(present).__name__}")
    setattr(holder, name, value)
