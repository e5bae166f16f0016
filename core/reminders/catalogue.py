"""Loads the rules and settles which of them an organisation's documents carry."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from core.errors import KnowledgeError
from core.people.orgs import Org
from core.policies.rules import Clause, Policy
from core.reminders.rules import EVENTS, KINDS, RECIPIENTS, STEPS, TRIGGERS, Ground, Rule

FILE = Path(__file__).with_name("catalogue.yml")


@dataclass(frozen=True)
class Active:
    """A rule as one organisation has it: the clauses it rests on (its own document's first) and the years they give."""

    rule: Rule
    clauses: tuple[tuple[str, str], ...]
    years: int | None = None

    @property
    def clause(self) -> tuple[str, str]:
        """The first clause: the organisation's own document, where it has one."""
        return self.clauses[0]


@lru_cache(maxsize=1)
def rules(file: Path = FILE) -> dict[str, Rule]:
    """All rules by id. Raises KnowledgeError when one does not hold together."""
    found = [_rule(value) for value in yaml.safe_load(file.read_text(encoding="utf-8"))]
    return {rule.id: rule for rule in found}


def _rule(value: dict[str, Any]) -> Rule:
    try:
        grounds = tuple(_ground(policy, raw) for policy, raw in value.pop("rests_on").items())
        for name in ("to", "events"):
            value[name] = tuple(value.get(name, ()))
        if window := value.get("window"):
            value["window"] = tuple(tuple(part) for part in window)
        rule = Rule(grounds=grounds, **value)
    except (KeyError, TypeError) as error:
        raise KnowledgeError(f"reminder rule {value.get('id')}: {error}") from error
    known = rule.kind in KINDS and rule.trigger in TRIGGERS and set(rule.to) <= set(RECIPIENTS)
    if (
        not known
        or set(rule.to) - set(rule.text)
        or set(rule.events) - set(EVENTS)
        or set(rule.escalation) - set(STEPS)
    ):
        raise KnowledgeError(f"reminder rule {rule.id} does not hold together")
    return rule


def _ground(policy: str, raw: str) -> Ground:
    clause, _, fact = raw.partition("#")
    return Ground(policy, clause, fact)


def for_event(event: str) -> Rule | None:
    """The rule that an event leads to."""
    return next((rule for rule in rules().values() if event in rule.events), None)


def in_force(org: Org, documents: Mapping[str, Policy], on: dt.date) -> list[str]:
    """The documents that bind an organisation on a day: those of its profile, then those imported for it."""
    imported = [policy.id for policy in documents.values() if org.id in policy.applies_to]
    named = dict.fromkeys((*org.policies, *imported))
    return [one for one in named if one in documents and documents[one].in_force(on.isoformat())]


def active(org: Org, documents: Mapping[str, Policy], on: dt.date) -> dict[str, Active]:
    """The rules whose clause is in a document that binds the organisation on a day, by id."""
    bound = in_force(org, documents, on)
    found = {}
    for rule in rules().values():
        grounds = [ground for policy in bound if (ground := _resolve(rule, documents.get(policy)))]
        if not grounds and rule.any_document:
            grounds = [((policy, "head"), None) for policy in bound]
        if grounds:
            years = next((years for _, years in grounds if years is not None), None)
            found[rule.id] = Active(rule, tuple(clause for clause, _ in grounds), years)
    return found


def _resolve(rule: Rule, policy: Policy | None) -> tuple[tuple[str, str], int | None] | None:
    """The clause in one document with the number its fact gives; an imported document counts by its topics."""
    if policy is None:
        return None
    ground = next((one for one in rule.grounds if one.policy == policy.id), None)
    if ground is None:
        shipped = {one.policy for known in rules().values() for one in known.grounds}
        refs = policy.topics.get(rule.topic, ()) if rule.topic and policy.id not in shipped else ()
        return ((policy.id, refs[0].clause), None) if refs else None
    clause = policy.clause(ground.clause)
    fact = _fact(clause, ground.fact) if clause else None
    if clause is None or (ground.fact and fact is None):
        return None
    value = fact.get("value") if fact else None
    return (policy.id, clause.id), value if isinstance(value, int) else None


def _fact(clause: Clause, name: str) -> Mapping[str, Any] | None:
    return next((fact for fact in clause.facts if fact.get("id") == name), None)
