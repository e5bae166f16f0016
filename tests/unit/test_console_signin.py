"""Sign-in to the console: links that work once, passwords that lock, sessions that end, tickets from bot."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from core.clock import wall
from core.console import service
from core.console.tickets import Tickets
from core.errors import NotFound, Refused
from core.people import store as people
from core.testing import KEY, OTHER_KEY, Wall
from tests.consoles import PASSWORD, ROLES, Web, parts_of, signed_in
from tests.unit.cases_world import World, new_world


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    yield from new_world(tmp_path)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Wall:
    moved = Wall(wall())
    monkeypatch.setattr(service, "wall", moved)
    return moved


def test_a_link_sets_a_password_once(world: World, tmp_path: Path) -> None:
    parts = parts_of(world, tmp_path)
    token = parts.doors.invite(ROLES["hr"], "test")
    web = Web(parts)
    assert "吴丽丽" in web.get(f"/invite/{token}").text
    assert "不一样" in web.post(f"/invite/{token}", password=PASSWORD, again="another one").text
    assert "至少要有 12" in web.post(f"/invite/{token}", password="short", again="short").text
    assert web.post(f"/invite/{token}", password=PASSWORD, again=PASSWORD).status_code == 303
    assert "吴丽丽" in web.get("/").text
    late = Web(parts).get(f"/invite/{token}")
    assert late.status_code == 409 and "已经用过" in late.text
    with world.db.read() as connection:
        stored = connection.exec_driver_sql("select hash from console_passwords").scalar_one()
    assert stored.startswith("$argon2id$")


def test_a_link_ends_after_a_day_and_needs_a_role(world: World, tmp_path: Path, clock: Wall) -> None:
    doors = parts_of(world, tmp_path).doors
    token = doors.invite(ROLES["hr"], "test")
    clock.forward(24 * 3600 + 1)
    with pytest.raises(Refused):
        doors.invited(token)
    with pytest.raises(Refused):
        doors.invite(ROLES["cadre"], "test")
    with pytest.raises(NotFound):
        doors.invite("nobody", "test")


def test_five_wrong_passwords_lock_and_nobody_learns_who_exists(world: World, tmp_path: Path, clock: Wall) -> None:
    parts = parts_of(world, tmp_path)
    signed_in(parts, ROLES["hr"])
    web = Web(parts)
    web.get("/signin")
    unknown = web.post("/signin", userid="nobody", password="x").text
    tries = [web.post("/signin", userid=ROLES["hr"], password="x").text for _ in range(6)]
    assert {text.replace(ROLES["hr"], "nobody") for text in tries} == {unknown}
    assert "账号或密码不对" in unknown
    assert web.post("/signin", userid=ROLES["hr"], password=PASSWORD).status_code == 401
    assert "locked" in world.audited("console.refused")[-1].detail
    clock.forward(15 * 60 + 1)
    assert web.post("/signin", userid=ROLES["hr"], password=PASSWORD).status_code == 303


def test_a_session_ends_after_half_an_hour_without_a_page(world: World, tmp_path: Path, clock: Wall) -> None:
    web = signed_in(parts_of(world, tmp_path), ROLES["hr"])
    for _ in range(3):
        clock.forward(25 * 60)
        assert web.once("/").status_code == 200
    clock.forward(30 * 60 + 1)
    assert web.once("/").headers["location"].startswith("/signin")


def test_a_session_ends_with_the_role_the_person_and_the_day(world: World, tmp_path: Path, clock: Wall) -> None:
    parts = parts_of(world, tmp_path)
    web = signed_in(parts, ROLES["hr"])
    person = world.person(ROLES["hr"])
    for changed in (replace(person, roles=("cadre",)), replace(person, status="left")):
        with world.db.write() as connection:
            people.put(connection, changed)
        assert web.once("/").status_code == 303
    with world.db.write() as connection:
        people.put(connection, person)
    for _ in range(30):
        clock.forward(25 * 60)
        web.once("/")
    assert web.once("/").status_code == 303


def test_signing_out_ends_the_session_at_the_server(world: World, tmp_path: Path) -> None:
    web = signed_in(parts_of(world, tmp_path), ROLES["hr"])
    kept = dict(web.cookies)
    assert web.post("/signout").status_code == 303
    web.cookies = kept
    assert web.once("/").status_code == 303


def test_after_signing_in_only_our_own_pages_follow(world: World, tmp_path: Path) -> None:
    parts = parts_of(world, tmp_path)
    signed_in(parts, ROLES["hr"])
    for asked, onward in (
        ("/people", "/people"),
        ("//evil.example", "/"),
        ("https://evil.example", "/"),
        ("/\\e", "/"),
    ):
        web = Web(parts)
        web.get("/signin")
        response = web.post("/signin", userid=ROLES["hr"], password=PASSWORD, next=asked)
        assert response.headers["location"] == onward


def test_a_ticket_holds_for_one_browser_one_minute_and_one_use(world: World, tmp_path: Path) -> None:
    doors, now = parts_of(world, tmp_path).doors, wall()
    good = doors.tickets.issue(ROLES["hr"], "state", now)
    with pytest.raises(Refused):
        doors.sign_in_by_ticket(good, "another browser")
    with pytest.raises(Refused):
        doors.sign_in_by_ticket(Tickets((OTHER_KEY,)).issue(ROLES["hr"], "state", now), "state")
    with pytest.raises(Refused):
        doors.sign_in_by_ticket(doors.tickets.issue(ROLES["hr"], "state", now - dt.timedelta(seconds=61)), "state")
    with pytest.raises(Refused):
        doors.sign_in_by_ticket(good[:-1] + ("0" if good[-1] != "0" else "1"), "state")
    assert doors.visitor(doors.sign_in_by_ticket(good, "state"))
    with pytest.raises(Refused):
        doors.sign_in_by_ticket(good, "state")
    with pytest.raises(Refused):
        doors.sign_in_by_ticket(doors.tickets.issue(ROLES["cadre"], "state", now), "state")
    assert Tickets((OTHER_KEY, KEY)).is_call("code", "n", Tickets((KEY,)).sign_call("code", "n"))


def test_headers_keep_scripts_frames_and_caches_out(world: World, tmp_path: Path) -> None:
    response = Web(parts_of(world, tmp_path)).get("/signin")
    policy = response.headers["content-security-policy"]
    assert "script-src 'self'" in policy and "unsafe" not in policy
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["x-content-type-options"] == "nosniff"


def test_a_form_of_more_than_30_mb_is_refused(world: World, tmp_path: Path) -> None:
    web = Web(parts_of(world, tmp_path))
    web.get("/signin")
    response = web.post("/signin", files={"file": ("a.xlsx", b"0" * (31 << 20))}, userid="x", password="y")
    assert response.status_code == 413 and "30 MB" in response.text
