"""How often somebody may do something: a moving window in this process's memory.

Written here because the library at hand starts a task and a thread for each event that it
counts.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable
from time import monotonic

WINDOW_SECONDS = 60.0
MOST_KEYS = 100_000


class MovingWindow:
    """At most `most` events of a key within any `seconds`; what is refused is not counted."""

    def __init__(
        self,
        most: int,
        clock: Callable[[], float] = monotonic,
        seconds: float = WINDOW_SECONDS,
    ) -> None:
        self._most = most
        self._seconds = seconds
        self._clock = clock
        self._events: OrderedDict[str, deque[float]] = OrderedDict()

    def allow(self, key: str) -> bool:
        """Count one event of `key` and tell whether it is within the limit."""
        now = self._clock()
        events = self._events.setdefault(key, deque(maxlen=self._most))
        self._events.move_to_end(key)
        # An event exactly one window old no longer counts.
        if len(events) == self._most and now - events[0] < self._seconds:
            return False
        events.append(now)
        self._forget(now)
        return True

    def seconds_left(self, key: str) -> float:
        """Return how many seconds it takes until there is room for `key`; 0 where there is."""
        events = self._events.get(key)
        if events is None or len(events) < self._most:
            return 0.0
        return max(0.0, events[0] + self._seconds - self._clock())

    def _forget(self, now: float) -> None:
        """Drop the keys that have been quiet longest, so that memory stays bounded."""
        while self._events:
            oldest = next(iter(self._events.values()))
            quiet = not oldest or now - oldest[-1] >= self._seconds
            if not quiet and len(self._events) <= MOST_KEYS:
                return
            self._events.popitem(last=False)
