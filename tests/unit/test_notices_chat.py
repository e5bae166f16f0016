"""Notices by chat: an officer of HR writes one from start to end, others are refused, readers answer."""

import ast
import datetime as dt
import re
from pathlib import Path
from typing import Any

import pytest
from notices_world import HR, SECOND
from sqlalchemy import delete, update

from actions import notices, turn
from actions.turn import Call
from actions.wiring import App
from core.crypto import Cipher
from core.db import Database
from core.messages.rules import Reply
from core.messages.tables import contexts
from core.notices.expansion import Expansion
from core.notices.readers import Readers
from core.notices.rules import Asks, Content, NoticeState, parse_audience
from core.notices.tables import notice_deliveries
from core.notices.tables import notices as notice_rows
from core.people import store
from core.people.rules import Person
from core.testing import KEY, dump

MODULES = ("rules", "service", "steering", "readers", "expansion", "templates")


@pytest.fixture
def hr(app: App, db: Database) -> App:
    """The actions with two of HR and three cadres."""
    with db.write() as connection:
        store.put(connection, Person(HR, "吴丽丽", "azkj", department="组织人事处", roles=("hr",)))
        store.put(connection, Person(SECOND, "许涛", "azkj", department="信息中心", roles=("admin",)))
        for number in range(3):
            store.put(
                connection, Person(f"m{number}", f"干部{number}", "azkj", department="学生处", tags=("中层干部",))
            )
    return app


def call(text: str, userid: str = HR, intent: str = "", **metadata: Any) -> Call:
    ranking = {intent: 0.95} if intent else {"out_of_scope": 0.9}
    return Call(f"wecom:{userid}", text, ranking, metadata=metadata)


def say(app: App, text: str, userid: str = HR, intent: str = "") -> Reply:
    return turn.take(app, call(text, userid, intent))[-1]


def press(app: App, title: str, reply: Reply, userid: str = HR) -> Reply:
    """Press the button of that title under a reply."""
    (payload,) = [button.payload for button in reply.buttons if button.title == title]
    return turn.take(app, call("", userid, kind="command", command=payload))[-1]


def titles(reply: Reply) -> list[str]:
    return [button.title for button in reply.buttons]


def drafted(app: App) -> Reply:
    """A plain notice up to the preview."""
    reply = press(app, "普通通知", say(app, "发通知", intent="send_notice"))
    assert "标题" in reply.text
    assert "正文" in say(app, "关于体检的通知").text
    assert "发给谁" in say(app, "请于周五前体检。联系人：吴丽丽。").text
    reply = say(app, "学生处，除了干部2")
    assert "共2人" in reply.text and titles(reply) == ["不需要", "要“收到”", "参加或请假"]
    reply = press(app, "要“收到”", reply)
    assert "什么时候发" in reply.text
    reply = say(app, "现在")
    assert "不含国家秘密和工作秘密" in reply.text
    return press(app, "确认不含", reply)


def test_from_the_first_word_to_the_send(hr: App, db: Database) -> None:
    reply = drafted(hr)
    for part in ("请核对", "【关于体检的通知】", "共2人", "例如：干部0、干部1", "时间：现在", "回复：收到"):
        assert part in reply.text
    reply = press(hr, "先发给自己", reply)
    assert "已发给您本人" in reply.text
    (test,) = dump(db, Cipher((KEY,)))["outbox"]
    assert test["recipient"] == HR and "测试，只发给您" in test["body"]["text"]
    assert dump(db)["notice_deliveries"] == []
    reply = press(hr, "确认发送", reply)
    assert "马上发给2人" in reply.text and titles(reply) == ["查看进度"]
    Expansion(hr.notices()).run()
    assert sorted(row["userid"] for row in dump(db)["notice_deliveries"]) == ["m0", "m1"]
    assert "发送中" in press(hr, "查看进度", reply).text


def test_only_hr_sends(hr: App, db: Database) -> None:
    reply = say(hr, "发通知", "m0", "send_notice")
    assert reply.text.startswith(notices.NOT_YOURS) and "组织人事处" in reply.text
    for command in ("notice:kind:plain", "notice:send:now", "notice:status:1", "notice:approve:1"):
        assert notices.NOT_YOURS in turn.take(hr, call("", "m0", kind="command", command=command))[-1].text
    assert dump(db)["notices"] == []


def test_a_draft_survives_and_can_be_dropped(hr: App, db: Database) -> None:
    press(hr, "普通通知", say(hr, "发通知", intent="send_notice"))
    say(hr, "关于体检的通知")
    assert titles(say(hr, "发通知")) == ["接着写", "重新写"]  # also when the words were taken for an answer
    with db.write() as connection:  # half an hour later the conversation has forgotten everything
        connection.execute(delete(contexts))
    reply = say(hr, "发通知", intent="send_notice")
    assert titles(reply) == ["接着写", "重新写"]
    assert "正文" in press(hr, "接着写", reply).text
    assert "已删除" in say(hr, "取消").text
    assert dump(db)["notices"] == []


