"""The console in a browser: a case from submitted to closed, an import and a notice, an auditor, keyboard only."""

import datetime as dt
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, FilePayload, Page, ViewportSize, expect

from console.app import create_app
from console.parts import Parts
from core.cases.rules import Type
from core.learning import service as learning
from core.learning.rules import BAD, GOOD
from core.notices.expansion import Expansion
from core.notices.readers import Readers
from core.notices.service import Notices
from core.policies import intake as storing
from core.policies import service as policies
from core.reminders.service import Reminders
from core.settings import ROOT
from core.talks.service import Talks
from knowledge import importer, intake
from knowledge.intake import Wish
from sandbox.media import PNG_SAMPLE
from sandbox.testing import free_port, serving
from tests.consoles import PASSWORD, ROLES, parts_of
from tests.unit.cases_world import CADRE, DISCIPLINE, ORGANIZATION, World, new_world
from tests.unit.test_console_knowledge import ID as LEAVE_ID
from tests.unit.test_console_knowledge import LEAVE

IMAGES = ROOT / "docs" / "images"
KEPT = (
    "home", "hr-home", "hr-home-phone", "case", "case-phone", "decision", "import", "compose", "notice", "reminders",
    "reminder-rules-phone", "questions", "document", "document-topics", "document-topics-phone", "audit",
)  # fmt: skip
"""The pictures that the documentation keeps; every page is looked at on both screens."""
WIDE, PHONE = (1366, 768), (390, 844)
MATTER = {
    "matter": "校企合作实训基地项目延期", "motive": "为尽快建成实训基地，没有为个人谋利",
    "description": "按院务会安排牵头推进实训基地建设，因合作企业经营变化，设备未能按期到位，项目延期四个月。",
    "remedy": "已与新的企业签订协议，追回预付款。",
}  # fmt: skip


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    yield from new_world(tmp_path)


@pytest.fixture
def parts(world: World, tmp_path: Path) -> Parts:
    return parts_of(world, tmp_path)


@pytest.fixture
def console(parts: Parts) -> Iterator[str]:
    with serving(create_app(parts), free_port()) as address:
        yield address


@contextmanager
def signed_in(
    browser: Browser, console: str, parts: Parts, userid: str, size: tuple[int, int] = WIDE
) -> Iterator[Page]:
    """Somebody's browser, which must not report an error but for pages that were meant to be refused."""
    viewport: ViewportSize = {"width": size[0], "height": size[1]}
    context = browser.new_context(viewport=viewport, device_scale_factor=2 if size == PHONE else 1, locale="zh-CN")
    page = context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    page.goto(f"{console}/invite/{parts.doors.invite(userid, 'test')}")
    page.fill("#password", PASSWORD)
    page.fill("#again", PASSWORD)
    page.get_by_role("button", name="设置并登录").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("您好")
    yield page
    context.close()
    assert [problem for problem in problems if "status of 4" not in problem] == []


def picture(page: Page, folder: Path, name: str) -> None:
    """Nothing may stick out to the right; PICTURES=1 renews the pictures of the documentation."""
    wide = page.evaluate("document.documentElement.scrollWidth")
    viewport = page.viewport_size
    assert viewport and wide <= viewport["width"], f"{name}: {wide}"
    path = folder / f"console-{name}.png"
    page.screenshot(path=path)
    assert path.stat().st_size > 15_000
    if os.environ.get("PICTURES") and name in KEPT:
        (IMAGES / path.name).write_bytes(path.read_bytes())


def move(page: Page, name: str, **details: str) -> None:
    """Open a move, fill it in, do it."""
    form = page.locator("aside details", has=page.locator("summary", has_text=re.compile(f"^{name}$")))
    form.locator("summary").first.click()
    for field, value in details.items():
        form.locator(f'[name="{field}"]').fill(value)
    if form.locator('[name="sure"]').count():
        form.locator('[name="sure"]').check()
    form.get_by_role("button").click()
    expect(page.get_by_role("status")).to_be_visible()


def new_case(world: World) -> str:
    """A case with a picture and fields as a cadre would write them."""
    person, drafts = world.person(CADRE["azkj"]), world.desk.drafts
    received = drafts.receive(person, PNG_SAMPLE, "协议照片.png", "m1")
    with world.desk.work() as connection:
        draft = world.draft(connection, "azkj", Type.TOLERANCE, **MATTER)
        drafts.attach(connection, draft, [received.id])
    with world.desk.work() as connection:
        known = drafts.load(connection, person.userid, Type.TOLERANCE)
        assert known
        return world.desk.submit(connection, person, known).case.number


