"""The dossier: what stands in it and what must not, the folder with its fingerprints, all of it or nothing."""

import json
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pdfplumber
import pytest
from cases_world import CADRE, DISCIPLINE, JPEG, ORGANIZATION
from cli_world import Shell, new_shell

from core.cases import dossier_files, fonts
from core.cases.dossier_files import shortened
from core.settings import ROOT

BOSS, SECOND, ME = ORGANIZATION["sdju"], DISCIPLINE["sdju"], CADRE["sdju"]
DECIDE = (
    "--outcome", "免责", "--body", "党委会", "--date", "2026-11-18", "--reference", "纪要〔2026〕3号", "--reason",
    "符合所列情形", "--clause", "第十一条", "--correction-reason", "验收程序不全", "--correction-demand", "补办验收",
)  # fmt: skip
LONG = "返工后的实验室" * 15 + ".jpg"


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Shell]:
    """The command line over the demo's people."""
    yield from new_shell(tmp_path, monkeypatch, capsys)


@pytest.fixture
def number(shell: Shell) -> str:
    """A case with two files and a supplement with another, kept out: one handler."""
    desk, person = shell.world.desk, shell.world.person(ME)
    first = [desk.drafts.receive(person, JPEG, "现场.jpg", "m1"), desk.drafts.receive(person, JPEG + b"2", LONG, "m2")]
    with desk.work() as connection:
        draft = shell.world.draft(connection, "sdju", matter="实验楼改造<b>未达标</b>", motive="想赶在开学前完工")
        desk.drafts.attach(connection, draft, [one.id for one in first])
        found = desk.submit(connection, person, draft).case.number
    later = desk.drafts.receive(person, JPEG + b"3", "验收单.jpg", "m3")
    with desk.work() as connection:
        desk.supplement(connection, found, person, "补上验收单", [later.id])
    shell.ok("cases", "exclude", found, "--as", ME, "--person", "不在册的人", "--reason", "有过节这件事")
    return found


def decide(shell: Shell, number: str) -> None:
    """Up to an entered decision."""
    for move in ("accept", "investigate", "deliberate"):
        shell.ok("cases", move, number, "--as", BOSS)
    for item in ("party_opinion", "committee"):
        shell.ok("cases", "check", number, "--as", BOSS, "--item", item, "--state", "done", "--note", "已听取")
    shell.ok("cases", "enter", number, "--as", BOSS, *DECIDE)


def export(shell: Shell, number: str) -> Path:
    """The folder of an export."""
    to = shell.world.folder / "out"
    said = shell.ok("cases", "export", number, "--as", BOSS, "--reason", "移交档案", "--to", str(to))
    assert said.splitlines()[0] == str(to / number)
    return to / number


def test_the_folder(shell: Shell, number: str) -> None:
    folder = export(shell, number)
    assert stat.S_IMODE(folder.stat().st_mode) == stat.S_IMODE(folder.parent.stat().st_mode) == 0o700
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert (manifest["number"], manifest["type"], manifest["status"]) == (number, "tolerance", "submitted")
    paths = [entry["path"] for entry in manifest["files"]]
    assert paths[0] == f"{number}.pdf" and paths[1] == "evidence/01-现场.jpg" and paths[3] == "evidence/03-验收单.jpg"
    assert paths[2].startswith("evidence/02-返工后的实验室") and paths[2].endswith(".jpg") and paths[4] == "目录.txt"
    assert (folder / "evidence/03-验收单.jpg").read_bytes() == JPEG + b"3"
    assert manifest["files"][1]["sha256"] in (folder / "目录.txt").read_text(encoding="utf-8")
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in folder.rglob("*") if path.is_file())
    assert [path.name for path in folder.parent.iterdir()] == [number]
    assert f"{number}：与清单一致" in shell.ok("cases", "verify-export", str(folder))
    assert number in shell.ok("cases", "verify-export", str(folder.parent))


def test_a_changed_copy_is_found_out(shell: Shell, number: str) -> None:
    folder = export(shell, number)
    (folder / "evidence/01-现场.jpg").write_bytes(JPEG + b"x")
    (folder / "evidence/03-验收单.jpg").unlink()
    (folder / "evidence/多出来.jpg").write_bytes(JPEG)
    code, out, err = shell("cases", "verify-export", str(folder))
    assert (code, out) == (1, "") and err.splitlines() == [
        f"{number}：evidence/01-现场.jpg：内容与清单不一致", f"{number}：evidence/03-验收单.jpg：缺少",
        f"{number}：evidence/多出来.jpg：不在清单中",
    ]  # fmt: skip
    (folder / "manifest.json").write_text("{}")
    assert "没有可读的" in shell.refused("cases", "verify-export", str(folder))
    assert "没有卷宗" in shell.refused("cases", "verify-export", str(shell.world.folder / "nowhere"))


