"""Moves through the form: what is asked next, and what 跳过 返回 取消 先不弄了 继续 帮助 提交 do.

`ask` ends every reply inside a form with the open question, so that the cadre always sees where the form is.
"""

from collections.abc import Callable
from dataclasses import replace

from core.cases import prompts
from core.cases.fields import CARRIED, FIELDS, TITLES, filled, first_open, form_of, has, takes_evidence
from core.cases.form import Draft, Effect, Kind, Shape, Stage, Step, Value
from core.messages.rules import Reply

_FILES_NOTICE = "notice.files"


def ask(
    draft: Draft, *lines: str, effect: Effect = Effect.NONE, question: str = "", full: bool = False, kind: str = ""
) -> Step:
    """A reply that ends with the open question. `full`: show the whole check; it is when the check is entered."""
    entered = draft.open is None and draft.stage is not Stage.CHECKING
    draft = _settled(draft)
    checking = draft.stage is Stage.CHECKING
    files_asked = draft.open is not None and FIELDS[draft.open].shape is Shape.FILES
    notice = [prompts.SECRECY] if files_asked and files_unnoticed(draft) and prompts.SECRECY not in lines else []
    if files_asked:
        draft = files_noticed(draft)
    end = prompts.check(draft) if checking and (full or entered) else prompts.prompt(draft)
    text = "\n".join([*(line for line in lines if line), *notice, end])
    reply = Reply(text, kind or ("confirm" if checking else "ask"), asking=draft.open, buttons=prompts.buttons(draft))
    return Step(draft, (reply,), effect, question)


def files_unnoticed(draft: Draft) -> bool:
    """Whether the notice before the first attachment has not been shown."""
    return _FILES_NOTICE not in draft.said


def files_noticed(draft: Draft) -> Draft:
    """The draft with that notice shown."""
    return replace(draft, said=draft.said | {_FILES_NOTICE})


def _settled(draft: Draft) -> Draft:
    """The draft with an open field, or in the check when nothing is left to ask."""
    if draft.open is not None:
        return replace(draft, stage=Stage.FILLING)
    item = first_open(draft)
    if item is None:
        return replace(draft, stage=Stage.CHECKING)
    return replace(draft, open=item.name, stage=Stage.FILLING)


def onward(draft: Draft) -> Draft:
    """The open question is done with."""
    return replace(draft, open=None, held="")


def begin(draft: Draft, *lines: str) -> Step:
    """The first question with its notices."""
    return ask(draft, *lines, *prompts.notices(draft), full=True)


def resume(draft: Draft) -> Step:
    """Take a draft up again where it was, with the notice; also for a stored draft after days."""
    names = [item.name for item in form_of(draft) if filled(draft, item)]
    title = TITLES[draft.type]
    done = prompts.labels(draft, names)
    line = prompts.RESUMED.format(title=title, items=done) if names else prompts.RESUMED_EMPTY.format(title=title)
    awake = replace(draft, stage=Stage.FILLING, held="")
    return ask(awake, line, prompts.SECRECY, full=True)


def skip(draft: Draft) -> Step:
    """跳过: optional fields only; while editing it leaves the field as it is."""
    item = prompts.open_field(draft)
    if item is None:
        return ask(draft)
    if filled(draft, item):
        return keep(draft)
    if item.required:
        return ask(draft, prompts.WHY_REQUIRED.format(label=item.label, why=item.why))
    return ask(onward(replace(draft, skipped=draft.skipped | {item.name})))


def keep(draft: Draft) -> Step:
    """Leave the open field as it is: after 返回, or a vague date that can't be remembered better."""
    item = prompts.open_field(draft)
    if item is None or not filled(draft, item):
        return ask(draft)
    value = draft.fields.get(item.name)
    if item.name in draft.again and value:
        note = prompts.VAGUE_KEPT.format(words=value.text, date=prompts.show_date(value.value))
    else:
        note = prompts.KEPT.format(label=item.label)
    return ask(onward(replace(draft, carried=draft.carried - {item.name})), note)


