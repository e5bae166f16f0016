"""The brain of the form: a draft and a turn in, the next draft and the next prompt out (design section 4). Pure.

`start` opens a form, `step` takes every turn while a draft is open, `resume` takes a stored draft up again.
Chat, questions, commands and attempts to steer the assistant never land in a field; what is unclear is asked.
"""

import datetime as dt
from dataclasses import replace

from core.cases import cues, guard, moves, prompts
from core.cases.answers import at_check, facts, note_files, noted_lines, take, tentative
from core.cases.changes import apply
from core.cases.classify import Label, Verdict, classify, weigh
from core.cases.corrections import Amend, amend
from core.cases.fields import FIELDS, TITLES, form_of, takes_evidence
from core.cases.form import CHECK, LONGEST, Dates, Draft, Effect, Kind, Said, Shape, Stage, Step, Value, put
from core.cases.moves import ask, onward, resume
from core.cases.opening import asks_for_form, told
from core.cases.pieces import cued, wished_talk
from core.cases.questions import about_form
from core.cases.values import store
from core.messages.rules import chosen

__all__ = ["Draft", "Effect", "Kind", "Label", "Said", "Step", "classify", "resume", "start", "step", "weigh"]
_PREFIX = "form:"
_WISHES = {"file_tolerance": Kind.TOLERANCE, "file_clarification": Kind.CLARIFICATION, "book_talk": Kind.TALK}
_DROPPED = ("取消", "取消吧", "取消了", "取消草稿", "删掉草稿", "删除草稿")
_MEANT = {
    **dict.fromkeys(("回答", "是回答", "我的回答", "是我的回答", "我在回答", "答案", "不是提问", "是经过"), "answer"),
    **dict.fromkeys(("提问", "是提问", "问题", "我在问", "我是问", "我是在问", "问你呢", "我在提问"), "question"),
}
_WISH_SURE = 0.6
_WISH_LONGEST = 30
_ACCOUNT = 200
"""Characters from which an opening is the whole account, not the name of the matter."""


def start(kind: Kind, org: str, said: Said, today: dt.date, dates: Dates, intake: str = "full") -> Step:
    """Open a form; the sentence that asked for it fills what it tells."""
    draft = Draft(kind, org, intake)
    found = _opening(draft, said.text, today, dates) if intake == "full" else {}
    for name, value in found.items():
        draft = put(draft, name, value, guessed=name not in ("matter", "accusation", "topic"))
    vague: tuple[str, ...] = ()
    if found and intake == "full":
        draft, vague = tentative(draft, said.text, today, dates)
    return moves.begin(draft, prompts.started(draft), *noted_lines(found), *vague)


def _opening(draft: Draft, text: str, today: dt.date, dates: Dates) -> dict[str, Value]:
    """What an opening sentence fills. Injection, a marked secret or a dangerous message fill nothing."""
    words = text.strip()
    if not words or len(words) > LONGEST or cues.chat(words, None) or guard.marked_secret(words):
        return {}
    if len(words) > _ACCOUNT and draft.type is not Kind.TALK:
        name = "description" if draft.type is Kind.TOLERANCE else "facts"
        fields = store(draft, name, words, today, dates).draft.fields
        return {**({name: fields[name]} if name in fields else {}), **facts(draft, words[:_ACCOUNT], today, dates)}
    first = form_of(draft)[0].name
    matter = told(words[:_ACCOUNT], draft.type)
    found: dict[str, Value] = {}
    if draft.type is Kind.TALK:
        found = {name: Value(part, part) for name, part in wished_talk(words[:_ACCOUNT]).items()}
        time = store(draft, "preferred_time", words, today, dates)
        value = time.draft.fields.get("preferred_time")
        found |= {"preferred_time": value} if value and value.value else {}
        return found
    if matter:
        stored = store(draft, first, matter, today, dates).draft.fields
        found = {first: stored[first]} if first in stored else {}
    return {**found, **facts(draft, words, today, dates)}


def step(draft: Draft, said: Said, today: dt.date, dates: Dates) -> Step:
    """Take one turn. A paused draft takes only 继续, the request for the same form, and pictures and files."""
    if said.kind == "attachment":
        return _attachment(draft, said)
    if said.command:
        return _command(draft, said.command.removeprefix(_PREFIX), said, today, dates)
    if draft.stage is Stage.PAUSED:
        return _asleep(draft, said)
    if draft.stage is Stage.SELF_CHECK:
        return _self_check(draft, said)
    return _text(draft, said, today, dates)


def _asleep(draft: Draft, said: Said) -> Step:
    if cues.command(said.text, None) in ("resume", f"file:{draft.type}"):
        return resume(draft)
    if cues.plain(said.text) in _DROPPED:
        return moves.cancel(draft)
    return Step(draft, (), Effect.PASS)


