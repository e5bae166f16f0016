"""The tree of a document's body to entries: what is a clause, what its heading and its sub-items are. Pure.

Where the document has articles (第X条), they are the clauses. Otherwise the first level below the sections (一、) is;
a section without numbers below it is a clause of its own; without sections, the first level.
"""

import re
from itertools import pairwise

from knowledge.documents.labels import DECIMAL, DOT
from knowledge.documents.model import CLAUSE, LEAD, STRUCTURE, Entry, Paragraph
from knowledge.documents.naming import Names, join, running
from knowledge.documents.outline import Node, descendants, has_articles, is_heading, read
from knowledge.documents.parts import of_clause

_LONGEST_HEADING = 40
_MARKDOWN = re.compile(r"^(?:#{1,6}\s*)?(?:\*\*|__)?\s*|(?:\*\*|__)$")


def of_body(paragraphs: tuple[Paragraph, ...], prefix: str, names: Names, level: int) -> tuple[list[str], list[Entry]]:
    """The lines before the first number, and the entries of the rest. `prefix`: the attachment's id."""
    root = read(paragraphs)
    maker = _Maker(root, names)
    entries: list[Entry] = []
    for child in root.children:
        entries += maker.entries(child, root, prefix, level)
    return root.lines, entries


def gaps(root_entries: list[Entry]) -> list[tuple[str, str]]:
    """Skipped numbers among clauses that follow each other: (id before, id after)."""
    found = []
    clauses = [entry for entry in root_entries if entry.kind == CLAUSE]
    for before, after in pairwise(clauses):
        left, right = read((Paragraph(before.text),)).children, read((Paragraph(after.text),)).children
        if not (left and right and left[0].label and right[0].label) or left[0].style != right[0].style:
            continue
        if right[0].label.number > left[0].label.number + 1:
            found.append((before.id, after.id))
    return found


class _Maker:
    def __init__(self, root: Node, names: Names) -> None:
        self.names = names
        self.articles = has_articles(root)
        self.sections: set[Node] = set()
        self._find(root, 0)
        self.running = running([node for node in (root, *descendants(root)) if node is root or node in self.sections])

    def _find(self, node: Node, dots_above: int) -> None:
        for child in node.children:
            if self._is_structure(child, dots_above):
                self.sections.add(child)
            self._find(child, dots_above + (child.style == DOT))

    def _is_structure(self, node: Node, dots_above: int) -> bool:
        """dots_above: how many sections (一、) stand above the node."""
        if not node.children:
            return False
        if is_heading(node) or has_articles(node):
            return True
        if self.articles:
            return False
        if any(child.style == DECIMAL for child in node.children) and node.style != DECIMAL:
            return True
        return node.style == DOT and dots_above == 0

    def entries(self, node: Node, parent: Node, above: str, level: int) -> list[Entry]:
        """The node's entries; `above`: id of the structure it stands in."""
        assert node.label is not None
        plain = node.style in self.running or node.style == DECIMAL or not parent.label
        name = join(self._attachment(above) if plain else above, node.label.own)
        if node not in self.sections:
            name = self.names.give(name)
            return [Entry(name, heading(node), node.text(), CLAUSE, level, of_clause(node, name))]
        name = self.names.give(name)
        found = self._head(node, name, level)
        for child in node.children:
            found += self.entries(child, node, name, level + 1)
        return found

    def _attachment(self, above: str) -> str:
        return above.partition(".")[0] if above.startswith("附") else ""

    def _head(self, node: Node, name: str, level: int) -> list[Entry]:
        """The section's heading and, apart from it, what it says before its first clause."""
        title, rest = split_heading(node)
        lines = [*([rest] if rest else []), *node.lines[1:]]
        entries = [Entry(name, heading(node), title, STRUCTURE, level)]
        if lines:
            entries.append(Entry(self.names.give(f"{name}.lead"), heading(node), "\n".join(lines), LEAD, level + 1))
        return entries


def split_heading(node: Node) -> tuple[str, str]:
    """A section's first line as its heading and the sentences that follow it on the same line."""
    assert node.label is not None
    line = node.lines[0]
    stop = line.find("。", node.label.length)
    if 0 <= stop < len(line.rstrip()) - 1 and stop - node.label.length <= _LONGEST_HEADING:
        return line[: stop + 1], line[stop + 1 :].lstrip()
    return line, ""


def heading(node: Node) -> str:
    """A short copy of the first words: the sentence or line that names the matter, or what is in 【】."""
    assert node.label is not None
    rest = _MARKDOWN.sub("", node.lines[0][node.label.length :].strip()).strip()
    if not rest and len(node.lines) > 1:
        rest = node.lines[1].strip()
    framed = re.match(r"^[【\[（(]([^】\])）]{2,20})[】\])）]", rest)
    if framed:
        return framed[1]
    first = re.split("[。；;：:]", rest, maxsplit=1)[0].strip()
    if len(first) > _LONGEST_HEADING:
        first = re.split("[，,]", first, maxsplit=1)[0].strip()
    return re.sub(r"\s+", " ", first)[:_LONGEST_HEADING]
