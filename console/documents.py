"""An organisation's own documents: read, looked at, stored, given topics, ended. Live at once."""

import datetime as dt
import re
import shutil
import tempfile
from functools import partial
from pathlib import Path

from starlette.responses import Response

from console.cases import page_number
from console.jobs import Job
from console.papers import Paper
from console.visit import GET, POST, Page, Visit
from core.errors import ImportFailed, NotFound, Refused
from core.people.access import Right
from core.policies import intake as storing
from core.policies import service
from core.policies.rules import Clause, Policy, clause_label
from knowledge import importer, intake, proposals
from knowledge.intake import Wish

KINDS = (".txt", ".docx", ".doc", ".pdf")
SURE = 0.75
"""Proposals at least so sure are ticked when a document has no topics yet: below, one in three is wrong."""
PER_PAGE = 150
"""Clauses on one page of topics; most documents have fewer."""
_TITLES = {
    "clause": "", "preamble": "正文开头", "lead": "引言", "structure": "标题", "tail": "文件结尾", "note": "注释",
}  # fmt: skip
_OPTIONS = (
    (re.compile(r"请加 --supersedes (\S+)"), r"请在“替代的文件”中选择 \1"),
    (re.compile("请加 --replace"), "请勾选“替换”"), (re.compile("用 --id 另取编号"), "另填文件编号"),
)  # fmt: skip


def begin(visit: Visit) -> Response:
    """GET /knowledge/import."""
    own = visit.parts.brain.engine().of(visit.org)
    return visit.page("document_import.html", title="导入文件", own=own)


def look(visit: Visit) -> Response:
    """POST /knowledge/import: read the file in the background, bounded and outside every transaction."""
    upload = visit.files.get("file")
    if upload is None:
        raise Refused("请选择要导入的文件。")
    if upload.path.suffix not in KINDS:
        raise Refused("请上传 .txt、.docx、.doc 或 .pdf 文件。")
    wish = _wish(visit)
    folder = Path(tempfile.mkdtemp(prefix="document-"))
    path = Path(shutil.move(upload.path, folder / upload.path.name))
    work = partial(_read, visit, path, upload.name, wish)
    job = visit.parts.jobs.start(visit.person.userid, f"读取文件：{upload.name}", "/knowledge/import", work)
    return visit.go(f"/jobs/{job.id}")


def _wish(visit: Visit) -> Wish:
    """What the form says about the document. Raises Refused, NotFound."""
    older = visit.given("supersedes")
    if older and older not in {one.id for one in visit.parts.brain.engine().of(visit.org)}:
        raise NotFound
    day = visit.given("effective")
    replacing = visit.given("replace") == "yes"
    return Wish(visit.org, visit.given("id"), older or None, _day(day).isoformat() if day else None, replacing)


def _day(raw: str) -> dt.date:
    try:
        return dt.date.fromisoformat(raw)
    except ValueError:
        raise Refused("日期应写成 2026-11-20 这样。") from None


def _read(visit: Visit, path: Path, name: str, wish: Wish, job: Job) -> str:
    try:
        document = intake.require_clauses(importer.read(path, name=name))
        draft = intake.draft(document, wish, visit.parts.brain.engine().library.policies)
        storing.check(visit.parts.db, [draft])
    except ImportFailed as error:
        raise Refused(worded(error)) from error
    finally:
        shutil.rmtree(path.parent, ignore_errors=True)
    key = visit.parts.papers.keep(visit.person.userid, Paper(document, draft))
    job.back = f"/knowledge/import/{key}"
    marks = f"，{len(document.marks)} 处需要您核对" if document.marks else ""
    return f"读完了：条款 {len(document.clauses)} 条{marks}。还没有保存。"


def worded(error: ImportFailed) -> str:
    """The reason in the words of this page: the command line's options are fields here."""
    text = str(error)
    for pattern, words in _OPTIONS:
        text = pattern.sub(words, text)
    return text


def preview(visit: Visit) -> Response:
    """GET /knowledge/import/{key}: the clause tree and what was not understood; nothing is stored yet."""
    return _preview(visit)


def _preview(visit: Visit, problem: str = "", status: int = 200) -> Response:
    paper = visit.parts.papers.of(visit.path["key"], visit.person.userid)
    return visit.page(
        "document_preview.html", status, title="核对文件", paper=paper, policy=paper.draft.policy, problem=problem,
        kinds=_TITLES, key=visit.path["key"],
    )  # fmt: skip


def keep(visit: Visit) -> Response:
    """POST /knowledge/import/{key}: store it; live at once."""
    paper = visit.parts.papers.of(visit.path["key"], visit.person.userid)
    policy = paper.draft.policy
    try:
        storing.keep(visit.parts.db, [paper.draft], None, visit.person.userid, visit.parts.clock)
    except ImportFailed as error:
        return _preview(visit, worded(error), 409)
    visit.parts.papers.take(visit.path["key"], visit.person.userid)
    path = f"/knowledge/policies/{policy.id}"
    return visit.go(path if paper.draft.texts else f"{path}/topics", "stored")


