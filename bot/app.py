"""The gateway's HTTP side: callbacks, health, metrics. A callback is verified and stored, nothing else."""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import anyio
from anyio import CapacityLimiter, to_thread
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from bot.bootstrap import Gateway
from bot.channels.base import Channel, Forbidden, Malformed
from bot.console_directory import directory_route
from bot.console_login import ticket_route
from bot.loops import stop_all

logger = logging.getLogger("chengyao.bot")
MAX_BODY = 1 << 20
_DRAIN_BYTES = 16 << 20
_DRAIN_SECONDS = 5.0
_STOP_SECONDS = 3.0
_RECEIVERS = 6
Handler = Callable[[Request], Awaitable[Response]]


def create_app(gateway: Gateway, workers: bool = True) -> Starlette:
    """The application; with `workers` its lifespan runs all the threads."""

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        loops = gateway.loops() if workers else []
        for loop in loops:
            loop.start()
        try:
            yield
        finally:
            await to_thread.run_sync(stop_all, loops, _STOP_SECONDS)
            gateway.close()

    # Fewer receivers than database connections: a burst of callbacks queues here instead of starving the workers.
    limit = CapacityLimiter(_RECEIVERS)
    routes = [
        Route("/wecom/callback", _callback(gateway, "wecom", limit), methods=["GET", "POST"]),
        Route("/telegram/webhook", _callback(gateway, "telegram", limit), methods=["POST"]),
        Route("/console/ticket", ticket_route(gateway), methods=["POST"]),
        Route("/console/directory", directory_route(gateway), methods=["POST"]),
        Route("/healthz", _healthz, methods=["GET"]),
        Route("/readyz", _readyz(gateway), methods=["GET"]),
        Route("/metrics", _metrics(gateway), methods=["GET"]),
    ]
    return Starlette(routes=routes, lifespan=lifespan)


def _callback(gateway: Gateway, name: str, limit: CapacityLimiter) -> Handler:
    """Handler of one channel's address: 200, 400 malformed, 403 not from the platform, 404 channel off."""

    async def handle(request: Request) -> Response:
        channel = gateway.channel(name)
        if channel is None:
            return Response(status_code=404)
        query, headers = dict(request.query_params), dict(request.headers)
        try:
            body = await _body(request)
            arguments = (gateway, channel, request.method, query, headers, body)
            # A verification writes nothing and has one second: it does not queue behind messages.
            queue = limit if request.method == "POST" else None
            answer = await to_thread.run_sync(_take, *arguments, limiter=queue)
        except Forbidden as error:
            return _refused(gateway, name, 403, error)
        except Malformed as error:
            return _refused(gateway, name, 400, error)
        except ClientDisconnect:
            return Response(status_code=400)
        except Exception as error:  # noqa: BLE001 - the message is not stored; its traceback would hold what it says
            return _refused(gateway, name, 503, type(error).__name__)
        return PlainTextResponse(answer)

    return handle


def _take(
    gateway: Gateway, channel: Channel, method: str, query: dict[str, str], headers: dict[str, str], body: bytes
) -> bytes:
    """Verify, parse and store; the answer's body."""
    received = channel.receive(method, query, headers, body)
    outcome = "nothing"
    if received.message is not None:
        outcome = "stored" if gateway.mailbox.receive(received.message) else "repeated"
        gateway.received.set()
    gateway.metrics.callbacks.labels(channel.name, outcome).inc()
    return received.answer


def _refused(gateway: Gateway, name: str, status: int, reason: object) -> Response:
    """No detail for the caller; the reason, which holds no content, for the log. The platform repeats a failed call."""
    logger.warning("%s callback refused, HTTP %d: %s", name, status, reason)
    gateway.metrics.callbacks.labels(name, f"refused {status}").inc()
    return Response(status_code=status)


async def _body(request: Request) -> bytes:
    """The body, at most MAX_BODY bytes. Raises Malformed beyond that."""
    parts, size = [], 0
    stream = request.stream()
    async for part in stream:
        size += len(part)
        if size > MAX_BODY:
            await _drain(stream)
            raise Malformed("the body is too large")
        parts.append(part)
    return b"".join(parts)


async def _drain(stream: AsyncIterator[bytes]) -> None:
    """Read on for a while without keeping anything: a caller that is cut off while writing never sees our answer."""
    size = 0
    with anyio.move_on_after(_DRAIN_SECONDS):
        async for part in stream:
            size += len(part)
            if size > _DRAIN_BYTES:
                return


async def _healthz(_request: Request) -> Response:
    """The process lives."""
    return PlainTextResponse("ok")


def _readyz(gateway: Gateway) -> Handler:
    """200 only when a message sent now would be answered; 503 names what is missing."""

    async def handle(_request: Request) -> Response:
        report = await to_thread.run_sync(gateway.health.report)
        ready = all(state == "ok" for state in report.values())
        return JSONResponse({"ready": ready, **report}, 200 if ready else 503)

    return handle


def _metrics(gateway: Gateway) -> Handler:
    """Prometheus exposition."""

    async def handle(_request: Request) -> Response:
        counts = await to_thread.run_sync(gateway.mailbox.counts)
        return Response(gateway.metrics.text(counts), media_type=CONTENT_TYPE_LATEST)

    return handle
