"""`python -m console`: the console on loopback, behind the organisation's own proxy when it is to be reached."""

import sys
import threading

import uvicorn

from console.app import create_app
from console.parts import build
from core import log
from core.errors import SettingError
from core.settings import load


def main() -> int:
    """Serve until told to stop; 2 when a setting is missing."""
    log.configure("console")
    try:
        settings = load()
        parts = build(settings)
        app = create_app(parts)
    except SettingError as error:
        print(error, file=sys.stderr)
        return 2
    # The answering engine takes seconds to build; nobody's first page waits for it.
    threading.Thread(target=parts.brain.engine, name="brain", daemon=True).start()
    uvicorn.run(
        app, host=settings.host, port=settings.console_port, access_log=False, log_config=None, server_header=False,
        timeout_graceful_shutdown=2,
    )  # fmt: skip
    return 0


if __name__ == "__main__":
    sys.exit(main())
