"""Corrections applied to a draft: which field a wish means, and what becomes of it."""

import datetime as dt
import re
from dataclasses import dataclass, replace

from core.cases import prompts
from core.cases.corrections import NOWHERE, Amend, Mode
from core.cases.fields import FIELDS, filled, form_of, named
from core.cases.form import Dates, Draft, Field, Shape
from core.cases.pieces import as_unit, names_unit
from core.cases.values import Stored, read_date, store

_NUMBER = r"(?:\d+(?:\.\d+)?|[一二两三四五六七八九十百千]+)"
_COUNT = re.compile(rf"(?P<number>{_NUMBER})(?P<unit>[一-鿿]{{1,3}})")
_LEADING = re.compile(rf"^{_NUMBER}")
_LONG = 20
_STOPS = "，,。；;：:！!？? \n"


@dataclass(frozen=True)
class Change:
    """What a correction led to: `changed` a field's name; `ask` a field to be asked for again; `which`: unclear."""

    draft: Draft
    note: str = ""
    changed: str = ""
    ask: str = ""
    which: bool = False


def apply(draft: Draft, wish: Amend, today: dt.date, dates: Dates) -> Change:
    """Carry out a wish. The draft is unchanged when it can't be: the note says why."""
    if wish.target.number and wish.target.number > len(form_of(draft)):
        return Change(draft, prompts.NO_SUCH.format(number=wish.target.number), which=True)
    item = _target(draft, wish, today, dates)
    if item is None:
        note = prompts.NOT_FOUND.format(words=wish.old) if wish.old else ""
        return Change(draft, note, which=True)
    if wish.mode is Mode.OPEN or item.shape is Shape.FILES:
        return Change(draft, ask=item.name)
    if wish.mode is Mode.SWAP and item.shape is Shape.TEXT and (value := draft.fields.get(item.name)):
        wish = replace(wish, old=spelt(value.text, wish.old) or wish.old)
        if wish.old not in value.text:  # the rest of the words must not be lost over a piece that isn't there
            return Change(draft, prompts.NOT_FOUND.format(words=wish.old), ask=item.name)
    return _store(draft, item, _words(draft, item, wish, today, dates), wish, today, dates)


def _store(draft: Draft, item: Field, words: str, wish: Amend, today: dt.date, dates: Dates) -> Change:
    stored = store(draft, item.name, words, today, dates, final=True)
    if not stored.settled:
        return Change(draft, _refused(stored, item, draft))
    last = draft.last if draft.last and wish.mode is not Mode.REPLACE else item.name
    if wish.mode is Mode.APPEND:
        note = prompts.ADDED.format(label=item.label)
    else:
        note = prompts.CHANGED.format(label=item.label, value=prompts.shown(item, stored.draft.fields[item.name]))
    notes = [note, stored.note] if item.shape is Shape.TEXT and stored.note else [note]
    return Change(replace(stored.draft, last=last), "\n".join(notes), changed=item.name)


def _refused(stored: Stored, item: Field, draft: Draft) -> str:
    if stored.note == prompts.NOT_A_DATE and filled(draft, item):
        return prompts.NOT_A_DATE_KEPT
    return stored.note


def _target(draft: Draft, wish: Amend, today: dt.date, dates: Dates) -> Field | None:
    """The field a wish means: named, numbered, holding the old words, of the new words' form, or answered last."""
    form = form_of(draft)
    if wish.target.name and (item := named(draft, wish.target.name)):
        return item
    if wish.target.number:
        return _numbered(draft, form[wish.target.number - 1], wish)
    if wish.mode is Mode.SWAP:
        return _holding(draft, wish.old)
    if wish.new and wish.mode is Mode.REPLACE and (item := _of_form(draft, wish.new, today, dates)):
        return item
    if wish.new and wish.mode is Mode.REPLACE and (item := _counting(draft, wish.new)):
        return item
    last = draft.last or next((item.name for item in form if item.name in draft.fields), None)
    return FIELDS[last] if last else None


