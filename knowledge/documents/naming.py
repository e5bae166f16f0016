"""Ids of nodes: the document's own numbers, with what is needed to tell them apart. Pure.

Numbering that runs through the document keeps plain ids (`1` … `16`); numbering that restarts under each section is
named after it (`一.1`, `一(一)`); what still repeats gets `#2`. Brackets and circles are joined without a dot.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from knowledge.documents.labels import ARTICLE
from knowledge.documents.outline import Node


def join(parent: str, own: str) -> str:
    """A child's id below its parent's: 一 + 1 = 一.1, 一 + (一) = 一(一)."""
    if not parent:
        return own
    return parent + own if own[0] == "(" or "①" <= own[0] <= "⑳" else f"{parent}.{own}"


@dataclass
class Names:
    """Ids given so far in one document, and notes about repeated ones."""

    taken: dict[str, int] = field(default_factory=dict)
    repeated: list[str] = field(default_factory=list)

    def give(self, name: str) -> str:
        """The name itself the first time, then with #2, #3."""
        self.taken[name] = self.taken.get(name, 0) + 1
        if self.taken[name] == 1:
            return name
        self.repeated.append(f"{name}#{self.taken[name]}")
        return self.give(self.repeated[-1]) if self.repeated[-1] in self.taken else self._keep(self.repeated[-1])

    def _keep(self, name: str) -> str:
        self.taken[name] = 1
        return name


def running(parents: Iterable[Node]) -> set[int]:
    """Styles whose numbers run on from one parent to the next instead of restarting.

    A style used under one section only belongs to that section, except articles: they are counted for the document.
    """
    first: dict[int, list[int]] = defaultdict(list)
    for parent in parents:
        seen: set[int] = set()
        for child in parent.children:
            if child.label and child.style not in seen:
                seen.add(child.style)
                first[child.style].append(child.label.number)
    return {
        style
        for style, numbers in first.items()
        if (len(numbers) > 1 or style == ARTICLE) and not any(number == 1 for number in numbers[1:])
    }
