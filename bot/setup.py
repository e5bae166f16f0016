"""Tells a channel's platform, until it has been told, where and how we are reached."""

import logging

from bot.channels.base import HasSetup
from core.errors import ChannelError

logger = logging.getLogger("chengyao.setup")


class SetupKeeper:
    """Sets up one channel once; `step` is repeated until it is done."""

    def __init__(self, channel: HasSetup) -> None:
        self._channel = channel
        self._done = False

    def step(self) -> bool:
        """Try; always False, for there is nothing to hurry for."""
        if not self._done:
            try:
                self._channel.set_up()
                self._done = True
                logger.info("channel set up")
            except ChannelError as error:
                logger.warning("channel not set up: %s", error)
        return False
