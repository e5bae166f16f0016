"""Requests filed by conversation: whole dialogues with what must be stored, and each act the form knows."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from actions.wiring import build
from commands import cases
from core.cases.service import Desk
from core.settings import Settings
from tests.forms import PNG, Form, chengyao, numbers, shown
from tests.phones import until
from tests.running import Assistant

DIALOGUES = [
    json.loads(line) for line in (Path(__file__).parent / "dialogues.jsonl").read_text("utf-8").splitlines() if line
]
PROMPT = re.compile(r"（\d+/\d+）")


def form(assistant: Assistant, userid: str) -> Form:
    return Form(assistant.phone(userid))


def newcomer(assistant: Assistant, org: str) -> Form:
    return Form(assistant.somebody(org))


def number_in(text: str) -> str:
    found = re.search(r"(?:RC|CQ|TH)-\d{4}-\d{6}", text)
    assert found, text
    return found[0]


@pytest.fixture(scope="module")
def desk(assistant: Assistant) -> Desk:
    """The desk over the running assistant's data: what `cases list` and `cases show` print comes from it."""
    settings = Settings(var=assistant.var, data_keys=assistant.secrets["CHENGYAO_DATA_KEYS"])
    return build(settings).desk


@pytest.mark.parametrize("dialogue", DIALOGUES, ids=[one["id"] for one in DIALOGUES])
def test_dialogue(assistant: Assistant, desk: Desk, dialogue: dict[str, Any]) -> None:
    """Every turn says what it should; the case holds what was told and nothing that was not."""
    talk, account = form(assistant, dialogue["who"]), f"wecom:{dialogue['who']}"
    before = [row["number"] for row in cases.listing(desk, account)]
    for turn in dialogue["turns"]:
        answer = talk.send(*[("image", "照片.png", PNG)] * turn["files"]) if "files" in turn else talk.say(turn["say"])
        for words in turn.get("must", ()):
            assert any(part in answer.text for part in words.split("|")), (turn, answer.text)
        for words in turn.get("never", ()):
            assert words not in answer.text, (turn, answer.text)
        if turn.get("prompt", True) and "receipt" not in turn:
            last = [line for line in answer.text.splitlines() if PROMPT.search(line) or "请核对：" in line]
            assert last, (turn, answer.text)
    new = [row["number"] for row in cases.listing(desk, account) if row["number"] not in before]
    expected = dialogue["expect"]
    assert len(new) == expected.get("cases", 1), (new, answer.text)
    if new:
        check_case(cases.shown(desk, new[0]), expected)


def check_case(case: dict[str, Any], expected: dict[str, Any]) -> None:
    """The stored case against what the dialogue told."""
    assert (case["type"], case["status"]) == (expected["type"], expected.get("status", "submitted"))
    for name, words in expected["fields"].items():
        assert name in case["fields"], (name, case["fields"])
        stored = case["fields"][name]
        for word in words:
            assert any(part in stored["text"] + stored["value"] for part in word.split("|")), (name, word, stored)
    for name, words in expected.get("fields_not", {}).items():
        stored = case["fields"].get(name, {"text": "", "value": ""})
        for word in words:
            assert word not in stored["text"] + stored["value"], (name, word, stored)
    for name in expected.get("empty", ()):
        assert name not in case["fields"], (name, case["fields"])
    assert len(case["evidence"]) >= expected.get("evidence", 0)


def test_submitting_twice_gives_one_case_and_says_so(assistant: Assistant) -> None:
    talk = newcomer(assistant, "nq")
    for text in (
        "我要申请澄清",
        "有人说我虚报了产业补贴",
        "村民群",
        "补贴是按验收面积发的，验收表有三方签字",
        "不用了，跳过",
        "没有",
    ):
        answer = talk.say(text)
    assert "请核对澄清申请" in answer.text
    first = talk.press("提交")
    number = number_in(first.text)
    again = talk.say("提交")
    assert number in again.text and "没有重复提交" in again.text
    assert numbers(assistant, talk.phone.userid).count(number) == 1


def test_ten_pictures_at_once_give_ten_rows_and_one_reply(assistant: Assistant) -> None:
    talk = newcomer(assistant, "yn")
    talk.say("我要申请容错")
    answer = talk.send(*[("image", f"现场{place}.png", PNG + bytes([place])) for place in range(10)])
    assert len(answer.texts) == 1
    assert "共 10 份" in answer.text and len(set(re.findall(r"[0-9a-f]{64}", answer.text))) == 10
    assert answer.text.splitlines()[-1] and "（1/10）事项" in answer.text
    assert "取消" in talk.say("取消").text


BAD_FILES = {
    "executable": ("image", "photo.jpg", b"MZ\x90\x00" + bytes(200), "可执行程序"),
    "archive": ("file", "材料.zip", b"PK\x03\x04" + b"\x14\x00\x01\x00" + bytes(60), "压缩包"),
    "empty": ("file", "会议纪要.pdf", b"", "空文件|没有收下"),
    "secret": ("file", "机密-纪要.pdf", b"%PDF-1.4\n" + bytes(100), "当面递交"),
    "unknown": ("file", "data.bin", b"\x00\x01\x02\x03" * 20, "不是可收的类型"),
}


