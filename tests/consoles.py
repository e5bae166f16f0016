"""For the tests of the console: its application over the demo's people, and a browser that keeps cookies."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from console.app import create_app
from console.brain import Brain
from console.parts import Parts
from core.console.service import Doors
from core.console.tickets import Tickets
from core.settings import Settings
from core.testing import KEY
from tests.asgi import Client
from tests.unit.cases_world import World

ROLES = {
    "cadre": "azkj_chenlei", "handler_discipline": "azkj_qianwei", "handler_organization": "azkj_zhoujing",
    "hr": "azkj_wulili", "auditor": "azkj_zhenghao", "admin": "azkj_xutao",
}  # fmt: skip
PASSWORD = "correct horse battery"
_CSRF = re.compile(r'name="csrf" value="([^"]+)"')


def parts_of(world: World, folder: Path) -> Parts:
    """The console's parts over a test's own database."""
    settings = Settings(_env_file=None, var=folder, wecom_corp_id="ww1", wecom_agent_id=1000002)
    clock = world.desk.mailbox.clock
    brain = Brain(world.db, clock, dict(world.desk.orgs))
    return Parts(settings, world.db, world.desk, Doors(world.db, clock, Tickets((KEY,))), brain)


@dataclass
class Web:
    """A browser without a screen: keeps cookies, remembers the form token of the last page."""

    parts: Parts
    cookies: dict[str, str] = field(default_factory=dict)
    csrf: str = ""

    def __post_init__(self) -> None:
        self._client = Client(create_app(self.parts))

    def get(self, path: str) -> httpx.Response:
        """Open a page, following redirects."""
        response = self._send("GET", path)
        while response.is_redirect:
            response = self._send("GET", response.headers["location"])
        return response

    def once(self, path: str) -> httpx.Response:
        """Open a page without following a redirect."""
        return self._send("GET", path)

    def post(self, path: str, files: Any = None, **form: str) -> httpx.Response:
        """Send a form with the last page's token."""
        return self._send("POST", path, data={"csrf": self.csrf} | form, files=files)

    def raw(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Send exactly this."""
        return self._send(method, path, **options)

    def _send(self, method: str, path: str, **options: Any) -> httpx.Response:
        headers = {"cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        headers |= options.pop("headers", {})
        response = self._client.request(method, path, headers=headers, **options)
        for name, value in response.cookies.items():
            self.cookies[name] = value
        for raw in response.headers.get_list("set-cookie"):
            if "Max-Age=0" in raw:
                self.cookies.pop(raw.partition("=")[0], None)
        if found := _CSRF.search(response.text) if "html" in response.headers.get("content-type", "") else None:
            self.csrf = found[1]
        return response

    def sign_in(self, userid: str) -> "Web":
        """Come in by a one-time link, as a person does the first time."""
        token = self.parts.doors.invite(userid, "test")
        self.get(f"/invite/{token}")
        response = self.post(f"/invite/{token}", password=PASSWORD, again=PASSWORD)
        assert response.status_code == 303, response.text
        self.get("/")
        return self


def signed_in(parts: Parts, userid: str) -> Web:
    """A browser in which somebody is signed in."""
    return Web(parts).sign_in(userid)
