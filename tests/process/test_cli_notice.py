"""`chengyao notice …` as a script uses it: exit codes, what stands on which stream, the rows that come of it."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import cli
from core.crypto import new_key

ROOT = Path(__file__).parents[2]
TITLE = "关于年度体检的通知"
Command = Callable[..., tuple[int, str, str]]
FILE = "notice.md"


@pytest.fixture
def chengyao(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """The command line over a fresh installation with the demo's roster: exit code, standard output, standard error."""
    monkeypatch.setenv("CHENGYAO_VAR", str(tmp_path))
    monkeypatch.setenv("CHENGYAO_DATA_KEYS", new_key())
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["chengyao", *arguments])
        with pytest.raises(SystemExit) as end:
            cli.main()
        said = capsys.readouterr()
        return int(end.value.code or 0), said.out.strip(), said.err.strip()

    assert run("roster", "import", str(ROOT / "orgs" / "demo" / "roster.csv"))[0] == 0
    Path(FILE).write_text(f"# {TITLE}\n\n请于本周五前体检。\n", encoding="utf-8")
    return run


@pytest.fixture
def notice(chengyao: Command) -> Command:
    """`chengyao notice …`."""
    return lambda *arguments: chengyao("notice", *arguments)


def test_the_life_of_a_notice(notice: Command) -> None:
    code, number, shown = notice("send", FILE, "--to", "org:azkj", "--except", "user:azkj_liujun", "--confirm", "--yes")
    assert code == 0 and number.isdecimal() and "将发给11人，如：" in shown
    code, out, _ = notice("status", number, "--json")
    found = json.loads(out)
    assert code == 0 and found["state"] == "sending"
    assert [found[name] for name in ("recipients", "accepted", "failed", "unknown", "opened", "confirmed")] == [
        11, 0, 0, 0, 0, 0,
    ]  # fmt: skip
    assert "收件人\t11" in notice("status", number)[1]
    assert TITLE in notice("list")[1]
    assert notice("pause", number)[1].endswith("已暂停")
    assert notice("pause", number)[0] == 1
    assert notice("resume", number)[1].endswith("发送中")
    assert notice("retry", number)[2] == "没有发送失败的人。"
    assert notice("recall", number)[1].endswith("已撤回")


def test_what_is_refused_leaves_nothing(notice: Command) -> None:
    for arguments, reason in (
        (("--to", "user:nobody", "--yes"), "没有符合的人"),
        (("--to", "user:azkj_liujun", "--except", "user:azkj_liujun", "--yes"), "没有人"),
        (("--to", "all", "--at", "2020-01-01 09:00", "--yes"), "已经过了，没有发送"),
        (("--to", "all", "--at", "某天", "--yes"), "看不懂这个时间"),
        (("--to", "everyone", "--yes"), "看不懂的发送范围"),
        (("--yes",), "没有写发送范围"),
        (("--to", "all"), "不含国家秘密和工作秘密"),
    ):
        code, out, error = notice("send", FILE, *arguments)
        assert (code, out) == (1, "") and reason in error, arguments
    assert notice("status", "1")[0] == 1
    assert json.loads(notice("list", "--json")[1]) == []


def test_a_time_to_come_and_a_second_person(notice: Command, chengyao: Command) -> None:
    code, number, _ = notice("send", FILE, "--audience", "all", "--at", "2099-01-01 09:00", "--yes")
    assert code == 0
    assert json.loads(notice("status", number, "--json")[1])["state"] == "scheduled"
    rows = "userid,name,org,department\n" + "".join(f"x{one:04},干部{one},azkj,教务处\n" for one in range(600))
    Path("more.csv").write_text(rows, encoding="utf-8")
    assert chengyao("roster", "import", "more.csv")[0] == 0
    code, number, said = notice("send", FILE, "--to", "org:azkj", "--as", "azkj_wulili", "--yes")
    assert code == 0 and "需要第二人审核" in said
    assert json.loads(notice("status", number, "--json")[1])["state"] == "draft"
    assert "另一位" in notice("approve", number, "--as", "azkj_wulili")[2]
    assert notice("approve", number, "--as", "azkj_xutao")[0] == 0
    found = json.loads(notice("status", number, "--json")[1])
    assert (found["state"], found["recipients"]) == ("sending", 612)
