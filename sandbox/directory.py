"""The corporation's members, departments and tags as the app sees them (wecom-protocol 5.3, 5.4)."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from sandbox.roster import ORG_NAMES, Member

ROOT = 1


@dataclass(slots=True)
class Department:
    """One node of the tree; the root is 1."""

    id: int
    name: str
    parent: int
    children: list[int] = field(default_factory=list)
    members: list[Member] = field(default_factory=list)


@dataclass(slots=True)
class Tag:
    """A tag with its members and departments."""

    id: int
    name: str
    members: dict[str, Member] = field(default_factory=dict)
    parties: set[int] = field(default_factory=set)


class Directory:
    """Look-ups are case-insensitive in the userid, as on the platform (section 2)."""

    def __init__(self, members: Iterable[Member] = ()) -> None:
        self.members: dict[str, Member] = {}
        self.departments = {ROOT: Department(ROOT, "撑腰演示企业", 0)}
        self.tags: dict[int, Tag] = {}
        self._paths: dict[tuple[str, ...], int] = {}
        for member in members:
            self.add(member)

    def add(self, member: Member) -> None:
        """Put a member into the tree: root, organisation, department; an earlier one of that id goes."""
        key = member.userid.casefold()
        earlier = self.members.pop(key, None)
        if earlier:
            self.departments[earlier.department_id].members.remove(earlier)
        org = self._node((member.org,), ORG_NAMES.get(member.org, member.org), ROOT)
        member.department_id = self._node((member.org, member.department), member.department, org)
        self.departments[member.department_id].members.append(member)
        self.members[key] = member
        for name in member.tags:
            self._tag(name).members[key] = member

    def member(self, userid: str) -> Member | None:
        """The member of that id, in or out of the app's range."""
        return self.members.get(userid.casefold())

    def reachable(self) -> list[Member]:
        """Everyone in the app's range: what @all means."""
        return [member for member in self.members.values() if member.in_range]

    def subtree(self, department_id: int) -> list[Department]:
        """The department and all below it; empty when unknown."""
        if department_id not in self.departments:
            return []
        found = [self.departments[department_id]]
        for department in found:
            found.extend(self.departments[child] for child in department.children)
        return found

    def party(self, department_id: int) -> list[Member] | None:
        """Members of a department and all below it in the app's range, or None when unknown."""
        nodes = self.subtree(department_id)
        return [member for node in nodes for member in node.members if member.in_range] if nodes else None

    def tagged(self, tag_id: int) -> list[Member] | None:
        """Members of a tag in the app's range, also through its departments, or None when unknown."""
        tag = self.tags.get(tag_id)
        if tag is None:
            return None
        people = [member for party in tag.parties for member in self.party(party) or []]
        return [member for member in tag.members.values() if member.in_range] + people

    def _node(self, path: tuple[str, ...], name: str, parent: int) -> int:
        if path not in self._paths:
            number = len(self.departments) + 1
            self._paths[path] = number
            self.departments[number] = Department(number, name, parent)
            self.departments[parent].children.append(number)
        return self._paths[path]

    def _tag(self, name: str) -> Tag:
        for tag in self.tags.values():
            if tag.name == name:
                return tag
        tag = Tag(len(self.tags) + 1, name)
        self.tags[tag.id] = tag
        return tag
