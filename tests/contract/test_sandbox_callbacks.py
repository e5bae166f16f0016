"""Callbacks: verification, every action of a member, retries, passive replies (wecom-protocol 1, 2, 9.3)."""

import time
from collections.abc import Iterator

import pytest
from wechatpy.enterprise.crypto import WeChatCrypto

from sandbox import crypto, xmldoc
from sandbox.testing import ENV, Stage

ONE = "azkj_chenlei"
CRYPTO = WeChatCrypto(ENV["CHENGYAO_WECOM_TOKEN"], ENV["CHENGYAO_WECOM_AES_KEY"], ENV["CHENGYAO_WECOM_CORP_ID"])


@pytest.fixture(scope="module")
def running() -> Iterator[Stage]:
    with Stage.running() as stage:
        yield stage


@pytest.fixture
def stage(running: Stage) -> Stage:
    return running.fresh()


def last(stage: Stage, *names: str) -> list[str]:
    return [stage.app.received[-1].value(name) for name in names]


def reply(fields: dict[str, object], receiver: str = ONE) -> bytes:
    """An encrypted passive reply, made by wechatpy."""
    head = {"ToUserName": receiver, "FromUserName": ENV["CHENGYAO_WECOM_CORP_ID"], "CreateTime": int(time.time())}
    return str(CRYPTO.encrypt_message(xmldoc.document({**head, **fields}), "12345", str(int(time.time())))).encode()


def test_config_is_saved_at_the_first_action(stage: Stage) -> None:
    assert stage.app.verified == 0
    stage.sandbox.act(ONE, "enter")
    stage.sandbox.act(ONE, "enter")
    assert (stage.app.verified, len(stage.app.received)) == (1, 2)


def test_a_body_with_a_newline_is_not_saved(stage: Stage) -> None:
    stage.app.echo_suffix = "\n"
    answer = stage.sandbox.act(ONE, "send", type="text", text="x")
    assert answer["delivered"] is False
    assert "40057" in str(answer["error"])
    assert (stage.app.verified, stage.app.received) == (3, [])
    stage.app.echo_suffix = ""
    assert stage.sandbox.act(ONE, "send", type="text", text="x")["delivered"] is True


def test_text_is_decrypted_by_wechatpy(stage: Stage) -> None:
    answer = stage.sandbox.act(ONE, "send", type="text", text="  ]]>&<b>😀\n")
    callback = stage.app.received[0]
    query = callback.query
    plain = CRYPTO.decrypt_message(callback.body, query["msg_signature"], query["timestamp"], query["nonce"])
    assert xmldoc.parse(plain).findtext("Content") == "  ]]>&<b>😀\n"
    assert last(stage, "MsgId", "AgentID", "FromUserName") == [answer["msgid"], "1000002", ONE]
    assert 2**53 < int(str(answer["msgid"])) < 2**63
    assert abs(int(query["timestamp"]) - time.time()) < 5


@pytest.mark.parametrize(
    ("settings", "beginning"),
    [
        ({"agent_first": True}, "<xml><AgentID>"),
        ({"cdata": False}, "<xml><ToUserName>ww"),
        ({"raw_prefix": True}, "<xml><ToUserName><![CDATA[ww"),
    ],
)
def test_shapes_of_the_envelope(stage: Stage, settings: dict[str, bool], beginning: str) -> None:
    stage.sandbox.api("POST", "settings", {"callback": settings})
    stage.sandbox.act(ONE, "send", type="text", text="形状")
    assert stage.app.received[0].body.decode().startswith(beginning)
    assert last(stage, "Content") == ["形状"]


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        ("image", ["PicUrl", "MediaId"]),
        ("voice", ["MediaId", "Format"]),
        ("video", ["MediaId", "ThumbMediaId"]),
        ("file", ["MediaId", "FileName"]),
    ],
)
def test_media(stage: Stage, kind: str, names: list[str]) -> None:
    answer = stage.sandbox.act(ONE, "send", type=kind)
    assert (answer["delivered"], last(stage, "MsgType")) == (True, [kind])
    assert all(last(stage, *names))
    query = {"access_token": stage.sandbox.token, "media_id": last(stage, "MediaId")[0]}
    assert len(stage.sandbox.client.get("/cgi-bin/media/get", params=query).content) > 5


def test_uploaded_file_keeps_its_name(stage: Stage) -> None:
    files = {"file": ("情况说明（一）.txt", "内容".encode())}
    path = f"/sandbox/api/members/{ONE}/send"
    assert stage.sandbox.client.post(path, data={"type": "file"}, files=files).json()["delivered"] is True
    assert last(stage, "FileName") == ["情况说明（一）.txt"]
    query = {"access_token": stage.sandbox.token, "media_id": last(stage, "MediaId")[0]}
    assert stage.sandbox.client.get("/cgi-bin/media/get", params=query).text == "内容"


