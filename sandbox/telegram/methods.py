"""The Bot API's methods (wecom-protocol 8): what each checks, does and answers."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sandbox.telegram.world import File, Message, Object, User, World, bot_user

TEXT_LENGTH = 4096
CAPTION_LENGTH = 1024
CALLBACK_DATA = 64
DOWNLOAD_LIMIT = 20 << 20
_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")


class ApiError(Exception):
    """A refusal: the HTTP status is the error_code too."""

    def __init__(self, status: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.status = status
        self.parameters = parameters


@dataclass(frozen=True, slots=True)
class Call:
    """One call: parameters with JSON ones read, uploaded files by part name."""

    world: World
    values: Object
    files: dict[str, tuple[str, str, bytes]] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """A parameter as text, empty when absent."""
        value = self.values.get(name, "")
        return value if isinstance(value, str) else str(value)

    def number(self, name: str) -> int:
        """A required whole number; 400 otherwise."""
        value = str(self.values.get(name, ""))
        if not re.fullmatch(r"-?\d{1,18}", value):
            raise ApiError(400, f"Bad Request: {name} is empty")
        return int(value)

    def chat(self) -> User:
        """The conversation; 400 for one nobody knows, 403 for one that is closed to the bot."""
        user = self.world.users.get(self.number("chat_id"))
        if user is None:
            raise ApiError(400, "Bad Request: chat not found")
        if user.blocked:
            raise ApiError(403, "Forbidden: bot was blocked by the user")
        if not user.started:
            raise ApiError(403, "Forbidden: bot can't initiate conversation with a user")
        return user

    def own_message(self) -> Message:
        """The bot's message that is to be changed; 400 for any other."""
        found = self.world.message(self.chat().id, self.number("message_id"))
        if found is None or not found.mine:
            raise ApiError(400, "Bad Request: message to edit not found")
        return found

    def markup(self) -> Object:
        """{"reply_markup": …} for an inline keyboard, {} for none; 400 for a button's data of a wrong length."""
        value = self.values.get("reply_markup")
        if not isinstance(value, dict) or not value.get("inline_keyboard"):
            return {}
        for button in (button for row in value["inline_keyboard"] for button in row):
            if not button.get("text"):
                raise ApiError(400, "Bad Request: Text buttons are unallowed in the inline keyboard")
            data = button.get("callback_data")
            if data is not None and not 1 <= len(str(data).encode()) <= CALLBACK_DATA:
                raise ApiError(400, "Bad Request: BUTTON_DATA_INVALID")
        return {"reply_markup": {"inline_keyboard": value["inline_keyboard"]}}

    def words(self, name: str = "text", limit: int = TEXT_LENGTH) -> str:
        """The text of a message; 400 when empty or too long."""
        text = self.text(name)
        if not text.strip() and name == "text":
            raise ApiError(400, "Bad Request: message text is empty")
        if len(text.encode("utf-16-le")) // 2 > limit:
            raise ApiError(400, "Bad Request: message is too long")
        return text


def get_me(_call: Call) -> Object:
    """getMe."""
    rights = {"can_join_groups": False, "can_read_all_group_messages": False, "supports_inline_queries": False}
    return {**bot_user(), **rights}


def set_webhook(call: Call) -> bool:
    """setWebhook: any http or https address; an empty one removes it."""
    url, secret = call.text("url"), call.text("secret_token")
    if url and not url.startswith(("http://", "https://")):
        raise ApiError(400, "Bad Request: bad webhook: invalid webhook URL specified")
    if secret and not _SECRET.fullmatch(secret):
        raise ApiError(400, "Bad Request: secret token contains unallowed characters")
    call.world.webhook.url, call.world.webhook.secret = url, secret
    return True


def delete_webhook(call: Call) -> bool:
    """deleteWebhook."""
    call.world.webhook.url = ""
    return True


def webhook_info(call: Call) -> Object:
    """getWebhookInfo."""
    info = {"has_custom_certificate": False, "pending_update_count": len(call.world.pending)}
    return {"url": call.world.webhook.url, **info}


def get_updates(call: Call) -> list[Object]:
    """getUpdates: what waits, at once; 409 while a webhook is set."""
    if call.world.webhook.url:
        raise ApiError(409, "Conflict: can't use getUpdates method while webhook is active")
    offset = call.number("offset") if call.text("offset") else 0
    while call.world.pending and call.world.pending[0]["update_id"] < offset:
        call.world.pending.popleft()
    return list(call.world.pending)


def send_message(call: Call) -> Object:
    """sendMessage."""
    user = call.chat()
    return call.world.post(user, True, {"text": call.words(), **call.markup()}).as_message()


