"""The trail, evidence and exports: who looked is written down, what leaves carries a reason and runs no formula."""

import csv
import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest

from console.exports import plain
from core.audit import audit
from core.cases.drafts import Received
from core.cases.rules import Type
from core.people import store as people
from tests.consoles import ROLES, parts_of, signed_in
from tests.unit.cases_world import CADRE, JPEG, ORGANIZATION, World, new_world
from tests.unit.test_console_people import settled


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    yield from new_world(tmp_path)


def with_evidence(world: World, org: str, name: str = "现场照片.jpg") -> tuple[str, Received]:
    drafts, person = world.desk.drafts, world.person(CADRE[org])
    with world.desk.work() as connection:
        world.draft(connection, org)
    received = drafts.receive(person, JPEG, name, "m1")
    with world.desk.work() as connection:
        draft = drafts.load(connection, person.userid, Type.TOLERANCE)
        assert draft
        drafts.attach(connection, draft, [received.id])
        return world.desk.submit(connection, person, draft).case.number, received


def test_evidence_opens_for_its_handlers_and_is_audited(world: World, tmp_path: Path) -> None:
    number, file = with_evidence(world, "azkj")
    parts = parts_of(world, tmp_path)
    web = signed_in(parts, ORGANIZATION["azkj"])
    page = web.get(f"/cases/{number}").text
    assert "现场照片.jpg" in page and file.sha256 in page
    shown = web.get(f"/cases/{number}/evidence/{file.id}")
    assert shown.content == JPEG and shown.headers["content-type"] == "image/jpeg"
    assert shown.headers["x-content-type-options"] == "nosniff"
    assert "attachment" in web.get(f"/cases/{number}/evidence/{file.id}?download=1").headers["content-disposition"]
    assert [row.subject for row in world.audited("case.evidence")] == [number, number]
    strange = signed_in(parts, ORGANIZATION["nq"])
    assert strange.get(f"/cases/{number}/evidence/{file.id}").status_code == 404


def test_a_dossier_needs_a_reason(world: World, tmp_path: Path) -> None:
    number, _ = with_evidence(world, "azkj")
    web = signed_in(parts_of(world, tmp_path), ORGANIZATION["azkj"])
    web.get(f"/cases/{number}")
    assert "理由" in web.post(f"/cases/{number}/dossier").text
    made = web.post(f"/cases/{number}/dossier", reason="集体研究用")
    assert made.content.startswith(b"%PDF"), made.text


def test_the_trail_is_searched_and_shows_one_organisation(world: World, tmp_path: Path) -> None:
    parts = parts_of(world, tmp_path)
    mine, other = world.file("azkj").case.number, world.file("nq").case.number
    signed_in(parts, ORGANIZATION["azkj"]).get(f"/cases/{mine}")
    signed_in(parts, ORGANIZATION["nq"]).get(f"/cases/{other}")
    web = signed_in(parts, ROLES["auditor"])
    everything = web.get("/audit").text
    assert mine in everything and other not in everything and "高霞" not in everything
    found = web.get(f"/audit?action=case.read&actor={ORGANIZATION['azkj']}&since=2026-11-20").text
    assert "查看办件" in found and mine in found and "提交申请</td>" not in found
    assert "没有符合条件" in web.get("/audit?actor=nobody").text
    assert web.get("/audit?since=yesterday").status_code == 409
    assert world.audited("audit.read")


def test_the_chain_is_checked_and_a_change_shows(world: World, tmp_path: Path) -> None:
    web = signed_in(parts_of(world, tmp_path), ROLES["auditor"])
    web.get("/audit")
    assert "审计链完整" in settled(web, web.post("/audit/verify")).text
    with world.db.write() as connection:
        connection.execute(audit.update().where(audit.c.seq == 2).values(actor="somebody"))
    web.get("/audit")
    assert "第 2 条与审计链不符" in settled(web, web.post("/audit/verify")).text


def test_exports_carry_reason_and_watermark_and_run_no_formula(world: World, tmp_path: Path) -> None:
    with world.db.write() as connection:
        people.put(connection, replace(world.person("azkj_chenlei"), post='=HYPERLINK("http://evil.example")'))
    web = signed_in(parts_of(world, tmp_path), ROLES["hr"])
    web.get("/export/roster")
    assert web.post("/export/roster", kind="csv").status_code == 409
    made = web.post("/export/roster", kind="csv", reason="年度核对花名册")
    rows = list(csv.reader(io.StringIO(made.content.decode("utf-8-sig"))))
    assert "吴丽丽（azkj_wulili）" in rows[0][0] and "年度核对花名册" in rows[0][0]
    assert "'=HYPERLINK" in made.text and all(not cell.startswith("=") for row in rows for cell in row)
    assert len(rows) == 2 + 12
    book = openpyxl.load_workbook(io.BytesIO(web.post("/export/roster", kind="xlsx", reason="年度核对花名册").content))
    cells = [cell for row in book.active.iter_rows() for cell in row]
    assert all(cell.data_type != "f" for cell in cells) and "年度核对花名册" in str(cells[0].value)
    assert [row.subject for row in world.audited("export")] == ["roster", "roster"]
    assert all("年度核对花名册" in row.detail for row in world.audited("export"))


def test_nothing_else_can_be_exported(world: World, tmp_path: Path) -> None:
    web = signed_in(parts_of(world, tmp_path), ROLES["hr"])
    for what in ("cases", "events", "conversations", "persons", "questions"):
        assert web.get(f"/export/{what}").status_code == 404


@pytest.mark.parametrize("value", ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1"])
def test_a_cell_never_starts_a_formula(value: str) -> None:
    assert plain(value) == "'" + value
    assert plain("正常") == "正常"
