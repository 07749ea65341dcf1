"""How often somebody may do something: a moving window in this process's memory."""

from __future__ import annotations

from collections.abc import Callable

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter


def per_minute(most: int, name: str) -> Callable[[str], bool]:
    """Return a function that counts one event of a key and tells whether it is within `most`."""
    limiter = MovingWindowRateLimiter(MemoryStorage())
    item = RateLimitItemPerMinute(most)

    def allow(key: str) -> bool:
        return limiter.hit(item, name, key)

    return allow
