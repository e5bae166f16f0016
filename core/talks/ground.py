"""What every command on talks stands on: opening a row, finding one's side of it."""

import datetime as dt
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from core import audit
from core.cases.service import Desk
from core.clock import SHANGHAI
from core.crypto import Cipher
from core.db import Connection, Row
from core.errors import NotFound, Refused
from core.messages.service import Mailbox
from core.people import store as people
from core.people.rules import Person
from core.talks import store
from core.talks.rules import Kind, State, Talk

_SEALED = (
    "occasion", "place", "proposal", "proposal_place", "wish", "wish_text", "wished", "reviewed_on", "reference",
    "held_on",
)  # fmt: skip


def body_of(cipher: Cipher, row: Row[Any]) -> dict[str, str]:
    """The sealed words of a row."""
    found: dict[str, str] = cipher.open_json(row.body, "talks")
    return found


def opened(cipher: Cipher, row: Row[Any]) -> Talk:
    """A row as a value."""
    body = body_of(cipher, row)
    return Talk(
        id=row.id,
        kind=Kind(row.kind),
        state=State(row.state),
        org=row.org,
        userid=row.userid,
        leader=row.leader,
        number=row.number,
        clause=(row.policy, row.clause) if row.policy and row.clause else None,
        due_on=row.due_on,
        announced=row.announced,
        starts_at=row.starts_at,
        said_leader=row.said_leader,
        said_cadre=row.said_cadre,
        asked_at=row.asked_at,
        changed_at=row.changed_at,
        occasion=body.get("occasion", ""),
        place=body.get("place", ""),
        proposal=body.get("proposal", ""),
        proposal_place=body.get("proposal_place", ""),
    )


@dataclass(frozen=True)
class Ground:
    """The ground of `Talks`, over the desk that keeps the requests."""

    desk: Desk

    @property
    def mailbox(self) -> Mailbox:
        """Where cards are queued."""
        return self.desk.mailbox

    def now(self) -> dt.datetime:
        """The product's instant."""
        return self.mailbox.clock.now()

    def row(self, connection: Connection, ref: str) -> Row[Any]:
        """The row that a reference (TH-…, A…) means. Raises NotFound."""
        number = ref.strip().upper()
        if number.startswith("A") and number[1:].isascii() and number[1:].isdigit():
            found = store.by_id(connection, int(number[1:][:12]))
            found = found if found is not None and found.number is None else None
        else:
            found = store.by_number(connection, number)
        if found is None:
            raise NotFound
        return found

    def talk(self, connection: Connection, talk_id: int) -> Talk:
        """A talk by its row's id. Raises NotFound."""
        found = store.by_id(connection, talk_id)
        if found is None:
            raise NotFound
        return opened(self.mailbox.cipher, found)

    def reseal(self, connection: Connection, row: Row[Any], **words: str) -> None:
        """Change some of the sealed words."""
        assert set(words) <= set(_SEALED)
        body = body_of(self.mailbox.cipher, row) | words
        store.change(connection, row.id, body=self.mailbox.cipher.seal_json(body, "talks"))

    def seal(self, words: Mapping[str, str]) -> bytes:
        """The sealed column of a new row."""
        assert set(words) <= set(_SEALED)
        return self.mailbox.cipher.seal_json({name: value for name, value in words.items() if value}, "talks")

    def facts(self, connection: Connection, org: str) -> list[tuple[str, Mapping[str, Any]]]:
        """(clause, fact) of the organisation's own document."""
        policy = self.desk.documents(connection).get(self.desk.policy(org))
        return [(clause.id, fact) for clause in policy.clauses for fact in clause.facts] if policy else []

    def person(self, connection: Connection, userid: str) -> Person | None:
        """Somebody who is still here."""
        found = people.by_userid(connection, userid) if userid else None
        return found if found and found.status == "active" else None

    def name(self, connection: Connection, userid: str) -> str:
        """How somebody is called; '' when nobody is known."""
        found = people.by_userid(connection, userid) if userid else None
        return found.name if found else ""

    def hr(self, connection: Connection, org: str) -> list[str]:
        """The HR officers of an organisation, without whom the talk is about."""
        return [one.userid for one in people.of_org(connection, org) if "hr" in one.roles]

    def instant(self, local: dt.datetime) -> dt.datetime:
        """A local wall time as an instant."""
        return local.replace(tzinfo=SHANGHAI) if local.tzinfo is None else local

    @contextmanager
    def together(self, connection: Connection, actor: Person, ref: str) -> Iterator[None]:
        """Row and move change together or not at all; a refusal leaves its audit entry."""
        try:
            with connection.begin_nested():
                yield
        except (Refused, NotFound):
            audit.record(connection, self.now(), actor.userid, "talk.refused", ref[:40])
            raise

    def note(self, connection: Connection, actor: str, action: str, talk: Talk, **detail: str) -> None:
        """Audit, without content."""
        audit.record(connection, self.now(), actor, f"talk.{action}", talk.ref, **detail)


def same(one: str, other: str) -> bool:
    """Whether two user ids are the same member's."""
    return bool(one) and one.casefold() == other.casefold()
