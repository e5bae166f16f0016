"""Who is responsible for what: sentences made of the `bodies` facts of a document."""

from collections.abc import Mapping
from typing import Any

from core.policies.rules import Policy
from knowledge import phrases

_KEYS = ("lead", "assist", "both")


def of_clause(policy: Policy, clause_id: str) -> list[str]:
    """One sentence for every paragraph of a clause that names bodies."""
    clause = policy.clause(clause_id)
    return [_sentence(fact) for fact in (clause.facts if clause else ()) if fact.get("kind") == "bodies"]


def named_body(text: str, policy: Policy) -> str | None:
    """The longest body of the document that the text names."""
    bodies = {body for clause in policy.clauses for fact in clause.facts for body in _bodies(fact)}
    short = {body: body for body in bodies} | {body.removeprefix("党委"): body for body in bodies if len(body) > 4}
    found = [name for name in short if len(name) > 1 and name in text]
    return short[max(found, key=len)] if found else None


def duties(body: str, policy: Policy) -> tuple[list[str], list[str]]:
    """Sentences on what a body does, and the clause each rests on."""
    lines, clauses = [], []
    for clause in policy.clauses:
        for fact in clause.facts:
            if body in _bodies(fact):
                lines.append(_sentence(fact))
                clauses.append(clause.id)
    return lines, clauses


def _bodies(fact: Mapping[str, Any]) -> list[str]:
    return [body for key in _KEYS for body in fact.get(key) or ()] if fact.get("kind") == "bodies" else []


def _sentence(fact: Mapping[str, Any]) -> str:
    lead, assist, both = ("、".join(fact.get(key) or ()) for key in _KEYS)
    # A qualifier is part of the rule: 等… ends the list of bodies, any other stands with the matter.
    qualifier = str(fact.get("qualifier") or "")
    rest = qualifier if qualifier.startswith("等") else ""
    about = f"{fact['about']}（{qualifier}）" if qualifier and not rest else fact["about"]
    if lead and assist:
        return phrases.BODIES_LEAD.format(about=about, lead=lead, assist=assist + rest)
    everyone = "、".join(part for part in (lead, both, assist) if part)
    return phrases.BODIES_BOTH.format(about=about, both=everyone + rest)
