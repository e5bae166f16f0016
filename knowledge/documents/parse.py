"""A file's paragraphs to the document's head and its entries. Pure: no file, no clock, no database."""

from core.errors import ImportFailed
from knowledge.documents import head
from knowledge.documents.contents import skip_contents
from knowledge.documents.entries import gaps, of_body
from knowledge.documents.model import (
    CLAUSE,
    LEAD,
    NOTE,
    PREAMBLE,
    STRUCTURE,
    TAIL,
    Entry,
    Imported,
    Mark,
    Paragraph,
    Source,
)
from knowledge.documents.naming import Names
from knowledge.documents.numerals import squeeze
from knowledge.documents.segments import Attachment, Lines, split
from knowledge.documents.tidy import tidy

_TITLE_LINE = 45


def parse(source: Source, source_name: str, sha256: str, kind: str) -> Imported:
    """The document. Its entries' texts in order are the source's text but for white space; doubts are in `marks`.

    Raises ImportFailed for a file without words.
    """
    lines = tidy(source.paragraphs)
    if not lines:
        raise ImportFailed(f"“{source_name}”里没有文字。")
    contents, rest = skip_contents(lines)
    segments = split(rest)
    found = head.read(segments, contents)
    names = Names()
    before, body = of_body(segments.body, "", names, 0)
    count = len(before)
    marks = list(source.marks)
    if not body:
        count = found.body_from
        body = _unnumbered(segments.body[count:], names, bool(segments.attachments), marks)
    preamble = (*contents, *segments.letter, *segments.body[:count])
    entries = [*_block("preamble", preamble, PREAMBLE, names), *body, *_block("tail", segments.tail, TAIL, names)]
    for attachment in segments.attachments:
        entries += _attachment(attachment, names)
    entries += _block("tail", segments.imprint, TAIL, names)
    entries += [Entry(names.give(f"注{i}"), "", note, NOTE) for i, note in enumerate(source.notes, start=1)]
    marks += _doubts(found, entries, names)
    title = found.title or source_name.rpartition(".")[0] or source_name
    return Imported(
        title, found.document_number, found.issuer, found.issued_on, found.recipients, found.attachments,
        tuple(entries), tuple(marks), sha256, source_name, kind,
    )  # fmt: skip


def _block(name: str, lines: Lines, kind: str, names: Names) -> list[Entry]:
    text = "\n".join(line.text for line in lines)
    return [Entry(names.give(name), "", text, kind)] if squeeze(text) else []


def _unnumbered(lines: Lines, names: Names, quiet: bool, marks: list[Mark]) -> list[Entry]:
    """第1段, 第2段 …; a table in between is one paragraph."""
    groups: list[list[Paragraph]] = []
    for line in lines:
        if line.table and groups and groups[-1][-1].table:
            groups[-1].append(line)
        else:
            groups.append([line])
    if groups and not quiet:
        marks.append(Mark("全文", "正文没有编号，已按自然段分为第1段、第2段……"))
    return [
        Entry(names.give(f"第{number}段"), _first_words(group[0].text), "\n".join(line.text for line in group), CLAUSE)
        for number, group in enumerate(groups, start=1)
    ]


def _first_words(text: str) -> str:
    return text.replace("\t", " ").split("。")[0][:30]


def _attachment(attachment: Attachment, names: Names) -> list[Entry]:
    """An attachment without numbers is one entry; else its heading, what comes before the first clause, and clauses."""
    name = names.give(attachment.id)
    before, clauses = of_body(attachment.lines, attachment.id, names, 1)
    title = head.find_title(attachment.lines[1:])[0]
    if not clauses:
        return [Entry(name, title, "\n".join(before), CLAUSE)]
    count = 1
    while count < len(before) and _is_title_line(before[count]):
        count += 1
    found = [Entry(name, title, "\n".join(before[:count]), STRUCTURE)]
    if before[count:]:
        found.append(Entry(names.give(f"{name}.lead"), title, "\n".join(before[count:]), LEAD, 1))
    return found + clauses


def _is_title_line(text: str) -> bool:
    return len(squeeze(text)) <= _TITLE_LINE and not text.endswith(("。", "："))


def _doubts(found: head.Head, entries: list[Entry], names: Names) -> list[Mark]:
    marks = [
        Mark(name, f"编号重复，记为{name}。") for name in names.repeated if not name.startswith(("tail", "preamble"))
    ]
    marks += [Mark(after, f"{before}之后直接是{after}，中间的编号没有出现。") for before, after in gaps(entries)]
    missing = {
        "标题": found.title,
        "文号": found.document_number,
        "发文单位": found.issuer,
        "落款日期": found.issued_on,
    }
    marks += [Mark("全文", f"没有认出{what}。") for what, seen in missing.items() if not seen]
    if found.date_from in ("head", "imprint"):
        place = "标题下方" if found.date_from == "head" else "印发栏"
        marks.append(Mark("全文", f"没有落款日期，发文日期取自{place}。"))
    return marks
