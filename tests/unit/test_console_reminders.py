"""Rules on and off with own words and days, talks on record, 谈话提醒: what HR does about reminders in the console."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.reminders import store
from core.reminders.overrides import FORBIDDEN, shown, written
from core.reminders.rules import Reason, State
from core.reminders.service import Reminders
from core.talks.service import Talks
from core.testing import dump
from knowledge import check
from tests.consoles import ROLES, Web, parts_of, signed_in
from tests.unit.cases_world import World, new_world

TODAY = dt.date(2026, 11, 20)
RULE = "/reminders/rules/talk_regular"
WORDS = {
    "text:leader": "请与〔姓名〕（〔部门〕）安排一次谈心谈话，时间在〔日期〕前后。",
    "text:cadre": "到了谈心谈话的时间：〔日期〕前后。",
}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    yield from new_world(tmp_path)


@pytest.fixture
def web(world: World, tmp_path: Path) -> Web:
    return signed_in(parts_of(world, tmp_path), ROLES["hr"])


def reminders(world: World) -> Reminders:
    return Reminders(world.desk.mailbox, dict(world.desk.orgs), Talks(world.desk))


def states(world: World, rule: str) -> set[tuple[str, str | None]]:
    rows = dump(world.db)["reminders"]
    return {(row["state"], row["reason"]) for row in rows if row["rule"] == rule and row["org"] == "azkj"}


def put(web: Web, path: str, **form: str) -> str:
    web.get("/reminders/rules")
    response = web.post(path, **form)
    return "" if response.status_code == 303 else response.text


def test_a_rule_is_switched_off_and_on(world: World, web: Web) -> None:
    service = reminders(world)
    service.plan(TODAY)
    assert states(world, "talk_regular") == {(State.PLANNED, None)}
    assert put(web, RULE, state="off") == ""
    page = web.get("/reminders/rules").text
    assert page.count("已关闭") == 1
    service.tick(world.desk.mailbox.clock.now() + dt.timedelta(days=40))
    assert states(world, "talk_regular") == {(State.DROPPED, Reason.SWITCHED)}
    assert not [one for one in service.due(TODAY) if one["rule"] == "talk_regular" and one["userid"][:4] == "azkj"]
    service.plan(TODAY + dt.timedelta(days=60))
    assert states(world, "talk_regular") == {(State.DROPPED, Reason.SWITCHED)}
    assert put(web, RULE, state="on") == ""
    assert states(world, "talk_regular") == {(State.PLANNED, None)}
    assert [row.actor for row in world.audited("reminder.rule")] == [ROLES["hr"]] * 2


def test_own_words_and_days_go_out_with_the_clause(world: World, web: Web) -> None:
    with world.db.write() as connection:
        connection.exec_driver_sql("UPDATE persons SET leader = 'azkj_zhoujing' WHERE userid = 'azkj_sunhaibo'")
    assert put(web, RULE, state="on", lead="30", **WORDS) == ""
    service = reminders(world)
    service.plan(TODAY)
    rows = [row for row in dump(world.db)["reminders"] if row["rule"] == "talk_regular" and row["org"] == "azkj"]
    assert rows and {row["due_on"] - row["push_on"] for row in rows} == {dt.timedelta(days=30)}
    service.tick(max(row["next_at"] for row in rows) + dt.timedelta(minutes=1))
    ids = {row["id"] for row in rows}
    told = {row["recipient"]: row["role"] for row in dump(world.db)["reminder_pushes"] if row["reminder_id"] in ids}
    assert set(told.values()) == {"leader", "cadre"}
    texts = [text for userid in told for text in world.cards(userid) if "谈心谈话" in text]
    assert texts and all("依据：院党字〔2020〕131号 第10条" in text for text in texts)
    assert "间隔由本单位设定" not in "".join(texts)
    assert "本单位的写法" in web.get("/reminders/rules").text
    assert put(web, RULE, state="on", **dict.fromkeys(WORDS, "")) == ""
    assert "本单位的写法" not in web.get("/reminders/rules").text


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("请与〔姓名〕谈话。", "文字中不能少：〔日期〕"),
        ("请在〔日期〕谈话。", "文字中不能少：〔姓名〕"),
        ("请与〔姓名〕在〔日期〕前谈话，3个工作日内完成。", "不能写期限"),
        ("请与〔姓名〕在〔日期〕前谈话，十天内回复。", "不能写期限"),
        ("请与〔姓名〕在〔日期〕谈话，请放心。", "请改写：请放心"),
        ("请与〔姓名〕在〔日期〕谈话！", "请改写：！"),
        ("请与〔姓名〕在〔日期〕谈话〔年龄〕。", "没有〔年龄〕这一项"),
        ("请与〔姓名〕在〔日期〕谈话{name.__class__}", "花括号"),
        ("请与〔姓名〕在〔日期〕谈话，满〔年数〕年", "不能用：〔年数〕"),
        ("请与〔姓名〕在〔日期〕谈话😀", "表情"),
        ("请与〔姓名〕在〔日期〕谈话" + "啊" * 300, "最多 200 字"),
    ],
)
def test_words_that_may_not_go_out(web: Web, words: str, why: str) -> None:
    page = put(web, RULE, state="on", **{"text:leader": words})
    assert why in page and words.split("{")[0][:12] in page


def test_days_and_rules_that_are_none(world: World, web: Web) -> None:
    assert "0 到 90" in put(web, RULE, state="on", lead="91")
    assert "数字" in put(web, RULE, state="on", lead="-1")
    assert "没有这条规则" in put(web, "/reminders/rules/nothing", state="on")
    web.get("/reminders/rules")
    assert web.post("/reminders/rules/talk_punished", state="off").status_code == 404  # yn's alone
    assert dump(world.db)["reminder_choices"] == []
    assert set(check._FORBIDDEN) <= set(FORBIDDEN)
    assert written(shown("{name}，{day}")) == "{name}，{day}"


def test_a_talk_on_record_counts(world: World, web: Web) -> None:
    reminders(world).plan(TODAY)
    web.get("/talks")
    form = {"form": "record", "userid": "azkj_chenlei", "leader": "azkj_qianwei", "on": "2026-11-18"}
    assert web.post("/talks/record", **(form | {"on": "2026-11-21"})).status_code == 409
    assert "花名册中没有" in web.post("/talks/record", **(form | {"userid": "nq_liuyang"})).text
    assert web.post("/talks/record", **(form | {"userid": ROLES["hr"]})).status_code == 409
    assert web.post("/talks/record", **form).status_code == 303
    with world.db.read() as connection:
        assert store.last_talks(connection, ["azkj_chenlei"]) == {"azkj_chenlei": dt.date(2026, 11, 18)}
    page = web.get("/talks").text
    assert "陈磊" in page and "钱伟" in page and "已完成" in page
    assert [row.actor for row in world.audited("talk.record")] == [ROLES["hr"]]


def test_an_arranged_talk_is_handed_on_and_recorded(world: World, web: Web) -> None:
    talks = Talks(world.desk)
    with world.db.write() as connection:
        args = ("azkj", "azkj_chenlei", "promotion", dt.date(2026, 11, 10), "azkj_zhoujing", ("azkj", "10"), True)
        talk = talks.plan_talk(connection, *args)
    page = web.get("/talks").text
    assert "逾期" in page and "提拔" not in page
    assert web.post("/talks/hand", ref=f"A{talk}", leader="azkj_chenlei").status_code == 409
    assert web.post("/talks/hand", ref=f"A{talk}", leader="azkj_qianwei").status_code == 303
    assert any("需要您安排" in text for text in world.cards("azkj_qianwei"))
    record = {"ref": f"A{talk}", "userid": "azkj_chenlei", "leader": "azkj_qianwei", "on": "2026-11-19"}
    assert web.post("/talks/record", **record).status_code == 303
    again = web.post("/talks/record", **record)
    assert again.status_code == 409 and "不用再登记" in again.text
    with world.db.read() as connection:
        assert talks.status(connection, talk) == "已完成"


def test_reminder_talks_where_the_document_knows_them(world: World, web: Web, tmp_path: Path) -> None:
    assert "录入谈话提醒" not in web.get("/talks").text  # azkj's document has none
    form = {"form": "reminder", "userid": "nq_liuyang", "on": "2026-11-18", "reference": "常委会〔2026〕3号"}
    assert "没有规定谈话提醒" in web.post("/talks/reminder", **(form | {"userid": "azkj_chenlei"})).text
    with world.db.write() as connection:
        connection.exec_driver_sql("UPDATE persons SET org = 'nq' WHERE userid = 'azkj_wulili'")
    assert "录入谈话提醒" in web.get("/talks").text
    response = web.post("/talks/reminder", **form)
    assert response.status_code == 303, response.text
    assert "刘洋" not in web.get("/talks").text
    events = [row for row in dump(world.db)["reminder_events"] if row["rule"] == "reminder_talk"]
    assert [row["userid"] for row in events] == ["nq_liuyang"]
