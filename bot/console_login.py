"""The console's way to a person's identity: it hands over the platform's code and gets a signed one-time ticket.

Only the console can ask: the call is signed with a key derived from the data keys, and so is the ticket.
"""

import json
import logging
from collections.abc import Awaitable, Callable

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from bot.bootstrap import Gateway
from bot.channels.base import HasSignIn
from core.clock import wall
from core.console.tickets import Tickets
from core.errors import ChannelError

logger = logging.getLogger("chengyao.bot")
_MOST = 4096


def ticket_route(gateway: Gateway) -> Callable[[Request], Awaitable[Response]]:
    """POST {code, nonce, proof}: 200 with the ticket, 400 malformed, 403 not from the console, 502 no answer."""

    async def handle(request: Request) -> Response:
        given = _fields(await _body(request))
        if given is None:
            return Response(status_code=400)
        return await to_thread.run_sync(_exchange, gateway, *given)

    return handle


async def _body(request: Request) -> bytes:
    data = b""
    async for chunk in request.stream():
        data += chunk
        if len(data) > _MOST:
            return b""
    return data


def _fields(body: bytes) -> tuple[str, str, str] | None:
    try:
        value = json.loads(body)
        found = tuple(value[name] for name in ("code", "nonce", "proof"))
    except (ValueError, KeyError, TypeError):
        return None
    code, nonce, proof = found
    return (code, nonce, proof) if all(isinstance(one, str) and one for one in found) else None


def _exchange(gateway: Gateway, code: str, nonce: str, proof: str) -> Response:
    tickets = Tickets(gateway.mailbox.cipher.keys)
    if not tickets.is_call(code, nonce, proof):
        return Response(status_code=403)
    channel = next((one for one in gateway.channels if isinstance(one, HasSignIn)), None)
    if channel is None:
        return Response(status_code=404)
    try:
        userid = channel.who_signed_in(code)
    except ChannelError as error:
        logger.warning("a web login's code was not exchanged: %s", type(error).__name__)
        return Response(status_code=502)
    if not userid:
        return Response(status_code=403)
    return PlainTextResponse(tickets.issue(userid, nonce, wall()))
