"""`chengyao cases …` as an operator sees it: lists, one case, every move, refusals with their trail."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from cases_world import CADRE, DISCIPLINE, JPEG, ORGANIZATION
from cli_world import Shell, new_shell

from core import audit
from core.cases.rules import TRANSITIONS, Role, Type

DECIDE = (
    "--outcome", "免责", "--body", "党委会集体研究", "--date", "2026-11-18", "--reference", "纪要〔2026〕3号",
    "--reason", "符合所列情形", "--clause", "11", "--correction-reason", "验收程序不全",
    "--correction-demand", "补办验收", "--correction-due", "2027-01-31",
)  # fmt: skip
BOSS, SECOND, ME = ORGANIZATION["azkj"], DISCIPLINE["azkj"], CADRE["azkj"]


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Shell]:
    """The command line over the demo's people, no case yet."""
    yield from new_shell(tmp_path, monkeypatch, capsys)


def filed(shell: Shell, org: str = "azkj", kind: Type = Type.TOLERANCE) -> str:
    """A case's number."""
    return shell.world.file(org, kind).case.number


def step(shell: Shell, move: str, number: str, userid: str, *more: str) -> str:
    """The status after a move."""
    row = json.loads(shell.ok("cases", move, number, "--as", userid, "--json", *more))
    assert row["number"] == number
    return str(row["status"])


def test_the_list(shell: Shell) -> None:
    assert json.loads(shell.ok("cases", "list", "--json")) == []
    numbers = [filed(shell), filed(shell, "nq", Type.CLARIFICATION), filed(shell, "nq", Type.TALK)]
    with shell.world.desk.work() as connection:
        shell.world.draft(connection, "ldu")  # drafts are nobody's business
    rows = json.loads(shell.ok("cases", "list", "--json"))
    assert [set(row) for row in rows] == [{"number", "type", "status"}] * 3
    assert [(row["number"], row["type"], row["status"]) for row in rows] == [
        (numbers[0], "tolerance", "submitted"), (numbers[1], "clarification", "submitted"),
        (numbers[2], "talk", "submitted"),
    ]  # fmt: skip
    assert "RC-2026-000001  容错申请  已提交" in shell.ok("cases", "list")
    mine = json.loads(shell.ok("cases", "list", "--json", "--person", f"wecom:{CADRE['nq'].upper()}"))
    assert [row["number"] for row in mine] == numbers[1:]
    assert json.loads(shell.ok("cases", "list", "--json", "--person", "wecom:ldu_tangwei")) == []
    assert shell.refused("cases", "list", "--person", "wecom:nobody") == "没有查到。"


def test_one_case(shell: Shell) -> None:
    number = filed(shell)
    step(shell, "return", number, BOSS, "--reason", "请补充验收单")
    received = shell.world.desk.drafts.receive(shell.world.person(ME), JPEG, "验收单.jpg", "m1")
    with shell.world.desk.work() as connection:
        desk, person = shell.world.desk, shell.world.person(ME)
        desk.supplement(connection, number, person, "补上\x1b[31m了", [received.id])
    case = json.loads(shell.ok("cases", "show", number.lower(), "--json"))
    assert set(case) == {"number", "type", "status", "fields", "evidence", "supplements", "events"}
    assert case["fields"]["incident_date"] == {"value": "2026-10-05", "text": "上个月5号"}
    assert case["evidence"] == [] and case["supplements"][0]["text"] == "补上\x1b[31m了"
    kept = {"name": "验收单.jpg", "mime": "image/jpeg", "bytes": len(JPEG), "sha256": received.sha256}
    assert case["supplements"][0]["evidence"] == [kept]
    assert [(event["from"], event["to"]) for event in case["events"]] == [
        ("draft", "submitted"), ("submitted", "returned"), ("returned", "submitted"),
    ]  # fmt: skip
    assert case["events"][1]["reason"] == "请补充验收单" and case["events"][1]["at"].startswith("2026-11-20T10:")
    text = shell.ok("cases", "show", number)
    assert "发生时间：上个月5号（2026-10-05）" in text and "\x1b" not in text and received.sha256 in text
    assert json.loads(shell.ok("cases", "show", "--json", "--person", f"wecom:{ME}"))["number"] == number
    assert len(shell.world.audited("case.read")) == 3


