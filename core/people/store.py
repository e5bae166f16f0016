"""Rows of people and of the channel accounts that are theirs."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    ForeignKey,
    Index,
    Integer,
    Row,
    String,
    Table,
    UniqueConstraint,
    delete,
    func,
    insert,
    select,
    update,
)

from core.db import metadata
from core.people.rules import FIELDS, Person

persons = Table(
    "persons",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("userid", String(64), nullable=False, unique=True),
    Column("name", String(60), nullable=False),
    Column("org", String(40), nullable=False),
    Column("department", String(120), nullable=False),
    Column("post", String(120), nullable=False),
    Column("rank", String(60), nullable=False),
    *(Column(name, String(10), nullable=False) for name in ("post_since", "department_since", "hired_on", "born_on")),
    Column("retires_on", String(10), nullable=False),
    Column("telegram_id", String(40), nullable=False),
    Column("roles", String(120), nullable=False),
    Column("leader", String(64), nullable=False),
    Column("supervisor", String(64), nullable=False),
    Column("party_org", String(120), nullable=False),
    Column("is_head", Boolean, nullable=False),
    Column("managed_by", String(64), nullable=False),
    Column("tags", String(200), nullable=False),
    Column("status", String(20), nullable=False),
    Index("ix_persons_org_department", "org", "department"),
    # The console's lists: by department among those in post, by name, by what is more than a cadre.
    Index("ix_persons_org_status_department", "org", "status", "department"),
    Index("ix_persons_org_name", "org", "name"),
    Index("ix_persons_org_roles", "org", "roles"),
)

accounts = Table(
    "accounts",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("channel", String(20), nullable=False),
    Column("external_id", String(128), nullable=False),
    Column("person_id", Integer, ForeignKey("persons.id", ondelete="CASCADE"), nullable=False, index=True),
    UniqueConstraint("channel", "external_id"),
)

organisations = Table(
    "organisations",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("name", String(120), nullable=False),
    Column("level", String(20), nullable=False),
)
"""Organisations that were named with their first document and have no profile of their own in orgs/ yet."""


def named(connection: Connection) -> list[tuple[str, str, str]]:
    """Id, name and level of the organisations that were named."""
    query = select(organisations).order_by(organisations.c.id)
    return [(row.id, row.name, row.level) for row in connection.execute(query)]


def name(connection: Connection, org_id: str, full_name: str, level: str) -> None:
    """Name an organisation; its id must be new."""
    connection.execute(insert(organisations).values(id=org_id, name=full_name, level=level))


def _person(row: Row[Any]) -> Person:
    values = {name: getattr(row, name) for name in FIELDS}
    for name in ("roles", "tags"):
        values[name] = tuple(part for part in values[name].split(";") if part)
    return Person(id=row.id, **values)


def by_account(connection: Connection, channel: str, external_id: str) -> Person | None:
    """The active person behind a channel account; user ids are case-insensitive on WeChat Work."""
    query = (
        select(persons)
        .join(accounts, accounts.c.person_id == persons.c.id)
        .where(accounts.c.channel == channel, accounts.c.external_id == external_id.casefold())
        .where(persons.c.status == "active")
    )
    row = connection.execute(query).first()
    return _person(row) if row else None


def by_userid(connection: Connection, userid: str) -> Person | None:
    """A person by user id, whatever the status."""
    # As written in nearly every case, and then by the index: case is ignored only in a walk over the whole roster.
    exact = connection.execute(select(persons).where(persons.c.userid == userid)).first()
    if exact:
        return _person(exact)
    row = connection.execute(select(persons).where(func.lower(persons.c.userid) == userid.casefold())).first()
    return _person(row) if row else None


def by_id(connection: Connection, person_id: int) -> Person | None:
    """A person by the row's number, whatever the status."""
    row = connection.execute(select(persons).where(persons.c.id == person_id)).first()
    return _person(row) if row else None


def put(connection: Connection, person: Person) -> str:
    """Insert or update; returns added, changed or same."""
    return _put(connection, person, by_userid(connection, person.userid))


def put_all(connection: Connection, people: Sequence[Person]) -> list[str]:
    """As `put`, for many whose accounts differ: the roster is walked once, newcomers are inserted together."""
    keys = [person.userid.casefold() for person in people]
    rows = connection.execute(select(persons).where(func.lower(persons.c.userid).in_(keys)))
    known = {row.userid.casefold(): _person(row) for row in rows}
    _add_all(connection, [person for person, key in zip(people, keys, strict=True) if key not in known])
    return [
        _put(connection, person, known[key]) if key in known else "added"
        for person, key in zip(people, keys, strict=True)
    ]


