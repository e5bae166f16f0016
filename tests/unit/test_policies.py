"""The shipped digests say what the documents say: design's table of differences, row by row, and `policy check`."""

import copy as copying
from pathlib import Path
from typing import Any

import pytest
import yaml

from core.errors import KnowledgeError
from core.people import orgs
from core.policies import service
from core.policies.rules import Clause, Policy, citation
from core.testing import START, new_database
from knowledge import catalogue, check

RAW = {
    path.stem: yaml.load(path.read_bytes(), Loader=yaml.CSafeLoader)
    for path in sorted(catalogue.POLICIES_FOLDER.glob("*.yml"))
}
LIBRARY = {policy.id: policy for policy, _ in catalogue.shipped()}
ALL = ("azkj", "ldu", "sdju", "yn", "nq")


def clause(policy: str, number: str) -> Clause:
    found = LIBRARY[policy].clause(number)
    assert found is not None, f"{policy} {number}"
    return found


def fact(policy: str, number: str, name: str) -> dict[str, Any]:
    return dict(next(item for item in clause(policy, number).facts if item["id"] == name))


def text(policy: str, number: str) -> str:
    return "\n".join(point.text for point in clause(policy, number).points)


def said(policy: str, topic: str) -> str:
    """The sentences behind a topic, or the silence."""
    found = LIBRARY[policy]
    if topic in found.topics:
        return "\n".join(found.sentence(ref) for ref in found.topics[topic])
    return found.silences[topic].say


# -- conditions


def test_conditions_for_tolerance() -> None:
    azkj = fact("azkj", "11", "conditions")
    assert (len(azkj["items"]), azkj["qualifier"], azkj["all_required"]) == (7, "全部或部分", False)
    assert fact("azkj", "11", "condition_count")["value"] == 7
    ldu = fact("ldu", "三(一)", "conditions")
    assert (len(ldu["items"]), ldu["all_required"]) == (6, None)
    assert "未写明" in ldu["qualifier"] and fact("ldu", "三(一)", "condition_count")["value"] == 6
    assert len(fact("sdju", "第十一条", "conditions")["items"]) == 3
    assert len(fact("sdju", "第十一条", "excluded")["items"]) == 3
    assert len(fact("yn", "10", "conditions")["items"]) == 6
    assert len(fact("nq", "10", "causes")["items"]) == 3
    assert "".join(fact("nq", "10", "excluded")["items"]).count("导致的失误错误") == 3
    for word in ("不担当", "慢作为", "乱作为"):
        assert word in said("nq", "tolerance.excluded")


def test_all_or_part_is_said_only_where_it_is_written() -> None:
    assert "全部或部分" in said("azkj", "tolerance.all_or_part")
    for policy in ("ldu", "sdju", "yn", "nq"):
        assert "没有写明" in said(policy, "tolerance.all_or_part")
        assert "不要求" not in said(policy, "tolerance.all_or_part")


def test_every_condition_is_told() -> None:
    told = said("azkj", "tolerance.conditions")
    assert all(number in told for number in "①②③④⑤⑥⑦")
    assert all(number in said("ldu", "tolerance.conditions") for number in "①②③④⑤⑥")
    for word in ("谋取私利", "不可抗力", "难以预见", "没有先例", "三重一大", "挽回损失", "已有规定"):
        assert word in told


def test_factors_weighed() -> None:
    four = ["问题发生的背景原因", "动机目的", "情节轻重", "性质后果"]
    assert fact("azkj", "12", "factors")["items"] == fact("ldu", "三(二)", "factors")["items"] == four
    six = ["动机态度", "客观条件", "程序方法", "性质程度", "后果影响", "挽回损失"]
    for policy, number in (("sdju", "第十二条(二)"), ("yn", "10"), ("nq", "11")):
        assert fact(policy, number, "factors")["items"] == six


def test_what_lies_beyond_tolerance_in_each_document() -> None:
    assert fact("ldu", "三(一)", "exclusions")["kind"] == "exclusions"
    assert fact("nq", "10", "excluded")["kind"] == "exclusions"
    assert "没有写" in LIBRARY["azkj"].silences["tolerance.excluded"].say
    assert "不可抗力" in said("nq", "tolerance.force_majeure") and "没有写不可抗力" in text("nq", "10")


# -- who and when