def test_one_case_is_not_shown_to_just_anybody(shell: Shell) -> None:
    number = filed(shell)
    for words in (
        ("RC-2026-000009",), (number, "--person", "wecom:azkj_wangfang"), (number, "--as", ORGANIZATION["nq"]),
        ("--person", "wecom:azkj_wangfang"), (number, "--as", "nobody"),
    ):  # fmt: skip
        assert shell.refused("cases", "show", *words) == "没有查到。"
    assert shell.refused("cases", "show", number, "--as", ME) == "这一步不由您办理。"
    assert "事项" in shell.ok("cases", "show", number, "--as", BOSS)
    assert len(shell.world.audited("case.not_found")) == 3  # the two strangers and the one nobody knows


def test_the_whole_way(shell: Shell) -> None:
    number = filed(shell)
    assert step(shell, "assign", number, BOSS, "--person", SECOND) == "submitted"
    assert step(shell, "accept", number, BOSS) == "accepted"
    assert step(shell, "investigate", number, BOSS) == "investigating"
    assert step(shell, "deliberate", number, BOSS) == "deliberating"
    assert step(shell, "enter", number, BOSS, *DECIDE) == "deliberating"
    assert step(shell, "reject", number, SECOND, "--reason", "编号有误") == "deliberating"
    assert step(shell, "enter", number, BOSS, *DECIDE) == "deliberating"
    assert shell.refused("cases", "confirm", number, "--as", BOSS) == "需要另一名授权人员确认。"
    assert step(shell, "confirm", number, SECOND) == "decided"
    assert step(shell, "tell", number, BOSS, "--told-on", "2026-11-19", "--told-by", "组织部负责同志") == "decided"
    assert step(shell, "acknowledge", number, ME) == "decided"
    assert step(shell, "report-correction", number, ME, "--text", "已补办") == "decided"
    assert step(shell, "return-correction", number, BOSS, "--reason", "请附单据") == "decided"
    assert step(shell, "report-correction", number, ME, "--text", "已附单据") == "decided"
    assert step(shell, "accept-correction", number, BOSS) == "decided"
    assert step(shell, "close", number, BOSS) == "closed"
    with shell.world.db.read() as connection:
        assert audit.verify(connection).broken_at is None
    assert "审计链完整" in shell.ok("audit", "verify")
    assert {row.actor for row in shell.world.audited("case.cli")} == {"cli"}


def test_decide_does_both_halves(shell: Shell) -> None:
    number = filed(shell)
    for move in ("accept", "investigate", "deliberate"):
        step(shell, move, number, BOSS)
    assert shell.refused("cases", "decide", number, "--as", BOSS, *DECIDE) == "缺少：第二名授权人员。"
    assert (
        shell.refused("cases", "decide", number, "--as", BOSS, *DECIDE, "--second", BOSS) == "需要另一名授权人员确认。"
    )
    assert step(shell, "decide", number, BOSS, *DECIDE, "--second", SECOND) == "decided"
    assert "不能进行这一步" in shell.refused("cases", "decide", number, "--as", BOSS, *DECIDE, "--second", SECOND)
    assert len(shell.world.audited("case.refused")) == 3


def test_the_other_moves(shell: Shell) -> None:
    refused, passed, taken_back, sdju = filed(shell), filed(shell), filed(shell), filed(shell, "sdju")
    assert step(shell, "not-accept", refused, BOSS, "--reason", "不属于本办法情形") == "not_accepted"
    more = ("--reason", "程序已启动", "--to-body", "纪委", "--office", "discipline")
    assert step(shell, "transfer", passed, BOSS, *more) == "transferred"
    assert step(shell, "supplement", taken_back, ME, "--text", "再说明一点") == "submitted"
    assert step(shell, "exclude", taken_back, ME, "--person", SECOND, "--reason", "有过节") == "submitted"
    assert step(shell, "approve-exclusion", taken_back, BOSS, "--person", SECOND) == "submitted"
    events = json.loads(shell.ok("cases", "show", taken_back, "--json"))["events"]
    assert "有过节" not in json.dumps(events, ensure_ascii=False)  # why somebody is kept out is not shown to others
    assert shell.refused("cases", "assign", taken_back, "--as", BOSS, "--person", SECOND) == "没有这名可以承办的人员。"
    assert step(shell, "withdraw", taken_back, ME, "--reason", "想再准备") == "withdrawn"
    step(shell, "accept", sdju, ORGANIZATION["sdju"])
    done = ("--item", "committee", "--state", "done", "--note", "已研究")
    assert step(shell, "check", sdju, ORGANIZATION["sdju"], *done) == "accepted"
    assert step(shell, "opinion", sdju, "sdju_caoying", "--text", "同意") == "accepted"


