"""Pictures and files of a turn: fetched from the platform and sealed before anything else is done with them."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass

from bot.channels.base import Channel, Media
from core.cases.drafts import Received
from core.cases.service import Desk
from core.errors import Rejected
from core.messages.rules import outside
from core.messages.service import MEDIA_KINDS, Turn
from core.people import store as people
from core.people.rules import Person

logger = logging.getLogger("chengyao.media")
GONE = "平台上已经取不到这份材料，没有收下；请重新发送。"
TOO_LARGE = "超过平台允许的大小，没有收下。"


@dataclass(frozen=True)
class Evidence:
    """Takes the files of a turn in. A file is known by its message, so that a turn tried again changes nothing."""

    desk: Desk
    channels: Mapping[str, Channel]

    def take_in(self, turn: Turn) -> list[int]:
        """The evidence ids of a turn's files, in order; [] for somebody who is in no roster, and for channels outside.

        Raises TemporaryFailure when the platform does not hand a file over now.
        """
        if outside(turn.channel) or not any(kind in MEDIA_KINDS for kind in turn.kinds):
            return []
        with self.desk.mailbox.db.read() as connection:
            person = people.by_account(connection, turn.channel, turn.sender)
        if person is None or turn.channel not in self.channels:
            return []
        return [
            self._one(turn.channel, person, f"inbox:{inbox}", kind, body).id
            for inbox, kind, body in zip(turn.ids, turn.kinds, turn.bodies, strict=True)
        ]

    def _one(self, channel: str, person: Person, source: str, kind: str, body: Mapping[str, str]) -> Received:
        name = body.get("name", "")
        try:
            media: Media = self.channels[channel].download(body.get("media_id", ""))
        except Rejected as error:
            logger.warning("%s: not to be had: %s", source, error.reason)
            reason = TOO_LARGE if "too large" in error.reason else GONE
            return self.desk.drafts.refuse(person, name, source, reason)
        return self.desk.drafts.receive(person, media.content, name or media.name, source, kind)
