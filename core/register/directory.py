"""Members of the platform's directory as roster rows: what it knows goes on top of what the roster has. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from core.people.orgs import Org
from core.people.rules import DATE_FIELDS, LIST_FIELDS, TEXT_FIELDS, Person


def rows(
    members: Iterable[Mapping[str, Any]], orgs: Mapping[str, Org], org: str, known: Mapping[str, Person]
) -> Iterator[dict[str, str]]:
    """The rows of one organisation's members. `known`: the roster by user id in lower case."""
    for member in members:
        before = known.get(str(member["userid"]).casefold())
        path = [str(part) for part in member["departments"]]
        if (before.org if before else _org(path, orgs, org)) == org:
            yield _row(member, path, orgs.get(org), before, org)


def _org(path: list[str], orgs: Mapping[str, Org], mine: str) -> str:
    """The organisation that a department of the path is named like; one's own where none is."""
    for name in path:
        for org in orgs.values():
            if name in (org.name, org.short, *org.aliases):
                return org.id
    return mine


def _row(
    member: Mapping[str, Any], path: list[str], org: Org | None, before: Person | None, org_id: str
) -> dict[str, str]:
    row = {"org": org_id}
    if before is not None:
        row |= {name: str(getattr(before, name)) for name in (*TEXT_FIELDS, *DATE_FIELDS)}
        row |= {name: ";".join(getattr(before, name)) for name in LIST_FIELDS}
    own = (org.name, org.short, *org.aliases) if org else ()
    department = path[-1] if path and path[-1] not in own else ""
    said = {"name": member["name"], "department": department, "post": member["position"], "leader": member["leader"]}
    row |= {name: str(value) for name, value in said.items() if value}
    return row | {
        "userid": before.userid if before else str(member["userid"]), "status": "active",
        "is_head": "1" if member["leads"] else "",
    }  # fmt: skip
