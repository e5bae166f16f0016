"""Template cards: the rules of each field, single-use codes, updates (wecom-protocol 4.3, 4.8)."""

import copy
import itertools
from collections.abc import Iterator

import pytest

from sandbox.testing import SandboxServer, Stage

ONE, TWO = "azkj_chenlei", "ldu_linqing"
NUMBERS = itertools.count(1)
Card = dict[str, object]


@pytest.fixture(scope="module")
def running() -> Iterator[Stage]:
    with Stage.running() as stage:
        yield stage


@pytest.fixture
def sandbox(running: Stage) -> SandboxServer:
    return running.fresh().sandbox


def card(kind: str = "button_interaction", **changes: object) -> Card:
    """A sound card of that type, with a task_id of its own; a change to None removes a field."""
    option = [{"id": "a", "text": "甲"}, {"id": "b", "text": "乙"}]
    parts: dict[str, Card] = {
        "button_interaction": {"button_list": [{"text": "确认", "key": "yes"}, {"text": "取消", "key": "no"}]},
        "vote_interaction": {
            "checkbox": {"question_key": "q", "option_list": option},
            "submit_button": {"text": "提交", "key": "s"},
        },
        "multiple_interaction": {
            "select_list": [{"question_key": "q", "option_list": option}],
            "submit_button": {"text": "提交", "key": "s"},
        },
        "text_notice": {"card_action": {"type": 1, "url": "https://example.com"}},
        "news_notice": {
            "card_action": {"type": 1, "url": "https://example.com"},
            "card_image": {"url": "https://example.com/a.png"},
        },
    }
    base: Card = {"card_type": kind, "main_title": {"title": "标题"}, "task_id": f"task-{next(NUMBERS)}"}
    whole = {**base, **copy.deepcopy(parts.get(kind, {})), **changes}
    return {name: value for name, value in whole.items() if value is not None}


def errcode(sandbox: SandboxServer, body: Card) -> object:
    return sandbox.send(ONE, "template_card", body)["errcode"]


BUTTON: Card = {"text": "好", "key": "k"}
ROW: Card = {"keyname": "事项", "value": "值"}
OPTION: Card = {"id": "a", "text": "甲"}
BROKEN = [
    (42031, card("unknown")),
    (42033, card(main_title={"desc": "只有说明"})),
    (42033, card("text_notice", main_title=None)),
    (42014, card(task_id=None)),
    (42014, card(task_id="含 空格")),
    (42014, card(task_id="x" * 129)),
    (42014, card("text_notice", task_id=None, action_menu={"action_list": [{"text": "不再接收", "key": "k"}]})),
    (42027, card(horizontal_content_list=[{"value": "无键"}])),
    (42028, card(horizontal_content_list=[{**ROW, "type": 1}])),
    (42029, card(horizontal_content_list=[{**ROW, "type": 2}])),
    (42050, card(horizontal_content_list=[{**ROW, "type": 3}])),
    (42030, card("text_notice", jump_list=[{"title": "跳转", "type": 2}])),
    (42035, card(horizontal_content_list=[ROW] * 7)),
    (42036, card("news_notice", vertical_content_list=[{"title": "t"}] * 5)),
    (42037, card("vote_interaction", checkbox={"question_key": "q", "option_list": [OPTION] * 21})),
    (42038, card(button_list=[{"key": "k"}])),
    (42039, card(button_list=[{"text": "无键"}])),
    (42039, card(button_list=[{"text": f"{n}", "key": f"{n}"} for n in range(7)])),
    (42039, card(button_list=[BUTTON, BUTTON])),
    (42040, card("vote_interaction", checkbox={"question_key": "q", "option_list": [OPTION, OPTION]})),
    (42041, card("vote_interaction", checkbox={"question_key": "q", "option_list": [{"id": "a"}]})),
    (42042, card("text_notice", jump_list=[{"title": "t"}] * 4)),
    (42043, card("vote_interaction", checkbox={"option_list": [OPTION]})),
    (42044, card("news_notice", card_image=None)),
    (42045, card("text_notice", card_action=None)),
    (42046, card("vote_interaction", submit_button={"text": "提交"})),
    (42047, card("multiple_interaction", select_list=[{"question_key": n, "option_list": [OPTION]} for n in "abcd"])),
    (42051, card(action_menu={"action_list": [{"text": "a", "key": "k"}, {"text": "b", "key": "k"}]})),
]


@pytest.mark.parametrize(("code", "body"), BROKEN)
def test_broken_cards(sandbox: SandboxServer, code: int, body: Card) -> None:
    assert errcode(sandbox, body) == code
    assert sandbox.inbox(ONE) == []


@pytest.mark.parametrize(
    "kind", ["button_interaction", "vote_interaction", "multiple_interaction", "text_notice", "news_notice"]
)
def test_sound_cards(sandbox: SandboxServer, kind: str) -> None:
    answer = sandbox.send(ONE, "template_card", card(kind))
    assert answer["errcode"] == 0
    assert ("response_code" in answer) == kind.endswith("interaction")
    assert "标题" in str(sandbox.inbox(ONE)[0]["content"])


