"""WeChat Work's web login from the console over bot to the platform and back, against the sandbox."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from bot.bootstrap import Gateway
from bot.channels.wecom import WeCom
from bot.channels.wecom_client import Account
from bot.console_login import ticket_route
from console.app import create_app
from console.parts import Parts
from core.clock import wall
from core.console.tickets import Tickets
from core.settings import Settings
from core.testing import KEY, OTHER_KEY
from sandbox.testing import ENV, SandboxServer, free_port, serving
from tests.consoles import ROLES, parts_of
from tests.unit.cases_world import World, new_world

AGENT = int(ENV["CHENGYAO_WECOM_AGENT_ID"])


@dataclass
class _Gateway:
    """The part of the gateway that the route uses."""

    mailbox: Any
    channels: tuple[Any, ...]


@dataclass
class Site:
    """Console, bot and sandbox, and a browser."""

    parts: Parts
    world: World
    bot: str
    client: httpx.Client
    console: str

    def login_page(self) -> str:
        """Where the console sends a browser to."""
        return self.client.get(f"{self.console}/signin/wecom").headers["location"]

    def choose(self, userid: str) -> str:
        """Pick a member on the platform's page; where that leads."""
        return self.client.get(f"{self.login_page()}&userid={userid}").headers["location"]


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    for world in new_world(tmp_path):
        with _site(world, tmp_path) as made:
            yield made


@contextmanager
def _site(world: World, folder: Path) -> Iterator[Site]:
    port = free_port()
    with SandboxServer.running() as sandbox:
        sandbox.world.identity.domains = frozenset({f"127.0.0.1:{port}"})
        account = Account(
            corp_id=ENV["CHENGYAO_WECOM_CORP_ID"], agent_id=AGENT, secret=ENV["CHENGYAO_WECOM_SECRET"],
            token=ENV["CHENGYAO_WECOM_TOKEN"], aes_key=ENV["CHENGYAO_WECOM_AES_KEY"], api_base=sandbox.base_url,
        )  # fmt: skip
        gateway = cast(Gateway, _Gateway(world.desk.mailbox, (WeCom(account),)))
        app = Starlette(routes=[Route("/console/ticket", ticket_route(gateway), methods=["POST"])])
        bot_port = free_port()
        with serving(app, bot_port) as bot:
            known = parts_of(world, folder)
            settings = Settings(
                _env_file=None, var=folder, wecom_corp_id=account.corp_id, wecom_agent_id=AGENT, bot_port=bot_port,
                wecom_api_base=sandbox.base_url, console_port=port, bot_host="127.0.0.1",
            )  # fmt: skip
            parts = Parts(settings, known.db, known.desk, known.doors, known.brain)
            with serving(create_app(parts), port) as console, httpx.Client(trust_env=False) as client:
                yield Site(parts, world, bot, client, console)


def test_a_member_signs_in_with_wechat_work(site: Site) -> None:
    back = site.choose(ROLES["hr"])
    assert back.startswith(f"{site.console}/signin/wecom/return?code=")
    arrived = site.client.get(back)
    assert (arrived.status_code, arrived.headers["location"]) == (303, "/")
    assert "吴丽丽" in site.client.get(f"{site.console}/").text
    assert [row.detail for row in site.world.audited("console.signin")] == ['{"way": "wecom"}']


def test_a_code_works_once_and_only_in_the_browser_that_began(site: Site) -> None:
    back = site.choose(ROLES["hr"])
    with httpx.Client(trust_env=False) as stranger:
        assert stranger.get(back).status_code == 401
    assert site.client.get(back).status_code == 303
    assert site.client.get(back).status_code == 401
    state = parse_qs(urlsplit(site.choose(ROLES["hr"])).query)["state"][0]
    assert site.client.get(f"{site.console}/signin/wecom/return?code=made-up&state={state}").status_code == 401


def test_a_member_without_a_role_is_told_so(site: Site) -> None:
    answer = site.client.get(site.choose(ROLES["cadre"]))
    assert answer.status_code == 401 and "没有工作台的权限" in answer.text
    assert "chengyao_console" not in answer.cookies


def test_only_the_console_gets_tickets_from_bot(site: Site) -> None:
    code = parse_qs(urlsplit(site.choose(ROLES["hr"])).query)["code"][0]
    url = f"{site.bot}/console/ticket"
    forged = {"code": code, "nonce": "n", "proof": Tickets((OTHER_KEY,)).sign_call(code, "n")}
    assert site.client.post(url, json=forged).status_code == 403
    assert site.client.post(url, content=b"{").status_code == 400
    assert site.client.post(url, content=b"x" * 5000).status_code == 400
    good = forged | {"proof": Tickets((KEY,)).sign_call(code, "n")}
    answer = site.client.post(url, json=good)
    assert answer.status_code == 200
    assert Tickets((KEY,)).read(answer.text, "n", wall()).userid == ROLES["hr"]
    assert site.client.post(url, json=good).status_code == 502