def test_location_link_and_unknown(stage: Stage) -> None:
    stage.sandbox.act(ONE, "send", type="location", latitude="1.5", longitude="2.5", label="办公楼")
    assert last(stage, "Location_X", "Location_Y", "Label", "AppType") == ["1.5", "2.5", "办公楼", "wxwork"]
    stage.sandbox.act(ONE, "send", type="link", title="题", description="述", url="https://example.com")
    assert last(stage, "Title", "Description", "Url") == ["题", "述", "https://example.com"]
    stage.sandbox.act(ONE, "send", type="hologram", fields={"Depth": "3"})
    assert last(stage, "MsgType", "Depth") == ["hologram", "3"]


def test_events(stage: Stage) -> None:
    stage.sandbox.act(ONE, "enter")
    assert last(stage, "MsgType", "Event", "EventKey", "MsgId") == ["event", "enter_agent", "", ""]
    fields = {"Latitude": "1", "Longitude": "2", "Precision": "3"}
    stage.sandbox.act(ONE, "event", event="LOCATION", fields=fields)
    assert last(stage, "Event", "Latitude") == ["LOCATION", "1"]
    stage.sandbox.act("sys", "event", event="change_contact", fields={"ChangeType": "delete_user", "UserID": "x"})
    assert last(stage, "FromUserName", "ChangeType") == ["sys", "delete_user"]


def test_subscribe_moves_the_range(stage: Stage) -> None:
    stage.sandbox.act(ONE, "event", event="unsubscribe")
    assert stage.sandbox.send(ONE, body="x")["errcode"] == 81013
    stage.sandbox.act(ONE, "event", event="subscribe")
    assert stage.sandbox.send(ONE, body="x")["errcode"] == 0


def test_entering_can_be_switched_off(stage: Stage) -> None:
    assert stage.sandbox.call("agent/set", {"agentid": 1000002, "isreportenter": 0})["errcode"] == 0
    assert stage.sandbox.act(ONE, "enter")["delivered"] is None
    assert stage.app.received == []


def test_menu_of_every_type(stage: Stage) -> None:
    kinds = ["scancode_push", "scancode_waitmsg", "pic_sysphoto", "pic_photo_or_album", "pic_weixin"]
    view = {"name": "网页", "type": "view", "url": "https://example.com/a"}
    scans: dict[str, object] = {"name": "更多", "sub_button": [{"name": one, "type": one, "key": one} for one in kinds]}
    places = {"name": "位置", "sub_button": [{"name": "选", "type": "location_select", "key": "where"}, view]}
    buttons = [{"name": "咨询", "type": "click", "key": "ask"}, scans, places]
    assert stage.sandbox.call("menu/create", {"button": buttons}, agentid=1000002)["errcode"] == 0
    for key in ["ask", *kinds, "where", "https://example.com/a"]:
        assert stage.sandbox.act(ONE, "menu", key=key)["delivered"] is True
    events = [callback.value("Event") for callback in stage.app.received]
    assert events == ["click", *kinds, "location_select", "view"]
    assert stage.app.received[2].value("ScanCodeInfo/ScanResult") == "sandbox"
    assert "error" in stage.sandbox.act(ONE, "menu", key="absent")


def test_card_events(stage: Stage) -> None:
    option = [{"id": "a", "text": "甲"}, {"id": "b", "text": "乙"}]
    card = {
        "card_type": "vote_interaction",
        "main_title": {"title": "表决"},
        "task_id": "vote-1",
        "checkbox": {"question_key": "q", "mode": 1, "option_list": option},
        "submit_button": {"text": "提交", "key": "go"},
        "action_menu": {"desc": "更多", "action_list": [{"text": "不再提醒", "key": "mute"}]},
    }
    msgid = stage.sandbox.send(ONE, "template_card", card)["msgid"]
    stage.sandbox.act(ONE, "press", msgid=msgid, key="go", selected={"q": ["a", "b"]})
    assert last(stage, "Event", "EventKey", "TaskId") == ["template_card_event", "go", "vote-1"]
    pressed = xmldoc.parse(stage.app.received[-1].plaintext or "")
    assert [one.text for one in pressed.findall("SelectedItems/SelectedItem/OptionIds/OptionId")] == ["a", "b"]
    first = last(stage, "ResponseCode")
    stage.sandbox.act(ONE, "press", msgid=msgid, key="mute")
    assert last(stage, "Event", "CardType") == ["template_card_menu_event", "vote_interaction"]
    assert last(stage, "ResponseCode") != first
    assert "error" in stage.sandbox.act(ONE, "press", msgid=msgid, key="absent")
    assert "error" in stage.sandbox.act(ONE, "press", msgid="absent", key="go")


def test_a_slow_app_is_called_four_times(stage: Stage) -> None:
    stage.sandbox.api("POST", "settings", {"callback": {"timeout": 0.05}})
    stage.app.behaviour = lambda number: (200, b"", 0.3 if number < 3 else 0.0)
    answer = stage.sandbox.act(ONE, "send", type="text", text="慢")
    assert (answer["delivered"], len(stage.app.received)) == (True, 4)
    assert len({callback.body for callback in stage.app.received}) == 1
    stage.app.behaviour = lambda _: (200, b"", 0.3)
    assert stage.sandbox.act(ONE, "send", type="text", text="更慢")["delivered"] is False
    assert len(stage.app.received) == 8


