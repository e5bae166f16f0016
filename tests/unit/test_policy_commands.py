"""`chengyao policy …` as an HR officer runs it: real files, exit codes, one Chinese line on bad input."""

import json
import sys
from pathlib import Path

import pytest

import cli
from core import settings as configuration

LEAVE = """星院发〔2024〕12号

星河职业学院教职工休假管理办法

各部门：

第一条 教职工累计工作满1年不满10年的，年休假5天。

第二条 因工作需要当年未休完的年休假，可以跨一个年度安排。

第三条 学院每两年组织教职工进行一次健康体检，费用由学院承担。

星河职业学院
2024年3月15日
"""


@pytest.fixture
def leave(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CHENGYAO_VAR", str(tmp_path / "var"))
    assert configuration.load().var == tmp_path / "var"
    path = tmp_path / "leave.txt"
    path.write_text(LEAVE, encoding="utf-8")
    return path


def run(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> int:
    monkeypatch.setattr(sys, "argv", ["chengyao", "policy", *map(str, arguments)])
    with pytest.raises(SystemExit) as end:
        cli.main()
    return int(end.value.code or 0)


def test_import_show_topics_repeal(
    leave: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    named = ("--org", "xhzy", "--new-org", "星河职业学院")
    assert run(monkeypatch, "import", leave, *named, "--json", "--yes") == 0
    shown = json.loads(capsys.readouterr().out)
    assert (shown["id"], shown["org"], shown["status"]) == ("xhzy-2024-12", "xhzy", "effective")
    assert (shown["issued_on"], shown["effective_on"], shown["supersedes"]) == ("2024-03-15", "2024-03-15", None)
    assert "".join("".join(one["text"] for one in shown["clauses"]).split()) == "".join(LEAVE.split())
    assert run(monkeypatch, "topics", shown["id"], "--set", "第三条=health_check.frequency", "--json") == 0
    capsys.readouterr()
    assert run(monkeypatch, "show", shown["id"], "--json") == 0
    clauses = {one["id"]: one for one in json.loads(capsys.readouterr().out)["clauses"]}
    assert clauses["第三条"]["topics"] == ["health_check.frequency"]
    assert run(monkeypatch, "diff", shown["id"], "nq") == 0
    assert "体检多久一次：不同" in capsys.readouterr().out
    assert run(monkeypatch, "repeal", shown["id"], "--on", "2025-01-01") == 0
    capsys.readouterr()
    assert run(monkeypatch, "list") == 0
    assert "xhzy-2024-12\t星院发〔2024〕12号\t星河职业学院教职工休假管理办法\trepealed" in capsys.readouterr().out


def test_bad_input_is_one_chinese_line_and_nothing_is_stored(
    leave: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    empty = leave.with_name("empty.txt")
    empty.write_bytes(b"")
    named = ("--org", "xhzy", "--new-org", "星河职业学院", "--yes")
    for arguments, reason in (
        ((leave, "--org", "nosuch", "--yes"), "没有这个组织"),
        ((empty, *named), "空"),
        ((leave, empty, *named), "空"),
        ((leave.with_name("missing.txt"), *named), "missing.txt"),
        ((leave, *named, "--effective", "明天"), "日期"),
        ((leave, *named, "--supersedes", "nothing"), "没有可以被替代的文件"),
        ((leave, *named, "--id", "a/b"), "文件编号"),
        ((leave, "--org", "x y", "--new-org", "星河", "--yes"), "组织编号"),
        ((leave, *named[:-1]), "--yes"),
    ):
        assert run(monkeypatch, "import", *arguments) != 0, reason
        lines = capsys.readouterr().err.strip().splitlines()
        assert len(lines) == 1 and reason in lines[0], lines
    assert run(monkeypatch, "list") == 0
    assert len(capsys.readouterr().out.splitlines()) == 5


def test_official_files_are_attached_at_start(
    leave: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from commands import policies
    from core.errors import ImportFailed

    assert policies.attach_official(leave.parent) == [
        "leave.txt：不是内置文件的正式文本，未导入；请用 chengyao policy import"
    ]
    with pytest.raises(ImportFailed, match="没有这个文件夹"):
        policies.attach_official(leave.parent / "none")
