"""For tests: a member's phone at the sandbox, used as the member would."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.running import Assistant

ANSWER_SECONDS = 20.0
Item = dict[str, Any]


def until(check: Callable[[], Any], seconds: float = ANSWER_SECONDS, what: str = "it") -> Any:
    """Wait for something true and return it; raises AssertionError after `seconds`."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := check():
            return found
        time.sleep(0.05)
    raise AssertionError(f"{what} did not happen within {seconds:.0f} s")


@dataclass(frozen=True)
class Exchange:
    """What came back on one message, oldest first."""

    items: tuple[Item, ...]

    @property
    def texts(self) -> list[str]:
        """The text bubbles."""
        return [str(item["content"]) for item in self.items if item["kind"] == "text"]

    @property
    def text(self) -> str:
        """All text bubbles, one below the other."""
        return "\n".join(self.texts)

    @property
    def card(self) -> Item | None:
        """The newest card, None without one."""
        return next((item for item in reversed(self.items) if item["kind"] == "template_card"), None)

    @property
    def titles(self) -> list[str]:
        """The titles of the newest card's buttons."""
        return [str(button["text"]) for button in self.card["card"]["buttons"]] if self.card else []


@dataclass
class Phone:
    """One member's phone at the sandbox. `seen` is the newest inbox entry already handed out."""

    assistant: "Assistant"
    userid: str
    seen: int = 0

    def inbox(self, after: int = 0) -> list[Item]:
        """What the member sees from the app."""
        return self.assistant.client.get(f"members/{self.userid}/inbox", params={"after": after}).json()  # type: ignore[no-any-return]

    def act(self, action: str, **body: object) -> dict[str, Any]:
        """Do something on the phone; the delivery of it to the assistant."""
        answer = self.assistant.client.post(f"members/{self.userid}/{action}", json=body)
        answer.raise_for_status()
        return answer.json()  # type: ignore[no-any-return]

    def news(self) -> Exchange:
        """What has come in since the last time."""
        items = self.inbox(self.seen)
        self.seen = max([self.seen, *(int(item["id"]) for item in items)])
        return Exchange(tuple(items))

    def say(self, text: str, seconds: float = ANSWER_SECONDS) -> Exchange:
        """Type a message and read the whole answer."""
        return self.do("send", seconds, type="text", text=text)

    def do(self, action: str, seconds: float = ANSWER_SECONDS, **body: object) -> Exchange:
        """Do something on the phone and read the whole answer, empty when there is none."""
        self.news()
        self.post(action, **body)
        self.assistant.settle(seconds)
        return self.news()

    def post(self, action: str, **body: object) -> None:
        """Do something on the phone without waiting; the assistant must acknowledge it."""
        if isinstance(body.get("text"), str):
            self.assistant.typed.append(str(body["text"]))
        delivery = self.act(action, **body)
        assert delivery["delivered"], delivery

    def press(self, title: str, of: Exchange | None = None) -> Exchange:
        """Press the button of that title on the newest card that has it, or on the card of an exchange."""
        cards = [of.card] if of and of.card else [item for item in self.inbox() if item["kind"] == "template_card"]
        for card in reversed(cards):
            for button in card["card"]["buttons"]:
                if button["text"] == title and not button["disabled"]:
                    return self.do("press", msgid=card["msgid"], key=button["key"])
        raise AssertionError(f"no button {title} to press")

    def menu(self, key: str) -> Exchange:
        """Tap a button of the menu under the conversation."""
        return self.do("menu", key=key)

    def send_image(self) -> Exchange:
        """Send a sample picture. Pictures wait two seconds for more."""
        return self.do("send", type="image")

    def card(self, msgid: str) -> Any:
        """A card as it looks now."""
        return next(item["card"] for item in self.inbox() if item["msgid"] == msgid)
