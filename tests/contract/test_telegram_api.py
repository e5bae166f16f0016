"""The local Bot API taken at its word by the stock client, with its faults; the phone page's own API."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import httpx
import pytest
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup
from telegram.error import BadRequest, Conflict, Forbidden, InvalidToken, NetworkError, RetryAfter, TimedOut
from telegram.ext import ApplicationBuilder
from telegram.request import HTTPXRequest

from sandbox.telegram.testing import ONE, SECRET, TOKEN, TelegramServer

Work = Callable[[Bot], Coroutine[Any, Any, Any]]
KEYS = InlineKeyboardMarkup([[InlineKeyboardButton("甲", callback_data="k1")]])


@pytest.fixture(scope="module")
def running() -> Iterator[TelegramServer]:
    with TelegramServer.running() as one:
        yield one


@pytest.fixture
def server(running: TelegramServer) -> TelegramServer:
    running.fresh()
    return running


def with_bot(server: TelegramServer, work: Work, token: str = TOKEN, initialize: bool = True) -> Any:
    """Run `work` with a client built as its makers say (8.7)."""

    async def run() -> Any:
        requests = [HTTPXRequest(httpx_kwargs={"trust_env": False}, read_timeout=1) for _ in range(2)]
        base = server.base_url
        builder = ApplicationBuilder().token(token).base_url(f"{base}/bot").base_file_url(f"{base}/file/bot")
        application = builder.request(requests[0]).get_updates_request(requests[1]).build()
        if initialize:
            await application.initialize()
        try:
            return await work(application.bot)
        finally:
            if initialize:
                await application.shutdown()

    return asyncio.run(run())


def test_the_stock_client_says_shows_and_changes(server: TelegramServer) -> None:
    async def work(bot: Bot) -> None:
        assert (await bot.get_me()).username == "chengyao_sandbox_bot"
        sent = await bot.send_message(ONE, "你好", reply_markup=KEYS)
        await bot.edit_message_text("换了", ONE, sent.message_id, reply_markup=KEYS)
        with pytest.raises(BadRequest):
            await bot.edit_message_text("换了", ONE, sent.message_id, reply_markup=KEYS)
        await bot.edit_message_reply_markup(ONE, sent.message_id)
        assert await bot.send_chat_action(ONE, "typing")
        assert await bot.set_my_commands([("menu", "菜单")])

    with_bot(server, work)
    (item,) = server.chat(ONE)
    assert (item["text"], item["keyboard"], item["edited"]) == ("换了", [], True)
    assert server.api("GET", "commands") == [{"command": "menu", "description": "菜单"}]


def test_files_go_both_ways(server: TelegramServer) -> None:
    server.send(ONE, "document", name="说明.txt", content="5L2g5aW9")
    server.send(ONE, "document", size=21 << 20)

    async def work(bot: Bot) -> None:
        small, large = await bot.get_updates(timeout=0)
        file = await bot.get_file(small.message.document.file_id)
        assert bytes(await file.download_as_bytearray()).decode() == "你好"
        assert small.message.document.file_name == "说明.txt"
        with pytest.raises(BadRequest, match="too big"):
            await bot.get_file(large.message.document.file_id)
        photo = await bot.send_photo(ONE, b"\x89PNG....", caption="图")
        document = await bot.send_document(ONE, b"abc", filename="a.ics")
        again = await bot.send_document(ONE, document.document.file_id)
        assert photo.caption == "图" and again.document.file_name == "a.ics"

    with_bot(server, work)
    assert [item["kind"] for item in server.chat(ONE)[2:]] == ["photo", "document", "document"]


def test_webhook_and_polling_exclude_each_other(server: TelegramServer) -> None:
    async def work(bot: Bot) -> None:
        assert await bot.set_webhook("http://127.0.0.1:9/x", secret_token=SECRET)
        assert (await bot.get_webhook_info()).url == "http://127.0.0.1:9/x"
        with pytest.raises(Conflict):
            await bot.get_updates(timeout=0)
        with pytest.raises(BadRequest):
            await bot.set_webhook("http://127.0.0.1:9/x", secret_token="no spaces")
        assert await bot.delete_webhook()
        assert await bot.get_updates(timeout=0) == ()

    with_bot(server, work)


def test_a_press_is_answered_once(server: TelegramServer) -> None:
    async def work(bot: Bot) -> None:
        await bot.send_message(ONE, "选", reply_markup=KEYS)
        await asyncio.to_thread(server.press, ONE, "甲")
        (update,) = await bot.get_updates(timeout=0)
        assert update.callback_query.data == "k1"
        assert await bot.answer_callback_query(update.callback_query.id, "好")
        with pytest.raises(BadRequest, match="too old"):
            await bot.answer_callback_query(update.callback_query.id)

    with_bot(server, work)


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("too_many", RetryAfter),
        ("blocked", Forbidden),
        ("bad_request", BadRequest),
        ("server_error", NetworkError),
        ("lost", TimedOut),
    ],
)
def test_faults_are_what_the_client_knows(server: TelegramServer, kind: str, error: type[Exception]) -> None:
    async def work(bot: Bot) -> None:
        await asyncio.to_thread(lambda: server.fault(kind, retry_after=7, seconds=3))
        with pytest.raises(error) as caught:
            await bot.send_message(ONE, "你好")
        if isinstance(caught.value, RetryAfter):
            assert "7" in str(caught.value)
        await bot.send_message(ONE, "再来")

    with_bot(server, work)
    assert server.texts(ONE) == (["你好", "再来"] if kind == "lost" else ["再来"])


def test_what_the_platform_refuses(server: TelegramServer) -> None:
    async def work(bot: Bot) -> None:
        long_data = InlineKeyboardMarkup([[InlineKeyboardButton("甲", callback_data="键" * 22)]])
        for error, call in (
            (BadRequest, bot.send_message(ONE, "字" * 4097)),
            (BadRequest, bot.send_message(ONE, "😀" * 2049)),
            (BadRequest, bot.send_message(ONE, " ")),
            (BadRequest, bot.send_message(ONE, "x", reply_markup=long_data)),
            (BadRequest, bot.send_message(123, "nobody")),
            (BadRequest, bot.edit_message_text("x", ONE, 1)),
            (BadRequest, bot.get_file("unknown")),
        ):
            with pytest.raises(error):
                await call
        assert (await bot.send_message(ONE, "字" * 4096)).text == "字" * 4096

    with_bot(server, work)
    server.api("POST", f"users/{ONE}/block")

    async def blocked(bot: Bot) -> None:
        with pytest.raises(Forbidden):
            await bot.send_message(ONE, "x")

    with_bot(server, blocked)


def test_a_wrong_token_gets_nothing(server: TelegramServer) -> None:
    async def work(bot: Bot) -> None:
        with pytest.raises(InvalidToken):
            await bot.get_me()

    with_bot(server, work, token="7000000001:wrong", initialize=False)
    assert httpx.get(f"{server.base_url}/bot{TOKEN}x/getMe").json()["error_code"] == 401
    assert httpx.get(f"{server.base_url}/bot{TOKEN}/noSuchMethod").status_code == 404
    assert httpx.get(f"{server.base_url}/bot{TOKEN}/GETME").json()["ok"]
    assert httpx.post(f"{server.base_url}/bot{TOKEN}/sendMessage", json={"chat_id": ONE, "text": "j"}).json()["ok"]


def test_an_unanswered_webhook_is_tried_again_and_then_kept(server: TelegramServer) -> None:
    server.api("POST", "webhook", {"url": "http://127.0.0.1:9/x", "pause": 0.01})
    result = server.say(ONE, "在吗")
    assert (result["delivered"], result["attempts"]) == (False, 3)
    assert server.chat(ONE)[0]["delivery"] == "failed"
    assert [one["message"]["text"] for one in server.world.pending] == ["在吗"]


def test_the_phone_page_is_ours_alone(server: TelegramServer) -> None:
    page = httpx.get(f"{server.base_url}/telegram")
    assert page.status_code == 200 and "script-src 'self'" in page.headers["content-security-policy"]
    script = httpx.get(f"{server.base_url}/telegram/static/telegram.js").text
    assert "innerHTML" not in script and "eval" not in script
    assert server.client.post(f"users/{ONE}/press", json={"id": 1, "data": "x"}).status_code == 409
    assert server.client.post("faults", json={"kind": "nonsense"}).status_code == 400


def test_rates_are_measured(server: TelegramServer) -> None:
    async def work(bot: Bot) -> None:
        for _ in range(3):
            await bot.send_message(ONE, "x")

    with_bot(server, work)
    rate = server.api("GET", "rate")
    assert rate["sent"] == rate["peak"] == 3 and 0 <= rate["closest"] < 1
