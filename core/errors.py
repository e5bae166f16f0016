"""All errors of the product, drawn once.

ChengyaoError
├── SettingError        a setting is missing or unusable; names it
├── KnowledgeError      a policy or topic file does not hold together
├── RosterError         a roster file cannot be read at all
├── ImportFailed        a document cannot be taken in; the message is one Chinese line
├── NotFound            no such row for this asker
├── Refused             a rule forbids it; the reason is for the person
├── DecryptionFailed    stored data does not open with any configured key
└── ChannelError        the platform did not take a call
    ├── TemporaryFailure    worth another try; `retry_after` seconds
    ├── Rejected            it will never be taken; `reason`
    └── OutcomeUnknown      the answer was lost: it may have been delivered
DialogueError           Rasa answered wrongly, with nothing or too late
└── DialogueDown        Rasa can't be reached or has no model
"""


class ChengyaoError(Exception):
    """Base of everything the product raises on purpose."""

    def __init__(self, message: str = "") -> None:
        super().__init__(message or (self.__doc__ or "").strip().splitlines()[0])


class SettingError(ChengyaoError):
    """A setting is missing or unusable."""

    def __init__(self, setting: str, problem: str) -> None:
        super().__init__(f"{setting}: {problem}")
        self.setting = setting


class KnowledgeError(ChengyaoError):
    """A policy or topic file does not hold together."""


class RosterError(ChengyaoError):
    """A roster file cannot be read."""


class ImportFailed(ChengyaoError):
    """A document cannot be taken in. The message is one Chinese line for the person who imports it."""


class NotFound(ChengyaoError):
    """No such row for this asker."""


class Refused(ChengyaoError):
    """A rule forbids it."""


class DecryptionFailed(ChengyaoError):
    """Stored data does not open with any configured key."""


class ChannelError(ChengyaoError):
    """The platform did not take a call."""


class TemporaryFailure(ChannelError):
    """Worth another try."""

    def __init__(self, reason: str, retry_after: float | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retry_after = retry_after


class Rejected(ChannelError):
    """The platform will never take this message."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class OutcomeUnknown(ChannelError):
    """The platform's answer was lost; the message may have been delivered."""


class DialogueError(ChengyaoError):
    """Rasa answered wrongly, with nothing, or too late."""


class DialogueDown(DialogueError):
    """Rasa can't be reached or has no model loaded."""
