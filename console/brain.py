"""The answering engine for the policies stored now, built again only when they change."""

import threading
from dataclasses import dataclass, field

from core.clock import Clock
from core.db import Database
from core.people.orgs import Org
from core.policies import service as policies
from core.policies.rules import Policy
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
        answers = Answers(library, topics, self.orgs, today=self.clock.today)
        return Engine(library, topics, search, Chooser(topics, search), answers)
