"""The fixed menu under the conversation (wecom-protocol 5.2). A key is a command of the dialogue."""

import logging
from collections.abc import Sequence
from typing import Any

from bot.channels.base import HasMenu
from core.errors import ChannelError

logger = logging.getLogger("chengyao.menu")
MENU: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = (
    (
        "政策咨询",
        (
            ("容错免责", "topic:tolerance.conditions"),
            ("澄清保护", "topic:clarification.how"),
            ("谈心谈话", "topic:talk.regular"),
            ("体检休假", "topic:health_check.frequency"),
            ("更多", "menu"),
        ),
    ),
    (
        "我要办理",
        (
            ("申请容错", "file:tolerance"),
            ("申请澄清", "file:clarification"),
            ("预约谈心", "book:talk"),
            ("我的申请", "cases"),
        ),
    ),
    ("我的", (("我的提醒", "reminders"), ("联系人工", "human"), ("帮助", "help"))),
)


def wanted() -> list[dict[str, Any]]:
    """The menu as the platform takes it: at most 3 × 5 buttons, names within 16 and 40 bytes."""
    return [
        {"name": name, "sub_button": [{"type": "click", "name": title, "key": key} for title, key in items]}
        for name, items in MENU
    ]


def _essence(buttons: Sequence[dict[str, Any]]) -> list[Any]:
    """What matters when two menus are compared; the platform adds empty lists of its own."""
    return [(item.get("name"), item.get("key"), _essence(item.get("sub_button") or ())) for item in buttons]


class MenuKeeper:
    """Sets the menu of one channel once; `step` is repeated until it is done."""

    def __init__(self, channel: HasMenu) -> None:
        self._channel = channel
        self._done = False

    def step(self) -> bool:
        """Compare and set; always False, for there is nothing to hurry for."""
        if self._done:
            return False
        try:
            present = self._channel.menu()
            if present is None or _essence(present) != _essence(wanted()):
                self._channel.set_menu(wanted())
                logger.info("menu set")
            self._done = True
        except ChannelError as error:
            logger.warning("menu not set: %s", error)
        return False
