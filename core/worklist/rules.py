"""What a handler's pages offer: the moves open for a case, what each asks for, what stands in the way. Pure.

Nothing here recommends a move or a decision: it lists what the transition table allows, in its order.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from core.cases.rules import TRANSITIONS, Case, Role, Status, Type
from core.policies.rules import Policy

ASPECTS = (
    ("motive", "动机态度"), ("conditions", "客观条件"), ("procedure", "程序方法"), ("nature", "性质程度"),
    ("consequence", "后果影响"), ("remedy", "挽回损失"),
)  # fmt: skip
"""The six aspects of the analysis sheet, with the form field that the cadre's own words on it come from."""
DESTRUCTIVE = ("not_accept", "close", "decline", "deny_exclusion")
"""Moves that end something; the page asks once more."""
ELSEWHERE = ("decide", "check", "approve_exclusion", "deny_exclusion", "exclude", "assign")
"""Moves with a part of the page of their own."""
BY_TALKS = ("accept", "propose", "decline", "hold")
"""Moves of a request for a talk that core.talks makes, with the time and place they need."""
OPTIONAL: Mapping[str, tuple[str, ...]] = {"transfer": ("office",)}
DECISION_EXTRAS = (
    "correction_reason", "correction_demand", "correction_due", "influence_until", "procedure_reference",
    "explanation", "scope", "form", "wording", "agreed_on",
)  # fmt: skip
SORTS = ("submitted_at", "changed_at", "number", "unit", "status")
PAGE = 30


@dataclass(frozen=True)
class Offer:
    """A move that the table allows now: what it needs, what may be added, whether it ends something."""

    move: str
    needs: tuple[str, ...]
    optional: tuple[str, ...] = ()
    destructive: bool = False


@dataclass(frozen=True)
class Filter:
    """What a list of cases shows. Everything is an unencrypted column; there is no search in what cases say."""

    type: str = ""
    status: str = ""
    unit: str = ""
    handler: str = ""
    number: str = ""
    since: dt.date | None = None
    until: dt.date | None = None
    open_only: bool = True
    sort: str = "submitted_at"
    newest_first: bool = False
    page: int = 1


def offers(case: Case, roles: frozenset[Role], policy: str, settled: Iterable[str]) -> list[Offer]:
    """The moves open to these roles, without those whose own condition can't hold at present."""
    done = set(settled)
    found: dict[str, Offer] = {}
    for row in TRANSITIONS:
        allowed = case.type in row.types and case.status in row.sources and roles & set(row.roles)
        if not allowed or (row.policies and policy not in row.policies) or _idle(row.move, case, done):
            continue
        needs = tuple(name for name in row.needs if name != "second")
        found[row.move] = Offer(row.move, needs, OPTIONAL.get(row.move, ()), row.move in DESTRUCTIVE)
    return list(found.values())


def _idle(move: str, case: Case, settled: set[str]) -> bool:
    if case.type == Type.TALK and move in BY_TALKS:
        return True
    if move == "tell":
        return case.told_on is not None
    if move in ("accept_correction", "return_correction"):
        return case.correction != "reported"
    if move == "publish":
        return "published" in settled
    return False


def before_closing(case: Case) -> list[str]:
    """What still stands in the way of closing, apart from the check list."""
    found = [] if case.told_on else ["登记当面告知"]
    if case.correction not in (None, "accepted"):
        found.append("整改完成并通过")
    return found


OPEN_STATUSES = tuple(
    status.value
    for status in Status
    if status
    in (
        Status.SUBMITTED, Status.ACCEPTED, Status.RETURNED, Status.TRANSFERRED, Status.INVESTIGATING,
        Status.DELIBERATING, Status.DECIDED, Status.COUNTER_PROPOSED,
    )
)  # fmt: skip
AGES = ((7, "7 天内"), (30, "8–30 天"), (90, "31–90 天"), (100_000, "90 天以上"))
"""Upper bounds in days, for the table of what waits by age. They are no time limits: no document sets any."""


def age_group(submitted_at: dt.datetime, now: dt.datetime) -> int:
    """Which row of AGES a case belongs to."""
    days = (now - submitted_at).days
    return next(place for place, (limit, _) in enumerate(AGES) if days <= limit)


def types() -> tuple[str, ...]:
    """The kinds of request, in the order they are shown."""
    return tuple(kind.value for kind in Type)


_LISTED = ("conditions", "factors", "exclusions")
_ABOUT = {Type.TOLERANCE: "容错", Type.CLARIFICATION: "澄清"}


@dataclass(frozen=True)
class Listed:
    """One entry of a list in the organisation's document, to hold a case against. `item` is its key on the sheet."""

    item: str
    clause: str
    about: str
    kind: str
    text: str


def listed(policy: Policy | None, case_type: Type) -> list[Listed]:
    """The document's own lists about this kind of request, in its order; conditions, factors and what it excludes."""
    about = _ABOUT.get(case_type)
    if policy is None or about is None:
        return []
    found = []
    for clause in policy.clauses:
        for fact in clause.facts:
            if fact.get("kind") in _LISTED and about in str(fact.get("about", "")):
                title = "，".join(str(fact[name]) for name in ("about", "qualifier") if fact.get(name))
                for place, text in enumerate(fact["items"], 1):
                    key = f"{clause.id}:{fact['id']}:{place}"
                    found.append(Listed(key, clause.id, title, str(fact["kind"]), str(text)))
    return found
