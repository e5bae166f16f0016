"""Every sentence of every answer has a source, every answer a citation, and none says what may not be said."""

import re
from collections.abc import Iterable, Iterator
from functools import cache
from string import Formatter

import pytest

from actions import replies
from core.messages.rules import Reply
from core.people import orgs as profiles
from core.people.orgs import Org
from core.policies.rules import citation
from core.policies.service import Library
from knowledge import catalogue, phrases, responsible
from knowledge.answers import Answered, Answers
from knowledge.choose import Understanding

TOPICS = catalogue.topics()
ORGS = profiles.load()
LIBRARY = Library({policy.id: policy for policy, _ in catalogue.shipped()}, ())
POLICIES = LIBRARY.policies
ENGINE = Answers(LIBRARY, TOPICS, ORGS)
MOST_CHARACTERS = 600

Clauses = set[tuple[str, str]]  # two documents may say the same in the same words


def _by_text(pairs: Iterable[tuple[str, tuple[str, str]]]) -> dict[str, Clauses]:
    found: dict[str, Clauses] = {}
    for text, pair in pairs:
        found.setdefault(text, set()).add(pair)
    return found


POINTS = _by_text(
    (point.text, (policy.id, clause.id))
    for policy in POLICIES.values()
    for clause in policy.clauses
    for point in clause.points
)
SILENCES = {silence.say for policy in POLICIES.values() for silence in policy.silences.values()}
BODIES = _by_text(
    (line, (policy.id, clause.id))
    for policy in POLICIES.values()
    for clause in policy.clauses
    for line in responsible.of_clause(policy, clause.id)
)
NAMED = {
    body
    for policy in POLICIES.values()
    for clause in policy.clauses
    for fact in clause.facts
    if fact["kind"] == "bodies"
    for key in ("lead", "assist", "both")
    for body in fact.get(key) or ()
}
CITED = {citation(policy, clause.id) for policy in POLICIES.values() for clause in policy.clauses}
NAMES = {
    "title": {policy.title.replace("《", "〈").replace("》", "〉") for policy in POLICIES.values()},
    "label": {topic.label for topic in TOPICS.values()},
    "name": {org.short for org in ORGS.values()},
    "cite": CITED,
    "body": NAMED,
    "contact": {contact.line() for org in ORGS.values() for contact in org.contacts.values()} | {phrases.NO_CONTACT},
}
FIXED = {name: value for name, value in vars(phrases).items() if name.isupper()}
SILENT_WORDS = re.compile(
    "没有规定|未规定|没有写|未写明|未提及|没有提到|没有明确|未涉及|没有提及|没有说"
)

# -- wording (design, section 3)

FORBIDDEN = (
    "！", "!", "亲，", "亲亲", "恭喜", "一定会", "肯定会", "向您保证", "请放心", "没问题", "您符合", "您可以免责",
    "应该不会", "举报您的人", "诬告者", "你", "您违纪", "放心吧", "哦", "呢", "哈", "～",
)  # fmt: skip
EMOJI = re.compile("[\U0001f000-\U0001faff\u2600-\u27bf\ufe0f]")
PERIOD = re.compile(r"[0-9０-９一二三四五六七八九十两]+\s*个?(?:工作日|小时|天|日内|周内?|星期|个月)")


@cache
def plain(text: str) -> list[str]:
    """What is wrong with the wording."""
    found = [word for word in FORBIDDEN if word in text]
    found += EMOJI.findall(text)
    without_dates = re.sub(r"\d{4}年\d{1,2}月(?:\d{1,2}日)?", "", text)
    return found + PERIOD.findall(without_dates)


def templates() -> Iterator[tuple[str, str]]:
    """Every fixed phrase: of the answers and of the other replies."""
    yield from FIXED.items()
    for name, value in vars(replies).items():
        if name.isupper() and isinstance(value, str):
            yield name, value
    yield from replies.MEDIA_NAMES.items()
    yield from ((f"MENU {payload}", title) for title, payload in replies.MENU)


@pytest.mark.parametrize(("name", "value"), list(templates()))
def test_fixed_phrases_obey_the_wording_rules(name: str, value: str) -> None:
    assert not plain(value), name


def test_digests_obey_the_wording_rules() -> None:
    for text in (*POINTS, *SILENCES, *BODIES):
        assert not plain(text), text


def test_labels_obey_the_wording_rules() -> None:
    for topic in TOPICS.values():
        assert not plain(topic.label), topic.id


def test_dangerous_messages_are_answered_to_the_letter() -> None:
    assert replies.DISTRESS == (
        "您现在的感受很重要。请先联系身边信任的人；全国统一心理援助热线 12356，紧急情况请拨打 120 或 110。"
        "需要我把单位关怀联系人的电话发给您吗？"
    )
    assert replies.REPORT == "本助手不受理检举控告。请向本单位纪委反映，或通过12388、12380反映。"
    assert replies.OWN_UP == (
        "如需向组织主动说明问题，请直接与纪检监察机关联系，当面说明；在这里填写不作为正式说明。"
    )
    assert replies.INQUIRY == "请按通知要求如实向组织说明情况，本助手不提供应答建议。"
    assert "您的政策咨询不会通知您的单位或领导；只有您主动提交的申请才会送交办理部门。" in replies.WELCOME
    assert phrases.SHARE == "可否将这句话（不含姓名）交工作人员完善答案？"
    assert phrases.JUDGEMENT == "是否适用，以有权机关认定为准。"


