"""Importing a roster: looked at first, bad rows by line, nobody else's people, no role by the back door."""

import io
import re
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import openpyxl
import pytest

from core.people import links
from tests.consoles import ROLES, Web, parts_of, signed_in
from tests.unit.cases_world import World, new_world

HEAD = "userid,name,department,post"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    yield from new_world(tmp_path)


def settled(web: Web, response: httpx.Response) -> httpx.Response:
    """Follow a long action to its end."""
    assert response.status_code == 303, response.text
    path = response.headers["location"]
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        page = web.get(path)
        if "data-refresh" not in page.text:
            return page
        time.sleep(0.05)
    raise AssertionError("the action did not end")


def look(web: Web, name: str, data: bytes) -> httpx.Response:
    """Hand a file in; the page with what it would change, or why it was not read."""
    web.get("/people/import")
    ended = settled(web, web.post("/people/import", files={"file": (name, data)}))
    back = re.search(r'href="(/people/import[^"]*)"', ended.text)
    assert back
    return ended if back[1] == "/people/import" else web.get(back[1])


def csv(*rows: str) -> bytes:
    return "\n".join((HEAD, *rows)).encode("utf-8-sig")


def test_500_people_are_looked_at_then_written(world: World, tmp_path: Path) -> None:
    web = signed_in(parts_of(world, tmp_path), ROLES["hr"])
    rows = [f"azkj_new{number},新人{number},教务处,科员" for number in range(500)]
    page = look(web, "roster.csv", csv(*rows, "azkj_chenlei,陈磊,教务处,副主任", "坏 的,某人,,", "azkj_new1,重复,,"))
    assert ">500</b>新增" in page.text and ">1</b>变更" in page.text and ">2</b>行有问题" in page.text
    assert "汽车工程系 → 教务处" in page.text and "账号重复" in page.text and "还没有写入" in page.text
    assert world.person("azkj_chenlei").department == "汽车工程系"
    ended = settled(web, web.post(re.sub(".*(/people/import/[0-9a-f]+).*", r"\1", str(page.url))))
    assert "已写入 501 人" in ended.text and "第 503 行" in ended.text
    assert world.person("azkj_new499").name == "新人499"
    assert world.person("azkj_chenlei").department == "教务处"
    assert [row.actor for row in world.audited("roster.import")][-1] == ROLES["hr"]
    again = look(web, "roster.csv", csv(*rows[:1]))
    assert ">0</b>新增" in again.text and ">1</b>没有变化" in again.text


def test_people_of_others_and_roles_are_not_taken(world: World, tmp_path: Path) -> None:
    web = signed_in(parts_of(world, tmp_path), ROLES["hr"])
    data = "userid,name,org,roles\nnq_liuyang,刘洋,azkj,cadre\nazkj_x,某,nq,cadre\nazkj_y,某,azkj,auditor\n"
    page = look(web, "roster.csv", data.encode())
    assert page.text.count("只能导入本单位的人员") == 2
    assert "角色只能由管理员修改" in page.text
    admin = signed_in(parts_of(world, tmp_path), ROLES["admin"])
    assert ">1</b>新增" in look(admin, "roster.csv", data.encode()).text


def test_who_is_not_named_leaves_only_when_asked(world: World, tmp_path: Path) -> None:
    web = signed_in(parts_of(world, tmp_path), ROLES["admin"])
    page = look(web, "roster.csv", csv("azkj_xutao,许涛,信息中心,系统管理员"))
    key = str(page.url)
    assert "名单里没有的在岗人员" in page.text
    settled(web, web.post(re.sub("http://test", "", key), leave="yes"))
    assert world.person("azkj_chenlei").status == "left"
    assert world.person("nq_liuyang").status == "active"


def test_unreadable_tables_are_refused_in_words(world: World, tmp_path: Path) -> None:
    web = signed_in(parts_of(world, tmp_path), ROLES["hr"])
    assert "打不开表格" in look(web, "roster.xlsx", b"PK\x03\x04 not a book").text
    assert "userid" in look(web, "roster.csv", b"a,b\n1,2\n").text
    web.get("/people/import")
    assert web.post("/people/import", files={"file": ("roster.exe", b"MZ")}).status_code == 409
    assert web.post("/people/import").status_code == 409


def test_formulas_in_a_spreadsheet_are_not_run(world: World, tmp_path: Path) -> None:
    web = signed_in(parts_of(world, tmp_path), ROLES["hr"])
    book = openpyxl.Workbook()
    book.active.append(HEAD.split(","))
    book.active.append(["azkj_f", '=HYPERLINK("http://evil.example")', "教务处", "科员"])
    book.active.append(["azkj_g", "正常", "教务处", "=1+1"])
    data = io.BytesIO()
    book.save(data)
    page = look(web, "roster.xlsx", data.getvalue())
    assert "缺少：name" in page.text and "evil.example" not in page.text and ">1</b>新增" in page.text


def test_somebody_elses_preview_is_not_there(world: World, tmp_path: Path) -> None:
    parts = parts_of(world, tmp_path)
    page = look(signed_in(parts, ROLES["hr"]), "roster.csv", csv("azkj_a,甲,教务处,"))
    path = str(page.url).removeprefix("http://test")
    assert signed_in(parts, ROLES["admin"]).get(path).status_code == 404


def test_a_person_of_another_organisation_is_not_there(world: World, tmp_path: Path) -> None:
    web = signed_in(parts_of(world, tmp_path), ROLES["admin"])
    assert web.get("/people/nq_liuyang").status_code == 404
    assert web.post("/people/nq_liuyang/invite").status_code == 404
    assert {row.subject for row in world.audited("console.not_found")} == {
        "/people/nq_liuyang", "/people/nq_liuyang/invite",
    }  # fmt: skip
    assert "刘洋" not in web.get("/people?words=nq").text


def test_an_administrator_hands_out_a_link(world: World, tmp_path: Path) -> None:
    parts = parts_of(world, tmp_path)
    web = signed_in(parts, ROLES["admin"])
    web.get(f"/people/{ROLES['auditor']}")
    page = web.post(f"/people/{ROLES['auditor']}/invite")
    link = re.search(r'data-testid="link">http://[^/]+(/invite/[^<]+)<', page.text)
    assert link
    assert "郑昊" in Web(parts).get(link[1]).text


def test_a_code_for_the_channel_outside_is_shown_once_and_only_when_it_is_on(world: World, tmp_path: Path) -> None:
    web = signed_in(parts_of(world, tmp_path), ROLES["hr"])
    assert "Telegram" not in web.get("/people/azkj_chenlei").text
    assert web.post("/people/azkj_chenlei/code").status_code == 409
    with world.db.write() as connection:
        links.set_open(connection, "telegram", True)
    assert "生成绑定码" in web.get("/people/azkj_chenlei").text
    code = re.search(r'data-testid="code">([0-9A-Z-]+)<', web.post("/people/azkj_chenlei/code").text)
    assert code and links.looks_like_code(code[1])
    assert code[1] not in web.get("/people/azkj_chenlei").text
    assert [row.actor for row in world.audited("account.code")] == [ROLES["hr"]]
    with world.db.write() as connection:
        redeemed = links.redeem(connection, world.desk.mailbox.cipher, "telegram", "123", code[1])
    assert redeemed.person and redeemed.person.userid == "azkj_chenlei"
    assert web.post("/people/nq_liuyang/code").status_code == 404
