"""Tracker store: one encrypted blob a conversation, short, without what people wrote in earlier turns."""

import base64
import hashlib
import hmac
import json
import os
from typing import Any, Dict, Iterable, List, Optional, Text

import sqlalchemy as sa
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import SerializedTrackerAsText, TrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import Event, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

KEY_VARIABLE = "CHENGYAO_TRACKER_KEY"
KEPT_TURNS = 3
_NONCE = 12


class EncryptedTrackerStore(TrackerStore, SerializedTrackerAsText):
    """Keeps the last turns only: the policy looks at the newest message, the product's tables remember the rest."""

    def __init__(
        self, domain: Domain, event_broker: Optional[EventBroker] = None, database: Text = "", **kwargs: Any
    ) -> None:
        """Open the `database` (an SQLAlchemy URL); the key comes from the environment and has no default."""
        key = base64.urlsafe_b64decode(os.environ[KEY_VARIABLE] + "==")
        self._box = AESGCM(key)
        self._index_key = hashlib.sha256(b"tracker index" + key).digest()
        self._engine = sa.create_engine(database)
        if self._engine.dialect.name == "sqlite":
            sa.event.listen(self._engine, "connect", _quick)
        self._table = sa.Table(
            "trackers",
            sa.MetaData(),
            sa.Column("id", sa.String(64), primary_key=True),
            sa.Column("blob", sa.LargeBinary, nullable=False),
        )
        self._table.metadata.create_all(self._engine)
        self._forget_foreign()
        super().__init__(domain, event_broker)

    def _id(self, sender_id: Text) -> Text:
        return hmac.new(self._index_key, sender_id.encode(), "sha256").hexdigest()

    def _forget_foreign(self) -> None:
        """Drop what another key sealed: after a rotation nobody can find or read those conversations any more."""
        with self._engine.begin() as connection:
            rows = connection.execute(sa.select(self._table.c.id, self._table.c.blob))
            foreign = [row.id for row in rows if not self._opens(row.id, row.blob)]
            for row_id in foreign:
                connection.execute(self._table.delete().where(self._table.c.id == row_id))

    def _opens(self, row_id: Text, blob: bytes) -> bool:
        try:
            self._box.decrypt(blob[:_NONCE], blob[_NONCE:], row_id.encode())
        except (InvalidTag, ValueError):  # ValueError: cut off inside the nonce
            return False
        return True

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Replace the conversation's blob."""
        await self.stream_events(tracker)
        events = [_lean(event, last) for event, last in _kept(tracker.events)]
        nonce = os.urandom(_NONCE)
        row_id = self._id(tracker.sender_id)
        blob = nonce + self._box.encrypt(nonce, json.dumps(events).encode(), row_id.encode())
        with self._engine.begin() as connection:
            connection.execute(self._table.delete().where(self._table.c.id == row_id))
            connection.execute(self._table.insert().values(id=row_id, blob=blob))

    async def retrieve(self, sender_id: Text) -> Optional[DialogueStateTracker]:
        """The conversation, or None when there is none that opens with today's key."""
        row_id = self._id(sender_id)
        with self._engine.connect() as connection:
            row = connection.execute(sa.select(self._table.c.blob).where(self._table.c.id == row_id)).first()
        if row is None:
            return None
        plain = self._box.decrypt(row.blob[:_NONCE], row.blob[_NONCE:], row_id.encode())
        return DialogueStateTracker.from_dict(
            sender_id, json.loads(plain), self.domain.slots, max_event_history=self.max_event_history
        )

    async def delete(self, sender_id: Text) -> None:
        """Forget a conversation."""
        with self._engine.begin() as connection:
            connection.execute(self._table.delete().where(self._table.c.id == self._id(sender_id)))

    async def keys(self) -> Iterable[Text]:
        """Conversation ids are not recoverable from the store."""
        return []


def _quick(connection: Any, _record: Any) -> None:
    """Losing the last turns of a tracker in a power cut loses nothing that must be true; a flush a turn costs 10 ms."""
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=OFF")


def _kept(events: Iterable[Event]) -> List[Any]:
    listed = list(events)
    starts = [index for index, event in enumerate(listed) if isinstance(event, UserUttered)]
    first = starts[-KEPT_TURNS] if len(starts) > KEPT_TURNS else 0
    newest = starts[-1] if starts else -1
    return [(event, first + offset == newest) for offset, event in enumerate(listed[first:])]


def _lean(event: Event, newest: bool) -> Dict[Text, Any]:
    value: Dict[Text, Any] = event.as_dict()
    if value.get("event") == "user":
        value["text"] = ""
        value["parse_data"] = {"intent": value["parse_data"].get("intent"), "entities": [], "text": ""}
    if value.get("event") == "bot":
        value["text"], value["data"] = "", {}
    return value
