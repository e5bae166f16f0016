"""The documents' own wording in answers: whole when short, folded at the end of a sentence when long."""

import re
from dataclasses import dataclass

from core.messages.rules import Button
from core.policies.rules import Policy, clause_label
from knowledge import phrases

UNDER_DIGEST = 110
"""Characters of the wording shown below a digest that says the same already."""
ALONE = 360
EXPAND = "展开原文"
_END = re.compile(r"[。；！？\n]")


@dataclass(frozen=True)
class Quote:
    """Lines of wording, and the button that shows the rest."""

    lines: tuple[str, ...]
    button: Button | None = None


def button(policy: Policy, clause: str) -> Button:
    """Shows a clause whole."""
    return Button(EXPAND, f"clause:{policy.id}:{clause}")


def folded(text: str, most: int) -> tuple[str, bool]:
    """The beginning of a text, up to a sentence's end where there is one, and whether anything was left off."""
    plain = text.strip()
    if len(plain) <= most:
        return plain, False
    ends = [found.end() for found in _END.finditer(plain, 0, most)]
    cut = ends[-1] if ends and ends[-1] >= most // 3 else most
    return plain[:cut].rstrip() + phrases.FOLDED, True


def under_digest(policy: Policy, clause_id: str) -> Quote:
    """The wording below a digest; nothing where the official file was not imported."""
    clause = policy.clause(clause_id)
    if clause is None or not clause.text or not clause.points:
        return Quote(())
    text, cut = folded(clause.text, UNDER_DIGEST)
    return Quote((phrases.ORIGINAL.format(text=text),), button(policy, clause_id) if cut else None)


def alone(policy: Policy, clause_id: str, most: int = ALONE) -> Quote:
    """The wording as the answer itself, under the document's title. KeyError when the clause has none."""
    clause = policy.clause(clause_id)
    if clause is None or not clause.text:
        raise KeyError(f"{policy.id}:{clause_id}")
    text, cut = folded(clause.text, most)
    return Quote((heading(policy, clause_id), text), button(policy, clause_id) if cut else None)


def heading(policy: Policy, clause_id: str) -> str:
    """《title》第三条原文："""
    title = policy.title.replace("《", "〈").replace("》", "〉")
    return phrases.ORIGINAL_OF.format(title=title, clause=clause_label(clause_id))
