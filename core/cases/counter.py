"""What every command on cases stands on: reading a case as somebody, applying a move, auditing a refusal."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from core import audit
from core.cases import access, effects, rules, store
from core.cases.drafts import Drafts, Received
from core.cases.effects import Step
from core.cases.rules import Case, FieldValue, Role, Transition, Type
from core.cases.vault import Vault
from core.clock import SHANGHAI
from core.db import Connection
from core.errors import NotFound, Refused
from core.messages.service import Mailbox
from core.people.orgs import Org
from core.people.rules import Person
from core.policies import store as policies
from core.policies.rules import Policy

Revision = tuple[tuple[str, str], ...]
_NUMBER = re.compile(r"(?:RC|CQ|TH)-\d{4}-\d{6,}")


@dataclass(frozen=True)
class Counter:
    """The ground of `Desk`, over one database and one folder of evidence."""

    mailbox: Mailbox
    orgs: Mapping[str, Org]
    vault: Vault
    _documents: dict[Revision, dict[str, Policy]] = field(default_factory=dict, init=False, repr=False, compare=False)

    @property
    def drafts(self) -> Drafts:
        """Drafts and incoming files of the same desk."""
        return Drafts(self.mailbox, self.vault, self.orgs)

    @contextmanager
    def work(self) -> Iterator[Connection]:
        """A write transaction that commits the audit entry of a refusal before raising Refused or NotFound."""
        refused: Refused | NotFound | None = None
        with self.mailbox.db.write() as connection:
            try:
                yield connection
            except (Refused, NotFound) as error:
                refused = error
        if refused:
            raise refused

    def files(self, connection: Connection, case: Case) -> list[Received]:
        """The files of a case, those of its supplements too."""
        drafts = self.drafts
        return [drafts.opened(row) for row in store.evidence_of(connection, case_id=case.id)]

    def fields(self, connection: Connection, case: Case) -> dict[str, FieldValue]:
        """The fields as handed in, in the form's order."""
        rows = store.parts(connection, "fields", case.id)
        return {row.name: FieldValue(*self.mailbox.cipher.open_json(row.body, "case_fields")) for row in rows}

    def policy(self, org: str) -> str:
        """The organisation's own document; '' when it has none."""
        return next(iter(self._org(org).policies), "")

    def documents(self, connection: Connection) -> dict[str, Policy]:
        """The policies as stored now; read again only when one has changed, for this runs under the write lock."""
        revision = tuple(sorted(policies.sources(connection).items()))
        known = self._documents.get(revision)
        if known is None:
            known = policies.load(connection)
            self._documents.clear()
            self._documents[revision] = known
        return known

    def _org(self, org: str) -> Org:
        if org not in self.orgs:
            raise Refused("本单位还没有开通。")
        return self.orgs[org]

    def _read(self, connection: Connection, number: str) -> Case:
        case = store.case_by_number(connection, number)
        if case is None:
            raise NotFound
        return case

    def _open(self, connection: Connection, number: str, actor: Person) -> tuple[Case, frozenset[Role]]:
        case = self._read(connection, tidy(number))
        return case, access.roles(connection, case, actor)

    def _transition(self, case: Case, move: str, roles: frozenset[Role]) -> Transition:
        return rules.transition_for(case.type, move, case.status, roles, self.policy(case.org))

    def _step(
        self, connection: Connection, case: Case, actor: Person, roles: frozenset[Role], details: Mapping[str, str]
    ) -> Step:
        clock = self.mailbox.clock
        now = clock.now()
        today = now.astimezone(SHANGHAI).date()
        return Step(connection, self.mailbox.cipher, case, actor, roles, details, self.policy(case.org), now, today)

    def _apply(self, step: Step, move: str, transition: Transition, values: dict[str, Any]) -> Case:
        """Write the row, the event with its audit entry, and the cards."""
        case, connection = step.case, step.connection
        target = transition.target or case.status
        store.update_case(connection, case.id, status=target, changed_at=step.now, **values)
        self._event(connection, case, step.actor, move, case.status, target, step.details)
        after = self._read(connection, case.number)
        if case.type == Type.TALK:
            from core.talks import cards  # talks stand on the desk

            cards.after_move(self, connection, after, move)
            return after
        if transition.tells:
            access.tell(self.mailbox, connection, [case.applicant], access.PROGRESS)
        if move in effects.NEWS_TO_HANDLERS and (move != "transfer" or after.office != case.office):
            access.tell_handlers(self.mailbox, connection, after, effects.NEWS_TO_HANDLERS[move])
        return after

    def _event(
        self, connection: Connection, case: Case, actor: Person, move: str, source: str, target: str,
        details: Mapping[str, str],
    ) -> None:  # fmt: skip
        now = self.mailbox.clock.now()
        body = self.mailbox.cipher.seal_json(dict(details), "case_events")
        row = {"case_id": case.id, "at": now, "actor": actor.userid, "move": move, "body": body}
        store.add_part(connection, "events", row | {"from_status": source, "to_status": target})
        audit.record(connection, now, actor.userid, f"case.{move}", case.number, source=source, target=target)

    @contextmanager
    def _guard(self, connection: Connection, actor: Person, move: str, subject: str) -> Iterator[None]:
        """All or nothing; a refusal is audited with its reason, never with what the person wrote."""
        try:
            with connection.begin_nested():
                yield
        except (Refused, NotFound) as error:
            known = tidy(subject)
            shown = known if _NUMBER.fullmatch(known) or subject.startswith("draft:") else "-"
            action = "case.not_found" if isinstance(error, NotFound) else "case.refused"
            reason = {"reason": str(error)} if isinstance(error, Refused) else {}
            audit.record(connection, self.mailbox.clock.now(), actor.userid, action, shown[:40], move=move, **reason)
            raise


def tidy(number: str) -> str:
    """As people type it: full-width, lower case, blanks."""
    return "".join(unicodedata.normalize("NFKC", number).upper().split())
