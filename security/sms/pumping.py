"""Codes that are sent to be paid for, not to be typed: a rule, and no I/O (ASVS 6.6.3).

Whoever earns by texts has many of them sent, to numbers that never answer. The limits of an hour
bound what that costs; this tells that somebody should look.
"""

from __future__ import annotations

from datetime import datetime, timedelta

WINDOW = timedelta(hours=1)
_ONE_IN = 5
"""Of people who sign in, most type the code. Where not one in so many does, they are not there."""


def looks_pumped(sent: int, answered: int, least: int) -> bool:
    """Tell whether at least `least` codes were sent within the window and hardly any answered."""
    return sent >= least and answered * _ONE_IN < sent


def is_told_again(told_at: datetime | None, now: datetime) -> bool:
    """Tell whether an alert that was last given at `told_at` is given once more: once a window."""
    return told_at is None or now - told_at >= WINDOW
