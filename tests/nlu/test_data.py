"""The language data holds together: enough of it, no utterance under two intents, nothing of the dev set in it."""

import json
import re
import unicodedata
from collections import Counter
from pathlib import Path

import pytest
import yaml

from actions.app import ACTIONS
from actions.route import _DANGEROUS, INTENTS
from commands import domain
from commands.evaluation import _EXPECTED_KIND
from knowledge import catalogue, followups
from knowledge.check import trained_intents

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "nlu" / "data"
LEAST_PER_TOPIC = 60
LEAST_PER_INTENT = 40
LEAST_IN_ALL = 4000
# Said in so few words that both sets have them; whoever adds one here takes it out of the measured gain.
SHARED_SHORT = {"dev052", "dev078", "dev133", "dev149", "dev156", "dev229"}


def read() -> list[tuple[str, str, str]]:
    """(utterance, intent, file) of every example."""
    found = []
    for path in sorted(DATA.glob("*.yml")):
        content = yaml.load(path.read_bytes(), Loader=yaml.CSafeLoader)
        for block in content.get("nlu", []):
            for line in block["examples"].splitlines():
                if utterance := line.strip().removeprefix("-").strip():
                    found.append((utterance, block["intent"], path.name))
    return found


EXAMPLES = read()
COUNTS = Counter(intent for _, intent, _ in EXAMPLES)
DEV = [json.loads(line) for line in (ROOT / "tests/nlu/dev.jsonl").read_text(encoding="utf-8").splitlines() if line]
TOPICS = catalogue.topics()


def bare(utterance: str) -> str:
    """Without punctuation, width and case; the utterance itself when nothing else is in it."""
    plain = unicodedata.normalize("NFKC", utterance).lower()
    return re.sub(r"[^\w\u4e00-\u9fff]+", "", plain) or plain


def test_the_list_of_intents_is_up_to_date() -> None:
    assert domain.DOMAIN.read_text(encoding="utf-8") == domain.content(), "run: .venv/bin/chengyao train --domain"


def test_enough_utterances() -> None:
    assert len(EXAMPLES) >= LEAST_IN_ALL
    assert {topic: COUNTS[topic] for topic in TOPICS if COUNTS[topic] < LEAST_PER_TOPIC} == {}
    assert {intent: count for intent, count in COUNTS.items() if count < LEAST_PER_INTENT} == {}
    assert len(TOPICS) >= 60


def test_no_utterance_twice() -> None:
    counted = Counter((utterance, intent) for utterance, intent, _ in EXAMPLES)
    assert not [pair for pair, count in counted.items() if count > 1]


def test_no_utterance_under_two_intents() -> None:
    intents: dict[str, set[str]] = {}
    for utterance, intent, _ in EXAMPLES:
        intents.setdefault(bare(utterance), set()).add(intent)
    assert {utterance: found for utterance, found in intents.items() if len(found) > 1} == {}


def test_every_intent_leads_somewhere() -> None:
    facets = {intent for intent in COUNTS if intent.startswith("followup.")}
    known = {*TOPICS, *INTENTS, *_DANGEROUS, *facets, "out_of_scope", "distress"}
    assert set(COUNTS) == trained_intents(DATA) <= known
    rows = [*followups._AFTER.values(), *followups._FACETS.values()]
    told = {f"followup.{facet}" for row in rows for facet in row}
    assert facets - {"followup.more"} == told  # 还有吗: the last topic once more


def test_every_handler_has_examples() -> None:
    assert {*INTENTS, *_DANGEROUS} <= set(COUNTS)


def test_no_markup_in_utterances() -> None:
    """Rasa would read [word](entity) and a leading slash as something else."""
    odd = re.compile(r"\]\(|\]\{|^/")
    assert not [utterance for utterance, _, _ in EXAMPLES if odd.search(utterance)]


def test_the_policy_names_only_actions_and_intents_that_exist() -> None:
    config = yaml.safe_load((ROOT / "config.yml").read_text(encoding="utf-8"))
    mapping = config["policies"][0]["actions"]
    assert set(mapping) <= set(ACTIONS)
    named = [intent for intents in mapping.values() for intent in intents]
    assert set(named) <= set(COUNTS) and len(named) == len(set(named))


# -- the development set


def test_the_dev_set_is_unseen() -> None:
    seen = {bare(utterance) for utterance, _, _ in EXAMPLES}
    shared = {item["id"] for item in DEV if bare(item["question"]) in seen}
    assert shared <= SHARED_SHORT
    assert len(shared) <= 0.03 * len(DEV)


def test_the_dev_set_is_well_formed() -> None:
    assert len(DEV) >= 200
    assert len({item["id"] for item in DEV}) == len(DEV)
    policies = {policy.id: policy for policy, _ in catalogue.shipped()}
    for item in DEV:
        assert item["org"] in policies and item["question"].strip() and item["kind"], item
        assert item["kind"] != "action" or item["expect"] in _EXPECTED_KIND, item
        for name in ("gold", "accept", "elsewhere"):
            for cited in item.get(name, []):
                policy, _, clause = cited.rpartition(":")
                assert policies[policy or item["org"]].clause(clause), f"{item['id']}: {cited}"


@pytest.mark.parametrize(
    "kind", ["direct", "colloquial", "short", "scenario", "followup", "multi", "compare", "oos", "action"]
)
def test_the_dev_set_has_every_kind(kind: str) -> None:
    assert sum(item["kind"] == kind for item in DEV) >= 5, Counter(item["kind"] for item in DEV)


def test_the_dev_set_covers_every_organisation() -> None:
    assert min(Counter(item["org"] for item in DEV).values()) >= 30
