"""An organisation's own documents: from a file to correct answers, in the document's words."""

import datetime as dt
from dataclasses import replace
from functools import partial

import pytest

from core.clock import Clock
from core.db import Database
from core.errors import ImportFailed
from core.people import service as people
from core.people import store as people_rows
from core.people.orgs import Org, plain
from core.people.rules import parse_row
from core.policies import intake as storing
from core.policies import passages, service
from core.policies.rules import Policy
from core.testing import START
from knowledge import attach, catalogue, intake, proposals
from knowledge.answers import Answered, Answers
from knowledge.asof import parse as past
from knowledge.choose import Understanding
from knowledge.difference import rows
from knowledge.documents.model import CLAUSE, PREAMBLE, STRUCTURE, Entry, Imported
from knowledge.own import Own

TODAY = dt.date(2026, 11, 21)
ORG = plain("xhzy", "星河职业学院", "college")
LEAVE = (
    ("preamble", PREAMBLE, "星河职业学院教职工休假管理办法"),
    ("第一章", STRUCTURE, "第一章 年休假"),
    ("第一条", CLAUSE, "第一条 教职工累计工作满1年不满10年的，年休假5天；满10年不满20年的，年休假10天。"),
    ("第二条", CLAUSE, "第二条 因工作需要当年未休完的年休假，经部门负责人同意，可以跨一个年度安排。"),
    ("第三条", CLAUSE, "第三条 休假按下列程序办理：（一）本人提前填写休假申请表；（二）人事处备案。"),
    ("第二章", STRUCTURE, "第二章 体检"),
    ("第四条", CLAUSE, "第四条 学院每两年组织教职工进行一次健康体检，费用由学院承担。"),
    ("第五条", CLAUSE, "第五条 本办法自2024年4月1日起施行。"),
)  # fmt: skip


def document(
    entries: tuple[tuple[str, str, str], ...] = LEAVE,
    number: str | None = "星院发〔2024〕12号",
    issued: str = "2024-03-15",
    sha: str = "a" * 64,
) -> Imported:
    made = tuple(Entry(name, text[:20], text, kind) for name, kind, text in entries)
    title = "星河职业学院教职工休假管理办法"
    return Imported(title, number, "星河职业学院", issued, (), (), made, (), sha, "leave.txt", "txt")


class World:
    """A database with the shipped digests, and the engine over it as it is at the moment."""

    def __init__(self, db: Database) -> None:
        self.db = db
        self.orgs = dict(people.organisations(db)) | {ORG.id: ORG}
        service.sync(db, catalogue.shipped(), START)

    def stored(self) -> dict[str, Policy]:
        return service.library(self.db).policies

    def take(self, read: Imported, org: Org = ORG, new: bool = False, **wish: object) -> Policy:
        made = intake.draft(read, intake.Wish(org, **wish), self.stored())  # type: ignore[arg-type]
        storing.keep(self.db, [made], org if new else None, "test", Clock())
        return self.stored()[made.policy.id]

    def ask(self, text: str, last: str | None = None, org: str = "xhzy", **ranking: float) -> Answered:
        find = partial(service.nearest, self.db)
        engine = Answers(service.library(self.db), catalogue.topics(), self.orgs, find, lambda: TODAY)
        likely = {name.replace("__", "."): value for name, value in ranking.items()}
        return engine.ask(self.orgs[org], Understanding(text, likely), last)


@pytest.fixture
def world(db: Database) -> World:
    return World(db)


# -- taking in


def test_a_new_organisation_gets_answers_in_the_documents_words(world: World) -> None:
    policy = world.take(document(), new=True)
    assert (policy.id, policy.cite, policy.since) == ("xhzy-2024-12", "星院发〔2024〕12号", "2024-04-01")
    assert "".join(clause.text or "" for clause in policy.clauses) == "".join(text for _, _, text in LEAVE)
    reply = world.ask("年休假没休完能不能跨年").reply
    assert reply.kind == "answer" and reply.citations == (("xhzy-2024-12", "第二条"),)
    assert "这是最接近的条款原文" in reply.text and LEAVE[3][2] in reply.text
    assert "依据：星院发〔2024〕12号 第二条" in reply.text