def test_relation_to_accountability() -> None:
    assert "同时" in said("azkj", "tolerance.procedure") and "一并" in said("azkj", "tolerance.procedure")
    assert "同时" in said("ldu", "tolerance.procedure") and "问责机构" in said("ldu", "tolerance.procedure")
    assert "没有写明" in text("sdju", "第十二条(二)")
    assert "启动干部问责处理前" in said("yn", "tolerance.procedure") or "启动干部问责处理前" in text("yn", "9")
    assert "听取" in said("yn", "tolerance.hearing") and "合理意见" in said("yn", "tolerance.hearing")
    assert "问责程序或责任调查过程中" in said("nq", "tolerance.procedure")


def test_who_may_apply() -> None:
    for policy in ("azkj", "ldu", "yn"):
        assert "tolerance.how_to_apply" in LIBRARY[policy].silences
        assert "没有规定个人申请程序" in LIBRARY[policy].silences["tolerance.how_to_apply"].say
    sdju = said("sdju", "tolerance.how_to_apply")
    assert all(part in sdju for part in ("干部本人", "二级党组织", "干部管理权限", "纪委监察部门或党委组织部"))
    nq = said("nq", "tolerance.how_to_apply")
    assert "可提出容错申请" in nq and "没有写向哪个部门提出" in nq


def test_leading_bodies_for_tolerance() -> None:
    assert fact("azkj", "12", "bodies")["lead"] == []
    assert fact("azkj", "12", "bodies")["both"] == ["纪委", "组织人事部门"]
    for number in ("三(一)", "三(二)"):
        assert fact("ldu", number, "bodies")["lead"] == ["纪委"]
        assert fact("ldu", number, "bodies")["assist"] == ["党委组织部"]
    for name in ("bodies_effect", "bodies_reduced", "bodies_correction"):
        assert fact("ldu", "三(三)", name)["lead"] == ["纪委", "党委组织部"]
    assert fact("ldu", "三(三)", "bodies_effect")["assist"] == ["党委统战部", "人事处"]
    assert fact("sdju", "第十二条", "bodies")["both"] == ["纪委监察部门", "党委组织部"]
    assert fact("yn", "9", "bodies")["lead"] == ["纪检监察机关"]
    assert fact("nq", "11", "bodies")["lead"] == [] and "等" in fact("nq", "11", "bodies")["qualifier"]


def test_bodies_that_take_part() -> None:
    assert fact("ldu", "一(三)", "bodies")["assist"] == ["人事处", "财经处"]
    assert fact("ldu", "二(二)", "bodies")["assist"] == ["党委办公室", "纪委", "审计处"]
    assert fact("ldu", "二(一)", "bodies")["both"] == ["党委组织部", "发展规划处", "人事处"]
    assert fact("ldu", "一(二)", "bodies_visit")["both"] == ["党委组织部", "人事处", "财经处"]
    assert fact("ldu", "一(二)", "bodies_talk")["both"] == ["党委组织部", "纪委"]
    assert fact("ldu", "四(三)", "bodies_leadership")["lead"] == ["党委办公室"]
    assert fact("azkj", "16", "bodies")["both"] == ["纪委（监察审计室）", "组织人事处"]
    assert fact("sdju", "第七条", "reminder")["lead"] == ["分管领导"]
    assert fact("nq", "20", "bodies")["lead"] == ["组织部门"]


# -- what follows


def test_protected_when_exempted() -> None:
    azkj = fact("azkj", "12", "protected_person")["items"] + fact("azkj", "12", "protected_both")["items"]
    assert azkj == ["提拔使用", "职级晋升", "职称评聘", "后备干部资格", "年度考核", "任期考核", "表彰奖励"]
    assert fact("ldu", "三(三)", "protected_status")["items"] == ["党代会代表", "人大代表", "政协委员", "后备干部"]
    for name in ("person", "unit", "both", "status"):
        assert fact("ldu", "三(三)", f"protected_{name}")["qualifier"] == "可以"
    sdju = fact("sdju", "第十四条", "protected")["items"]
    assert sdju == ["考核", "评先评优", "提拔任用", "职级职称晋升", "优秀年轻干部资格"]
    assert len(fact("yn", "11", "protected_assessments")["items"]) == 7
    assert "职称" not in text("yn", "11")
    assert fact("nq", "12", "protected")["items"] == ["评先表彰", "提拔使用"]
    assert "未提及年度考核" in said("nq", "tolerance.effect_on_assessment")
    assert "职称" in LIBRARY["yn"].silences["tolerance.effect_on_titles"].say