def test_without_the_tick_nothing_goes_out(hr: App, db: Database) -> None:
    press(hr, "普通通知", say(hr, "发通知", intent="send_notice"))
    for text in ("关于体检的通知", "请体检。", "全体", "不需要"):
        reply = say(hr, text)
    reply = say(hr, "现在")
    assert "另行传达" in press(hr, "含有", reply).text
    assert dump(db)["notices"] == []


def test_what_cannot_be_read_is_asked_again(hr: App) -> None:
    press(hr, "普通通知", say(hr, "发通知", intent="send_notice"))
    say(hr, "关于体检的通知")
    assert "密级" in say(hr, "机密★").text
    say(hr, "请体检。")
    assert "没有找到：火星部" in say(hr, "火星部").text
    say(hr, "中层干部")
    say(hr, "不需要")
    assert "没有看懂" in say(hr, "尽快吧").text
    reply = say(hr, "2020-01-01 9:00")
    assert "已经过了" in reply.text and titles(reply) == ["现在发送", "改时间"]
    assert "什么时候发" in press(hr, "改时间", reply).text
    assert "不含国家秘密" in say(hr, "2099-01-01 9:00").text


def test_a_change_at_the_preview_asks_for_the_tick_again(hr: App, db: Database) -> None:
    reply = press(hr, "改收件人", drafted(hr))
    assert "发给谁" in reply.text
    reply = say(hr, "全体")
    assert "不含国家秘密" in reply.text
    reply = press(hr, "确认不含", reply)
    assert "本单位全体，共" in reply.text
    assert "已删除" in press(hr, "取消", reply).text


def test_a_call_up_fills_its_template_and_asks_to_attend(hr: App) -> None:
    press(hr, "点名调训", say(hr, "发通知", intent="send_notice"))
    for text in ("中青年干部培训班", "12月1日至5日", "县委党校", "11月30日18点前报到，请假找吴丽丽", "中层干部"):
        reply = say(hr, text)
    assert "什么时候发" in reply.text  # whether an answer is asked is settled by the kind
    say(hr, "现在")
    reply = say(hr, "确认不含")
    for part in ("关于参加中青年干部培训班的通知", "地点：县委党校", "回复：参加、请假"):
        assert part in reply.text


def test_a_question_in_the_middle_of_the_preview_is_answered(hr: App) -> None:
    drafted(hr)
    reply = turn.take(hr, call("多久体检一次", intent="health_check.frequency"))[-1]
    assert reply.kind in ("silent", "answer")
    assert titles(say(hr, "发通知", intent="send_notice")) == ["接着写", "重新写"]


def sent(app: App, db: Database, asks: Asks, title: str = "关于体检的通知") -> int:
    """A notice that the platform has accepted."""
    own = app.notices()
    with db.write() as connection:
        content = Content(title, "请体检。", parse_audience(["tag:中层干部"], [], "azkj"))
        number = own.write(connection, HR, "azkj", content, asks)
        own.submit(connection, number, HR, ticked=True)
    Expansion(own).run()
    with db.write() as connection:
        mine = notice_deliveries.c.notice_id == number
        connection.execute(update(notice_deliveries).where(mine).values(state="accepted"))
        connection.execute(update(notice_rows).where(notice_rows.c.id == number).values(state="finished"))
    return number


def test_readers_answer_by_button_and_in_words(hr: App, db: Database) -> None:
    number = sent(hr, db, Asks.ATTEND)
    key = next(row["id"] for row in dump(db)["notice_buttons"] if row["action"] == "absent")
    button = Readers(hr.notices()).pressed(key)
    assert button is not None and button.title == "请假"
    said = turn.take(hr, call("", "m0", kind="command", command=button.payload))[-1].text
    assert "您请假" in said and "以通知单位的答复为准" in said
    assert "您参加" in say(hr, "参加", "m1").text
    with db.read() as connection:
        found = Readers(hr.notices()).progress(connection, number)
    assert (found.attend, found.absent, found.opened) == (1, 1, 2)
    text = turn.take(hr, call("", kind="command", command=f"notice:status:{number}"))[-1].text
    assert "参加1人，请假1人" in text and "还没有回复：学生处1人" in text and "不等于已读" in text
    assert Readers(hr.notices()).pressed("n.unknown") is None


def test_the_word_alone_means_nothing_without_a_notice(hr: App, db: Database) -> None:
    assert "已记下" not in say(hr, "收到", "m0").text
    sent(hr, db, Asks.CONFIRM)
    sent(hr, db, Asks.CONFIRM, "关于会议的通知")
    reply = say(hr, "收到", "m0")
    assert titles(reply) == ["关于会议的通知", "关于体检的通知"]
    assert "关于会议的通知" in press(hr, "关于会议的通知", reply, "m0").text
    assert "关于体检的通知" in say(hr, "收到", "m0").text


