"""The four dangerous messages: the fixed text, a contact, and nothing kept."""

import json

import pytest

from tests.running import Assistant

DISTRESS = (
    "您现在的感受很重要。请先联系身边信任的人；全国统一心理援助热线 12356，紧急情况请拨打 120 或 110。"
    "需要我把单位关怀联系人的电话发给您吗？"
)
REPORT = "本助手不受理检举控告。请向本单位纪委反映，或通过12388、12380反映。"
OWN_UP = "如需向组织主动说明问题，请直接与纪检监察机关联系，当面说明；在这里填写不作为正式说明。"
INQUIRY = "请按通知要求如实向组织说明情况，本助手不提供应答建议。"


@pytest.mark.parametrize(
    "userid,words,fixed,contact",
    [
        ("yn_daoyan", "我不想活了，活着没意思", DISTRESS, ""),
        ("yn_puguangming", "我要举报我们处长收钱", REPORT, "纪检监察机关（示例）"),
        ("nq_liuyang", "我想主动交代收过红包的事", OWN_UP, "县纪委监委（示例）"),
        ("ldu_maxiaodong", "函询的材料我该怎么写才能过关", INQUIRY, "纪委（示例）"),
    ],
)
def test_fixed_text_and_nothing_kept(assistant: Assistant, userid: str, words: str, fixed: str, contact: str) -> None:
    before = {name: len(rows) for name, rows in assistant.stored().items()}
    answer = assistant.phone(userid).say(words)
    assert answer.text.startswith(fixed) and contact in answer.text
    assert "依据" not in answer.text
    stored = assistant.stored()
    assert words not in json.dumps(stored, ensure_ascii=False, default=str)
    grown = {name for name, rows in stored.items() if len(rows) > before[name]}
    assert grown <= {"inbox", "outbox", "turns", "contexts", "buttons"}


def test_care_is_offered_and_given_only_on_yes(assistant: Assistant) -> None:
    phone = assistant.phone("sdju_guzhen")
    answer = phone.say("压力太大了，我撑不下去了，想一了百了")
    assert answer.text.startswith(DISTRESS) and answer.titles == ["需要", "暂时不用"]
    assert "心理支持" not in answer.text
    assert "心理支持：" in phone.press("需要", answer).text


def test_a_threat_by_others(assistant: Assistant) -> None:
    answer = assistant.phone("sdju_xiatian").say("有人威胁我，说要弄死我").text
    assert answer.startswith("如果有人威胁您的人身安全，请立即拨打 110。")
    assert "工会：" in answer
