"""The platform out of order: every answer arrives, once."""

import itertools

import pytest

from tests.running import Assistant

QUESTION = "什么情况下可以容错？"
SEND = "message/send"
# Somebody else each time: a repeated send asks the platform to drop what the same member got a moment ago.
MEMBERS = itertools.cycle(
    ("azkj_liujun", "ldu_linqing", "sdju_shenyi", "yn_heguiying", "nq_zhaolihua", "azkj_zhoujing", "ldu_dongzhiyuan",
     "sdju_luminghua", "yn_duanwenhua", "nq_dengping", "azkj_wulili", "ldu_yuanbo")
)  # fmt: skip


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "token_expire"},
        {"kind": "token_invalidate"},
        {"kind": "errcode", "endpoint": SEND, "errcode": -1, "count": 2},
        {"kind": "errcode", "endpoint": SEND, "errcode": 42001, "count": 1},
        {"kind": "errcode", "endpoint": SEND, "errcode": 45009, "count": 1},
        {"kind": "http", "endpoint": SEND, "status": 500, "count": 2},
        {"kind": "html", "endpoint": SEND, "count": 1},
        {"kind": "cut", "endpoint": SEND, "count": 1},
        {"kind": "accept_cut", "endpoint": SEND, "count": 1},
        {"kind": "truncated", "endpoint": SEND, "count": 1},
        {"kind": "errcode", "endpoint": "gettoken", "errcode": -1, "count": 1},
        {"kind": "http", "endpoint": "message/update_template_card", "status": 500, "count": 1},
    ],
    ids=lambda fault: "-".join(str(value) for value in fault.values()).replace("/", "."),
)
def test_answered_once(assistant: Assistant, fault: dict[str, object]) -> None:
    phone = assistant.phone(next(MEMBERS))
    with assistant.fault(**fault):  # type: ignore[arg-type]
        answer = phone.say(QUESTION, 40)
    assert len(answer.texts) == 1 and "依据：" in answer.text
    assert [item["kind"] for item in answer.items] == ["text", "template_card"]


def test_a_member_out_of_reach_does_not_hold_up_others(assistant: Assistant) -> None:
    gone, here = assistant.phone("ldu_luokai"), assistant.phone("ldu_fengrui")
    gone.news()
    here.news()
    assistant.client.patch("members/ldu_luokai", json={"licensed": False}).raise_for_status()
    gone.post("send", type="text", text=QUESTION)
    here.post("send", type="text", text=QUESTION)
    assistant.settle()
    assert gone.news().items == () and len(here.news().texts) == 1