def back(draft: Draft) -> Step:
    """返回: one question back, from the check to the last one."""
    names = [item.name for item in form_of(draft)]
    at = names.index(draft.open) if draft.open else len(names)
    if at == 0:
        return ask(draft, prompts.FIRST)
    return reopen(draft, names[at - 1])


def reopen(draft: Draft, name: str) -> Step:
    """Ask for a field again; the next open question follows by itself afterwards."""
    if not has(draft, name):
        return ask(draft)
    again = draft.again - {name}
    return ask(replace(draft, open=name, again=again, held="", stage=Stage.FILLING), effect=Effect.EDIT)


def pause(draft: Draft) -> Step:
    """先不弄了: everything is kept; nothing is asked until 继续."""
    draft = replace(draft, stage=Stage.PAUSED, held="")
    return Step(draft, (Reply(prompts.PAUSED, "status"),), Effect.PAUSE)


def cancel(draft: Draft) -> Step:
    """取消: leave without a trace."""
    text = prompts.CANCELLED.format(title=TITLES[draft.type])
    return Step(draft, (Reply(text, "menu"),), Effect.CANCEL)


def help_(draft: Draft) -> Step:
    """帮助: the menu, then the open question."""
    shown = ask(draft)
    return replace(shown, replies=(Reply(prompts.MENU, "menu"), *shown.replies))


def submit(draft: Draft) -> Step:
    """提交: from the check hand it in; before, lead to what is missing or to the check."""
    missing = [item.name for item in form_of(draft) if item.required and not filled(draft, item)]
    if missing:
        note = prompts.MISSING.format(items=prompts.labels(draft, missing))
        return ask(replace(draft, open=missing[0], stage=Stage.FILLING), note)
    if draft.stage is Stage.CHECKING:
        return Step(draft, (), Effect.SUBMIT)
    draft = replace(draft, carried=frozenset())
    left = {item.name for item in form_of(draft) if not filled(draft, item)}
    note = prompts.SKIPPED_AHEAD if left - draft.skipped else ""
    return ask(onward(replace(draft, skipped=draft.skipped | left)), note, full=True)


def which(draft: Draft, note: str = "") -> Step:
    """Ask which field is to be changed; a typed number is the field's number."""
    items = "\n".join(f"{number}. {item.label}" for number, item in enumerate(form_of(draft), 1))
    return ask(replace(draft, choosing=True), note, prompts.WHICH.format(items=items))


def restart(draft: Draft) -> Step:
    """重来: nothing is thrown away on such a word."""
    return ask(draft, prompts.RESTART)


def self_check(draft: Draft) -> Step:
    """容错自评: the form waits; the caller leads it."""
    if draft.type is not Kind.TOLERANCE:
        return ask(draft, effect=Effect.ANSWER, question="自评")
    return Step(replace(draft, stage=Stage.SELF_CHECK), (), Effect.SELF_CHECK)


def switch(draft: Draft, kind: Kind, found: dict[str, Value], *noted: str) -> Step:
    """Change the kind of request; what fits goes along, and `found` is what the cadre just said for the new one.

    `noted` are the lines that show what was found.
    """
    if kind is draft.type:
        return ask(draft, prompts.IN_FORM.format(title=TITLES[kind]))
    pairs = CARRIED.get((draft.type, kind), {})
    carried = {new: draft.fields[old] for old, new in pairs.items() if old in draft.fields}
    unseen = frozenset(carried) - frozenset(found)
    fresh = Draft(kind, draft.org, draft.intake, fields={**carried, **found}, carried=unseen)
    names = [name for name in carried if name not in found]
    if draft.evidence and takes_evidence(fresh):
        fresh = replace(fresh, evidence=draft.evidence)
        names.append("evidence")
    lines = [prompts.SWITCHED.format(title=TITLES[kind])]
    if names:
        lines.append(prompts.CARRIED.format(items=prompts.labels(fresh, names)))
    return replace(begin(fresh, *lines, *noted), effect=Effect.SWITCH)


COMMANDS: dict[str, Callable[[Draft], Step]] = {
    "skip": skip, "keep": keep, "back": back, "pause": pause, "cancel": cancel, "help": help_, "submit": submit,
    "resume": resume, "restart": restart, "self_check": self_check, "change": which,
}  # fmt: skip
