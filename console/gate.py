"""The way into every page: session, right, size, forged forms, errors; then the page's own function in a thread."""

import hmac
import logging
import secrets
import shutil
import tempfile
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from anyio import to_thread
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from console import words
from console.parts import Parts
from console.visit import POST, Page, Upload, Visit
from core.errors import NotFound, Refused

logger = logging.getLogger("chengyao.console")
SESSION, FORM = "chengyao_console", "chengyao_form"
MOST_BYTES = 30 << 20
_FIELDS = 2_000
_FIELD_BYTES = 1 << 20
Endpoint = Callable[[Request], Awaitable[Response]]


def endpoint(parts: Parts, page: Page) -> Endpoint:
    """The page behind every check."""

    async def handle(request: Request) -> Response:
        visit = await to_thread.run_sync(_arrive, parts, request)
        if page.right is not None and visit.visitor is None:
            return _sign_in_first(visit, page.method)
        if page.right is not None and page.right not in visit.rights:
            await to_thread.run_sync(_note, visit, "console.forbidden")
            return visit.page("error.html", 403, title="没有权限", reason=words.FORBIDDEN)
        with ExitStack() as stack:
            if page.method == POST:
                refused = await _take_form(visit, request, stack)
                if refused is not None:
                    return refused
            response = await to_thread.run_sync(_call, page, visit)
        if visit.visitor is None:
            response.set_cookie(FORM, visit.csrf, httponly=True, samesite="lax", secure=parts.secure)
        return response

    return handle


def _arrive(parts: Parts, request: Request) -> Visit:
    token = request.cookies.get(SESSION, "")
    visitor = parts.doors.visitor(token) if token else None
    csrf = visitor.session.csrf if visitor else request.cookies.get(FORM, "") or secrets.token_urlsafe(32)
    return Visit(
        parts, csrf, request.url.path, visitor,
        path={name: str(value) for name, value in request.path_params.items()},
        query=dict(request.query_params), cookies=dict(request.cookies),
        lists={name: request.query_params.getlist(name) for name in request.query_params},
    )  # fmt: skip


def _sign_in_first(visit: Visit, method: str) -> Response:
    if method == POST:
        return visit.page("error.html", 401, title="请重新登录", reason=words.EXPIRED)
    return RedirectResponse("/signin?" + urlencode({"next": visit.address}), 303)


async def _take_form(visit: Visit, request: Request, stack: ExitStack) -> Response | None:
    """Read the form into the visit; a response when it is too large, unreadable or forged."""
    try:
        form = await _Limited(request).form(max_fields=_FIELDS, max_part_size=_FIELD_BYTES)
    except _TooLarge:
        return visit.page("error.html", 413, title="内容太大", reason=words.TOO_LARGE)
    except HTTPException:
        return visit.page("error.html", 400, title="没有完成", reason=words.FORGED)
    given = form.get("csrf", "")
    if not isinstance(given, str) or not _ours(visit, request) or not _same(given, visit, request):
        await form.close()
        await to_thread.run_sync(_note, visit, "console.forged")
        return visit.page("error.html", 403, title="没有完成", reason=words.FORGED)
    visit.form = {name: value for name, value in form.items() if isinstance(value, str)}
    visit.lists = {name: [one for one in form.getlist(name) if isinstance(one, str)] for name in form}
    visit.files = await to_thread.run_sync(_copies, form, stack)
    await form.close()
    return None


def _same(given: str, visit: Visit, request: Request) -> bool:
    """The form's token against the session's, or before sign-in against the browser's own cookie."""
    known = visit.csrf if visit.visitor else request.cookies.get(FORM, "")
    return bool(known) and hmac.compare_digest(known.encode(), given.encode())


def _ours(visit: Visit, request: Request) -> bool:
    """A browser says where a form came from; behind a proxy the public address counts as well."""
    origin = request.headers.get("origin")
    if origin is None:
        return True
    hosts = {request.headers.get("host", ""), urlsplit(visit.parts.settings.console_address).netloc}
    return urlsplit(origin).netloc in hosts


def _copies(form: FormData, stack: ExitStack) -> dict[str, Upload]:
    found = {}
    for name, value in form.items():
        if isinstance(value, UploadFile) and value.filename:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="console-")))
            path = folder / ("upload" + Path(value.filename).suffix.lower()[:8])
            with path.open("wb") as file:
                shutil.copyfileobj(value.file, file)
            found[name] = Upload(Path(value.filename).name[:120], path)
    return found


def _call(page: Page, visit: Visit) -> Response:
    """The page's function; what it raises becomes a page in plain words."""
    try:
        return page.handler(visit)
    except Refused as error:
        return visit.page("error.html", 409, title="没有办理", reason=str(error))
    except NotFound:
        if not visit.address.startswith("/cases"):  # the desk has audited these itself
            _note(visit, "console.not_found")
        return visit.page("error.html", 404, title="没有查到", reason=words.MISSING)
    except Exception as error:  # noqa: BLE001 - its text may hold what a case says, so only its class is logged
        where = error.__traceback__
        while where and where.tb_next:
            where = where.tb_next
        line = f"{where.tb_frame.f_code.co_filename}:{where.tb_lineno}" if where else "?"
        logger.error("%s %s failed: %s at %s", page.method, page.path, type(error).__name__, line)
        return visit.page("error.html", 500, title="没有完成", reason=words.BROKEN)


def _note(visit: Visit, action: str) -> None:
    actor = visit.visitor.person.userid if visit.visitor else "-"
    visit.parts.doors.note(actor, action, visit.address)


class _TooLarge(Exception):
    """More came in than a form may have."""


class _Limited(Request):
    """A request whose body is counted while it comes in: the length it announces may be wrong."""

    def __init__(self, request: Request) -> None:
        count = 0

        async def receive() -> dict[str, object]:
            nonlocal count
            message = await request.receive()
            count += len(message.get("body", b""))
            if count > MOST_BYTES:
                raise _TooLarge
            return dict(message)

        super().__init__(request.scope, receive)
