"""Requests by conversation: the form takes its turn first; what it leaves over is routed as usual (design 4)."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from actions import drafting, party, receipts, replies
from actions.turn import Command, Outcome, Pending, Simple, Turn
from core.cases import dates, filing
from core.cases.fields import TITLES
from core.cases.form import Draft, Effect, Kind, Said, Stage, Step
from core.cases.moves import ask
from core.messages.rules import Reply

Elsewhere = Callable[[Turn], Outcome]
_PREFIX = "form:"
_OWN = ("form", "file", "book")
_OPENS = ("file_tolerance", "file_clarification", "book_talk")
_INTAKE_OFF = "本单位暂不在这里受理{title}。请联系：{contact}"
_NO_FORM = "现在没有正在填写的申请。"
_NOTHING_TO_RESUME = "没有保存着的草稿。要申请容错、申请澄清或预约谈心，请直接告诉我。"


def take(turn: Turn, elsewhere: Elsewhere) -> Outcome | None:
    """The turn as the open form sees it; None when there is none or the words are not for it.

    `elsewhere` answers what is asked in the middle; the open question is then said once more.
    """
    draft = drafting.active(turn)
    if draft is None or _for_others(turn, draft):
        return None
    step = filing.step(draft, said_in(turn), turn.app.clock.today(), dates)
    return None if step.effect is Effect.PASS else _after(turn, draft, step, elsewhere)


def _for_others(turn: Turn, draft: Draft) -> bool:
    """Whether a button of another topic was pressed, or a number means a choice that stands outside the form."""
    command = turn.call.metadata.get("command")
    if isinstance(command, str) and command:
        name, _, argument = command.partition(":")
        return name not in _OWN or (draft.stage is Stage.PAUSED and not _same(draft, name, argument))
    if turn.call.kind == "attachment":
        return False
    return bool(turn.context.pending.get("dialogue")) or drafting.outside_choice(turn)


def _same(draft: Draft, name: str, argument: str) -> bool:
    return name == "form" or argument == draft.type


def said_in(turn: Turn) -> Said:
    """The turn as the form's brain reads it, with the files that came."""
    call = turn.call
    command = str(call.metadata.get("command") or "")
    if command.startswith("book:"):
        command = f"{_PREFIX}file:{Kind.TALK}"
    elif command.startswith("file:"):
        command = _PREFIX + command
    length = call.metadata.get("length")
    taken, refused = drafting.files(turn) if call.kind == "attachment" else ((), ())
    return Said(
        call.text, call.ranking, call.kind, command, taken, refused, length if isinstance(length, int) else 0
    )  # fmt: skip


def _after(turn: Turn, before: Draft, step: Step, elsewhere: Elsewhere) -> Outcome:
    """Store what a step leads to and put its replies together."""
    if step.effect is Effect.CANCEL:
        drafting.discard(turn, before)
        return Outcome(step.replies)
    if step.effect is Effect.SUBMIT:
        return receipts.submit(turn, step.draft)
    if step.effect is Effect.SELF_CHECK:
        return _self_check(turn, step)
    drafting.save(turn, step.draft, switched=before if step.effect is Effect.SWITCH else None)
    if step.effect in (Effect.ANSWER, Effect.HANDOVER):
        return _aside(turn, step, elsewhere)
    return Outcome(step.replies)


def _aside(turn: Turn, step: Step, elsewhere: Elsewhere) -> Outcome:
    """Another answer first, the open question last. Numbers belong to the form, so the answer has no buttons."""
    if step.effect is Effect.HANDOVER:
        outcome = elsewhere(replace(turn, call=replace(turn.call, ranking={step.question: 1.0})))
        calm = step.draft.stage is Stage.PAUSED
        said = outcome.said if calm else tuple(replace(one, buttons=()) for one in outcome.said)
        return replace(outcome, said=(*said, *step.replies))
    metadata = {name: value for name, value in turn.call.metadata.items() if name != "command"}
    ranking = {name: value for name, value in turn.call.ranking.items() if name not in _OPENS}  # a form is open
    call = replace(turn.call, text=step.question or turn.call.text, metadata=metadata, ranking=ranking)
    outcome = elsewhere(replace(turn, call=call))
    # Words that lead to the menu at best are none of a question's: the open question is enough.
    said = tuple(replace(one, buttons=()) for one in outcome.said if one.kind != "menu" or one.text == replies.WELCOME)
    return replace(outcome, said=(*said, *step.replies))


