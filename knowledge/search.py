"""Ranked retrieval over the clauses: BM25 on words and character bigrams of digests and official text."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import bm25s
import jieba
import numpy as np

from core.policies.rules import Policy
from knowledge.catalogue import Topic

jieba.setLogLevel(60)
_NOT_WORD = re.compile(r"[^\w\u4e00-\u9fff]+")
_STOP = frozenset("的了吗呢啊吧么是不我们你您他她它这那有没在和与或及就都也还要会能可以一个什么怎么咋啥")


def tokens(text: str) -> list[str]:
    """Words and character bigrams, without function words."""
    plain = _NOT_WORD.sub(" ", text.lower())
    found = [word for word in jieba.lcut(plain) if word.strip() and word not in _STOP]
    for part in plain.split():
        found.extend(part[i : i + 2] for i in range(len(part) - 1))
    return found


@dataclass(frozen=True)
class _Entry:
    policy: str
    clause: str
    point: str


class Search:
    """An index over every point of every policy. Built once for a library."""

    def __init__(self, policies: Mapping[str, Policy], topics: Mapping[str, Topic]) -> None:
        self._entries: list[_Entry] = []
        corpus = []
        for policy in policies.values():
            labels = _labels(policy, topics)
            for clause in policy.clauses:
                for point in clause.points:
                    self._entries.append(_Entry(policy.id, clause.id, point.id))
                    extra = " ".join(labels.get((clause.id, point.id), ()))
                    corpus.append(tokens(f"{clause.heading} {point.text} {extra}"))
        self._index: Any = bm25s.BM25()
        if corpus:
            self._index.index(corpus, show_progress=False)
        self._vocabulary = set(self._index.vocab_dict) if corpus else set()
        self._rows = {
            policy_id: np.array([i for i, entry in enumerate(self._entries) if entry.policy == policy_id])
            for policy_id in {entry.policy for entry in self._entries}
        }

    def clauses(self, text: str, policy_id: str) -> dict[str, float]:
        """Score of each clause of one policy, 0..1, best point per clause; empty when nothing matches."""
        return self._best(text, policy_id, lambda entry: entry.clause)

    def points(self, text: str, policy_id: str, clause: str) -> dict[str, float]:
        """Score of each point of one clause."""
        found = self._best(text, policy_id, lambda entry: f"{entry.clause}#{entry.point}")
        return {key.partition("#")[2]: score for key, score in found.items() if key.partition("#")[0] == clause}

    def _best(self, text: str, policy_id: str, key: Any) -> dict[str, float]:
        known = [token for token in tokens(text) if token in self._vocabulary]
        rows = self._rows.get(policy_id)
        if not known or rows is None or not len(rows):
            return {}
        scores = self._index.get_scores(known)[rows]
        top = float(scores.max())
        if top <= 0:
            return {}
        best: dict[str, float] = {}
        for row, score in zip(rows, scores, strict=True):
            name = key(self._entries[row])
            best[name] = max(best.get(name, 0.0), float(score) / top)
        return best


def _labels(policy: Policy, topics: Mapping[str, Topic]) -> dict[tuple[str, str], list[str]]:
    found: dict[tuple[str, str], list[str]] = {}
    for topic, refs in policy.topics.items():
        if topic in topics:
            for ref in refs[:2]:
                found.setdefault((ref.clause, ref.point), []).append(f"{topics[topic].label} {topics[topic].covers}")
    return found
