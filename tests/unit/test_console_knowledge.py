"""The organisation's own documents and what was not understood: from a file to an answer, without a developer."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.learning import service as learning
from core.learning.rules import BAD, GOOD
from core.policies import service as policies
from knowledge import catalogue
from tests.consoles import ROLES, Web, parts_of, signed_in
from tests.unit.cases_world import World, new_world
from tests.unit.test_console_people import settled

LEAVE = """中澳院发〔2024〕12号

安徽中澳科技职业学院教职工休假管理办法

各部门：

第一条 教职工累计工作满1年不满10年的，年休假5天。

第二条 因工作需要当年未休完的年休假，可以跨一个年度安排。

第三条 学院每两年组织教职工进行一次健康体检，费用由学院承担。

安徽中澳科技职业学院
2024年3月15日
"""
ID = "azkj-2024-12"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    yield from new_world(tmp_path)


@pytest.fixture
def web(world: World, tmp_path: Path) -> Web:
    return signed_in(parts_of(world, tmp_path), ROLES["hr"])


def hand_in(web: Web, text: str = LEAVE, name: str = "休假办法.txt", **more: str) -> str:
    """Upload a document; the address its reading leads to, or the words of its refusal."""
    web.get("/knowledge/import")
    ended = settled(web, web.post("/knowledge/import", files={"file": (name, text.encode())}, **more))
    back = re.search(r'href="(/knowledge/import/[0-9a-f]+)"', ended.text)
    return back[1] if back else ended.text


def keep(web: Web, text: str = LEAVE, **more: str) -> str:
    path = hand_in(web, text, **more)
    web.get(path)
    response = web.post(path)
    assert response.status_code == 303, response.text
    return str(response.headers["location"])


def asked(web: Web, question: str) -> str:
    web.get("/knowledge/try")
    return web.post("/knowledge/try", text=question).text


def test_from_a_file_to_an_answer(world: World, web: Web) -> None:
    path = hand_in(web)
    page = web.get(path).text
    assert "还没有保存" in page and "第二条" in page and "中澳院发〔2024〕12号" in page and "3 条" in page
    assert ID not in policies.library(world.db).policies
    assert "跨一个年度" not in asked(web, "没休完的年休假能跨年度吗")
    web.get(path)
    onward = web.post(path).headers["location"]
    assert onward.startswith(f"/knowledge/policies/{ID}/topics")
    page = asked(web, "没休完的年休假能跨年度吗")
    assert "跨一个年度" in page and "最接近的条款" in page and "中澳院发〔2024〕12号 第二条" in page
    page = web.get(onward).text
    assert "体检多久一次" in page and re.search(r"\d+%", page)
    rows = re.findall(r'name="c:(\d+)" value="([^"]+)"', page)
    places = {clause: place for place, clause in rows}
    form = {f"c:{place}": clause for place, clause in rows}
    form |= {f"t:{places['第三条']}": "health_check.frequency", f"more:{places['第二条']}": "未休年假"}
    refused = web.post(f"/knowledge/policies/{ID}/topics", **form)
    assert refused.status_code == 409 and "没有这个主题：未休年假" in refused.text
    form[f"more:{places['第二条']}"] = catalogue.topics()["leave.unused"].label
    assert web.post(f"/knowledge/policies/{ID}/topics", **form).status_code == 303
    known = policies.library(world.db).policies[ID]
    assert known.topics_of("第三条") == ("health_check.frequency",)
    assert known.topics_of("第二条") == ("leave.unused",)
    assert [row.actor for row in world.audited("policy.import")] == [ROLES["hr"]]


def test_a_new_version_a_comparison_and_an_end(world: World, web: Web) -> None:
    keep(web)
    newer = LEAVE.replace("12号", "30号").replace("2024", "2026").replace("跨一个年度", "跨两个年度")
    keep(web, newer, supersedes=ID)
    page = web.get(f"/knowledge/policies/{ID}").text
    assert "已被替代" in page and "中澳院发〔2026〕30号" in page
    page = web.get(f"/knowledge/diff?left={ID}&right=azkj-2026-30").text
    assert "跨一个年度" in page and "跨两个年度" in page and "相同" in page
    web.get("/knowledge/policies/azkj-2026-30")
    path = "/knowledge/policies/azkj-2026-30/repeal"
    assert web.post(path, on="2026-11-19").status_code == 409
    assert web.post(path, on="2026-11-19", sure="yes").status_code == 303
    assert "已废止" in web.get("/knowledge/policies/azkj-2026-30").text
    assert policies.library(world.db).policies["azkj-2026-30"].validity.repealed_on == "2026-11-19"


def test_what_cannot_be_taken_in_is_said_in_the_words_of_the_page(world: World, web: Web) -> None:
    keep(web)
    assert "这份文件已经导入" in hand_in(web)
    said = hand_in(web, LEAVE + "附注")
    assert "替代的文件" in said and "替换" in said and "--" not in said
    assert "是空文件" in hand_in(web, "")
    web.get("/knowledge/import")
    assert web.post("/knowledge/import", files={"file": ("a.exe", b"MZ")}).status_code == 409
    assert web.post("/knowledge/import").status_code == 409
    assert web.post("/knowledge/import", files={"file": ("a.txt", b"x")}, supersedes="nq").status_code == 404


def test_documents_of_others_are_not_there(world: World, web: Web, tmp_path: Path) -> None:
    keep(web)
    admin = signed_in(parts_of(world, tmp_path), ROLES["admin"])
    assert admin.get(f"/knowledge/policies/{ID}/topics").status_code == 200
    with world.db.write() as connection:
        connection.exec_driver_sql("UPDATE persons SET org = 'nq' WHERE userid = 'azkj_wulili'")
    assert web.get(f"/knowledge/policies/{ID}").status_code == 404
    assert web.get(f"/knowledge/policies/{ID}/topics").status_code == 404
    assert web.get(f"/knowledge/diff?left=nq&right={ID}").status_code == 404
    web.get("/knowledge/policies/azkj")
    assert web.post("/knowledge/policies/azkj/repeal", on="2026-11-19", sure="yes").status_code == 404
    assert web.get("/knowledge/policies/azkj/topics").status_code == 404


def test_alike_questions_become_examples_and_a_topic(world: World, web: Web) -> None:
    keep(web)
    with world.db.write() as connection:
        for text in ("体检可以带家属吗", "体检能带家属吗", "食堂几点开饭"):
            world.desk.mailbox.share_question(connection, text)
    page = web.get("/knowledge/questions").text
    assert "2 次" in page and "食堂几点开饭" in page
    ids = {text: value for value, text in _groups(page)}
    family, canteen = ids["体检可以带家属吗"], ids["食堂几点开饭"]
    assert web.post("/knowledge/questions", ids=family, step="learn").status_code == 409
    other = web.post("/knowledge/questions", ids=family, step="learn", topic="health_check.family", clause="nq|16")
    assert other.status_code == 409
    told = web.post(
        "/knowledge/questions", ids=family, step="learn", topic="health_check.frequency", clause=f"{ID}|第三条"
    )
    assert told.status_code == 303
    cipher = world.desk.mailbox.cipher
    assert learning.examples(world.db, cipher) == {"health_check.frequency": ["体检可以带家属吗", "体检能带家属吗"]}
    assert policies.library(world.db).policies[ID].topics_of("第三条") == ("health_check.frequency",)
    again = web.post("/knowledge/questions", ids=family, step="learn", topic="health_check.frequency")
    assert again.status_code == 409 and "已经有人处理过" in again.text
    assert web.post("/knowledge/questions", ids=canteen, step="dismiss").status_code == 409
    assert web.post("/knowledge/questions", ids=canteen, step="dismiss", sure="yes").status_code == 303
    assert "目前没有" in web.get("/knowledge/questions").text


def _groups(page: str) -> list[tuple[str, str]]:
    """(ids, first question) of each group on the page."""
    return [
        (re.findall(r'name="ids" value="([\d,]+)"', part)[0], part.split(" <span", 1)[0])
        for part in page.split("<h2>")[1:]
    ]


def test_ratings_are_counted_by_topic_and_never_by_whom(world: World, web: Web) -> None:
    today = world.desk.mailbox.clock.today()
    with world.db.write() as connection:
        for verdict, reason in ((GOOD, ""), (GOOD, ""), (BAD, "old")):
            answer = learning.new_answer("tolerance.conditions", ("azkj", "11"))
            learning.rate(connection, answer, verdict, reason, today)
        for kind in ("answer", "answer", "answer", "silent", "out_of_scope"):
            learning.count_answer(connection, kind, today)
    page = web.get("/knowledge/ratings").text
    assert "67%" in page and "过时" in page and "azkj_" not in page.split("</header>")[1]
    home = web.get("/").text
    assert "有帮助 2 · 没帮助 1 · 未作答 1" in home
