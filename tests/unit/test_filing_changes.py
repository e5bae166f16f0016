"""Corrections, editing at the check, and switching from one kind to the other."""

import pytest
from filing_fakes import CHECKED, TOLD, begin, files, last, say, talk, text

from core.cases.corrections import Mode, amend
from core.cases.form import Effect, Stage, Step, Value


def value(step: Step, name: str) -> str:
    return step.draft.fields[name].value


@pytest.mark.parametrize(
    ("words", "field", "expected"),
    [
        ("不对，时间是上个月8号", "incident_date", "2026-10-08"),
        ("时间改成去年3月到5月", "incident_date", "2025-03-01/2025-05-31"),
        ("单位写错了，应该是护理系", "unit", "护理系"),
        ("刚才说错了，应该是石门乡政府", "unit", "石门乡政府"),
        ("不对，是上个月8号", "incident_date", "2026-10-08"),
        ("等等，单位不是总务处，是基建处", "unit", "基建处"),
        ("事项改成：锅炉房改造停工", "matter", "锅炉房改造停工"),
        ("第1项改为锅炉房改造停工", "matter", "锅炉房改造停工"),
        ("经过再补充一点：第二天就上报了", "description", f"{TOLD[-1]}；第二天就上报了"),
        ("不是半个月，是一个月", "description", TOLD[-1].replace("半个月", "一个月")),
        ("半个月改成20天", "description", TOLD[-1].replace("半个月", "20天")),
    ],
)
def test_an_earlier_field_is_changed_whatever_is_asked(words: str, field: str, expected: str) -> None:
    before = talk(*TOLD)
    step = say(before.draft, words)
    assert value(step, field) == expected
    assert step.effect is Effect.EDIT and step.draft.open == "motive" and last(step).startswith("（5/10）动机态度")
    others = {name: kept for name, kept in before.draft.fields.items() if name != field}
    assert {name: kept for name, kept in step.draft.fields.items() if name != field} == others


def test_a_correction_into_the_future_or_nonsense_changes_nothing() -> None:
    draft = talk(*TOLD).draft
    assert "不能晚于今天" in text(say(draft, "不对，时间是明年2月"))
    for words in ("不对，时间是明年2月", "时间改成那阵子", "不是19个，是21个"):
        step = say(draft, words)
        assert step.draft.fields == draft.fields and step.effect is not Effect.EDIT


def test_a_correction_that_names_no_part_of_a_long_text_throws_nothing_away() -> None:
    step = say(talk(*TOLD).draft, "刚才说错了，管子是第二天才断供的")
    assert value(step, "description") == f"{TOLD[-1]}；更正：管子是第二天才断供的"
    step = say(talk(*TOLD).draft, "不对不对，装完是2024年9月，发生时间按9月算")
    assert value(step, "incident_date") == "2024-09" and value(step, "description") == TOLD[-1]


def test_a_vague_correction_is_taken_with_its_words() -> None:
    step = say(talk(*TOLD).draft, "时间改成去年底")
    assert step.draft.fields["incident_date"] == Value("2025-11-01/2025-12-31", "去年底")


def test_a_correction_of_the_open_field_answers_it() -> None:
    step = say(talk(*TOLD).draft, "动机改成：怕孩子们冻着")
    assert value(step, "motive") == "怕孩子们冻着" and step.draft.open == "conditions"


def test_a_correction_that_names_no_field_is_asked_about() -> None:
    step = say(talk(*CHECKED).draft, "form:change")
    assert "请问要改哪一项" in text(step)
    assert [button.payload for button in step.replies[-1].buttons][:2] == [
        "form:edit:matter",
        "form:edit:incident_date",
    ]
    asked = say(talk(*TOLD).draft, "不是19个，是21个")
    assert last(asked).startswith("（5/10）") and last(say(asked.draft, "3")).startswith("（3/10）")
    assert say(asked.draft, "怕孩子们冻着").draft.open == "conditions"
    assert "没有第 12 项" in text(say(talk(*CHECKED).draft, "第12项改成无"))


# -- at the check


