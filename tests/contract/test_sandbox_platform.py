"""Tokens, media, menu, directory, tags and sign-in (wecom-protocol 3, 5, 9.2)."""

from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest

from sandbox.media import AMR_SAMPLE, MP4_SAMPLE, PNG_SAMPLE
from sandbox.testing import ENV, SandboxServer, Stage

ONE = "azkj_chenlei"
CORP, SECRET = ENV["CHENGYAO_WECOM_CORP_ID"], ENV["CHENGYAO_WECOM_SECRET"]


@pytest.fixture(scope="module")
def running() -> Iterator[Stage]:
    with Stage.running() as stage:
        yield stage


@pytest.fixture
def sandbox(running: Stage) -> SandboxServer:
    return running.fresh().sandbox


def gettoken(sandbox: SandboxServer, **query: str) -> dict[str, object]:
    answer: dict[str, object] = sandbox.client.get("/cgi-bin/gettoken", params=query).json()
    return answer


def test_gettoken_refusals(sandbox: SandboxServer) -> None:
    wanted = [({}, 41004), ({"corpid": CORP}, 41004), ({"corpsecret": SECRET}, 41002)]
    wanted += [({"corpid": "x", "corpsecret": "y"}, 40013), ({"corpid": CORP, "corpsecret": "y"}, 40001)]
    assert [gettoken(sandbox, **query)["errcode"] for query, _ in wanted] == [code for _, code in wanted]
    sandbox.api("POST", "settings", {"app": {"disabled": True}})
    assert gettoken(sandbox, corpid=CORP, corpsecret=SECRET)["errcode"] == 50003
    assert sandbox.call("agent/list")["errcode"] == 50003


def test_too_many_wrong_secrets_ban_the_address(sandbox: SandboxServer) -> None:
    sandbox.api("POST", "settings", {"bad_secret_limit": 3})
    codes = [gettoken(sandbox, corpid=CORP, corpsecret="wrong")["errcode"] for _ in range(4)]
    assert codes == [40001] * 3 + [45009]
    assert gettoken(sandbox, corpid=CORP, corpsecret=SECRET)["errcode"] == 45009
    sandbox.api("POST", "clock", {"advance_seconds": 3601})
    assert gettoken(sandbox, corpid=CORP, corpsecret=SECRET)["errcode"] == 0


def test_same_token_or_rotation(sandbox: SandboxServer) -> None:
    first = sandbox.token
    assert sandbox.login() == first
    sandbox.api("POST", "settings", {"token_rotate": True})
    assert sandbox.login() != first
    sandbox.token = first
    assert sandbox.call("agent/list")["errcode"] == 40014


def test_tokens_end(sandbox: SandboxServer) -> None:
    assert gettoken(sandbox, corpid=CORP, corpsecret=SECRET)["expires_in"] in (7199, 7200)
    sandbox.api("POST", "clock", {"advance_seconds": 7201})
    assert sandbox.call("agent/list")["errcode"] == 42001
    answers = [sandbox.client.get("/cgi-bin/user/list", params={"access_token": token}).json() for token in ("", "bad")]
    assert [(answer["errcode"], answer["userlist"]) for answer in answers] == [(41001, []), (40014, [])]
    headers = {"authorization": f"Bearer {sandbox.login()}"}
    assert sandbox.client.get("/cgi-bin/agent/list", headers=headers).json()["errcode"] == 41001


def upload(sandbox: SandboxServer, kind: str, name: str, content: bytes, part: str = "media") -> dict[str, object]:
    query = {"access_token": sandbox.token, "type": kind}
    answer = sandbox.client.post("/cgi-bin/media/upload", params=query, files={part: (name, content)}).json()
    assert isinstance(answer, dict)
    return answer


@pytest.mark.parametrize(
    ("kind", "content", "code"),
    [
        ("image", PNG_SAMPLE, 0),
        ("voice", AMR_SAMPLE, 0),
        ("video", MP4_SAMPLE, 0),
        ("file", b"123456", 0),
        ("file", b"12345", 40006),
        ("file", bytes((20 << 20) + 1), 45001),
        ("image", PNG_SAMPLE + bytes(10 << 20), 45001),
        ("voice", AMR_SAMPLE + bytes(2 << 20), 45001),
        ("image", b"GIF89a......", 40123),
        ("voice", b"ID3 is mp3 not amr", 40004),
        ("thumb", PNG_SAMPLE, 40004),
    ],
)
def test_uploads(sandbox: SandboxServer, kind: str, content: bytes, code: int) -> None:
    assert upload(sandbox, kind, "文件.dat", content)["errcode"] == code


def test_upload_parts(sandbox: SandboxServer) -> None:
    assert upload(sandbox, "file", "a.txt", b"123456", part="file")["errcode"] == 44001
    query = {"access_token": sandbox.token, "type": "file"}
    assert sandbox.client.post("/cgi-bin/media/upload", params=query, content=b"{}").json()["errcode"] == 44001
    good = upload(sandbox, "file", "a.txt", b"123456")
    assert (good["errmsg"], good["type"], str(good["created_at"]).isdecimal()) == ("", "file", True)


