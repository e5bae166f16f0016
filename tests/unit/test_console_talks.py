"""Requests for a talk in the console go the way the chat goes: both sides are told, nothing is fixed by one alone."""

import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.cases.rules import FieldValue, Type
from core.talks.service import Talks
from tests.consoles import Web, parts_of, signed_in
from tests.unit.cases_world import CADRE, NOW, ORGANIZATION, World, new_world

CADRE_ID = CADRE["azkj"]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    yield from new_world(tmp_path)


def ask(world: World, wish: str = "2026-11-24") -> str:
    """A request for a talk on a day, with the office."""
    values = {"topic": "工作安排", "talk_with": "组织人事处", "preferred_time": wish}
    fields = {name: FieldValue(value, value) for name, value in values.items()}
    with world.desk.work() as connection:
        person = world.person(CADRE_ID)
        draft = world.desk.drafts.save(connection, person, Type.TALK, fields, {"open": "topic"})
        return world.desk.submit(connection, person, draft).case.number


def act(web: Web, number: str, **form: str) -> str:
    """One step from the page as it is now; the refusal's page, or nothing."""
    page = web.get(f"/cases/{number}").text
    seen = re.search(r'name="seen" value="([^"]+@[^"]+)"', page)
    response = web.post(f"/cases/{number}/talk", **({"seen": seen[1] if seen else ""} | form))
    return "" if response.status_code == 303 else response.text


def test_a_time_within_the_wish_is_fixed_and_both_are_told(world: World, tmp_path: Path) -> None:
    number = ask(world)
    web = signed_in(parts_of(world, tmp_path), ORGANIZATION["azkj"])
    page = web.get(f"/cases/{number}").text
    assert "谈心预约" in page and 'value="propose"' not in page and 'value="accept"' not in page
    assert act(web, number, step="time", start="2026-11-24T15:00", words="行政楼301") == ""
    assert any("您的谈心预约已约定" in text and "行政楼301" in text for text in world.cards(CADRE_ID))
    assert "2026-11-24 15:00" in web.get(f"/cases/{number}").text
    later = world.at(NOW + dt.timedelta(days=5))
    late = signed_in(parts_of(later, tmp_path), ORGANIZATION["azkj"])
    assert "谈过了吗" in late.get(f"/cases/{number}").text
    assert act(late, number, step="held") == ""
    with later.db.write() as connection:
        Talks(later.desk).said(connection, number, later.person(CADRE_ID), True)
    assert "已谈话" in late.get(f"/cases/{number}").text or "已谈" in late.get(f"/cases/{number}").text


def test_another_time_waits_for_the_cadre(world: World, tmp_path: Path) -> None:
    number = ask(world)
    web = signed_in(parts_of(world, tmp_path), ORGANIZATION["azkj"])
    assert act(web, number, step="time", start="2026-11-26T09:30") == ""
    assert "等本人答复" in web.get(f"/cases/{number}").text
    with world.db.write() as connection:
        talk = Talks(world.desk).agree(connection, number, world.person(CADRE_ID))
    assert talk.starts_at is not None


def test_what_is_refused(world: World, tmp_path: Path) -> None:
    number = ask(world)
    web = signed_in(parts_of(world, tmp_path), ORGANIZATION["azkj"])
    assert "已经过去" in act(web, number, step="time", start="2026-11-01T09:30")
    assert "请填写时间" in act(web, number, step="time")
    assert "看不懂" in act(web, number, step="time", start="tomorrow")
    assert "没有这一步" in act(web, number, step="lapse")
    assert "我已核对" in act(web, number, step="decline", words="出差")
    assert "写明理由" in act(web, number, step="decline", sure="yes")
    assert "有了变化" in act(web, number, step="decline", words="出差", sure="yes", seen="submitted@old")
    web.get(f"/cases/{number}")
    moved = web.post(f"/cases/{number}/move", seen=_seen(web, number), move="accept")
    assert moved.status_code == 409 and "谈心预约" in moved.text
    assert act(web, number, step="decline", words="近期外出学习", sure="yes") == ""
    assert any("有新情况" in text for text in world.cards(CADRE_ID))
    other = world.file("azkj").case.number
    assert web.post(f"/cases/{other}/talk", step="held", seen="").status_code == 404


def _seen(web: Web, number: str) -> str:
    found = re.search(r'name="seen" value="([^"]+@[^"]+)"', web.get(f"/cases/{number}").text)
    assert found
    return found[1]
