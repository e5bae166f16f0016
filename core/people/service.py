"""Commands on people."""

import datetime as dt
from dataclasses import dataclass, field
from pathlib import Path

from core import audit
from core.db import Connection, Database
from core.people import files, orgs, store, tables
from core.people.rules import BadRow, Person, parse_row

HOME = "wecom"
"""The channel inside the organisation: everybody of the roster has it, and what is confidential goes nowhere else."""
_BATCH = 1000


def organisations(db: Database) -> dict[str, orgs.Org]:
    """Every organisation: the profiles of orgs/, and those that were named with their first document."""
    with db.read() as connection:
        return organisations_in(connection)


def organisations_in(connection: Connection) -> dict[str, orgs.Org]:
    """As `organisations`, on a transaction."""
    found = {row[0]: orgs.plain(*row) for row in store.named(connection)}
    return found | orgs.load()


@dataclass
class Imported:
    """What a roster import did. `dropped`: columns that were not read."""

    added: int = 0
    changed: int = 0
    same: int = 0
    bad: list[BadRow] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)


def import_roster(db: Database, path: Path, actor: str, at: dt.datetime) -> Imported:
    """Load a roster; importing twice changes nothing, bad rows are reported and the rest is loaded.

    Raises RosterError when the file is no readable table.
    """
    file = files.read(path)
    known = frozenset(organisations(db))
    report = Imported(dropped=file.dropped)
    people: list[Person] = []
    seen: set[str] = set()
    for line, row in file.rows:
        try:
            person = parse_row(row, known)
            if person.userid.casefold() in seen:
                raise ValueError(f"账号重复：{person.userid}")
        except ValueError as error:
            report.bad.append(BadRow(line, str(error)))
            continue
        seen.add(person.userid.casefold())
        people.append(person)
    for start in range(0, len(people), _BATCH):
        with db.write() as connection:
            for outcome in store.put_all(connection, people[start : start + _BATCH]):
                setattr(report, outcome, getattr(report, outcome) + 1)
    if report.added or report.changed:
        with db.write() as connection:
            audit.record(connection, at, actor, "roster.import", path.name, added=report.added, changed=report.changed)
    return report


def address(connection: Connection, person: Person, sensitive: bool) -> tuple[str, str]:
    """Where a push to `person` goes: (channel, recipient), for `Mailbox.queue`.

    Sensitive ones (cases, evidence, what a talk is about, life events, health) go to WeChat Work whatever the person
    wishes; the others go to the wished channel while it is open and an account there is tied to the person.
    """
    wished = None if sensitive else tables.wish(connection, person.id)
    if wished and wished != HOME and tables.is_open(connection, wished):
        account = store.accounts_of(connection, person.id).get(wished)
        if account:
            return wished, account
    return HOME, person.userid
