"""``python -m sandbox``: start the sandbox with the settings in the environment."""

import logging
import sys
from types import FrameType

import uvicorn
from starlette.applications import Starlette

from sandbox.app import build
from sandbox.roster import RosterError
from sandbox.settings import Settings, SettingsError, load


class Server(uvicorn.Server):
    """Ends the phones' streams when it is told to stop, since uvicorn waits for open answers."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop on SIGINT and SIGTERM."""
        app = self.config.app
        if isinstance(app, Starlette):
            app.state.world.board.end_watching()
            app.state.telegram.end_watching()
        super().handle_exit(sig, frame)


def serve(app: Starlette, settings: Settings) -> None:
    """Serve until a signal comes."""
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=1,
    )
    print(f"手机页面: {settings.base_url}/", flush=True)
    Server(config).run()


def main() -> int:
    """Serve until interrupted; 1 with a line on stderr when it cannot start."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    try:
        settings = load()
        app = build(settings)
    except (SettingsError, RosterError) as error:
        print(f"sandbox: {error}", file=sys.stderr)
        return 1
    try:
        serve(app, settings)
    except KeyboardInterrupt:
        return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
