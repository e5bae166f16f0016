"""What a user does on the phone, as updates posted to the bot's webhook."""

import asyncio
import time
from dataclasses import dataclass

import httpx

from sandbox.telegram.methods import document
from sandbox.telegram.world import Message, Object, User, World, bot_user

HEADER = "X-Telegram-Bot-Api-Secret-Token"


class PhoneError(Exception):
    """A phone does not allow that; the message says why."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of an update: the last HTTP status, None when nobody answered."""

    delivered: bool
    status: int | None
    attempts: int
    update: Object


class Phone:
    """Turns taps into updates."""

    def __init__(self, world: World) -> None:
        self.world = world
        # Whatever proxy the environment names is not for the loopback.
        self._http = httpx.AsyncClient(trust_env=False)

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def text(self, user: User, text: str, date: int | None = None) -> Delivery:
        """Type something; a leading slash makes a command of it."""
        body: Object = {"text": text}
        if text.startswith("/"):
            body["entities"] = [{"type": "bot_command", "offset": 0, "length": len(text.split()[0])}]
        return await self.say(user, body, date)

    async def say(self, user: User, body: Object, date: int | None = None) -> Delivery:
        """Send any message."""
        user.started, user.blocked = True, False
        message = self.world.post(user, False, body, date)
        message.delivery = "sending"
        return await self._deliver_message(message, "message")

    async def edit(self, user: User, number: int, text: str) -> Delivery:
        """Change an own message."""
        message = self.world.message(user.id, number)
        if message is None or message.mine:
            raise PhoneError("there is no such message of yours")
        message.body, message.edited = {"text": text}, True
        self.world.show(message)
        return await self._deliver_message(message, "edited_message")

    async def file(self, user: User, kind: str, name: str, mime: str, content: bytes, size: int | None) -> Delivery:
        """Send a picture, voice, video or document; `size` may claim more than there is."""
        file = self.world.keep(name, mime, content, size)
        base = {"file_id": file.file_id, "file_unique_id": file.file_id[:12], "file_size": file.size}
        bodies: dict[str, Object] = {
            "photo": {"photo": [{**base, "width": 90, "height": 90}, {**base, "width": 640, "height": 480}]},
            "voice": {"voice": {**base, "duration": 3, "mime_type": mime}},
            "video": {"video": {**base, "duration": 3, "width": 320, "height": 240}},
            "document": {"document": document(file)},
        }
        if kind not in bodies:
            raise PhoneError(f"unknown kind {kind!r}")
        return await self.say(user, bodies[kind])

    async def press(self, user: User, number: int, data: str) -> Delivery:
        """Tap a button under the bot's message."""
        message = self.world.message(user.id, number)
        rows = message.body.get("reply_markup", {}).get("inline_keyboard", []) if message else []
        if message is None or data not in [button.get("callback_data") for row in rows for button in row]:
            raise PhoneError("there is no such button")
        return await self.callback(user, message, data)

    async def callback(self, user: User, message: Message, data: str) -> Delivery:
        """A press as it reaches the bot, even of a button that is gone."""
        query = {"id": self.world.new_callback(), "from": user.as_user(), "chat_instance": str(user.id), "data": data}
        return await self.deliver({"callback_query": {**query, "message": message.as_message()}})

    async def block(self, user: User) -> Delivery:
        """Block the bot."""
        user.blocked = True
        old: Object = {"user": bot_user(), "status": "member"}
        new: Object = {"user": bot_user(), "status": "kicked", "until_date": 0}
        change = {"chat": user.as_chat(), "from": user.as_user(), "date": int(time.time())}
        return await self.deliver({"my_chat_member": {**change, "old_chat_member": old, "new_chat_member": new}})

    async def _deliver_message(self, message: Message, kind: str) -> Delivery:
        result = await self.deliver({kind: message.as_message()})
        message.delivery = "delivered" if result.delivered else "failed"
        self.world.show(message)
        return result

    async def deliver(self, content: Object, update_id: int | None = None, secret: str | None = None) -> Delivery:
        """Post an update; repeated while the bot does not answer 2xx, then kept for getUpdates."""
        hook = self.world.webhook
        update: Object = {"update_id": update_id or self.world.next_update(), **content}
        status = None
        token = hook.secret if secret is None else secret
        headers = {HEADER: token} if token else {}
        for attempt in range(1, hook.retries + 1 if hook.url else 1):
            try:
                answer = await self._http.post(hook.url, json=update, headers=headers, timeout=hook.timeout)
                status = answer.status_code
            except httpx.HTTPError:
                status = None
            if status is not None and 200 <= status < 300:
                return Delivery(True, status, attempt, update)
            if attempt < hook.retries:
                await asyncio.sleep(hook.pause)
        self.world.pending.append(update)
        return Delivery(False, status, hook.retries if hook.url else 0, update)
