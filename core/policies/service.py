"""Commands on policies: fill the tables, read them as one consistent library, take in documents, end their validity."""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from core import audit
from core.db import Connection, Database
from core.errors import ImportFailed, NotFound
from core.policies import passages, store
from core.policies.passages import Passage
from core.policies.rules import IMPORTED, WHOLE, PointRef, Policy

Revision = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Library:
    """All policies as read at one moment; `revision` changes when any of them does."""

    policies: dict[str, Policy]
    revision: Revision


def sync(db: Database, shipped: Iterable[tuple[Policy, str]], at: dt.datetime) -> list[str]:
    """Bring shipped digests (with the fingerprint of their file) into the tables; returns the ids that changed.

    Official wording that was imported for a clause stays, and so do the dates of validity.
    """
    changed = []
    with db.write() as connection:
        known = store.sources(connection)
        for policy, source in shipped:
            if known.get(policy.id) == source:
                continue
            added = store.official(connection, policy.id)
            clauses = tuple(replace(one, text=added["texts"].get(one.id, one.text)) for one in policy.clauses)
            kept = replace(policy, clauses=clauses, sha256=added["sha256"], validity=added["validity"])
            store.put(connection, kept, source)
            audit.record(connection, at, "system", "policy.sync", policy.id, source=source)
            changed.append(policy.id)
    return changed


def library(db: Database, known: Library | None = None) -> Library:
    """Read every policy; those that have not changed since `known` are taken from it."""
    with db.read() as connection:
        revisions = store.revisions(connection)
        before = dict(known.revision) if known else {}
        same = {name for name, revision in revisions.items() if before.get(name) == revision}
        fresh = store.load(connection, revisions.keys() - same) if same else store.load(connection)
    kept = {name: known.policies[name] for name in same} if known else {}
    policies = kept | fresh
    return Library({name: policies[name] for name in sorted(policies)}, revision_in(revisions))


def revision(db: Database) -> Revision:
    """The current revision, cheap enough to ask before every answer."""
    with db.read() as connection:
        return revision_in(store.revisions(connection))


def revision_in(revisions: Mapping[str, str]) -> Revision:
    """Order the fingerprints."""
    return tuple(sorted(revisions.items()))


def nearest(
    db: Database, question: str, orgs: Sequence[str], policies: Collection[str], most: int = 5
) -> list[Passage]:
    """The imported clauses of `policies` nearest to a question, nearest first."""
    with db.read() as connection:
        return passages.search(connection, question, orgs, policies, most)


def add(connection: Connection, policy: Policy, replacing: bool, actor: str, at: dt.datetime, on: dt.date) -> None:
    """Store an imported document and its search index on the caller's transaction.

    `on`: today, the day an older version ends when the new one names no date. Raises ImportFailed when the file or its
    number is stored already, the id is taken, or the superseded document is not there.
    """
    older = policy.validity.supersedes
    known = store.heads(connection)
    if older is not None and (older not in known or older == policy.id):
        raise ImportFailed(f"没有可以被替代的文件：{older}")
    rivals = clash(known, policy, replacing)
    for name in rivals:
        passages.remove(connection, name)
    before = policy.id if policy.id in rivals else older
    kept = _topics_kept(connection, policy, before) if before and known[before].origin == IMPORTED else policy
    for name in rivals:
        if name != policy.id:
            store.remove(connection, name)
            audit.record(connection, at, actor, "policy.replaced", name, by=policy.id)
    if older is not None:
        store.touch(connection, older, superseded_on=policy.since or on.isoformat())
    store.put(connection, kept, str(policy.sha256))
    passages.index(connection, policy.id, policy.applies_to[0])
    detail = {"org": policy.applies_to[0], "clauses": len(policy.clauses), "supersedes": older}
    audit.record(connection, at, actor, "policy.import", policy.id, sha256=policy.sha256, **detail)