def test_the_roster_takes_people_of_a_named_organisation(world: World) -> None:
    world.take(document(), new=True)
    known = frozenset(people.organisations(world.db))
    person = parse_row({"userid": "xh_one", "name": "陈一", "org": "xhzy"}, known)
    with world.db.write() as connection:
        assert people_rows.put(connection, person) == "added"
    assert people.organisations(world.db)["xhzy"].contacts == {}


def test_what_no_document_holds_is_not_answered(world: World) -> None:
    world.take(document(), new=True)
    for text in ("食堂红烧肉多少钱", "今天天气怎么样", "我想买房能借公积金吗"):
        assert world.ask(text, out_of_scope=0.8).reply.kind == "out_of_scope"


def test_silence_of_the_documents_is_said(world: World) -> None:
    policy = world.take(document(), new=True)
    reply = world.ask("容错的条件是什么", tolerance__conditions=0.9).reply
    assert reply.kind == "silent" and "没有找到“" in reply.text and "不适用于您单位" in reply.text
    service.confirm(world.db, policy.id, {"第四条": ["health_check.frequency"]}, "hr", START)
    reply = world.ask("容错的条件是什么", tolerance__conditions=0.9).reply
    assert reply.kind == "silent" and "没有规定“" in reply.text and "不适用于您单位" in reply.text


def test_nothing_is_called_silent_that_a_clause_looks_like_answering(world: World) -> None:
    world.take(document(), new=True)
    reply = world.ask("身体多长时间查一回", health_check__frequency=0.99).reply
    assert "没有规定" not in reply.text and "没有找到“" not in reply.text


def test_the_closest_passage_is_the_one_the_question_means(world: World) -> None:
    """The first clause has more of the words; the second looks like answering what the question is about."""
    policy = world.take(document(), new=True)
    found = [passages.Passage(policy.id, "第一条", 2.0, 0.6), passages.Passage(policy.id, "第二条", 1.0, 0.4)]
    own = Own(
        catalogue.topics(),
        lambda *_: found,
        lambda text: {"leave.unused": 0.8} if text.startswith("第二条") else {},
    )
    chosen = own.choose(Understanding("没休完的怎么办", {"leave.unused": 0.9}), [policy])
    assert chosen is not None and (chosen.clause, chosen.topic) == ("第二条", None)
    chosen = own.choose(Understanding("没休完的怎么办", {"out_of_scope": 0.95}), [policy])
    assert chosen is not None and chosen.clause == "第一条"


def test_a_confirmed_topic_answers_at_once(world: World) -> None:
    policy = world.take(document(), new=True)
    before = service.revision(world.db)
    service.confirm(world.db, policy.id, {"第四条": ["health_check.frequency", "health_check.who_pays"]}, "hr", START)
    assert service.revision(world.db) != before
    reply = world.ask("多久查一次身体", health_check__frequency=0.9).reply
    assert reply.topic == "health_check.frequency" and LEAVE[6][2] in reply.text and "最接近" not in reply.text
    service.confirm(world.db, policy.id, {"第四条": []}, "hr", START)
    assert world.stored()[policy.id].topics == {}


def test_proposals_name_the_plain_topics(world: World) -> None:
    found = proposals.proposals(world.take(document(), new=True))
    assert found["第四条"][0].topic.startswith("health_check.") and found["第四条"][0].confidence >= 0.6
    chosen = proposals.accepted(found, 0.6)
    assert any(topic.startswith("leave.") for topic in chosen["第二条"])
    assert "第一章" not in found


def test_a_long_clause_is_folded_and_unfolds(world: World) -> None:
    long = "第一条 " + "休假审批由人事处会同各部门按照规定的程序办理。" * 40
    policy = world.take(document((("第一条", CLAUSE, long),)), new=True)
    reply = world.ask("休假审批由谁办理").reply
    assert len(reply.text) < 600 and "可展开" in reply.text
    button = next(one for one in reply.buttons if one.title == "展开原文")
    assert button.payload == f"clause:{policy.id}:第一条"
    engine = Answers(service.library(world.db), catalogue.topics(), world.orgs)
    whole = engine.clause(ORG, policy.id, "第一条")
    assert whole is not None and long in whole.reply.text
    assert engine.clause(world.orgs["azkj"], policy.id, "第一条") is None  # nobody else's business


# -- what is refused


