"""What is read out of a document: values only, the same for every file format."""

from dataclasses import dataclass

CLAUSE = "clause"  # a clause with the document's own number, a section of paragraphs only, or a numbered paragraph
PREAMBLE = "preamble"  # all that stands before the first clause or section
LEAD = "lead"  # paragraphs of a section before its first clause: `四.lead`
STRUCTURE = "structure"  # the heading of a part, chapter, section or attachment that has clauses of its own
TAIL = "tail"  # signature, date, imprint
NOTE = "note"  # a footnote or endnote, after everything else
KINDS = (CLAUSE, PREAMBLE, LEAD, STRUCTURE, TAIL, NOTE)


@dataclass(frozen=True)
class Entry:
    """One piece of the document. The entries' texts in order are the document's text but for white space.

    id: unique in the document, made of its own numbers: `第十一条`, `第十一条#2`, `一.1`, `一(一)`, `附件.1`, `五`;
        `第1段` where there are none.
    heading: a copy of the entry's first words for lists; empty when there are none.
    text: label and all words, one line a paragraph; a table's row is a line, its cells parted by tabs.
    level: how many headings of structure it stands below.
    parts: sub-items as (id, text), e.g. `第十二条(一)`; each text is a piece of this entry's `text`.
    """

    id: str
    heading: str
    text: str
    kind: str
    level: int = 0
    parts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Mark:
    """Something the reader was not sure of. `where`: an entry's id, a page or 全文; `what`: one Chinese sentence."""

    where: str
    what: str


@dataclass(frozen=True)
class Imported:
    """A document as it was read; nothing of it is stored yet.

    issued_on: ISO date of the signature. document_number: with 〔〕 and without spaces. attachments: their names.
    sha256: of the file's bytes. source_name: the file's name. kind: txt | docx | doc | pdf.
    """

    title: str
    document_number: str | None
    issuer: str | None
    issued_on: str | None
    recipients: tuple[str, ...]
    attachments: tuple[str, ...]
    entries: tuple[Entry, ...]
    marks: tuple[Mark, ...]
    sha256: str
    source_name: str
    kind: str

    @property
    def clauses(self) -> tuple[Entry, ...]:
        """The entries that can be cited as a clause."""
        return tuple(entry for entry in self.entries if entry.kind == CLAUSE)


@dataclass(frozen=True)
class Paragraph:
    """One paragraph as a format's reader hands it over.

    table: a row of a table, never a numbered clause. numbered: its number came from Word's automatic numbering.
    place: where it stands, for marks: 第3页.
    """

    text: str
    table: bool = False
    numbered: bool = False
    place: str = ""


@dataclass(frozen=True)
class Source:
    """A file's text in order, its footnotes, and what the format's reader was not sure of."""

    paragraphs: tuple[Paragraph, ...]
    notes: tuple[str, ...] = ()
    marks: tuple[Mark, ...] = ()
