"""The form behind the gate: what is stored, what is routed elsewhere, what comes back."""

from typing import Any

from actions import turn
from actions.turn import Call
from actions.wiring import App
from core.db import Database
from core.messages.rules import Reply
from core.testing import dump


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
