"""A document that was read and waits for HR's yes."""

from dataclasses import dataclass

from core.policies.intake import Draft
from knowledge.documents.model import Imported


@dataclass(frozen=True)
class Paper:
    """What was read, and what of it would be stored."""

    document: Imported
    draft: Draft
