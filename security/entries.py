"""What was typed into the panel, between the code and the call: in memory alone, for a minute.

It is in no table, no log, no record and no queue. A process that dies forgets it, and then nothing
was done; one call takes it, and no second one can.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from threading import Lock

from security.pending import APPROVAL_LIFE


class Entries:
    """What waits for its pending operation to run, by the operation's id."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[datetime, Mapping[str, str]]] = {}
        self._lock = Lock()

    def __repr__(self) -> str:
        return "Entries(…)"

    def keep(self, pending_id: str, typed: Mapping[str, str], now: datetime) -> None:
        """Keep what was typed for as long as its approval is good."""
        with self._lock:
            self._forget(now)
            self._kept[pending_id] = (now, typed)

    def take(self, pending_id: str, now: datetime) -> Mapping[str, str] | None:
        """Return what was typed, once; None where there is nothing, or not any more."""
        with self._lock:
            self._forget(now)
            found = self._kept.pop(pending_id, None)
        return found[1] if found else None

    def forget_old(self, now: datetime) -> None:
        """Forget what nobody came for."""
        with self._lock:
            self._forget(now)

    def _forget(self, now: datetime) -> None:
        over = [key for key, (at, _) in self._kept.items() if not now - at < APPROVAL_LIFE]
        for key in over:
            del self._kept[key]
