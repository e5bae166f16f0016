"""Loads and checks the topic catalogue and the shipped digests."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from core.errors import KnowledgeError
from core.policies.rules import LEVELS, Clause, Point, PointRef, Policy, Silence
from core.settings import ROOT

TOPICS_FILE = ROOT / "knowledge" / "topics.yml"
POLICIES_FOLDER = ROOT / "knowledge" / "policies"
LABEL_LENGTH = 10
# libyaml reads the digests in a quarter of a second, the pure Python loader in two; PyYAML's wheels bring it.
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class Topic:
    """A question cadres have. `judgement`: only the competent body decides, and the answer says so."""

    id: str
    label: str
    covers: str
    next: tuple[str, ...]
    judgement: bool = False

    @property
    def group(self) -> str:
        """The part before the first dot."""
        return self.id.partition(".")[0]


@lru_cache(maxsize=2)
def topics(path: Path = TOPICS_FILE) -> dict[str, Topic]:
    """The catalogue by topic id. Raises KnowledgeError."""
    raw = yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)
    try:
        found = {
            name: Topic(name, value["label"], value["covers"], tuple(value["next"]), value.get("judgement", False))
            for name, value in raw.items()
        }
    except (KeyError, TypeError) as error:
        raise KnowledgeError(f"{path.name}: {error}") from error
    for topic in found.values():
        if len(topic.label) > LABEL_LENGTH:
            raise KnowledgeError(f"{topic.id}: label longer than {LABEL_LENGTH} characters")
        if unknown := [name for name in topic.next if name not in found]:
            raise KnowledgeError(f"{topic.id}: unknown next topics {unknown}")
    return found


def shipped(folder: Path = POLICIES_FOLDER) -> list[tuple[Policy, str]]:
    """Every shipped digest with the fingerprint of its file. Raises KnowledgeError."""
    found = []
    for path in sorted(folder.glob("*.yml")):
        raw = path.read_bytes()
        found.append((parse_policy(yaml.load(raw, Loader=_Loader), path.name), hashlib.sha256(raw).hexdigest()))
    return found


def text_of(policy_id: str, folder: Path = POLICIES_FOLDER) -> dict[str, tuple[str, ...]]:
    """A shipped policy's map: clause -> the entries of the official file that make it up. KeyError for others."""
    path = folder / f"{policy_id}.yml"
    if not path.exists():
        raise KeyError(policy_id)
    raw = yaml.load(path.read_bytes(), Loader=_Loader)
    return {str(clause): tuple(map(str, entries)) for clause, entries in (raw.get("text_of") or {}).items()}


def parse_policy(raw: Mapping[str, Any], name: str) -> Policy:
    """A policy out of its file's content. Raises KnowledgeError naming what does not hold."""
    try:
        policy = Policy(
            id=raw["id"], title=raw["title"], cite=raw["cite"], issuer=raw["issuer"],
            document_number=raw["document_number"], issued_on=str(raw["issued_on"]) if raw["issued_on"] else None,
            level=raw["level"], applies_to=tuple(raw["applies_to"]),
            clauses=tuple(_clause(item) for item in raw["clauses"]),
            topics={topic: _refs(refs) for topic, refs in raw["topics"].items()},
            silences={topic: Silence(item["say"], _refs(item["near"])) for topic, item in raw["silences"].items()},
        )  # fmt: skip
    except (KeyError, TypeError, ValueError) as error:
        raise KnowledgeError(f"{name}: {type(error).__name__} {error}") from error
    if policy.level not in LEVELS:
        raise KnowledgeError(f"{name}: level {policy.level}")
    return policy


def _clause(raw: Mapping[str, Any]) -> Clause:
    points = tuple(Point(str(item["id"]), item["text"]) for item in raw["points"])
    return Clause(str(raw["id"]), raw["heading"], points, tuple(raw.get("facts") or ()), raw.get("text"))


def _refs(raw: list[str]) -> tuple[PointRef, ...]:
    return tuple(PointRef.parse(item) for item in raw)
