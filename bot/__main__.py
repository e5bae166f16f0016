"""`python -m bot`: the channel gateway."""

import sys

import uvicorn

from bot.app import create_app
from bot.bootstrap import build
from core import log, settings
from core.errors import SettingError

_GRACEFUL_SECONDS = 1


def main() -> int:
    """Serve until SIGTERM. Returns 2, with one line on stderr, when a setting is missing or unusable."""
    try:
        values = settings.load()
        values.require_production()
        gateway = build(values)
    except SettingError as error:
        print(error, file=sys.stderr)
        return 2
    log.configure("bot")
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
