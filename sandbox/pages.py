"""What a browser opens: the phone page, media, and the sign-in pages (wecom-protocol 5.5)."""

from collections.abc import Iterable
from html import escape
from pathlib import Path
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from sandbox.media import sniffed
from sandbox.media_api import file_response
from sandbox.reading import world_of
from sandbox.roster import ORG_NAMES, Member

STATIC = Path(__file__).parent / "static"
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; media-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": CSP,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
}
CHOSEN = "sandbox_userid"


async def phone(request: Request) -> Response:
    """GET /: the phone page."""
    return FileResponse(STATIC / "index.html", headers=HEADERS)


async def media(request: Request) -> Response:
    """GET /sandbox/media/ID: pictures are shown, anything else is a download."""
    found = world_of(request).media.find(request.path_params["media_id"])
    if found is None:
        return Response("404", 404)
    response = file_response(found)
    with found.path.open("rb") as file:
        head = file.read(16)
    if sniffed(head) == "image":
        response.headers["content-type"] = "image/png" if head.startswith(b"\x89PNG") else "image/jpeg"
        response.headers["content-disposition"] = "inline"
    response.headers["content-security-policy"] = "sandbox; default-src 'none'"
    response.headers["x-content-type-options"] = "nosniff"
    return response


def refused(reason: str) -> Response:
    """The page the platform shows instead of redirecting."""
    return HTMLResponse(page("无法登录", f"<p>{escape(reason)}</p>"), 200, HEADERS)


async def authorize(request: Request) -> Response:
    """GET /connect/oauth2/authorize: inside the app, so the phone that tapped the link is already known."""
    query = request.query_params
    if query.get("appid") != world_of(request).settings.corp_id or query.get("response_type") != "code":
        return refused("参数错误：appid 或 response_type")
    private = query.get("scope") == "snsapi_privateinfo" and bool(query.get("agentid"))
    return sign_in(request, query.get("userid") or request.cookies.get(CHOSEN, ""), private)


async def web_login(request: Request) -> Response:
    """GET /wwlogin/sso/login: in a browser nobody is known, so a member is picked."""
    query, settings = request.query_params, world_of(request).settings
    if query.get("appid") != settings.corp_id or query.get("agentid") != str(settings.agent_id):
        return refused("参数错误：appid 或 agentid")
    return sign_in(request, query.get("userid", ""), private=False)


def sign_in(request: Request, userid: str, private: bool) -> Response:
    """Redirect with code and state, the picker when nobody is chosen, or the page for an untrusted domain."""
    world, query = world_of(request), request.query_params
    target = query.get("redirect_uri", "")
    if not world.identity.trusted(target, world.app.redirect_domain):
        return refused("redirect_uri 与配置的授权完成回调域名不一致")
    member = world.directory.member(userid)
    if member is None:
        return HTMLResponse(picker(request, world.directory.members.values()), headers=HEADERS)
    location = world.identity.redirect(target, query.get("state", ""), member.userid, private)
    return RedirectResponse(location, 302, {"cache-control": "no-store"})


def picker(request: Request, members: Iterable[Member]) -> str:
    """A list of members, each a link to the same address with a userid."""
    query = [(name, value) for name, value in request.query_params.multi_items() if name != "userid"]
    groups: dict[str, list[str]] = {}
    for member in members:
        address = escape("?" + urlencode([*query, ("userid", member.userid)]))
        label = f"<b>{escape(member.name)}</b><span>{escape(member.department)} {escape(member.post)}</span>"
        link = f'<li><a data-testid="login-{escape(member.userid)}" href="{address}">{label}</a></li>'
        groups.setdefault(ORG_NAMES.get(member.org, member.org), []).append(link)
    lists = "".join(f"<h2>{escape(name)}</h2><ul>{''.join(links)}</ul>" for name, links in groups.items())
    return page("选择登录成员", lists)


def page(title: str, body: str) -> str:
    """A bare page with the sandbox's style."""
    return (
        f'<!DOCTYPE html><html lang="zh-CN"><meta charset="utf-8"><title>{escape(title)}</title>'
        '<meta name="viewport" content="width=device-width"><link rel="stylesheet" href="/static/login.css">'
        f"<main><h1>{escape(title)}</h1>{body}</main></html>"
    )


ROUTES = [
    Route("/", phone),
    Route("/sandbox/media/{media_id}", media),
    Route("/connect/oauth2/authorize", authorize),
    Route("/wwlogin/sso/login", web_login),
    Mount("/static", StaticFiles(directory=STATIC)),
]