def _self_check(turn: Turn, step: Step) -> Outcome:
    from actions import selfcheck  # it comes back here when the walk is over

    drafting.save(turn, step.draft)
    return selfcheck.begin(turn)


def is_open(turn: Turn) -> bool:
    """Whether a form is being filled in or checked now."""
    draft = drafting.active(turn)
    return draft is not None and draft.stage in (Stage.FILLING, Stage.CHECKING)


def remind(turn: Turn, outcome: Outcome) -> Outcome:
    """Put the open question under an answer to something else, unless that asks a question of its own."""
    draft = drafting.active(turn)
    asked = outcome.context is not None and outcome.context.pending.get("dialogue")
    if draft is None or draft.stage not in (Stage.FILLING, Stage.CHECKING) or asked:
        return outcome
    prompt = ask(draft).replies[-1]
    if any(one.buttons for one in outcome.said):
        prompt = replace(prompt, buttons=())
    return replace(outcome, said=(*outcome.said, prompt))


# -- opening a form


def open_form(turn: Turn, kind: Kind) -> Outcome:
    """Begin a request, or take up the draft of the same kind."""
    if turn.org.intake == "off" and kind is not Kind.TALK:
        contact = replies.contacts(turn.org, "organization")
        return Outcome((Reply(_INTAKE_OFF.format(title=TITLES[kind], contact=contact), "handover"),))
    stored = drafting.load(turn, kind)
    if stored is None and kind is Kind.TOLERANCE and party.meant(turn):
        return party.begin(turn)
    if stored is not None:
        step = filing.resume(stored)
    else:
        text = turn.call.text if turn.call.kind == "text" and not turn.call.metadata.get("command") else ""
        said = Said(text, turn.call.ranking)
        step = filing.start(kind, turn.org.id, said, turn.app.clock.today(), dates, turn.org.intake)
    drafting.save(turn, step.draft)
    if stored is None and kind is Kind.TOLERANCE and party.may_file(turn):
        first = replace(step.replies[0], text=f"{party.HINT}\n{step.replies[0].text}")
        step = replace(step, replies=(first, *step.replies[1:]))
    return Outcome(drafting.with_waiting_files(turn, step))


def _file(turn: Turn, argument: str) -> Outcome:
    return open_form(turn, Kind(argument) if argument in set(Kind) else Kind.TOLERANCE)


def _form(turn: Turn, argument: str) -> Outcome:
    """A button of a form that is not open any more."""
    if argument == "submit":
        return receipts.again(turn)
    if argument == "resume":
        return resume(turn)
    return Outcome((replies.menu(_NO_FORM),))


def resume(turn: Turn) -> Outcome:
    """继续: the draft touched last."""
    draft = drafting.latest(turn)
    if draft is None:
        return Outcome((replies.menu(_NOTHING_TO_RESUME),))
    step = filing.resume(draft)
    drafting.save(turn, step.draft)
    return Outcome(step.replies)


def _opens(kind: Kind) -> Simple:
    return lambda turn: open_form(turn, kind)


def _submit_again(turn: Turn) -> Outcome:
    return receipts.again(turn)


COMMANDS: Mapping[str, Command] = {
    "file": _file,
    "book": lambda turn, _argument: open_form(turn, Kind.TALK),
    "form": _form,
}
INTENTS: Mapping[str, Simple] = {
    "file_tolerance": _opens(Kind.TOLERANCE),
    "file_clarification": _opens(Kind.CLARIFICATION),
    "book_talk": _opens(Kind.TALK),
    "resume": resume,
    "affirm": _submit_again,
}
PENDING: Mapping[str, Pending] = {}
