"""Writing a notice: form, live preview, audience within one's own organisation. Nothing goes out from here."""

from starlette.responses import Response

from console.notices import ASKS, desk_of, find
from console.visit import GET, POST, Page, Visit
from core.errors import Refused
from core.notices.rules import Asks, Audience, Content, Notice, Spec, parse_audience, problems
from core.people.access import Right
from core.register import store as register

_STARTS = {"all": "org:{org}", "dept": "dept:{org}/{name}", "role": "role:{name}", "user": "user:{name}"}


def compose(visit: Visit) -> Response:
    """GET /notices/new."""
    return _form(visit, None)


def change(visit: Visit) -> Response:
    """GET /notices/{id}/edit."""
    with visit.parts.db.read() as connection:
        return _form(visit, find(visit, connection))


def _form(visit: Visit, notice: Notice | None, problem: str = "", status: int = 200) -> Response:
    with visit.parts.db.read() as connection:
        departments = register.departments(connection, visit.person.org)
    given = {name: visit.given(name) for name in ("title", "text", "asks", "users", "except")}
    chosen = set(visit.lists.get("dept", ())) | set(visit.lists.get("role", ()))
    if notice and not visit.form:
        audience = notice.content.audience
        given = {"title": notice.content.title, "text": notice.content.text, "asks": notice.asks.value}
        given |= {"users": _names(audience.to, "user"), "except": _names(audience.excluded, "user")}
        chosen = {spec.name for spec in audience.to} | {
            spec.kind for spec in audience.to if spec.kind in ("org", "all")
        }
    return visit.page(
        "compose.html", status, title="写通知", notice=notice, departments=departments, given=given, chosen=chosen,
        asks=ASKS, problem=problem, whole="org" in chosen or visit.given("whole") == "yes",
    )  # fmt: skip


def _names(specs: tuple[Spec, ...], kind: str) -> str:
    return "\n".join(spec.name for spec in specs if spec.kind == kind)


def _audience(visit: Visit) -> Audience:
    """Who the form means, never beyond one's own organisation. Raises Refused."""
    org = visit.person.org
    to = [_STARTS["all"].format(org=org)] if visit.given("whole") == "yes" else []
    to += [_STARTS["dept"].format(org=org, name=name) for name in visit.lists.get("dept", ())]
    to += [_STARTS["role"].format(name=name) for name in visit.lists.get("role", ())]
    to += [_STARTS["user"].format(name=name) for name in visit.given("users").split()]
    excluded = [_STARTS["user"].format(name=name) for name in visit.given("except").split()]
    try:
        return parse_audience(to, excluded, within=org)
    except ValueError as error:
        raise Refused(str(error)) from None


def save(visit: Visit) -> Response:
    """POST /notices/new: store a draft, to be looked at before anything goes out."""
    try:
        content, asks = _content(visit)
    except Refused as error:
        return _form(visit, None, str(error), 409)
    with visit.parts.db.write() as connection:
        number = desk_of(visit).write(connection, visit.person.userid, visit.person.org, content, asks)
    return visit.go(f"/notices/{number}", "draft")


def rewrite(visit: Visit) -> Response:
    """POST /notices/{id}/edit."""
    try:
        content, asks = _content(visit)
    except Refused as error:
        with visit.parts.db.read() as connection:
            notice = find(visit, connection)
        return _form(visit, notice, str(error), 409)
    with visit.parts.db.write() as connection:
        notice = find(visit, connection)
        desk_of(visit).rewrite(connection, notice.id, content, asks)
    return visit.go(f"/notices/{notice.id}", "draft")


def _content(visit: Visit) -> tuple[Content, Asks]:
    title, text, asked = visit.given("title"), visit.given("text"), visit.given("asks")
    if asked not in tuple(Asks):
        raise Refused("没有这种回复要求。")
    if wrong := problems(title, text):
        raise Refused("\n".join(wrong))
    return Content(title, text, _audience(visit)), Asks(asked)


PAGES = (
    Page(GET, "/notices/new", Right.NOTICES, compose),
    Page(POST, "/notices/new", Right.NOTICES, save),
    Page(GET, "/notices/{id}/edit", Right.NOTICES, change),
    Page(POST, "/notices/{id}/edit", Right.NOTICES, rewrite),
)
