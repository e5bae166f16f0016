"""The answering engine for the policies stored now, built again only when they change."""

import threading
from dataclasses import dataclass, field
from functools import partial

from core.clock import Clock
from core.db import Database
from core.errors import NotFound
from core.people import service as people
from core.people.orgs import Org
from core.policies import service as policies
from core.policies.rules import IMPORTED, Policy
from core.policies.service import Library
from knowledge import catalogue
from knowledge.answers import Answers
from knowledge.catalogue import Topic
from knowledge.choose import Chooser
from knowledge.search import Search


@dataclass(frozen=True)
class Engine:
    """One consistent library with what searches and answers from it."""

    library: Library
    topics: dict[str, Topic]
    search: Search
    chooser: Chooser
    answers: Answers

    def own(self, org: Org) -> Policy | None:
        """The organisation's own document."""
        return next((self.library.policies[name] for name in org.policies if name in self.library.policies), None)

    def of(self, org: Org) -> list[Policy]:
        """All that is stored for an organisation, in force or not: its profile's documents, then imported ones."""
        listed = [self.library.policies[name] for name in org.policies if name in self.library.policies]
        mine = [one for one in self.library.policies.values() if org.id in one.applies_to and one not in listed]
        return [*listed, *mine]

    def published(self, org: Org) -> list[Policy]:
        """The published documents of other organisations; what another organisation imported is its own."""
        mine = self.of(org)
        return [one for one in self.library.policies.values() if one.origin != IMPORTED and one not in mine]

    def visible(self, org: Org, policy_id: str) -> Policy:
        """A document that an organisation may read. Raises NotFound."""
        found = next((one for one in (*self.of(org), *self.published(org)) if one.id == policy_id), None)
        if found is None:
            raise NotFound
        return found

    def imported(self, org: Org, policy_id: str) -> Policy:
        """A document that an organisation imported itself. Raises NotFound."""
        found = self.visible(org, policy_id)
        if found.origin != IMPORTED or org.id not in found.applies_to:
            raise NotFound
        return found


@dataclass
class Brain:
    """Keeps the engine of one process."""

    db: Database
    clock: Clock
    orgs: dict[str, Org]
    _engine: Engine | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def engine(self) -> Engine:
        """The engine for what is stored now."""
        revision = policies.revision(self.db)
        with self._lock:
            if self._engine is None or self._engine.library.revision != revision:
                self._engine = self._build()
            return self._engine

    def _build(self) -> Engine:
        library, topics = policies.library(self.db), catalogue.topics()
        search = Search(library.policies, topics)
        self.orgs.update(people.organisations(self.db))
        known = self._engine.answers if self._engine else None
        find = partial(policies.nearest, self.db)
        answers = Answers(library, topics, self.orgs, find, self.clock.today, known)
        return Engine(library, topics, search, Chooser(topics, search), answers)
