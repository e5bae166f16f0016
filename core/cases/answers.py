"""An answer taken into the draft: the open field first, then what else the message tells."""

import datetime as dt
import re
from dataclasses import dataclass, replace

from core.cases import prompts
from core.cases.date_answers import FORGOTTEN, SAYS_YEAR, inside, says_year, within
from core.cases.fields import FIELDS, has
from core.cases.form import Dates, Draft, Kind, Shape, Value, put
from core.cases.pieces import as_unit, belongs_elsewhere, captions, labelled, names_unit, told_besides, unit_in
from core.cases.values import COARSE, Stored, clear_date, read_date, store

_AS_BEFORE = re.compile(
    r"(?:就是|跟|和|同|像)?(?:我)?(?:刚才|刚刚|上面|前面|之前|事项里)(?:已经)?(?:都)?(?:[说写讲]过?[的了]?)?(?:那些|那样|那段|一样|内容)?"
    r"(?:[了吧啊嘛。]|就行|即可)*"
)
_STORY = 40
_TELLING = 20
_ARRANGE = re.compile(
    r"(?:算了|那|就|还是|改|换|我|想)*[，,]?(?:那|就|还是|改|换|我|想|要)*(?:约|找|跟|和|到|成|在)(?P<what>[^，,。]{2,16}?)"
    r"(?:[谈聊]+|见面)?(?:吧|好了|啊|呗)*。?"
)
_PERSON = re.compile(r"[书部院校处主科镇县乡局厅]长$|书记$|主任$|主席$|部$|处$|科$|领导$")
_TIMELY = re.compile(r"记不|不记得|想不起|忘了|[年月日号周季]|时候|期间|前后|那阵|那段|当时|刚开始|[初末底]")
"""What speaks of time, so that a long answer to the date's question is an attempt at it and not the story."""


@dataclass(frozen=True)
class Taken:
    """The draft after an answer, lines to say before the next question, and whether the open field is done."""

    draft: Draft
    lines: tuple[str, ...] = ()
    done: bool = True


def take(draft: Draft, words: str, today: dt.date, dates: Dates) -> Taken:
    """Store an answer to the open field, with all it tells."""
    name = draft.open or ""
    before, pieces = labelled(words, draft)
    if pieces and set(pieces) != {name}:
        return _labelled(draft, before, pieces, today, dates)
    if other := belongs_elsewhere(words, name, draft):
        return _added(draft, other, words)
    if name == "evidence":
        return Taken(_noted(draft, words), (prompts.FILE_NOTE,), done=False)
    if has(draft, "evidence") and captions(words):
        return Taken(_noted(draft, words), (prompts.ADDED.format(label=FIELDS["evidence"].label),), done=False)
    shape = FIELDS[name].shape
    if shape is Shape.DATE:
        return _date_answer(draft, name, words, today, dates)
    if shape is Shape.UNIT:
        return _unit_answer(draft, name, words, today, dates)
    return _text_answer(draft, name, words, today, dates)


def _text_answer(draft: Draft, name: str, words: str, today: dt.date, dates: Dates) -> Taken:
    if draft.type is Kind.TOLERANCE and (only := _only_other(draft, name, words, today, dates)):
        return only
    if _AS_BEFORE.fullmatch(words) and (matter := draft.fields.get("matter")) and name == "description":
        words = matter.text
    stored = store(draft, name, words, today, dates)
    if not stored.settled:
        return Taken(draft, (stored.note,), done=False)
    return _harvested(stored, name, words, today, dates)


def _only_other(draft: Draft, name: str, words: str, today: dt.date, dates: Dates) -> Taken | None:
    """A bare date where a text is asked for, or a bare unit where the matter is: they go where they belong."""
    found = dates.parse(words, today) if len(words) <= 24 else None
    if found and has(draft, "incident_date"):
        before = "incident_date" in draft.fields
        stored = store(draft, "incident_date", words, today, dates, final=before)
        note = prompts.CHANGED.format(label=FIELDS["incident_date"].label, value=prompts.show_date(found.value))
        told = noted_lines({"incident_date": stored.draft.fields["incident_date"]}) if stored.settled else ()
        return Taken(stored.draft, (note,) if before and stored.settled else told or (stored.note,), done=False)
    unit = unit_in(words) if name == "matter" else ""
    if unit and len(words) <= len(unit) + 6:
        return Taken(put(draft, "unit", Value(unit, words)), (_noted_line(draft, ["unit"]),), done=False)
    return None


def _outcome(stored: Stored) -> tuple[Draft, tuple[str, ...]]:
    return stored.draft, (stored.note,) if stored.note else ()


