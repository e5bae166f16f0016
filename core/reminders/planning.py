"""Planning: looks a day ahead over roster, cases and documents and writes occurrences. Runs as often as one likes.

Every occurrence has a unique key (rule, person, key), so that a second run, or a second scheduler, adds nothing.
"""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from core.cases import store as cases
from core.cases.rules import Case, Status, Type
from core.clock import SHANGHAI
from core.db import Connection
from core.people import store as people
from core.people.orgs import Org
from core.people.rules import Person
from core.policies.rules import Policy
from core.reminders import store, workdays
from core.reminders.base import Base
from core.reminders.catalogue import Active
from core.reminders.rules import Gap, Occasion, State, add_months, on_day
from core.reminders.triggers import Frame, occasion, occasions

PAGE = 1000
"""People looked at, and rows written, in one transaction at most."""
SUPPLEMENT_AFTER = 3
"""Days after which a request for more is brought up; our own schedule, no document gives one."""
_REVIEW_DAY = (1, 15)
_OPEN_CORRECTION = ("open", "returned")
_ROSTER = ("interval", "milestone", "young", "yearly", "leaders")


@dataclass
class Planned:
    """What a plan added, by rule; `gaps`: how many roster rows lack a date that a rule needs."""

    on: dt.date
    added: dict[str, int] = field(default_factory=dict)
    gaps: int = 0

    @property
    def total(self) -> int:
        """All of them."""
        return sum(self.added.values())


def from_roster(rules: dict[str, Active]) -> list[Active]:
    """The rules that the roster alone leads to."""
    return [one for one in rules.values() if one.rule.roster or one.rule.trigger in _ROSTER]


