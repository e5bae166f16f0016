"""The console's case pages: a handler takes a case from submitted to closed, nobody overwrites anybody."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.cases.rules import Status, Type
from core.cases.service import Desk
from tests.consoles import Web, parts_of, signed_in
from tests.unit.cases_world import CADRE, DISCIPLINE, ORGANIZATION, World, new_world


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    yield from new_world(tmp_path)


def seen(web: Web, number: str) -> str:
    page = web.get(f"/cases/{number}")
    assert page.status_code == 200, page.text
    found = re.search(r'name="seen" value="([^"]+@[^"]+)"', page.text)
    assert found
    return found[1]


def test_a_case_goes_from_submitted_to_closed(world: World, tmp_path: Path) -> None:
    number = world.file("azkj").case.number
    parts = parts_of(world, tmp_path)
    first, second = signed_in(parts, ORGANIZATION["azkj"]), signed_in(parts, DISCIPLINE["azkj"])
    assert number in first.get("/cases").text

    def move(web: Web, name: str, **details: str) -> None:
        response = web.post(f"/cases/{number}/move", seen=seen(web, number), move=name, **details)
        assert response.status_code == 303, response.text

    move(first, "accept")
    move(first, "investigate")
    move(first, "deliberate")
    move(
        first, "enter_decision", outcome="免责", body="院党委会议", date="2026-11-10", reference="〔2026〕7号",
        reason="经集体研究", clause="第12条", correction_reason="程序瑕疵", correction_demand="补齐备案",
        correction_due="2026-12-20",
    )  # fmt: skip
    mine = first.get(f"/cases/{number}").text
    assert "需要另一名授权人员" in mine and "confirm_decision" not in mine
    move(second, "confirm_decision")
    move(first, "tell", told_on="2026-11-18", told_by="周静")
    with world.desk.work() as connection:
        world.desk.move(connection, number, "report_correction", world.person(CADRE["azkj"]), text="已补齐")
    move(first, "accept_correction")
    assert first.post(f"/cases/{number}/move", seen=seen(first, number), move="close").status_code == 409
    move(first, "close", sure="yes")
    assert "已办结" in first.get(f"/cases/{number}").text


def test_a_stale_form_changes_nothing_and_says_so(world: World, tmp_path: Path) -> None:
    number = world.file("azkj").case.number
    parts = parts_of(world, tmp_path)
    web = signed_in(parts, ORGANIZATION["azkj"])
    old = seen(web, number)
    world.move(number, "accept", DISCIPLINE["azkj"])
    response = web.post(f"/cases/{number}/move", seen=old, move="not_accept", reason="重复提交", sure="yes")
    assert response.status_code == 409
    assert "有了变化" in response.text and "重复提交" not in response.text.split("<aside>")[0]
    assert world.move(number, "investigate", DISCIPLINE["azkj"]).status == Status.INVESTIGATING


def test_another_organisations_case_is_not_there_and_the_try_is_audited(world: World, tmp_path: Path) -> None:
    number = world.file("nq").case.number
    web = signed_in(parts_of(world, tmp_path), ORGANIZATION["azkj"])
    strange = web.get(f"/cases/{number}")
    missing = web.get("/cases/RC-2026-999999")
    assert (strange.status_code, missing.status_code) == (404, 404)
    assert strange.text.replace(number, "") == missing.text.replace("RC-2026-999999", "")
    assert {row.subject for row in world.audited("case.not_found")} == {number, "RC-2026-999999"}
    assert web.post(f"/cases/{number}/move", seen="", move="accept").status_code == 404
    assert web.get(f"/cases/{number}/evidence/1").status_code == 404


def test_words_of_a_case_are_shown_as_text(world: World, tmp_path: Path) -> None:
    script = "<script>alert(1)</script>"
    fields = {"matter": script, "unit": script, "description": f'"{script}', "motive": script}
    number = world.file("azkj", Type.TOLERANCE, **fields).case.number
    web = signed_in(parts_of(world, tmp_path), ORGANIZATION["azkj"])
    page = web.get(f"/cases/{number}").text
    assert "&lt;script&gt;alert(1)" in page and script not in page
    web.post(f"/cases/{number}/sheet", seen="", **{"on:motive": f"</textarea>{script}"})
    assert script not in web.get(f"/cases/{number}").text


def test_the_analysis_sheet_is_kept_and_not_overwritten(world: World, tmp_path: Path) -> None:
    number = world.file("azkj").case.number
    parts = parts_of(world, tmp_path)
    first, second = signed_in(parts, ORGANIZATION["azkj"]), signed_in(parts, DISCIPLINE["azkj"])
    for web in (first, second):
        web.get(f"/cases/{number}")
    done = first.post(
        f"/cases/{number}/sheet", seen="", **{"on:motive": "出于公心", "on:11:conditions:1": "有会议纪要"}
    )
    assert done.status_code == 303
    late = second.post(f"/cases/{number}/sheet", seen="", **{"on:motive": "另一种写法"})
    assert late.status_code == 409 and "有了变化" in late.text
    page = first.get(f"/cases/{number}").text
    assert "出于公心" in page and "有会议纪要" in page and "法律、法规、制度没有明确规定" in page


def test_exclusion_is_proposed_and_settled(world: World, tmp_path: Path) -> None:
    number = world.file("azkj").case.number
    parts = parts_of(world, tmp_path)
    declares, head = signed_in(parts, ORGANIZATION["azkj"]), signed_in(parts, DISCIPLINE["azkj"])
    form = {"move": "exclude", "person": ORGANIZATION["azkj"], "reason": "与本人有亲属关系"}
    assert declares.post(f"/cases/{number}/move", seen=seen(declares, number), **form).status_code == 303
    assert declares.get(f"/cases/{number}").status_code == 409
    assert number not in declares.get("/cases").text
    assert "与本人有亲属关系" in head.get(f"/cases/{number}").text
    form = {"move": "deny_exclusion", "person": ORGANIZATION["azkj"], "reason": "已核实不存在", "sure": "yes"}
    assert head.post(f"/cases/{number}/move", seen=seen(head, number), **form).status_code == 303
    assert declares.get(f"/cases/{number}").status_code == 200


def test_nothing_about_a_decision_is_proposed(world: World, tmp_path: Path) -> None:
    number = world.file("azkj").case.number
    web = signed_in(parts_of(world, tmp_path), ORGANIZATION["azkj"])
    for name in ("accept", "investigate", "deliberate"):
        world.move(number, name, ORGANIZATION["azkj"])
    page = web.get(f"/cases/{number}").text
    assert not re.search("建议(免责|从轻|减轻|不予)|预测|推荐|得分|概率", page)
    assert '<option value="">请选择</option>' in page
    assert isinstance(parts_of(world, tmp_path).desk, Desk)
