"""Drafts, field by field, and the files that come in while one is being filled. Nobody but their owner sees them."""

import datetime as dt
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from core import audit
from core.cases import access, store
from core.cases.evidence import Accepted, Rejected, inspect
from core.cases.rules import MAX_TEXT, TYPE_LABEL, Draft, FieldValue, Type
from core.cases.vault import Vault
from core.clock import wall
from core.db import Connection, Row
from core.errors import Refused
from core.messages.service import Mailbox
from core.people.orgs import Org
from core.people.rules import Person

EMPTY_LIFE = dt.timedelta(days=90)
WARNING = dt.timedelta(days=7)
_STRAY_LIFE = dt.timedelta(days=1)
_WARNED = "您有一份还没有填写内容的{}草稿，{}后将自动删除；如需继续填写，请回复“继续”。"


@dataclass(frozen=True)
class Received:
    """A file as it stands in our tables; `bytes` is its size. With a `reason` it was refused and nothing was kept."""

    id: int
    name: str
    mime: str
    bytes: int
    sha256: str
    seq: int = 0
    reason: str = ""
    at: dt.datetime | None = None
    supplement: int | None = None
    file: str | None = None


@dataclass(frozen=True)
class Drafts:
    """Commands on drafts and incoming files."""

    mailbox: Mailbox
    vault: Vault
    orgs: Mapping[str, Org]

    # -- drafts

    def load(self, connection: Connection, userid: str, case_type: Type) -> Draft | None:
        """The person's draft of one kind."""
        row = store.draft_of(connection, userid, case_type)
        return self._draft(connection, row) if row else None

    def all(self, connection: Connection, userid: str) -> list[Draft]:
        """The person's drafts, the one touched last first."""
        return [self._draft(connection, row) for row in store.drafts_of(connection, userid)]

    def save(
        self,
        connection: Connection,
        person: Person,
        case_type: Type,
        fields: Mapping[str, FieldValue],
        state: Mapping[str, Any],
    ) -> Draft:
        """Write a draft, begun when there is none; only changed fields are written. Raises Refused above 20,000."""
        if any(len(given.text) > MAX_TEXT or len(given.value) > MAX_TEXT for given in fields.values()):
            raise Refused(f"内容超过 {MAX_TEXT:,} 字，未保存；原来填写的内容没有变化。")
        now = self.mailbox.clock.now()
        sealed = self.mailbox.cipher.seal_json(dict(state), "drafts")
        row = store.draft_of(connection, person.userid, case_type)
        key = row.key if row else secrets.token_hex(16)
        if row:
            store.touch_draft(connection, key, body=sealed, touched_at=now, warned_at=None)
        else:
            new = {"key": key, "userid": person.userid, "org": person.org, "type": case_type, "body": sealed}
            store.add_draft(connection, new | {"created_at": now, "touched_at": now})
        before = self._fields(connection, key)
        changed = {name: given for name, given in fields.items() if before.get(name) != given}
        boxes = {name: self._seal(given) for name, given in changed.items()}
        store.put_draft_fields(connection, key, boxes, [name for name in before if name not in fields])
        saved = store.draft_of(connection, person.userid, case_type)
        assert saved is not None
        return self._draft(connection, saved)

    def discard(self, connection: Connection, draft: Draft) -> None:
        """Remove a draft; its files become stray and are deleted by `sweep`."""
        self._release(connection, draft)
        store.drop_draft(connection, draft.key)

    def carry(self, connection: Connection, old: Draft, new: Draft) -> None:
        """Hand the files of one draft to another, after a switch of kind."""
        self.attach(connection, new, [row.id for row in self._release(connection, old)])

    def _release(self, connection: Connection, draft: Draft) -> list[Row[Any]]:
        rows = store.evidence_of(connection, draft=draft.key)
        store.update_evidence(connection, [row.id for row in rows], draft=None)
        return rows

    def _fields(self, connection: Connection, key: str) -> dict[str, FieldValue]:
        opened = store.draft_fields_of(connection, key)
        return {name: FieldValue(*self.mailbox.cipher.open_json(box, "draft_fields")) for name, box in opened.items()}

    def _seal(self, given: FieldValue) -> bytes:
        return self.mailbox.cipher.seal_json([given.value, given.text], "draft_fields")

    def _draft(self, connection: Connection, row: Row[Any]) -> Draft:
        return Draft(
            key=row.key,
            userid=row.userid,
            org=row.org,
            type=Type(row.type),
            fields=self._fields(connection, row.key),
            created_at=row.created_at,
            touched_at=row.touched_at,
            state=self.mailbox.cipher.open_json(row.body, "drafts"),
            evidence=len(store.evidence_of(connection, draft=row.key)),
        )

    # -- files

    def receive(self, person: Person, data: bytes, name: str, source: str, sent_as: str = "") -> Received:
        """Take a file in, or note why not, in a transaction of its own; the same `source` again changes nothing.

        `source`: what the platform's message is known by. A secret file is not kept, by content or name; the
        secrecy contact hears that there was one. Not to be called inside another write transaction.
        """
        mailbox = self.mailbox
        with mailbox.db.read() as connection:
            if known := store.evidence_by_source(connection, source):
                return self.opened(known)
        outcome = inspect(data, name, sent_as)
        file = self.vault.put(data) if isinstance(outcome, Accepted) else None
        with mailbox.db.write() as connection:
            known = store.evidence_by_source(connection, source)
            if known is None:
                self._insert(connection, person, source, outcome, file)
                known = store.evidence_by_source(connection, source)
                file = None
        if file:  # somebody else has taken the same message in meanwhile
            self.vault.remove(file)
        assert known is not None
        return self.opened(known)

    def refuse(self, person: Person, name: str, source: str, reason: str) -> Received:
        """Note a file that could not be had from the platform; `reason` is said to the cadre."""
        outcome = Rejected(name, "unavailable", reason)
        with self.mailbox.db.write() as connection:
            if store.evidence_by_source(connection, source) is None:
                self._insert(connection, person, source, outcome, None)
            known = store.evidence_by_source(connection, source)
        assert known is not None
        return self.opened(known)

    def _insert(
        self, connection: Connection, person: Person, source: str, outcome: Accepted | Rejected, file: str | None
    ) -> None:
        now = self.mailbox.clock.now()
        row: dict[str, Any] = {"userid": person.userid, "source": source, "seq": 0, "at": now, "file": file, "bytes": 0}
        if isinstance(outcome, Accepted):
            body = {"name": outcome.name, "sha256": outcome.sha256}
            row |= {"mime": outcome.mime, "bytes": outcome.bytes}
        else:
            body = {"name": outcome.name, "reason": outcome.reason}
        sealed = self.mailbox.cipher.seal_json(body, "evidence")
        subject = f"evidence:{store.add_evidence(connection, row | {'body': sealed})}"
        if isinstance(outcome, Rejected):
            audit.record(connection, now, person.userid, "evidence.refused", subject, code=outcome.code)
            if outcome.secret:
                access.tell(self.mailbox, connection, self._secrecy(connection, person.org), access.SECRET_TRIED)

    def _secrecy(self, connection: Connection, org: str) -> list[str]:
        """Who keeps secrets in the organisation: `settings.secrecy_userids`, else who looks after the product there."""
        profile = self.orgs.get(org)
        named = [str(userid) for userid in profile.settings.get("secrecy_userids", ())] if profile else []
        return named or access.caretakers(connection, org)

    def attach(self, connection: Connection, draft: Draft, ids: Iterable[int]) -> list[Received]:
        """Make files part of a draft, in order; each is returned once, refused ones with their reason."""
        seq = len(store.evidence_of(connection, draft=draft.key))
        taken = []
        for row in store.loose_evidence(connection, draft.userid, ids):
            if row.file is None:
                taken.append(self.opened(row))
                store.drop_evidence(connection, [row.id])
                continue
            seq += 1
            store.update_evidence(connection, [row.id], draft=draft.key, seq=seq)
            taken.append(self.opened(row, seq))
        return taken

    def detach(self, connection: Connection, draft: Draft, ids: Iterable[int]) -> None:
        """Take files out of a draft; `sweep` deletes them unless they are used elsewhere within a day."""
        here = {row.id for row in store.evidence_of(connection, draft=draft.key)}
        store.update_evidence(connection, sorted(here & set(ids)), draft=None)

    def incoming(self, connection: Connection, userid: str, ids: Iterable[int]) -> list[Received]:
        """Files of the person that belong to nothing yet, refused ones too, without taking them."""
        return [self.opened(row) for row in store.loose_evidence(connection, userid, ids)]

    def of_draft(self, connection: Connection, draft: Draft) -> list[Received]:
        """The files of a draft, by sequence."""
        return [self.opened(row) for row in store.evidence_of(connection, draft=draft.key)]

    def opened(self, row: Row[Any], seq: int | None = None) -> Received:
        """A row of evidence as a value."""
        body = self.mailbox.cipher.open_json(row.body, "evidence")
        return Received(
            id=row.id, name=body["name"], mime=row.mime or "", bytes=row.bytes, sha256=body.get("sha256", ""),
            seq=row.seq if seq is None else seq, reason=body.get("reason", ""), at=row.at,
            supplement=row.supplement_id, file=row.file,
        )  # fmt: skip

    # -- upkeep

    def sweep(self) -> int:
        """Warn about, then delete, empty drafts; delete files that belong to nothing. Returns how many files."""
        now = self.mailbox.clock.now()
        with self.mailbox.db.write() as connection:
            for row in store.idle_empty_drafts(connection, now - EMPTY_LIFE + WARNING):
                self._expire(connection, row, now)
            strays = store.stray_evidence(connection, now - _STRAY_LIFE)
            store.drop_evidence(connection, [row.id for row in strays])
        with self.mailbox.db.read() as connection:
            kept = store.evidence_files(connection)
        gone = self.vault.names((wall() - _STRAY_LIFE).timestamp()) - kept | {row.file for row in strays if row.file}
        for name in gone:
            self.vault.remove(name)
        return len(gone)

    def _expire(self, connection: Connection, row: Row[Any], now: dt.datetime) -> None:
        """A week passes between the notice and the deletion, however late the notice came."""
        if row.warned_at is None:
            words = _WARNED.format(TYPE_LABEL[Type(row.type)], f"{WARNING.days}天")
            access.tell(self.mailbox, connection, [row.userid], words)
            store.touch_draft(connection, row.key, warned_at=now)
        elif now - row.warned_at >= WARNING:
            store.drop_draft(connection, row.key)