def clash(known: Mapping[str, Any], policy: Policy, replacing: bool) -> list[str]:
    """The ids of the stored documents (`store.heads`) that a document replaces.

    Raises ImportFailed when it may not be stored beside them: the same file, the same number, or its id taken.
    """
    rivals = []
    for name, head in known.items():
        same_number = policy.document_number is not None and head.document_number == policy.document_number
        same_file = head.sha256 is not None and head.sha256 == policy.sha256
        if not (name == policy.id or same_number or same_file) or (
            name == policy.validity.supersedes and name != policy.id
        ):
            continue
        if replacing and head.origin == IMPORTED:
            rivals.append(name)
        elif same_file:
            raise ImportFailed(f"这份文件已经导入，编号为 {name}")
        elif name == policy.id:
            raise ImportFailed(f"编号 {name} 已有文件；要替换请加 --replace，或用 --id 另取编号")
        else:
            ways = f"是新版本请加 --supersedes {name}，要替换请加 --replace"
            raise ImportFailed(f"文号 {policy.document_number} 已有文件 {name}；{ways}")
    return rivals


def _topics_kept(connection: Connection, policy: Policy, earlier: str) -> Policy:
    """A document that takes another's place keeps the topics of the clauses whose wording has not changed."""
    before = store.load(connection, [earlier])[earlier]
    same = {one.id for one in policy.clauses if (old := before.clause(one.id)) and old.text == one.text}
    topics = {name: tuple(ref for ref in refs if ref.clause in same) for name, refs in before.topics.items()}
    return replace(policy, topics={name: refs for name, refs in topics.items() if refs})


def attach(
    connection: Connection, policy_id: str, texts: Mapping[str, str], sha256: str, actor: str, at: dt.datetime
) -> bool:
    """Put official wording beside the digest of a stored shipped policy; False when this file is there already.

    Raises NotFound when the policy is not stored.
    """
    head = store.heads(connection).get(policy_id)
    if head is None:
        raise NotFound(f"没有这个文件：{policy_id}")
    if head.sha256 == sha256:
        return False
    store.put_texts(connection, policy_id, texts, sha256)
    audit.record(connection, at, actor, "policy.attach", policy_id, sha256=sha256, clauses=len(texts))
    return True


def repeal(db: Database, policy_id: str, on: dt.date, actor: str, at: dt.datetime) -> None:
    """End a document's validity from a day on. Raises NotFound."""
    with db.write() as connection:
        if policy_id not in store.heads(connection):
            raise NotFound(f"没有这个文件：{policy_id}")
        store.touch(connection, policy_id, repealed_on=on.isoformat())
        audit.record(connection, at, actor, "policy.repeal", policy_id, on=on.isoformat())


def confirm(db: Database, policy_id: str, chosen: Mapping[str, Sequence[str]], actor: str, at: dt.datetime) -> Policy:
    """Set the topics of clauses of an imported document: clause -> topics, best clause of a topic first.

    Clauses that are not named keep their topics; an empty list takes them away. Live at once. Raises NotFound.
    """
    with db.write() as connection:
        policy = store.load(connection, [policy_id]).get(policy_id)
        if policy is None or policy.origin != IMPORTED:
            raise NotFound(f"没有这个导入的文件：{policy_id}")
        if unknown := [clause for clause in chosen if policy.clause(clause) is None]:
            raise NotFound(f"《{policy.title}》没有这些条款：{'、'.join(unknown)}")
        topics: dict[str, tuple[PointRef, ...]] = {}
        for topic in sorted({*policy.topics, *(topic for names in chosen.values() for topic in names)}):
            kept = [ref for ref in policy.topics.get(topic, ()) if topic in chosen.get(ref.clause, (topic,))]
            new = [PointRef(clause, WHOLE) for clause, names in chosen.items() if topic in names]
            if refs := tuple(dict.fromkeys((*kept, *new))):
                topics[topic] = refs
        changed = replace(policy, topics=topics)
        store.put_topics(connection, changed)
        store.touch(connection, policy_id)
        audit.record(connection, at, actor, "policy.topics", policy_id, clauses=len(chosen), topics=len(topics))
    return changed


def link(connection: Connection, policy_id: str, clause: str, topic: str, actor: str, at: dt.datetime) -> None:
    """Let a clause of an imported document answer one more topic; live at once. Raises NotFound."""
    policy = store.load(connection, [policy_id]).get(policy_id)
    if policy is None or policy.origin != IMPORTED or policy.clause(clause) is None:
        raise NotFound(f"没有这个条款：{policy_id} {clause}")
    refs = tuple(dict.fromkeys((*policy.topics.get(topic, ()), PointRef(clause, WHOLE))))
    store.put_topics(connection, replace(policy, topics={**policy.topics, topic: refs}))
    store.touch(connection, policy_id)
    audit.record(connection, at, actor, "policy.link", policy_id, clause=clause, topic=topic)
