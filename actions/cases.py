"""我的申请: the list, progress in the applicant's words, supplement, withdrawal, acknowledgement, correction report."""

import re
import unicodedata
from collections.abc import Mapping

from actions import party, progress, replies, talks
from actions.turn import Command, Outcome, Pending, Simple, Turn
from core.cases import cues, filing
from core.cases.filing import Label
from core.cases.rules import TYPE_LABEL, Case, Type
from core.cases.service import WITHDRAWN_WORDS
from core.cases.views import mine
from core.cases.views import progress as progress_of
from core.errors import NotFound, Refused
from core.messages.rules import Button, Context, Reply

NUMBER = re.compile(r"(?<![A-Za-z])(RC|CQ|TH)\s*[-－—–]?\s*(\d{4})\s*[-－—–]?\s*(\d{6,})(?!\d)", re.IGNORECASE)
NOT_THERE = "没有查到。"
_NONE = "您还没有提交过申请。要申请容错、申请澄清或预约谈心，请直接告诉我。"
_WHICH = "请问是哪一件？"
_NO_OPEN = "目前没有可以这样办理的申请。"
_LEFT = "好的，没有改动。"
_ASK_SUPPLEMENT = (
    "请发来要补充到 {number} 的文字、图片或文件。补充的内容单独保存，原来提交的不会改动。不补充了，回复“取消”。"
)
_ASK_WITHDRAW = "请用一句话写明撤回 {number} 的理由。" + WITHDRAWN_WORDS + "不撤回了，回复“取消”。"
_ASK_CORRECT = "请写明 {number} 的整改情况：做了什么、结果怎样。不写了，回复“取消”。"
_ASK_EXCLUDE = "请写明希望回避的人员姓名，和需要回避的理由，例如“张三，他参与过这件事”。不提了，回复“取消”。"
_EXCLUDE_BOTH = "请把姓名和理由写在一条消息里，中间用逗号隔开。"
_DONE = {
    "supplement": "已补充到 {number}，原来提交的内容没有改动。",
    "withdraw": "{number} 已撤回。" + WITHDRAWN_WORDS,
    "acknowledge": "已记下您知悉 {number} 的结果。",
    "report_correction": "{number} 的整改情况已报送。",
    "exclude": "已记下您对 {number} 的回避申请，由办理部门负责人决定。",
}
_ASKS = {
    "supplement": _ASK_SUPPLEMENT, "withdraw": _ASK_WITHDRAW, "report_correction": _ASK_CORRECT,
    "exclude": _ASK_EXCLUDE,
}  # fmt: skip
_FIELD = {"supplement": "description", "withdraw": "motive", "report_correction": "remedy", "exclude": "facts"}
"""Which form question an answer is like, for telling it from a question or a chat."""
_KEPT_TYPES = (Type.TOLERANCE, Type.CLARIFICATION)


def number_in(text: str) -> str | None:
    """A case number in the words, tidied; None without one."""
    found = NUMBER.search(unicodedata.normalize("NFKC", text))
    return f"{found[1].upper()}-{found[2]}-{found[3]}" if found else None


def listed(turn: Turn) -> Outcome:
    """All cases of the person with their state, and a draft if there is one."""
    rows = mine(turn.connection, turn.person)
    drafts = turn.app.desk.drafts.all(turn.connection, turn.person.userid)
    if not rows and not drafts:
        return Outcome((Reply(_NONE, "status", buttons=replies.buttons((("菜单", "menu"),))),))
    lines, buttons = progress.overview(rows, drafts)
    return Outcome((Reply("\n".join(lines), "status", buttons=buttons),))


def show(turn: Turn, number: str) -> Outcome:
    """One's own case; any other number is not found, and audited. A talk shows to both its sides."""
    if number.startswith("TH-"):
        return talks.show(turn, number)
    try:
        found = progress_of(turn.app.desk, turn.connection, number, turn.person)
    except (NotFound, Refused):
        return party.offer(turn, number) or Outcome((Reply(NOT_THERE, "status"),))
    case = next(case for case, _ in mine(turn.connection, turn.person) if case.number == found.number)
    own = turn.app.desk.policy(case.org)
    policy = turn.app.desk.documents(turn.connection).get(own)
    text, citations = progress.page(found, policy)
    return Outcome((Reply(text, "status", citations, buttons=progress.moves(case, own)),))


def _candidates(turn: Turn, move: str) -> list[Case]:
    own = turn.app.desk.policy(turn.org.id)
    cases = [case for case, _ in mine(turn.connection, turn.person)]
    return [case for case in cases if progress.allowed(case, move, own)]


