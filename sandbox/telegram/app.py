"""Puts the local Telegram together: its routes, for the sandbox or on their own."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from sandbox.pages import HEADERS
from sandbox.reading import BadRequest, NotFound
from sandbox.telegram import api, server
from sandbox.telegram.phone import Phone, PhoneError
from sandbox.telegram.world import World

_STATIC = Path(__file__).parent / "static"


async def page(_: Request) -> Response:
    """GET /telegram: the phone page."""
    return FileResponse(_STATIC / "telegram.html", headers=HEADERS)


ROUTES = [
    *server.ROUTES,
    Mount("/telegram/api", routes=api.ROUTES),
    Mount("/telegram/static", StaticFiles(directory=_STATIC)),
    Route("/telegram", page),
]
_STATUS: dict[type[Exception], int] = {BadRequest: 400, NotFound: 404, PhoneError: 409}


async def refused(_: Request, error: Exception) -> Response:
    """A refusal of the phone's API with its reason."""
    status = next((status for kind, status in _STATUS.items() if isinstance(error, kind)), 400)
    return JSONResponse({"error": str(error)}, status)


@asynccontextmanager
async def running(app: Starlette, world: World) -> AsyncIterator[None]:
    """Give the app its Telegram while it serves."""
    app.state.telegram, app.state.telegram_phone = world, Phone(world)
    try:
        yield
    finally:
        world.end_watching()
        await app.state.telegram_phone.close()


def build(token: str, names: tuple[str, ...] = ()) -> Starlette:
    """The local Telegram alone."""
    world = World(token, names)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with running(app, world):
            yield

    app = Starlette(routes=ROUTES, lifespan=lifespan, exception_handlers=dict.fromkeys(_STATUS, refused))
    app.state.telegram = world
    return app