def test_a_handler_takes_a_case_from_submitted_to_closed(
    browser: Browser, console: str, parts: Parts, world: World, tmp_path: Path
) -> None:
    number = new_case(world)
    with signed_in(browser, console, parts, ORGANIZATION["azkj"]) as page:
        page.get_by_role("link", name="件新提交，待受理").click()
        page.get_by_role("link", name=number).click()
        for step in ("受理", "开始调查核实", "提交集体研究"):
            move(page, step)
        page.locator("summary", has_text="录入有权机关的认定").click()
        page.locator("#decide-outcome").select_option("免责")
        entry = {
            "body": "院党委会议", "date": "2026-11-10", "reference": "〔2026〕7号", "reason": "经集体研究",
            "clause": "第12条", "correction_reason": "程序瑕疵", "correction_demand": "补齐备案",
            "correction_due": "2026-12-20",
        }  # fmt: skip
        for name, value in entry.items():
            page.locator(f"#enter_decision-{name}").fill(value)
        picture(page, tmp_path, "decision")
        page.get_by_role("button", name="录入认定").click()
        expect(page.get_by_text("需要另一名授权人员登录后确认")).to_be_visible()
    with signed_in(browser, console, parts, DISCIPLINE["azkj"]) as page:
        page.goto(f"{console}/cases/{number}")
        page.get_by_label("我已对照书面决定核对").check()
        page.get_by_role("button", name="确认").click()
        expect(page.get_by_role("status")).to_contain_text("认定已确认")
        move(page, "登记当面告知", told_on="2026-11-18", told_by="周静")
        with world.desk.work() as connection:
            world.desk.move(connection, number, "report_correction", world.person(CADRE["azkj"]), text="已补齐")
        page.reload()
        move(page, "整改通过")
        move(page, "办结")
        expect(page.get_by_role("heading", level=1)).to_contain_text("已办结")


def test_hr_imports_500_people_and_sees_confirmations_arrive(
    browser: Browser, console: str, parts: Parts, world: World, tmp_path: Path
) -> None:
    rows = ["userid,name,department,post", *(f"azkj_n{number:03d},新人{number},基础部,科员" for number in range(500))]
    roster: FilePayload = {"name": "名单.csv", "mimeType": "text/csv", "buffer": "\n".join(rows).encode("utf-8-sig")}
    with signed_in(browser, console, parts, ROLES["hr"]) as page:
        page.goto(f"{console}/people/import")
        page.set_input_files("#file", roster)
        page.get_by_role("button", name="读取并核对变化").click()
        expect(page.get_by_text("还没有写入")).to_be_visible(timeout=20_000)
        page.get_by_role("link", name="返回").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("核对变化")
        picture(page, tmp_path, "import")
        page.get_by_role("button", name="写入").click()
        expect(page.get_by_text("已写入 500 人")).to_be_visible(timeout=20_000)
        page.goto(f"{console}/notices/new")
        page.fill("#title", "年度体检安排")
        page.fill("#text", "体检时间：11月25日上午，请空腹到院医务室。")
        expect(page.locator("[data-preview]")).to_have_text(
            "年度体检安排\n\n体检时间：11月25日上午，请空腹到院医务室。"
        )
        page.locator("#asks").select_option("confirm")
        page.locator("#dept").select_option("基础部")
        picture(page, tmp_path, "compose")
        page.get_by_role("button", name="保存并核对人数").click()
        expect(page.get_by_test_id("reach")).to_have_text("500")
        page.get_by_label("本通知不含国家秘密和工作秘密").check()
        page.get_by_role("button", name="提交发送").click()
        notices = Notices(world.desk.mailbox, world.desk.orgs)
        Expansion(notices).run()
        number = int(page.url.partition("?")[0].rsplit("/", 1)[1])
        with world.db.write() as connection:
            for person in range(30):
                Readers(notices).answer(connection, number, f"azkj_n{person:03d}", "confirm")
        page.goto(f"{console}/notices/{number}")
        expect(page.locator(".tile", has_text="已点“收到”")).to_contain_text("30")
        picture(page, tmp_path, "notice")
    with signed_in(browser, console, parts, ROLES["auditor"]) as page:
        page.goto(f"{console}/audit?action=notice.")
        expect(page.locator("tbody")).to_contain_text("吴丽丽")
        page.get_by_role("button", name="校验审计链").click()
        expect(page.get_by_text("审计链完整")).to_be_visible(timeout=20_000)


def test_the_keyboard_is_enough(browser: Browser, console: str, parts: Parts, world: World) -> None:
    number = new_case(world)
    with signed_in(browser, console, parts, ORGANIZATION["azkj"]) as page:
        page.keyboard.press("Tab")
        expect(page.get_by_role("link", name="跳到正文")).to_be_focused()
        tab_to(page, "件申请在办")
        page.keyboard.press("Enter")
        page.wait_for_url("**/cases")
        tab_to(page, number)
        page.keyboard.press("Enter")
        page.wait_for_url(f"**/cases/{number}")
        tab_to(page, "受理", "SUMMARY")
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_contain_text("已受理")


