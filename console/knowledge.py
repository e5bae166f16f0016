"""Knowledge: policies and clauses, topics, questions shared with consent, a try-it box that shows why."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import httpx
from starlette.responses import Response

from console.visit import GET, POST, Page, Visit
from core import audit
from core.errors import NotFound, Refused
from core.people.access import Right
from core.policies.rules import Policy, clause_label
from core.worklist import store as lists
from knowledge.catalogue import Topic
from knowledge.choose import Scored, Understanding
from knowledge.search import Search

LEVEL = {"university": "高校", "college": "高职院校", "county": "县", "province": "省"}
_LONGEST = 500
_UNGROUPED = "未能归类"


@dataclass(frozen=True)
class Question:
    """A shared question: no person, no unit, no exact time."""

    id: int
    month: str
    text: str


def show(visit: Visit) -> Response:
    """GET /knowledge."""
    library = visit.parts.brain.engine().library.policies
    own = [library[name] for name in visit.org.policies if name in library]
    others = [policy for policy in library.values() if policy not in own]
    with visit.parts.db.read() as connection:
        waiting = lists.question_count(connection)
    return visit.page("knowledge.html", title="知识", own=own, others=others, waiting=waiting, level=LEVEL)


def policy(visit: Visit) -> Response:
    """GET /knowledge/policies/{id}."""
    found = visit.parts.brain.engine().library.policies.get(visit.path["id"])
    if found is None:
        raise NotFound
    return visit.page(
        "policy.html",
        title=found.title,
        policy=found,
        level=LEVEL,
        label=clause_label,
        topics=visit.parts.brain.engine().topics,
    )


def topics(visit: Visit) -> Response:
    """GET /knowledge/topics: each topic with the clauses that answer it in the organisation's own document."""
    engine = visit.parts.brain.engine()
    own = engine.own(visit.org)
    rows = [(topic, *_answered(own, topic)) for topic in engine.topics.values()]
    return visit.page("topics.html", title="主题", rows=rows, own=own)


def _answered(own: Policy | None, topic: Topic) -> tuple[list[str], bool]:
    """Clauses that answer a topic, and whether the document is silent about it."""
    if own is None:
        return [], False
    clauses = list(dict.fromkeys(clause_label(ref.clause) for ref in own.topics.get(topic.id, ())))
    return clauses, topic.id in own.silences


# -- questions


def questions(visit: Visit) -> Response:
    """GET /knowledge/questions: grouped by the topic that a search finds nearest."""
    return visit.page("questions.html", title="没有听懂的问题", groups=_groups(visit))


def _groups(visit: Visit) -> list[tuple[str, list[Question]]]:
    cipher = visit.parts.desk.mailbox.cipher
    with visit.parts.db.read() as connection:
        rows = lists.questions(connection)
    found = [
        Question(row.id, f"{row.month:%Y-%m}", cipher.open_json(row.body, "shared_questions")["text"]) for row in rows
    ]
    engine = visit.parts.brain.engine()
    own, known = engine.own(visit.org), engine.topics
    groups: dict[str, list[Question]] = {}
    for question in found:
        topic = _nearest(engine.search, own, question.text) if own else ""
        groups.setdefault(known[topic].label if topic in known else _UNGROUPED, []).append(question)
    return sorted(groups.items(), key=lambda pair: -len(pair[1]))


def _nearest(search: Search, own: Policy, text: str) -> str:
    clauses = search.clauses(text, own.id)
    best = max(clauses, key=lambda clause: clauses[clause], default="")
    return next(iter(own.topics_of(best)), "") if best else ""


def settle(visit: Visit) -> Response:
    """POST /knowledge/questions: those dealt with are removed for good."""
    chosen = [int(raw) for raw in visit.lists.get("id", ()) if raw.isascii() and raw.isdecimal() and len(raw) < 10]
    if not chosen:
        raise Refused("请先勾选已处理的问题。")
    with visit.parts.db.write() as connection:
        count = lists.drop_questions(connection, chosen[:1000])
        now = visit.parts.clock.now()
        audit.record(connection, now, visit.person.userid, "knowledge.settled", "questions", number=count)
    return visit.go("/knowledge/questions", "cleared")


# -- the try-it box


def try_it(visit: Visit) -> Response:
    """GET /knowledge/try."""
    return visit.page("try.html", title="试一试", text="", answered=None, ranked=(), note="", intents=())


def answer(visit: Visit) -> Response:
    """POST /knowledge/try: the answer, the runners-up and what spoke for each; nothing of it is kept."""
    text = visit.given("text")[:_LONGEST]
    if not text:
        raise Refused("请先输入一个问题。")
    said, note = _understood(visit, text)
    engine = visit.parts.brain.engine()
    own = engine.own(visit.org)
    answered = engine.answers.ask(visit.org, said)
    ranked = engine.chooser.rank(text, said.ranking, own) if own else []
    intents = sorted(said.ranking.items(), key=lambda pair: -pair[1])[:6]
    return visit.page(
        "try.html",
        title="试一试",
        text=text,
        answered=answered,
        note=note,
        ranked=_why(ranked, engine.topics),
        intents=intents,
    )


def _why(ranked: Iterable[Scored], known: dict[str, Topic]) -> list[tuple[str, str, float]]:
    return [
        (known[item.topic].label if item.topic in known else item.topic,
         clause_label(item.clause) if item.clause else "本单位文件未提及", item.score)
        for item in ranked
    ]  # fmt: skip


def _understood(visit: Visit, text: str) -> tuple[Understanding, str]:
    """What Rasa makes of the words; without it the search alone speaks, and the page says so."""
    settings = visit.parts.settings
    url = f"http://127.0.0.1:{settings.rasa_port}/model/parse"
    try:
        with httpx.Client(trust_env=False, timeout=8) as client:
            reply = client.post(url, params={"token": settings.rasa_token}, json={"text": text})
        heard = reply.json()
        ranking = _ranking(heard["intent_ranking"])
        segments = tuple((str(part["text"]), _ranking(part["ranking"])) for part in heard.get("segments") or ())
    except (httpx.HTTPError, ValueError, KeyError, TypeError):
        return Understanding(text, {}), "语言理解服务现在没有回应，下面只按文字检索的结果显示。"
    return Understanding(text, ranking, segments), ""


def _ranking(given: Iterable[Mapping[str, Any]]) -> dict[str, float]:
    return {str(one["name"]): float(one["confidence"]) for one in given}


PAGES = (
    Page(GET, "/knowledge", Right.KNOWLEDGE, show),
    Page(GET, "/knowledge/policies/{id}", Right.KNOWLEDGE, policy),
    Page(GET, "/knowledge/topics", Right.KNOWLEDGE, topics),
    Page(GET, "/knowledge/questions", Right.KNOWLEDGE, questions),
    Page(POST, "/knowledge/questions", Right.KNOWLEDGE, settle),
    Page(GET, "/knowledge/try", Right.KNOWLEDGE, try_it),
    Page(POST, "/knowledge/try", Right.KNOWLEDGE, answer),
)
