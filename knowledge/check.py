"""`policy check`: what keeps knowledge, topics and training data together."""

import re
from collections.abc import Iterator
from pathlib import Path

from core.policies.rules import Policy
from core.settings import ROOT
from knowledge import catalogue
from knowledge.catalogue import Topic

_INTENT = re.compile(r"^- intent:\s*(\S+)", re.MULTILINE)
_FORBIDDEN = (
    "！", "!", "亲，", "恭喜", "一定会", "肯定会", "向您保证", "请放心", "没问题", "您符合", "您可以免责", "应该不会",
    "举报您的人", "诬告者",
)  # fmt: skip
_CHINESE = ("一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二", "十三", "十四", "十五", "十六")
_SECTIONS = (("一", 3), ("二", 3), ("三", 3), ("四", 3))
_NUMBERED = {
    "azkj": ["head", *(str(n) for n in range(1, 17))],
    "ldu": ["head", *(f"{section}({_CHINESE[n]})" for section, count in _SECTIONS for n in range(count))],
    "sdju": ["head", *(f"第{n}条" for n in _CHINESE), *(f"第十二条({n})" for n in _CHINESE[:3])],
    "yn": ["head", *(f"{n}.lead" for n in _CHINESE[:7]), *(str(n) for n in range(1, 21))],
    "nq": ["head", *(str(n) for n in range(1, 21))],
}
"""Every number of the shipped documents; head and lead-ins count."""


def problems(folder: Path = ROOT / "nlu" / "data") -> list[str]:
    """Every problem as one line; empty when all holds together. Raises KnowledgeError when a file can't be read."""
    topics = catalogue.topics()
    policies = [policy for policy, _ in catalogue.shipped()]
    trained = trained_intents(folder)
    found = [problem for policy in policies for problem in _policy(policy, topics)]
    for topic in topics:
        if not any(topic in policy.topics for policy in policies) and not any(topic in p.silences for p in policies):
            found.append(f"topic without clause: {topic}")
        if topic not in trained:
            found.append(f"topic without training examples: {topic}")
    return found


def trained_intents(folder: Path) -> set[str]:
    """The intents that have examples."""
    return {name for path in sorted(folder.glob("*.yml")) for name in _INTENT.findall(path.read_text(encoding="utf-8"))}


def _policy(policy: Policy, topics: dict[str, Topic]) -> Iterator[str]:
    ids = [clause.id for clause in policy.clauses]
    for number in _NUMBERED.get(policy.id, ()):
        if number not in ids:
            yield f"{policy.id}: clause without entry: {number}"
    yield from (f"{policy.id}: clause entered twice: {clause}" for clause in sorted(set(ids)) if ids.count(clause) > 1)
    used = {ref.clause for refs in policy.topics.values() for ref in refs}
    used |= {ref.clause for silence in policy.silences.values() for ref in silence.near}
    for clause in policy.clauses:
        points = [point.id for point in clause.points]
        if len(set(points)) < len(points):
            yield f"{policy.id}: point entered twice in {clause.id}"
        if not clause.points:
            yield f"{policy.id}: clause without points: {clause.id}"
        if clause.id not in used:
            yield f"{policy.id}: clause without topic: {clause.id}"
        for fact in clause.facts:
            if not fact.get("id") or not fact.get("kind"):
                yield f"{policy.id}: fact without id or kind in {clause.id}"
        for point in clause.points:
            for word in _FORBIDDEN:
                if word in point.text:
                    yield f"{policy.id}: {clause.id}#{point.id} says {word}"
    yield from _references(policy, topics)


def _references(policy: Policy, topics: dict[str, Topic]) -> Iterator[str]:
    for topic in sorted(set(policy.topics) & set(policy.silences)):
        yield f"{policy.id}: answered and silent at once: {topic}"
    for kind, mapping in (("topics", policy.topics), ("silences", {k: v.near for k, v in policy.silences.items()})):
        for topic, refs in mapping.items():
            if topic not in topics:
                yield f"{policy.id}: {kind}: unknown topic {topic}"
            for ref in refs:
                try:
                    policy.sentence(ref)
                except KeyError:
                    yield f"{policy.id}: {kind}: citation does not resolve: {ref.clause}#{ref.point}"
