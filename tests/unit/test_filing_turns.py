"""The form behind the gate: what is stored, what is routed elsewhere, what comes back."""

from typing import Any

import pytest

from actions import turn
from actions.turn import Call
from actions.wiring import App
from core.db import Database
from core.messages.rules import Reply
from core.policies import service as policies
from core.testing import dump
from knowledge import catalogue


@pytest.fixture
def shipped(app: App) -> None:
    """The shipped policies in the tables, where the conditions are read from."""
    policies.sync(app.db, catalogue.shipped(), app.clock.now())


def say(app: App, text: str, intent: str = "", sender: str = "wecom:nq_one", **metadata: Any) -> list[Reply]:
    return list(turn.take(app, Call(sender, text, {intent: 0.9} if intent else {}, metadata=metadata)))


def test_an_opening_that_tells_fills_the_form(app: App, db: Database) -> None:
    (reply,) = say(app, "去年底我牵头的校庆晚会直播断了，领导很生气，我想申请容错", "file_tolerance")
    assert "（2/10）发生时间" in reply.text and reply.asking == "incident_date"
    assert len(dump(db)["drafts"]) == 1


def test_a_question_in_the_middle_is_answered_and_the_form_goes_on(app: App) -> None:
    say(app, "我要申请容错", "file_tolerance")
    answer, prompt = say(app, "体检多久一次？", "health_check.frequency")
    assert answer.kind == "answer" and answer.citations and not answer.buttons
    assert prompt.text.endswith("（1/10）事项：请用一两句话说明，申请容错的是哪件事。")


def test_a_command_in_the_middle_is_done_and_the_form_goes_on(app: App) -> None:
    say(app, "我要申请容错", "file_tolerance")
    listed, prompt = say(app, "", kind="command", command="cases")
    assert "草稿" in listed.text and "（1/10）" in prompt.text and not prompt.buttons


def test_a_put_away_draft_leaves_questions_alone(app: App) -> None:
    say(app, "我要申请容错", "file_tolerance")
    say(app, "先不弄了", "pause")
    replies = say(app, "体检多久一次？", "health_check.frequency")
    assert [reply.kind for reply in replies] == ["answer"]
    assert "（1/10）" in say(app, "继续", "resume")[-1].text


def test_a_self_check_walks_the_conditions_and_leaves_nothing(app: App, db: Database, shipped: None) -> None:
    (first,) = say(app, "我想做容错自评", "self_check", "wecom:azkj_one")
    assert "第1项" in first.text and first.citations == (("azkj", "11"),)
    said = [first]
    while said[-1].kind == "ask":
        result, *rest = say(app, "符合" if said[-1].buttons[0].title == "符合" else "不属于", sender="wecom:azkj_one")
        if rest:
            break
        said.append(result)
    assert result.text.endswith("本自评仅供对照条款，不代表组织认定。") and len(said) == 9
    assert dump(db)["cases"] == dump(db)["drafts"] == []


def test_a_self_check_inside_a_form_can_be_attached(app: App, db: Database, shipped: None) -> None:
    say(app, "我要申请容错", "file_tolerance", "wecom:nq_one")
    say(app, "镇里的项目黄了")
    (first,) = say(app, "容错自评")
    assert "第1项" in first.text
    answer, again = say(app, "体检多久一次？", "health_check.frequency")
    assert answer.citations and "第1项" in again.text
    replies = [again]
    for _ in range(20):
        replies = say(app, "1")
        if replies[-1].kind != "ask" or "/10）" in replies[-1].text:
            break
    assert "（2/10）发生时间" in replies[-1].text and replies[0].text.endswith("不代表组织认定。")
    attached, prompt = say(app, "", kind="command", command="selfcheck:attach")
    assert "附在容错申请" in attached.text and "（2/10）" in prompt.text
    assert len(dump(db)["draft_fields"]) == 2
