"""What planning, ticking and the commands on reminders share: documents, people by role, the clock."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from core.cases import access
from core.cases import store as cases
from core.db import Connection
from core.health import service as health
from core.messages.rules import Reply
from core.messages.service import Mailbox
from core.people.orgs import Org
from core.people.rules import Person
from core.people.service import address
from core.policies import store as policy_store
from core.policies.rules import Policy
from core.policies.service import revision_in
from core.reminders import catalogue, overrides, tables, wording
from core.reminders.catalogue import Active
from core.reminders.overrides import Choice
from core.reminders.rules import Occurrence, Rule, step_at
from core.reminders.sight import Sight
from core.talks.service import Talks


@dataclass(frozen=True)
class Recipient:
    """Somebody to be told, and as what (cadre, leader, supervisor, hr, unit, handler)."""

    person: Person
    role: str


@dataclass
class _Memory:
    """The documents as read at one revision; reading them anew for every tick would cost more than the tick."""

    revision: tuple[tuple[tuple[str, str], ...], int, dt.date] | None = None
    documents: dict[str, Policy] = field(default_factory=dict)
    carried: dict[str, dict[str, Active]] = field(default_factory=dict)
    chosen: dict[str, dict[str, Choice]] = field(default_factory=dict)
    active: dict[str, dict[str, Active]] = field(default_factory=dict)


@dataclass(frozen=True)
class Base:
    """The ground of `Reminders`. `talks`: where arranged talks are kept; without it reminders stand alone."""

    mailbox: Mailbox
    orgs: dict[str, Org]
    talks: Talks | None = None
    _memory: _Memory = field(default_factory=_Memory, repr=False, compare=False)

    def today(self) -> dt.date:
        """The product's date."""
        return self.mailbox.clock.today()

    def refresh(self, connection: Connection) -> dict[str, Policy]:
        """The documents as stored now."""
        memory = self._memory
        today = self.today()
        version = tables.choices_version(connection)
        revision = (revision_in(policy_store.sources(connection)), version, today)
        if memory.revision != revision:
            memory.documents = policy_store.load(connection)
            memory.carried = {org.id: catalogue.active(org, memory.documents, today) for org in self.orgs.values()}
            memory.chosen = self._chosen(connection)
            memory.active = {
                org: overrides.applied(rules, memory.chosen.get(org, {})) for org, rules in memory.carried.items()
            }
            memory.revision = revision
        return memory.documents

    def _chosen(self, connection: Connection) -> dict[str, dict[str, Choice]]:
        found: dict[str, dict[str, Choice]] = {}
        for row in tables.all_choices(connection):
            words = self.mailbox.cipher.open_json(row.body, "reminder_choices")
            found.setdefault(row.org, {})[row.rule] = Choice(row.off, row.lead, words)
        return found

    def carried(self, connection: Connection, org: str) -> dict[str, Active]:
        """The rules an organisation's documents carry, as the catalogue has them, also those it switched off."""
        self.refresh(connection)
        return self._memory.carried.get(org, {})

    def chosen(self, connection: Connection, org: str) -> dict[str, Choice]:
        """What an organisation chose, by rule."""
        self.refresh(connection)
        return self._memory.chosen.get(org, {})

    def active(self, connection: Connection, org: str) -> dict[str, Active]:
        """The rules an organisation's documents carry, with its own wording and days, without those switched off."""
        self.refresh(connection)
        return self._memory.active.get(org, {})

    def settings(self, org: str) -> dict[str, Any]:
        """An organisation's own settings."""
        return self.orgs[org].settings

    # -- who is told

    def recipients(self, sight: Sight, rule: Rule, item: Occurrence, person: Person | None) -> list[Recipient]:
        """Who is told at the occurrence's stage, each once, wishes not yet asked.

        An event that is not announced reaches HR alone. Nobody but the cadre is told about themselves.
        """
        roles: Iterable[str] = rule.to
        if self.unannounced(sight, item):
            roles = ("hr",)
        elif step_at(rule, item.stage) == "leader":
            roles = ("supervisor",) if "leader" in rule.to else ("leader",)
        found: dict[str, Recipient] = {}
        for role in roles:
            for one in self._in_role(sight, role, item, person):
                if person is None or one.userid != person.userid or role == "cadre":
                    found.setdefault(one.userid, Recipient(one, role))
        if {"leader", "cadre"} <= set(roles) and "leader" not in {one.role for one in found.values()}:
            return []  # nobody to talk with: HR's list, not a message that leads nowhere
        return list(found.values())

    def unannounced(self, sight: Sight, item: Occurrence) -> bool:
        """Whether the occurrence comes from an event that is not public yet."""
        event = sight.event(item.event_id)
        return event is not None and not event.announced

    def _in_role(self, sight: Sight, role: str, item: Occurrence, person: Person | None) -> list[Person]:
        if role == "hr":
            return sight.hr(item.org)
        if role == "handler":
            return self._handlers(sight.connection, item)
        if person is None:
            return []
        if role == "cadre":
            return [person]
        if role == "unit":
            heads = [one for one in sight.heads(item.org, person.department) if one.userid != person.userid]
            return heads or self._named(sight, person, person.leader)
        named = person.leader if role == "leader" else person.supervisor
        if role == "leader" and item.talk_id is not None and self.talks is not None:
            # A talk is its two sides' alone: the direct leader learns nothing of one with somebody else.
            named = self.talks.talk(sight.connection, item.talk_id).leader
        return self._named(sight, person, named)

    def _named(self, sight: Sight, person: Person, userid: str) -> list[Person]:
        found = sight.person(userid)
        return [found] if found and found.status == "active" and found.org == person.org else []

    def _handlers(self, connection: Connection, item: Occurrence) -> list[Person]:
        case = cases.case_by_number(connection, item.case_number) if item.case_number else None
        if case is None:
            return []
        able = access.available(connection, case)
        return [one for one in able if one.userid == case.handler] or able[:1]

    def extra(self, sight: Sight, item: Occurrence, person: Person | None) -> str:
        """What a text adds: offered health-check days, the title of a document."""
        if item.kind == "review":
            document = self._memory.documents.get(item.policy)
            return f"《{document.title}》" if document else item.policy
        if item.kind == "health_check" and person is not None:
            booking = sight.booking(person.userid, sight.today.year)
            return health.offer_line(self.mailbox.cipher, booking, sight.offered(person), sight.today)
        return ""

    def letter(
        self, sight: Sight, active: Active, item: Occurrence, person: Person | None, to: Recipient
    ) -> tuple[str, str, Reply]:
        """One push as (channel, recipient, reply): what is sensitive stays on WeChat Work."""
        extra = self.extra(sight, item, person)
        reply = wording.push(active, item, person, to.role, self._memory.documents, extra)
        return self.addressed(sight.connection, to.person, reply)

    def addressed(self, connection: Connection, person: Person, reply: Reply) -> tuple[str, str, Reply]:
        """A reply with the channel and recipient it goes to."""
        return *address(connection, person, reply.sensitive), reply