def test_the_menu_is_the_agreed_one() -> None:
    titles = [title for title, _ in replies.MENU]
    assert titles == ["政策咨询", "申请容错", "申请澄清", "我的申请", "预约谈心", "我的提醒", "联系人工"]
    assert all(name in TOPICS for name in replies.TOPIC_MENU)


# -- where sentences come from


@cache
def _filled() -> dict[str, re.Pattern[str]]:
    """Fixed phrases as patterns; a placeholder takes a name and nothing else."""
    found = {}
    for name, template in FIXED.items():
        if name in ("ORIGINAL", "OTHER_PREFIX", "BODIES_LEAD", "BODIES_BOTH"):
            continue
        if name in ("ORIGINAL_OF", "ALSO", "THEN", "NOT_THEN", "NOT_BEFORE"):
            continue  # about imported documents and earlier days: tests/unit/test_own_documents.py
        parts = []
        for literal, field, _, _ in Formatter().parse(template):
            parts.append(re.escape(literal))
            if field == "citations":
                one = "|".join(map(re.escape, sorted(CITED, key=len, reverse=True)))
                parts.append(f"(?:{one})(?:、(?:{one}))*")
            elif field:
                parts.append(f"(?:{'|'.join(map(re.escape, sorted(NAMES[field], key=len, reverse=True)))})")
        found[name] = re.compile("".join(parts))
    return found


@cache
def _elsewhere() -> dict[str, Clauses]:
    """Sentences of another organisation, marked as such."""
    lines = {}
    for org in ORGS.values():
        for text, pairs in POINTS.items():
            for policy, clause in pairs:
                if policy in org.policies:
                    head = phrases.OTHER_PREFIX.format(name=org.short, cite=citation(POLICIES[policy], clause))
                    lines[head + text] = {(policy, clause)}
    return lines


@cache
def source_of(line: str) -> str | Clauses | None:
    """The clauses a line may come from, the name of the fixed phrase it is, or None."""
    for known in (POINTS, BODIES, _elsewhere()):
        if line in known:
            return known[line]
    if line in SILENCES:
        return "silence"
    return next((name for name, pattern in _filled().items() if pattern.fullmatch(line)), None)


def problems(org: Org, reply: Reply) -> list[str]:
    """Everything an answer must not be."""
    lines = reply.text.split("\n")
    sources = [source_of(line) for line in lines]
    found = [f"no source: {line}" for line, source in zip(lines, sources, strict=True) if source is None]
    found += [f"wording: {word}" for line in lines if "（示例）" not in line for word in plain(line)]
    if len(reply.text) >= MOST_CHARACTERS:
        found.append(f"{len(reply.text)} characters")
    if len(set(lines)) < len(lines) and phrases.COMPARE_NOTE not in lines:
        found.append("a line twice")
    for policy, clause in reply.citations:
        if policy not in POLICIES or POLICIES[policy].clause(clause) is None:
            found.append(f"citation does not resolve: {policy} {clause}")
    found += [f"not cited: {one}" for one in sources if isinstance(one, set) and not one & set(reply.citations)]
    if reply.kind == "answer":
        basis = "、".join(citation(POLICIES[policy], clause) for policy, clause in reply.citations)
        if not reply.citations or lines[-1] != phrases.BASIS.format(citations=basis):
            found.append(f"no basis: {lines[-1]}")
    if reply.kind == "silent" and not SILENT_WORDS.search(reply.text):
        found.append("silent without saying so")
    if reply.topic and TOPICS[reply.topic].judgement and reply.kind == "answer" and phrases.JUDGEMENT not in lines:
        found.append("judges without saying who does")
    if any(policy not in org.policies for policy, _ in reply.citations) and phrases.COMPARE_NOTE not in lines:
        if phrases.SILENT_OTHERS not in lines:
            found.append("another organisation's rule without a mark")
        elif reply.citations[0][0] not in org.policies and any(policy in org.policies for policy, _ in reply.citations):
            found.append("another organisation first")
    found += [f"button {button.title}" for button in reply.buttons if not 0 < len(button.title) <= 10]
    return found


@pytest.fixture(params=sorted(ORGS))
def org(request: pytest.FixtureRequest) -> Org:
    return ORGS[request.param]


def check(org: Org, asked: Iterator[tuple[str, Answered]]) -> None:
    wrong = [f"{org.id} {what}: {problem}" for what, found in asked for problem in problems(org, found.reply)]
    assert not wrong, "\n".join(wrong[:20])