def _self_check(draft: Draft, said: Said) -> Step:
    """The caller leads the self-check; the form comes back on 继续, 返回 or 取消."""
    name = cues.command(said.text, draft.open)
    if name in ("resume", "back", "skip", "cancel", f"file:{draft.type}"):
        return resume(draft)
    return moves.pause(draft) if name == "pause" else Step(draft, (), Effect.SELF_CHECK, said.text)


def _attachment(draft: Draft, said: Said) -> Step:
    """Pictures and files at any moment: each confirmed or refused, one reply, then the open question."""
    if not takes_evidence(draft):
        note = prompts.NO_FILES.format(title=TITLES[draft.type]) if draft.type is Kind.TALK else prompts.BY_HAND_FILES
        return ask(draft, note)
    known = {item.id for item in draft.evidence}
    added = tuple(item for item in said.evidence if item.id not in known)
    notice = prompts.SECRECY if not draft.evidence and moves.files_unnoticed(draft) else ""
    total = len(draft.evidence) + len(added)
    lines = prompts.files(len(draft.evidence), added, said.refused, total)
    awake = draft.stage in (Stage.PAUSED, Stage.SELF_CHECK)
    draft = moves.files_noticed(replace(draft, evidence=draft.evidence + added, skipped=draft.skipped - {"evidence"}))
    caption = said.text.strip()
    if caption and weigh(caption, said.ranking, "evidence") == Verdict(Label.ANSWER) and len(caption) <= LONGEST:
        draft = note_files(draft, caption)
    if awake:
        draft = replace(draft, stage=Stage.FILLING)
        notice = prompts.SECRECY
    answered = added and draft.open is not None and FIELDS[draft.open].shape is Shape.FILES
    return ask(onward(draft) if answered else draft, notice, *lines, full=bool(added))


def _command(draft: Draft, command: str, said: Said, today: dt.date, dates: Dates) -> Step:
    """A pressed button or a typed command."""
    draft = replace(draft, choosing=False)
    name, _, argument = command.partition(":")
    if name == "edit":
        return moves.reopen(draft, argument)
    if name in ("file", "switch") and argument in set(Kind):
        if Kind(argument) is draft.type and draft.stage is Stage.PAUSED:
            return resume(draft)
        return _switch(draft, Kind(argument), said.text, today, dates)
    if name in ("answer", "question"):
        return _held(draft, name, today, dates)
    if name in moves.COMMANDS:
        return moves.COMMANDS[name](replace(draft, held=""))
    return ask(draft, effect=Effect.ANSWER, question=said.text or command)


def _held(draft: Draft, name: str, today: dt.date, dates: Dates) -> Step:
    """The cadre says what an unclear turn was."""
    words, draft = draft.held, replace(draft, held="")
    if not words:
        return ask(draft)
    if name == "question":
        return ask(draft, effect=Effect.ANSWER, question=words)
    return _answer(draft, words, today, dates)


def _settle(draft: Draft, words: str, today: dt.date, dates: Dates) -> Step:
    """Words instead of a choice: the choice itself, or plainly the next question's answer; else a new answer."""
    if cues.plain(words) in _MEANT:
        return _held(draft, _MEANT[cues.plain(words)], today, dates)
    held, asked = draft.held, draft.open
    draft = replace(draft, held="")
    after = _answer(draft, held, today, dates)
    fields = cued(words)
    if after.draft.open != asked and after.draft.open in fields and asked not in fields:
        return _answer(after.draft, words, today, dates)
    return _answer(draft, words, today, dates)


def _switch(draft: Draft, kind: Kind, text: str, today: dt.date, dates: Dates) -> Step:
    found = _opening(Draft(kind, draft.org, draft.intake), text, today, dates) if draft.intake == "full" else {}
    return moves.switch(draft, kind, found, *noted_lines(found))


def _text(draft: Draft, said: Said, today: dt.date, dates: Dates) -> Step:
    """Words: refused whole, dangerous, a typed choice, or whatever `weigh` makes of them."""
    words = said.text.strip()
    if max(len(words), said.length) > LONGEST:
        return ask(draft, prompts.TOO_LONG.format(count=max(len(words), said.length), most=LONGEST))
    if intent := guard.danger(words, said.ranking):
        calm = replace(draft, held="", choosing=False)
        if intent == "distress":
            return Step(replace(calm, stage=Stage.PAUSED), (), Effect.HANDOVER, intent)
        return ask(calm, effect=Effect.HANDOVER, question=intent)
    checking = draft.stage is Stage.CHECKING
    pressed = chosen(words, prompts.buttons(draft))
    if pressed and (not checking or words == pressed.title):  # a number during the check is a field's
        return _command(draft, pressed.payload.removeprefix(_PREFIX), said, today, dates)
    if other := _other_form(draft, words, said):
        return ask(draft, prompts.FIRST_THIS.format(title=TITLES[draft.type], other=TITLES[other]))
    verdict = weigh(words, said.ranking, CHECK if checking else draft.open)
    if draft.held and not checking and verdict == Verdict(Label.ANSWER):
        return _settle(replace(draft, choosing=False), words, today, dates)
    return _weighed(replace(draft, held="", choosing=False), said, words, verdict, today, dates)