class Planner(Base):
    """The planning half of `Reminders`."""

    def plan(self, on: dt.date) -> Planned:
        """Write what falls due up to five weeks after `on`. What expired while nothing ran is written too, so that the
        tick records it as missed; before the first plan of an organisation nothing is made up."""
        done = Planned(on)
        for org in self.orgs.values():
            with self.mailbox.db.read() as connection:
                rules = self.active(connection, org.id)
                last = store.planned_on(connection, org.id)
                leads = people.leading(connection, org.id)
            since = min(last, on) if last else on
            for rows in self._pages(org, rules, Frame(on, since, org.settings, leads=leads), done):
                self._write(rows, done)
            with self.mailbox.db.write() as connection:
                if last is None or on > last:
                    store.set_planned_on(connection, org.id, on)
        return done

    def _write(self, rows: Sequence[dict[str, Any]], done: Planned) -> None:
        for start in range(0, len(rows), PAGE):
            with self.mailbox.db.write() as connection:
                store.add(connection, rows[start : start + PAGE])
        for row in rows:
            done.added[row["rule"]] = done.added.get(row["rule"], 0) + 1

    def _pages(self, org: Org, rules: dict[str, Active], frame: Frame, done: Planned) -> Iterator[list[dict[str, Any]]]:
        """New rows page by page; each page is read in a transaction of its own."""
        used = from_roster(rules)
        after = 0
        while used:
            with self.mailbox.db.read() as connection:
                page = people.page(connection, org.id, after, PAGE)
                if not page:
                    break
                rows = self._of_page(connection, org, used, page, frame, done)
            after = page[-1].id
            if rows:
                yield rows
        with self.mailbox.db.read() as connection:
            yield self._of_cases(connection, org, rules, frame)
            yield self._of_documents(connection, org, rules, frame)

    def _of_page(
        self, connection: Connection, org: Org, used: list[Active], page: list[Person], frame: Frame, done: Planned
    ) -> list[dict[str, Any]]:
        userids = [one.userid for one in page]
        known = store.known(connection, userids, [one.rule.id for one in used])
        talks = store.last_talks(connection, userids)
        rows = []
        by_rule = [(one, frame if one.years is None else replace(frame, years=one.years)) for one in used]
        for person in page:
            talked = talks.get(person.userid)
            for one, usual in by_rule:
                mine = replace(usual, last_talk=talked) if talked and one.rule.trigger == "interval" else usual
                for found in occasions(one.rule, person, mine):
                    if isinstance(found, Gap):
                        done.gaps += 1
                    elif (one.rule.id, person.userid, found.key) not in known:
                        rows.append(self.row(org, one, person.userid, found))
        return rows

    def row(self, org: Org, active: Active, userid: str, found: Occasion, **more: Any) -> dict[str, Any]:
        """The row of a new occurrence; its push waits for the first set hour of a working day."""
        policy, clause = active.clause
        base = {
            "rule": active.rule.id, "kind": active.rule.kind, "userid": userid, "key": found.key, "org": org.id,
            "policy": policy, "clause": clause, "due_on": found.due_on, "push_on": found.push_on,
            "valid_until": found.valid_until, "state": State.PLANNED, "stage": 0,
            "next_at": workdays.opens(found.push_on, org.settings), "event_id": None, "case_number": None,
        }  # fmt: skip
        return base | more

    # -- cases

    def _of_cases(
        self, connection: Connection, org: Org, rules: dict[str, Active], frame: Frame
    ) -> list[dict[str, Any]]:
        """Deadlines of the organisation's cases. Only dates and states are read, nothing that anybody wrote."""
        used = [one for one in rules.values() if one.rule.trigger == "case"]
        rows = []
        for case in cases.cases_where(connection, org=org.id) if used else []:
            for one in used:
                found = case_occasion(one, case)
                if found and frame.takes(found):
                    rows.append(self.row(org, one, case.applicant, found, case_number=case.number))
        known = store.known(connection, {row["userid"] for row in rows}, [one.rule.id for one in used])
        return [row for row in rows if (row["rule"], row["userid"], row["key"]) not in known]

    # -- documents

    def _of_documents(
        self, connection: Connection, org: Org, rules: dict[str, Active], frame: Frame
    ) -> list[dict[str, Any]]:
        """Once a year HR confirms that each document is still in force, on the day it was issued."""
        active = rules.get("document_review")
        rows = []
        for policy_id, clause in active.clauses if active else ():
            policy = self.refresh(connection)[policy_id]
            for year in range(frame.since.year, frame.until.year + 1):
                assert active is not None
                found = occasion(active.rule, f"{org.id}:{policy_id}:{year}", _review_day(policy, year))
                if frame.takes(found) and _issued_before(policy, found.due_on):
                    rows.append(self.row(org, active, "", found) | {"policy": policy_id, "clause": clause})
        known = store.known(connection, [""], ["document_review"])
        return [row for row in rows if (row["rule"], row["userid"], row["key"]) not in known]

    # -- gaps

    def gaps(self, org: str, on: dt.date) -> Iterator[tuple[Person, Gap]]:
        """The roster rows that lack a date which an active rule needs; nothing is computed in its place."""
        with self.mailbox.db.read() as connection:
            used = from_roster(self.active(connection, org))
        after = 0
        while True:
            with self.mailbox.db.read() as connection:
                page = people.page(connection, org, after, PAGE)
            if not page:
                return
            for person in page:
                yield from self._missing(person, used, on, org)
            after = page[-1].id

    def _missing(self, person: Person, used: list[Active], on: dt.date, org: str) -> Iterator[tuple[Person, Gap]]:
        for one in used:
            frame = Frame(on, on, self.settings(org), one.years)
            for found in occasions(one.rule, person, frame):
                if isinstance(found, Gap):
                    yield person, found
        if not person.leader and any("leader" in one.rule.to for one in used):
            yield person, Gap(person.userid, "talk_regular", "直接领导")


def case_occasion(active: Active, case: Case) -> Occasion | None:
    """The deadline that a rule finds in a case as it stands; None when there is none (any more)."""
    kind = active.rule.case
    if kind == "correction" and case.correction in _OPEN_CORRECTION and case.correction_due:
        return occasion(active.rule, f"{case.number}@{case.correction_due}", case.correction_due)
    if kind == "influence" and case.influence_until and case.status in (Status.DECIDED, Status.CLOSED):
        return occasion(active.rule, f"{case.number}@{case.influence_until}", case.influence_until)
    asked = {"supplement_tolerance": Type.TOLERANCE, "supplement_clarification": Type.CLARIFICATION}.get(kind)
    if asked == case.type and case.status == Status.RETURNED:
        since = case.changed_at.astimezone(SHANGHAI).date()
        return occasion(active.rule, f"{case.number}@{since}", since + dt.timedelta(days=SUPPLEMENT_AFTER))
    return None


def _review_day(policy: Policy, year: int) -> dt.date:
    issued = policy.issued_on
    if issued and len(issued) == 10:
        day = dt.date.fromisoformat(issued)
        return add_months(day, 12 * (year - day.year))
    return on_day(year, _REVIEW_DAY)


def _issued_before(policy: Policy, due_on: dt.date) -> bool:
    return not policy.issued_on or policy.issued_on < due_on.isoformat()
