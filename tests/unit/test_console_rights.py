"""Every page and every role against the one table; a 200 where a 403 belongs fails."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from console.app import PAGES
from console.visit import GET
from core.people.access import ROLE_RIGHTS, Right, rights_of
from core.people.rules import ROLES as KNOWN
from tests.consoles import ROLES, Web, parts_of, signed_in
from tests.unit.cases_world import World, new_world

NEEDS_SIGN_IN = [page for page in PAGES if page.right is not None]
# What the table says, written out once more: a change of a right must be made on purpose, in both places.
SEEN = {
    "handler_discipline": {"/", "/cases"},
    "handler_organization": {"/", "/cases"},
    "hr": {"/", "/people", "/reminders", "/notices", "/knowledge"},
    "auditor": {"/", "/reminders", "/notices", "/audit"},
    "admin": {"/", "/people", "/notices", "/knowledge"},
}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    yield from new_world(tmp_path)


def address(path: str) -> str:
    return re.sub(r"\{[^}]+\}", "1", path)


def test_every_role_of_the_roster_is_in_the_table() -> None:
    assert set(ROLE_RIGHTS) == set(KNOWN)
    assert rights_of(["cadre", "nobody"]) == frozenset()
    assert {right for rights in ROLE_RIGHTS.values() for right in rights} == set(Right)


@pytest.mark.parametrize("role", sorted(SEEN))
def test_every_page_answers_every_role_as_the_table_says(world: World, tmp_path: Path, role: str) -> None:
    web = signed_in(parts_of(world, tmp_path), ROLES[role])
    allowed = set(ROLE_RIGHTS[role])
    for page in NEEDS_SIGN_IN:
        if page.path == "/signout":
            continue
        if page.method == GET:
            status = web.once(address(page.path)).status_code
        else:
            status = web.post(address(page.path)).status_code
        refused = page.right not in allowed
        assert (status == 403) == refused, f"{role} {page.method} {page.path}: {status}"
        assert status < 500, f"{role} {page.method} {page.path}: {status}"
    forbidden = {row.actor for row in world.audited("console.forbidden")}
    assert forbidden == {ROLES[role]}


@pytest.mark.parametrize("role", sorted(SEEN))
def test_the_menu_shows_what_opens(world: World, tmp_path: Path, role: str) -> None:
    web = signed_in(parts_of(world, tmp_path), ROLES[role])
    shown = set(re.findall(r'<a href="(/[a-z]*)"', web.get("/").text.split("<nav")[1].split("</nav>")[0]))
    assert shown == SEEN[role]
    assert all(web.get(path).status_code == 200 for path in shown)


def test_nobody_sees_a_page_without_signing_in(world: World, tmp_path: Path) -> None:
    parts = parts_of(world, tmp_path)
    for page in NEEDS_SIGN_IN:
        web = Web(parts)
        web.get("/signin")
        if page.method == GET:
            response = web.once(address(page.path))
            assert (response.status_code, response.headers["location"][:7]) == (303, "/signin")
        else:
            assert web.post(address(page.path)).status_code == 401


def test_every_form_needs_its_token(world: World, tmp_path: Path) -> None:
    parts = parts_of(world, tmp_path)
    web = signed_in(parts, ROLES["hr"])
    other = signed_in(parts, ROLES["auditor"])
    for page in PAGES:
        if page.method == GET or (page.right and page.right not in ROLE_RIGHTS["hr"]):
            continue
        path = address(page.path)
        assert web.raw("POST", path, data={}).status_code == 403, path
        assert web.raw("POST", path, data={"csrf": other.csrf}).status_code == 403, path
        stolen = web.raw("POST", path, data={"csrf": web.csrf}, headers={"origin": "https://evil.example"})
        assert stolen.status_code == 403, path
    assert world.audited("console.forged")
