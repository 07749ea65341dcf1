"""Which ids have been used: bounded in size and time, and closed when it is full."""

from __future__ import annotations

from collections import deque
from datetime import datetime

MOST_IDS = 100_000
"""About twenty megabytes: more than a minute of proofs that one process can check."""


class ReplayCache:
    """Remembers an id until whatever carries it is too old to be accepted anyway.

    One process, one cache: ids that two processes of one API must not both accept belong into
    their database. The order of first use is nearly that of expiry, so the oldest go first.
    """

    def __init__(self, most: int = MOST_IDS) -> None:
        self._most = most
        self._used: set[str] = set()
        self._ends: deque[tuple[datetime, str]] = deque()

    def __len__(self) -> int:
        return len(self._used)

    def is_first_use(self, id: str, ends: datetime, now: datetime) -> bool:
        """Tell whether `id` is new, and remember it until `ends`; False also where it is full."""
        while self._ends and self._ends[0][0] <= now:
            self._used.discard(self._ends.popleft()[1])
        if id in self._used or len(self._used) >= self._most:
            return False
        self._used.add(id)
        self._ends.append((ends, id))
        return True