def tab_to(page: Page, words: str, tag: str = "") -> None:
    """Press Tab until something with these words has the focus, and can be seen to have it."""
    for _ in range(80):
        page.keyboard.press("Tab")
        found = page.evaluate("[document.activeElement.innerText || '', document.activeElement.tagName]")
        if (found[0].strip() == words or (not tag and words in found[0])) and tag in ("", found[1]):
            assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
            return
    raise AssertionError(f"{words} cannot be reached")


def test_every_page_fits_both_screens(
    browser: Browser, console: str, parts: Parts, world: World, tmp_path: Path
) -> None:
    number = new_case(world)
    for kind in (Type.CLARIFICATION, Type.TALK):
        world.file("azkj", kind)
    world.move(number, "accept", ORGANIZATION["azkj"])
    Reminders(world.desk.mailbox, dict(world.desk.orgs), Talks(world.desk)).plan(parts.clock.today())
    with world.db.write() as connection:
        for text in ("体检能带家属一起吗", "体检可以带家属吗", "容错申请多久有结果"):
            world.desk.mailbox.share_question(connection, text)
        for verdict, reason in ((GOOD, ""), (GOOD, ""), (BAD, "old")):
            learning.rate(
                connection, learning.new_answer("talk.when", ("azkj", "10")), verdict, reason, parts.clock.today()
            )
        for kind in ("answer", "answer", "answer", "answer", "silent", "out_of_scope"):
            learning.count_answer(connection, kind, parts.clock.today())
        day, clause = dt.date(2026, 11, 10), ("azkj", "10")
        Talks(world.desk).plan_talk(connection, "azkj", "azkj_chenlei", "promotion", day, "azkj_zhoujing", clause, True)
    file = tmp_path / "leave.txt"
    file.write_text(LEAVE, encoding="utf-8")
    draft = intake.draft(importer.read(file), Wish(world.desk.orgs["azkj"]), policies.library(world.db).policies)
    storing.keep(world.db, [draft], None, "test", parts.clock)
    visits = {
        ORGANIZATION["azkj"]: {"home": "/", "cases": "/cases", "case": f"/cases/{number}"},
        ROLES["hr"]: {
            "people": "/people", "reminders": "/reminders", "reminder-list": "/reminders/list", "events": "/events",
            "reminder-rules": "/reminders/rules", "knowledge": "/knowledge", "policy": "/knowledge/policies/azkj",
            "topics": "/knowledge/topics", "questions": "/knowledge/questions", "try": "/knowledge/try",
            "ratings": "/knowledge/ratings", "document-import": "/knowledge/import", "talks": "/talks",
            "diff": "/knowledge/diff?left=azkj&right=nq", "document-topics": f"/knowledge/policies/{LEAVE_ID}/topics",
            "people-import": "/people/import",
            "export": "/export/roster", "notices": "/notices", "hr-home": "/",
        },
        ROLES["auditor"]: {"audit": "/audit"},
        ROLES["admin"]: {"person": "/people/azkj_chenlei"},
    }  # fmt: skip
    for size, mark in ((WIDE, ""), (PHONE, "-phone")):
        for userid, pages in visits.items():
            with signed_in(browser, console, parts, userid, size) as page:
                for name, path in pages.items():
                    page.goto(console + path)
                    picture(page, tmp_path, name + mark)


def test_hr_takes_a_document_in_and_it_answers(
    browser: Browser, console: str, parts: Parts, world: World, tmp_path: Path
) -> None:
    upload: FilePayload = {"name": "休假办法.txt", "mimeType": "text/plain", "buffer": LEAVE.encode()}
    with signed_in(browser, console, parts, ROLES["hr"]) as page:
        page.goto(f"{console}/knowledge")
        page.get_by_role("link", name="导入文件").click()
        page.set_input_files("#file", upload)
        page.get_by_role("button", name="读取并核对").click()
        expect(page.get_by_text("还没有保存")).to_be_visible(timeout=30_000)
        page.get_by_role("link", name="返回").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("休假管理办法")
        picture(page, tmp_path, "document")
        page.get_by_role("button", name="保存").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("确认主题")
        page.get_by_label("第二条：另加主题").fill("没休的年假")
        page.keyboard.press("Enter")
        expect(page.get_by_role("status")).to_contain_text("主题已确认")
        page.goto(f"{console}/knowledge/try")
        page.fill("#text", "没休完的年休假能跨年度吗")
        page.get_by_role("button", name="看看怎么回答").click()
        expect(page.locator("main")).to_contain_text("跨一个年度安排")


def test_the_kept_pictures_are_there() -> None:
    assert {path.name for path in IMAGES.glob("console-*.png")} == {f"console-{name}.png" for name in KEPT}


def test_the_sign_in_page(browser: Browser, console: str, tmp_path: Path) -> None:
    page = browser.new_page(viewport={"width": PHONE[0], "height": PHONE[1]}, locale="zh-CN")
    page.goto(console)
    expect(page.get_by_role("button", name="登录")).to_be_visible()
    picture(page, tmp_path, "signin-phone")
    page.close()