def test_download_ranges_and_expiry(sandbox: SandboxServer) -> None:
    media_id = str(upload(sandbox, "file", "报告.txt", b"0123456789")["media_id"])
    query = {"access_token": sandbox.token, "media_id": media_id}
    whole = sandbox.client.get("/cgi-bin/media/get", params=query)
    assert (whole.content, whole.headers["content-type"].split(";")[0]) == (b"0123456789", "text/plain")
    assert "%E6%8A%A5%E5%91%8A.txt" in whole.headers["content-disposition"]
    part = sandbox.client.get("/cgi-bin/media/get", params=query, headers={"range": "bytes=2-5"})
    assert (part.status_code, part.content, part.headers["content-range"]) == (206, b"2345", "bytes 2-5/10")
    sandbox.api("POST", "clock", {"advance_seconds": 3 * 86400})
    query["access_token"] = sandbox.login()
    late = sandbox.client.get("/cgi-bin/media/get", params=query)
    assert (late.status_code, late.json()["errcode"]) == (200, 40007)
    assert sandbox.send(ONE, "file", {"media_id": query["media_id"]})["errcode"] == 40007


def test_media_of_the_right_type(sandbox: SandboxServer) -> None:
    media = upload(sandbox, "file", "a.txt", b"123456")["media_id"]
    assert sandbox.send(ONE, "image", {"media_id": media})["errcode"] == 40007
    assert sandbox.send(ONE, "file", {"media_id": media})["errcode"] == 0
    shown = sandbox.inbox(ONE)[0]["media"]
    assert isinstance(shown, dict)
    assert (shown["name"], sandbox.client.get(shown["url"]).content) == ("a.txt", b"123456")


LEAF: dict[str, object] = {"type": "click", "name": "按钮", "key": "k"}


@pytest.mark.parametrize(
    ("buttons", "code"),
    [
        ([], 40016),
        ([LEAF] * 4, 40016),
        ([{**LEAF, "type": "dance"}], 40017),
        ([{**LEAF, "name": "超过十六个字节的名称"}], 40018),
        ([{**LEAF, "key": "k" * 129}], 40019),
        ([{"type": "view", "name": "x"}], 40020),
        ([{"type": "view", "name": "x", "url": "ftp://a"}], 40055),
        ([{"name": "x", "sub_button": [LEAF] * 6}], 40023),
        ([{"name": "x", "sub_button": [{"name": "y", "sub_button": [LEAF]}]}], 40023),
        ([{"name": "x", "sub_button": [{**LEAF, "type": "dance"}]}], 40024),
        ([{"name": "x", "sub_button": [{**LEAF, "name": "长" * 14}]}], 40025),
        ([{"name": "x", "sub_button": [{**LEAF, "key": ""}]}], 40026),
        ([{"name": "x", "sub_button": [{"type": "view", "name": "y", "url": "http://" + "a" * 1024}]}], 40027),
        ([{"name": "x", "sub_button": [LEAF] * 5}], 0),
    ],
)
def test_menus(sandbox: SandboxServer, buttons: list[object], code: int) -> None:
    assert sandbox.call("menu/create", {"button": buttons}, agentid=1000002)["errcode"] == code
    assert sandbox.call("menu/get", agentid=1000002)["errcode"] == (46003 if code else 0)


def test_directory(sandbox: SandboxServer) -> None:
    member = sandbox.call("user/get", userid=ONE.upper())
    assert (member["userid"], member["position"], member["direct_leader"]) == (ONE, "副主任", ["azkj_liujun"])
    assert "mobile" not in member
    department = member["main_department"]
    people = sandbox.call("user/simplelist", department_id=department)["userlist"]
    assert isinstance(people, list)
    assert {"userid": ONE, "name": "陈磊", "department": [department]} in people
    detail = sandbox.call("department/get", id=department)["department"]
    assert isinstance(detail, dict)
    assert (detail["name"], detail["department_leader"]) == ("汽车工程系", ["azkj_liujun"])
    assert sandbox.call("user/list", department_id=department)["errcode"] == 0
    assert sandbox.call("user/get", userid="ghost")["errcode"] == 60111
    assert sandbox.call("user/simplelist", department_id=999)["errcode"] == 60123
    assert sandbox.call("user/getuserid", {"mobile": "13800000000"})["errcode"] == 46004


def test_list_id_is_for_contact_sync(sandbox: SandboxServer) -> None:
    assert sandbox.call("user/list_id", {"limit": 10})["errcode"] == 48002
    sandbox.login(ENV["SANDBOX_CONTACT_SECRET"])
    seen: list[object] = []
    cursor: object = ""
    while True:
        page = sandbox.call("user/list_id", {"limit": 20, "cursor": cursor})
        rows, cursor = page["dept_user"], page["next_cursor"]
        assert isinstance(rows, list)
        seen += [row["userid"] for row in rows]
        if not cursor:
            break
    assert len(seen) == len(set(seen)) == len(sandbox.world.directory.members)


