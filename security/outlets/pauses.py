"""How long to wait for an outlet that cannot be reached."""

from __future__ import annotations

FIRST, LONGEST = 1.0, 300.0
ASKED_FOR_AT_MOST = 3_600.0
"""Seconds; somebody who asks for more gets this."""


def pause(failures: int, asked: float = 0.0, chance: float = 1.0) -> float:
    """Return seconds before the next try, after so many failures in a row.

    Doubles from 1 s to 5 min; `chance` (0 to 1) takes up to half of it away, so that several do not
    knock in step. What the other side asks for (`Retry-After`) is heard where it is longer.
    """
    longest = min(LONGEST, FIRST * 2.0 ** min(max(failures, 1) - 1, 16))
    return max(longest * (0.5 + chance / 2), min(max(asked, 0.0), ASKED_FOR_AT_MOST))
