"""A small file beside a reply: uploaded, then sent by its media id (wecom-protocol 4.2, 5.1), against the sandbox."""

from collections.abc import Iterator

import pytest

from bot import cards
from bot.cards import Message
from bot.channels.wecom import WeCom
from core.errors import TemporaryFailure
from core.messages.rules import Attachment, Button, Reply, reply_from_json
from sandbox.testing import SandboxServer
from tests.contract.test_wecom_client import PAUSES, account, calls

ONE = "azkj_chenlei"
FILE = Message("file", "BEGIN:VCALENDAR\r\n地点行政楼\r\nEND:VCALENDAR\r\n", name="talk.ics")


@pytest.fixture(scope="module")
def sandbox() -> Iterator[SandboxServer]:
    with SandboxServer.running(callback_url="http://127.0.0.1:9/wecom/callback") as server:
        yield server


def test_a_file_arrives_under_its_name(sandbox: SandboxServer) -> None:
    channel = WeCom(account(sandbox.base_url, timeouts=(3.0, 10.0)), PAUSES)
    assert channel.send(ONE, FILE)
    sandbox.login()
    (sent,) = calls(sandbox, "message/send")
    body = sent["body"]
    assert body["msgtype"] == "file" and body["touser"] == ONE
    media = channel.download(body["file"]["media_id"])
    assert media.name == "talk.ics" and media.content.decode() == FILE.text


def test_a_refused_upload_is_tried_again_later(sandbox: SandboxServer) -> None:
    sandbox.login()
    sandbox.api("POST", "faults", {"kind": "errcode", "endpoint": "media/upload", "errcode": -1})
    with pytest.raises(TemporaryFailure):
        WeCom(account(sandbox.base_url, timeouts=(3.0, 10.0)), PAUSES).send(ONE, FILE)


def test_a_reply_with_a_file_becomes_text_file_and_card() -> None:
    reply = Reply("日程", "notice", buttons=(Button("打开", "x:1"),), file=Attachment("talk.ics", "BEGIN"))
    again = reply_from_json(reply.as_json())
    assert again == reply
    messages = cards.render(again, lambda _payload: "id")
    assert [message.kind for message in messages] == ["text", "file", "card"]
    assert [cards.from_json(message.as_json()) for message in messages] == messages
