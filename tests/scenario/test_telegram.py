"""The whole assistant with its second phone: tied by a code, asked about policy, sent home with everything else."""

import re
from collections.abc import Callable
from urllib.parse import urljoin

import httpx
import pytest

from actions import accounts
from tests.phones import Phone, until
from tests.running import Assistant


class There:
    """One user of the local Telegram."""

    def __init__(self, page: str, user: int) -> None:
        self._client = httpx.Client(base_url=urljoin(page, f"/telegram/api/users/{user}/"), trust_env=False, timeout=30)

    def _said(self) -> list[dict[str, object]]:
        items: list[dict[str, object]] = self._client.get("chat").json()
        return [item for item in items if item["from"] == "bot"]

    def after(self, act: Callable[[], httpx.Response]) -> str:
        """Do something; the answer to it."""
        before = len(self._said())
        assert act().json()["delivered"]
        until(lambda: len(self._said()) > before)
        return str(self._said()[-1]["text"])

    def say(self, text: str) -> str:
        """Type something; the answer to it."""
        return self.after(lambda: self._client.post("send", json={"text": text}))


@pytest.fixture(scope="module")
def here(assistant: Assistant) -> Phone:
    """The member's phone at WeChat Work."""
    return assistant.somebody("nq")


@pytest.fixture(scope="module")
def there(assistant: Assistant, here: Phone) -> There:
    user = There(assistant.page, 899_000_001)
    assert user.say("多久体检一次") == accounts.NOT_TIED
    found = re.search(r"验证码：(\S+)", here.say("绑定Telegram").text)
    assert found and user.say(f"/start {found[1]}") == accounts.TIED
    return user


def test_a_question_and_its_follow_up(there: There) -> None:
    assert "宁办发〔2019〕45号 第16条" in there.say("多久体检一次")
    assert "第16条" in there.say("那费用谁出")


@pytest.mark.parametrize("text", ["我要申请容错", "我的申请到哪一步了", "我想预约谈心", "/file:tolerance"])
def test_cases_and_talks_stay_at_home(there: There, text: str) -> None:
    said = there.say(text)
    assert said == accounts.POINTER or "申请容错" not in said


def test_files_are_not_fetched(there: There) -> None:
    assert there.after(lambda: there._client.post("send", json={"kind": "photo"})) == accounts.POINTER
    calls = there._client.get("../../calls", params={"method": "getFile"}).json()
    assert calls == []


def test_untied_again(there: There, here: Phone) -> None:
    assert here.say("解绑Telegram").text == accounts.UNTIED
    assert there.say("多久体检一次") == accounts.NOT_TIED


def test_the_token_is_in_no_log(there: There, assistant: Assistant) -> None:
    secrets = [value for name, value in assistant.secrets.items() if "TELEGRAM" in name]
    assert len(secrets) == 2
    for name in ("bot", "actions", "sandbox", "scheduler"):
        assert not [secret for secret in secrets if secret in assistant.log(name)]