def test_the_same_file_and_the_same_number_are_refused(world: World) -> None:
    world.take(document(), new=True)
    with pytest.raises(ImportFailed, match="已经导入"):
        world.take(document(), policy_id="other")
    with pytest.raises(ImportFailed, match="--supersedes"):
        world.take(document(sha="b" * 64), policy_id="other")
    assert [name for name in world.stored() if name not in ("azkj", "ldu", "nq", "sdju", "yn")] == ["xhzy-2024-12"]


def test_nothing_is_stored_when_one_of_several_is_refused(world: World) -> None:
    good = intake.draft(document(), intake.Wish(ORG), world.stored())
    bad = intake.draft(document(sha="b" * 64), intake.Wish(ORG, policy_id="second"), world.stored())
    with pytest.raises(ImportFailed):
        storing.keep(world.db, [good, bad], ORG, "test", Clock())
    assert len(world.stored()) == 5 and "xhzy" not in people.organisations(world.db)


def test_replacing_keeps_the_topics_of_unchanged_clauses(world: World) -> None:
    policy = world.take(document(), new=True)
    service.confirm(
        world.db, policy.id, {"第四条": ["health_check.frequency"], "第二条": ["leave.unused"]}, "hr", START
    )
    changed = tuple((name, kind, text.replace("跨一个", "跨两个")) for name, kind, text in LEAVE)
    again = world.take(document(changed, sha="b" * 64), replacing=True)
    assert again.id == policy.id and set(again.topics) == {"health_check.frequency"}
    assert "跨两个" in world.ask("年休假没休完能不能跨年").reply.text
    with world.db.read() as connection:
        assert len(passages.search(connection, "休假申请表", ["xhzy"])) >= 1


# -- validity


def version(year: int, days: int) -> Imported:
    text = f"第一条 教职工年休假为{days}天。"
    made = (("第一条", CLAUSE, text),)
    return document(made, f"星院发〔{year}〕1号", f"{year}-01-10", str(year) * 16)


def test_the_rule_in_force_on_the_day_asked_about(world: World) -> None:
    world.take(version(2018, 5), new=True)
    world.take(version(2022, 7), supersedes="xhzy-2018-1")
    assert world.stored()["xhzy-2018-1"].validity.status(TODAY.isoformat()) == "superseded"
    assert "年休假为7天" in world.ask("年休假多少天").reply.text
    then = world.ask("2019年那会儿年休假是怎么规定的").reply
    assert "年休假为5天" in then.text and "现已不再执行" in then.text and "2019年那会儿" in then.text
    assert then.citations == (("xhzy-2018-1", "第一条"),)
    assert "年休假为5天" in world.ask("以前年休假是怎么规定的").reply.text
    none = world.ask("2015年的年休假规定").reply
    assert none.kind == "silent" and "没有收录2015年有效的文件" in none.text and "2022年1月10日" in none.text


def test_a_repealed_document_answers_no_more(world: World) -> None:
    world.take(version(2018, 5), new=True)
    service.repeal(world.db, "xhzy-2018-1", dt.date(2023, 1, 1), "hr", START)
    assert world.ask("年休假多少天").reply.kind == "out_of_scope"
    assert world.stored()["xhzy-2018-1"].validity.status("2022-12-31") == "effective"


def test_a_follow_up_about_an_earlier_day(world: World) -> None:
    for year, days in ((2018, 5), (2022, 7)):
        world.take(version(year, days), new=year == 2018, supersedes="xhzy-2018-1" if year == 2022 else None)
        service.confirm(world.db, f"xhzy-{year}-1", {"第一条": ["leave.annual"]}, "hr", START)
    reply = world.ask("2019年那会儿怎么规定的", last="leave.annual").reply
    assert "年休假为5天" in reply.text and reply.topic == "leave.annual"


def test_two_documents_on_one_topic_are_both_shown(world: World) -> None:
    made = document((("第一条", CLAUSE, "第一条 学院每年组织干部体检一次。"),), "院发〔2024〕3号", "2024-05-01")
    policy = world.take(made, world.orgs["nq"])
    service.confirm(world.db, policy.id, {"第一条": ["health_check.frequency"]}, "hr", START)
    reply = world.ask("体检多久一次", org="nq", health_check__frequency=0.95).reply
    assert {name for name, _ in reply.citations} == {policy.id, "nq"}
    assert "印发在前" in reply.text and "学院每年组织干部体检一次" in reply.text


