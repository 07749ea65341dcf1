"""How many guesses there are, and what happens to the factor when they are used up."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

GUESSES = 5
FIRST_PAUSE = timedelta(minutes=15)
LONGEST_PAUSE = timedelta(hours=24)


@dataclass(frozen=True)
class Guesses:
    """What is known of the guesses at one factor; it outlives any one challenge.

    `failures` counts wrong codes since the last right one or the last pause, so that a
    thief of the password gains nothing by opening challenge after challenge.
    """

    failures: int
    pauses: int
    paused_until: datetime | None

    def is_paused(self, now: datetime) -> bool:
        """Tell whether no guess counts at `now`; at the end of the pause it does again."""
        return self.paused_until is not None and now < self.paused_until

    def left(self) -> int:
        """Return how many guesses remain before the factor pauses."""
        return max(0, GUESSES - self.failures)


def after_wrong(guesses: Guesses, now: datetime) -> Guesses:
    """Return the state after one more wrong code: 5 pause the factor, each pause doubles."""
    failures = guesses.failures + 1
    if failures < GUESSES:
        return replace(guesses, failures=failures)
    pause = min(FIRST_PAUSE * 2 ** min(guesses.pauses, 16), LONGEST_PAUSE)
    return Guesses(failures=0, pauses=guesses.pauses + 1, paused_until=now + pause)


def given_back(now_is: Guesses, before: Guesses, counted: Guesses, now: datetime) -> Guesses:
    """Return the state without a guess that turned out to be none.

    `counted` is what it had made of `before`. What was counted since then stays, and a pause of
    others' wrong codes is not lifted.
    """
    if now_is == counted:
        return before
    if now_is.is_paused(now):
        return now_is
    return replace(now_is, failures=max(0, now_is.failures - 1))


def after_right() -> Guesses:
    """Return the state after a right code: nothing is remembered against the person."""
    return Guesses(failures=0, pauses=0, paused_until=None)