def test_silence_is_not_a_negative() -> None:
    for policy in LIBRARY.values():
        for topic, silence in policy.silences.items():
            for word in ("会影响", "不能提拔", "不可以", "不允许", "不得申请", "不给"):
                assert word not in silence.say, f"{policy.id} {topic}"


def test_reduced_penalty_and_influence_period() -> None:
    azkj = said("azkj", "tolerance.reduced_penalty")
    assert "酌情从轻、减轻" in azkj and "可根据有关规定" in azkj
    assert "tolerance.influence_period" in LIBRARY["azkj"].silences
    ldu = said("ldu", "tolerance.influence_period")
    assert "期满后提拔任用不受影响" in ldu and "当年度影响期满后" in ldu
    assert "相关规定" in said("sdju", "tolerance.influence_period")
    assert "tolerance.influence_period" in LIBRARY["yn"].silences
    nq = said("nq", "tolerance.influence_period")
    assert "影响期满" in nq and "大胆使用" in nq


def test_correction_has_a_time_limit_in_two_documents_only() -> None:
    for policy, number in (("azkj", "12"), ("ldu", "三(三)")):
        assert "责成限期整改" in fact(policy, number, "correction")["items"]
        assert "限期整改" in said(policy, "correction.deadline") and "没有写" in said(policy, "correction.deadline")
    for policy in ("sdju", "yn", "nq"):
        assert "correction.deadline" in LIBRARY[policy].silences


def test_clarification() -> None:
    assert "轻微违规" in said("azkj", "clarification.minor")
    assert fact("ldu", "四(一)", "bodies")["lead"] == ["纪委", "党委组织部"]
    feedback = said("ldu", "clarification.feedback")
    for part in ("实名", "按规定向举报人反馈", "匿名", "在一定范围内说明情况", "认定予以免责"):
        assert part in feedback
    assert "false_accusation.penalty" in LIBRARY["sdju"].silences
    assert "负面舆情" in said("yn", "clarification.public_opinion")
    assert fact("nq", "12", "clarify_forms")["items"] == ["与干部谈心谈话", "会议通报说明"]
    assert "采信了结" in said("nq", "clarification.inquiry")


def test_nobody_is_given_an_application_for_clarification() -> None:
    for policy in ALL:
        assert "没有规定个人申请澄清" in LIBRARY[policy].silences["clarification.apply"].say


def test_talks() -> None:
    assert fact("azkj", "10", "talk_events")["items"] == ["提拔任职", "轮岗交流", "免职", "退休"]
    assert "talk.when" in LIBRARY["ldu"].silences and "talk.when" in LIBRARY["sdju"].silences
    assert "有计划" in said("sdju", "talk.regular") and "经常性" in text("ldu", "一(二)")
    assert fact("yn", "15", "when")["items"] == ["提拔任职干部", "离退休干部", "受处分干部"]
    assert "接谈" in text("yn", "15")
    assert "主动约请" in said("nq", "talk.request")
    for policy in ("azkj", "ldu", "sdju"):
        assert "talk.request" in LIBRARY[policy].silences


def test_health_check() -> None:
    for policy in ("azkj", "ldu", "sdju"):
        assert "health_check.frequency" not in LIBRARY[policy].topics
    yn = fact("yn", "17", "check")
    assert (yn["value"], yn["qualifier"]) == (1, "不少于") and "不少于1次" in said("yn", "health_check.frequency")
    assert "经费来源" in said("yn", "health_check.who_pays")
    assert fact("nq", "16", "health_check")["value"] == 1 and "每年1次" in said("nq", "health_check.frequency")
    assert "费用" in LIBRARY["nq"].silences["health_check.who_pays"].say


# -- numbers


@pytest.mark.parametrize(
    ("policy", "number", "name", "value", "unit"),
    [
        ("azkj", "8", "rotation_post", 5, "年"), ("azkj", "8", "rotation_department", 10, "年"),
        ("azkj", "8", "young_within", 5, "年"), ("azkj", "8", "young_admin", 1, "年"),
        ("azkj", "7", "counselor_years", 3, "年"),
        ("nq", "14", "tuition", 60, "%"), ("sdju", "第七条", "top", 20, "%"), ("sdju", "第七条", "bottom", 3, "%"),
        ("yn", "17", "check", 1, "次/年"), ("nq", "16", "health_check", 1, "次/年"),
        ("ldu", "一(三)", "consecutive_years", 3, "年"), ("nq", "4", "unit_years", 3, "年"),
        ("nq", "4", "person_years", 3, "年"), ("nq", "4", "points_years", 2, "年"), ("nq", "5", "last_years", 2, "年"),
    ],
)  # fmt: skip
def test_numbers(policy: str, number: str, name: str, value: int, unit: str) -> None:
    found = fact(policy, number, name)
    assert (found["value"], found["unit"]) == (value, unit)


