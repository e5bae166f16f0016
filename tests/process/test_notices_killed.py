"""The gateway is killed in the middle of a notice, again and again: nobody gets it twice, nobody is forgotten."""

import base64
import random
import signal
import time
from pathlib import Path

from bot_fakes import until
from test_bot_process import bot, environment

from bench.platform import Platform, serving
from core.clock import Clock
from core.crypto import Cipher, new_key
from core.messages.service import Mailbox
from core.notices.expansion import Expansion
from core.notices.readers import Readers
from core.notices.rules import BATCH, Asks, Content, NoticeState, Progress, parse_audience
from core.notices.service import Notices
from core.people import store
from core.people.rules import Person
from core.testing import new_database
from sandbox.testing import free_port

PEOPLE, KILLS = 2000, 5


def order(own: Notices, title: str, asks: Asks = Asks.NOTHING) -> int:
    """A notice to everybody."""
    with own.mailbox.db.write() as connection:
        content = Content(title, "请于周五前体检。", parse_audience(["all"], []))
        number = own.write(connection, "cli", "", content, asks)
        own.submit(connection, number, "cli", ticked=True)
    Expansion(own).run()
    return number


def test_nobody_twice_and_at_most_one_call_unknown(tmp_path: Path) -> None:
    key, db = new_key(), new_database(tmp_path, "bot.db")
    cipher = Cipher((base64.urlsafe_b64decode(key + "=" * (-len(key) % 4)),))
    own, platform, chance = Notices(Mailbox(db, cipher, Clock()), {}), Platform(delay=0.15), random.Random(5)
    with db.write() as connection:
        for number in range(PEOPLE):
            store.put(connection, Person(f"m{number:05}", f"干部{number}", "azkj", department="教务处"))

    def progress(number: int) -> Progress:
        with db.read() as connection:
            return Readers(own).progress(connection, number)

    with serving(platform) as api:
        ports = {"BOT_PORT": str(free_port()), "RASA_PORT": str(free_port())}
        settings = {"CHENGYAO_DATA_KEYS": key, "CHENGYAO_DATABASE_URL": str(db.engine.url)}
        env = environment(tmp_path, **ports, **settings, CHENGYAO_WECOM_API_BASE=api)
        numbers, unknown = [], 0
        for round_ in range(KILLS):
            # Every other one asks for an answer: a text and a card, two calls for the same thousand.
            numbers.append(order(own, f"第{round_}次", Asks.CONFIRM if round_ % 2 else Asks.NOTHING))
            before = platform.report()["calls"]
            with bot(env, tmp_path / "bot.log") as process:
                until(lambda before=before: platform.report()["calls"] > before, 30)
                time.sleep(chance.uniform(0, 0.4))  # whatever moment this hits, the outcome must hold
                process.send_signal(signal.SIGKILL)
                process.wait()
        with bot(env, tmp_path / "bot.log"):
            until(lambda: all(progress(number).state is NoticeState.FINISHED for number in numbers), 60)
    for number in numbers:
        found = progress(number)
        assert found.accepted + found.unknown == PEOPLE and found.unknown <= BATCH * KILLS, found
        unknown += found.unknown
    assert unknown <= BATCH * KILLS  # one call in flight at each kill
    assert platform.report()["doubles"] == 0
    for title, counter in platform.seen.items():
        assert set(counter.values()) == {1}, title
    db.close()
