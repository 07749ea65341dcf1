"""A circuit breaker: an API that keeps failing is left alone for a while, and then tried once.

Closed, every call passes. After `FAILURES` in a row it is open, and nothing passes. When its
pause is over it is half open: one call passes, and the next only after another pause, so that a
probe that never reports holds nothing up. A success closes it; a failure doubles the pause.
"""

from __future__ import annotations

FAILURES = 5
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 2.0, 30.0


class Breaker:
    """The state of one API. `now` is in seconds of a clock that never goes back."""

    def __init__(self) -> None:
        self._failures = 0
        self._pause = FIRST_PAUSE_SECONDS
        self._opens_at = 0.0

    @property
    def is_open(self) -> bool:
        """Whether the API is being left alone."""
        return self._failures >= FAILURES

    def allows(self, now: float) -> bool:
        """Tell whether a call may be made; while half open, count it as the one that tries."""
        if not self.is_open:
            return True
        if now < self._opens_at:
            return False
        self._opens_at = now + self._pause
        return True

    def succeeded(self) -> None:
        """Note that the API answered: it is used again at once."""
        self._failures = 0
        self._pause = FIRST_PAUSE_SECONDS

    def failed(self, now: float) -> None:
        """Note that the API did not answer, or answered that it fails."""
        was_open = self.is_open
        self._failures += 1
        if was_open:
            self._pause = min(2 * self._pause, LONGEST_PAUSE_SECONDS)
        if self.is_open:
            self._opens_at = now + self._pause
