"""Knowledge: policies and clauses, two documents side by side, topics, a try-it box that shows why."""

from collections.abc import Iterable, Mapping
from typing import Any

import httpx
from starlette.responses import Response

from console.visit import GET, POST, Page, Visit
from core.errors import Refused
from core.people.access import Right
from core.policies.rules import IMPORTED, Policy, citation, clause_label
from core.policies.service import nearest
from core.worklist import store as lists
from knowledge import difference
from knowledge.catalogue import Topic
from knowledge.choose import Scored, Understanding

STATES = {"effective": "有效", "superseded": "已被替代", "repealed": "已废止"}
_SIDES = {"only_left": "只有前者规定", "only_right": "只有后者规定", "same": "相同", "changed": "不同"}
LEVEL = {"university": "高校", "college": "高职院校", "county": "县", "province": "省"}
_LONGEST = 500


def show(visit: Visit) -> Response:
    """GET /knowledge."""
    engine, org = visit.parts.brain.engine(), visit.org
    with visit.parts.db.read() as connection:
        waiting = lists.question_count(connection)
    return visit.page(
        "knowledge.html", title="知识", own=engine.of(org), others=engine.published(org), waiting=waiting, level=LEVEL,
        states=STATES, today=visit.parts.clock.today().isoformat(),
    )  # fmt: skip


def policy(visit: Visit) -> Response:
    """GET /knowledge/policies/{id}."""
    engine, org = visit.parts.brain.engine(), visit.org
    found = engine.visible(org, visit.path["id"])
    today = visit.parts.clock.today().isoformat()
    mine = engine.of(org)
    return visit.page(
        "policy.html", title=found.title, policy=found, level=LEVEL, label=clause_label, topics=engine.topics,
        state=STATES[found.validity.status(today)], mine=found in mine, today=today,
        own_import=found in mine and found.origin == IMPORTED, newer=_newer(found, mine),
        others=[one for one in (*mine, *engine.published(org)) if one.id != found.id],
    )  # fmt: skip


def _newer(policy: Policy, among: Iterable[Policy]) -> Policy | None:
    """The document that took a document's place."""
    return next((one for one in among if one.validity.supersedes == policy.id), None)


def compare(visit: Visit) -> Response:
    """GET /knowledge/diff: two versions, or two organisations' documents, side by side by topic."""
    engine, org = visit.parts.brain.engine(), visit.org
    left = engine.visible(org, visit.asked("left"))
    right = engine.visible(org, visit.asked("right"))
    rows = list(difference.rows(left, right, engine.topics))
    return visit.page("diff.html", title="文件对照", left=left, right=right, rows=rows, states=_SIDES)


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


# -- the try-it box


def try_it(visit: Visit) -> Response:
    """GET /knowledge/try."""
    return visit.page("try.html", title="试一试", text="", answered=None, ranked=(), note="", intents=(), near=())


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
        near=_near(visit, text),
        intents=intents,
    )


def _near(visit: Visit, text: str) -> list[tuple[str, str, float]]:
    """The closest clauses of the organisation's own documents: (document and clause, beginning, share of the words)."""
    mine = {one.id: one for one in visit.parts.brain.engine().of(visit.org) if one.origin == IMPORTED}
    found = []
    for hit in nearest(visit.parts.db, text, [visit.org.id], mine.keys()) if mine else ():
        policy = mine[hit.policy]
        clause = policy.clause(hit.clause)
        if clause is not None:
            found.append((citation(policy, clause.id), (clause.text or clause.heading)[:40], hit.coverage))
    return found


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
    Page(GET, "/knowledge/diff", Right.KNOWLEDGE, compare),
    Page(GET, "/knowledge/try", Right.KNOWLEDGE, try_it),
    Page(POST, "/knowledge/try", Right.KNOWLEDGE, answer),
)