@pytest.mark.parametrize("kind", BAD_FILES)
def test_a_bad_file_is_refused_by_name_and_the_form_goes_on(assistant: Assistant, kind: str) -> None:
    sent_as, name, content, words = BAD_FILES[kind]
    talk = newcomer(assistant, "ldu")
    talk.say("我要申请容错")
    answer = talk.send((sent_as, name, content))
    assert any(part in answer.text for part in words.split("|")), answer.text
    assert PROMPT.search(answer.text.splitlines()[-1]) or "（1/10）" in answer.text
    if kind != "secret":
        assert name in answer.text
    talk.say("取消")


def test_long_accounts_are_kept_whole_and_longer_ones_refused(assistant: Assistant) -> None:
    talk = newcomer(assistant, "sdju")
    for text in ("我想申请容错", "实验平台采购的设备没有按时到货", "2025年3月到5月", "科研处"):
        talk.say(text)
    refused = talk.say("供应商拖延交货。" * 25_000)
    assert "200000" in refused.text.replace(",", "") and "20000" in refused.text.replace(",", "")
    story = "供应商先说海关查验，又说仓库失火，我们每周发函催货并报告分管校领导。" * 150
    assert 5_000 <= len(story) < 20_000
    assert "（5/10）动机态度" in talk.say(story).text
    talk.say("提交")
    number = number_in(talk.press("提交").text)
    assert shown(assistant, number)["fields"]["description"]["text"] == story


def test_another_persons_number_and_one_that_does_not_exist_get_the_same_answer(assistant: Assistant) -> None:
    talk = newcomer(assistant, "yn")
    theirs, none = talk.say("CQ-2026-000001 到哪一步了"), talk.say("CQ-2026-999999 到哪一步了")
    assert theirs.text == none.text and "没有查到" in theirs.text
    trail = chengyao(assistant, "audit", "verify")
    assert trail.returncode == 0


@pytest.mark.parametrize(
    "text,words",
    [
        ("我要举报张三收红包", "12388"),
        ("我想主动交代问题", "在这里填写不作为正式说明"),
        ("纪委找我谈话该怎么说", "不提供应答建议"),
    ],
)
def test_dangerous_messages_in_a_form_get_the_fixed_reply(assistant: Assistant, text: str, words: str) -> None:
    talk = newcomer(assistant, "nq")
    talk.say("我要申请容错")
    talk.say("产业路塌方没有及时修")
    answer = talk.say(text)
    assert words in answer.text and "（2/10）发生时间" in answer.text
    assert "产业路塌方" in talk.say("返回").text
    talk.say("取消")


def test_distress_in_a_form_puts_it_away_without_a_word_of_policy(assistant: Assistant) -> None:
    talk = newcomer(assistant, "azkj")
    talk.say("我要申请容错")
    talk.say("合作办学项目中途停了")
    answer = talk.say("我真的撑不下去了，不想活了")
    assert "12356" in answer.text and "依据" not in answer.text and not PROMPT.search(answer.text)
    assert "合作办学" in talk.say("继续").text or "事项" in talk.phone.inbox()[-2]["content"]
    talk.say("取消")


def test_a_case_is_followed_supplemented_and_withdrawn(assistant: Assistant) -> None:
    talk = newcomer(assistant, "sdju")
    for text in ("申请容错", "合作企业退出，产业学院停办", "2025年10月", "商学院", "企业资金断了，学院协调学生转专业"):
        talk.say(text)
    talk.say("提交")
    number = number_in(talk.press("提交").text)
    assert number in talk.say("我的申请").text
    assert "已提交" in talk.say(f"{number} 到哪一步了").text
    talk.say("我要补充材料")
    done = talk.picture()
    assert number in done.text and "SHA-256" in done.text
    case = shown(assistant, number)
    assert len(case["supplements"]) == 1 and case["evidence"] == []
    talk.say("我要撤回申请")
    answer = talk.say("学校已经开会说明了情况")
    assert "撤回申请不影响组织依规开展的核实" in answer.text
    assert shown(assistant, number)["status"] == "withdrawn"
    assert "已撤回" in talk.say("我的申请").text


def test_an_officer_of_the_party_organisation_files_for_its_cadre(assistant: Assistant) -> None:
    officer, cadre = form(assistant, "sdju_caoying"), assistant.phone("sdju_shenyi")
    cadre.news()
    assert "代沈毅" in officer.say("我要代沈毅申请容错").text
    for text in ("产教融合课程中途停了", "2025年9月", "商学院", "企业导师撤走，课程停了六周，后来换成校内实训"):
        officer.say(text)
    officer.say("提交")
    number = number_in(officer.press("提交").text)
    assert numbers(assistant, "sdju_shenyi")[-1] == number
    told = cadre.news().text
    assert "所在党组织已为您提交" in told and "产教融合" not in told


@pytest.mark.parametrize("process", ["actions", "rasa", "bot", "scheduler"])
def test_a_process_that_dies_in_the_middle_loses_nothing(assistant: Assistant, process: str) -> None:
    talk = newcomer(assistant, "azkj")
    talk.say("我要申请容错")
    talk.say(f"校企合作的设备没能按期安装（{process}）")
    old = assistant.kill(process)
    assistant.restarted(process, old, 40)
    until(assistant.ready, 90, "readiness")
    answer = talk.say("2025年9月")
    assert "（3/10）所在单位" in answer.text, answer.text
    assert process in talk.say("返回").text or process in talk.say("返回").text
    talk.say("取消")
