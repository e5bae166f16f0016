"""The documents' own wording in answers: whole when short, folded at the end of a sentence when long."""

import re
from dataclasses import dataclass

from core.messages.rules import Button
from core.policies.rules import LEVEL_RANK, Policy, clause_label
from knowledge import phrases

UNDER_DIGEST = 110
"""Characters of the wording shown below a digest that says the same already."""
ALONE = 360
BESIDE = 160
"""Characters of a second document's rule."""
_LABEL = re.compile(r"^(?:第[一二三四五六七八九十百\d]+条|[（(]?[一二三四五六七八九十\d]+[）)、.．])")
EXPAND = "展开原文"
_MARKS = re.compile(r"^[#>\s]*#\s*|\*\*", re.MULTILINE)
_SENTENCES = re.compile(r"[^。；！？\n]*[。；！？\n]?")
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
    plain = readable(text)
    if len(plain) <= most:
        return plain, False
    ends = [found.end() for found in _END.finditer(plain, 0, most)]
    cut = ends[-1] if ends and ends[-1] >= most // 3 else most
    return plain[:cut].rstrip() + phrases.FOLDED, True


def excerpt(text: str, about: str, most: int) -> tuple[str, bool]:
    """The sentences of a long text that are most about something, in order, and whether any were left out."""
    whole = readable(text)
    if len(whole) <= most:
        return whole, False
    sentences = [part for part in _SENTENCES.findall(whole) if part.strip()]
    wanted = _pairs(about)
    scores = [len(_pairs(part) & wanted) / (len(part) + 12) for part in sentences]
    first = max(range(len(sentences)), key=lambda place: scores[place])
    last = first + 1
    while last < len(sentences) and len("".join(sentences[first : last + 1])) <= most:
        last += 1
    shown, cut = folded("".join(sentences[first:last]), most)
    before = "……" if first else ""
    return f"{before}{shown if cut else shown + phrases.FOLDED}", True


def readable(text: str) -> str:
    """Wording without a text file's marks for headings and bold letters."""
    return _MARKS.sub("", text).strip()


def _pairs(text: str) -> set[str]:
    plain = "".join(char for char in text if char.isalnum())
    return {plain[i : i + 2] for i in range(len(plain) - 1)}


def under_digest(policy: Policy, clause_id: str, digest: str = "") -> Quote:
    """The wording below a digest, what the digest is about; nothing where the official file was not imported."""
    clause = policy.clause(clause_id)
    if clause is None or not clause.text or not clause.points:
        return Quote(())
    text, cut = excerpt(clause.text, digest, UNDER_DIGEST)
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


def long_button(policy: Policy, clause_id: str) -> Button | None:
    """The button below an imported clause that does not fit into an answer."""
    clause = policy.clause(clause_id)
    if clause is None or clause.points or not clause.text:
        return None
    return button(policy, clause_id) if len(clause.text.strip()) > ALONE else None


def second_rule(first: Policy, other: Policy, topic: str, lines: tuple[str, ...]) -> Quote:
    """What a second document says on the topic and how it stands to the first; nothing when it says the same."""
    ref = other.topics[topic][0]
    said = other.sentence(ref)
    if _same(said, "".join(lines)):
        return Quote(())
    higher = LEVEL_RANK.get(other.level, 0) - LEVEL_RANK.get(first.level, 0)
    if higher:
        why = phrases.ALSO_HIGHER if higher > 0 else phrases.ALSO_OTHER
    elif first.since and other.since and first.since != other.since:
        why = phrases.ALSO_LATER if other.since > first.since else phrases.ALSO_EARLIER
    else:
        why = phrases.ALSO_OTHER
    title = other.title.replace("《", "〈").replace("》", "〉")
    line = phrases.ALSO.format(title=title, clause=clause_label(ref.clause), why=why)
    return Quote((line, folded(said, BESIDE)[0]))


def _same(said: str, lines: str) -> bool:
    """Whether the words stand in what was said already, its clause's label and white space aside."""
    plain = _LABEL.sub("", "".join(said.split()))
    return plain in "".join(lines.split())
