"""A document that was read becomes a policy: its id, how it is cited, from when it holds, and what its preview says."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from core.errors import ImportFailed
from core.people.orgs import Org
from core.policies.intake import Draft, check_id
from core.policies.rules import IMPORTED, Clause, Policy, Validity
from knowledge import attach, catalogue
from knowledge.documents.model import CLAUSE, STRUCTURE, Imported

HEADING = 60
CITE = 40
_SHOWN = 34
_NUMBER = re.compile(r"〔(\d{4})〕(\d+)")
_FROM_DAY = re.compile(
    r"自\s*(\d{4})\s*年\s*(\d{1,2})\s*月\s*(\d{1,2})\s*日\s*起\s*(?:正式)?(?:施行|执行|实施|生效|试行)"
)


@dataclass(frozen=True)
class Wish:
    """What the person importing says about a document. Dates are ISO; '' and None: nothing said."""

    org: Org
    policy_id: str = ""
    supersedes: str | None = None
    effective_on: str | None = None
    replacing: bool = False


def draft(document: Imported, wish: Wish, stored: Mapping[str, Policy]) -> Draft:
    """The document ready to be stored: wording for a shipped policy when it is that one's official file, else new.

    Raises ImportFailed when the id is unusable or an official file does not fit its digest.
    """
    shipped = {policy.id: policy for policy in stored.values() if policy.origin != IMPORTED}
    mine = {name: policy for name, policy in shipped.items() if wish.org.id in policy.applies_to}
    target = wish.policy_id if wish.policy_id in mine else attach.meant(document, mine)
    if target and wish.supersedes is None and wish.policy_id in ("", target):
        return _official(document, shipped[target])
    return Draft(_policy(document, wish, stored), replacing=wish.replacing)


def official(document: Imported, stored: Mapping[str, Policy]) -> Draft | None:
    """The document as the official file of a shipped policy, or None. Raises ImportFailed when it does not fit."""
    shipped = {policy.id: policy for policy in stored.values() if policy.origin != IMPORTED}
    by_name = document.source_name.rpartition(".")[0]
    target = attach.meant(document, shipped) or (by_name if by_name in shipped else None)
    return _official(document, shipped[target]) if target else None


def _official(document: Imported, policy: Policy) -> Draft:
    texts = attach.texts(policy, document, catalogue.text_of(policy.id))
    clauses = tuple(Clause(one.id, one.heading, one.points, text=texts.get(one.id)) for one in policy.clauses)
    return Draft(replace(policy, clauses=clauses, sha256=document.sha256), texts)


def _policy(document: Imported, wish: Wish, stored: Mapping[str, Policy]) -> Policy:
    clauses = tuple(
        Clause(entry.id, entry.heading[:HEADING], (), (), entry.text, entry.kind, entry.parts)
        for entry in document.entries
    )
    return Policy(
        id=check_id(wish.policy_id, "文件编号") if wish.policy_id else _new_id(document, wish, stored),
        title=document.title[:300], cite=cite(document), issuer=(document.issuer or wish.org.name)[:200],
        document_number=document.document_number, issued_on=document.issued_on, level=wish.org.level,
        applies_to=(wish.org.id,), clauses=clauses,
        validity=Validity(wish.effective_on or stated_start(document) or document.issued_on, None, wish.supersedes),
        origin=IMPORTED, sha256=document.sha256,
    )  # fmt: skip


def _new_id(document: Imported, wish: Wish, stored: Mapping[str, Policy]) -> str:
    """ORG-YEAR-NUMBER out of the document's number, else ORG and the beginning of the file's fingerprint.

    With `replacing`, the id of the imported document of the same number.
    """
    number = document.document_number
    if wish.replacing:
        for policy in stored.values():
            if policy.origin == IMPORTED and number and policy.document_number == number:
                return policy.id
    found = _NUMBER.search(number or "")
    base = f"{wish.org.id[:24]}-{found[1]}-{found[2]}" if found else f"{wish.org.id[:24]}-{document.sha256[:8]}"
    return base if base not in stored else f"{base}-{document.sha256[:4]}"


def cite(document: Imported) -> str:
    """How answers name the document: its number, or its title where it has none."""
    if document.document_number:
        return document.document_number[:CITE]
    title = document.title.replace("《", "〈").replace("》", "〉")
    return f"《{title if len(title) <= CITE else title[: CITE - 1] + '…'}》"


def stated_start(document: Imported) -> str | None:
    """The ISO date of 自×年×月×日起施行; None when the document names none."""
    for entry in reversed(document.entries):
        if found := _FROM_DAY.search(entry.text):
            return f"{int(found[1]):04d}-{int(found[2]):02d}-{int(found[3]):02d}"
    return None


def preview(document: Imported, prepared: Draft) -> Iterator[str]:
    """What will be stored, line by line: head, tree of clauses, and what was not understood."""
    policy = prepared.policy
    yield f"标题：{document.title}"
    yield f"文号：{document.document_number or '未认出'}　发文单位：{document.issuer or '未认出'}"
    yield f"落款日期：{document.issued_on or '未认出'}　施行日期：{policy.since or '未认出'}"
    if document.recipients:
        yield f"主送：{'、'.join(document.recipients)}"
    if document.attachments:
        yield f"附件：{'、'.join(document.attachments)}"
    if prepared.texts:
        yield f"这是内置文件 {policy.id} 的正式文本，将补充到原有条款下面，条款编号不变。"
    else:
        yield f"编号：{policy.id}" + (f"　替代：{policy.validity.supersedes}" if policy.validity.supersedes else "")
    yield f"条款 {len(document.clauses)} 条："
    for entry in document.entries:
        mark = "▍" if entry.kind == STRUCTURE else "" if entry.kind == CLAUSE else f"[{entry.kind}] "
        words = " ".join(entry.text.split())
        yield f"{'  ' * (entry.level + 1)}{mark}{entry.id}  {words[:_SHOWN]}{'…' if len(words) > _SHOWN else ''}"
        yield from (f"{'  ' * (entry.level + 3)}{part}" for part, _ in entry.parts)
    if document.marks:
        yield "需要您核对："
        yield from (f"  {mark.where}：{mark.what}" for mark in document.marks)


def require_clauses(document: Imported) -> Imported:
    """The document itself. Raises ImportFailed when it holds no text to cite."""
    if not any(entry.text.strip() for entry in document.entries):
        raise ImportFailed(f"{document.source_name}：文件里没有文字")
    return document
