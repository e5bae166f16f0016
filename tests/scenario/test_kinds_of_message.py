"""Everything else a member can do on the phone: each gets a sensible reply or a quiet acknowledgement."""

import pytest

from tests.running import Assistant


@pytest.mark.parametrize(
    "kind,name",
    [
        ("location", "位置"),
        ("link", "链接"),
        ("sticker", "内容"),
    ],
)
def test_what_is_not_text_is_answered(assistant: Assistant, kind: str, name: str) -> None:
    answer = assistant.somebody("nq").do("send", type=kind)
    assert answer.text.startswith(f"已收到您发来的{name}。")
    assert len(answer.texts) == 1


@pytest.mark.parametrize("kind", ["image", "voice", "video"])
def test_a_file_without_a_form_is_asked_about(assistant: Assistant, kind: str) -> None:
    answer = assistant.somebody("nq").do("send", type=kind)
    assert "请问这些材料用来做什么" in answer.text and answer.titles == ["申请容错", "申请澄清"]


def test_a_file_of_another_kind_is_refused_by_name(assistant: Assistant) -> None:
    answer = assistant.somebody("nq").do("send", type="file")
    assert "没有保存：sample.txt" in answer.text


def test_pictures_sent_together_are_answered_once(assistant: Assistant) -> None:
    phone = assistant.somebody("nq")
    phone.news()
    phone.post("send", type="image")
    phone.post("send", type="file")
    answer = phone.send_image()
    assert len(answer.texts) == 1


@pytest.mark.parametrize("event", ["LOCATION", "unsubscribe", "some_new_event"])
def test_events_that_ask_for_nothing_are_acknowledged(assistant: Assistant, event: str) -> None:
    fields = {"Latitude": "25.04", "Longitude": "102.71", "Precision": "30"}
    assert assistant.phone("nq_xielina").do("event", event=event, fields=fields).items == ()


@pytest.mark.parametrize(
    "key", ["menu", "file:tolerance", "file:clarification", "book:talk", "cases", "reminders", "human", "help"]
)
def test_every_menu_entry_is_answered(assistant: Assistant, key: str) -> None:
    assert len(assistant.phone("sdju_panlei").menu(key).text) > 10


@pytest.mark.parametrize("key", ["tolerance.conditions", "clarification.how", "talk.regular", "health_check.frequency"])
def test_every_topic_in_the_menu_is_answered(assistant: Assistant, key: str) -> None:
    answer = assistant.phone("nq_tianye").menu(f"topic:{key}").text
    assert "依据：宁办发〔2019〕45号" in answer
