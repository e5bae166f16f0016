"""Telegram as a channel: the Bot API with a webhook (wecom-protocol 8). It lies outside the organisation."""

import contextlib
import datetime as dt
import hmac
from collections.abc import Callable, Mapping, Sequence

from telegram import BotCommand, LinkPreviewOptions

from bot import cards
from bot.cards import Message
from bot.channels import telegram_parse
from bot.channels.base import Forbidden, Malformed, Media, Outcome, Paced, Received, Unreachable
from bot.channels.telegram_client import Account, Client, keyboard
from bot.channels.telegram_pace import Pace
from core.clock import wall
from core.errors import Rejected, TemporaryFailure
from core.messages.rules import Reply

SECRET_HEADER = "x-telegram-bot-api-secret-token"
MAX_BODY = 1 << 20
DOWNLOAD_LIMIT = 20 << 20
_JSON = "application/json"
COMMANDS = (
    ("menu", "菜单"), ("reminders", "我的提醒"), ("human", "联系人工"), ("help", "帮助"), ("unlink", "解绑这个账号"),
)  # fmt: skip
_NO_PREVIEW = LinkPreviewOptions(is_disabled=True)


class Telegram:
    """One bot. `now` is the wall clock that messages' times are held against."""

    name = telegram_parse.NAME
    # One call at a time: a relay that is killed leaves at most one message of which nobody knows whether it arrived.
    relays = 1
    most_recipients = 1

    def __init__(self, account: Account, pace: Pace | None = None, now: Callable[[], dt.datetime] = wall) -> None:
        self._account = account
        self._client = Client(account)
        self._pace = pace or Pace()
        self._now = now

    def receive(self, method: str, query: Mapping[str, str], headers: Mapping[str, str], body: bytes) -> Received:
        """An update (8.1). Raises Forbidden without the secret, Malformed for anything else than an update."""
        given = headers.get(SECRET_HEADER, "")
        if not self._account.secret or not hmac.compare_digest(given.encode(), self._account.secret.encode()):
            raise Forbidden("secret")
        if method != "POST" or headers.get("content-type", "").partition(";")[0].strip().lower() != _JSON:
            raise Malformed("not JSON by its content type")
        if len(body) > MAX_BODY:
            raise Malformed("the body is too large")
        update = telegram_parse.update_in(body)
        return Received(message=telegram_parse.parse(update, self._now()) if update else None)

    def render(self, reply: Reply, new_button: Callable[[str], str]) -> list[Message]:
        """Text within 4,096 characters, the buttons as a keyboard under its last piece."""
        return cards.render_keyboard(reply, new_button)

    def send(self, recipient: str, message: Message, resend: float = 0) -> str:
        """sendMessage to one chat; returns the message's id there.

        The platform looks for no duplicates, so `resend` changes nothing. Raises Paced when the chat or the bot has to
        wait, TemporaryFailure, Rejected (Unreachable: the user has blocked the bot) or OutcomeUnknown.
        """
        if message.kind not in ("text", "card"):
            raise Rejected(f"no {message.kind} goes outside")
        wait = self._pace.wait_for(recipient)
        if wait > 0:
            raise Paced("spacing", wait)
        markup = keyboard(message.choices)
        try:
            sent = self._client.call(
                lambda: self._client.bot.send_message(
                    _chat(recipient), message.text, reply_markup=markup, link_preview_options=_NO_PREVIEW
                ),
                delivers=True,
            )
        except TemporaryFailure as error:
            if error.retry_after:
                self._pace.hold(error.retry_after)
            raise
        return str(sent.message_id)

    def send_many(self, recipients: Sequence[str], message: Message, resend: float = 0) -> Outcome:
        """To one recipient, for the platform knows no message to many: one call, one outcome. Raises as `send`,
        except that a mere refusal is in the outcome."""
        if len(recipients) != self.most_recipients:
            raise ValueError("one recipient at a time")
        try:
            platform_id = self.send(recipients[0], message, resend)
        except Unreachable:
            raise
        except Rejected as error:
            return Outcome((), {recipients[0]: error.reason}, "")
        return Outcome(tuple(recipients), {}, platform_id)

    def acknowledge_press(self, recipient: str, response_code: str, title: str) -> None:
        """answerCallbackQuery, then the keyboard goes. Raises TemporaryFailure or Rejected."""
        query_id, _, number = response_code.partition(":")
        # A late answer is refused; the keyboard goes all the same.
        with contextlib.suppress(Rejected):
            self._client.call(lambda: self._client.bot.answer_callback_query(query_id, f"已选：{title}"[:200]))
        if number.isdecimal():
            with contextlib.suppress(Rejected):  # "not modified": the keyboard is gone already
                self._client.call(lambda: self._client.bot.edit_message_reply_markup(_chat(recipient), int(number)))

    def download(self, media_id: str) -> Media:
        """getFile and its content, at most 20 MB (8.4). Raises TemporaryFailure or Rejected."""
        file = self._client.call(lambda: self._client.bot.get_file(media_id))
        if (file.file_size or 0) > DOWNLOAD_LIMIT:
            raise Rejected("too large")
        content = self._client.call(file.download_as_bytearray)
        name = (file.file_path or "").rpartition("/")[2]
        return Media(name, "application/octet-stream", bytes(content))

    def set_up(self) -> None:
        """setMyCommands and, where our public address is known, setWebhook. Raises TemporaryFailure or Rejected."""
        bot, account = self._client.bot, self._account
        self._client.call(lambda: bot.set_my_commands([BotCommand(*command) for command in COMMANDS]))
        if account.webhook_url:
            self._client.call(
                lambda: bot.set_webhook(
                    account.webhook_url,
                    secret_token=account.secret,
                    allowed_updates=telegram_parse.UPDATES,
                    max_connections=8,
                )
            )

    def close(self) -> None:
        """Stop the client's thread."""
        self._client.close()


def _chat(recipient: str) -> int:
    """A private chat's id is the user's. Raises Rejected for what is no id."""
    if not recipient.isdecimal():
        raise Rejected("no chat id")
    return int(recipient)
