"""Queries on drafts, cases and what belongs to them. Sealed columns come in and go out as they are stored."""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, Row, Table, delete, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from core.cases.rules import Case, Status, Type
from core.cases.tables import (
    case_checks,
    case_counters,
    case_events,
    case_exclusions,
    case_fields,
    case_supplements,
    cases,
    draft_fields,
    drafts,
    evidence,
)

_COLUMNS = (
    "id", "number", "org", "unit", "applicant", "office", "handler", "submitted_at", "changed_at", "told_on",
    "decided_by", "confirmed_by", "correction", "correction_due", "influence_until", "closed_at",
)  # fmt: skip


# -- drafts


def draft_of(connection: Connection, userid: str, case_type: Type) -> Row[Any] | None:
    """A person's draft of one kind."""
    query = select(drafts).where(drafts.c.userid == userid, drafts.c.type == case_type)
    return connection.execute(query).first()


def drafts_of(connection: Connection, userid: str) -> list[Row[Any]]:
    """A person's drafts, the latest touched first."""
    query = select(drafts).where(drafts.c.userid == userid).order_by(drafts.c.touched_at.desc(), drafts.c.key)
    return list(connection.execute(query))


def add_draft(connection: Connection, row: dict[str, Any]) -> None:
    """Begin a draft."""
    connection.execute(insert(drafts).values(**row))


def touch_draft(connection: Connection, key: str, **values: Any) -> None:
    """Change a draft's own columns."""
    connection.execute(update(drafts).where(drafts.c.key == key).values(**values))


def draft_fields_of(connection: Connection, key: str) -> dict[str, bytes]:
    """The sealed fields of a draft."""
    query = select(draft_fields.c.name, draft_fields.c.body).where(draft_fields.c.draft == key)
    return {row.name: row.body for row in connection.execute(query)}


def put_draft_fields(connection: Connection, key: str, changed: Mapping[str, bytes], gone: Iterable[str]) -> None:
    """Replace the changed fields and remove those that are gone; the others are not touched."""
    names = [*changed, *gone]
    if names:
        match = (draft_fields.c.draft == key, draft_fields.c.name.in_(names))
        connection.execute(delete(draft_fields).where(*match))
    if changed:
        rows = [{"draft": key, "name": name, "body": body} for name, body in changed.items()]
        connection.execute(insert(draft_fields), rows)


def drop_draft(connection: Connection, key: str) -> None:
    """Remove a draft with its fields."""
    connection.execute(delete(drafts).where(drafts.c.key == key))


def idle_empty_drafts(connection: Connection, before: dt.datetime) -> list[Row[Any]]:
    """Drafts without field and file, not touched since `before`."""
    filled = select(draft_fields.c.id).where(draft_fields.c.draft == drafts.c.key).exists()
    shown = select(evidence.c.id).where(evidence.c.draft == drafts.c.key, evidence.c.file.is_not(None)).exists()
    query = select(drafts).where(drafts.c.touched_at <= before, ~filled, ~shown).limit(500)
    return list(connection.execute(query))


# -- cases


def next_number(connection: Connection, prefix: str, year: int) -> int:
    """Count one up on the caller's transaction: what rolls back leaves no gap."""
    match = (case_counters.c.prefix == prefix, case_counters.c.year == year)
    count = update(case_counters).where(*match).values(last=case_counters.c.last + 1).returning(case_counters.c.last)
    found = connection.execute(count).scalar()
    if found is not None:
        return int(found)
    try:
        with connection.begin_nested():
            connection.execute(insert(case_counters).values(prefix=prefix, year=year, last=1))
    except IntegrityError:  # another writer began the year in between (not on SQLite)
        return int(connection.execute(count).scalar_one())
    return 1


def add_case(connection: Connection, row: dict[str, Any]) -> int:
    """Insert a case; returns its id."""
    return int(connection.execute(insert(cases).values(**row).returning(cases.c.id)).scalar_one())


def update_case(connection: Connection, case_id: int, **values: Any) -> None:
    """Change a case's row."""
    connection.execute(update(cases).where(cases.c.id == case_id).values(**values))


def _case(row: Row[Any]) -> Case:
    values = {name: getattr(row, name) for name in _COLUMNS}
    return Case(type=Type(row.type), status=Status(row.status), **values)


def case_by_number(connection: Connection, number: str) -> Case | None:
    """A case by its number."""
    row = connection.execute(select(cases).where(cases.c.number == number)).first()
    return _case(row) if row else None


def case_by_draft(connection: Connection, key: str) -> Case | None:
    """The case that a draft became."""
    row = connection.execute(select(cases).where(cases.c.draft == key)).first()
    return _case(row) if row else None


