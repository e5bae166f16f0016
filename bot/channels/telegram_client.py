"""The wire to the Bot API: an asynchronous client on a thread of its own; its errors as ours (wecom-protocol 8.6)."""

import asyncio
import datetime as dt
import os
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import TimeoutError as FutureTimeout
from dataclasses import dataclass, field
from typing import Any, TypeVar

import telegram
from telegram import Bot
from telegram.error import BadRequest, Forbidden, InvalidToken, NetworkError, RetryAfter, TelegramError, TimedOut
from telegram.request import HTTPXRequest

from bot.channels.base import Unreachable
from core.errors import ChannelError, OutcomeUnknown, Rejected, TemporaryFailure

# The library's attribute changes its type some day; asked for the new one, it does not warn at every 429.
os.environ.setdefault("PTB_TIMEDELTA", "true")
ORIGIN = "https://api.telegram.org"
CONFIGURATION_PAUSE = 60.0
_BEFORE_SENDING = ("ConnectTimeout", "ConnectError", "PoolTimeout", "UnsupportedProtocol", "ProxyError")
_GATEWAY_LOST_IT = ("Bad Gateway", "(504)")
Result = TypeVar("Result")


@dataclass(frozen=True)
class Account:
    """One bot. `api_base` is an origin; `timeouts` are connect and read, in seconds."""

    token: str = field(repr=False)
    secret: str = field(repr=False)
    api_base: str = ORIGIN
    webhook_url: str = ""
    timeouts: tuple[float, float] = (5.0, 20.0)


class Client:
    """Calls of the Bot API from any thread, each to its end."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="telegram-client", daemon=True)
        self._thread.start()
        self.bot = asyncio.run_coroutine_threadsafe(self._build(), self._loop).result(10)

    async def _build(self) -> Bot:
        connect, read = self._account.timeouts
        request = [
            # Whatever proxy the environment names is not used: the address of a call holds the token.
            HTTPXRequest(
                connection_pool_size=4,
                connect_timeout=connect,
                read_timeout=read,
                write_timeout=read,
                pool_timeout=connect,
                httpx_kwargs={"trust_env": False},
            )
            for _ in range(2)
        ]
        base = self._account.api_base
        return Bot(
            self._account.token, f"{base}/bot", f"{base}/file/bot", request=request[0], get_updates_request=request[1]
        )

    def call(self, method: Callable[[], Awaitable[Result]], delivers: bool = False) -> Result:
        """One call. Raises TemporaryFailure, Rejected or, for what delivers, OutcomeUnknown."""

        async def run() -> Result:
            return await method()

        future = asyncio.run_coroutine_threadsafe(run(), self._loop)
        connect, read = self._account.timeouts
        try:
            return future.result(2 * connect + 2 * read)
        except TelegramError as error:
            raise refusal(error, delivers) from None
        except FutureTimeout:
            future.cancel()
            raise _lost("no answer", delivers) from None

    def close(self) -> None:
        """Stop the thread; calls under way are lost."""
        self._loop.call_soon_threadsafe(self._loop.stop)


def refusal(error: TelegramError, delivers: bool) -> ChannelError:
    """The product's error for the library's; the texts of the platform are not kept, some repeat what was sent."""
    if isinstance(error, RetryAfter):
        wait = error.retry_after
        return TemporaryFailure("HTTP 429", wait.total_seconds() if isinstance(wait, dt.timedelta) else float(wait))
    if isinstance(error, Forbidden):
        return Unreachable("HTTP 403")
    if isinstance(error, BadRequest):  # a NetworkError too, so before that one
        return Rejected("HTTP 400")
    if isinstance(error, InvalidToken):
        return TemporaryFailure("the token is refused", CONFIGURATION_PAUSE)
    if isinstance(error, TimedOut | NetworkError):
        return _network(error, delivers)
    name = type(error).__name__
    if isinstance(error, telegram.error.Conflict | telegram.error.ChatMigrated):
        return TemporaryFailure(name, CONFIGURATION_PAUSE)
    return _lost(name, delivers)


def _network(error: TelegramError, delivers: bool) -> ChannelError:
    cause = type(error.__cause__).__name__ if error.__cause__ is not None else ""
    if cause in _BEFORE_SENDING:
        return TemporaryFailure(cause)
    if not cause and not isinstance(error, TimedOut) and not any(mark in str(error) for mark in _GATEWAY_LOST_IT):
        return TemporaryFailure("HTTP 5xx")
    return _lost(cause or "HTTP 502", delivers)


def _lost(reason: str, delivers: bool) -> ChannelError:
    return OutcomeUnknown(reason) if delivers else TemporaryFailure(reason)


def keyboard(choices: tuple[tuple[str, str], ...]) -> Any:
    """An inline keyboard, short titles two in a row; None without choices."""
    if not choices:
        return None
    rows: list[list[telegram.InlineKeyboardButton]] = []
    for title, key in choices:
        button = telegram.InlineKeyboardButton(title, callback_data=key)
        short = len(title) <= 8
        if short and rows and len(rows[-1]) == 1 and len(rows[-1][0].text) <= 8:
            rows[-1].append(button)
        else:
            rows.append([button])
    return telegram.InlineKeyboardMarkup(rows)
