"""The self-check behind the gate: by itself, in the middle of a form, left, forgotten; nothing of it stays."""

import json
from collections.abc import Iterator

import pytest

from actions import turn
from actions.turn import Call
from actions.wiring import App
from core.cases.selfcheck import END
from core.cases.vault import Vault
from core.crypto import Cipher
from core.db import Database
from core.messages.rules import Reply
from core.policies import service as policies
from core.testing import KEY, START, dump
from knowledge import catalogue

SENDER = "wecom:nq_one"


@pytest.fixture
def ready(app: App, db: Database) -> Iterator[App]:
    """The actions with the shipped documents in the tables."""
    policies.sync(db, catalogue.shipped(), START)
    assert isinstance(app.desk.vault, Vault)
    yield app


def say(app: App, text: str, intent: str = "", command: str = "") -> list[Reply]:
    metadata = {"kind": "command", "command": command} if command else {}
    return list(turn.take(app, Call(SENDER, text, {intent: 0.9} if intent else {}, metadata=metadata)))


def test_by_itself_to_the_end(ready: App, db: Database) -> None:
    (first,) = say(ready, "我想先自评一下", "self_check")
    assert "第1项，共7项" in first.text and first.citations == (("nq", "10"),)
    (second,) = say(ready, "", command=first.buttons[0].payload)
    assert "第2项" in second.text
    (third,) = say(ready, "2")
    (fourth,) = say(ready, "符合", "affirm")
    assert "第3项" in third.text and "第4项" in fourth.text
    for said in ("是的", "属于", "没有"):
        say(ready, said, "affirm")
    result, offer = say(ready, "说不清")
    assert offer.buttons[0].title == "申请容错"
    assert result.kind == "answer" and result.text.endswith("\n" + END) and "文件明确不予容错" in result.text
    rows = dump(db, Cipher((KEY,)))
    assert not rows["drafts"] and not rows["cases"] and not rows["case_events"]
    assert "walk" not in json.dumps(rows["contexts"], default=str, ensure_ascii=False)
    assert "您认为符合" not in json.dumps(rows["buttons"], default=str, ensure_ascii=False)


def test_in_the_middle_of_a_form(ready: App) -> None:
    say(ready, "我要申请容错", "file_tolerance")
    (first,) = say(ready, "先自评一下", "self_check")
    assert "第1项" in first.text
    for _ in range(6):
        say(ready, "1")
    result, offer, prompt = say(ready, "1")
    assert offer.buttons[0].title == "附到申请" and not prompt.buttons
    assert result.text.endswith(END) and "（1/10）事项" in prompt.text
    assert "（2/10）" in say(ready, "蔬菜冷库没有通过验收")[-1].text


@pytest.mark.parametrize("word", ["返回", "取消", "结束自评", "继续", "先不弄了", "退出"])
def test_leaving_brings_the_form_back(ready: App, word: str) -> None:
    say(ready, "我要申请容错", "file_tolerance")
    say(ready, "自评", "self_check")
    left, prompt = say(ready, word)
    assert "没有保存" in left.text and "（1/10）事项" in prompt.text


def test_a_question_in_between_is_answered_and_the_item_comes_back(ready: App) -> None:
    say(ready, "自评", "self_check")
    say(ready, "1")
    answer, again = say(ready, "多久体检一次", "health_check.frequency")
    assert answer.kind == "answer" and answer.citations[0] == ("nq", "16") and not answer.buttons
    assert "第2项" in again.text and again.buttons
    (third,) = say(ready, "1")
    assert "第3项" in third.text


def test_distress_is_no_moment_for_a_list(ready: App) -> None:
    say(ready, "自评", "self_check")
    replies = say(ready, "说不下去了", "distress")
    assert len(replies) == 1 and replies[0].text.startswith("您现在的感受很重要") and "第1项" not in replies[0].text


def test_a_button_pressed_after_the_end_changes_nothing(ready: App) -> None:
    (first,) = say(ready, "自评", "self_check")
    say(ready, "退出")
    (over,) = say(ready, "", command=first.buttons[0].payload)
    assert "已经结束" in over.text