def _other_form(draft: Draft, words: str, said: Said) -> Kind | None:
    """Another request that is plainly wished for beside this one; a change of kind is told otherwise."""
    top = max(said.ranking, key=lambda name: said.ranking[name], default="")
    kind = _WISHES.get(top)
    if kind in (None, draft.type) or len(words) > _WISH_LONGEST or said.ranking[top] < _WISH_SURE:
        return None
    return None if not asks_for_form(words) or cues.switch(words, draft.type) else kind


def _weighed(draft: Draft, said: Said, words: str, verdict: Verdict, today: dt.date, dates: Dates) -> Step:
    """Do what the verdict says; only a sure answer is stored."""
    checking = draft.stage is Stage.CHECKING
    if verdict.label is Label.COMMAND:
        return _typed(draft, words, said, today, dates)
    if verdict.label is Label.CHAT:
        return ask(draft, _small_talk(words))
    if verdict.label is Label.CORRECTION and (wish := amend(words, draft.open)):
        return _correct(draft, wish, today, dates)
    if verdict.label is Label.QUESTION and verdict.sure:
        return _question(draft, words)
    if checking:
        return _at_check(draft, words, today, dates)
    return _answer(draft, words, today, dates) if verdict.sure else _hold(draft, words)


def _correct(draft: Draft, wish: Amend, today: dt.date, dates: Dates) -> Step:
    """Change an earlier field and go on where the form was."""
    change = apply(draft, wish, today, dates)
    if change.which:
        return moves.which(draft, change.note)
    if change.ask:
        return moves.reopen(draft, change.ask)
    done = onward(change.draft) if change.changed == draft.open else change.draft
    effect = Effect.EDIT if change.changed else Effect.NONE
    return ask(done, change.note, effect=effect, full=bool(change.changed))


def _typed(draft: Draft, words: str, said: Said, today: dt.date, dates: Dates) -> Step:
    """A command in words."""
    checking = draft.stage is Stage.CHECKING
    name = cues.command(words, CHECK if checking else draft.open)
    if name == "edit":
        wish = amend(f"改{words}", CHECK)
        changed = apply(draft, wish, today, dates) if wish else None
        if changed and changed.ask:
            return moves.reopen(draft, changed.ask)
        return moves.which(draft, changed.note if changed else "")
    if not name and (other := cues.switch(words, draft.type)):
        return _switch(draft, Kind(other), words, today, dates)
    return _command(draft, name or _control(said), said, today, dates)


def _control(said: Said) -> str:
    """The command that only Rasa heard; one that would throw the draft away puts it away instead."""
    top = max(said.ranking, key=lambda name: said.ranking[name], default="")
    name = "pause" if top == "cancel" else top
    return name if name in moves.COMMANDS and name != "submit" else "other"


def _question(draft: Draft, words: str) -> Step:
    """A question: the caller answers it, unless it is about filling this very field or about who reported."""
    if guard.asks_reporter(words):
        return ask(draft, prompts.REPORTER)
    item = prompts.open_field(draft)
    if item and about_form(words):
        return ask(draft, prompts.HINT.format(ask=item.ask, optional="" if item.required else prompts.OPTIONAL))
    return ask(draft, effect=Effect.ANSWER, question=words)


def _hold(draft: Draft, words: str) -> Step:
    """Settle an unclear turn with two buttons."""
    item = prompts.open_field(draft)
    label = item.label if item else ""
    return ask(replace(draft, held=words), prompts.UNSURE.format(label=label), kind="clarify")


def _answer(draft: Draft, words: str, today: dt.date, dates: Dates) -> Step:
    taken = take(draft, words, today, dates)
    return ask(onward(taken.draft) if taken.done else taken.draft, *taken.lines)


def _at_check(draft: Draft, words: str, today: dt.date, dates: Dates) -> Step:
    """Words during the check: a change if they can only be meant for one field, else nothing is recorded."""
    taken = at_check(draft, words, today, dates)
    if taken is None or taken.draft == draft:
        return ask(draft, prompts.UNSURE_CHECK)
    return ask(replace(taken.draft, open=None), *taken.lines, effect=Effect.EDIT, full=True)


def _small_talk(words: str) -> str:
    """A short reply; what was said is not recorded."""
    if cues.INJECTION.search(words):
        return prompts.UNMOVED
    if any(word in words for word in ("谢", "辛苦")):
        return prompts.WELCOME
    return (
        prompts.HELLO
        if any(word in words for word in ("您好", "你好", "好呀", "早上", "下午好"))
        else prompts.NOT_RECORDED
    )
