"""message/send and recall: recipients, limits, truncation, refusals (wecom-protocol 4, 9.2)."""

import statistics
import time
import tracemalloc
from collections.abc import Iterator

import pytest

from sandbox.testing import ENV, SandboxServer, Stage

ONE, TWO = "azkj_chenlei", "ldu_linqing"


@pytest.fixture(scope="module")
def running() -> Iterator[Stage]:
    with Stage.running() as stage:
        yield stage


@pytest.fixture
def sandbox(running: Stage) -> SandboxServer:
    return running.fresh().sandbox


def errcode(answer: dict[str, object]) -> object:
    return answer["errcode"]


def test_partial_recipients(sandbox: SandboxServer) -> None:
    answer = sandbox.send(f"{ONE.upper()}|Nobody|{TWO}|GHOST", body="您好")
    assert (answer["errcode"], answer["invaliduser"]) == (0, "nobody|ghost")
    assert isinstance(answer["msgid"], str)
    assert [item["content"] for item in sandbox.inbox(ONE) + sandbox.inbox(TWO)] == ["您好", "您好"]


def test_nobody_left(sandbox: SandboxServer) -> None:
    assert errcode(sandbox.send("nobody|ghost", body="x")) == 81013
    assert errcode(sandbox.send("", body="x")) == 82001
    assert errcode(sandbox.send("|".join(f"u{n}" for n in range(1001)), body="x")) == 40032
    assert errcode(sandbox.send("", body="x", toparty="|".join("1" * 101))) == 82002
    assert errcode(sandbox.send("", body="x", totag="|".join("1" * 101))) == 82003


def test_range_and_licence(sandbox: SandboxServer) -> None:
    sandbox.api("PATCH", f"members/{ONE}", {"licensed": False})
    sandbox.api("PATCH", f"members/{TWO}", {"in_range": False})
    answer = sandbox.send(f"{ONE}|{TWO}|nq_wangjianguo", body="x")
    assert (answer["errcode"], answer["unlicenseduser"], answer["invaliduser"]) == (0, ONE, TWO)


def test_departments_tags_and_all(sandbox: SandboxServer) -> None:
    departments = sandbox.call("department/list")["department"]
    assert isinstance(departments, list)
    ldu = next(one["id"] for one in departments if one["name"] == "鲁东大学")
    answer = sandbox.send("", body="院校", toparty=f"{ldu}|999")
    assert (answer["errcode"], answer["invalidparty"]) == (0, "999")
    assert (len(sandbox.inbox(TWO)), len(sandbox.inbox(ONE))) == (1, 0)
    assert sandbox.send("", body="标签", totag="1|99")["invalidtag"] == "99"
    assert errcode(sandbox.send("@all", body="全员")) == 0
    assert all(sandbox.inbox(userid)[-1]["content"] == "全员" for userid in (ONE, TWO, "nq_yanbo"))


def test_text_is_cut_on_bytes(sandbox: SandboxServer) -> None:
    sandbox.send(ONE, body="长" * 683)
    sandbox.send(ONE, body="长" * 682 + "ab")
    sandbox.send(ONE, body="a" * 2046 + "😀")
    cut, whole, emoji = sandbox.inbox(ONE)
    assert (cut["truncated"], whole["truncated"], emoji["truncated"]) == (True, False, True)
    assert cut["content"] == "长" * 682 + "\ufffd"
    assert emoji["content"] == "a" * 2046 + "\ufffd"


@pytest.mark.parametrize(
    ("msgtype", "body", "code"),
    [
        ("text", {"content": ""}, 44004),
        ("strange", {}, 40008),
        ("image", {"media_id": "unknown"}, 40007),
        ("textcard", {"title": "t", "description": "d", "url": "no-scheme"}, 45034),
        ("textcard", {"description": "d", "url": "https://example.com"}, 41016),
        ("news", {"articles": [{"title": "t", "url": "https://example.com"}] * 9}, 45008),
        ("news", {"articles": [{"title": "t", "url": "example.com"}]}, 45034),
        ("miniprogram_notice", {"appid": "x"}, 48002),
        ("markdown", {"content": ""}, 44004),
    ],
)
def test_refused_bodies(sandbox: SandboxServer, msgtype: str, body: dict[str, object], code: int) -> None:
    assert errcode(sandbox.send(ONE, msgtype, body)) == code


def test_confidential_types(sandbox: SandboxServer) -> None:
    news = {"articles": [{"title": "t", "url": "https://example.com"}]}
    assert errcode(sandbox.send(ONE, "news", news, safe=1)) == 40074
    assert errcode(sandbox.send(ONE, body="x", safe=1)) == 0


def test_agents_and_tokens(sandbox: SandboxServer) -> None:
    body = {"touser": ONE, "msgtype": "text", "text": {"content": "x"}}
    assert errcode(sandbox.call("message/send", {**body, "agentid": 1})) == 301002
    assert errcode(sandbox.call("message/send", {**body, "agentid": "abc"})) == 40056
    sandbox.login(ENV["SANDBOX_CONTACT_SECRET"])
    assert errcode(sandbox.call("message/send", {**body, "agentid": 0})) == 48002