def test_six_buttons_are_the_most(sandbox: SandboxServer) -> None:
    buttons = [{"text": f"{n}", "key": f"k{n}"} for n in range(6)]
    assert errcode(sandbox, card(button_list=buttons)) == 0


def test_task_ids_are_used_once(sandbox: SandboxServer) -> None:
    body = card()
    assert [errcode(sandbox, body), errcode(sandbox, body)] == [0, 42014]


def test_no_callback_address(sandbox: SandboxServer) -> None:
    sandbox.api("POST", "settings", {"callback": {"url": ""}})
    assert errcode(sandbox, card()) == 43012
    assert errcode(sandbox, card("text_notice")) == 0


def seen(sandbox: SandboxServer, userid: str = ONE) -> Card:
    view = sandbox.inbox(userid)[-1]["card"]
    assert isinstance(view, dict)
    return view


def labels(view: Card) -> list[tuple[object, object]]:
    buttons = view["buttons"]
    assert isinstance(buttons, list)
    return [(button["text"], button["disabled"]) for button in buttons]


def update(sandbox: SandboxServer, code: object, userids: object, **change: object) -> Card:
    body = {"userids": userids, "agentid": 1000002, "response_code": code, **change}
    return sandbox.call("message/update_template_card", body)


GREY: Card = {"replace_name": "已处理"}


def test_greyed_for_one_only(sandbox: SandboxServer) -> None:
    sent = sandbox.send(f"{ONE}|{TWO}", "template_card", card())
    answer = update(sandbox, sent["response_code"], [ONE, "Ghost"], button=GREY)
    assert (answer["errcode"], answer["invaliduser"]) == (0, ["ghost"])
    assert labels(seen(sandbox)) == [("已处理", True)]
    assert labels(seen(sandbox, TWO)) == [("确认", False), ("取消", False)]


def test_pressed_button_takes_the_new_text(running: Stage, sandbox: SandboxServer) -> None:
    sent = sandbox.send(ONE, "template_card", card())
    assert sandbox.act(ONE, "press", msgid=sent["msgid"], key="no")["delivered"] is True
    code = running.app.received[-1].value("ResponseCode")
    assert update(sandbox, code, [ONE], button=GREY)["errcode"] == 0
    assert labels(seen(sandbox)) == [("确认", True), ("已处理", True)]
    assert "grey" in str(sandbox.act(ONE, "press", msgid=sent["msgid"], key="yes")["error"])


def test_codes_work_once_and_for_72_hours(sandbox: SandboxServer) -> None:
    code = sandbox.send(ONE, "template_card", card())["response_code"]
    assert [update(sandbox, code, [ONE], button=GREY)["errcode"] for _ in range(2)] == [0, 60140]
    late = sandbox.send(ONE, "template_card", card())["response_code"]
    sandbox.api("POST", "clock", {"advance_seconds": 72 * 3600})
    sandbox.login()
    assert update(sandbox, late, [ONE], button=GREY)["errcode"] == 60140


def test_targets_of_an_update(sandbox: SandboxServer) -> None:
    code = sandbox.send(ONE, "template_card", card())["response_code"]
    assert update(sandbox, code, ONE, button=GREY)["errcode"] == 40035
    assert update(sandbox, code, [], button=GREY)["errcode"] == 82101
    assert update(sandbox, code, [TWO], button=GREY)["errcode"] == 82102
    assert update(sandbox, code, None, atall=1, button=GREY)["errcode"] == 0
    assert labels(seen(sandbox)) == [("已处理", True)]


def test_another_app_cannot_update(sandbox: SandboxServer) -> None:
    code = sandbox.send(ONE, "template_card", card())["response_code"]
    sandbox.api("POST", "apps", {"agentid": 7, "secret": "other"})
    sandbox.login("other")
    body = {"userids": [ONE], "agentid": 7, "response_code": code, "button": GREY}
    assert sandbox.call("message/update_template_card", body)["errcode"] == 42015


def test_replaced_card(sandbox: SandboxServer) -> None:
    code = sandbox.send(ONE, "template_card", card())["response_code"]
    new = card("text_notice", task_id=None, main_title={"title": "已办结"})
    assert update(sandbox, code, [ONE], template_card=new)["errcode"] == 0
    assert (seen(sandbox)["card_type"], sandbox.inbox(ONE)[0]["content"]) == ("text_notice", "已办结")
    code = sandbox.send(ONE, "template_card", card())["response_code"]
    assert update(sandbox, code, [ONE], template_card=card("vote_interaction", submit_button={}))["errcode"] == 42046
    assert update(sandbox, code, [ONE], template_card={**card(task_id=None), "replace_text": "已选"})["errcode"] == 0
    assert labels(seen(sandbox)) == [("已选", True)]


def test_a_notice_has_no_button_to_grey(sandbox: SandboxServer) -> None:
    menu = {"desc": "更多", "action_list": [{"text": "不再接收", "key": "stop"}]}
    code = sandbox.send(ONE, "template_card", card("text_notice", action_menu=menu))["response_code"]
    assert update(sandbox, code, [ONE], button=GREY)["errcode"] == 42031
