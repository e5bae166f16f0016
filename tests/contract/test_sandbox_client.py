"""The stock wechatpy client, pointed at the sandbox as wecom-protocol 6.4 says, completes its round (9.5)."""

from collections.abc import Iterator
from typing import Any

import pytest
from wechatpy.enterprise import WeChatClient
from wechatpy.enterprise.client.api import WeChatMedia
from wechatpy.exceptions import WeChatClientException

from sandbox.media import PNG_SAMPLE
from sandbox.testing import ENV, SandboxServer, Stage

ONE = "azkj_chenlei"
AGENT = int(ENV["CHENGYAO_WECOM_AGENT_ID"])


@pytest.fixture(scope="module")
def running() -> Iterator[Stage]:
    with Stage.running() as stage:
        yield stage


@pytest.fixture
def sandbox(running: Stage) -> SandboxServer:
    return running.fresh().sandbox


def client_of(sandbox: SandboxServer, secret: str = ENV["CHENGYAO_WECOM_SECRET"]) -> Any:
    """wechatpy's client with everything that is hard-coded overridden."""

    class Media(WeChatMedia):  # type: ignore[misc, unused-ignore]
        def download(self, media_id: str) -> Any:
            url = f"{self._client.API_BASE_URL}media/get"
            return self._client._http.get(url, params={"access_token": self.access_token, "media_id": media_id})

    class Client(WeChatClient):  # type: ignore[misc, unused-ignore]
        API_BASE_URL = f"{sandbox.base_url}/cgi-bin/"
        media = Media()

        def fetch_access_token(self) -> Any:
            params = {"corpid": self.corp_id, "corpsecret": self.secret}
            return self._fetch_access_token(url=f"{self.API_BASE_URL}gettoken", params=params)

    client = Client(ENV["CHENGYAO_WECOM_CORP_ID"], secret, auto_retry=False)
    client._http.trust_env = False
    return client


def test_the_whole_round(sandbox: SandboxServer) -> None:
    client = client_of(sandbox)
    sent = client.message.send_text(AGENT, [ONE, "Ghost"], "您好")
    assert (sent["errcode"], sent["invaliduser"], bool(sent["msgid"])) == (0, "ghost", True)
    uploaded = client.media.upload("image", ("图.png", PNG_SAMPLE, "image/png"))
    assert (uploaded["type"], uploaded["created_at"].isdecimal()) == ("image", True)
    assert client.media.download(uploaded["media_id"]).content == PNG_SAMPLE
    assert client.message.send_image(AGENT, [ONE], uploaded["media_id"])["errcode"] == 0
    menu = {"button": [{"type": "click", "name": "咨询", "key": "ask"}]}
    assert client.menu.create(AGENT, menu)["errcode"] == 0
    assert client.menu.get(AGENT)["button"] == menu["button"]
    assert client.menu.delete(AGENT)["errcode"] == 0
    assert client.user.get(ONE)["name"] == "陈磊"
    assert [item["kind"] for item in sandbox.inbox(ONE)] == ["text", "image"]


def test_further_calls(sandbox: SandboxServer) -> None:
    client = client_of(sandbox)
    card = {
        "card_type": "button_interaction",
        "main_title": {"title": "请核对"},
        "task_id": "t-1",
        "button_list": [{"text": "确认", "key": "yes"}],
    }
    message = {"msgtype": "template_card", "template_card": card, "enable_duplicate_check": 1}
    sent = client.message.send(AGENT, [ONE], msg=message)
    change = {"userids": [ONE], "agentid": AGENT, "response_code": sent["response_code"]}
    grey = {**change, "button": {"replace_name": "好"}}
    assert client.post("message/update_template_card", data=grey)["errcode"] == 0
    assert client.post("message/recall", data={"msgid": sent["msgid"]})["errcode"] == 0
    assert len(client.department.get()) > 5
    assert client.get("department/simplelist")["department_id"][0] == {"id": 1, "parentid": 0, "order": 1}
    assert client.tag.list()[0]["tagid"] == 1
    assert client.agent.get(AGENT)["name"] == "撑腰"
    assert client.misc.get_wechat_ips() == ["127.0.0.1"]
    assert client.jsapi.get_ticket()["expires_in"] > 0


def test_refusals_are_raised(sandbox: SandboxServer) -> None:
    with pytest.raises(WeChatClientException) as caught:
        client_of(sandbox).message.send_text(AGENT, ["ghost"], "x")
    assert caught.value.errcode == 81013
    with pytest.raises(WeChatClientException) as caught:
        client_of(sandbox, "wrong").user.get(ONE)
    assert caught.value.errcode == 40001


def test_login_code(sandbox: SandboxServer) -> None:
    query = {
        "appid": ENV["CHENGYAO_WECOM_CORP_ID"],
        "redirect_uri": "http://127.0.0.1:8081/signin?next=%2F",
        "response_type": "code",
        "scope": "snsapi_base",
        "state": "abc",
        "userid": ONE,
    }
    location = sandbox.client.get("/connect/oauth2/authorize", params=query).headers["location"]
    code = location.split("code=")[1].split("&")[0]
    assert client_of(sandbox).oauth.get_user_info(code)["UserId"] == ONE
