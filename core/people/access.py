"""What each role may see and do in the console: one table, the only place that decides it. Pure."""

from collections.abc import Iterable
from enum import StrEnum


class Right(StrEnum):
    """One thing the console can be used for."""

    HOME = "home"  # numbers about what waits, never content
    CASES = "cases"  # open and move the cases of one's own organisation
    PEOPLE_READ = "people_read"  # the roster of one's own organisation
    PEOPLE = "people"  # import a roster, enter events
    INVITE = "invite"  # hand out one-time links
    REMINDERS_READ = "reminders_read"  # coverage and what is overdue, as numbers
    REMINDERS = "reminders"  # whom a reminder is about; rules on and off
    NOTICES_READ = "notices_read"  # progress and receipts
    NOTICES = "notices"  # write, send, recall
    KNOWLEDGE = "knowledge"  # policies, topics, shared questions, try-it box
    AUDIT = "audit"  # the trail and its chain check
    EXPORT = "export"  # roster, coverage and receipts as a file, with a reason


_HANDLER = (Right.HOME, Right.CASES)
ROLE_RIGHTS: dict[str, tuple[Right, ...]] = {
    "cadre": (),
    "handler_discipline": _HANDLER,
    "handler_organization": _HANDLER,
    "hr": (
        Right.HOME, Right.PEOPLE_READ, Right.PEOPLE, Right.REMINDERS_READ, Right.REMINDERS, Right.NOTICES_READ,
        Right.NOTICES, Right.KNOWLEDGE, Right.EXPORT,
    ),
    "auditor": (Right.HOME, Right.REMINDERS_READ, Right.NOTICES_READ, Right.AUDIT),
    "admin": (
        Right.HOME, Right.PEOPLE_READ, Right.PEOPLE, Right.INVITE, Right.NOTICES_READ, Right.NOTICES, Right.KNOWLEDGE,
    ),
}  # fmt: skip


def rights_of(roles: Iterable[str]) -> frozenset[Right]:
    """Everything the roles allow together; nothing for a role that is not in the table."""
    return frozenset(right for role in roles for right in ROLE_RIGHTS.get(role, ()))