@pytest.mark.parametrize(
    ("words", "field", "expected"),
    [
        ("3 改成 护理系", "unit", "护理系"),
        ("3改成护理系", "unit", "护理系"),
        ("第三项改成护理系", "unit", "护理系"),
        ("8 改成 没有造成后果", "consequence", "没有造成后果"),
        ("3 改成 7间", "consequence", "停课4天，7间教室泡了水"),
        ("8 改成 7间", "consequence", "停课4天，7间教室泡了水"),
        ("3间改成7间", "consequence", "停课4天，7间教室泡了水"),
        ("5 补充：也怕误了开学", "motive", "怕孩子们冻着；也怕误了开学"),
        ("单位：护理系", "unit", "护理系"),
        ("时间改成上个月8号", "incident_date", "2026-10-08"),
    ],
)
def test_the_check_edits_one_and_comes_back(words: str, field: str, expected: str) -> None:
    step = say(talk(*CHECKED).draft, words)
    assert value(step, field) == expected and step.draft.stage is Stage.CHECKING
    assert "请核对容错申请" in text(step) and say(step.draft, "提交").effect is Effect.SUBMIT


@pytest.mark.parametrize("words", ["3", "第3项", "form:edit:unit", "改一下单位", "单位写错了"])
def test_tapping_a_number_asks_for_that_field_and_returns(words: str) -> None:
    step = say(talk(*CHECKED).draft, words)
    assert last(step).startswith("（3/10）所在单位：现在是：总务处") and step.effect is Effect.EDIT
    back = say(step.draft, "护理系")
    assert value(back, "unit") == "护理系" and back.draft.stage is Stage.CHECKING and "请核对" in text(back)
    assert value(say(step.draft, "跳过"), "unit") == "总务处"


def test_other_words_at_the_check_change_nothing() -> None:
    draft = talk(*CHECKED).draft
    for words in ("那天雪很大", "谢谢", "提交以后多久有结果", "😂"):
        step = say(draft, words)
        assert step.draft.fields == draft.fields and step.draft.stage is Stage.CHECKING and "请核对" in last(step), (
            words
        )


# -- switching


def test_wronged_instead_of_at_fault_becomes_a_clarification() -> None:
    draft = files(talk(*TOLD).draft, 2).draft
    step = say(draft, "我不是犯了错，是被人冤枉，有人说我收了管材商的钱")
    assert step.effect is Effect.SWITCH and step.draft.type == "clarification"
    assert value(step, "accusation") == "有人说我收了管材商的钱" and len(step.draft.evidence) == 2
    assert step.draft.open == "source"
    shown = say(step.draft, "食堂里传的")
    assert last(shown).startswith("（3/5）事实说明：现在是：先拆后装")
    assert value(say(shown.draft, "跳过"), "facts") == TOLD[-1]
    assert value(say(shown.draft, "管材是学校统一采的，我没经手"), "facts") == "管材是学校统一采的，我没经手"


@pytest.mark.parametrize(
    "words",
    ["我不是犯了错，是被人冤枉", "我要换成澄清申请", "我要申请澄清，不是容错", "申请澄清", "form:switch:clarification"],
)
def test_ways_to_switch(words: str) -> None:
    assert say(talk(*TOLD).draft, words).draft.type == "clarification"


def test_being_wronged_is_an_answer_inside_a_clarification() -> None:
    step = say(begin("clarification").draft, "有人冤枉我虚报加班费")
    assert step.draft.type == "clarification" and value(step, "accusation") == "有人冤枉我虚报加班费"


def test_back_to_tolerance() -> None:
    draft = talk("我要申请澄清", "有人说我虚报加班费", "食堂里传的", "加班都有记录", kind="clarification").draft
    step = say(draft, "还是改成容错申请")
    assert step.draft.type == "tolerance" and step.draft.fields["description"].value == "加班都有记录"
    assert step.draft.open == "matter"


# -- the words alone


@pytest.mark.parametrize(
    ("words", "mode", "new"),
    [
        ("动机那项重写：想省点钱", Mode.REPLACE, "想省点钱"),
        ("时间应该是去年底，刚才写成上个月8号了", Mode.REPLACE, "去年底"),
        ("程序那里漏了，还报过组织部", Mode.APPEND, "还报过组织部"),
        ("补充经过：当天就上报了", Mode.APPEND, "当天就上报了"),
        ("发生时间填错了", Mode.OPEN, ""),
        ("更正：损失是5万不是3万", Mode.SWAP, "5万"),
        ("九改成已全部追回", Mode.REPLACE, "已全部追回"),
    ],
)
def test_wishes(words: str, mode: Mode, new: str) -> None:
    found = amend(words)
    assert found is not None and (found.mode, found.new) == (mode, new)


@pytest.mark.parametrize(
    "words",
    [
        "不是为了自己，是想把老大难解决掉",
        "3间教室漏水，学生没法上课",
        "账目不对劲，我就去查了",
        "当时我说错了话，家长就闹起来了",
        "影响应该是不大",
    ],
)
def test_stories_are_no_corrections(words: str) -> None:
    assert amend(words, "consequence") is None
