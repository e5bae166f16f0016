"""The console's HTTP side: every page behind the gate, static files, headers on every answer."""

from collections.abc import AsyncIterator, MutableMapping
from contextlib import asynccontextmanager
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

from console import (
    audit,
    case,
    cases,
    compose,
    directory,
    documents,
    evidence,
    exports,
    home,
    knowledge,
    notices,
    people,
    questions,
    reminders,
    signin,
    switches,
    talks,
)
from console.gate import endpoint
from console.parts import Parts
from console.render import FOLDER
from console.visit import Page

PAGES: tuple[Page, ...] = (
    *signin.PAGES, *home.PAGES, *cases.PAGES, *case.PAGES, *evidence.PAGES, *audit.PAGES,
    *people.PAGES, *directory.PAGES, *compose.PAGES, *notices.PAGES, *reminders.PAGES, *switches.PAGES, *talks.PAGES,
    *knowledge.PAGES, *documents.PAGES, *questions.PAGES, *exports.PAGES,
)  # fmt: skip
_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; font-src 'self'; "
    "media-src 'self'; connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'self'"
)
_HEADERS = {
    "content-security-policy": _POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "SAMEORIGIN",
    "referrer-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
    "cross-origin-opener-policy": "same-origin",
}


def create_app(parts: Parts) -> Starlette:
    """The application."""

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        yield
        parts.db.close()

    routes = [
        *(Route(page.path, endpoint(parts, page), methods=[page.method]) for page in PAGES),
        Route("/healthz", _healthz),
        Mount("/static", StaticFiles(directory=FOLDER / "static")),
        # Tabler's style sheet comes out of the installed package; no third-party file is in the tree.
        Mount("/vendor", StaticFiles(packages=[("starlette_admin", "static/css/vendor")])),
    ]
    return Starlette(routes=routes, lifespan=lifespan, middleware=[Middleware(Headers, secure=parts.secure)])


async def _healthz(_request: Request) -> Response:
    """The process lives."""
    return PlainTextResponse("ok")


class Headers:
    """Puts the security headers on every answer; pages are never cached, the static files are."""

    def __init__(self, app: ASGIApp, secure: bool) -> None:
        self._app = app
        self._fixed = dict(_HEADERS)
        if secure:
            self._fixed["strict-transport-security"] = "max-age=31536000"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        static = scope["path"].startswith(("/static/", "/vendor/"))
        headers = self._fixed | {"cache-control": "public, max-age=3600" if static else "no-store"}

        async def answer(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                named = {name.lower() for name, _ in message["headers"]}
                extra = [(name.encode(), value.encode()) for name, value in headers.items()]
                message["headers"] = [*message["headers"], *(pair for pair in extra if pair[0] not in named)]
            await send(message)

        await self._app(scope, receive, answer)
