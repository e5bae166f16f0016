"""For tests: requests filed on the phone, and the case as the command line shows it."""

import base64
import json
import subprocess
from dataclasses import dataclass
from typing import Any

from tests.phones import Exchange, Phone
from tests.running import CHENGYAO, ROOT, Assistant

FORM_SECONDS = 100.0
"""A fast run meets the member's limit of messages a minute and waits."""
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)


def chengyao(assistant: Assistant, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """The command line on the running assistant's data."""
    command = [str(CHENGYAO), *arguments]
    env = {**assistant.env, **assistant.secrets}
    return subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)


def shown(assistant: Assistant, number: str) -> dict[str, Any]:
    """`cases show NUMBER --json`."""
    done = chengyao(assistant, "cases", "show", number, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)  # type: ignore[no-any-return]


def numbers(assistant: Assistant, userid: str) -> list[str]:
    """The numbers of a member's cases."""
    done = chengyao(assistant, "cases", "list", "--json", "--person", f"wecom:{userid}")
    assert done.returncode == 0, done.stderr
    return [row["number"] for row in json.loads(done.stdout)]


@dataclass(frozen=True)
class Form:
    """A conversation in which a request is filed. What is said here is kept in the case, sealed."""

    phone: Phone

    def say(self, text: str) -> Exchange:
        """Type a message and read the answer."""
        self.phone.assistant.filed.append(text)
        return self._do("send", type="text", text=text)

    def send(self, *files: tuple[str, str, bytes]) -> Exchange:
        """Send pictures and files in a row: (kind, name, content)."""
        self.phone.news()
        for kind, name, content in files:
            media = base64.b64encode(content).decode()
            delivery = self.phone.act("send", type=kind, filename=name, media=media)
            assert delivery["delivered"], delivery
        self.phone.assistant.settle(FORM_SECONDS)
        return self.phone.news()

    def picture(self) -> Exchange:
        """Send one small picture."""
        return self.send(("image", "现场.png", PNG))

    def press(self, title: str) -> Exchange:
        """Press the newest button of that title; in a fast conversation, which gets no cards, type it."""
        last = [item for item in self.phone.inbox() if item["kind"] in ("text", "template_card")][-1]
        return self.phone.press(title) if last["kind"] == "template_card" else self._do("send", type="text", text=title)

    def _do(self, action: str, **body: object) -> Exchange:
        self.phone.news()
        delivery = self.phone.act(action, **body)
        assert delivery["delivered"], delivery
        self.phone.assistant.settle(FORM_SECONDS)
        return self.phone.news()
