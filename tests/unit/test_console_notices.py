"""Notices in the console: composed, counted, handed in, steered; never beyond one's own organisation."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.notices.expansion import Expansion
from core.notices.service import Notices
from tests.consoles import ROLES, Web, parts_of, signed_in
from tests.unit.cases_world import World, new_world

FORM = {"title": "年度体检安排", "text": "请按时参加。", "asks": "confirm"}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    yield from new_world(tmp_path)


def write(web: Web, **more: str) -> str:
    web.get("/notices/new")
    response = web.post("/notices/new", **(FORM | more))
    assert response.status_code == 303, response.text
    return str(response.headers["location"].partition("?")[0])


def test_a_notice_is_composed_counted_and_handed_in(world: World, tmp_path: Path) -> None:
    web = signed_in(parts_of(world, tmp_path), ROLES["hr"])
    path = write(web, whole="yes", **{"except": "azkj_chenlei"})
    page = web.get(path).text
    reach = re.search(r'data-testid="reach">(\d+)<', page)
    assert reach and int(reach[1]) == 11
    assert "年度体检安排" in page and "收到" in page
    assert "请先确认" in web.post(f"{path}/submit").text
    assert "已经过了" in web.post(f"{path}/submit", tick="yes", at="2026-11-01T09:00").text
    assert web.post(f"{path}/submit", tick="yes").status_code == 303
    Expansion(Notices(world.desk.mailbox, world.desk.orgs)).run()
    page = web.get(path).text
    assert "<b>11</b>人" in page and "发送中" in page
    assert "陈磊" not in web.get(f"{path}/receipts").text
    assert web.post(f"{path}/steer", step="pause").status_code == 303
    assert "已暂停" in web.get(path).text
    assert web.post(f"{path}/steer", step="recall").status_code == 409
    assert web.post(f"{path}/steer", step="recall", sure="yes").status_code == 303
    assert "已撤回" in web.get(path).text


def test_a_test_goes_to_oneself_alone(world: World, tmp_path: Path) -> None:
    web = signed_in(parts_of(world, tmp_path), ROLES["hr"])
    path = write(web, whole="yes")
    web.get(path)
    assert web.post(f"{path}/test").status_code == 303
    assert world.cards(ROLES["hr"]) == ["（测试，只发给您）\n【年度体检安排】\n请按时参加。"]
    assert world.cards("azkj_chenlei") == []


def test_what_cannot_be_sent_is_said_and_kept_in_the_form(world: World, tmp_path: Path) -> None:
    web = signed_in(parts_of(world, tmp_path), ROLES["hr"])
    web.get("/notices/new")
    response = web.post("/notices/new", **FORM)
    assert response.status_code == 409 and "没有写发送范围" in response.text and "年度体检安排" in response.text
    response = web.post("/notices/new", **(FORM | {"text": "秘密★一年", "whole": "yes"}))
    assert response.status_code == 409 and "密级" in response.text
    path = write(web, users="nobody_here")
    assert "没有符合的人" in web.get(path).text


def test_nobody_beyond_ones_own_organisation_is_reached_or_seen(world: World, tmp_path: Path) -> None:
    parts = parts_of(world, tmp_path)
    web = signed_in(parts, ROLES["hr"])
    path = write(web, users="nq_liuyang azkj_chenlei")
    assert "没有符合的人：user:nq_liuyang" in web.get(path).text
    other = signed_in(parts, "nq_yanbo")
    assert other.get(path).status_code == 404
    assert other.post(f"{path}/submit", tick="yes").status_code == 404
    assert other.get("/export/receipts").status_code == 200
    assert other.post("/export/receipts", notice=path.rsplit("/", 1)[1], reason="核对回执").status_code == 404
    assert signed_in(parts, ROLES["admin"]).get(path).status_code == 404  # a draft in the writing is its author's


def test_script_tags_are_shown_as_text(world: World, tmp_path: Path) -> None:
    web = signed_in(parts_of(world, tmp_path), ROLES["hr"])
    script = "<script>alert(1)</script>"
    path = write(web, title=script, text=script + "</textarea>", whole="yes")
    for page in (path, f"{path}/edit", "/notices"):
        assert script not in web.get(page).text
        assert "&lt;script&gt;" in web.get(page).text


def test_an_auditor_follows_and_changes_nothing(world: World, tmp_path: Path) -> None:
    parts = parts_of(world, tmp_path)
    web = signed_in(parts, ROLES["hr"])
    path = write(web, whole="yes")
    web.get(path)
    web.post(f"{path}/submit", tick="yes")
    auditor = signed_in(parts, ROLES["auditor"])
    page = auditor.get(path)
    assert page.status_code == 200 and "撤回" not in page.text
    assert auditor.post(f"{path}/steer", step="pause").status_code == 403
    assert "notice.submit" in auditor.get("/audit").text


def test_a_large_notice_waits_for_a_second_person(world: World, tmp_path: Path) -> None:
    org = world.desk.orgs["azkj"]
    parts = parts_of(world, tmp_path)
    web, other = signed_in(parts, ROLES["hr"]), signed_in(parts, ROLES["admin"])
    before = dict(org.settings)
    org.settings["notice_approval_size"] = 5
    try:
        path = write(web, whole="yes")
        web.get(path)
        assert web.post(f"{path}/submit", tick="yes").status_code == 303
        assert "审核" in web.get(path).text
        assert web.post(f"{path}/review", verdict="approve").status_code == 409
        assert 'name="verdict"' in other.get(path).text
        assert other.post(f"{path}/review", verdict="reject").status_code == 303
        assert web.post(f"{path}/submit", tick="yes").status_code == 303
        other.get(path)
        assert other.post(f"{path}/review", verdict="approve").status_code == 303
        Expansion(Notices(world.desk.mailbox, world.desk.orgs)).run()
        assert "发送中" in web.get(path).text
        assert [row.actor for row in world.audited("notice.approve")] == [ROLES["admin"]]
    finally:
        org.settings.clear()
        org.settings.update(before)
