"""What was not understood and shared with consent, turned into examples and topics; what was said of answers."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from starlette.responses import Response

from console.brain import Engine
from console.visit import GET, POST, Page, Visit
from core.db import Connection
from core.errors import NotFound, Refused
from core.learning import service
from core.learning.rules import BAD, GOOD, REASONS, Count, Group
from core.people.access import Right
from core.policies.rules import IMPORTED, Policy, clause_label

_MOST = 100
_MOST_IDS = 1000
_CLAUSES = ("clause", "lead", "note")
REFUSED = ("out_of_scope", "handover")
"""Kinds of reply that gave no answer from a document."""


# -- questions


def questions(visit: Visit) -> Response:
    """GET /knowledge/questions: alike ones together, the most frequent first."""
    return _questions(visit)


def _questions(visit: Visit, problem: str = "", status: int = 200) -> Response:
    engine = visit.parts.brain.engine()
    groups = service.questions(visit.parts.db, visit.parts.desk.mailbox.cipher)
    own = engine.own(visit.org)
    return visit.page(
        "questions.html", status, title="没有听懂的问题", problem=problem, number=len(groups),
        groups=[(group, _nearest(engine, own, group)) for group in groups[:_MOST]], topics=engine.topics,
        clauses=list(_clauses(engine.of(visit.org))),
    )  # fmt: skip


def _nearest(engine: Engine, own: Policy | None, group: Group) -> str:
    """The topic that a search in the organisation's own document finds nearest, as a first suggestion."""
    clauses = engine.search.clauses(group.text, own.id) if own else {}
    best = max(clauses, key=lambda clause: clauses[clause], default="")
    return next(iter(own.topics_of(best)), "") if own and best else ""


def _clauses(documents: Iterable[Policy]) -> Iterable[tuple[str, str]]:
    """What a form may choose from: `policy|clause` and its label, of imported documents alone."""
    for policy in documents:
        if policy.origin == IMPORTED:
            for clause in policy.clauses:
                if clause.kind in _CLAUSES:
                    words = clause.heading or (clause.text or "")
                    yield f"{policy.id}|{clause.id}", f"{policy.cite} {clause_label(clause.id)} {words[:20]}"


def settle(visit: Visit) -> Response:
    """POST /knowledge/questions: a group becomes examples (and a clause's topic), or is erased."""
    raw = visit.given("ids").split(",")
    ids = [int(one) for one in raw if one.isascii() and one.isdecimal() and len(one) < 10][:_MOST_IDS]
    db, clock, by = visit.parts.db, visit.parts.clock, visit.person.userid
    try:
        if not ids:
            raise Refused("请先选择问题。")
        if visit.given("step") == "dismiss":
            if visit.given("sure") != "yes":
                raise Refused("删除不能撤销，请先勾选“我已核对”。")
            service.dismiss(db, ids, by, clock)
            return visit.go("/knowledge/questions", "cleared")
        topic, clause = _lesson(visit)
        service.learn(db, visit.parts.desk.mailbox.cipher, ids, topic, by, clock, clause)
    except Refused as error:
        return _questions(visit, str(error), 409)
    except NotFound:
        return _questions(visit, "这些问题或条款已经有人处理过，请核对后再试。", 409)
    return visit.go("/knowledge/questions", "learned")


def _lesson(visit: Visit) -> tuple[str, tuple[str, str] | None]:
    """Topic and clause of the form. Raises Refused, NotFound (another organisation's document)."""
    engine = visit.parts.brain.engine()
    topic = visit.given("topic")
    if topic not in engine.topics:
        raise Refused("请选择问题属于哪个主题。")
    policy, mark, clause = visit.given("clause").partition("|")
    if not mark:
        return topic, None
    return topic, (engine.imported(visit.org, policy).id, clause)


# -- ratings


@dataclass
class Rated:
    """What was said of the answers on one topic."""

    label: str
    good: int = 0
    bad: int = 0
    reasons: Counter[str] = field(default_factory=Counter)

    @property
    def share(self) -> int:
        """Helpful ones in a hundred."""
        return round(100 * self.good / max(1, self.good + self.bad))


@dataclass
class Month:
    """Answers and ratings of one month."""

    name: str
    answered: int = 0
    refused: int = 0
    good: int = 0
    bad: int = 0


def ratings(visit: Visit) -> Response:
    """GET /knowledge/ratings: by topic and month, never by whom."""
    known = visit.parts.brain.engine().topics
    since = first_month(visit.parts.clock.today())
    counted = [one for one in service.counts(visit.parts.db) if one.month >= f"{since:%Y-%m}"]
    found: dict[str, Rated] = {}
    for one in counted:
        label = known[one.topic].label if one.topic in known else "（没有主题）"
        add(found.setdefault(one.topic, Rated(label)), one)
    rows = sorted(found.values(), key=lambda row: (-row.bad, -row.good, row.label))
    with visit.parts.db.read() as connection:
        months = by_month(connection, counted, since)
    return visit.page("ratings.html", title="回答评价", rows=rows, months=months, reasons=REASONS)


def add(row: Rated, one: Count) -> None:
    """Count a month's number into a topic's row."""
    if one.verdict == GOOD:
        row.good += one.number
    else:
        row.bad += one.number
        row.reasons[one.reason] += one.number


def by_month(connection: Connection, counted: Iterable[Count], since: dt.date) -> list[Month]:
    """Twelve months of answers, refusals and ratings."""
    months = {name: Month(name) for name in _names(since)}
    for name, kind, number in service.answered(connection, since):
        if name in months:
            months[name].answered += number
            months[name].refused += number if kind in REFUSED else 0
    for one in counted:
        if one.month in months:
            months[one.month].good += one.number if one.verdict == GOOD else 0
            months[one.month].bad += one.number if one.verdict == BAD else 0
    return list(months.values())


def _names(since: dt.date) -> Iterable[str]:
    for place in range(12):
        count = since.year * 12 + since.month - 1 + place
        yield f"{count // 12:04d}-{count % 12 + 1:02d}"


def first_month(today: dt.date) -> dt.date:
    """The first of the month eleven months ago."""
    months = today.year * 12 + today.month - 12
    return dt.date(months // 12, months % 12 + 1, 1)


PAGES = (
    Page(GET, "/knowledge/questions", Right.KNOWLEDGE, questions),
    Page(POST, "/knowledge/questions", Right.KNOWLEDGE, settle),
    Page(GET, "/knowledge/ratings", Right.KNOWLEDGE, ratings),
)
