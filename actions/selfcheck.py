"""容错自评 in conversation: one condition at a time; nothing is kept unless the cadre attaches the result."""

from collections.abc import Mapping
from dataclasses import replace

from actions import drafting
from actions.turn import Command, Outcome, Pending, Simple, Turn
from core.cases import selfcheck
from core.cases.answers import note_files
from core.cases.filing import resume
from core.cases.form import Draft, Kind, Stage
from core.cases.selfcheck import Taken, Walk
from core.messages.rules import Button, Context, Reply
from core.policies.rules import Policy

_NAME = "selfcheck"
_OVER = "这次自评已经结束。要再做一次，请发“容错自评”。"
_ATTACHED = "自评结果已附在容错申请的证据材料说明里，提交前可以修改。"
_TO_FILE = "需要的话，可以接着申请容错。"
_TO_ATTACH = "要把这次的结果附到申请里吗？不附就不保留。"


def begin(turn: Turn) -> Outcome:
    """Start with the asker's own document."""
    return _outcome(turn, selfcheck.start(_policy(turn)))


def _policy(turn: Turn) -> Policy | None:
    return turn.app.desk.documents(turn.connection).get(turn.app.desk.policy(turn.org.id))


def _walk(turn: Turn) -> Walk | None:
    raw = turn.context.pending.get("walk")
    return Walk.from_json(raw) if turn.context.pending.get("dialogue") == _NAME and isinstance(raw, dict) else None


def _outcome(turn: Turn, taken: Taken) -> Outcome:
    """Say what the walk says; when it is over, the form that waited for it goes on."""
    if taken.walk is not None:
        pending = {"dialogue": _NAME, "walk": taken.walk.as_json()}
        return Outcome(taken.replies, Context(turn.context.topic, turn.context.clause, (), pending))
    result = taken.replies[-1] if taken.replies[-1].kind == "answer" else None
    context = Context(turn.context.topic, turn.context.clause, (), {"result": result.text} if result else {})
    draft = drafting.load(turn, Kind.TOLERANCE)
    if draft is None or draft.stage is not Stage.SELF_CHECK:
        offer = (Reply(_TO_FILE, "menu", buttons=(Button("申请容错", "file:tolerance"),)),) if result else ()
        return Outcome((*taken.replies, *offer), context)
    step = resume(draft)
    drafting.save(turn, step.draft)
    if result is None:
        return Outcome((*taken.replies, *step.replies), context)
    offer = (Reply(_TO_ATTACH, "clarify", buttons=(Button("附到申请", f"{_NAME}:attach"),)),)
    return Outcome((*taken.replies, *offer, replace(step.replies[-1], buttons=())), context)


def _command(turn: Turn, argument: str) -> Outcome:
    """selfcheck:<place>:<answer>, selfcheck:attach, or a start."""
    if argument == "attach":
        return _attach(turn)
    walk, policy = _walk(turn), _policy(turn)
    if not argument:
        return begin(turn)
    if walk is None or policy is None:
        return Outcome((Reply(_OVER, "chat"),))
    taken = selfcheck.step(policy, walk, argument)
    return _outcome(turn, taken if taken is not None else selfcheck.ask(policy, walk))


def _attach(turn: Turn) -> Outcome:
    """The result becomes part of the draft only when the cadre says so."""
    text, draft = turn.context.pending.get("result"), drafting.load(turn, Kind.TOLERANCE)
    if not isinstance(text, str) or draft is None:
        return Outcome((Reply(_OVER, "chat"),))
    noted: Draft = note_files(draft, text)
    drafting.save(turn, noted)
    return Outcome((Reply(_ATTACHED, "status"),), Context(turn.context.topic, turn.context.clause))


def _words(turn: Turn) -> Outcome | None:
    """An answer in words; anything else is answered as usual and the open condition is asked again."""
    walk, policy = _walk(turn), _policy(turn)
    if walk is None or policy is None:
        return None
    taken = selfcheck.step(policy, walk, turn.call.text)
    if taken is not None:
        return _outcome(turn, taken)
    from actions.route import without_form  # the routes know this module

    context = Context(turn.context.topic, turn.context.clause)
    aside = without_form(replace(turn, context=context))
    if aside.context is not None and aside.context.pending.get("dialogue"):
        return aside
    again = selfcheck.ask(policy, walk)
    said = tuple(replace(one, buttons=()) for one in aside.said)
    if aside.context is not None:
        context = Context(aside.context.topic, aside.context.clause)
    return Outcome((*said, *again.replies), replace(context, pending={"dialogue": _NAME, "walk": walk.as_json()}))


COMMANDS: Mapping[str, Command] = {_NAME: _command}
INTENTS: Mapping[str, Simple] = {"self_check": begin}
PENDING: Mapping[str, Pending] = {_NAME: _words}