def test_every_topic_of_every_organisation(org: Org) -> None:
    check(org, ((topic, ENGINE.topic(org, topic)) for topic in TOPICS))


def test_every_topic_asked_in_words(org: Org) -> None:
    def asked() -> Iterator[tuple[str, Answered]]:
        for topic in TOPICS.values():
            for text in (topic.label, topic.covers):
                yield topic.id, ENGINE.ask(org, Understanding(text, {topic.id: 0.9, **dict.fromkeys(topic.next, 0.04)}))

    check(org, asked())


def test_every_follow_up(org: Org) -> None:
    facets = ("who", "how", "when", "result", "conditions", "deadline", "scope", "cost")

    def asked() -> Iterator[tuple[str, Answered]]:
        for topic in TOPICS:
            last = ENGINE.topic(org, topic)
            for facet in facets:
                said = Understanding("谁来谈？", {f"followup.{facet}": 0.9})
                yield f"{topic} {facet}", ENGINE.ask(org, said, topic, last.clause)

    check(org, asked())


def test_every_body_and_every_clause_it_is_responsible_for(org: Org) -> None:
    def asked() -> Iterator[tuple[str, Answered]]:
        for body in sorted(NAMED):
            text = f"{body}负责什么"
            yield text, ENGINE.ask(org, Understanding(text, {"responsible_unit": 0.9}))
        for topic in TOPICS.values():
            text = f"{topic.covers}归谁管"
            yield text, ENGINE.ask(org, Understanding(text, {"responsible_unit": 0.6, topic.id: 0.3}))

    check(org, asked())


def test_two_questions_in_one_message(org: Org) -> None:
    def asked() -> Iterator[tuple[str, Answered]]:
        for topic in TOPICS.values():
            other = TOPICS[topic.next[0]]
            far = TOPICS["health_check.frequency"]
            parts = tuple((f"{item.label}怎么办", {item.id: 0.95}) for item in (topic, other, far))
            for most in (2, 3):
                said = Understanding("？".join(part for part, _ in parts[:most]), {topic.id: 0.5}, parts[:most])
                yield said.text, ENGINE.ask(org, said)

    check(org, asked())


def test_comparisons(org: Org) -> None:
    def asked() -> Iterator[tuple[str, Answered]]:
        for other in ORGS.values():
            for topic in TOPICS.values():
                text = f"{other.short}和我们在{topic.label}上有什么不同"
                yield text, ENGINE.ask(org, Understanding(text, {topic.id: 0.9}))

    check(org, asked())


def test_what_is_not_understood(org: Org) -> None:
    for text, ranking in (
        ("今天食堂吃什么", {"out_of_scope": 0.9}),
        ("今天食堂吃什么", {"out_of_scope": 0.3, "talk.when": 0.01}),
        ("嗯嗯", {}),
        ("zzzz", {"talk.when": 0.1, "leave.annual": 0.09, "rotation.years": 0.085}),
    ):
        found = ENGINE.ask(org, Understanding(text, ranking))
        assert found.reply.kind in ("out_of_scope", "clarify") and not found.reply.citations
        assert not problems(org, found.reply)
        assert found.reply.buttons


def test_a_silent_answer_comes_first_and_other_organisations_after_it(org: Org) -> None:
    for topic in TOPICS:
        reply = ENGINE.topic(org, topic).reply
        if reply.kind != "silent":
            continue
        lines = reply.text.split("\n")
        assert SILENT_WORDS.search(lines[0]), f"{org.id} {topic}: {lines[0]}"
        if phrases.SILENT_OTHERS in lines:
            after = lines[lines.index(phrases.SILENT_OTHERS) + 1 :]
            assert all(line in _elsewhere() or line.startswith("依据：") for line in after)


def test_an_organisation_whose_document_speaks_never_gets_another_one(org: Org) -> None:
    own = POLICIES[org.policies[0]]
    for topic in own.topics:
        if topic in TOPICS:
            reply = ENGINE.topic(org, topic).reply
            assert {policy for policy, _ in reply.citations} <= set(org.policies), topic


def test_every_stored_silence_says_that_nothing_is_said() -> None:
    wrong = [
        f"{policy.id} {topic}: {silence.say}"
        for policy in POLICIES.values()
        for topic, silence in policy.silences.items()
        if not SILENT_WORDS.search(silence.say)
    ]
    assert not wrong, "\n".join(wrong)


def test_a_qualifier_of_a_body_is_never_dropped() -> None:
    for policy in POLICIES.values():
        for clause in policy.clauses:
            facts = [fact for fact in clause.facts if fact["kind"] == "bodies"]
            for fact, line in zip(facts, responsible.of_clause(policy, clause.id), strict=True):
                assert str(fact.get("qualifier") or "") in line


def test_a_condition_list_is_told_whole_or_not_at_all(org: Org) -> None:
    text = ENGINE.topic(org, "tolerance.conditions").reply.text
    told = {"azkj": "⑦", "ldu": "⑥"}.get(org.id)
    assert told is None or told in text
