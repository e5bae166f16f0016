"""Questions as a cadre asks them on the phone, answered by the real model from the real policies."""

import re
from collections.abc import Iterable

import pytest

from tests.phones import Exchange, Phone
from tests.running import Assistant

WELCOME = "您的政策咨询不会通知您的单位或领导；只有您主动提交的申请才会送交办理部门。"
OUT_OF_SCOPE = "这不在本助手的解答范围内。"
# Which words the model is unsure about changes with its training; of each kind one is enough.
UNCLEAR = (
    "领导说的不算怎么办",
    "编外人员能不能提干",
    "单位之间互相推诿谁来协调",
    "干一行就得像一行，这话咋落到咱身上",
    "老张没评上气不过，到处写信埋汰人家，搞得人家班都上不好，这种学校治不治",
)
UNKNOWN = (
    "张伟主任编外人员能不能提干，13812345678",
    "张伟主任任前公示几天，电话13812345678",
    "入党积极分子要考察多久",
    "老张没评上气不过，到处写信埋汰人家",
)


def first(phones: Iterable[Phone], texts: tuple[str, ...], words: str) -> tuple[Phone, Exchange]:
    """The first answer with these words in it, and whose it is."""
    said = []
    for phone in phones:
        for text in texts:
            answer = phone.say(text)
            if words in answer.text:
                return phone, answer
            said.append(answer.text)
    raise AssertionError(f"never {words}: {said}")


@pytest.mark.parametrize(
    "userid,citation",
    [
        ("azkj_liujun", "依据：院党字〔2020〕131号 第11条"),
        ("ldu_linqing", "依据：鲁大党发〔2017〕45号 三(一)"),
        ("sdju_luminghua", "依据：上海电机学院2021年实施办法 第十一条"),
        ("yn_heguiying", "依据：云南省实施意见 第10条"),
        ("nq_zhaolihua", "依据：宁办发〔2019〕45号 第10条"),
    ],
)
def test_everybody_gets_the_own_organisations_rule(assistant: Assistant, userid: str, citation: str) -> None:
    answer = assistant.phone(userid).say("什么情况下可以容错？")
    assert citation in answer.text
    assert len(answer.texts) == 1 and len(answer.text) < 600
    assert "是否适用，以有权机关认定为准。" in answer.text


def test_a_pressed_button_answers_and_is_greyed(assistant: Assistant) -> None:
    phone = assistant.phone("azkj_wangfang")
    answer = phone.say("容错要符合什么条件？")
    assert answer.card and [item["kind"] for item in answer.items] == ["text", "template_card"]
    assert "回复数字选择：" in answer.text
    assert all(f"{number}. {title}" in answer.text for number, title in enumerate(answer.titles, 1))
    after = phone.press(answer.titles[0], answer)
    assert "依据：院党字〔2020〕131号" in after.text and after.text != answer.text
    pressed = phone.card(answer.card["msgid"])
    assert pressed["disabled"] and pressed["replace_text"] == answer.titles[0]
    assert pressed["buttons"][0]["pressed"]


def test_a_typed_number_or_title_chooses_as_the_button_does(assistant: Assistant) -> None:
    phone = assistant.phone("azkj_songyan")
    answer = phone.say("容错要符合什么条件？")
    by_button = phone.press(answer.titles[0], answer)
    phone.say("容错要符合什么条件？")
    by_number = phone.say("1")
    phone.say("容错要符合什么条件？")
    by_title = phone.say(answer.titles[0])
    assert by_button.text == by_number.text == by_title.text
    assert "依据：" in by_number.text


def test_a_follow_up_is_understood_from_the_last_answer(assistant: Assistant) -> None:
    phone = assistant.phone("ldu_gaojian")
    assert "谈心谈话" in phone.say("组织多久找干部谈心谈话？").text
    answer = phone.say("谁来谈？").text
    assert "党委组织部" in answer and "纪委" in answer
    assert "依据：鲁大党发〔2017〕45号 一(二)" in answer


def test_two_questions_in_one_message(assistant: Assistant) -> None:
    answer = assistant.phone("yn_zhangxiaoling").say("体检多久一次？没休的年休假怎么办？").text
    assert "不少于1次" in answer and "休假" in answer.split("不少于1次")[1]
    assert "依据：云南省实施意见 第17条" in answer