def test_rotation_binds_whom_and_how_far() -> None:
    years = said("azkj", "rotation.years")
    assert all(part in years for part in ("原则上", "部门负责人", "同一职位", "满5年", "同一部门", "满10年"))
    for name in ("rotation_post", "rotation_department"):
        assert fact("azkj", "8", name)["qualifier"] == "原则上"
    assert "部门负责人" in fact("azkj", "8", "rotation_post")["about"]
    for policy in ("ldu", "sdju", "yn", "nq"):
        assert "rotation.years" in LIBRARY[policy].silences


def test_three_years_running() -> None:
    ldu = said("ldu", "selection.consecutive")
    assert "单位" in ldu and "个人连续三年优秀，一(三)没有写" in ldu and "可优先" in ldu
    nq = text("nq", "4")
    assert "单位连续三年" in nq and "个人年度考核连续三年优秀" in nq


def test_tuition() -> None:
    told = said("nq", "study.tuition")
    assert all(part in told for part in ("60%", "所在单位", "取得毕业证、学位证时", "在职研究生"))
    for policy in ("azkj", "ldu", "sdju"):
        assert "study.tuition" in LIBRARY[policy].silences


def test_no_document_knows_time_limit_or_appeal() -> None:
    for policy in ALL:
        assert "tolerance.time_limit" in LIBRARY[policy].silences
        assert "没有规定申诉程序" in LIBRARY[policy].silences["tolerance.appeal"].say
        assert "以处分决定书载明的途径为准" in LIBRARY[policy].silences["tolerance.appeal"].say


# -- the documents themselves


def test_names_numbers_and_dates() -> None:
    heads = {policy.id: (policy.document_number, policy.issued_on, policy.level) for policy in LIBRARY.values()}
    assert heads == {
        "azkj": ("院党字〔2020〕131号", "2020-11-30", "college"),
        "ldu": ("鲁大党发〔2017〕45号", "2017-12-05", "university"),
        "sdju": (None, "2021-06-09", "university"),
        "yn": (None, None, "province"),
        "nq": ("宁办发〔2019〕45号", "2019-10-11", "county"),
    }
    assert "试行" in LIBRARY["azkj"].title and "试行" in LIBRARY["ldu"].title
    assert "44号" in text("ldu", "head") and "没有" in said("yn", "doc.number")


@pytest.mark.parametrize(
    ("policy", "number", "cited"),
    [
        ("azkj", "11", "院党字〔2020〕131号 第11条"),
        ("ldu", "三(一)", "鲁大党发〔2017〕45号 三(一)"),
        ("nq", "10", "宁办发〔2019〕45号 第10条"),
        ("sdju", "第十二条(一)", "上海电机学院2021年实施办法 第十二条(一)"),
        ("yn", "10", "云南省实施意见 第10条"),
        ("azkj", "head", "院党字〔2020〕131号 文件首部"),
        ("yn", "四.lead", "云南省实施意见 第四部分引言"),
    ],
)
def test_citations(policy: str, number: str, cited: str) -> None:
    assert citation(LIBRARY[policy], number) == cited


def test_no_official_wording_ships() -> None:
    assert all(item.text is None for policy in LIBRARY.values() for item in policy.clauses)


def test_policies_come_back_from_the_tables_as_they_went_in(tmp_path: Path) -> None:
    db = new_database(tmp_path)
    assert sorted(service.sync(db, catalogue.shipped(), START)) == sorted(ALL)
    assert service.library(db).policies == LIBRARY
    assert service.sync(db, catalogue.shipped(), START) == []
    db.close()


# -- policy check


def test_the_shipped_knowledge_passes() -> None:
    assert check.problems() == []