def test_thirty_a_minute_then_silence(sandbox: SandboxServer) -> None:
    answers = [sandbox.send(ONE, body=f"第{n}条") for n in range(33)]
    assert all(answer["errcode"] == 0 and answer["msgid"] for answer in answers)
    assert len(sandbox.inbox(ONE)) == 30
    sandbox.api("POST", "clock", {"advance_seconds": 61})
    sandbox.send(ONE, body="下一分钟")
    assert sandbox.inbox(ONE)[-1]["content"] == "下一分钟"


def test_hourly_and_daily_limits(sandbox: SandboxServer) -> None:
    sandbox.api("POST", "settings", {"limits": {"per_minute": 1000, "per_hour": 5, "daily": 9}})
    assert [errcode(sandbox.send(ONE, body=f"{n}")) for n in range(10)] == [0] * 9 + [45009]
    assert len(sandbox.inbox(ONE)) == 5
    sandbox.api("POST", "clock", {"advance_seconds": 86400})
    sandbox.login()
    assert errcode(sandbox.send(ONE, body="明天")) == 0


def test_duplicate_check(sandbox: SandboxServer) -> None:
    first = sandbox.send(ONE, body="一次")
    again = sandbox.send(ONE, body="一次", enable_duplicate_check=1)
    assert (again["errcode"], again["msgid"]) == (0, first["msgid"])
    assert len(sandbox.inbox(ONE)) == 1
    sandbox.api("POST", "clock", {"advance_seconds": 1801})
    sandbox.send(ONE, body="一次", enable_duplicate_check=1)
    assert len(sandbox.inbox(ONE)) == 2


def test_names_for_ids(sandbox: SandboxServer) -> None:
    sandbox.send(ONE, body="$userName=azkj_chenlei$在$departmentName=1$，$userName=ghost$", enable_id_trans=1)
    assert sandbox.inbox(ONE)[0]["content"] == "陈磊在撑腰演示企业，$userName=ghost$"


def test_recall(sandbox: SandboxServer) -> None:
    early, late = sandbox.send(ONE, body="早")["msgid"], sandbox.send(ONE, body="晚")["msgid"]
    assert errcode(sandbox.call("message/recall", {"msgid": early})) == 0
    assert (sandbox.inbox(ONE)[0]["recalled"], sandbox.inbox(ONE)[0]["content"]) == (True, "")
    assert errcode(sandbox.call("message/recall", {"msgid": "unknown"})) == 40058
    sandbox.api("POST", "apps", {"agentid": 7, "secret": "other"})
    own = sandbox.token
    sandbox.login("other")
    assert errcode(sandbox.call("message/recall", {"msgid": late})) == 40058
    sandbox.token = own
    sandbox.api("POST", "settings", {"token_ttl": 10**6})
    sandbox.api("POST", "clock", {"advance_seconds": 86400})
    sandbox.login()
    assert errcode(sandbox.call("message/recall", {"msgid": late})) == 42052


def test_json_whatever_the_content_type(sandbox: SandboxServer) -> None:
    query = {"access_token": sandbox.token}
    body = '{"touser":"azkj_chenlei","msgtype":"text","agentid":1000002,"text":{"content":"无类型"}}'.encode()
    response = sandbox.client.post("/cgi-bin/message/send", params=query, content=body)
    assert (response.status_code, response.json()["errcode"]) == (200, 0)
    assert sandbox.client.post("/cgi-bin/message/send", params=query, content=b"{").json()["errcode"] == 40035
    assert sandbox.client.get("/cgi-bin/message/nothing", params=query).status_code == 404
    assert sandbox.client.get("/cgi-bin/message/send", params=query).json()["errcode"] == 43002


def test_hints_vary(sandbox: SandboxServer) -> None:
    texts = {str(sandbox.send("ghost", body="x")["errmsg"]) for _ in range(3)}
    assert len(texts) == 3
    assert all("hint: [" in text and "from ip: 127.0.0.1" in text and "e=81013" in text for text in texts)


@pytest.fixture
def batches(sandbox: SandboxServer) -> list[str]:
    """The recipients of 100 calls, 1,000 each."""
    sandbox.api("POST", "members", {"count": 100_000, "prefix": "load"})
    people = [f"load{number:05d}" for number in range(1, 100_001)]
    return ["|".join(people[start : start + 1000]) for start in range(0, len(people), 1000)]


def test_a_thousand_recipients_are_quick(sandbox: SandboxServer, batches: list[str]) -> None:
    times = []
    for batch in batches[:20]:
        began = time.perf_counter()
        assert errcode(sandbox.send(batch, body="通知")) == 0
        times.append(time.perf_counter() - began)
    assert statistics.median(times) < 0.05


def test_a_hundred_thousand_messages_are_small(sandbox: SandboxServer, batches: list[str]) -> None:
    tracemalloc.start()
    try:
        assert {errcode(sandbox.send(batch, body="通知")) for batch in batches} == {0}
        used = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert used < 150 << 20
    assert sandbox.inbox("load99999")[0]["content"] == "通知"
