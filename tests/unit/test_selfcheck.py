"""容错自评: the organisation's own conditions, one at a time, with clause and label; nothing added up or predicted."""

import json
import re
from dataclasses import replace

import pytest

from core.cases import selfcheck
from core.cases.selfcheck import EXCLUDED, MET, UNCLEAR, Taken, Walk
from core.policies.rules import Policy, citation
from knowledge import catalogue
from knowledge.check import _FORBIDDEN

POLICIES = {policy.id: policy for policy, _ in catalogue.shipped()}
CLAUSE = {"azkj": "11", "ldu": "三(一)", "sdju": "第十一条", "yn": "10", "nq": "10"}
COUNT = {"azkj": 9, "ldu": 8, "sdju": 3, "yn": 6, "nq": 7}
END = "本自评仅供对照条款，不代表组织认定。"


def walked(policy: Policy, *said: str) -> Taken:
    """Answer the questions; the last answer is repeated to the end."""
    taken, place = selfcheck.start(policy), 0
    while taken.walk is not None:
        word = said[min(place, len(said) - 1)]
        after = selfcheck.step(policy, Walk.from_json(json.loads(json.dumps(taken.walk.as_json()))), word)
        assert after is not None, word
        taken, place = after, place + 1
    return taken


def open_question(policy: Policy, given: int) -> Walk:
    """A walk with some conditions answered."""
    taken = selfcheck.start(policy)
    for _ in range(given):
        assert taken.walk is not None
        after = selfcheck.step(policy, taken.walk, "1")
        assert after is not None
        taken = after
    assert taken.walk is not None
    return taken.walk


@pytest.mark.parametrize("org", list(POLICIES))
def test_each_document_is_asked_by_its_own_list(org: str) -> None:
    policy = POLICIES[org]
    found = selfcheck.conditions(policy)
    assert (len(found), {condition.clause for condition in found}) == (COUNT[org], {CLAUSE[org]})
    first = selfcheck.start(policy).replies[0]
    assert first.kind == "ask" and first.citations == ((org, CLAUSE[org]),)
    assert citation(policy, CLAUSE[org]) in first.text and f"第1项，共{COUNT[org]}项" in first.text
    assert [button.title for button in first.buttons][:2] == ["符合", "还需说明"] and len(first.buttons) <= 6


@pytest.mark.parametrize("org", list(POLICIES))
@pytest.mark.parametrize("said", ["1", "2", "符合", "还需说明"])
def test_the_result_labels_each_and_says_no_more(org: str, said: str) -> None:
    excluded = [condition for condition in selfcheck.conditions(POLICIES[org]) if condition.excluded]
    words = said if not excluded or said.isdigit() else None
    answers = [words] if words else [said] * (COUNT[org] - len(excluded)) + ["不属于"] * len(excluded)
    taken = walked(POLICIES[org], *answers)
    assert taken.walk is None and len(taken.replies) == 1
    text, kind = taken.replies[0].text, taken.replies[0].kind
    assert kind == "answer" and not taken.replies[0].buttons and text.endswith("\n" + END)
    lines = [line for line in text.splitlines() if re.match(r"\d+\. ", line)]
    assert len(lines) == COUNT[org] and all(line.endswith((MET, UNCLEAR, EXCLUDED)) for line in lines)
    assert "依据：" + citation(POLICIES[org], CLAUSE[org]) in text
    assert not re.search(r"共符合|总[计分]|[0-9]+ ?项符合|可以免责|可能|应当免责|得分", text)
    assert len(text.encode()) <= 2048
    assert taken.replies[0].citations == ((org, CLAUSE[org]),)


def test_what_the_document_does_not_tolerate() -> None:
    taken = walked(POLICIES["nq"], "符合", "是", "说不清", "符合", "属于", "没有", "说不清")
    lines = [line.rpartition("——") for line in taken.replies[0].text.splitlines() if "——" in line]
    assert [label for *_, label in lines] == [MET, MET, UNCLEAR, MET, EXCLUDED, MET, UNCLEAR]
    assert "不予容错：工作中不担当导致的失误错误" in lines[4][0]
    assert "不属于“工作中慢作为导致的失误错误”" in lines[5][0]
    for org in ("azkj", "ldu", "sdju", "yn"):  # nowhere else does the list itself exclude
        assert not [condition for condition in selfcheck.conditions(POLICIES[org]) if condition.excluded]