def test_a_list_that_points_outside_proves_nothing(shell: Shell, number: str) -> None:
    folder = export(shell, number)
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    manifest["files"][0]["path"] = "../secret"
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    assert dossier_files.verify(folder)[0] == "../secret：缺少"


def test_the_paper(shell: Shell, number: str) -> None:
    decide(shell, number)
    before = text_of(export(shell, number) / f"{number}.pdf")
    assert "容错申请办理卷宗" in before and number in before and "第1页共" in before
    for words in (
        "实验楼改造<b>未达标</b>", "想赶在开学前完工", "上个月5号（2026-10-05）", "补上验收单", "二级党组织意见",
        "第十二条(一)", "已完成", "未登记", "潘蕾（sdju_panlei）", "上海电机学院", "党委组织部",
    ):  # fmt: skip
        assert words in before, words
    assert "尚未登记认定" in before and "纪要〔2026〕3号" not in before  # entered, not confirmed
    assert "有过节" not in before and "不在册的人" not in before  # whom an exclusion concerns is the head's to know
    shell.ok("cases", "confirm", number, "--as", SECOND)
    (shell.world.folder / "out" / number).rename(shell.world.folder / "first")
    after = text_of(export(shell, number) / f"{number}.pdf")
    assert "尚未登记认定" not in after and "纪要〔2026〕3号" in after and "导出卷宗" in after and "移交档案" in after


def text_of(path: Path) -> str:
    """All words of a PDF without white space."""
    with pdfplumber.open(path) as paper:
        return "".join("".join((page.extract_text() or "").split()) for page in paper.pages)


def test_who_may_and_what_the_trail_says(shell: Shell, number: str) -> None:
    to = ("--to", str(shell.world.folder / "out"))
    assert shell.refused("cases", "export", number, "--as", BOSS, *to) == "缺少：理由。"
    assert shell.refused("cases", "export", number, "--as", ME, "--reason", "x", *to) == "这一步不由您办理。"
    other = ("--as", ORGANIZATION["nq"], "--reason", "x")
    assert shell.refused("cases", "export", number, *other, *to) == "没有查到。"
    assert not (shell.world.folder / "out").exists()
    export(shell, number)
    assert "已经存在" in shell.refused("cases", "export", number, "--as", BOSS, "--reason", "再来", *to)
    done = shell.world.audited("case.export")
    assert [row.actor for row in done] == [BOSS] and "移交" not in done[0].detail
    assert len(shell.world.audited("case.refused")) == 2 and len(shell.world.audited("case.not_found")) == 1


def test_nothing_half_written(shell: Shell, number: str) -> None:
    """A damaged or missing file of the vault, a folder that can't be written: no dossier and nothing left over."""
    out = shell.world.folder / "out"
    command = ("cases", "export", number, "--as", BOSS, "--reason", "移交", "--to", str(out))
    sealed = sorted((shell.world.folder / "evidence").iterdir())
    content = sealed[0].read_bytes()
    sealed[0].unlink()
    assert "不在了，没有导出" in shell.refused(*command)
    sealed[0].write_bytes(shell.world.desk.mailbox.cipher.seal(b"another picture", "evidence_file"))
    assert "指纹不一致，没有导出" in shell.refused(*command)
    assert list(out.iterdir()) == [] and not shell.world.audited("case.export")
    sealed[0].write_bytes(content)
    out.rmdir()
    out.write_text("a file where the folder should be")
    assert shell.refused(*command).startswith("写不进")


def test_what_a_killed_export_left_is_removed_by_the_next(shell: Shell, number: str) -> None:
    out = shell.world.folder / "out"
    old, running = out / f".{number}-old", out / f".{number}-running"
    for folder in (old, running):
        folder.mkdir(parents=True)
        (folder / "evidence.jpg").write_bytes(JPEG)
    os.utime(old, (0, 0))
    export(shell, number)
    assert sorted(path.name for path in out.iterdir()) == [running.name, number]


def test_without_chinese_fonts_it_says_what_to_install(shell: Shell, number: str, tmp_path: Path) -> None:
    config = tmp_path / "fonts.conf"
    config.write_text('<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig></fontconfig>')
    environment = dict(os.environ) | {"FONTCONFIG_FILE": str(config), "PYTHONPATH": str(ROOT)}
    words = ("cases", "export", number, "--as", BOSS, "--reason", "移交", "--to", str(tmp_path / "out"))
    done = subprocess.run(
        [sys.executable, str(ROOT / "cli.py"), *words], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1 and done.stderr.strip().splitlines()[-1] == fonts.NO_FONTS
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("name", "path"),
    [("a.jpg", "a.jpg"), ("a/b\\c.pdf", "a_b_c.pdf"), ("..", "材料"), ("x" * 300, "x" * 200), ("没有后缀", "没有后缀")],
)
def test_names_on_disk(name: str, path: str) -> None:
    assert shortened(name) == path
    assert len(shortened("长" * 119 + ".docx").encode()) <= 200 and shortened("长" * 119 + ".docx").endswith(".docx")