def _date_answer(draft: Draft, name: str, words: str, today: dt.date, dates: Dates) -> Taken:
    """A date; after a vague one a better one within it is taken, otherwise the words are kept with the range."""
    tentative = draft.fields.get(name) if name in draft.again else None
    better = within(tentative, words, today, dates) if tentative and not SAYS_YEAR.search(words) else None
    if tentative and better is None and not says_year(words, today, dates):
        if told := _story(draft, words, today, dates):
            return told
        exact = read_date(words, today, dates)
        start, _, end = tentative.value.partition("/")
        if exact and exact.value != tentative.value and inside(exact.value, start, end or start):
            return _kept(draft, name, Value(exact.value, exact.text), "")
        found = facts(draft, words, today, dates)
        kept = _kept(draft, name, tentative, words if not found else "")
        return Taken(_with(kept.draft, found), (*kept.lines, *noted_lines(found)))
    stored = store(draft, name, better or words, today, dates)
    if better and stored.settled:  # the year was said before; the words stay as they are
        value = Value(stored.draft.fields[name].value, words)
        return Taken(put(stored.draft, name, value), (prompts.shown_back(FIELDS[name], value),))
    if stored.settled:
        return _harvested(stored, name, words, today, dates)
    if story := _story(stored.draft, words, today, dates):
        return story
    found = facts(stored.draft, words, today, dates)
    return Taken(_with(stored.draft, found), (*noted_lines(found), stored.note), done=False)


def _story(draft: Draft, words: str, today: dt.date, dates: Dates) -> Taken | None:
    """What happened, told where the date was asked for: kept as that; the date is asked for again."""
    if len(words) < _TELLING or not has(draft, "description") or "description" in draft.fields:
        return None
    if _TIMELY.search(words):
        return None
    found = facts(draft, words, today, dates)
    told = put(_with(draft, found), "description", Value(words, words), guessed=True)
    return Taken(told, (prompts.TOOK_DESCRIPTION, *noted_lines(found)), done=False)


def _kept(draft: Draft, name: str, kept: Value, words: str) -> Taken:
    """The cadre can't remember better: the words stay, new ones join them, the range is not narrowed."""
    if words and not FORGOTTEN.search(words):
        kept = Value(kept.value, f"{kept.text}；{words}")
        draft = put(draft, name, kept)
    draft = replace(put(draft, name, kept), carried=draft.carried - {name})
    return Taken(draft, (prompts.VAGUE_KEPT.format(words=kept.text, date=prompts.show_date(kept.value)),))


def _unit_answer(draft: Draft, name: str, words: str, today: dt.date, dates: Dates) -> Taken:
    found = clear_date(words, today, dates)
    if found and not names_unit(words.replace(found.text, "")) and len(words) <= len(found.text) + 10:
        known = draft.fields.get("incident_date")
        words = (known and within(known, words, today, dates)) or words
        stored = store(draft, "incident_date", words, today, dates, final=True)
        noted = noted_lines({"incident_date": stored.draft.fields["incident_date"]}) if stored.settled else ()
        return Taken(stored.draft, (stored.note,) if stored.note else noted, done=False)
    if len(words) > _STORY and not names_unit(words) and "description" not in draft.fields:
        told = put(draft, "description", Value(words, words), guessed=True)
        return Taken(told, (prompts.TOOK_DESCRIPTION, prompts.NOT_A_UNIT), done=False)
    stored = store(draft, name, words, today, dates)
    if not stored.settled:
        return Taken(draft, (stored.note,), done=False)
    return _harvested(stored, name, words, today, dates)


def _labelled(draft: Draft, before: str, pieces: dict[str, str], today: dt.date, dates: Dates) -> Taken:
    """单位：…；时间：…: each label's words go to its field, what stands before them to the open one."""
    name = draft.open or ""
    lines: list[str] = []
    stored_names = []
    if len(before) >= 4 and name and name not in pieces and FIELDS[name].shape is Shape.TEXT:
        pieces = {name: before, **pieces}
    for piece, words in pieces.items():
        if FIELDS[piece].shape is Shape.FILES:
            draft = _noted(draft, words)
            continue
        if piece in draft.guessed and FIELDS[piece].shape is Shape.TEXT:
            words = f"{draft.fields[piece].text}；{words}"  # read in passing before: nothing is lost
        stored = store(draft, piece, words, today, dates)
        draft = stored.draft
        lines += [stored.note] if stored.note else []
        stored_names += [piece] if stored.settled else []
    others = [piece for piece in stored_names if piece != name]
    lines = [_noted_line(draft, others), *lines] if others else lines
    unsettled = draft.open in draft.again and draft.open in pieces and draft.open not in stored_names
    done = bool(name) and (name in stored_names) and not unsettled
    return Taken(draft, tuple(lines), done)


def _added(draft: Draft, name: str, words: str) -> Taken:
    old = draft.fields[name].text
    joined = f"{old}；{words}"
    return Taken(put(draft, name, Value(joined, joined)), (prompts.ADDED.format(label=FIELDS[name].label),), done=False)


