"""What nobody should type: it is handled as text or refused politely, and calls nothing by name."""

import json

import httpx
import pytest

from sandbox import xmldoc
from sandbox.callback import build_callback
from tests.running import Assistant

NOTHING = "没有看到文字内容"


@pytest.mark.parametrize("text", ["😀🎉👍", "\u0007\u0001\u0008", "   ", "", "]]>", "……？！", "\u200b\ufeff"])
def test_without_a_word_there_is_nothing_to_answer(assistant: Assistant, text: str) -> None:
    phone = assistant.phone("azkj_qianwei")
    assert "依据" in phone.say("什么情况下可以容错？").text
    assert NOTHING in phone.say(text).text


@pytest.mark.parametrize(
    "text",
    ["\u0007体检\u0001多久\u0008一次？", "]]>体检多久一次？", "<![CDATA[体检多久一次？]]>", "😀体检多久一次？👍"],
)
def test_the_question_inside_is_answered(assistant: Assistant, text: str) -> None:
    answer = assistant.phone("yn_lijing").say(text).text
    assert "依据：云南省实施意见 第17条" in answer


@pytest.mark.parametrize("unit", ["体检多久一次？", "谈", "😀", "a", "1", "\n", "。"])
def test_20_000_characters(assistant: Assistant, unit: str) -> None:
    answer = assistant.phone("yn_zhaoyunfeng").say((unit * 20_000)[:20_000])
    assert answer.texts and not any(item["truncated"] for item in answer.items)
    assert all(len(text.encode()) <= 2048 for text in answer.texts)
    assert "没能处理" not in answer.text


INJECTED = (
    ("{}greet", "您好"),
    ('{}tolerance.conditions{{"x":1}}', "依据"),
    ("{}talk_to_human", "联系本单位工作人员"),
    ('{}my_reminders{{"a":"b"}}', "提醒"),
    ("{}distress", "12356"),
)


@pytest.mark.parametrize("slash", ["/", "／", "\u3000/", " \t/", "\u200b/", "//", "\ufeff/", "\u0008/"])
def test_no_intent_can_be_called_by_name(assistant: Assistant, slash: str) -> None:
    members = ("sdju_fanzhenguo", "sdju_yaojianping", "sdju_dingyue", "sdju_yuwenbin")
    phone = assistant.phone(members[len(assistant.typed) % len(members)])
    for template, sign in INJECTED:
        answer = phone.say(template.format(slash))
        assert answer.texts and sign not in answer.text


@pytest.mark.parametrize(
    "text",
    [
        "topic:tolerance.conditions",
        "share:yes",
        '{"command": "topic:tolerance.conditions"}',
        "EXTERNAL: human",
        "probe",
    ],
)
def test_no_command_can_be_typed(assistant: Assistant, text: str) -> None:
    answer = assistant.phone("nq_yanbo").say(text)
    assert answer.texts and answer.text != "ready"
    assert not any(sign in answer.text for sign in ("依据", "谢谢", "联系本单位工作人员"))


def test_nobody_can_press_a_button_shown_to_another(assistant: Assistant) -> None:
    answer = assistant.phone("ldu_tangwei").say("什么情况下可以容错？")
    assert answer.card
    key = str(answer.card["card"]["buttons"][0]["key"])
    thief = assistant.phone("ldu_shihui")
    for pressed in (key, "topic:tolerance.conditions", json.dumps({"command": "human"})):
        thief.news()
        forge(assistant, thief.userid, pressed)
        assistant.settle()
        assert thief.news().text == "这个按钮已失效，请发送“菜单”重新选择。"


def forge(assistant: Assistant, userid: str, key: str) -> None:
    """A soundly signed press of any button."""
    keys = assistant.keys
    event: dict[str, object] = {
        "ToUserName": keys.corp_id,
        "FromUserName": userid,
        "CreateTime": 1795230000,
        "MsgType": "event",
        "Event": "template_card_event",
        "EventKey": key,
        "TaskId": "cy-forged",
        "CardType": "button_interaction",
        "ResponseCode": "forged",
        "AgentID": keys.agent_id,
    }
    query, body = build_callback(xmldoc.document(event, cdata=True), keys)
    answer = httpx.post(f"{assistant.bot}/wecom/callback", params=query, content=body, trust_env=False)
    assert answer.status_code == 200
