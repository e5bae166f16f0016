"""The console's way to the platform's directory: a signed call, an answer that only the data keys open."""

import json
import logging
from collections.abc import Awaitable, Callable
from dataclasses import asdict

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import Response

from bot.bootstrap import Gateway
from bot.channels.base import HasDirectory
from core.clock import wall
from core.console.tickets import Tickets
from core.errors import ChannelError

logger = logging.getLogger("chengyao.bot")
CONTEXT = "console directory"
_MOST = 4096


def directory_route(gateway: Gateway) -> Callable[[Request], Awaitable[Response]]:
    """POST {nonce, at, proof}: 200 with the sealed members, 400 malformed, 403 not from the console, 502 no answer."""

    async def handle(request: Request) -> Response:
        data = b""
        async for chunk in request.stream():
            data += chunk
            if len(data) > _MOST:
                return Response(status_code=400)
        try:
            value = json.loads(data)
            nonce, at, proof = str(value["nonce"]), float(value["at"]), str(value["proof"])
        except (ValueError, KeyError, TypeError):
            return Response(status_code=400)
        return await to_thread.run_sync(_read, gateway, nonce, at, proof)

    return handle


def _read(gateway: Gateway, nonce: str, at: float, proof: str) -> Response:
    cipher = gateway.mailbox.cipher
    if not Tickets(cipher.keys).is_directory_call(nonce, at, proof, wall()):
        return Response(status_code=403)
    channel = next((one for one in gateway.channels if isinstance(one, HasDirectory)), None)
    if channel is None:
        return Response(status_code=404)
    try:
        members = channel.members()
    except ChannelError as error:
        logger.warning("the directory was not read: %s", type(error).__name__)
        return Response(status_code=502)
    sealed = cipher.seal_json({"nonce": nonce, "members": [asdict(one) for one in members]}, CONTEXT)
    return Response(sealed, media_type="application/octet-stream")