def _noted(draft: Draft, words: str) -> Draft:
    """Words about the evidence; they don't count as evidence."""
    old = draft.fields.get("evidence")
    text = f"{old.text}；{words}" if old else words
    return put(draft, "evidence", Value(text, text))


def note_files(draft: Draft, words: str) -> Draft:
    """A caption under pictures and files."""
    return _noted(draft, words) if words else draft


def _harvested(stored: Stored, name: str, words: str, today: dt.date, dates: Dates) -> Taken:
    """The answer with what it tells besides."""
    found, lines = _extras(stored.draft, name, words, today, dates)
    draft = _with(stored.draft, found)
    vague: tuple[str, ...] = ()
    if name == "matter":
        draft, vague = tentative(draft, words, today, dates)
    return Taken(draft, (*lines, *([stored.note] if stored.note else ()), *vague))


def _with(draft: Draft, found: dict[str, Value]) -> Draft:
    for name, value in found.items():
        draft = put(draft, name, value, guessed=True)
    return draft


def _extras(
    draft: Draft, name: str, words: str, today: dt.date, dates: Dates
) -> tuple[dict[str, Value], tuple[str, ...]]:
    """Date, unit and told fields that the words settle and that were not answered yet."""
    found = facts(draft, words, today, dates) if name in ("matter", "incident_date", "unit", "description") else {}
    found |= {other: Value(text, text) for other, text in told_besides(words, name, draft).items()}
    found = {other: value for other, value in found.items() if other != name}
    return found, noted_lines(found)


def facts(draft: Draft, words: str, today: dt.date, dates: Dates) -> dict[str, Value]:
    """Date and unit that a sentence clearly tells and the form still lacks."""
    if draft.type is not Kind.TOLERANCE:
        return {}
    found: dict[str, Value] = {}
    date = clear_date(words, today, dates) if has(draft, "incident_date") else None
    if date and "incident_date" not in draft.fields:
        found["incident_date"] = Value(date.value, date.text)
    unit = unit_in(words) if has(draft, "unit") and "unit" not in draft.fields else ""
    if unit:
        found["unit"] = Value(unit, unit)
    return found


def tentative(draft: Draft, words: str, today: dt.date, dates: Dates) -> tuple[Draft, tuple[str, ...]]:
    """A vague date told in passing (去年底): kept for now, shown, and asked for once more when its turn comes."""
    if draft.type is not Kind.TOLERANCE or not has(draft, "incident_date") or "incident_date" in draft.fields:
        return draft, ()
    found = dates.find(words, today)
    if found is None or found.future or not (found.vague or COARSE.fullmatch(found.value)):
        return draft, ()
    name = {"incident_date"}
    draft = put(draft, "incident_date", Value(found.value, found.text), guessed=True)
    draft = replace(draft, again=draft.again | name, carried=draft.carried | name)
    return draft, (prompts.VAGUE.format(words=found.text, date=prompts.show_date(found.value)),)


def noted_lines(found: dict[str, Value]) -> tuple[str, ...]:
    """What was noted in passing, with its content: the cadre has to see what was read out of the words."""
    if not found:
        return ()
    items = "；".join(f"{FIELDS[name].label}——{prompts.shown(FIELDS[name], value)}" for name, value in found.items())
    return (prompts.NOTED.format(items=items),)


def _noted_line(draft: Draft, names: list[str]) -> str:
    return prompts.NOTED.format(items=prompts.labels(draft, names))


def _talk_details(draft: Draft, words: str, today: dt.date, dates: Dates) -> Taken | None:
    """还是约和处长吧 · 就约下周三上午: only a person or a time can be meant."""
    wish = _ARRANGE.fullmatch(words.strip())
    if draft.type is not Kind.TALK or wish is None:
        return None
    name = "preferred_time" if dates.parse(wish["what"], today, True) else "talk_with"
    if name == "talk_with" and not _PERSON.search(wish["what"]):
        return None
    stored = store(replace(draft, open=None), name, wish["what"], today, dates, final=True)
    note = prompts.CHANGED.format(label=FIELDS[name].label, value=stored.draft.fields[name].text)
    return Taken(stored.draft, (stored.note or note,))


def at_check(draft: Draft, words: str, today: dt.date, dates: Dates) -> Taken | None:
    """Words during the check that can only be meant for one field: labelled, or adding to one filled in passing."""
    before, pieces = labelled(words, draft)
    if pieces and len(before) < 4:
        return _labelled(draft, "", pieces, today, dates)
    if other := belongs_elsewhere(words, "", draft):
        return _added(draft, other, words)
    if talk := _talk_details(draft, words, today, dates):
        return talk
    for name in draft.guessed:
        if name == "talk_with" or (FIELDS[name].shape is Shape.UNIT and as_unit(words) and len(words) <= 20):
            return Taken(*_outcome(store(replace(draft, open=None), name, words, today, dates, final=True)))
    return None
