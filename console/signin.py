"""Sign-in: by password, by the one-time link that sets one, by WeChat Work's web login."""

import hmac
import secrets
from urllib.parse import urlencode

import httpx
from starlette.responses import RedirectResponse, Response

from console.gate import SESSION
from console.visit import GET, POST, Page, Visit
from core.console.rules import SHORTEST
from core.errors import Refused
from core.people.access import Right
from core.settings import Settings

_STATE = "chengyao_state"
_STATE_SECONDS = 300
_REAL = "https://qyapi.weixin.qq.com"
_REAL_LOGIN = "https://login.work.weixin.qq.com"
_NOT_NOW = "企业微信登录暂时用不了，请稍后再试，或用密码登录。"


def show(visit: Visit) -> Response:
    """GET /signin."""
    return _form(visit, visit.asked("next"))


def _form(visit: Visit, onward: str, problem: str = "", status: int = 200, userid: str = "") -> Response:
    wecom = bool(visit.parts.settings.wecom_corp_id)
    return visit.page("signin.html", status, next=_safe(onward), problem=problem, userid=userid, wecom=wecom)


def enter(visit: Visit) -> Response:
    """POST /signin."""
    userid = visit.given("userid")
    try:
        token = visit.parts.doors.sign_in(userid, visit.form.get("password", ""))
    except Refused as error:
        return _form(visit, visit.given("next"), str(error), 401, userid)
    return _signed_in(visit, token, visit.given("next"))


def _signed_in(visit: Visit, token: str, onward: str = "") -> Response:
    response = RedirectResponse(_safe(onward), 303)
    response.set_cookie(SESSION, token, httponly=True, samesite="lax", secure=visit.parts.secure)
    response.delete_cookie(_STATE)
    return response


def _safe(onward: str) -> str:
    """Only a path of ours: another address would make the sign-in a springboard."""
    plain = onward.startswith("/") and not onward.startswith(("//", "/\\", "/signin")) and onward.isprintable()
    return onward if plain else "/"


def leave(visit: Visit) -> Response:
    """POST /signout."""
    visit.parts.doors.sign_out(visit.cookies.get(SESSION, ""), visit.person.userid)
    response = visit.go("/signin", "signed_out")
    response.delete_cookie(SESSION)
    return response


def invited(visit: Visit) -> Response:
    """GET /invite/{token}."""
    return _invitation(visit)


def _invitation(visit: Visit, problem: str = "", status: int = 200) -> Response:
    person = visit.parts.doors.invited(visit.path["token"])
    return visit.page("invite.html", status, guest=person, problem=problem, shortest=SHORTEST)


def set_password(visit: Visit) -> Response:
    """POST /invite/{token}: both entries must agree; the link is used up only when the password is taken."""
    password = visit.form.get("password", "")
    if password != visit.form.get("again", ""):
        return _invitation(visit, "两次输入的密码不一样。", 409)
    try:
        token = visit.parts.doors.set_password(visit.path["token"], password)
    except Refused as error:
        return _invitation(visit, str(error), 409)
    return _signed_in(visit, token)


# -- WeChat Work


def to_wecom(visit: Visit) -> Response:
    """GET /signin/wecom: on to the platform's own page; the state ties its answer to this browser."""
    settings, state = visit.parts.settings, secrets.token_hex(16)
    base = settings.wecom_api_base
    query = {
        "login_type": "CorpApp", "appid": settings.wecom_corp_id, "agentid": str(settings.wecom_agent_id),
        "redirect_uri": f"{settings.console_address}/signin/wecom/return", "state": state,
    }  # fmt: skip
    login = f"{_REAL_LOGIN if base == _REAL else base}/wwlogin/sso/login?{urlencode(query)}"
    response = RedirectResponse(login, 303)
    response.set_cookie(_STATE, state, _STATE_SECONDS, httponly=True, samesite="lax", secure=visit.parts.secure)
    return response


def from_wecom(visit: Visit) -> Response:
    """GET /signin/wecom/return: the code goes to bot, which answers with a ticket for this browser."""
    state, code = visit.cookies.get(_STATE, ""), visit.asked("code")
    if not state or not code or not hmac.compare_digest(state.encode(), visit.asked("state").encode()):
        return _form(visit, "", _NOT_NOW, 401)
    try:
        ticket = _exchange(visit, code, state)
        token = visit.parts.doors.sign_in_by_ticket(ticket, state)
    except Refused as error:
        return _form(visit, "", str(error), 401)
    return _signed_in(visit, token)


def _exchange(visit: Visit, code: str, state: str) -> str:
    """Ask bot whom the code stands for. Raises Refused when it does not say."""
    proof = visit.parts.doors.tickets.sign_call(code, state)
    try:
        with httpx.Client(trust_env=False, timeout=15) as client:
            url = f"{bot_address(visit.parts.settings)}/console/ticket"
            answer = client.post(url, json={"code": code, "nonce": state, "proof": proof})
    except httpx.HTTPError:
        raise Refused(_NOT_NOW) from None
    if answer.status_code != 200:
        raise Refused(_NOT_NOW)
    return answer.text


def bot_address(settings: Settings) -> str:
    """Where bot listens for this machine."""
    host = "127.0.0.1" if settings.bot_host in ("0.0.0.0", "::") else settings.bot_host
    return f"http://{host}:{settings.bot_port}"


PAGES = (
    Page(GET, "/signin", None, show),
    Page(POST, "/signin", None, enter),
    Page(POST, "/signout", Right.HOME, leave),
    Page(GET, "/signin/wecom", None, to_wecom),
    Page(GET, "/signin/wecom/return", None, from_wecom),
    Page(GET, "/invite/{token}", None, invited),
    Page(POST, "/invite/{token}", None, set_password),
)
