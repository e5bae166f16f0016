"""Official wording beside the shipped digests: which entries of the file make up which clause, all text once."""

from collections.abc import Mapping, Sequence

from core.errors import ImportFailed
from core.policies.rules import Policy
from knowledge.documents.model import Entry, Imported

TextOf = Mapping[str, Sequence[str]]


def meant(document: Imported, shipped: Mapping[str, Policy]) -> str | None:
    """The shipped policy whose official file this is, by number or else by title; None when it is another document."""
    for policy in shipped.values():
        if policy.document_number and policy.document_number == document.document_number:
            return policy.id
        if policy.document_number is None and _plain(policy.title) == _plain(document.title):
            return policy.id
    return None


def texts(policy: Policy, document: Imported, mapping: TextOf) -> dict[str, str]:
    """Official wording by clause of the digest. Every entry is used once; entries not mapped go by their own id.

    Raises ImportFailed when the file's entries are not those of the digest.
    """
    ids = {clause.id for clause in policy.clauses}
    owner = {entry: clause for clause, entries in mapping.items() for entry in entries}
    found: dict[str, list[str]] = {}
    for entry in document.entries:
        rest = entry.text
        for part, text in _own_parts(entry, ids, owner):
            rest = rest.replace(text, "", 1)
            found.setdefault(owner.get(part, part), []).append(text.strip())
        clause = owner.get(entry.id, entry.id)
        if clause not in ids:
            raise ImportFailed(f"文件与《{policy.title}》的条目对不上：多出“{entry.id}”")
        found.setdefault(clause, []).append(rest.strip())
    if missing := [clause.id for clause in policy.clauses if not "".join(found.get(clause.id, ()))]:
        raise ImportFailed(f"文件与《{policy.title}》的条目对不上：缺少“{missing[0]}”")
    return {clause: "\n".join(part for part in parts if part) for clause, parts in found.items()}


def _own_parts(entry: Entry, ids: set[str], owner: Mapping[str, str]) -> list[tuple[str, str]]:
    """The sub-items of an article that are clauses of their own in the digest."""
    return [(part, text) for part, text in entry.parts if owner.get(part, part) in ids]


def _plain(title: str) -> str:
    return "".join(title.split()).strip("《》")
