"""The action server answers calls as the real Rasa 3.6.21 makes them (recorded in data/rasa_calls.json)."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from actions import turn
from actions.app import ACTIONS, create
from actions.wiring import App
from core.db import Database
from core.people import store
from core.people.rules import Person
from core.testing import dump
from tests.asgi import Client

RECORDED = json.loads((Path(__file__).parent / "data" / "rasa_calls.json").read_text(encoding="utf-8"))
SECRET = "recorded"


@pytest.fixture
def client(app: App, db: Database) -> Client:
    with db.write() as connection:
        store.put(connection, Person("azkj_chenlei", "陈磊", "azkj"))
    return Client(create(app, SECRET))


def recorded(name: str) -> dict[str, Any]:
    return copy.deepcopy(RECORDED["calls"][name]["body"])


def post(client: Client, body: dict[str, Any], **headers: str) -> Any:
    return client.post("/webhook", json=body, headers=headers or RECORDED["calls"]["question"]["headers"])


def test_the_recording_is_of_the_release_in_use() -> None:
    lock = (Path(__file__).parents[2] / "nlu" / "requirements.txt").read_text(encoding="utf-8")
    for call in RECORDED["calls"].values():
        assert f"rasa=={call['body']['version']} " in lock
        assert (call["path"], call["headers"]["x-chengyao-secret"]) == ("/webhook", SECRET)
        assert "domain" not in call["body"]  # enable_selective_domain


def test_a_question(client: Client) -> None:
    answer = post(client, recorded("question"))
    assert answer.status_code == 200
    assert set(answer.json()) == {"events", "responses"} and answer.json()["events"] == []
    (response,) = answer.json()["responses"]
    assert "没有" in response["text"]
    custom = response["custom"]
    assert (custom["kind"], custom["topic"], custom["asking"]) == ("silent", "health_check.frequency", None)
    assert custom["citations"] and set(custom["citations"][0]) == {"policy", "clause"}
    assert isinstance(custom["buttons"], list)


def test_two_questions_bring_the_rankings_of_their_parts(client: Client) -> None:
    call = turn.call_of(recorded("two questions")["tracker"], "wecom:azkj_chenlei")
    assert len(call.segments) == 2 and all(ranking for _, ranking in call.segments)
    cited = post(client, recorded("two questions")).json()["responses"][0]["custom"]["citations"]
    assert [item["clause"] for item in cited] == ["11", "12"]


def test_a_button_arrives_as_a_command_in_the_metadata(client: Client) -> None:
    call = turn.call_of(recorded("command")["tracker"], "wecom:azkj_chenlei")
    assert (call.text, call.kind, call.metadata["command"], call.inbox) == ("", "command", "menu", 9)
    assert post(client, recorded("command")).json()["responses"][0]["custom"]["kind"] == "menu"


def test_a_turn_without_metadata_works(client: Client, db: Database) -> None:
    call = turn.call_of(recorded("without metadata")["tracker"], "wecom:azkj_chenlei")
    assert (call.inbox, call.kind, call.text) == (None, "text", "我想预约谈心")
    assert post(client, recorded("without metadata")).json()["responses"]
    assert dump(db)["turns"] == []


def test_a_repeated_call_is_answered_alike_and_stored_once(client: Client, db: Database) -> None:
    first, second = (post(client, recorded("question")).json() for _ in range(2))
    assert first == second
    assert [row["inbox_id"] for row in dump(db)["turns"]] == [7]


@pytest.mark.parametrize("action", ACTIONS)
def test_every_action_of_the_domain_is_known(client: Client, action: str) -> None:
    assert post(client, recorded("question") | {"next_action": action}).status_code == 200


def test_domain_and_server_name_the_same_actions() -> None:
    domain = (Path(__file__).parents[2] / "nlu" / "domain" / "actions.yml").read_text(encoding="utf-8")
    assert tuple(line.removeprefix("  - ") for line in domain.splitlines() if line.startswith("  - ")) == ACTIONS


def test_an_unknown_action(client: Client) -> None:
    answer = post(client, recorded("question") | {"next_action": "action_unknown"})
    assert answer.status_code == RECORDED["refused"]["unknown action"]["answered"]
    assert answer.json() == {"error": "no such action", "action_name": "action_unknown"}


def test_an_action_that_raises(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_app: App, call: turn.Call) -> None:
        raise LookupError(call.text)

    monkeypatch.setattr(turn, "take", fail)
    answer = post(client, recorded("question"))
    assert answer.status_code == RECORDED["refused"]["raises"]["answered"]
    assert answer.json()["error"] == "LookupError"
    assert "体检" not in answer.text


def test_rasa_turns_both_into_a_failure_of_its_door() -> None:
    for case in RECORDED["refused"].values():
        assert case["door"]["status"] >= 500


@pytest.mark.parametrize("secret", ["", "wrong", "recorded ", "Recorded", "r\xe9corded"])
def test_a_wrong_secret_is_refused(client: Client, db: Database, secret: str) -> None:
    headers = {"x-chengyao-secret": secret.encode("latin-1")}
    answer = client.post("/webhook", json=recorded("question"), headers=headers)
    assert (answer.status_code, answer.content) == (403, b"")
    assert dump(db)["turns"] == []


def test_no_secret_is_refused(client: Client) -> None:
    assert client.post("/webhook", json=recorded("question")).status_code == 403


def test_only_the_two_routes_exist(client: Client) -> None:
    assert client.get("/health").json() == {"status": "ok"}
    for path in ("/actions", "/", "/docs", "/openapi.json"):
        assert client.get(path).status_code == 404
    assert client.get("/webhook").status_code == 405
    assert "access-control-allow-origin" not in client.get("/health", headers={"origin": "https://x.example"}).headers