def _add_all(connection: Connection, people: Sequence[Person]) -> None:
    if not people:
        return
    query = insert(persons).returning(persons.c.id, sort_by_parameter_order=True)
    ids = connection.execute(query, [person.columns() for person in people]).scalars().all()
    ties = [
        {"channel": "wecom", "external_id": person.userid.casefold(), "person_id": person_id}
        for person, person_id in zip(people, ids, strict=True)
    ]
    taken = accounts.c.external_id.in_([tie["external_id"] for tie in ties])
    connection.execute(delete(accounts).where(accounts.c.channel == "wecom", taken))
    connection.execute(insert(accounts), ties)


def _put(connection: Connection, person: Person, known: Person | None) -> str:
    if known == person:
        return "same"
    if known is None:
        query = insert(persons).values(**person.columns()).returning(persons.c.id)
        person_id = int(connection.execute(query).scalar_one())
        bind(connection, "wecom", person.userid, person_id)
        return "added"
    connection.execute(update(persons).where(persons.c.id == known.id).values(**person.columns()))
    return "changed"


def bind(connection: Connection, channel: str, external_id: str, person_id: int) -> None:
    """Tie a channel account to a person, replacing an older tie of that account."""
    key = external_id.casefold()
    connection.execute(delete(accounts).where(accounts.c.channel == channel, accounts.c.external_id == key))
    connection.execute(insert(accounts).values(channel=channel, external_id=key, person_id=person_id))


def bind_new(connection: Connection, channel: str, external_id: str, person: Person) -> None:
    """Tie an account that has no tie yet."""
    connection.execute(
        insert(accounts).values(channel=channel, external_id=external_id.casefold(), person_id=person.id)
    )


def unbind(connection: Connection, channel: str, prefix: str) -> None:
    """Remove the accounts of a channel whose id starts with `prefix`."""
    match = accounts.c.external_id.startswith(prefix, autoescape=True)
    connection.execute(delete(accounts).where(accounts.c.channel == channel, match))


def untie(connection: Connection, channel: str, person_id: int) -> int:
    """Remove a person's accounts of a channel; how many there were."""
    mine = (accounts.c.channel == channel, accounts.c.person_id == person_id)
    return int(connection.execute(delete(accounts).where(*mine)).rowcount)


def of_org(connection: Connection, org: str) -> list[Person]:
    """The active people of an organisation, by user id."""
    query = select(persons).where(persons.c.org == org, persons.c.status == "active").order_by(persons.c.userid)
    return [_person(row) for row in connection.execute(query)]


def accounts_of(connection: Connection, person_id: int) -> dict[str, str]:
    """The person's channel accounts: channel -> external id."""
    query = select(accounts.c.channel, accounts.c.external_id).where(accounts.c.person_id == person_id)
    return {str(row.channel): str(row.external_id) for row in connection.execute(query)}


def page(connection: Connection, org: str, after: int, limit: int) -> list[Person]:
    """Active people of an organisation in the order of their rows, those behind `after`."""
    mine = (persons.c.org == org, persons.c.status == "active", persons.c.id > after)
    return [
        _person(row) for row in connection.execute(select(persons).where(*mine).order_by(persons.c.id).limit(limit))
    ]


def by_userids(connection: Connection, userids: Iterable[str]) -> dict[str, Person]:
    """People by user id as the roster writes it, whatever their status."""
    query = select(persons).where(persons.c.userid.in_(sorted(set(userids))))
    return {row.userid: _person(row) for row in connection.execute(query)}


def leading(connection: Connection, org: str) -> frozenset[str]:
    """The user ids (folded) that somebody of the organisation names as leader."""
    query = select(persons.c.leader).where(persons.c.org == org, persons.c.status == "active").distinct()
    return frozenset(row.leader.casefold() for row in connection.execute(query) if row.leader)


def with_role(connection: Connection, org: str, role: str) -> list[Person]:
    """The active people of an organisation who have a role."""
    query = select(persons).where(persons.c.org == org, persons.c.status == "active", persons.c.roles.contains(role))
    found = [_person(row) for row in connection.execute(query.order_by(persons.c.userid))]
    return [one for one in found if role in one.roles]


def heads(connection: Connection, org: str, department: str) -> list[Person]:
    """The active heads of a department."""
    mine = (persons.c.org == org, persons.c.department == department, persons.c.is_head, persons.c.status == "active")
    return [_person(row) for row in connection.execute(select(persons).where(*mine).order_by(persons.c.userid))]


def remove(connection: Connection, prefix: str) -> None:
    """Delete the people whose user id starts with `prefix`, and their accounts: likenesses made for an evaluation."""
    gone = select(persons.c.id).where(persons.c.userid.startswith(prefix, autoescape=True))
    connection.execute(delete(accounts).where(accounts.c.person_id.in_(gone)))
    connection.execute(delete(persons).where(persons.c.userid.startswith(prefix, autoescape=True)))