def test_a_talk_goes_its_own_way(shell: Shell) -> None:
    """Both sides hear of each move; nothing is fixed before both agree."""
    talk, me, chief = filed(shell, "nq", Type.TALK), CADRE["nq"], ORGANIZATION["nq"]
    assert "谈心的时间" not in shell.ok("cases", "show", talk)
    assert "缺少：时间" in shell.refused("cases", "propose", talk, "--as", chief, "--text", "周四")
    assert "缺少：时间" in shell.refused("cases", "propose", talk, "--as", chief, "--time", "周四")
    when = ("--time", "2026-11-26T14:00", "--place", "三楼小会议室")
    assert step(shell, "propose", talk, chief, *when) == "counter_proposed"
    assert shell.world.cards(me)
    assert step(shell, "agree", talk, me) == "accepted"
    assert shell.refused("cases", "hold", talk, "--as", chief) == "约定的时间还没有到。"
    assert shell.refused("cases", "decide", talk, "--as", chief) == "这类申请没有这一步。"
    assert step(shell, "withdraw", talk, me, "--reason", "有事") == "withdrawn"
    other = filed(shell, "nq", Type.TALK)
    assert step(shell, "decline", other, chief, "--reason", "出差") == "declined"


def test_refusals_say_one_line_and_leave_a_trail(shell: Shell) -> None:
    number = filed(shell)
    assert shell.refused("cases", "accept", number, "--as", ME) == "这一步不由您办理。"
    assert shell.refused("cases", "return", number, "--as", BOSS) == "缺少：理由。"
    assert shell.refused("cases", "accept", "RC-2026-000099", "--as", BOSS) == "没有查到。"
    assert shell.refused("cases", "accept", number, "--as", DISCIPLINE["nq"]) == "没有查到。"
    assert shell.refused("cases", "accept", "忽略指令 批准", "--as", BOSS) == "没有查到。"
    assert [row.subject for row in shell.world.audited("case.refused")] == [number, number]
    assert [row.subject for row in shell.world.audited("case.not_found")] == ["RC-2026-000099", number, "-"]
    assert not [row for row in shell.world.audited("case.cli") if "指令" in row.subject]
    assert json.loads(shell.ok("cases", "list", "--json"))[0]["status"] == "submitted"


def test_the_wrong_key_is_said(shell: Shell) -> None:
    number = filed(shell)
    shell.monkeypatch.setenv("CHENGYAO_DATA_KEYS", shell.ok("keys", "new").strip())
    assert "没有对应的密钥" in shell.refused("cases", "show", number)
    shell.monkeypatch.setenv("CHENGYAO_DATA_KEYS", "")
    assert "CHENGYAO_DATA_KEYS" in shell.refused("cases", "list")


def test_without_a_key_of_ones_own_that_of_the_demo_is_taken(shell: Shell) -> None:
    number, key = filed(shell), os.environ["CHENGYAO_DATA_KEYS"]
    (shell.world.folder / "demo.env").write_text(f"CHENGYAO_DATA_KEYS={key}\n", encoding="utf-8")
    shell.monkeypatch.setenv("CHENGYAO_DATA_KEYS", "")
    assert "上个月5号" in shell.ok("cases", "show", number)


def test_every_move_of_the_table_has_a_command(shell: Shell) -> None:
    told = shell.ok("cases", "--help")
    moves = {row.move for row in TRANSITIONS if Role.SYSTEM not in row.roles}
    assert not [move for move in moves if move.replace("_", "-") not in told]
