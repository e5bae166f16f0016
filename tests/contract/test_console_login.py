"""What the console has from the platform by way of bot: web login and directory, against the sandbox."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
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
from bot.console_directory import directory_route
from bot.console_login import ticket_route
from console.app import create_app
from console.parts import Parts
from core.clock import wall
from core.console.tickets import Tickets
from core.settings import Settings
from core.testing import KEY, OTHER_KEY
from sandbox.roster import Member
from sandbox.testing import ENV, SandboxServer, free_port, serving
from tests.consoles import ROLES, parts_of, signed_in
from tests.unit.cases_world import World, new_world
from tests.unit.test_console_people import settled

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
    sandbox: SandboxServer

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
        app = Starlette(
            routes=[
                Route("/console/ticket", ticket_route(gateway), methods=["POST"]),
                Route("/console/directory", directory_route(gateway), methods=["POST"]),
            ]
        )
        bot_port = free_port()
        with serving(app, bot_port) as bot:
            known = parts_of(world, folder)
            settings = Settings(
                _env_file=None, var=folder, wecom_corp_id=account.corp_id, wecom_agent_id=AGENT, bot_port=bot_port,
                wecom_api_base=sandbox.base_url, console_port=port, bot_host="127.0.0.1",
            )  # fmt: skip
            parts = Parts(settings, known.db, known.desk, known.doors, known.brain)
            with serving(create_app(parts), port) as console, httpx.Client(trust_env=False) as client:
                yield Site(parts, world, bot, client, console, sandbox)


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


def look(site: Site) -> str:
    """Read the directory as HR; the page of what would change, or why it could not be read."""
    web = signed_in(site.parts, ROLES["hr"])
    web.get("/people/import")
    ended = settled(web, web.post("/people/directory"))
    back = re.search(r'href="(/people/import/[0-9a-f]+)"', ended.text)
    return web.get(back[1]).text if back else ended.text


def test_the_directory_is_looked_at_before_anything_is_written(site: Site) -> None:
    directory = site.sandbox.world.directory
    directory.add(Member("azkj_new", "新来的人", "azkj", "教务处", post="科员"))
    moved = directory.member("azkj_chenlei")
    assert moved is not None
    directory.add(replace(moved, department="教务处", sent=[]))
    gone = directory.member("azkj_sunhaibo")
    assert gone is not None
    gone.in_range = False
    page = look(site)
    assert "企业微信通讯录" in page and "还没有写入" in page
    assert ">1</b>新增" in page and "新来的人" in page and "nq_" not in page
    assert "汽车工程系 → 教务处" in page and "孙海波" in page
    assert site.world.person("azkj_chenlei").department == "汽车工程系"
    web = signed_in(site.parts, ROLES["hr"])
    web.get("/people/import")
    ended = settled(web, web.post("/people/directory"))
    back = re.search(r'href="(/people/import/[0-9a-f]+)"', ended.text)
    assert back
    before = site.world.person("azkj_chenlei")
    web.get(back[1])
    settled(web, web.post(back[1]))
    after = site.world.person("azkj_chenlei")
    assert after == replace(before, department="教务处")
    assert site.world.person("azkj_new").roles == ("cadre",)


def test_only_the_console_reads_the_directory(site: Site) -> None:
    url = f"{site.bot}/console/directory"
    now = wall().timestamp()
    for key, at, status in ((OTHER_KEY, now, 403), (KEY, now - 3600, 403), (KEY, now, 200)):
        call = {"nonce": "n", "at": at, "proof": Tickets((key,)).sign_directory("n", at)}
        answer = site.client.post(url, json=call)
        assert answer.status_code == status
    assert "陈磊".encode() not in answer.content
    assert len(site.world.desk.mailbox.cipher.open_json(answer.content, "console directory")["members"]) > 20
    assert site.client.post(url, content=b"{").status_code == 400
    assert site.client.post(url, content=b"x" * 5000).status_code == 400


def test_a_directory_that_cannot_be_read_is_said_in_words(site: Site) -> None:
    parts = replace(site.parts, settings=site.parts.settings.model_copy(update={"bot_port": free_port()}))
    assert "暂时读不到" in look(replace(site, parts=parts))
