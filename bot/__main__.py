"""`python -m bot`: the channel gateway."""

import sys

import uvicorn

from bot.app import create_app
from bot.bootstrap import build
from core import log, settings
from core.errors import SettingError

_GRACEFUL_SECONDS = 1
TELEGRAM_WARNING = (
    "the Telegram channel is on: it lies outside the organisation and the country; policy answers, neutral reminders "
    "and notices go there, cases, evidence, talks, life events and health data never"
)


def main() -> int:
    """Serve until SIGTERM. Returns 2, with one line on stderr, when a setting is missing or unusable."""
    try:
        values = settings.load()
        values.require_production()
        gateway = build(values)
    except SettingError as error:
        print(error, file=sys.stderr)
        return 2
    logger = log.configure("bot")
    if values.telegram_token:
        logger.warning(TELEGRAM_WARNING)
    uvicorn.run(
        create_app(gateway),
        host=values.bot_host,
        port=values.bot_port,
        access_log=False,
        log_config=None,
        server_header=False,
        timeout_graceful_shutdown=_GRACEFUL_SECONDS,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
