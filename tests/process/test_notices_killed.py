"""The gateway is killed in the middle of a notice, again and again: nobody gets it twice, nobody is forgotten."""

import base64
import random
import signal
import time
from pathlib import Path

from bot_fakes import until
from test_bot_process import bot, environment

from bench.notices import desk, order, roster
from bench.platform import Platform, serving
from core.notices.readers import Readers
from core.notices.rules import BATCH, Asks, NoticeState, Progress
from core.testing import KEY
from sandbox.testing import free_port

PEOPLE, KILLS = 2000, 5


def test_nobody_twice_and_at_most_one_call_unknown(tmp_path: Path) -> None:
    database = roster(tmp_path, PEOPLE)
    own, platform, chance = desk(database), Platform(delay=0.15), random.Random(5)

    def progress(number: int) -> Progress:
        with own.mailbox.db.read() as connection:
            return Readers(own).progress(connection, number)

    with serving(platform) as api:
        ports = {"BOT_PORT": str(free_port()), "RASA_PORT": str(free_port())}
        settings = {"CHENGYAO_DATA_KEYS": base64.urlsafe_b64encode(KEY).decode(), "CHENGYAO_DATABASE_URL": database}
        env = environment(tmp_path, **ports, **settings, CHENGYAO_WECOM_API_BASE=api)
        numbers = []
        for round_ in range(KILLS):
            # Every other one asks for an answer: a text and a card, two calls for the same thousand.
            numbers.append(order(own, f"第{round_}次", Asks.CONFIRM if round_ % 2 else Asks.NOTHING))
            before = platform.report()["calls"]
            with bot(env, tmp_path / "bot.log") as process:
                until(lambda before=before: platform.report()["calls"] > before, 60)
                time.sleep(chance.uniform(0, 0.4))  # whatever moment this hits, the outcome must hold
                process.send_signal(signal.SIGKILL)
                process.wait()
        with bot(env, tmp_path / "bot.log"):
            until(lambda: all(progress(number).state is NoticeState.FINISHED for number in numbers), 90)
    outcomes = [progress(number) for number in numbers]
    assert all(found.accepted + found.unknown == PEOPLE for found in outcomes), outcomes
    assert sum(found.unknown for found in outcomes) <= BATCH * KILLS  # one call in flight at each kill
    for title, counter in platform.seen.items():
        assert set(counter.values()) == {1}, title
    own.mailbox.db.close()