def _numbered(draft: Draft, item: Field, wish: Amend) -> Field | None:
    """The numbered field, unless 3 改成 7间 can't be meant for it and others count 3间; None: several do."""
    count = _COUNT.fullmatch(wish.new)
    own = draft.fields.get(item.name)
    if count is None or (item.shape is Shape.TEXT and own and _recounted(own.text, wish.new) != wish.new):
        return item
    old = re.compile(rf"(?<!\d){wish.target.number}\s*{count['unit']}")
    holding = [other for other in form_of(draft) if (value := draft.fields.get(other.name)) and old.search(value.text)]
    return holding[0] if len(holding) == 1 else None if holding and own else item


def _holding(draft: Draft, old: str) -> Field | None:
    """The field whose words contain `old`, the latest in the form first."""
    for item in reversed(form_of(draft)):
        value = draft.fields.get(item.name)
        if value and (spelt(value.text, old) or old in value.value):
            return item
    return None


_SAME = ("0零〇", "1一", "2二两", "3三", "4四", "5五", "6六", "7七", "8八", "9九")


def spelt(text: str, old: str) -> str:
    """`old` as a text spells it, 三台 for 3台; "" when it is not in there."""
    if old in text:
        return old
    digits = {char: f"[{group}]" for group in _SAME for char in group}
    found = re.search("".join(digits.get(char, re.escape(char)) for char in old), text)
    return found[0] if found and old else ""


def _counting(draft: Draft, new: str) -> Field | None:
    """The one field that counts what a bare count counts: 一共是26个."""
    if _COUNT.fullmatch(new) is None:
        return None
    holding = [
        item
        for item in form_of(draft)
        if item.shape is Shape.TEXT and (value := draft.fields.get(item.name)) and _recounted(value.text, new) != new
    ]
    return holding[0] if len(holding) == 1 else None


def _of_form(draft: Draft, new: str, today: dt.date, dates: Dates) -> Field | None:
    """A date or unit by itself can only be meant for the field of that form."""
    bare = new.strip(_STOPS)
    for item in form_of(draft):
        if item.shape in (Shape.DATE, Shape.TIME):
            found = dates.find(bare, today)
            if found and (len(bare) - len(found.text) <= 4 or _mentions(item, bare)):
                return item
        if item.shape is Shape.UNIT and len(bare) <= 20 and names_unit(bare) and as_unit(bare) == bare:
            return item
    return None


def _mentions(item: Field, words: str) -> bool:
    """Whether a field is called by one of its names somewhere in the words."""
    return any(name in words for name in (item.label, *item.words))


def _words(draft: Draft, item: Field, wish: Amend, today: dt.date, dates: Dates) -> str:
    """The field's words after the change."""
    value = draft.fields.get(item.name)
    old = value.text if value else ""
    if wish.mode is Mode.APPEND and old and item.shape is Shape.TEXT:
        return old + wish.new if old[-1] in _STOPS else f"{old}；{wish.new}"
    if wish.mode is Mode.SWAP and item.shape in (Shape.DATE, Shape.TIME):
        swapped = old.replace(wish.old, wish.new, 1)
        return swapped if swapped != old and read_date(swapped, today, dates) else wish.new
    if wish.mode is Mode.SWAP and old:
        base = old if wish.old in old else value.value if value else old
        return base.replace(wish.old, wish.new) if wish.old in base else wish.new
    if wish.mode is Mode.REPLACE and item.shape is Shape.TEXT:
        new = _recounted(old, wish.new)
        unnamed = wish.target == NOWHERE and new == wish.new and len(old) > max(_LONG, len(new))
        return f"{old}；更正：{new}" if unnamed else new  # which part was wrong is not said: nothing is thrown away
    return wish.new


def _recounted(old: str, new: str) -> str:
    """8 改成 7间, 应该是5间教室漏水: words that only count anew leave the sentence around them."""
    found = _LEADING.match(new)
    if found is None:
        return new
    if len(new) == found.end():  # 3620: the one number there is
        numbers = re.findall(r"\d+(?:\.\d+)?", old)
        return old.replace(numbers[0], new) if len(numbers) == 1 and new[0].isdecimal() else new
    like = re.compile(rf"{_NUMBER}\s*{re.escape(new[found.end() :])}")
    return like.sub(new, old) if len(like.findall(old)) == 1 else new
