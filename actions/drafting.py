"""Drafts between the form's brain and our tables: which one is open, its files, saving after every turn."""

from dataclasses import replace

from actions.turn import Turn
from core.cases import rules
from core.cases.drafts import Received
from core.cases.fields import takes_evidence
from core.cases.form import Draft, Evidence, Kind, Refusal, Stage, Step, Value, restore
from core.cases.prompts import files as file_lines
from core.cases.rules import FieldValue, Type
from core.messages.rules import Reply, chosen

_FORM = ("form:",)


def _opened(turn: Turn, row: rules.Draft) -> Draft:
    fields = {name: Value(given.value, given.text) for name, given in row.fields.items()}
    kept = turn.app.desk.drafts.of_draft(turn.connection, row)
    return restore(row.state, fields, (_evidence(one) for one in kept))


def _evidence(file: Received) -> Evidence:
    return Evidence(file.id, file.name, file.bytes, file.sha256, file.mime)


def active(turn: Turn) -> Draft | None:
    """The draft that takes part in the conversation: the one being filled, else one that was put away."""
    drafts = [_opened(turn, row) for row in turn.app.desk.drafts.all(turn.connection, turn.person.userid)]
    awake = [draft for draft in drafts if draft.stage is not Stage.PAUSED]
    return next(iter([*awake, *drafts]), None)


def latest(turn: Turn) -> Draft | None:
    """The draft touched last."""
    rows = turn.app.desk.drafts.all(turn.connection, turn.person.userid)
    return _opened(turn, rows[0]) if rows else None


def load(turn: Turn, kind: Kind) -> Draft | None:
    """The person's draft of one kind."""
    row = stored(turn, kind)
    return _opened(turn, row) if row else None


def stored(turn: Turn, kind: Kind) -> rules.Draft | None:
    """The same as it stands in our tables."""
    return turn.app.desk.drafts.load(turn.connection, turn.person.userid, Type(kind))


def save(turn: Turn, draft: Draft, switched: Draft | None = None) -> rules.Draft:
    """Write a draft with its files; `switched`: the draft of another kind that it replaces. Raises Refused."""
    drafts = turn.app.desk.drafts
    fields = {name: FieldValue(value.value, value.text) for name, value in draft.fields.items()}
    if switched is not None and (known := stored(turn, draft.type)) is not None:
        fields = {**known.fields, **fields}
    row = drafts.save(turn.connection, turn.person, Type(draft.type), fields, draft.state())
    if switched is not None and (old := stored(turn, switched.type)) is not None:
        drafts.carry(turn.connection, old, row)
        drafts.discard(turn.connection, old)
    wanted = [one.id for one in draft.evidence]
    here = [one.id for one in drafts.of_draft(turn.connection, row)]
    drafts.detach(turn.connection, row, [one for one in here if one not in wanted])
    drafts.attach(turn.connection, row, [one for one in wanted if one not in here])
    return row


def discard(turn: Turn, draft: Draft) -> None:
    """Remove a draft with its files."""
    row = stored(turn, draft.type)
    if row is not None:
        turn.app.desk.drafts.discard(turn.connection, row)


# -- files


def ids_in(turn: Turn) -> list[int]:
    """The evidence ids of a turn with pictures and files."""
    given = turn.call.metadata.get("attachments")
    return [one for one in given if isinstance(one, int)] if isinstance(given, list) else []


def files(turn: Turn) -> tuple[tuple[Evidence, ...], tuple[Refusal, ...]]:
    """What came with the turn: what was stored, what was refused and why."""
    found = turn.app.desk.drafts.incoming(turn.connection, turn.person.userid, ids_in(turn))
    taken = tuple(_evidence(one) for one in found if not one.reason)
    return taken, tuple(Refusal(one.name or "这份材料", one.reason) for one in found if one.reason)


def with_waiting_files(turn: Turn, step: Step) -> tuple[Reply, ...]:
    """Files sent before the form was opened go into it; the reply begins with them."""
    ids = turn.context.pending.get("files")
    if not isinstance(ids, list) or not takes_evidence(step.draft):
        return step.replies
    known = {one.id for one in step.draft.evidence}
    waiting = turn.app.desk.drafts.incoming(turn.connection, turn.person.userid, ids)
    added = tuple(_evidence(one) for one in waiting if not one.reason and one.id not in known)
    if not added:
        return step.replies
    before = len(step.draft.evidence)
    save(turn, replace(step.draft, evidence=step.draft.evidence + added))
    lines = "\n".join(file_lines(before, added, (), before + len(added)))
    return (Reply(lines, "status"), *step.replies)


def outside_choice(turn: Turn) -> bool:
    """Whether the words pick a choice that was shown last and is none of the form's."""
    if turn.call.kind != "text":
        return False
    button = chosen(turn.call.text, turn.context.choices)
    return button is not None and not button.payload.startswith(_FORM)
