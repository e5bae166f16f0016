"""Puts the sandbox together."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route

from sandbox import api, gateway, pages
from sandbox.actions import ActionError, Phone
from sandbox.engine import Engine
from sandbox.faults import FaultError
from sandbox.reading import BadRequest, NotFound
from sandbox.settings import Settings
from sandbox.telegram import app as telegram
from sandbox.telegram.phone import PhoneError
from sandbox.telegram.world import World as Telegram
from sandbox.world import World


async def bad_request(_: Request, error: Exception) -> Response:
    """HTTP 400 with the reason."""
    return JSONResponse({"error": str(error)}, 400)


async def not_found(_: Request, error: Exception) -> Response:
    """HTTP 404 with the reason."""
    return JSONResponse({"error": str(error)}, 404)


async def conflict(_: Request, error: Exception) -> Response:
    """HTTP 409 with the reason: what a phone does not allow."""
    return JSONResponse({"error": str(error)}, 409)


def build(settings: Settings) -> Starlette:
    """The application; raises RosterError when there is no roster."""
    world = World(settings)
    names = tuple(member.name for member in world.directory.members.values())
    chats = Telegram(settings.telegram_token, names)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        app.state.phone = Phone(Engine(world))
        async with telegram.running(app, chats):
            yield
        await app.state.phone.engine.close()

    refusals = {BadRequest: bad_request, FaultError: bad_request, NotFound: not_found}
    handlers = {**refusals, ActionError: conflict, PhoneError: conflict}
    app = Starlette(
        routes=[
            Route("/cgi-bin/{path:path}", gateway.serve, methods=["GET", "POST"]),
            Mount("/sandbox/api", routes=api.ROUTES),
            *telegram.ROUTES,
            *pages.ROUTES,
        ],
        exception_handlers=handlers,
        lifespan=lifespan,
    )
    app.state.world, app.state.telegram = world, chats
    return app
