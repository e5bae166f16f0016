"""Takes documents in: those that were read are checked against what is stored, then stored, all of them or none."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from core.clock import Clock
from core.db import Connection, Database
from core.errors import ImportFailed
from core.people import store as people
from core.people.orgs import Org
from core.policies import service, store
from core.policies.rules import Policy

MOST_ROWS = 1000
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,39}")


@dataclass(frozen=True)
class Draft:
    """A document ready to be stored. `texts`: official wording for a shipped policy of this id instead of a new one.

    `replacing`: may take the place of an imported document of the same id, number or file.
    """

    policy: Policy
    texts: Mapping[str, str] = field(default_factory=dict)
    replacing: bool = False


def check_id(raw: str, what: str) -> str:
    """An id of letters, digits and . _ - for a document or an organisation. Raises ImportFailed."""
    if not _ID.fullmatch(raw):
        raise ImportFailed(f"{what}只能用字母、数字和 . _ -，最多40个字符：{raw[:60]}")
    return raw


def check(db: Database, drafts: Sequence[Draft]) -> None:
    """Raise ImportFailed when one of the drafts can't be stored beside what is there and beside the others."""
    with db.read() as connection:
        known = dict(store.heads(connection))
    for draft in drafts:
        if not draft.texts:
            service.clash(known, draft.policy, draft.replacing)
        elif known[draft.policy.id].sha256 == draft.policy.sha256:
            raise ImportFailed(f"这份文件已经导入，编号为 {draft.policy.id}")
        known[draft.policy.id] = replace(draft.policy)


def keep(db: Database, drafts: Sequence[Draft], new_org: Org | None, actor: str, clock: Clock) -> None:
    """Store drafts, and the organisation that comes with them. Raises ImportFailed; then nothing was stored.

    More clauses than a transaction may hold go in several, each with whole documents, after all were checked.
    """
    check(db, drafts)
    waiting = list(drafts)
    named = new_org
    while waiting:
        with db.write() as connection:
            if named is not None:
                people.name(connection, named.id, named.name, named.level)
                named = None
            rows = 0
            while waiting and (rows == 0 or rows + len(waiting[0].policy.clauses) <= MOST_ROWS):
                draft = waiting.pop(0)
                rows += len(draft.policy.clauses)
                _store(connection, draft, actor, clock)


def _store(connection: Connection, draft: Draft, actor: str, clock: Clock) -> None:
    policy = draft.policy
    if draft.texts:
        service.attach(connection, policy.id, draft.texts, str(policy.sha256), actor, clock.now())
    else:
        service.add(connection, policy, draft.replacing, actor, clock.now(), clock.today())