def test_who_did_not_get_it_cannot_answer(hr: App, db: Database) -> None:
    number = sent(hr, db, Asks.CONFIRM)
    said = turn.take(hr, call("", "yn_one", kind="command", command=f"notice:answer:{number}:confirm"))[-1].text
    assert "不是发给您" in said


def test_chase_and_recall_in_words_are_confirmed_first(hr: App, db: Database) -> None:
    assert notices.NO_NOTICE in say(hr, "撤回刚发的通知", intent="send_notice").text
    number = sent(hr, db, Asks.CONFIRM)
    assert "已回复收到0人" in say(hr, "通知谁还没确认", intent="send_notice").text
    reply = say(hr, "给没确认的人再催一遍", intent="send_notice")
    assert titles(reply) == ["确定", "不了"]
    assert "开始催办" in press(hr, "确定", reply).text
    reply = turn.take(hr, call("", kind="command", command=f"notice:recall:{number}"))[-1]
    assert "确定撤回" in reply.text
    assert "已撤回" in press(hr, "确定", reply).text
    with db.read() as connection:
        assert hr.notices().get(connection, number).state is NoticeState.RECALLED


def test_another_organisation_sees_nothing(hr: App, db: Database) -> None:
    number = sent(hr, db, Asks.CONFIRM)
    with db.write() as connection:
        store.put(connection, Person("ldu_hr", "罗凯", "ldu", department="人事处", roles=("hr",)))
    for step in ("status", "recall_yes", "review", "pause"):
        reply = turn.take(hr, call("", "ldu_hr", kind="command", command=f"notice:{step}:{number}"))[-1]
        assert reply.text == "没有查到这条通知。"
    nonsense = turn.take(hr, call("", kind="command", command="notice:status:x"))[-1]
    assert nonsense.text


def test_the_second_person_reviews_in_chat(hr: App, db: Database) -> None:
    hr.orgs["azkj"].settings["notice_approval_size"] = 1
    try:
        reply = press(hr, "确认发送", drafted(hr))
        assert "审核同意后才发送" in reply.text
    finally:
        hr.orgs["azkj"].settings["notice_approval_size"] = 500
    number = dump(db)["notices"][0]["id"]
    reply = turn.take(hr, call("", SECOND, kind="command", command=f"notice:review:{number}"))[-1]
    assert "【关于体检的通知】" in reply.text and titles(reply) == ["同意发送", "退回"]
    assert "不能自己审核" in turn.take(hr, call("", kind="command", command=f"notice:approve:{number}"))[-1].text
    assert "已同意" in press(hr, "同意发送", reply, SECOND).text
    Expansion(hr.notices()).run()
    assert len(dump(db)["notice_deliveries"]) == 2


def test_the_wording(app: App) -> None:
    """Every Chinese string of ours that a person may read keeps the rules (design section 3)."""
    from test_answers import plain

    root = Path(notices.__file__).parent.parent
    names = ("actions/notices.py", "actions/notice_form.py", *(f"core/notices/{name}.py" for name in MODULES))
    for name in names:
        for node in ast.walk(ast.parse((root / name).read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and re.search("[一-鿿]{4}", node.value):
                assert not plain(node.value), f"{name}:{node.lineno}"


def test_the_check_names_people_and_says_its_choices_for_clients_without_cards(hr: App) -> None:
    """An account means nothing to the author, and in a fast conversation no card comes."""
    begun = say(hr, "发通知", intent="send_notice")
    press(hr, "普通通知", begun)
    for text in ("关于消防演练的通知", "请到楼前集合。"):
        say(hr, text)
    heard = say(hr, "学生处，除了干部1")
    assert "除了干部1（学生处），共2人" in heard.text and "m1" not in heard.text
    press(hr, "不需要", heard)
    say(hr, "现在")
    check = say(hr, "确认不含")
    assert "除了干部1（学生处）" in check.text
    assert all(f"“{title}”" in check.text for title in titles(check))
    assert "马上发给2人" in say(hr, "确认发送").text


def test_yesterday_and_a_bare_day_of_the_month_are_the_days_they_name(hr: App) -> None:
    from core.clock import SHANGHAI
    from core.notices.when import read

    now = dt.datetime(2026, 11, 20, 10, tzinfo=SHANGHAI)
    days = {
        "昨天下午6点": (19, 18), "昨晚八点": (19, 20), "25号上午9点": (25, 9), "20号二十点": (20, 20),
        "今早9点": (20, 9),
    }  # fmt: skip
    for text, (day, hour) in days.items():
        assert read(text, now) == dt.datetime(2026, 11, day, hour, tzinfo=SHANGHAI), text
    assert read("5号下午3点", now) == dt.datetime(2026, 12, 5, 15, tzinfo=SHANGHAI)
    assert read("31号9点", now) == dt.datetime(2026, 12, 31, 9, tzinfo=SHANGHAI)
    assert read("40号9点", now) is None
