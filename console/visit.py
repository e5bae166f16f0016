"""One request as the pages see it, and what they answer with."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from starlette.responses import RedirectResponse, Response

from console.parts import Parts
from console.render import render
from core.console.service import Visitor
from core.errors import NotFound
from core.people import service as people
from core.people.access import Right, rights_of
from core.people.orgs import Org
from core.people.rules import Person

GET, POST = "GET", "POST"


@dataclass(frozen=True)
class Upload:
    """A file that came with a form, copied to `path` for as long as the request lasts."""

    name: str
    path: Path


@dataclass
class Visit:
    """A request. `visitor` is None on the few pages that need no sign-in; `csrf` belongs into every form."""

    parts: Parts
    csrf: str
    address: str
    visitor: Visitor | None = None
    path: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    form: Mapping[str, str] = field(default_factory=dict)
    lists: Mapping[str, list[str]] = field(default_factory=dict)
    files: Mapping[str, Upload] = field(default_factory=dict)
    cookies: Mapping[str, str] = field(default_factory=dict)

    @property
    def person(self) -> Person:
        """Who asks. Raises NotFound on a page without sign-in."""
        if self.visitor is None:
            raise NotFound
        return self.visitor.person

    @property
    def org(self) -> Org:
        """The organisation of who asks. Raises NotFound when it has no profile."""
        org = self.parts.desk.orgs.get(self.person.org) or people.organisations(self.parts.db).get(self.person.org)
        if org is None:
            raise NotFound
        return org

    @property
    def rights(self) -> frozenset[Right]:
        """What who asks may do."""
        return rights_of(self.visitor.person.roles) if self.visitor else frozenset()

    def may(self, right: str) -> bool:
        """For templates: whether a button or link is shown."""
        return Right(right) in self.rights

    def given(self, name: str) -> str:
        """A form field without blanks around it; '' when it is not there."""
        return self.form.get(name, "").strip()

    def asked(self, name: str) -> str:
        """A query parameter without blanks around it."""
        return self.query.get(name, "").strip()

    def page(self, template: str, status: int = 200, **values: Any) -> Response:
        """A page of the console."""
        return render(self, template, status, values)

    def go(self, path: str, done: str = "", **query: str) -> Response:
        """Send the browser on after a POST; `done` names a fixed sentence that the next page shows."""
        query |= {"done": done} if done else {}
        return RedirectResponse(f"{path}?{urlencode(query)}" if query else path, 303)


Handler = Callable[[Visit], Response]


@dataclass(frozen=True)
class Page:
    """One address of the console. `right` None: also for those who are not signed in."""

    method: str
    path: str
    right: Right | None
    handler: Handler