def test_tags(sandbox: SandboxServer) -> None:
    before = sandbox.call("tag/get", tagid=1)["userlist"]
    assert isinstance(before, list)
    answer = sandbox.call("tag/addtagusers", {"tagid": 1, "userlist": ["nq_yanbo", "ghost"], "partylist": [1, 999]})
    assert (answer["errcode"], answer["invalidlist"], answer["invalidparty"]) == (0, "ghost", [999])
    after = sandbox.call("tag/get", tagid=1)
    assert isinstance(after["userlist"], list)
    assert (len(after["userlist"]), after["partylist"]) == (len(before) + 1, [1])
    assert sandbox.call("tag/deltagusers", {"tagid": 1, "userlist": ["nq_yanbo"], "partylist": [1]})["errcode"] == 0
    assert sandbox.call("tag/get", tagid=1)["userlist"] == before
    assert sandbox.call("tag/addtagusers", {"tagid": 1, "userlist": ["ghost"]})["errcode"] == 40070
    assert sandbox.call("tag/addtagusers", {"tagid": 1, "userlist": "a|b"})["errcode"] == 40035


AUTHORIZE = {
    "appid": CORP,
    "redirect_uri": "http://127.0.0.1:8081/signin",
    "response_type": "code",
    "scope": "snsapi_privateinfo",
    "agentid": "1000002",
    "state": "s1",
}


def code_from(sandbox: SandboxServer, path: str, **query: str) -> str:
    location = sandbox.client.get(path, params=query).headers["location"]
    values = parse_qs(urlsplit(location).query)
    assert values["state"] == ["s1"]
    return values["code"][0]


def test_sign_in_with_code_and_ticket(sandbox: SandboxServer) -> None:
    code = code_from(sandbox, "/connect/oauth2/authorize", **AUTHORIZE, userid=ONE)
    info = sandbox.call("auth/getuserinfo", code=code)
    assert info["userid"] == ONE
    assert sandbox.call("auth/getuserinfo", code=code)["errcode"] == 40029
    ticket = {"user_ticket": info["user_ticket"]}
    assert sandbox.call("auth/getuserdetail", ticket)["userid"] == ONE
    assert sandbox.call("auth/getuserdetail", {"user_ticket": "x"})["errcode"] == 84015
    sandbox.api("POST", "clock", {"advance_seconds": 1801})
    assert sandbox.call("auth/getuserdetail", ticket)["errcode"] == 84014


def test_codes_last_five_minutes(sandbox: SandboxServer) -> None:
    base = {**AUTHORIZE, "scope": "snsapi_base", "userid": ONE}
    fresh = code_from(sandbox, "/connect/oauth2/authorize", **base)
    assert "user_ticket" not in sandbox.call("auth/getuserinfo", code=fresh)
    code = code_from(sandbox, "/connect/oauth2/authorize", **base)
    sandbox.api("POST", "clock", {"advance_seconds": 300})
    assert sandbox.call("auth/getuserinfo", code=code)["errcode"] == 40029


def test_only_exact_domains_are_trusted(sandbox: SandboxServer) -> None:
    strange = ["http://127.0.0.1:8082/x", "http://127.0.0.1:8081.evil.cn/", "javascript:1", "http://a@127.0.0.1:8081/"]
    for target in strange:
        query = {**AUTHORIZE, "redirect_uri": target, "userid": ONE}
        answer = sandbox.client.get("/connect/oauth2/authorize", params=query)
        assert ("无法登录" in answer.text, "location" in answer.headers) == (True, False)


def test_picker_when_nobody_is_chosen(sandbox: SandboxServer) -> None:
    query = {"login_type": "CorpApp", "appid": CORP, "agentid": "1000002", "state": "s1"}
    query["redirect_uri"] = AUTHORIZE["redirect_uri"]
    page = sandbox.client.get("/wwlogin/sso/login", params={**query, "lang": '"><script>'})
    assert "login-azkj_chenlei" in page.text
    assert "<script" not in page.text
    code = code_from(sandbox, "/wwlogin/sso/login", **query, userid=ONE)
    assert sandbox.call("user/getuserinfo", code=code)["UserId"] == ONE


def test_inside_the_app_the_member_is_known(sandbox: SandboxServer) -> None:
    headers = {"cookie": f"sandbox_userid={ONE}"}
    inside = sandbox.client.get("/connect/oauth2/authorize", params=AUTHORIZE, headers=headers)
    assert inside.status_code == 302


def test_agent_and_addresses(sandbox: SandboxServer) -> None:
    assert sandbox.call("agent/set", {"agentid": 1000002, "description": "说明"})["errcode"] == 0
    assert sandbox.call("agent/get", agentid=1000002)["description"] == "说明"
    assert sandbox.call("agent/get", agentid=1)["errcode"] == 301002
    assert sandbox.call("getcallbackip")["ip_list"] == sandbox.call("get_api_domain_ip")["ip_list"] == ["127.0.0.1"]
    assert sandbox.call("get_jsapi_ticket")["ticket"] != sandbox.call("ticket/get", type="agent_config")["ticket"]
