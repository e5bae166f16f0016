"""The form as values: which fields a request has, what a draft holds, what was said and what a step answers.

Design section 4, "Requests". Everything here is frozen and serialises to JSON; no clock, no database, no chat library.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Protocol

from core.messages.rules import Reply

CHECK = "check"
"""Stands for the open field while the cadre checks the whole request."""
LONGEST = 20_000
"""Characters one field may hold; more is refused, never cut."""


class Kind(StrEnum):
    """What is asked of the organisation."""

    TOLERANCE = "tolerance"  # 容错申请
    CLARIFICATION = "clarification"  # 澄清申请
    TALK = "talk"  # 预约谈心


class Stage(StrEnum):
    """Where the conversation about a draft is."""

    FILLING = "filling"  # a field is being asked for
    CHECKING = "checking"  # all is shown; the cadre submits or edits
    PAUSED = "paused"  # put away until 继续
    SELF_CHECK = "self_check"  # the cadre holds the case against the conditions; the form waits


class Effect(StrEnum):
    """What the caller has to do besides storing the draft and sending the replies."""

    NONE = "none"  # nothing
    ANSWER = "answer_question"  # route `Step.question` as if there were no form, then send `Step.replies`
    SUBMIT = "submit"  # hand the request in; the receipt is the reply
    CANCEL = "cancel"  # delete the draft with its evidence
    PAUSE = "pause"  # the draft is put away; nothing is asked any more
    SWITCH = "switch"  # the draft is now of another kind; the former draft is not needed any more
    EDIT = "edit"  # a field that was already answered was changed or is being asked for again
    HANDOVER = "handover"  # say the fixed reply of the intent in `Step.question`, then send `Step.replies`
    SELF_CHECK = "self_check"  # lead the self-check; `Step.question` is what was said
    PASS = "pass"  # the draft sleeps and the words are not for it: route them as usual


class Shape(StrEnum):
    """What an answer has to look like."""

    TEXT = "text"  # any words
    DATE = "date"  # a day, month, year or range that is not in the future
    TIME = "time"  # a time to come
    UNIT = "unit"  # the name of a unit or department
    FILES = "files"  # pictures and files


@dataclass(frozen=True)
class Field:
    """One question of a form. `words` are other names a cadre uses for it; longer ones first."""

    name: str
    label: str
    ask: str
    words: tuple[str, ...] = ()
    shape: Shape = Shape.TEXT
    why: str = ""
    """Why it can't be skipped; empty when it may be."""

    @property
    def required(self) -> bool:
        """Whether the request can't be handed in without it."""
        return bool(self.why)


@dataclass(frozen=True)
class Value:
    """An answer: `value` as stored for use (ISO for dates), `text` the cadre's own words."""

    value: str
    text: str


@dataclass(frozen=True)
class Evidence:
    """A stored picture or file. `size` in bytes, `sha256` as hexadecimal digits."""

    id: int
    name: str
    size: int
    sha256: str
    mime: str = ""


@dataclass(frozen=True)
class Refusal:
    """A picture or file that was not stored, with the reason for the cadre."""

    name: str
    reason: str


@dataclass(frozen=True)
class Draft:
    """A request that is being written. Evolve it with `dataclasses.replace` or the functions below."""

    type: Kind
    org: str
    intake: str = "full"
    fields: Mapping[str, Value] = field(default_factory=dict)
    evidence: tuple[Evidence, ...] = ()
    open: str | None = None
    stage: Stage = Stage.FILLING
    skipped: frozenset[str] = frozenset()
    said: frozenset[str] = frozenset()
    """Notices that were shown."""
    guessed: frozenset[str] = frozenset()
    """Fields read out of an answer to another question; the cadre was not asked for them."""
    again: frozenset[str] = frozenset()
    """Fields whose vague answer was asked for once more."""
    carried: frozenset[str] = frozenset()
    """Fields brought along from another kind of request: filled, but still shown and asked for once."""
    last: str | None = None
    """The field answered last: what 刚才说错了 refers to."""
    choosing: bool = False
    """Whether the cadre was asked which field to change, so that a number is a field's."""
    behalf: str = ""
    """The cadre (user id) a second-level party organisation files for; empty for one's own request."""
    held: str = ""
    """Words that may be an answer or a question; not stored as either until the cadre says which."""

    def state(self) -> dict[str, Any]:
        """All but fields and evidence, as JSON for storing; `restore` reads it."""
        plain = {name: getattr(self, name) for name in (*_PLAIN, "behalf")}
        sets = {name: sorted(getattr(self, name)) for name in _SETS}
        return {"type": str(self.type), "stage": str(self.stage), **plain, **sets}


_PLAIN = ("org", "intake", "open", "last", "held", "choosing")
_SETS = ("skipped", "said", "guessed", "again", "carried")


def restore(raw: Mapping[str, Any], fields: Mapping[str, Value], evidence: Iterable[Evidence]) -> Draft:
    """A draft out of its `state`, fields and evidence. Raises KeyError or ValueError when the state is none."""
    values: dict[str, Any] = {name: raw[name] for name in _PLAIN} | {name: frozenset(raw[name]) for name in _SETS}
    values["behalf"] = raw.get("behalf", "")
    kind, stage = Kind(raw["type"]), Stage(raw["stage"])
    return Draft(kind, stage=stage, fields=dict(fields), evidence=tuple(evidence), **values)


@dataclass(frozen=True)
class Said:
    """One turn. `ranking`: Rasa's intents with their probability; `command`: a pressed button's payload.

    `length`: characters of the whole message where `text` is only its beginning, else 0.
    """

    text: str = ""
    ranking: Mapping[str, float] = field(default_factory=dict)
    kind: str = "text"
    command: str = ""
    evidence: tuple[Evidence, ...] = ()
    refused: tuple[Refusal, ...] = ()
    length: int = 0


@dataclass(frozen=True)
class Step:
    """What a turn leads to. With `Effect.ANSWER` and `HANDOVER` the caller's own replies go before `replies`."""

    draft: Draft
    replies: tuple[Reply, ...] = ()
    effect: Effect = Effect.NONE
    question: str = ""


class Understood(Protocol):
    """A date as `core.cases.dates` reads it: ISO `value`, the words, whether it is vague, whether after today."""

    @property
    def value(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def vague(self) -> bool: ...
    @property
    def future(self) -> bool: ...


class Dates(Protocol):
    """Reader of dates: `core.cases.dates`, or a stand-in."""

    def parse(self, text: str, today: dt.date, future: bool = False) -> Understood | None:
        """The date that the whole text names; `future` when one to come is meant."""

    def find(self, text: str, today: dt.date, future: bool = False) -> Understood | None:
        """The date a sentence speaks of, with its words."""


def put(draft: Draft, name: str, value: Value, guessed: bool = False) -> Draft:
    """The draft with one field answered."""
    marks = draft.guessed | {name} if guessed else draft.guessed - {name}
    return replace(
        draft, fields={**draft.fields, name: value}, skipped=draft.skipped - {name}, carried=draft.carried - {name},
        guessed=marks, last=draft.last if guessed else name,
    )  # fmt: skip
