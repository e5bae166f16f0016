"""Talks the organisation arranges: leader and HR first, the cadre when and where only, both confirm; 谈话提醒."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core.clock import UTC
from core.errors import NotFound, Refused
from core.talks import rules
from core.talks.rules import State
from core.testing import dump
from tests.unit.cases_world import CADRE, new_world
from tests.unit.talk_world import Phones, phones, titles

CADRE_ID, LEADER, HR = "azkj_zhaomin", "azkj_sunhaibo", "azkj_wulili"
DUE = dt.date(2026, 11, 30)
CLAUSE = ("azkj", "10")


@pytest.fixture
def chat(tmp_path: Path, engine: Any) -> Iterator[Phones]:
    for world in new_world(tmp_path):
        yield phones(world, engine)


def plan(chat: Phones, occasion: str = "promotion", announced: bool = True, leader: str = LEADER) -> int:
    with chat.world.db.write() as connection:
        return chat.talks.plan_talk(connection, "azkj", CADRE_ID, occasion, DUE, leader, CLAUSE, announced)


def fix(chat: Phones, words: str = "下周二下午3点，行政楼301") -> None:
    chat.tap(LEADER, "定时间地点", chat.open(LEADER))
    chat.say(LEADER, words)


def test_leader_and_hr_are_told_first_and_once(chat: Phones) -> None:
    assert plan(chat) == plan(chat)
    assert chat.texts(LEADER) == ["有一次谈话需要您安排，请打开查看"]
    assert chat.texts(HR) == ["一次谈话已列入安排，请打开查看"]
    assert chat.texts(CADRE_ID) == []
    page = chat.open(LEADER)
    assert "赵敏" in page.text and "提拔任职" in page.text and "第10条" in page.text and "11月30日前" in page.text
    assert titles(page) == ["定时间地点"] and page.citations == (CLAUSE,)
    assert titles(chat.open(HR)) == []


def test_the_cadre_hears_time_and_place_and_never_why(chat: Phones) -> None:
    number = plan(chat, "removal", announced=False)
    assert "尚未公开" in chat.open(LEADER).text
    assert "没有查到" in chat.press(CADRE_ID, f"talk:open:A{number}").text
    fix(chat)
    assert chat.texts(CADRE_ID)[0] == "组织安排与您谈话，时间2026年11月24日（周二）15:00，地点行政楼301。"
    page = chat.press(CADRE_ID, f"talk:open:A{number}")
    shown = str([push.as_json() for push in chat.pushes(CADRE_ID)]) + str(page.as_json())
    assert not any(word in shown for word in ("免职", "removal", "提拔", "第10条", "公开"))
    (file,) = chat.files(CADRE_ID)
    assert "20261124T070000Z" in file and "行政楼301" in file and "免职" not in file
    assert len(chat.files(LEADER)) == 1


def test_an_unannounced_event_is_seen_by_nobody_but_leader_and_hr(chat: Phones) -> None:
    number = plan(chat, "rotation", announced=False)
    for other in (CADRE_ID, CADRE["azkj"], "azkj_zhoujing", "azkj_zhenghao", "nq_yanbo"):
        assert "没有查到" in chat.press(other, f"talk:open:A{number}").text
        assert "赵敏" not in chat.press(other, "talks_owed").text
    for occasion in rules.OCCASIONS:
        assert occasion not in str(dump(chat.world.db)["talks"]) and occasion not in str(dump(chat.world.db)["audit"])


def test_time_and_place_may_come_one_after_the_other(chat: Phones) -> None:
    plan(chat)
    chat.tap(LEADER, "定时间地点", chat.open(LEADER))
    assert "写到几点" in chat.say(LEADER, "下周二").text
    assert "地点在哪里" in chat.say(LEADER, "下周二下午3点").text
    assert chat.texts(CADRE_ID) == []
    said = chat.say(LEADER, "我办公室")
    assert "2026年11月24日（周二）15:00，地点我办公室" in said.text
    assert chat.texts(CADRE_ID)[0].endswith("地点我办公室。")


def test_a_new_time_is_told_as_such(chat: Phones) -> None:
    plan(chat)
    fix(chat)
    chat.tap(LEADER, "改时间地点", chat.press(LEADER, "talk:open:A1"))
    chat.say(LEADER, "下周三上午9点，会议室")
    changed = [text for text in chat.texts(CADRE_ID) if "有变" in text]
    assert changed == ["组织安排与您的谈话时间有变，时间2026年11月25日（周三）09:00，地点会议室。"]
    first, second = chat.files(CADRE_ID)
    assert first.split("UID:")[1].split("\r\n")[0] == second.split("UID:")[1].split("\r\n")[0]


def test_owed_shows_states_and_no_content(chat: Phones) -> None:
    plan(chat)
    assert chat.press(LEADER, "talks_owed").text == "待谈话：赵敏，11月30日前"
    late = chat.at(dt.datetime(2026, 12, 1, 2, 0, tzinfo=UTC))
    assert late.press(LEADER, "talks_owed").text == "逾期：赵敏，11月30日前"
    fix(chat)
    later = chat.at(dt.datetime(2026, 11, 24, 9, 30, tzinfo=UTC))
    assert later.talks.sweep() == 1
    later.tap(CADRE_ID, "已谈", later.pushes(CADRE_ID)[-1])
    with later.world.db.read() as connection:
        assert later.talks.status(connection, 1) == rules.WAITING
    assert "双方都已确认" in later.tap(LEADER, "已谈", later.pushes(LEADER)[-1]).text
    assert later.press(LEADER, "talks_owed").text.startswith("已完成：赵敏")


def test_when_neither_held_it_a_new_time_is_asked_for(chat: Phones) -> None:
    plan(chat)
    fix(chat)
    later = chat.at(dt.datetime(2026, 11, 24, 9, 30, tzinfo=UTC))
    later.press(CADRE_ID, "talk:unheld:A1")
    later.press(LEADER, "talk:unheld:A1")
    assert later.texts(LEADER)[-1] == "有一次谈话需要您安排，请打开查看"
    assert titles(later.open(LEADER)) == ["定时间地点"]


def test_without_a_leader_hr_names_one(chat: Phones) -> None:
    plan(chat, leader="")
    assert "没有登记谈话人" in chat.open(HR).text
    with chat.world.db.write() as connection:
        hr = chat.world.person(HR)
        assert chat.talks.hand_to(connection, "A1", hr, LEADER).leader == LEADER
        with pytest.raises(Refused):
            chat.talks.hand_to(connection, "A1", hr, CADRE_ID)
        with pytest.raises(NotFound):
            chat.talks.hand_to(connection, "A1", chat.world.person(LEADER), LEADER)
    assert chat.texts(LEADER) == ["有一次谈话需要您安排，请打开查看"]


def test_cancelling_tells_who_had_heard_of_it(chat: Phones) -> None:
    number = plan(chat)
    fix(chat)
    with chat.world.db.write() as connection:
        chat.talks.cancel(connection, number, "system")
        chat.talks.cancel(connection, number, "system")
        assert chat.talks.talk(connection, number).state == State.ENDED
    assert chat.texts(CADRE_ID)[-1] == "原定的谈话已取消。"


# -- 谈话提醒


def remind(chat: Phones, org: str, hr: str, about: str) -> int:
    with chat.world.db.write() as connection:
        actor = chat.world.person(hr)
        day = dt.date(2026, 11, 18)
        return chat.talks.enter_reminder_talk(connection, actor, about, day, "党委会纪要〔2026〕18号")


@pytest.mark.parametrize(
    "hr,about,leader,clause",
    [
        ("sdju_dingyue", "sdju_shenyi", "sdju_fanzhenguo", "第七条"),
        ("nq_yanbo", "nq_liuyang", "nq_haoyuanshan", "第9条"),
        ("ldu_luokai", "ldu_maxiaodong", "ldu_dongzhiyuan", "二(三)"),
    ],
)
def test_a_reminder_talk_goes_to_the_supervisor_alone(
    chat: Phones, hr: str, about: str, leader: str, clause: str
) -> None:
    org = hr.partition("_")[0]
    number = remind(chat, org, hr, about)
    assert remind(chat, org, hr, about) == number
    assert chat.texts(leader) == ["有一次谈话提醒需要您进行，请打开查看"]
    assert chat.texts(about) == chat.texts(chat.world.person(about).leader) == []
    page = chat.open(leader)
    assert clause in page.text and titles(page) == ["已谈", "未谈"]
    assert "没有查到" in chat.press(about, f"talk:open:A{number}").text
    assert "已完成" in chat.tap(leader, "已谈", page).text
    assert chat.texts(about) == [] and "纪要" not in str(dump(chat.world.db)["talks"])


def test_where_the_document_knows_no_reminder_talk_none_is_entered(chat: Phones) -> None:
    for org, hr in (("azkj", HR), ("yn", "yn_lijing")):
        with pytest.raises(Refused, match="没有规定谈话提醒"):
            remind(chat, org, hr, CADRE[org])
    with pytest.raises(Refused, match="组织人事部门"):
        remind(chat, "sdju", "sdju_fanzhenguo", "sdju_shenyi")
    with pytest.raises(NotFound):
        remind(chat, "sdju", "sdju_dingyue", "nq_liuyang")


def test_hr_enters_one_by_chat(chat: Phones) -> None:
    hr, about, leader = "sdju_dingyue", "沈毅", "sdju_fanzhenguo"
    assert "姓名" in chat.say(hr, "录入谈话提醒", "enter_reminder_talk").text
    assert "没有这个姓名" in chat.say(hr, "张无名").text
    assert "研判的日期" in chat.say(hr, about).text
    assert "没有看懂日期" in chat.say(hr, "下周三").text
    assert "文件编号" in chat.say(hr, "11月18日").text
    done = chat.say(hr, "党委会纪要〔2026〕18号")
    assert "只通知分管领导范振国" in done.text
    now = dt.datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
    chat.app.reminders().tick(now)
    (pushed,) = chat.pushes(leader)
    assert "谈话提醒" in pushed.text
    assert chat.texts("sdju_shenyi") == chat.texts(chat.world.person("sdju_shenyi").leader) == []
    chat.tap(leader, "完成", pushed)
    with chat.world.db.read() as connection:
        assert chat.talks.status(connection, 1) == rules.DONE
    assert [row["state"] for row in dump(chat.world.db)["reminders"]] == ["done"]


def test_others_can_not_enter_one(chat: Phones) -> None:
    for who in ("sdju_shenyi", "sdju_fanzhenguo"):
        assert "由组织人事部门" in chat.say(who, "录入谈话提醒", "enter_reminder_talk").text
    assert "没有规定谈话提醒" in chat.say(HR, "录入谈话提醒", "enter_reminder_talk").text
