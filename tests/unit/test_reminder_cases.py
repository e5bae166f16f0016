"""Deadlines of cases: correction, influence period, an answer that is waited for. No content is read."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from reminders_world import NOW, World, new_world
from test_reminder_rules import one, unit

from core.cases import store as cases
from core.errors import Refused


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """The documents and nobody."""
    yield from new_world(tmp_path)


def case(world: World, org: str, **values: Any) -> str:
    """A decided case of the cadre with the handler who took it."""
    handler = {"userid": f"{org}_h", "name": "钱七", "roles": "handler_discipline", "retires_on": "2040-01-31"}
    world.roster(*unit(org), handler)
    number = f"RC-2026-{len(org):06d}"
    row = {
        "number": number, "type": "tolerance", "status": "decided", "org": org, "unit": "教务处",
        "applicant": f"{org}_a", "filed_by": f"{org}_a", "office": "discipline", "handler": f"{org}_h",
        "draft": f"draft-{org}", "submitted_at": NOW, "changed_at": NOW, **values,
    }  # fmt: skip
    with world.db.write() as connection:
        cases.add_case(connection, row)
    return number


@pytest.mark.parametrize(
    ("org", "clause"), [("azkj", "第12条"), ("ldu", "三(三)"), ("sdju", "第十三条"), ("yn", "第12条"), ("nq", "第12条")]
)
def test_correction_due_reaches_cadre_and_handler(world: World, org: str, clause: str) -> None:
    number = case(world, org, correction="open", correction_due=dt.date(2026, 11, 27))
    world.run("2026-11-20T10:00")
    assert "期限是2026年11月27日" in one(world, f"{org}_a", "整改")
    text = one(world, f"{org}_h", "整改期限")
    assert text.endswith(clause) and number not in text and "陈一" not in text
    assert not [text for user in ("l", "hr", "s") for text in world.texts(f"{org}_{user}") if "整改" in text]


def test_the_leader_never_hears_of_a_correction(world: World) -> None:
    case(world, "azkj", correction="open", correction_due=dt.date(2026, 11, 27))
    for day in ("2026-11-20", "2026-11-30", "2026-12-07", "2026-12-21"):
        world.run(f"{day}T10:00")
    assert len([text for text in world.texts("azkj_a") if "整改" in text]) == 2  # and once more
    assert not [text for user in ("l", "hr", "s") for text in world.texts(f"azkj_{user}") if "整改" in text]


def test_a_correction_that_is_accepted_is_reminded_of_no_more(world: World) -> None:
    case(world, "azkj", correction="open", correction_due=dt.date(2026, 11, 27))
    world.at("2026-11-20T08:00").plan(dt.date(2026, 11, 20))
    with world.db.write() as connection:
        cases.update_case(connection, 1, correction="accepted")
    world.run("2026-11-20T10:00")
    assert not [text for text in world.texts("azkj_a") if "整改" in text]
    assert [row.reason for row in world.rows(rule="correction_due")] == ["changed"]


def test_a_new_deadline_replaces_the_old_one(world: World) -> None:
    case(world, "azkj", correction="open", correction_due=dt.date(2026, 11, 27))
    world.at("2026-11-20T08:00").plan(dt.date(2026, 11, 20))
    with world.db.write() as connection:
        cases.update_case(connection, 1, correction_due=dt.date(2026, 12, 10))
    world.run("2026-11-20T10:00")
    world.run("2026-12-03T10:00")
    assert "2026年12月10日" in one(world, "azkj_a", "整改")


def test_the_correction_is_settled_in_the_case_alone(world: World) -> None:
    case(world, "azkj", correction="open", correction_due=dt.date(2026, 11, 27))
    world.run("2026-11-20T10:00")
    (row,) = world.rows(rule="correction_due")
    reminders = world.at("2026-11-20T10:05")
    with world.db.write() as connection, pytest.raises(Refused, match="我的申请"):
        reminders.done(connection, row.id, world.person("azkj_a"))
    (pushed,) = [reply for reply in world.pushed("azkj_a") if "整改" in reply.text]
    assert "查看我的申请" in [button.title for button in pushed.buttons]


@pytest.mark.parametrize(("org", "clause"), [("ldu", "三(三)"), ("nq", "第12条")])
def test_the_end_of_an_influence_period_as_the_decision_says(world: World, org: str, clause: str) -> None:
    case(world, org, influence_until=dt.date(2026, 11, 26))
    world.run("2026-11-20T10:00")
    for userid in (f"{org}_a", f"{org}_hr"):
        assert one(world, userid, "影响期").endswith(clause) and "2026年11月26日" in one(world, userid, "影响期")


@pytest.mark.parametrize("org", ["azkj", "sdju", "yn"])
def test_no_influence_period_where_the_document_has_none(world: World, org: str) -> None:
    case(world, org, influence_until=dt.date(2026, 11, 26))
    world.run("2026-11-20T10:00")
    assert not world.rows(kind="influence_end")


@pytest.mark.parametrize(("kind", "clause"), [("tolerance", "第12条"), ("clarification", "第13条")])
def test_an_answer_that_is_waited_for(world: World, kind: str, clause: str) -> None:
    case(world, "azkj", type=kind, status="returned")
    world.run("2026-11-23T10:00")
    text = one(world, "azkj_a", "补充材料")
    assert "文件没有写补充的期限" in text and text.endswith(clause)
    assert not [text for text in world.texts("azkj_h") if "补充" in text]


def test_an_answer_that_came_is_waited_for_no_more(world: World) -> None:
    case(world, "azkj", status="returned")
    world.at("2026-11-20T08:00").plan(dt.date(2026, 11, 20))
    with world.db.write() as connection:
        cases.update_case(connection, 1, status="accepted")
    world.run("2026-11-23T10:00")
    assert not [text for text in world.texts("azkj_a") if "补充" in text]
