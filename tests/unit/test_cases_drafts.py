"""Drafts, field by field; files that come in while one is being filled; what is deleted and when."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
from cases_world import CADRE, JPEG, NOW, World, new_world
from sqlalchemy import select

from core.cases import access
from core.cases.rules import FieldValue, Type
from core.cases.tables import draft_fields
from core.errors import Refused

FIELDS = {"matter": FieldValue("某事", "某事"), "unit": FieldValue("汽车系", "汽车系")}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """The demo's people, no draft yet."""
    yield from new_world(tmp_path)


def test_only_what_changed_is_written(world: World) -> None:
    """One draft for each person and kind; a field that stays keeps its sealed bytes, one that is gone goes."""
    person, drafts = world.person(CADRE["azkj"]), world.desk.drafts

    def sealed() -> dict[str, bytes]:
        with world.db.read() as connection:
            return {row.name: row.body for row in connection.execute(select(draft_fields))}

    with world.desk.work() as connection:
        first = drafts.save(connection, person, Type.TOLERANCE, FIELDS, {"open": "unit", "skipped": ["motive"]})
    before = sealed()
    with world.desk.work() as connection:
        changed = {"matter": FIELDS["matter"], "description": FieldValue("经过", "经过")}
        second = drafts.save(connection, person, Type.TOLERANCE, changed, {"open": "motive"})
        drafts.save(connection, person, Type.CLARIFICATION, {}, {})
    after = sealed()
    assert second.key == first.key and set(after) == {"matter", "description"}
    assert after["matter"] == before["matter"]
    with world.db.read() as connection:
        loaded = drafts.load(connection, person.userid, Type.TOLERANCE)
        assert loaded == second and loaded.state == {"open": "motive"} and loaded.fields == changed
        assert {one.type for one in drafts.all(connection, person.userid)} == {Type.TOLERANCE, Type.CLARIFICATION}
        assert drafts.load(connection, CADRE["ldu"], Type.TOLERANCE) is None


def test_too_long_changes_nothing(world: World) -> None:
    """20,000 characters are kept whole; one more is refused, and what was there stays."""
    person, drafts = world.person(CADRE["azkj"]), world.desk.drafts
    whole = {"description": FieldValue("字" * 20_000, "字" * 20_000)}
    with world.desk.work() as connection:
        drafts.save(connection, person, Type.TOLERANCE, whole, {})
    with pytest.raises(Refused, match="20,000"), world.desk.work() as connection:
        drafts.save(connection, person, Type.TOLERANCE, {"description": FieldValue("", "字" * 20_001)}, {})
    with world.db.read() as connection:
        loaded = drafts.load(connection, person.userid, Type.TOLERANCE)
        assert loaded is not None and loaded.fields == whole


def test_ten_files_make_ten_rows_in_order(world: World) -> None:
    """Each with sequence, size and fingerprint; refused ones with their reason, once; a retry attaches nothing."""
    person, drafts = world.person(CADRE["azkj"]), world.desk.drafts
    kept = [drafts.receive(person, JPEG + bytes([n]), f"{n}.jpg", f"m{n}") for n in range(10)]
    bad = drafts.receive(person, b"MZ" + b"\0" * 50, "photo.jpg", "m10")
    assert bad.reason and bad.file is None
    with world.desk.work() as connection:
        draft = world.draft(connection, "azkj")
        ids = [one.id for one in (*kept, bad)]
        assert len(drafts.incoming(connection, person.userid, ids)) == 11
        assert drafts.attach(connection, world.draft(connection, "nq"), ids) == []  # somebody else's files
        taken = drafts.attach(connection, draft, ids)
        assert drafts.attach(connection, draft, ids) == []
        assert [one.seq for one in taken if not one.reason] == list(range(1, 11))
        assert [one.reason for one in taken if one.reason] == [bad.reason]
        assert [one.sha256 for one in drafts.of_draft(connection, draft)] == [one.sha256 for one in kept]
        loaded = drafts.load(connection, person.userid, Type.TOLERANCE)
        assert loaded is not None and loaded.evidence == 10
    assert world.desk.vault.get(str(kept[3].file)) == JPEG + b"\x03"


def test_the_same_message_is_taken_in_once(world: World) -> None:
    """The bot may try again after a crash."""
    person, drafts = world.person(CADRE["azkj"]), world.desk.drafts
    first = drafts.receive(person, JPEG, "a.jpg", "m1")
    assert drafts.receive(person, JPEG, "a.jpg", "m1") == first
    assert len(world.desk.vault.names(2e12)) == 1


def test_a_secret_file_is_not_kept_and_the_contact_hears(world: World) -> None:
    """Neither content nor name, nor who sent it; the organisation's own contact, else its administrators."""
    person, drafts = world.person(CADRE["azkj"]), world.desk.drafts
    found = drafts.receive(person, JPEG, "机密-会议.jpg", "m1")
    assert "当面递交" in found.reason and found.name == "" and world.desk.vault.names(2e12) == set()
    assert world.cards("azkj_xutao") == [access.SECRET_TRIED]
    assert [row.detail for row in world.audited("evidence.refused")] == ['{"code": "secret"}']
    raw = b"".join(path.read_bytes() for path in world.folder.rglob("*") if path.is_file())
    assert "机密-会议".encode() not in raw


def test_files_follow_a_switch_and_strays_are_deleted(world: World) -> None:
    """Carried to the other kind; after discarding they are swept a day later, and never before."""
    person, drafts = world.person(CADRE["azkj"]), world.desk.drafts
    kept = drafts.receive(person, JPEG, "a.jpg", "m1")
    with world.desk.work() as connection:
        old = world.draft(connection, "azkj")
        drafts.attach(connection, old, [kept.id])
        new = world.draft(connection, "azkj", Type.CLARIFICATION)
        drafts.carry(connection, old, new)
        drafts.discard(connection, old)
        assert [one.sha256 for one in drafts.of_draft(connection, new)] == [kept.sha256]
        drafts.discard(connection, new)
    assert world.desk.drafts.sweep() == 0
    assert world.at(NOW + dt.timedelta(days=2)).desk.drafts.sweep() == 1
    assert world.desk.vault.names(2e12) == set()


def test_an_empty_draft_is_announced_then_deleted(world: World) -> None:
    """Notice after 83 days, gone a week later; one with words stays; writing starts anew."""
    empty, filled = world.person(CADRE["azkj"]), world.person(CADRE["ldu"])
    with world.desk.work() as connection:
        world.desk.drafts.save(connection, empty, Type.TOLERANCE, {}, {"open": "matter"})
        world.desk.drafts.save(connection, filled, Type.TOLERANCE, FIELDS, {})

    def after(days: int) -> tuple[int, int]:
        world.at(NOW + dt.timedelta(days=days, minutes=days)).desk.drafts.sweep()
        with world.db.read() as connection:
            return len(world.cards(empty.userid)), len(world.desk.drafts.all(connection, empty.userid))

    assert [after(days) for days in (82, 83, 84, 89)] == [(0, 1), (1, 1), (1, 1), (1, 1)]
    assert after(90) == (1, 0)
    assert "草稿" in world.cards(empty.userid)[0] and world.cards(filled.userid) == []
    with world.db.read() as connection:
        assert len(world.desk.drafts.all(connection, filled.userid)) == 1