@pytest.mark.parametrize(("retried", "calls"), [(True, 4), (False, 1)])
def test_both_readings_of_the_retry_rule(stage: Stage, retried: bool, calls: int) -> None:
    stage.sandbox.api("POST", "settings", {"callback": {"retry_non_200": retried}})
    stage.app.behaviour = lambda _: (500, b"", 0.0)
    answer = stage.sandbox.act(ONE, "send", type="text", text="x")
    assert (answer["delivered"], answer["status"], len(stage.app.received)) == (False, 500, calls)


def test_retries_can_be_signed_anew(stage: Stage) -> None:
    stage.sandbox.api("POST", "settings", {"callback": {"resign": True}})
    stage.app.behaviour = lambda number: (500 if number < 2 else 200, b"", 0.0)
    stage.sandbox.act(ONE, "send", type="text", text="x")
    assert len({callback.query["nonce"] for callback in stage.app.received}) == 3
    assert len({callback.plaintext for callback in stage.app.received}) == 1


def test_a_dead_app(stage: Stage) -> None:
    stage.sandbox.act(ONE, "enter")
    stage.sandbox.world.callback.url = "http://127.0.0.1:9/wecom/callback"
    answer = stage.sandbox.act(ONE, "send", type="text", text="x")
    assert (answer["delivered"], answer["status"], answer["attempts"]) == (False, None, ["ConnectError"] * 4)
    own = stage.sandbox.client.get(f"/sandbox/api/members/{ONE}/inbox", params={"all": 1}).json()
    assert (own[-1]["from"], own[-1]["delivery"]) == ("member", "failed")


def answering(stage: Stage, body: bytes) -> dict[str, object]:
    stage.app.behaviour = lambda _: (200, body, 0.0)
    return stage.sandbox.act(ONE, "send", type="text", text="x")


def test_passive_text_and_news(stage: Stage) -> None:
    assert answering(stage, reply({"MsgType": "text", "Content": "收到"}))["reply"] == "text"
    article = {"Title": "题", "Description": "", "PicUrl": "", "Url": "https://example.com"}
    news = {"MsgType": "news", "ArticleCount": 1, "Articles": {"item": [article]}}
    assert answering(stage, reply(news))["reply"] == "news"
    assert [(item["content"], item["passive"]) for item in stage.sandbox.inbox(ONE)] == [("收到", True), ("题", True)]


@pytest.mark.parametrize(
    "body",
    [
        b"success",
        b"<html>",
        reply({"MsgType": "markdown", "Content": "x"}),
        reply({"MsgType": "text", "Content": "x"}, receiver="other"),
        reply({"MsgType": "text", "Content": "x"}).replace(b"12345", b"54321"),
        reply({"MsgType": "image", "Image": {"MediaId": "unknown"}}),
        reply({"MsgType": "update_button", "Button": {"ReplaceName": "x"}}),
    ],
)
def test_garbage_is_recorded(stage: Stage, body: bytes) -> None:
    assert answering(stage, body)["delivered"] is True
    assert stage.sandbox.inbox(ONE) == []
    violations = stage.sandbox.client.get("/sandbox/api/violations").json()
    assert [entry["what"] for entry in violations] == ["passive reply"]


@pytest.mark.parametrize("honoured", [False, True])
def test_passive_card_update(stage: Stage, honoured: bool) -> None:
    stage.sandbox.api("POST", "settings", {"callback": {"honour_card_reply": honoured}})
    buttons = [{"text": "确认", "key": "yes"}]
    card = {"card_type": "button_interaction", "main_title": {"title": "t"}, "task_id": "t-1", "button_list": buttons}
    msgid = stage.sandbox.send(ONE, "template_card", card)["msgid"]
    fields = {
        "CardType": "text_notice",
        "MainTitle": {"Title": "已确认"},
        "CardAction": {"Type": 1, "Url": "https://a.cn"},
    }
    rows = {"HorizontalContentList": [{"KeyName": "编号", "Value": "1"}, {"KeyName": "状态", "Value": "办理中"}]}
    body = reply({"MsgType": "update_template_card", "TemplateCard": {**fields, **rows}})
    stage.app.behaviour = lambda _: (200, body, 0.0)
    stage.sandbox.act(ONE, "press", msgid=msgid, key="yes")
    content = stage.sandbox.inbox(ONE)[0]["content"]
    assert content == ("已确认\n编号 1\n状态 办理中" if honoured else "t")


def test_an_encrypted_nothing_is_a_violation(stage: Stage) -> None:
    key = crypto.aes_key(ENV["CHENGYAO_WECOM_AES_KEY"])
    encrypted = crypto.encrypt(key, b"", ENV["CHENGYAO_WECOM_CORP_ID"])
    signed = crypto.signature(ENV["CHENGYAO_WECOM_TOKEN"], "1", "2", encrypted)
    outer = {"Encrypt": encrypted, "MsgSignature": signed, "TimeStamp": 1, "Nonce": "2"}
    assert answering(stage, xmldoc.document(outer).encode())["delivered"] is True
    assert len(stage.sandbox.client.get("/sandbox/api/violations").json()) == 1