# -- topics


def topics(visit: Visit) -> Response:
    """GET /knowledge/policies/{id}/topics: proposals with confidence, to be confirmed or changed."""
    return _topics(visit)


def _topics(visit: Visit, problem: str = "", status: int = 200) -> Response:
    engine = visit.parts.brain.engine()
    found = engine.imported(visit.org, visit.path["id"])
    part, page, pages = _part(visit, found)
    made = proposals.proposals(found)
    rows = []
    for place, clause in part:
        confirmed = found.topics_of(clause.id)
        proposed = {one.topic: one.confidence for one in made.get(clause.id, ())}
        names = [*confirmed, *(name for name in proposed if name not in confirmed)]
        ticked = {name: name in confirmed if found.topics else proposed[name] >= SURE for name in names}
        rows.append((place, clause, [(name, proposed.get(name), ticked[name]) for name in names]))
    return visit.page(
        "document_topics.html", status, title="确认主题", policy=found, rows=rows, topics=engine.topics,
        label=clause_label, problem=problem, page=page, pages=pages,
    )  # fmt: skip


def _part(visit: Visit, policy: Policy) -> tuple[list[tuple[int, Clause]], int, int]:
    """The clauses of the page asked for, each with its place in the document; the page and how many there are."""
    able = [(place, one) for place, one in enumerate(policy.clauses) if one.kind in proposals.PROPOSED]
    page, pages = page_number(visit), max(1, -(-len(able) // PER_PAGE))
    return able[(page - 1) * PER_PAGE : page * PER_PAGE], page, pages


def confirm(visit: Visit) -> Response:
    """POST /knowledge/policies/{id}/topics: the clauses on the page get exactly the topics that are ticked or named."""
    found = visit.parts.brain.engine().imported(visit.org, visit.path["id"])
    try:
        chosen = _chosen(visit, found)
    except Refused as error:
        return _topics(visit, str(error), 409)
    service.confirm(visit.parts.db, found.id, chosen, visit.person.userid, visit.parts.clock.now())
    return visit.go(f"/knowledge/policies/{found.id}/topics", "topics", page=str(page_number(visit)))


def _chosen(visit: Visit, policy: Policy) -> dict[str, list[str]]:
    """Clause -> topics of the form, the surest clause first. Raises Refused for a topic that there is not."""
    known = visit.parts.brain.engine().topics
    by_label = {topic.label: name for name, topic in known.items()} | {name: name for name in known}
    sure = {(clause, one.topic): one.confidence for clause, some in proposals.proposals(policy).items() for one in some}
    chosen: dict[str, list[str]] = {}
    for place, clause in enumerate(policy.clauses):
        if f"c:{place}" not in visit.form or clause.kind not in proposals.PROPOSED:
            continue
        if visit.given(f"c:{place}") != clause.id:
            raise Refused("文件在您打开页面之后有了变化，没有保存，请核对后再确认。")
        named = [one.strip() for one in re.split("[、，,；;]", visit.given(f"more:{place}")) if one.strip()]
        if unknown := [one for one in named if one not in by_label]:
            raise Refused(f"没有这个主题：{'、'.join(unknown)}")
        ticked = [name for name in visit.lists.get(f"t:{place}", ()) if name in known]
        chosen[clause.id] = list(dict.fromkeys((*ticked, *(by_label[one] for one in named))))
    best = {clause: max((sure.get((clause, one), 0.5) for one in names), default=0) for clause, names in chosen.items()}
    return {clause: chosen[clause] for clause in sorted(chosen, key=lambda one: -best[one])}


# -- the end of a document


def repeal(visit: Visit) -> Response:
    """POST /knowledge/policies/{id}/repeal: from a day on it is no longer quoted, but for questions about the past."""
    found = visit.parts.brain.engine().visible(visit.org, visit.path["id"])
    if set(found.applies_to) != {visit.org.id}:
        raise NotFound
    if visit.given("sure") != "yes":
        raise Refused("废止不能撤销，请先勾选“我已核对”。")
    service.repeal(visit.parts.db, found.id, _day(visit.given("on")), visit.person.userid, visit.parts.clock.now())
    return visit.go(f"/knowledge/policies/{found.id}", "repealed")


PAGES = (
    Page(GET, "/knowledge/import", Right.KNOWLEDGE, begin),
    Page(POST, "/knowledge/import", Right.KNOWLEDGE, look),
    Page(GET, "/knowledge/import/{key}", Right.KNOWLEDGE, preview),
    Page(POST, "/knowledge/import/{key}", Right.KNOWLEDGE, keep),
    Page(GET, "/knowledge/policies/{id}/topics", Right.KNOWLEDGE, topics),
    Page(POST, "/knowledge/policies/{id}/topics", Right.KNOWLEDGE, confirm),
    Page(POST, "/knowledge/policies/{id}/repeal", Right.KNOWLEDGE, repeal),
)
