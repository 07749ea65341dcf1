"""From samples to one figure."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Mapping, Sequence


def percentile(samples: Sequence[float], percent: float) -> float:
    """Return the smallest sample that at least `percent` of all are not above (nearest rank).

    Raises `ValueError` without samples, or for a percentage outside of (0, 100].
    """
    if not samples or not 0 < percent <= 100:
        raise ValueError("a percentile needs samples, and a percentage above 0 and up to 100")
    return sorted(samples)[math.ceil(len(samples) * percent / 100) - 1]


def median_around(
    conversations: Iterable[Mapping[int, float]], turn: int, reach: int = 5
) -> float | None:
    """Return the median of all samples at most `reach` turns from `turn`; None without any."""
    near = [
        sample
        for conversation in conversations
        for number, sample in conversation.items()
        if abs(number - turn) <= reach
    ]
    return statistics.median(near) if near else None


def divided(value: float | None, by: float | None) -> float | None:
    """Return `value` / `by`; None where either is not known or `by` is zero."""
    return value / by if value is not None and by else None
