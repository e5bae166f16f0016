"""Profiles of organisations: contacts, documents in force, settings that no document gives."""

from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from core.errors import KnowledgeError
from core.settings import ROOT

CONTACT_KINDS = ("discipline", "organization", "union", "psychology", "secrecy")
CONTACT_LABELS = {
    "discipline": "纪检监察", "organization": "组织人事", "union": "工会", "psychology": "心理支持", "secrecy": "保密",
}  # fmt: skip


@dataclass(frozen=True)
class Contact:
    """An office a person can turn to. `example`: shipped for the demo, not a real number."""

    office: str
    phone: str
    hours: str
    place: str = ""
    example: bool = False

    def line(self) -> str:
        """One line for a reply."""
        note = "（示例）" if self.example else ""
        return f"{self.office}{note} {self.phone}（{self.hours}）"


@dataclass(frozen=True)
class Org:
    """One organisation. `policies`: own documents first, then those of the bodies above it."""

    id: str
    name: str
    short: str
    aliases: tuple[str, ...]
    level: str
    policies: tuple[str, ...]
    contacts: dict[str, Contact]
    intake: str = "full"
    settings: dict[str, Any] = field(default_factory=dict)

    def contact(self, kind: str) -> Contact | None:
        """The contact of a kind, or None: a missing one is named by `doctor`, never invented."""
        return self.contacts.get(kind)


def _org(path: Path) -> Org:
    value = yaml.safe_load(path.read_text(encoding="utf-8"))
    try:
        contacts = {kind: Contact(**contact) for kind, contact in value.pop("contacts").items()}
        if unknown := set(contacts) - set(CONTACT_KINDS):
            raise KnowledgeError(f"{path.name}: unknown contacts {sorted(unknown)}")
        for name in ("aliases", "policies"):
            value[name] = tuple(value[name])
        return Org(contacts=contacts, **value)
    except (KeyError, TypeError) as error:
        raise KnowledgeError(f"{path.name}: {error}") from error


@lru_cache(maxsize=4)
def load(folder: Path = ROOT / "orgs") -> dict[str, Org]:
    """All organisations by id. Raises KnowledgeError when a profile does not hold together."""
    return {org.id: org for org in (_org(path) for path in sorted(folder.glob("*.yml")))}


def plain(org_id: str, name: str, level: str) -> Org:
    """The profile of an organisation that is only named: no contacts, no documents but those imported for it."""
    return Org(org_id, name, name, (name,), level, (), {})
