"""`python -m actions`: the action server on loopback."""

import sys

import uvicorn

from actions import app, wiring
from core import log
from core.errors import SettingError
from core.settings import load


def main() -> int:
    """Serve until told to stop; 2 when a setting is missing."""
    log.configure("actions")
    try:
        settings = load()
        if not settings.actions_secret:
            raise SettingError("CHENGYAO_ACTIONS_SECRET", "is not set")
        wired = wiring.build(settings)
    except SettingError as error:
        print(error, file=sys.stderr)
        return 2
    wired.answers()
    server = app.create(wired, settings.actions_secret)
    uvicorn.run(server, host=settings.host, port=settings.actions_port, access_log=False, log_level="warning")
    return 0


if __name__ == "__main__":
    sys.exit(main())