def test_qualifiers_stay() -> None:
    for org, words in {
        "azkj": "全部或部分", "ldu": "未写明全部或部分", "yn": "没有写明须全部符合还是部分符合", "nq": "确因…等原因",
    }.items():  # fmt: skip
        assert words in selfcheck.start(POLICIES[org]).replies[0].text
        assert words in walked(POLICIES[org], "1").replies[0].text
    assert "没有写明须全部具备还是其一" in selfcheck.start(POLICIES["nq"]).replies[0].text
    assert "同“明知故犯的违纪违法行为”区分开来" in selfcheck.start(POLICIES["sdju"]).replies[0].text
    assert "动机态度：" in selfcheck.start(POLICIES["yn"]).replies[0].text


@pytest.mark.parametrize(
    ("said", "label"),
    [("0:yes", MET), ("符合的", MET), ("是", MET), ("对", MET), ("一", MET), ("0:unsure", UNCLEAR), ("不确定", UNCLEAR),
     ("说不清", UNCLEAR), ("不符合", UNCLEAR), ("还需要说明", UNCLEAR), ("2", UNCLEAR), ("回复2", UNCLEAR)],
)  # fmt: skip
def test_ways_to_answer(said: str, label: str) -> None:
    taken = selfcheck.step(POLICIES["azkj"], Walk("azkj", 9), said)
    assert taken is not None and taken.walk is not None and len(taken.walk.given) == 1
    done = walked(POLICIES["azkj"], said, "符合")
    assert done.replies[0].text.splitlines()[1].endswith(label)


@pytest.mark.parametrize("said", ["没有", "不是", "不属于", "0:in", "1:yes", "0:nonsense"])
def test_what_could_mean_either_is_asked_again(said: str) -> None:
    """没有 to 没有谋取私利 may be yes or no: nothing is taken down."""
    taken = selfcheck.step(POLICIES["azkj"], Walk("azkj", 9), said)
    assert taken is not None and taken.walk == Walk("azkj", 9)
    assert selfcheck.AGAIN in taken.replies[0].text and "第1项" in taken.replies[0].text


@pytest.mark.parametrize("said", ["谁来决定容错？", "那天下着大雨，我们先抢险后补的手续", "我想申请容错", "", "你好"])
def test_other_words_are_not_for_it(said: str) -> None:
    assert selfcheck.step(POLICIES["azkj"], open_question(POLICIES["azkj"], 2), said) is None
    again = selfcheck.ask(POLICIES["azkj"], open_question(POLICIES["azkj"], 2))
    assert "第3项" in again.replies[0].text  # how the caller comes back


def test_back_and_out() -> None:
    walk = open_question(POLICIES["azkj"], 2)
    taken = selfcheck.step(POLICIES["azkj"], walk, "上一项")
    assert taken is not None and taken.walk is not None and len(taken.walk.given) == 1
    assert "第2项" in taken.replies[0].text
    for word in ("结束自评", "退出", "不做了", "算了", "返回", "继续填写", "先不弄了", "2:leave"):
        left = selfcheck.step(POLICIES["azkj"], walk, word)
        assert left is not None and left.walk is None and "没有保存" in left.replies[0].text


def test_a_pressed_button_of_an_earlier_question_changes_nothing() -> None:
    walk = open_question(POLICIES["nq"], 4)
    taken = selfcheck.step(POLICIES["nq"], walk, "1:yes")
    assert taken is not None and taken.walk == walk and "第5项" in taken.replies[0].text


def test_a_document_without_conditions() -> None:
    bare = replace(POLICIES["azkj"], clauses=(replace(POLICIES["azkj"].clauses[0], facts=()),))
    for policy in (bare, None):
        taken = selfcheck.start(policy)
        assert taken.walk is None and taken.replies[0].kind == "silent" and "不能逐项自评" in taken.replies[0].text
    changed = selfcheck.step(POLICIES["yn"], Walk("yn", 5, ("yes",)), "1")  # the document was replaced meanwhile
    assert changed is not None and changed.walk == Walk("yn", 6)


def test_the_wording_rules() -> None:
    said = [reply.text for org in POLICIES for reply in (*selfcheck.start(POLICIES[org]).replies,
                                                         *walked(POLICIES[org], "2").replies)]  # fmt: skip
    said += [selfcheck.LEFT, selfcheck.AGAIN, selfcheck.SILENT, selfcheck.NO_POLICY]
    assert not [(word, text) for word in _FORBIDDEN for text in said if word in text]