def edit_text(call: Call) -> Object:
    """editMessageText; without a keyboard the old one goes."""
    message = call.own_message()
    return _changed(call, message, {"text": call.words(), **call.markup()})


def edit_markup(call: Call) -> Object:
    """editMessageReplyMarkup."""
    message = call.own_message()
    rest = {name: value for name, value in message.body.items() if name != "reply_markup"}
    return _changed(call, message, {**rest, **call.markup()})


def _changed(call: Call, message: Message, body: Object) -> Object:
    if body == message.body:
        raise ApiError(400, "Bad Request: message is not modified")
    message.body, message.edited = body, True
    call.world.show(message)
    return message.as_message()


def answer_callback(call: Call) -> bool:
    """answerCallbackQuery: within a quarter of an hour, once."""
    if len(call.text("text")) > 200:
        raise ApiError(400, "Bad Request: MESSAGE_TOO_LONG")
    if call.world.callbacks.pop(call.text("callback_query_id"), 0) < time.time():
        raise ApiError(400, "Bad Request: query is too old and response timeout expired or query ID is invalid")
    call.world.answered.append({"id": call.text("callback_query_id"), "text": call.text("text")})
    return True


def send_photo(call: Call) -> Object:
    """sendPhoto."""
    file = _upload(call, "photo", 10 << 20)
    size = {"file_id": file.file_id, "file_unique_id": file.file_id[:12], "width": 640, "height": 480}
    return _with_caption(call, {"photo": [{**size, "file_size": file.size}]})


def send_document(call: Call) -> Object:
    """sendDocument."""
    return _with_caption(call, {"document": document(_upload(call, "document", 50 << 20))})


def document(file: File) -> Object:
    """The Bot API's Document."""
    names = {"file_id": file.file_id, "file_unique_id": file.file_id[:12], "file_name": file.name}
    return {**names, "mime_type": file.mime, "file_size": file.size}


def _upload(call: Call, name: str, limit: int) -> File:
    """A file sent along, attached by name, or known by its id; 400 otherwise."""
    value = call.text(name)
    part = call.files.get(value.removeprefix("attach://")) or call.files.get(name)
    if part:
        if len(part[2]) > limit:
            raise ApiError(413, "Request Entity Too Large")
        return call.world.keep(*part)
    if value in call.world.files:
        return call.world.files[value]
    raise ApiError(400, f"Bad Request: there is no {name} in the request")


def _with_caption(call: Call, body: Object) -> Object:
    caption = call.words("caption", CAPTION_LENGTH)
    body = {**body, **({"caption": caption} if caption else {}), **call.markup()}
    return call.world.post(call.chat(), True, body).as_message()


def get_file(call: Call) -> Object:
    """getFile: at most 20 MB."""
    file = call.world.files.get(call.text("file_id"))
    if file is None:
        raise ApiError(400, "Bad Request: invalid file_id")
    if file.size > DOWNLOAD_LIMIT:
        raise ApiError(400, "Bad Request: file is too big")
    unique = {"file_id": file.file_id, "file_unique_id": file.file_id[:12]}
    return {**unique, "file_size": file.size, "file_path": file.path}


def chat_action(call: Call) -> bool:
    """sendChatAction."""
    call.chat()
    return True


def set_commands(call: Call) -> bool:
    """setMyCommands: at most 100, names of lower-case letters, digits and underscores."""
    commands = call.values.get("commands")
    if not isinstance(commands, list) or len(commands) > 100:
        raise ApiError(400, "Bad Request: can't parse commands")
    for command in commands:
        if not re.fullmatch(r"[a-z0-9_]{1,32}", str(command.get("command"))) or not command.get("description"):
            raise ApiError(400, "Bad Request: BOT_COMMAND_INVALID")
    call.world.commands = commands
    return True


def get_commands(call: Call) -> list[Object]:
    """getMyCommands."""
    return call.world.commands


METHODS: dict[str, Callable[[Call], Any]] = {
    "getme": get_me,
    "setwebhook": set_webhook,
    "deletewebhook": delete_webhook,
    "getwebhookinfo": webhook_info,
    "getupdates": get_updates,
    "sendmessage": send_message,
    "editmessagetext": edit_text,
    "editmessagereplymarkup": edit_markup,
    "answercallbackquery": answer_callback,
    "sendphoto": send_photo,
    "senddocument": send_document,
    "getfile": get_file,
    "sendchataction": chat_action,
    "setmycommands": set_commands,
    "getmycommands": get_commands,
}
"""By lower-case name: the Bot API does not mind the case."""
SENDS = ("sendmessage", "sendphoto", "senddocument")
