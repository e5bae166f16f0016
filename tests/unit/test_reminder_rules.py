"""Every reminder rule from a roster row (or an event) to the pushed text, and where it must stay silent."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
from reminders_world import HR, World, new_world

from core.errors import Refused
from core.people import orgs
from core.reminders import catalogue
from core.reminders.rules import KINDS

BUTTONS = ["完成", "稍后", "约时间", "有疑问"]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """The documents and nobody."""
    yield from new_world(tmp_path)


def unit(org: str, **cadre: str) -> list[dict[str, str]]:
    """A cadre `<org>_a` with leader, supervisor and HR whose own rows lead to nothing in November 2026."""
    quiet = {"post_since": "2020-03-01", "hired_on": "2000-01-01", "department_since": "2000-01-01"}
    own = {
        "userid": f"{org}_a", "name": "陈一", "department": "教务处", "leader": f"{org}_l", "supervisor": f"{org}_s",
        "retires_on": "2040-01-31", **quiet, **cadre,
    }  # fmt: skip
    leader = {"userid": f"{org}_l", "name": "李二", "department": "教务处", "supervisor": f"{org}_s", **quiet}
    above = {"userid": f"{org}_s", "name": "孙三", **quiet}
    hr = {"userid": f"{org}_hr", "name": "何四", **quiet, **HR}
    return [own, leader | {"retires_on": "2040-01-31"}, above | {"retires_on": "2040-01-31"}, hr]


def event(world: World, org: str, name: str, on: str = "2026-11-19", announced: bool = True) -> int | None:
    reminders = world.at("2026-11-20T10:00")
    with world.db.write() as connection:
        return reminders.add_event(
            connection, org, f"{org}_a", name, dt.date.fromisoformat(on), announced, f"{org}_hr", consent=True
        )


def one(world: World, userid: str, words: str) -> str:
    """The single text pushed to somebody that has these words."""
    found = [reply for reply in world.pushed(userid) if words in reply.text]
    assert len(found) == 1, world.texts(userid)
    assert found[0].kind == "status" and found[0].citations
    return found[0].text


# -- talks


@pytest.mark.parametrize(("org", "clause"), [("azkj", "院党字〔2020〕131号 第10条"), ("yn", "云南省实施意见 第15条")])
def test_talk_on_promotion(world: World, org: str, clause: str) -> None:
    world.roster(*unit(org, post_since="2026-11-02", tags="新提拔"))
    world.run("2026-11-20T10:00")
    text = one(world, f"{org}_l", "提拔任职")
    assert text == f"陈一（教务处）提拔任职，请安排一次谈话。任职时间：2026年11月2日。\n依据：{clause}"
    assert "已提醒其领导" in one(world, f"{org}_hr", "提拔任职")
    assert not [text for text in world.texts(f"{org}_a") if "提拔" in text]  # the cadre hears only of an arranged talk
    (reply,) = [reply for reply in world.pushed(f"{org}_l") if "提拔任职" in reply.text]
    assert [button.title for button in reply.buttons] == BUTTONS


@pytest.mark.parametrize("org", ["ldu", "sdju", "nq"])
def test_no_talk_on_promotion_where_no_document_asks_for_it(world: World, org: str) -> None:
    world.roster(*unit(org, post_since="2026-11-02", tags="新提拔"))
    world.run("2026-11-20T10:00")
    assert not world.rows(rule="talk_promotion")
    assert event(world, org, "promotion") is None


def test_talk_on_rotation(world: World) -> None:
    world.roster(*unit("azkj", department_since="2026-11", post_since="2026-11"))
    world.run("2026-12-02T10:00")
    assert one(world, "azkj_l", "任职有变动").endswith("变动时间：2026年11月。\n依据：院党字〔2020〕131号 第10条")


def test_talk_on_removal(world: World) -> None:
    world.roster(*unit("azkj"))
    assert event(world, "azkj", "removal")
    world.run("2026-11-20T10:00")
    assert "免职，请安排一次谈话。时间：2026年11月19日。" in one(world, "azkj_l", "免职")


@pytest.mark.parametrize("org", ["azkj", "yn"])
def test_talk_on_retirement_from_the_roster_only(world: World, org: str) -> None:
    world.roster(*unit(org, retires_on="2026-12", born_on="1966-12-01"))
    world.run("2026-12-03T10:00")
    assert "将要退休，请安排一次谈话。退休时间：2026年12月。" in one(world, f"{org}_l", "退休")


def test_a_retirement_date_is_never_computed(world: World) -> None:
    world.roster(*unit("azkj", retires_on="", born_on="1966-12-01"))
    world.run("2026-12-03T10:00")
    assert not world.rows(rule="talk_retirement")
    reminders = world.at("2026-12-03T10:00")
    missing = [(person.userid, gap.missing) for person, gap in reminders.gaps("azkj", reminders.today())]
    assert ("azkj_a", "退休时间") in missing


def test_talk_with_the_punished(world: World) -> None:
    world.roster(*unit("yn"))
    assert event(world, "yn", "punishment")
    world.run("2026-11-20T10:00")
    text = one(world, "yn_l", "按规定需要与陈一")
    assert "处分" not in text and text.endswith("云南省实施意见 第15条")


@pytest.mark.parametrize(
    ("org", "clause"), [("azkj", "第10条"), ("ldu", "一(二)"), ("sdju", "第十五条"), ("yn", "第15条"), ("nq", "第17条")]
)
def test_regular_talk_names_whose_interval_it_is(world: World, org: str, clause: str) -> None:
    world.roster(*unit(org, post_since="2024-12-01"))
    world.run("2026-11-20T10:00")
    for userid in (f"{org}_l", f"{org}_a"):
        text = one(world, userid, "谈心谈话")
        assert "2026年12月1日" in text and "间隔由本单位设定，文件没有写多久谈一次" in text and text.endswith(clause)


@pytest.mark.parametrize(("org", "clause"), [("sdju", "第七条"), ("nq", "第9条"), ("ldu", "二(三)")])
def test_reminder_talk_reaches_the_supervisor_alone(world: World, org: str, clause: str) -> None:
    world.roster(*unit(org))
    assert event(world, org, "reminder_talk")
    world.run("2026-11-20T10:00")
    assert one(world, f"{org}_s", "谈话提醒").endswith(clause)
    for userid in ("a", "l", "hr"):
        assert not [text for text in world.texts(f"{org}_{userid}") if "谈话提醒" in text]


def test_an_agreed_talk_is_brought_up_the_day_before(world: World) -> None:
    world.roster(*unit("nq"))
    assert event(world, "nq", "talk_fixed", "2026-11-24")
    world.run("2026-11-20T10:00")
    assert not [text for text in world.texts("nq_a") if "约好" in text]
    world.run("2026-11-23T09:30")
    assert "您约好的谈话：2026年11月24日" in one(world, "nq_a", "约好的谈话")
    assert "您与陈一约好的谈话" in one(world, "nq_l", "约好的谈话")


# -- health, leave, feedback


@pytest.mark.parametrize(("org", "clause"), [("yn", "第17条"), ("nq", "第16条")])
def test_health_check_in_the_organisations_window(world: World, org: str, clause: str) -> None:
    world.roster(*unit(org))
    world.run("2027-03-31T10:00")
    assert not [text for text in world.texts(f"{org}_a") if "体检" in text]
    world.run("2027-04-01T10:00")
    text = one(world, f"{org}_a", "体检")
    assert "本单位安排在2027年10月31日前" in text and text.endswith(clause)


@pytest.mark.parametrize("org", ["azkj", "ldu", "sdju"])
def test_no_health_check_where_the_document_is_silent(world: World, org: str) -> None:
    world.roster(*unit(org))
    world.run("2027-04-01T10:00")
    assert not world.rows(kind="health_check") and not world.rows(kind="leave")


@pytest.mark.parametrize("org", ["yn", "nq"])
def test_leave_is_planned_in_spring_and_asked_after_in_autumn(world: World, org: str) -> None:
    world.roster(*unit(org))
    world.run("2026-11-20T10:00")
    assert "还没有休完" in one(world, f"{org}_a", "年休假")
    world.run("2027-03-15T10:00")
    text = one(world, f"{org}_a", "可以安排")
    assert "这里不计算" in text and not any(character.isdigit() for character in text.partition("\n")[0])


@pytest.mark.parametrize("org", ["yn", "nq"])
def test_assessment_feedback_goes_to_those_who_lead(world: World, org: str) -> None:
    world.roster(*unit(org))
    world.run("2027-02-22T10:00")
    assert "反馈上年度考核结果" in one(world, f"{org}_l", "考核")
    assert not [text for text in world.texts(f"{org}_a") if "考核" in text]


# -- rotation: hints to HR


def test_five_years_in_a_post_bind_heads_of_department_only(world: World) -> None:
    rows = unit("azkj", post_since="2021-12-01", is_head="1")
    world.roster(*rows, {**rows[0], "userid": "azkj_b", "name": "周五", "is_head": "0"})
    world.run("2026-11-20T10:00")
    text = one(world, "azkj_hr", "任现职满5年")
    assert "陈一" in text and "原则上" in text and text.endswith("第8条")
    assert not [text for text in world.texts("azkj_a") if "满5年" in text]


def test_ten_years_in_a_department(world: World) -> None:
    world.roster(*unit("azkj", department_since="2016.12"))
    world.run("2026-11-20T10:00")
    assert "工作满10年的时间是2026年12月" in one(world, "azkj_hr", "陈一在教务处")


def test_rotation_rests_on_azkj_alone(world: World) -> None:
    for org in ("ldu", "sdju", "yn", "nq"):
        world.roster(*unit(org, department_since="2016.12", is_head="1", post_since="2021-12-01"))
    world.run("2026-11-20T10:00")
    assert not world.rows(kind="rotation")


def test_young_staff_without_another_department_after_four_years(world: World) -> None:
    moved = unit("azkj", hired_on="2022-11-20", department_since="2024-01-01")[0] | {"userid": "azkj_b", "name": "周五"}
    world.roster(*unit("azkj", hired_on="2022-11-20", department_since="2022-11-20"), moved)
    world.run("2026-11-20T10:00")
    assert "陈一" in one(world, "azkj_hr", "入职满4年") and "周五" not in one(world, "azkj_hr", "入职满4年")


# -- life events


@pytest.mark.parametrize("name", ["marriage", "birth", "hospital"])
def test_visits_are_confidential_and_name_no_occasion(world: World, name: str) -> None:
    world.roster(*unit("nq"))
    assert event(world, "nq", name)
    world.run("2026-11-20T10:00")
    text = one(world, "nq_l", "走访慰问")
    assert "保密" in text and text.endswith("第17条")
    assert not {"结婚", "生育", "住院"} & set(text)


@pytest.mark.parametrize(("org", "clause"), [("azkj", "第10条"), ("nq", "第17条")])
def test_grave_family_event(world: World, org: str, clause: str) -> None:
    world.roster(*unit(org))
    assert event(world, org, "bereavement")
    world.run("2026-11-20T10:00")
    assert one(world, f"{org}_l", "走访慰问").endswith(clause)


@pytest.mark.parametrize("org", ["azkj", "ldu", "sdju", "yn", "nq"])
def test_hardship_reaches_unit_and_hr(world: World, org: str) -> None:
    world.roster(*unit(org))
    assert event(world, org, "hardship")
    world.run("2026-11-20T10:00")
    assert "保密" in one(world, f"{org}_l", "实际困难") and "保密" in one(world, f"{org}_hr", "实际困难")


def test_a_life_event_needs_the_cadres_consent(world: World) -> None:
    world.roster(*unit("nq"))
    reminders = world.at("2026-11-20T10:00")
    with world.db.write() as connection:
        with pytest.raises(Refused, match="本人同意"):
            reminders.add_event(connection, "nq", "nq_a", "hospital", reminders.today(), True, "nq_hr")
        assert reminders.add_event(connection, "nq", "nq_a", "hospital", reminders.today(), True, "nq_a")


# -- documents


def test_hr_confirms_each_year_that_a_document_is_in_force(world: World) -> None:
    world.roster(*unit("azkj"))
    world.run("2026-11-30T10:00")  # issued on 2020-11-30
    assert "仍在执行" in one(world, "azkj_hr", "请确认")
    world.run("2027-11-30T10:00")
    assert len([text for text in world.texts("azkj_hr") if "仍在执行" in text and "再次提醒" not in text]) == 2


# -- the catalogue


def test_every_rule_names_a_kind_of_the_contract_and_obeys_the_wording() -> None:
    forbidden = ("！", "!", "你", "亲", "恭喜", "违纪", "举报您", "一定会", "请放心", "保证", "没问题")
    for rule in catalogue.rules().values():
        assert rule.kind in KINDS
        for text in (*rule.text.values(), rule.title):
            assert not [word for word in forbidden if word in text], text


def test_rules_are_active_exactly_where_the_documents_say_so(world: World) -> None:
    reminders = world.at("2026-11-20T10:00")
    with world.db.read() as connection:
        found = {org: set(reminders.active(connection, org)) for org in orgs.load()}
    only = {rule: {org for org in found if rule in found[org]} for rule in catalogue.rules()}
    assert only["talk_rotation"] == only["talk_removal"] == only["rotation_post"] == {"azkj"}
    assert only["talk_promotion"] == only["talk_retirement"] == {"azkj", "yn"}
    assert only["talk_punished"] == {"yn"} and only["reminder_talk"] == {"sdju", "nq", "ldu"}
    assert only["health_check"] == only["leave_plan"] == only["assessment_feedback"] == {"yn", "nq"}
    assert only["influence_end"] == {"ldu", "nq"} and only["visit"] == {"nq"} and only["family_event"] == {"azkj", "nq"}
    assert only["talk_regular"] == only["correction_due"] == only["hardship"] == set(found)