@pytest.mark.parametrize(
    ("text", "on"),
    [
        ("2019年那会儿怎么规定的", "2019-12-31"),
        ("去年的规定", "2025-12-31"),
        ("三年前的办法", "2023-11-21"),
        ("2019年3月的时候体检怎么规定的", "2019-03-31"),
    ],
)
def test_times_that_are_asked_about(text: str, on: str) -> None:
    found = past(text, TODAY)
    assert found is not None and found.on == on


@pytest.mark.parametrize("text", ["我去年没休假怎么办", "2017年提的干部要轮岗吗", "之前的处分影响提拔吗", "今年的政策"])
def test_times_that_are_told(text: str) -> None:
    assert past(text, TODAY) is None


# -- official wording beside the digests


def official(policy: Policy) -> Imported:
    """A made-up official file with the entries that the map of a shipped policy names."""
    mapping = catalogue.text_of(policy.id)
    names = [name for one in policy.clauses for name in mapping.get(one.id, (one.id,)) if name != "tail"]
    sub = [name for name in names if "条(" in name]
    entries = []
    for name in names:
        if name in sub:
            continue
        parts = tuple((part, f"{part}的文字。") for part in sub if part.startswith(name))
        entries.append(Entry(name, "", f"{name}的正文。" + "".join(text for _, text in parts), CLAUSE, 0, parts))
    title, number = policy.title, policy.document_number
    return Imported(title, number, None, None, (), (), tuple(entries), (), "c" * 64, f"{policy.id}.txt", "txt")


@pytest.mark.parametrize("name", ["azkj", "ldu", "sdju", "yn", "nq"])
def test_every_entry_of_an_official_file_is_used_once(name: str) -> None:
    policy = next(one for one, _ in catalogue.shipped() if one.id == name)
    file = official(policy)
    texts = attach.texts(policy, file, catalogue.text_of(name))
    assert set(texts) == {clause.id for clause in policy.clauses}
    joined = "".join("".join(texts[clause.id].split()) for clause in policy.clauses)
    assert joined == "".join("".join(entry.text.split()) for entry in file.entries)


def test_official_wording_stands_under_the_digest(world: World) -> None:
    policy = world.stored()["nq"]
    draft = intake.official(official(policy), world.stored())
    assert draft is not None and draft.policy.id == "nq"
    storing.keep(world.db, [draft], None, "test", Clock())
    reply = world.ask("体检多久一次", org="nq", health_check__frequency=0.95).reply
    assert "原文：六的正文。\n16的正文。" in reply.text and "每年1次" in reply.text
    assert service.sync(world.db, catalogue.shipped(), START) == []
    with pytest.raises(ImportFailed, match="已经导入"):
        storing.keep(world.db, [draft], None, "test", Clock())


def test_a_file_with_other_clauses_is_not_attached(world: World) -> None:
    policy = world.stored()["nq"]
    file = official(policy)
    short = replace(file, entries=file.entries[:-1], sha256="d" * 64)
    with pytest.raises(ImportFailed, match="缺少“20”"):
        intake.official(short, world.stored())


# -- side by side


def test_two_versions_side_by_side(world: World) -> None:
    left = world.take(version(2018, 5), new=True)
    right = world.take(version(2022, 7), supersedes=left.id)
    found = list(rows(left, right, catalogue.topics()))
    assert [(row.label, row.state) for row in found] == [("第一条", "changed")]


def test_a_new_version_keeps_the_topics_of_clauses_that_read_the_same(world: World) -> None:
    policy = world.take(document(), new=True)
    topics = {"第四条": ["health_check.frequency"], "第二条": ["leave.unused"]}
    service.confirm(world.db, policy.id, topics, "hr", START)
    changed = tuple((name, kind, text.replace("一个年度", "两个年度")) for name, kind, text in LEAVE)
    newer = world.take(document(changed, "星院发〔2026〕3号", "2026-01-15", "b" * 64), supersedes=policy.id)
    assert set(newer.topics) == {"health_check.frequency"}


def test_a_passage_that_is_quoted_goes_before_a_follow_up(world: World) -> None:
    policy = world.take(document(), new=True)
    service.confirm(world.db, policy.id, {"第二条": ["leave.unused"]}, "hr", START)
    asked = {"followup__scope": 0.99}
    assert world.ask("适用范围呢", "leave.unused", **asked).reply.citations[0][1] == "第二条"
    assert world.ask("健康体检由学院承担费用吗", "leave.unused", **asked).reply.citations[0][1] == "第四条"
