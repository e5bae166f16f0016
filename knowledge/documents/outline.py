"""Paragraphs to a tree of numbered nodes. Pure. Which nodes are clauses is decided in `entries`.

Numbering in real documents is mixed and irregular, so a level is found by what was seen before, not by a fixed
order: a style that is open continues on its level; an unseen one opens a level below; a slip (一、二、3、四、) stays on
its level.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from knowledge.documents import labels
from knowledge.documents.labels import ARTICLE, CHAPTER, DECIMAL, DOT, HEADINGS, Label
from knowledge.documents.model import Paragraph


@dataclass(eq=False)
class Node:
    """A numbered paragraph, the unnumbered ones after it, and the nodes below it; preorder is the document's order."""

    label: Label | None
    lines: list[str] = field(default_factory=list)
    children: list["Node"] = field(default_factory=list)

    @property
    def style(self) -> int:
        """The label's style, -1 for the root."""
        return self.label.style if self.label else -1

    def text(self) -> str:
        """All words below and including this node, a paragraph a line."""
        return "\n".join([*self.lines, *(child.text() for child in self.children)])


def read(paragraphs: Iterable[Paragraph]) -> Node:
    """The tree; the root's own lines are what stands before the first number."""
    builder = _Builder()
    for paragraph in paragraphs:
        label = None if paragraph.table else labels.read(paragraph.text)
        if label is None or not builder.place(label, paragraph.text):
            builder.stack[-1].lines.append(paragraph.text)
    return builder.root


def descendants(node: Node) -> Iterable[Node]:
    """Every node below, in document order."""
    for child in node.children:
        yield child
        yield from descendants(child)


class _Builder:
    def __init__(self) -> None:
        self.root = Node(None)
        self.stack = [self.root]
        self.last: dict[int, int] = {}  # style -> number of its last label anywhere: numbering may run through

    def place(self, label: Label, text: str) -> bool:
        """Put a label on its level; False when it is no label of this document (3.15 in a sentence)."""
        if label.style == DECIMAL and not self._decimal_fits(label, text):
            return False
        depth = self._depth(label)
        del self.stack[depth:]
        node = Node(label, [text])
        self.stack[-1].children.append(node)
        self.stack.append(node)
        self.last[label.style] = label.number
        return True

    def _depth(self, label: Label) -> int:
        """How much of the stack stays open."""
        if label.style == DECIMAL:
            return self._decimal_depth(label)
        for depth in range(len(self.stack) - 1, 0, -1):
            if self.stack[depth].style == label.style:
                return depth
        if label.style in HEADINGS or label.style == ARTICLE:
            return self._above(DOT if label.style == ARTICLE else label.style - 1)
        if label.number != 1 and self.last.get(label.style) != label.number - 1:
            for depth in range(len(self.stack) - 1, 0, -1):
                open_label = self.stack[depth].label
                # Only among the light styles: after 第二条 an item 3. is not 第三条.
                if open_label and open_label.style >= DOT and open_label.number == label.number - 1:
                    return depth
        return self._above(DOT) if label.style == DOT and not self._in_article() else len(self.stack)

    def _above(self, style: int) -> int:
        """The depth at which everything lower in rank than `style` is closed."""
        for depth in range(1, len(self.stack)):
            if self.stack[depth].style > style:
                return depth
        return len(self.stack)

    def _in_article(self) -> bool:
        return any(node.style == ARTICLE for node in self.stack)

    def _decimal_fits(self, label: Label, text: str) -> bool:
        """1.2 counts after 1.1 or as the first below an open 1; anything else is a figure."""
        before = self._last_decimal()
        if label.parts[-1] == 1:
            parent = label.parts[:-1]
            return before[: len(parent)] == parent or self._open_digit() == parent or (not before and parent == (1,))
        head = before[: len(label.parts)]
        if not head or head[:-1] != label.parts[:-1]:
            return False
        # A skipped number is believed only where a space sets it off.
        return 0 < label.number - head[-1] <= (3 if text[label.length - 1].isspace() else 1)

    def _last_decimal(self) -> tuple[int, ...]:
        open_nodes = [node.label.parts for node in self.stack if node.label and node.style == DECIMAL]
        return open_nodes[-1] if open_nodes else ()

    def _open_digit(self) -> tuple[int, ...]:
        numbers = [node.label.number for node in self.stack if node.label and node.style != DECIMAL]
        return (numbers[-1],) if numbers else ()

    def _decimal_depth(self, label: Label) -> int:
        for depth in range(1, len(self.stack)):
            open_label = self.stack[depth].label
            if open_label and open_label.style == DECIMAL and len(open_label.parts) >= len(label.parts):
                return depth
        return len(self.stack)


def has_articles(node: Node) -> bool:
    """Whether 第X条 stands anywhere below."""
    return any(child.style == ARTICLE for child in descendants(node))


def is_heading(node: Node) -> bool:
    """Whether it is a part, chapter or section by its label."""
    return node.style in (*HEADINGS, CHAPTER)
