"""What a fault does to an API answer (wecom-protocol 9.4)."""

import asyncio
import json

from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.types import Receive, Scope, Send

from sandbox.call import Answer
from sandbox.errors import WeComError, refusal
from sandbox.faults import Fault

WITHOUT_EFFECT = {"http", "html", "cut", "errcode"}
HTML = "<!DOCTYPE html><html><body><h1>502 Bad Gateway</h1><hr>nginx</body></html>"


def takes_effect(fault: Fault) -> bool:
    """Whether the call is carried out although its answer is spoiled."""
    return fault.kind not in WITHOUT_EFFECT


class CutResponse(Response):
    """Closes the connection without a byte of an answer."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Abort uvicorn's transport; on any other server leave an announced body unsent, which ends alike."""
        transport = getattr(getattr(receive, "__self__", None), "transport", None)
        if transport is None:
            await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"100")]})
            return
        transport.abort()
        while (await receive())["type"] != "http.disconnect":
            await asyncio.sleep(0)


def altered(fault: Fault, answer: dict[str, object]) -> dict[str, object]:
    """The answer with the fault's mischief in its JSON."""
    if fault.kind == "warning":
        return {**answer, "errmsg": "Warning: wrong json format. ok"}
    if fault.kind == "missing_errcode" and not answer.get("errcode"):
        return {key: value for key, value in answer.items() if key not in ("errcode", "errmsg")}
    if fault.kind == "errcode_string":
        return {**answer, "errcode": str(answer.get("errcode", 0))}
    if fault.kind == "extra_fields":
        return {**answer, "x_trace": "0af7651916cd43dd", "x_more": {"nested": [1, None, "中"]}}
    return answer


def spoil(fault: Fault, answer: Answer, address: str) -> Response:
    """The response a client gets under the fault."""
    if fault.kind in ("cut", "accept_cut"):
        return CutResponse()
    if fault.kind == "http":
        return Response("Internal Server Error", fault.status)
    if fault.kind == "html":
        return HTMLResponse(HTML)
    if fault.kind == "empty":
        return Response(b"", media_type="application/json")
    if fault.kind == "errcode":
        return JSONResponse(refusal(WeComError(fault.errcode, fault.errmsg or None), address))
    if isinstance(answer, Response):
        return answer
    if fault.kind == "truncated":
        content = json.dumps(answer).encode()
        return Response(content[: len(content) // 2], media_type="application/json")
    return JSONResponse(altered(fault, answer))