class Copy:
    """What the shipped files hold, to be spoilt."""

    def __init__(self, data: Path) -> None:
        self.raw = {policy: dict(copying.deepcopy(value)) for policy, value in RAW.items()}
        self.topics = dict(catalogue.topics())
        self.data = data
        names = "\n".join(f"- intent: {name}" for name in self.topics)
        (data / "all.yml").write_text(f"nlu:\n{names}\n", encoding="utf-8")

    def change(self, policy: str, change: Any) -> None:
        change(self.raw[policy])

    def shipped(self) -> list[tuple[Policy, str]]:
        return [(catalogue.parse_policy(value, f"{policy}.yml"), "") for policy, value in self.raw.items()]

    def problems(self, patch: pytest.MonkeyPatch) -> list[str]:
        patch.setattr(catalogue, "shipped", self.shipped)
        patch.setattr(catalogue, "topics", lambda: self.topics)
        return check.problems(self.data)


@pytest.fixture
def copy(tmp_path: Path) -> Copy:
    return Copy(tmp_path)


def without(number: str) -> Any:
    return lambda value: value.update(clauses=[item for item in value["clauses"] if item["id"] != number])


def point(value: dict[str, Any], number: str, **changes: str) -> None:
    next(item for item in value["clauses"] if item["id"] == number)["points"][0].update(changes)


@pytest.mark.parametrize(
    ("policy", "number"),
    [("azkj", "9"), ("azkj", "head"), ("ldu", "二(一)"), ("sdju", "第十二条(三)"), ("yn", "六.lead"), ("nq", "20")],
)
def test_a_missing_clause_is_found(copy: Copy, monkeypatch: pytest.MonkeyPatch, policy: str, number: str) -> None:
    copy.change(policy, without(number))
    found = copy.problems(monkeypatch)
    assert f"{policy}: clause without entry: {number}" in found
    assert any("does not resolve" in problem for problem in found)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda value: value["topics"].update({"talk.when": ["10#nothing"]}), "citation does not resolve: 10#nothing"),
        (lambda value: value["silences"]["martyr"].update(near=["99#x"]), "citation does not resolve: 99#x"),
        (lambda value: value["topics"].update({"no.topic": ["10#visit"]}), "unknown topic no.topic"),
        (lambda value: value["clauses"][11]["facts"].append({"kind": "number", "value": 1}), "fact without id or kind"),
        (lambda value: value["clauses"][3].update(points=[]), "clause without points: 3"),
        (lambda value: value["clauses"].append(value["clauses"][3]), "clause entered twice: 3"),
        (lambda value: value["topics"].update({"martyr": ["10#visit"]}), "answered and silent at once: martyr"),
        (lambda value: point(value, "10", text="请放心，您符合条件！"), "10#commend says 请放心"),
        (lambda value: point(value, "10", id="pay"), "point entered twice in 10"),
    ],
)  # fmt: skip
def test_a_defect_in_a_digest_is_found(
    copy: Copy, monkeypatch: pytest.MonkeyPatch, change: Any, problem: str
) -> None:
    copy.change("azkj", change)
    assert any(problem in found for found in copy.problems(monkeypatch))


def test_an_untouched_copy_has_no_defect(copy: Copy, monkeypatch: pytest.MonkeyPatch) -> None:
    assert copy.problems(monkeypatch) == []


def test_a_topic_without_clause_or_examples_is_found(copy: Copy, monkeypatch: pytest.MonkeyPatch) -> None:
    copy.topics["new.topic"] = catalogue.Topic("new.topic", "新话题", "新", ())
    found = copy.problems(monkeypatch)
    assert "topic without clause: new.topic" in found and "topic without training examples: new.topic" in found


def test_a_clause_no_topic_leads_to_is_found(copy: Copy, monkeypatch: pytest.MonkeyPatch) -> None:
    def unlink(value: dict[str, Any]) -> None:
        for name, refs in list(value["topics"].items()):
            value["topics"][name] = [ref for ref in refs if not ref.startswith("9#")] or ["10#visit"]
        for silence in value["silences"].values():
            silence["near"] = [ref for ref in silence["near"] if not ref.startswith("9#")] or ["10#visit"]

    copy.change("azkj", unlink)
    assert "azkj: clause without topic: 9" in copy.problems(monkeypatch)


@pytest.mark.parametrize("missing", ["id", "cite", "clauses", "topics", "silences", "level"])
def test_an_unreadable_digest_names_its_file(copy: Copy, missing: str) -> None:
    copy.change("azkj", lambda value: value.pop(missing))
    with pytest.raises(KnowledgeError, match=r"azkj\.yml"):
        copy.shipped()


def test_every_policy_is_known_to_an_organisation() -> None:
    used = {policy for org in orgs.load().values() for policy in org.policies}
    assert used == set(LIBRARY) == set(ALL)
    assert all(isinstance(policy, Policy) for policy in LIBRARY.values())