def test_two_organisations_side_by_side(assistant: Assistant) -> None:
    answer = assistant.phone("nq_wangjianguo").say("我们县和鲁东大学的容错条件有什么不同？").text
    assert "互不适用" in answer
    assert answer.index("宁强县的规定：") < answer.index("鲁东大学的规定：")
    basis = answer.split("依据：")[1]
    assert "宁办发〔2019〕45号 第10条" in basis and "鲁大党发〔2017〕45号 三(一)" in basis


def test_silence_is_said_aloud_with_where_it_is_found(assistant: Assistant) -> None:
    answer = assistant.phone("sdju_shenyi").say("体检一年几次？").text
    assert "没有" in answer.splitlines()[0] and "体检" in answer.splitlines()[0]
    others = answer.index("不适用于您单位，仅供了解")
    assert others < answer.index("云南省实施意见 第17条") and others < answer.index("宁办发〔2019〕45号 第16条")


def test_what_is_not_ours_is_refused(assistant: Assistant) -> None:
    answer = assistant.phone("azkj_hexin").say("今天天气怎么样？")
    assert OUT_OF_SCOPE in answer.text and answer.titles == ["菜单"]
    assert "依据" not in answer.text
    assert "政策咨询" in assistant.phone("azkj_hexin").press("菜单", answer).titles


def test_an_unclear_question_is_asked_back(assistant: Assistant) -> None:
    members = ("azkj_hexin", "sdju_caoying", "nq_dengping")
    phone, answer = first(map(assistant.phone, members), UNCLEAR, "您想了解的是下面哪一项？")
    assert 2 <= len(answer.titles) <= 3
    chosen = phone.press(answer.titles[1], answer).text
    assert "依据：" in chosen or "没有" in chosen


def test_a_question_not_understood_is_kept_only_with_consent_and_masked(assistant: Assistant) -> None:
    members = map(assistant.phone, ("nq_maxiaoyan", "sdju_caoying", "ldu_jiangyan"))
    phone, answer = first(members, UNKNOWN, "可否将这句话（不含姓名）交工作人员完善答案？")
    assert answer.titles == ["可以", "不用了", "联系人工"]
    assert "不会保存" in phone.press("不用了", answer).text
    assert assistant.stored()["shared_questions"] == []
    answer = phone.say(assistant.typed[-1])
    assert "谢谢" in phone.press("可以", answer).text
    (row,) = assistant.stored()["shared_questions"]
    assert set(row) == {"id", "month", "body"} and row["month"].day == 1
    kept = row["body"]["text"]
    assert len(kept) > 8 and "张伟" not in kept and not re.search("[0-9]{2}", kept)


def test_the_welcome_and_the_menu(assistant: Assistant) -> None:
    phone = assistant.phone("azkj_zhaomin")
    welcome = phone.do("enter")
    assert WELCOME in welcome.text and welcome.titles[:2] == ["政策咨询", "申请容错"]
    assert phone.do("enter").items == ()
    assert WELCOME in phone.say("你好").text
    topics = phone.press("政策咨询")
    assert "依据：" in phone.press(topics.titles[0], topics).text
    assert "依据：院党字〔2020〕131号 第11条" in phone.menu("topic:tolerance.conditions").text
    assert WELCOME in phone.menu("help").text
    assert "组织人事" in phone.menu("human").text


@pytest.mark.parametrize("words", ["转人工", "我要找真人"])
def test_a_person_please(assistant: Assistant, words: str) -> None:
    answer = assistant.phone("yn_duanwenhua").say(words).text
    assert "您可以直接联系本单位工作人员" in answer
    assert "组织人事：" in answer and "（示例）" in answer


def test_who_is_in_no_roster_learns_whom_to_ask_and_nothing_else(assistant: Assistant) -> None:
    stranger = assistant.add_member("fremd")
    told = "您暂不在本助手的使用名单中。请联系本单位组织人事部门核对花名册。"
    answers = [stranger.say(text) for text in ("什么情况下可以容错？", "1", "转人工", "我想申请容错")]
    answers += [stranger.do("enter"), stranger.menu("topic:tolerance.conditions"), stranger.do("send", type="location")]
    for answer in answers:
        assert not answer.items or (answer.texts == [told] and answer.card is None)
    assert answers[0].texts == [told]
