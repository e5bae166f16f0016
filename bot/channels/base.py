"""The seam between the gateway and a messaging platform: what a channel does and what each method raises."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from bot.cards import Message
from core.errors import ChannelError, Rejected, TemporaryFailure
from core.messages.rules import Inbound, Reply


class Forbidden(ChannelError):
    """The request does not come from the platform (HTTP 403, without detail)."""


class Malformed(ChannelError):
    """The request is not what the platform sends (HTTP 400)."""


class Unreachable(Rejected):
    """The recipient takes nothing from us on this channel any more (blocked, left)."""


class Paced(TemporaryFailure):
    """Not sent yet, so that the platform's limits are kept; `retry_after` seconds. No failure of anybody."""


@dataclass(frozen=True)
class Received:
    """Outcome of a request: the body to answer with, and the message in it, if any."""

    answer: bytes = b""
    message: Inbound | None = None


@dataclass(frozen=True)
class Media:
    """A downloaded file; `name` is what its sender called it, or empty."""

    name: str
    mime: str
    content: bytes


@dataclass(frozen=True)
class Outcome:
    """What became of one message to many: who the platform accepted it for, who not and why, its id there."""

    accepted: tuple[str, ...]
    rejected: Mapping[str, str]
    platform_id: str


class Channel(Protocol):
    """One messaging platform.

    Every call to the platform raises core.errors.TemporaryFailure (worth another try), Rejected (never) or, where
    something was to be delivered, OutcomeUnknown (the answer was lost).
    """

    @property
    def name(self) -> str:
        """Name in rows, addresses and metrics."""
        ...

    @property
    def relays(self) -> int:
        """How many calls that deliver may be under way at once."""
        ...

    @property
    def most_recipients(self) -> int:
        """How many recipients one `send_many` takes."""
        ...

    def receive(self, method: str, query: Mapping[str, str], headers: Mapping[str, str], body: bytes) -> Received:
        """Verify, decrypt and parse a request. Raises Forbidden or Malformed; calls nobody."""
        ...

    def render(self, reply: Reply, new_button: Callable[[str], str]) -> list[Message]:
        """The messages a reply becomes here; `new_button` gives the opaque id for a button's payload."""
        ...

    def send(self, recipient: str, message: Message, resend: float = 0) -> str:
        """Deliver one message and return the platform's id.

        `resend`: when the message may have arrived before, the seconds since it was queued (else 0): the platform is
        asked to look that far back for the same. Farther would mistake an equal answer to an earlier question for it.
        """
        ...

    def send_many(self, recipients: Sequence[str], message: Message, resend: float = 0) -> Outcome:
        """Deliver one message to at most `most_recipients`; `resend` as in `send`."""
        ...

    def acknowledge_press(self, recipient: str, response_code: str, title: str) -> None:
        """Grey out the pressed card with the chosen title."""
        ...

    def download(self, media_id: str) -> Media:
        """Fetch a file that a member sent."""
        ...


@runtime_checkable
class HasRecall(Protocol):
    """A channel that takes back what was sent."""

    def recall(self, platform_id: str) -> None:
        """Take a message back from everyone it went to. Raises TemporaryFailure or Rejected."""
        ...


@runtime_checkable
class HasSignIn(Protocol):
    """A channel whose platform signs people in to web pages."""

    def who_signed_in(self, code: str) -> str:
        """The user id behind a one-time code, '' for a stranger. Raises ChannelError."""
        ...


@dataclass(frozen=True)
class Member:
    """Somebody in the platform's directory. `departments`: names from below the root down to the main department."""

    userid: str
    name: str
    departments: tuple[str, ...]
    position: str
    leads: bool
    leader: str


@runtime_checkable
class HasDirectory(Protocol):
    """A channel whose platform keeps the organisation's members."""

    def members(self) -> list[Member]:
        """The active members in the app's range. Raises ChannelError."""
        ...


@runtime_checkable
class HasMenu(Protocol):
    """A channel whose conversation has a fixed menu."""

    def menu(self) -> list[dict[str, Any]] | None:
        """The menu that is set, None when there is none. Raises TemporaryFailure or Rejected."""
        ...

    def set_menu(self, buttons: list[dict[str, Any]]) -> None:
        """Replace the menu. Raises TemporaryFailure or Rejected."""
        ...


@runtime_checkable
class HasSetup(Protocol):
    """A channel that tells the platform at the start where and how we are reached."""

    def set_up(self) -> None:
        """Do it; repeating it changes nothing. Raises TemporaryFailure or Rejected."""
        ...
