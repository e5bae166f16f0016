"""Handing in while things break: a receipt only with a stored case, and never two; secret papers leave no trace."""

import re
import sqlite3
import threading
import time

import pytest

from core.cases import access
from core.db import Database
from tests.forms import FORM_SECONDS, Form, chengyao, numbers, shown
from tests.phones import until
from tests.running import Assistant

ANSWERS = ("我要申请澄清", "有人说我挪用了会费", "老干部群", "会费由工会专户管，每笔都有两个人签字", "不用", "没有")


def ready(assistant: Assistant) -> Form:
    """A request of somebody new that waits for 提交."""
    talk = Form(assistant.somebody("nq"))
    for text in ANSWERS:
        answer = talk.say(text)
    assert "请核对澄清申请" in answer.text, answer.text
    return talk


@pytest.mark.parametrize("process", ["actions", "rasa", "bot"])
def test_a_process_that_dies_while_a_request_is_handed_in(assistant: Assistant, process: str) -> None:
    talk = ready(assistant)
    userid = talk.phone.userid
    talk.phone.act("send", type="text", text="提交")
    old = assistant.kill(process)
    assistant.restarted(process, old, 40)
    until(assistant.ready, 90, "readiness")
    assistant.settle(FORM_SECONDS)
    receipts = re.findall(r"CQ-\d{4}-\d{6}", talk.phone.news().text)
    assert len(numbers(assistant, userid)) == 1
    assert set(receipts) <= set(numbers(assistant, userid)) and receipts


def test_a_request_handed_in_while_the_database_is_locked(assistant: Assistant) -> None:
    talk = ready(assistant)
    userid = talk.phone.userid
    lock = sqlite3.connect(assistant.var / "chengyao.db", isolation_level=None, check_same_thread=False)
    lock.execute("BEGIN IMMEDIATE")
    release = threading.Timer(3, lambda: lock.execute("ROLLBACK"))
    release.start()
    time.sleep(0.1)
    answer = talk.say("提交")
    release.join()
    lock.close()
    assert len(numbers(assistant, userid)) == 1 and numbers(assistant, userid)[0] in answer.text


def test_an_inquiry_letter_is_not_stored_and_the_secrecy_contact_hears_of_it(assistant: Assistant) -> None:
    weasyprint = pytest.importorskip("weasyprint")
    letter = weasyprint.HTML(string="<h1>函询通知书</h1><p>请就反映的问题作出说明。</p>").write_pdf()
    database = Database(f"sqlite:///{assistant.var / 'chengyao.db'}")
    with database.read() as connection:
        keepers = access.caretakers(connection, "yn")
    database.close()
    keeper = assistant.phone(keepers[0])
    keeper.news()
    talk = Form(assistant.somebody("yn"))
    talk.say("我要申请澄清")
    answer = talk.send(("file", "材料.pdf", letter))
    assert "当面递交" in answer.text and "（1/5）不实反映内容" in answer.text
    assert "被拒收" in keeper.news().text
    talk.say("取消")
    stored = assistant.stored()
    assert not [row for row in stored["evidence"] if row["userid"] == talk.phone.userid and row["file"]]


STEPS = (
    (("accept",), "已受理", True),
    (("investigate",), "办理中", False),
    (("check", "--item", "together", "--state", "done", "--note", "同步考虑"), "办理中", False),
    (("deliberate",), "办理中", False),
    (
        (
            "decide", "--outcome", "免责", "--body", "县委常委会", "--date", "2026-11-19", "--reference",
            "宁常纪〔2026〕8号", "--reason", "先行先试中的失误", "--clause", "11", "--second", "nq_gaoxia",
            "--correction-reason", "管护不到位", "--correction-demand", "补建管护台账",
        ),
        "办理中",
        False,
    ),
    (("tell", "--told-on", "2026-11-20", "--told-by", "组织部干部股"), "办理中", True),
)  # fmt: skip


def test_the_whole_way_to_a_decision_told_in_person(assistant: Assistant) -> None:
    """What the applicant hears and reads at each step, moved along from the command line."""
    talk = Form(assistant.somebody("nq"))
    for text in (
        "我要申请容错",
        "茶园滴灌管冻裂",
        "2026年1月",
        "县农业农村局",
        "寒潮提前，排空管道晚了两天，冻裂三百米",
        "提交",
    ):
        talk.say(text)
    number = re.findall(r"RC-\d{4}-\d{6}", talk.say("提交").text)[0]
    for step, label, told in STEPS:
        talk.phone.news()
        move(assistant, *step[:1], number, *step[1:], "--as", "nq_tianye")
        assistant.settle()
        heard = talk.phone.news().text
        assert ("您的申请有新进展，请打开查看" in heard) == told and "管护" not in heard and "免责" not in heard
        page = talk.say(number).text
        assert f"进度：{label}" in page
        assert ("认定结果：免责" in page) == (step[0] == "tell")
    assert "第11条" in page and "纠错要求：补建管护台账" in page and "影响" in page
    assert "已记下您知悉" in talk.say("已知悉").text
    talk.say(number)
    talk.say("报整改情况")
    assert "整改情况已报送" in talk.say("台账已经补建，每周巡查一次，全部水管都加了保温层").text
    move(assistant, "accept-correction", number, "--as", "nq_tianye")
    move(assistant, "close", number, "--as", "nq_tianye")
    assert "已办结" in talk.say(number).text
    assert shown(assistant, number)["status"] == "closed"


def move(assistant: Assistant, *arguments: str) -> None:
    done = chengyao(assistant, "cases", *arguments)
    assert done.returncode == 0, done.stderr
