"""The phone page with the real assistant behind it: ask, see the citation, tap, see the next answer."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, ViewportSize, expect

from tests.running import ROOT, Assistant

pytestmark = pytest.mark.slow
QUESTION = "什么情况下可以容错？"
IMAGES = ROOT / "docs" / "images"
ANSWER_MS = 20_000


@contextmanager
def page(browser: Browser, address: str, width: int, height: int) -> Iterator[Page]:
    """A page that must not report an error."""
    scale = 2 if width < 500 else 1
    size: ViewportSize = {"width": width, "height": height}
    context = browser.new_context(viewport=size, device_scale_factor=scale, locale="zh-CN")
    opened = context.new_page()
    problems: list[str] = []
    opened.on("pageerror", lambda error: problems.append(str(error)))
    opened.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    opened.goto(address)
    yield opened
    context.close()
    assert problems == []


def ask(phone: Locator, text: str, citation: str) -> Locator:
    """Type, send, and wait for the bubble with the citation."""
    phone.get_by_test_id("composer").fill(text)
    phone.get_by_test_id("send").click()
    expect(phone.get_by_test_id("bubble-out").last).to_contain_text(text)
    answer = phone.get_by_test_id("bubble-in").filter(has_text=citation).last
    expect(answer).to_be_visible(timeout=ANSWER_MS)
    return answer


def first_choice(answer: Locator) -> str:
    """The title of the first numbered choice."""
    found = re.search(r"^1\. (.+)$", answer.inner_text(), re.MULTILINE)
    assert found
    return found[1].strip()


def picture(opened: Page, folder: Path, name: str) -> None:
    """Keep what it looks like; PICTURES=1 renews the pictures of the documentation."""
    path = folder / name
    opened.screenshot(path=path)
    assert path.stat().st_size > 20_000
    if os.environ.get("PICTURES"):
        (IMAGES / name).write_bytes(path.read_bytes())


def test_ask_tap_and_see_the_citation(browser: Browser, assistant: Assistant, tmp_path: Path) -> None:
    with page(browser, f"{assistant.page}/?left={assistant.somebody('azkj').userid}", 390, 844) as opened:
        phone = opened.get_by_test_id("phone")
        expect(phone.get_by_test_id("app-name")).to_have_text("撑腰")
        answer = ask(phone, QUESTION, "依据：院党字〔2020〕131号 第11条")
        title = first_choice(answer)
        button = phone.get_by_test_id("card-button").filter(has_text=title).first
        answers = phone.get_by_test_id("bubble-in").filter(has_text="依据：")
        expect(answers).to_have_count(1)
        button.click(timeout=ANSWER_MS)
        expect(answers).to_have_count(2, timeout=ANSWER_MS)
        expect(answers.last).to_contain_text(re.compile("依据：院党字〔2020〕131号 第1[12]条"))
        expect(button).to_be_disabled(timeout=ANSWER_MS)
        expect(button).to_have_text(title)
        expect(answers.last).to_be_in_viewport()
        assert opened.evaluate("document.documentElement.scrollWidth") <= 390
        picture(opened, tmp_path, "phone-390.png")


def test_two_phones_side_by_side(browser: Browser, assistant: Assistant, tmp_path: Path) -> None:
    with page(
        browser,
        f"{assistant.page}/?left={assistant.somebody('yn').userid}&right={assistant.somebody('nq').userid}",
        1366,
        768,
    ) as opened:
        left, right = opened.get_by_test_id("phone").nth(0), opened.get_by_test_id("phone").nth(1)
        before = right.get_by_text("依据：").count()  # other tests may have asked as this member
        ask(left, "多久体检一次？", "依据：云南省实施意见 第17条")
        expect(right.get_by_text("依据：")).to_have_count(before)
        ask(right, "多久体检一次？", "依据：宁办发〔2019〕45号 第16条")
        expect(left.get_by_text("宁办发〔2019〕45号 第16条")).to_have_count(0)
        boxes = [phone.bounding_box() for phone in (left, right)]
        assert boxes[0] and boxes[1] and boxes[0]["x"] + boxes[0]["width"] <= boxes[1]["x"]
        picture(opened, tmp_path, "phones-1366.png")


def test_the_menu_bar(browser: Browser, assistant: Assistant) -> None:
    with page(browser, f"{assistant.page}/?left={assistant.somebody('sdju').userid}", 390, 844) as opened:
        phone = opened.get_by_test_id("phone")
        phone.get_by_test_id("menu-button").filter(has_text="政策咨询").click()
        phone.get_by_test_id("menu-item").filter(has_text="容错免责").click()
        expect(phone.get_by_test_id("bubble-in").filter(has_text="第十一条").last).to_be_visible(timeout=ANSWER_MS)