def cases_where(
    connection: Connection, *, applicant: str | None = None, org: str | None = None, barred: str | None = None
) -> list[Case]:
    """Cases by number, of one applicant or one organisation; without those that `barred` is kept out of."""
    query = select(cases).order_by(cases.c.submitted_at, cases.c.id)
    if applicant is not None:
        query = query.where(func.lower(cases.c.applicant) == applicant.casefold())
    if org is not None:
        query = query.where(cases.c.org == org)
    if barred is not None:
        kept_out = select(case_exclusions.c.id).where(
            case_exclusions.c.case_id == cases.c.id,
            case_exclusions.c.userid == barred,
            case_exclusions.c.state != "denied",
        )
        query = query.where(or_(cases.c.applicant == barred, ~kept_out.exists()))
    return [_case(row) for row in connection.execute(query)]


def decision_of(connection: Connection, case_id: int) -> bytes | None:
    """The sealed decision, entered or confirmed."""
    found: bytes | None = connection.execute(select(cases.c.decision).where(cases.c.id == case_id)).scalar()
    return found


# -- what belongs to a case

_BY_CASE: dict[str, Table] = {
    "fields": case_fields,
    "supplements": case_supplements,
    "events": case_events,
    "checks": case_checks,
    "exclusions": case_exclusions,
}


def add_part(connection: Connection, part: str, row: dict[str, Any]) -> int:
    """Append one of fields, supplements, events, checks, exclusions; returns its id."""
    table = _BY_CASE[part]
    return int(connection.execute(insert(table).values(**row).returning(table.c.id)).scalar_one())


def parts(connection: Connection, part: str, case_id: int) -> list[Row[Any]]:
    """The rows of one kind, in the order they came."""
    table = _BY_CASE[part]
    return list(connection.execute(select(table).where(table.c.case_id == case_id).order_by(table.c.id)))


def put_check(connection: Connection, row: dict[str, Any]) -> None:
    """Record a check-list item, replacing an earlier entry."""
    match = (case_checks.c.case_id == row["case_id"], case_checks.c.item == row["item"])
    connection.execute(delete(case_checks).where(*match))
    connection.execute(insert(case_checks).values(**row))


def settled_checks(connection: Connection, case_id: int) -> list[str]:
    """The items that are recorded."""
    return [row.item for row in parts(connection, "checks", case_id)]


def settle_exclusion(connection: Connection, case_id: int, userid: str, **values: Any) -> bool:
    """Change one exclusion; False when there is none."""
    match = (case_exclusions.c.case_id == case_id, case_exclusions.c.userid == userid)
    return bool(connection.execute(update(case_exclusions).where(*match).values(**values)).rowcount)


def barred_from(connection: Connection, case_id: int) -> set[str]:
    """Who may not open the case: proposed or approved, not denied."""
    rows = parts(connection, "exclusions", case_id)
    return {row.userid.casefold() for row in rows if row.state != "denied"}


# -- evidence


def add_evidence(connection: Connection, row: dict[str, Any]) -> int:
    """Insert the row of a file, or of a file that was refused; returns its id."""
    return int(connection.execute(insert(evidence).values(**row).returning(evidence.c.id)).scalar_one())


def evidence_by_source(connection: Connection, source: str) -> Row[Any] | None:
    """The row of a file that came in before."""
    return connection.execute(select(evidence).where(evidence.c.source == source)).first()


def loose_evidence(connection: Connection, userid: str, ids: Iterable[int]) -> list[Row[Any]]:
    """Files of this person that belong to nothing yet, in the order they came."""
    free = (evidence.c.draft.is_(None), evidence.c.case_id.is_(None), evidence.c.userid == userid)
    return list(connection.execute(select(evidence).where(evidence.c.id.in_(list(ids)), *free).order_by(evidence.c.id)))


def evidence_of(connection: Connection, *, draft: str | None = None, case_id: int | None = None) -> list[Row[Any]]:
    """The files of a draft or a case (with those of its supplements), by sequence."""
    owner = evidence.c.draft == draft if draft is not None else evidence.c.case_id == case_id
    query = select(evidence).where(owner, evidence.c.file.is_not(None)).order_by(evidence.c.seq, evidence.c.id)
    return list(connection.execute(query))


def update_evidence(connection: Connection, ids: Iterable[int], **values: Any) -> None:
    """Change the rows of files."""
    connection.execute(update(evidence).where(evidence.c.id.in_(list(ids))).values(**values))


def drop_evidence(connection: Connection, ids: Iterable[int]) -> None:
    """Remove the rows of files."""
    connection.execute(delete(evidence).where(evidence.c.id.in_(list(ids))))


def stray_evidence(connection: Connection, before: dt.datetime) -> list[Row[Any]]:
    """Files that belonged to nothing since `before`."""
    free = (evidence.c.draft.is_(None), evidence.c.case_id.is_(None), evidence.c.at < before)
    return list(connection.execute(select(evidence).where(*free).limit(500)))


def evidence_files(connection: Connection) -> set[str]:
    """Every file name that a row points to."""
    return {row.file for row in connection.execute(select(evidence.c.file).where(evidence.c.file.is_not(None)))}
