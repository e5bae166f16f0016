"""`chengyao reminders …` as an operator or a script calls it."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from cli import app
from commands import reminders as command
from core import settings
from core.errors import ChengyaoError
from core.reminders.rules import KINDS
from core.settings import ROOT
from core.testing import KEY

_RUN = CliRunner()


@pytest.fixture
def demo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The demo's roster on 20 November 2026."""
    from core.clock import offset_for

    monkeypatch.setenv("CHENGYAO_VAR", str(tmp_path))
    monkeypatch.setenv("CHENGYAO_DATA_KEYS", base64.urlsafe_b64encode(KEY).decode())
    monkeypatch.setenv("CHENGYAO_NOW_OFFSET", str(offset_for("2026-11-20T10:00")))
    settings.get.cache_clear()
    assert run("roster", "import", str(ROOT / "orgs" / "demo" / "roster.csv")).exit_code == 0
    yield
    settings.get.cache_clear()


def run(*words: str) -> Result:
    return _RUN.invoke(app, list(words))


def due(*words: str) -> list[dict[str, Any]]:
    done = run("reminders", "due", "--json", *words)
    assert done.exit_code == 0, done.output
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


@pytest.mark.usefixtures("demo")
def test_due_today_needs_no_plan_and_has_the_fixed_shape() -> None:
    found = due()
    assert found and due("--on", "2026-11-20") == found
    for item in found:
        assert set(item) == {"rule", "kind", "userid", "to", "due_on", "clause"}
        assert set(item["clause"]) == {"policy", "clause"} and item["kind"] in KINDS
    about = {(item["kind"], item["userid"], item["to"], item["clause"]["clause"]) for item in found}
    assert ("talk", "azkj_zhaomin", "azkj_sunhaibo", "10") in about
    assert ("talk", "yn_daoyan", "yn_heguiying", "15") in about
    assert ("rotation", "azkj_songyan", "azkj_wulili", "8") in about
    assert ("leave", "nq_liuyang", "nq_liuyang", "16") in about


@pytest.mark.usefixtures("demo")
def test_another_day_is_planned_first() -> None:
    assert not [item for item in due("--on", "2027-05-10") if item["kind"] == "health_check"]
    assert run("reminders", "plan", "--on", "2027-05-10").exit_code == 0
    checks = [item for item in due("--on", "2027-05-10") if item["kind"] == "health_check"]
    assert {item["userid"].partition("_")[0] for item in checks} == {"yn", "nq"} and len(checks) == 20
    again = run("reminders", "plan", "--on", "2027-05-10")
    assert "新增提醒 0 条" in again.output


@pytest.mark.usefixtures("demo")
def test_an_unannounced_event_shows_for_hr_alone() -> None:
    words = ("reminders", "event", "add", "removal", "azkj_chenlei", "--unannounced", "--as", "azkj_wulili")
    assert run(*words).exit_code == 0
    assert not [item for item in due() if item["rule"] == "talk_removal"]
    assert not [item for item in due("--as", "azkj_liujun") if item["rule"] == "talk_removal"]
    assert [item["to"] for item in due("--as", "azkj_wulili") if item["rule"] == "talk_removal"] == ["azkj_wulili"]


@pytest.mark.usefixtures("demo")
@pytest.mark.parametrize(
    "words",
    [
        ("plan", "--on", "20.11.2026"),
        ("due", "--on", "2026-02-30"),
        ("due", "--as", "nobody"),
        ("gaps", "--org", "nowhere"),
        ("event", "add", "wedding", "nq_liuyang", "--as", "nq_yanbo"),
        ("event", "add", "removal", "azkj_chenlei", "--as", "azkj_wangfang"),
        ("event", "add", "removal", "azkj_chenlei", "--as", "nq_yanbo"),
        ("event", "add", "hospital", "nq_liuyang", "--as", "nq_yanbo"),
        ("event", "add", "removal", "nq_liuyang", "--as", "nq_yanbo"),
        ("event", "announce", "99", "--as", "nq_yanbo"),
        ("done", "99", "--as", "nq_liuyang"),
        ("off", "talk", "--as", "nq_liuyang"),
        ("not-been", "--as", "nq_liuyang"),
        ("coverage", "--as", "nq_liuyang"),
    ],
)
def test_what_is_refused_fails_with_a_line(words: tuple[str, ...]) -> None:
    done = run("reminders", *words)
    assert done.exit_code != 0
    assert isinstance(done.exception, ChengyaoError) and str(done.exception)


@pytest.mark.usefixtures("demo")
def test_gaps_list_missing_dates_for_hr() -> None:
    lines = run("reminders", "gaps", "--org", "azkj").output.splitlines()
    assert [line for line in lines if "azkj_chenlei" in line and "缺少退休时间" in line]
    assert not [line for line in lines if "azkj_liujun" in line and "退休" in line]


@pytest.mark.usefixtures("demo")
def test_a_tick_queues_and_lists_show() -> None:
    assert run("reminders", "plan").exit_code == 0
    assert "已排入" in run("reminders", "tick").output
    assert "年休假" in run("reminders", "list", "--as", "nq_liuyang").output
    assert "提拔任职谈话" in run("reminders", "coverage", "--as", "azkj_wulili").output
    assert run("reminders", "off", "leave", "--as", "nq_liuyang").exit_code == 0
    assert "年休假" not in run("reminders", "list", "--as", "nq_liuyang").output
    batch = ("reminders", "health-batch", "大安镇", "--on", "2026-12-01", "--place", "县医院", "--as", "nq_yanbo")
    assert run(*batch).exit_code == 0
    assert "nq_liuyang" in run("reminders", "not-been", "--as", "nq_yanbo").output


def test_days_are_iso_days() -> None:
    import datetime as dt

    assert command.day("", dt.date(2026, 11, 20)) == dt.date(2026, 11, 20)
    assert command.day("2028-02-29", dt.date(2026, 11, 20)) == dt.date(2028, 2, 29)
