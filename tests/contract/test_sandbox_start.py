"""The process, the phone page's headers and scripts, the stream, and the demo roster."""

import csv
import json
import os
import re
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import httpx
import pytest

from sandbox import settings
from sandbox.testing import ENV, SandboxServer, free_port

CHECKOUT = Path(__file__).parents[2]
STATIC = CHECKOUT / "sandbox" / "static"
HEADER = (
    "userid,name,org,department,post,rank,post_since,department_since,hired_on,born_on,retires_on,telegram_id,roles,"
    "leader,supervisor,party_org,is_head,managed_by,tags,status"
)
ONE = "azkj_chenlei"


def start(folder: Path, **env: str) -> subprocess.Popen[str]:
    """The sandbox as a process of its own."""
    whole = {"PATH": os.environ["PATH"], "PYTHONPATH": str(CHECKOUT), "SANDBOX_VAR": str(folder), **env}
    command = [sys.executable, "-m", "sandbox"]
    return subprocess.Popen(command, env=whole, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_the_process_serves_and_ends(tmp_path: Path) -> None:
    port = free_port()
    process = start(tmp_path, **ENV, SANDBOX_PORT=str(port))
    try:
        assert process.stdout is not None
        assert process.stdout.readline().strip() == f"手机页面: http://127.0.0.1:{port}/"
        for _ in range(200):
            try:
                people = httpx.get(f"http://127.0.0.1:{port}/sandbox/api/members", trust_env=False).json()
                break
            except httpx.ConnectError:
                time.sleep(0.02)
        assert len(people) > 40
        with httpx.stream(
            "GET", f"http://127.0.0.1:{port}/sandbox/api/members/{ONE}/stream", trust_env=False
        ) as open_stream:
            assert next(open_stream.iter_lines()) == ": open"
            process.terminate()
            assert process.communicate(timeout=10)[1] == ""
    finally:
        process.kill()
    assert process.returncode in (0, -15)


def test_a_missing_variable_is_named(tmp_path: Path) -> None:
    env = {name: value for name, value in ENV.items() if name != "CHENGYAO_WECOM_TOKEN"}
    process = start(tmp_path, **env)
    assert "CHENGYAO_WECOM_TOKEN is not set" in process.communicate(timeout=20)[1]
    assert process.returncode == 1


def test_defaults() -> None:
    loaded = settings.load({**ENV, "BOT_PORT": "9000", "CONSOLE_PORT": "9001"})
    assert (loaded.port, loaded.callback_url) == (8090, "http://127.0.0.1:9000/wecom/callback")
    assert loaded.signin_domains == {"127.0.0.1:9001", "localhost:9001"}
    with pytest.raises(settings.SettingsError, match="CHENGYAO_WECOM_AES_KEY must match"):
        settings.load({**ENV, "CHENGYAO_WECOM_AES_KEY": "short"})


def test_page_allows_no_inline_script() -> None:
    with SandboxServer.running() as sandbox:
        page = sandbox.client.get("/")
        policy = page.headers["content-security-policy"]
        assert "default-src 'none'; script-src 'self'" in policy
        assert "unsafe" not in policy
        assert not re.search(r"<script(?![^>]*\ssrc=)|\son\w+=|\sstyle=|https?://(?!www\.w3\.org)", page.text)
        scripts = [path.name for path in STATIC.glob("*.js")]
        assert all(sandbox.client.get(f"/static/{name}").status_code == 200 for name in scripts)


def test_scripts_insert_text_only() -> None:
    forbidden = re.compile(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|DOMParser|new Function")
    assert [path.name for path in STATIC.glob("*.js") if forbidden.search(path.read_text(encoding="utf-8"))] == []


def test_media_is_never_a_page() -> None:
    with SandboxServer.running() as sandbox:
        files = {"file": ("x.html", b"<script>alert(1)</script>", "text/html")}
        sandbox.client.post(f"/sandbox/api/members/{ONE}/send", data={"type": "file"}, files=files)
        own = sandbox.client.get(f"/sandbox/api/members/{ONE}/inbox", params={"all": 1}).json()
        response = sandbox.client.get(own[0]["media"]["url"])
        assert response.headers["content-disposition"].startswith("attachment")
        assert response.headers["content-security-policy"].startswith("sandbox")


def test_stream_sends_what_is_new_and_what_changes() -> None:
    with SandboxServer.running() as sandbox:
        first = sandbox.send(ONE, body="一")["msgid"]
        seen = []
        with sandbox.client.stream("GET", f"/sandbox/api/members/{ONE}/stream") as response:
            for line in response.iter_lines():
                if line.startswith("data: "):
                    seen.append(json.loads(line[6:]))
                    if len(seen) == 1:
                        sandbox.send(ONE, body="二")
                        sandbox.call("message/recall", {"msgid": first})
                if len(seen) == 3:
                    break
        assert [(item["content"], item["recalled"]) for item in seen] == [("一", False), ("二", False), ("", True)]
        assert seen[0]["id"] == seen[2]["id"]


def test_reset_ends_the_streams() -> None:
    with SandboxServer.running() as sandbox:
        lines = []
        with sandbox.client.stream("GET", f"/sandbox/api/members/{ONE}/stream") as response:
            for line in response.iter_lines():
                lines.append(line)
                if len(lines) == 1:
                    sandbox.api("POST", "reset")
        assert lines == [": open", ""]


def roster() -> list[dict[str, str]]:
    text = (CHECKOUT / "orgs/demo/roster.csv").read_text(encoding="utf-8")
    assert text.splitlines()[0] == HEADER
    return list(csv.DictReader(text.splitlines()))


def test_roster_has_every_role_in_every_organisation() -> None:
    rows = roster()
    people = {row["userid"]: row for row in rows}
    assert len(people) == len(rows)
    roles = Counter((row["org"], role) for row in rows for role in row["roles"].split(";"))
    for org in ("azkj", "ldu", "sdju", "yn", "nq"):
        wanted = ("handler_discipline", "handler_organization", "hr", "auditor")
        assert [roles[org, role] for role in wanted] == [1, 1, 1, 1]
        assert roles[org, "cadre"] >= 4
        assert any(row["is_head"] == "1" for row in rows if row["org"] == org)
    assert sum(count for (_, role), count in roles.items() if role == "admin") == 1


def test_roster_refers_to_people_it_holds() -> None:
    people = {row["userid"]: row["org"] for row in roster()}
    date = re.compile(r"|\d{4}\.\d{2}|\d{4}-\d{2}-\d{2}|\d{4}\.\d{2}\.\d{2}")
    for row in roster():
        assert row["userid"].startswith(f"{row['org']}_")
        named = [row["leader"], row["supervisor"], *row["managed_by"].split(";")]
        assert all(people[userid] == row["org"] for userid in named if userid)
        assert all(date.fullmatch(value) for name, value in row.items() if name.endswith(("_since", "_on")))
