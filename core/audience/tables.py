"""Who a notice is meant for, out of the roster; and on which channel each of them is reached."""

from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, column, false, func, literal, or_, select, table, true

from core.notices.rules import CHANNELS, Audience, Delivery, Spec
from core.notices.tables import notice_batches as batches
from core.notices.tables import notice_deliveries as deliveries
from core.people.tables import channels, push_wishes

# The roster as this package reads it; the table itself belongs to core.people.
people = table(
    "persons", *map(column, ("id", "userid", "name", "org", "department", "rank", "roles", "tags", "status"))
)  # fmt: skip
_accounts = table("accounts", *map(column, ("channel", "external_id", "person_id")))
_TAKES_APPROVAL = ("hr", "admin")


def _listed(names: ColumnElement[Any], name: str) -> ColumnElement[bool]:
    """Whether a column of names joined by `;` has this one."""
    return (literal(";") + names + ";").contains(f";{name};", autoescape=True)


def _one(spec: Spec) -> ColumnElement[bool]:
    inside = people.c.org == spec.org if spec.org else true()
    if spec.kind == "all":
        return true()
    if spec.kind == "org":
        return inside
    if spec.kind == "dept":
        below = people.c.department.startswith(f"{spec.name}/", autoescape=True)
        return and_(inside, or_(people.c.department == spec.name, below))
    if spec.kind == "user":
        return func.lower(people.c.userid) == spec.name.lower()
    if spec.kind == "rank":
        return and_(inside, people.c.rank == spec.name)
    return and_(inside, _listed(people.c.roles if spec.kind == "role" else people.c.tags, spec.name))


def meant_by(audience: Audience, parent: int | None = None) -> ColumnElement[bool]:
    """Who of the roster is meant. With `parent`: of those only who got that notice and has not answered it."""
    parts = [people.c.status == "active", or_(false(), *map(_one, audience.to))]
    if audience.within:
        parts.append(people.c.org == audience.within)
    if audience.excluded:
        parts.append(~or_(*map(_one, audience.excluded)))
    if parent is not None:
        silent = and_(deliveries.c.state == Delivery.ACCEPTED, deliveries.c.confirmed_at.is_(None))
        asked = select(deliveries.c.userid).join(batches, batches.c.id == deliveries.c.batch_id)
        parts.append(people.c.userid.in_(asked.where(batches.c.notice_id == parent, silent)))
    return and_(*parts)


def sizes(connection: Connection, audience: Audience, parent: int | None = None) -> dict[str, int]:
    """How many are meant, by organisation."""
    query = select(people.c.org, func.count()).where(meant_by(audience, parent)).group_by(people.c.org)
    return {str(org): int(count) for org, count in connection.execute(query)}


def sample(connection: Connection, audience: Audience, most: int) -> list[str]:
    """Some names of those meant."""
    query = select(people.c.name).where(meant_by(audience)).order_by(people.c.id).limit(most)
    return list(connection.execute(query).scalars())


def meets_nobody(connection: Connection, spec: Spec, within: str) -> bool:
    """Whether a part of an audience has no one in it: most likely it is misspelt."""
    query = select(people.c.id).where(meant_by(Audience((spec,), (), within))).limit(1)
    return connection.execute(query).first() is None


def groups(connection: Connection, org: str) -> dict[str, list[str]]:
    """What an organisation's people can be addressed by: departments, tags, ranks."""
    found: dict[str, set[str]] = {"dept": set(), "tag": set(), "rank": set()}
    query = select(people.c.department, people.c.tags, people.c.rank).distinct()
    for row in connection.execute(query.where(people.c.org == org, people.c.status == "active")):
        found["dept"].add(row.department)
        found["rank"].add(row.rank)
        found["tag"].update(row.tags.split(";"))
    return {kind: sorted(names - {""}) for kind, names in found.items()}


def named(connection: Connection, org: str, name: str) -> list[str]:
    """User ids of an organisation's people of that name or account."""
    match = or_(people.c.name == name, func.lower(people.c.userid) == name.lower())
    query = select(people.c.userid).where(people.c.org == org, people.c.status == "active", match)
    return list(connection.execute(query.order_by(people.c.userid)).scalars())


def approvers(connection: Connection, org: str, sender: str) -> list[str]:
    """User ids of those who may agree to a notice: staff of its organisation, not its author."""
    role = or_(*(_listed(people.c.roles, name) for name in _TAKES_APPROVAL))
    query = select(people.c.userid).where(people.c.status == "active", role, people.c.userid != sender)
    if org:
        query = query.where(people.c.org == org)
    return list(connection.execute(query.order_by(people.c.id).limit(20)).scalars())


def reached_on(connection: Connection, channel: str, neutral: bool) -> tuple[ColumnElement[Any], ColumnElement[bool]]:
    """The address of a person on a channel, and who is reached there: only a wish leads elsewhere, if it can be met."""
    wished = neutral and connection.execute(select(push_wishes.c.person_id).limit(1)).first() is not None
    theirs = and_(_accounts.c.person_id == people.c.id, _accounts.c.channel == push_wishes.c.channel)
    running = and_(channels.c.name == push_wishes.c.channel, channels.c.open.is_(True))
    wish = select(push_wishes.c.person_id).join(channels, running).where(push_wishes.c.channel != CHANNELS[0])
    met = wish.where(push_wishes.c.person_id == people.c.id, select(_accounts.c.person_id).where(theirs).exists())
    if channel == CHANNELS[0]:
        return people.c.userid, ~met.exists() if wished else true()
    account = select(_accounts.c.external_id).where(
        _accounts.c.person_id == people.c.id, _accounts.c.channel == channel
    )
    there = met.where(push_wishes.c.channel == channel).exists()
    return account.limit(1).scalar_subquery(), there if wished else false()
