"""Who is slowed down just now, because the watch says so: in this process's memory."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from time import monotonic

from runtime.limits import MovingWindow

A_MINUTE = 6
"""So many tries a minute are left to whoever is slowed down: enough for somebody who is wronged."""
MOST = 10_000


class Throttles:
    """Limits for people, sessions and networks that the watch has named, each for a while."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._until: OrderedDict[str, float] = OrderedDict()
        self._window = MovingWindow(A_MINUTE, clock)

    def slow(self, key: str, seconds: float) -> None:
        """Slow `key` down for so many seconds from now."""
        self._until[key] = max(self._until.get(key, 0.0), self._clock() + seconds)
        self._until.move_to_end(key)
        if len(self._until) > MOST:
            self._until.popitem(last=False)

    def slows(self, key: str) -> bool:
        """Tell whether `key` is slowed down just now, without counting a try."""
        return self._clock() < self._until.get(key, 0.0)

    def allow(self, key: str) -> bool:
        """Count one try of `key` where it is slowed down, and tell whether it may go on."""
        until = self._until.get(key)
        if until is None:
            return True
        if self._clock() >= until:
            del self._until[key]
            return True
        return self._window.allow(key)
