"""Conversations on disk, sealed with each conversation's own key. It fails closed.

The key comes with the turn, so this host holds none. Where the key is missing or wrong, or the
database is down, reading and writing raise: there is no second store to fall back to, and a
conversation that cannot be read is never begun anew over the old one.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import Event
from rasa.shared.core.trackers import DialogueStateTracker

from dialogue.event_table import EventTable
from dialogue.keys import current_key
from dialogue.sealing import Unreadable
from dialogue.settings import HOME, NotConfigured, tracker_server
from dialogue.window import EventCodec, state_before

KEPT_TURNS = 2
"""Rules and forms look at the last turns only: a form's unhappy path needs one turn back."""


class StoredTracker(DialogueStateTracker):
    """A tracker that knows what of it is stored.

    `turn` is the number of the last stored turn (0: none), `stored_events` how many of `events`
    came from the store, `before` the state in which the turn in hand began.
    """

    turn: int = 0
    stored_events: int = 0
    before: list[Event]


class EncryptedTrackerStore(TrackerStore):
    """The store that `endpoints.yml` names; `database` is relative to the state folder."""

    def __init__(
        self,
        domain: Domain | None = None,
        host: str | None = None,
        event_broker: EventBroker | None = None,
        database: str = "db/rasa/tracker.sqlite3",
        **unknown: Any,
    ) -> None:
        if event_broker is not None or host is not None or unknown:
            # A broker would publish in plain text what this store seals.
            raise NotConfigured("the tracker store takes `database` and nothing else")
        super().__init__(domain)
        # nosemgrep: settings-read-the-environment - Rasa makes this, and gives it no settings.
        self._table = _table(os.environ, database)
        self._codec = EventCodec()

    def open(self) -> None:
        """Open the database. Raises `StoreDown`."""
        self._table.open()

    def close(self) -> None:
        """Close the database."""
        self._table.close()

    async def forget_silent(self, days: int) -> int:
        """Forget conversations whose last turn is more than `days` days ago; return their rows.

        No key is needed. Raises `StoreDown`.
        """
        return await self._table.forget_silent(days)

    def init_tracker(self, sender_id: str) -> StoredTracker:
        """Return an empty tracker of this conversation."""
        tracker = StoredTracker(sender_id, self.domain.slots)
        tracker.before = []
        return tracker

    async def create_tracker(
        self, sender_id: str, append_action_listen: bool = True
    ) -> DialogueStateTracker:
        """Return an empty tracker; its first turn is what gets stored."""
        return self.init_tracker(sender_id)

    async def retrieve(self, sender_id: str) -> StoredTracker | None:
        """Return the window of the conversation, or nothing where it has not begun.

        Raises `NoKey`, `Unreadable`, `StoreDown`.
        """
        turns = await self._table.last_turns(current_key(), sender_id)
        if not turns:
            return None
        rows = [_row(plain) for _, plain in turns]
        tracker = self.init_tracker(sender_id)
        for stored in (rows[0]["before"], *(row["events"] for row in rows)):
            tracker.update_with_events(self._codec.decode(stored), self.domain)
        tracker.turn = turns[-1][0]
        tracker.stored_events = len(tracker.events)
        tracker.before = state_before(tracker)
        return tracker

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Store what this turn added. Raises `NoKey`, `StoreDown`; overwrites nothing."""
        if not isinstance(tracker, StoredTracker):
            raise TypeError("this tracker did not come from this store")
        events = list(tracker.events)[tracker.stored_events :]
        if not events:
            return
        row = {
            "before": self._codec.encode(tracker.before),
            "events": self._codec.encode(events),
        }
        plain = json.dumps(row, separators=(",", ":")).encode()
        await self._table.append(current_key(), tracker.sender_id, tracker.turn + 1, plain)
        tracker.turn += 1
        tracker.stored_events = len(tracker.events)
        tracker.before = state_before(tracker)


def _table(environ: Mapping[str, str], file: str) -> EventTable:
    """Return where the rows are: in a file of the state folder, or on a server.

    Raises `NotConfigured`.
    """
    server = tracker_server(environ)
    if server is None:
        return EventTable(Path(environ[HOME]) / file, KEPT_TURNS)
    import psycopg2  # noqa: PLC0415 - nobody else waits for it, or has it in this process.

    from dialogue.server_table import ServerTable  # noqa: PLC0415

    return ServerTable(psycopg2, server, KEPT_TURNS)


def _row(plain: bytes) -> dict[str, list[dict[str, Any]]]:
    try:
        row = json.loads(plain)
        return {"before": row["before"], "events": row["events"]}
    except (ValueError, KeyError, TypeError):
        raise Unreadable from None
