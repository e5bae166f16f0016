"""WeChat Work (企业微信) as a channel: a self-built app with an encrypted callback (wecom-protocol 1–5)."""

import math
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bot import cards
from bot.cards import Message
from bot.channels import wecom_directory, wecom_parse
from bot.channels.base import Media, Member, Outcome, Received
from bot.channels.wecom_callback import Callback
from bot.channels.wecom_client import Account, Client
from bot.channels.wecom_errors import PAUSES, Pauses
from core.errors import Rejected
from core.messages.rules import Reply

MOST_RECIPIENTS = 1000
_LONGEST_CHECK = 4 * 3600
_NO_MENU = "errcode 46003"


class WeCom:
    """One app of one corporation. `now` is the wall clock that callbacks are held against, epoch seconds."""

    name = wecom_parse.NAME
    relays = 4
    most_recipients = MOST_RECIPIENTS

    def __init__(self, account: Account, pauses: Pauses = PAUSES, now: Callable[[], float] = time.time) -> None:
        self._account = account
        self._client = Client(account, pauses)
        self._callback = Callback(account.token, account.aes_key, account.corp_id, now)

    def receive(self, method: str, query: Mapping[str, str], headers: Mapping[str, str], body: bytes) -> Received:
        """A URL verification (GET) or a message (POST), section 1. Raises Forbidden or Malformed."""
        if method != "POST":
            return Received(answer=self._callback.echo(query))
        document = self._callback.document(query, body)
        return Received(message=wecom_parse.parse(document, self._account.corp_id, self._account.agent_id))

    def render(self, reply: Reply, new_button: Callable[[str], str]) -> list[Message]:
        """Text within 2,048 bytes with numbered choices, then a card with at most six buttons."""
        return cards.render(reply, new_button)

    def send(self, recipient: str, message: Message, resend: float = 0) -> str:
        """message/send to one member; returns the msgid. Raises TemporaryFailure, Rejected, OutcomeUnknown."""
        outcome = self.send_many((recipient,), message, resend)
        for reason in outcome.rejected.values():
            raise Rejected(reason)
        return outcome.platform_id

    def send_many(self, recipients: Sequence[str], message: Message, resend: float = 0) -> Outcome:
        """message/send to at most 1,000 members (4.1); the answer names those it could not reach (4.4)."""
        if not 0 < len(recipients) <= MOST_RECIPIENTS:
            raise ValueError("1 to 1,000 recipients")
        body = self._file(message) if message.kind == "file" else _body(message)
        data = {"touser": "|".join(recipients), "agentid": self._account.agent_id, **body}
        if resend:
            interval = min(math.ceil(resend) + 1, _LONGEST_CHECK)
            data |= {"enable_duplicate_check": 1, "duplicate_check_interval": interval}
        answer = self._client.post("message/send", data, delivers=True)
        rejected = _unreached(answer, recipients)
        accepted = tuple(recipient for recipient in recipients if recipient not in rejected)
        return Outcome(accepted, rejected, str(answer.get("msgid") or ""))

    def _file(self, message: Message) -> dict[str, Any]:
        """Upload a file (5.1) and name it in the message (4.2); a resend uploads it again."""
        return {"msgtype": "file", "file": {"media_id": self._client.upload(message.name, message.text.encode())}}

    def who_signed_in(self, code: str) -> str:
        """The user id behind a web login's code (5.5); '' for somebody who is no member. Raises ChannelError."""
        answer = self._client.get("auth/getuserinfo", code=code)
        return str(answer.get("userid") or "")

    def members(self) -> list[Member]:
        """department/list, then user/list of each (5.3): the active members in the app's range. Raises ChannelError."""
        return wecom_directory.members(self._client.get)

    def recall(self, platform_id: str) -> None:
        """message/recall (4.7): the last 24 hours only, and not in the WeChat plug-in."""
        self._client.post("message/recall", {"msgid": platform_id})

    def acknowledge_press(self, recipient: str, response_code: str, title: str) -> None:
        """message/update_template_card with the event's ResponseCode (4.8). Raises TemporaryFailure or Rejected."""
        data = {
            "userids": [recipient],
            "agentid": self._account.agent_id,
            "response_code": response_code,
            "button": {"replace_name": cards.short(title)},
        }
        self._client.post("message/update_template_card", data)

    def download(self, media_id: str) -> Media:
        """media/get (5.1). Raises TemporaryFailure or Rejected."""
        return self._client.download(media_id)

    def menu(self) -> list[dict[str, Any]] | None:
        """menu/get (5.2); None when the app has none."""
        try:
            answer = self._client.get("menu/get", agentid=self._account.agent_id)
        except Rejected as error:
            if error.reason == _NO_MENU:
                return None
            raise
        buttons = answer.get("button")
        return [button for button in buttons if isinstance(button, dict)] if isinstance(buttons, list) else None

    def set_menu(self, buttons: list[dict[str, Any]]) -> None:
        """menu/create (5.2), replacing what is there."""
        self._client.post("menu/create", {"button": buttons}, agentid=self._account.agent_id)


def _body(message: Message) -> dict[str, Any]:
    if message.kind == "text":
        return {"msgtype": "text", "text": {"content": message.text}}
    buttons = [{"text": title, "style": 1, "key": key} for title, key in message.choices]
    card = {
        "card_type": "button_interaction",
        "main_title": {"title": message.text},
        "task_id": message.task_id,
        "button_list": buttons,
    }
    return {"msgtype": "template_card", "template_card": card}


def _unreached(answer: Mapping[str, Any], recipients: Sequence[str]) -> dict[str, str]:
    """Recipients the platform left out, with the reason; it names them in lower case."""
    reasons: dict[str, str] = {}
    for name in ("unlicenseduser", "invaliduser"):
        listed = str(answer.get(name) or "").casefold().split("|")
        reasons.update({userid: name for userid in listed if userid})
    return {recipient: reasons[recipient.casefold()] for recipient in recipients if recipient.casefold() in reasons}