def begin(turn: Turn, move: str, number: str = "") -> Outcome:
    """Ask for the words of a move on the case named, or on the only one there is."""
    cases = [case for case in _candidates(turn, move) if not number or case.number == number]
    if number and not cases:
        return show(turn, number)
    if not cases:
        return Outcome((Reply(_NO_OPEN, "status", buttons=replies.buttons((("我的申请", "cases"),))),))
    if len(cases) > 1:
        buttons = tuple(Button(progress.short(case), f"case:{move}:{case.number}") for case in cases[:6])
        names = "\n".join(f"{case.number} {TYPE_LABEL[case.type]}" for case in cases[:6])
        return Outcome((Reply(f"{_WHICH}\n{names}", "clarify", buttons=buttons),))
    pending = {"dialogue": f"case.{move}", "number": cases[0].number}
    text = _ASKS[move].format(number=cases[0].number)
    return Outcome((Reply(text, "ask", asking=move),), Context(turn.context.topic, turn.context.clause, (), pending))


def make(turn: Turn, move: str, number: str, files: tuple[int, ...] = (), **details: str) -> Outcome:
    """Make a move as the applicant; what is refused is said and audited."""
    desk = turn.app.desk
    try:
        if move == "supplement":
            case = desk.supplement(turn.connection, number, turn.person, details.get("text", ""), files)
        else:
            case = desk.move(turn.connection, number, move, turn.person, **details)
    except NotFound:
        return Outcome((Reply(NOT_THERE, "status"),))
    except Refused as error:
        return Outcome((Reply(str(error), "status", buttons=replies.buttons((("我的申请", "cases"),))),))
    lines = [_DONE[move].format(number=case.number)]
    if move == "supplement":
        kept = turn.app.desk.files(turn.connection, case)
        lines += progress.file_lines(kept)
    return Outcome((Reply("\n".join(lines), "receipt", buttons=replies.buttons((("我的申请", "cases"),))),))


def _command(turn: Turn, argument: str) -> Outcome:
    """case:<move or show>:<number>."""
    move, _, number = argument.partition(":")
    if move == "show":
        return show(turn, number)
    if move == "acknowledge":
        return make(turn, move, number)
    if move == "files":
        return _files(turn, number)
    return begin(turn, move, number) if move in _ASKS else listed(turn)


def _files(turn: Turn, number: str) -> Outcome:
    """Pictures that came without a form go into the case that was chosen for them."""
    ids = turn.context.pending.get("files")
    return make(turn, "supplement", number, tuple(ids) if isinstance(ids, list) else ())


def _words(move: str) -> Pending:
    """Take the words that were asked for; a question or another wish is left to the routes."""

    def handle(turn: Turn) -> Outcome | None:
        number = str(turn.context.pending.get("number", ""))
        if turn.call.kind == "attachment":
            from actions import drafting

            return make(turn, move, number, tuple(drafting.ids_in(turn))) if move == "supplement" else None
        text = turn.call.text.strip()
        if cues.command(text, None) in ("cancel", "pause", "back"):
            return Outcome((Reply(_LEFT, "status", buttons=replies.buttons((("我的申请", "cases"),))),), Context())
        verdict = filing.weigh(text, turn.call.ranking, _FIELD[move])
        if verdict.label is not Label.ANSWER and (verdict.sure or verdict.label is Label.COMMAND):
            return None
        if move == "exclude":
            name, _, reason = re.sub(r"[，、；\s]+", ",", text).partition(",")
            if not reason.strip(", "):
                return Outcome((Reply(_EXCLUDE_BOTH, "ask", asking=move),), turn.context)
            return make(turn, move, number, person=name, reason=reason)
        return make(turn, move, number, reason=text) if move == "withdraw" else make(turn, move, number, text=text)

    return handle


def waiting(turn: Turn, ids: list[int], lines: list[str]) -> Outcome:
    """Pictures and files without a form: ask what they are for; they are kept for a day."""
    cases = [case for case in _candidates(turn, "supplement") + _candidates(turn, "answer") if case.type in _KEPT_TYPES]
    chosen = [Button(progress.short(case), f"case:files:{case.number}") for case in cases[:2]]
    buttons = (*chosen, *replies.buttons((("申请容错", "file:tolerance"), ("申请澄清", "file:clarification"))))
    context = Context(turn.context.topic, turn.context.clause, (), {"files": ids})
    return Outcome((Reply("\n".join([*lines, replies.FILES_WAIT]), "clarify", buttons=buttons),), context)


def _mine(turn: Turn) -> Outcome:
    number = number_in(turn.call.text)
    return show(turn, number) if number else listed(turn)


def _wish(move: str) -> Simple:
    def handle(turn: Turn) -> Outcome:
        answer = _candidates(turn, "answer") if move == "supplement" else []
        number = number_in(turn.call.text) or (answer[0].number if len(answer) == 1 else "")
        return begin(turn, move, number)

    return handle


COMMANDS: Mapping[str, Command] = {
    "cases": lambda turn, _argument: listed(turn),
    "case": _command,
}
INTENTS: Mapping[str, Simple] = {
    "my_cases": _mine,
    "withdraw": _wish("withdraw"),
    "supplement": _wish("supplement"),
}
PENDING: Mapping[str, Pending] = {f"case.{move}": _words(move) for move in _ASKS}
