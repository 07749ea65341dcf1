"""What is usual: the median of what was counted, and how far around it, with old days fading.

A histogram on a logarithmic scale whose weights decay with each new value: bounded, exact to one
bin, and a few wild values move neither the median nor the median of deviations (MAD).
"""

from __future__ import annotations

import math
from typing import Protocol

_BINS_PER_E = 8
_LARGEST = 120
"""The last bin: e^15, three million."""
_NORMAL = 1.4826
"""What makes a MAD a standard deviation where values are normal."""
_LEAST_SPREAD = 0.15
"""Somebody who does exactly the same each day may still do a seventh more."""


class Usual(Protocol):
    """What is usual of one count; `Habit` is the one that the watch uses."""

    count: int
    """How many values there were."""

    def learn(self, value: float) -> None:
        """Let a count belong to what is usual."""

    def deviations(self, value: float) -> float:
        """Return by how many standard deviations a count is above what is usual; 0 for nothing."""


class Habit:
    """The decayed distribution of one count. `half_life` is in values."""

    __slots__ = ("_bins", "_keep", "count")

    def __init__(self, half_life: float = 30.0) -> None:
        self._bins: dict[int, float] = {}
        self._keep = 0.5 ** (1 / half_life)
        self.count = 0
        """How many values there were."""

    def learn(self, value: float) -> None:
        """Let a count belong to what is usual."""
        for at in self._bins:
            self._bins[at] *= self._keep
        at = _bin(value)
        self._bins[at] = self._bins.get(at, 0.0) + 1.0
        self.count += 1

    def deviations(self, value: float) -> float:
        """Return by how many standard deviations a count is above what is usual; 0 for nothing."""
        if not self._bins:
            return 0.0
        middle = _median([(at, weight) for at, weight in self._bins.items()])
        spread = _median([(abs(at - middle), weight) for at, weight in self._bins.items()])
        scale = max(_NORMAL * spread / _BINS_PER_E, _LEAST_SPREAD)
        return (math.log1p(value) - middle / _BINS_PER_E) / scale


def _bin(value: float) -> int:
    return min(_LARGEST, round(math.log1p(max(0.0, value)) * _BINS_PER_E))


def _median(weighted: list[tuple[int, float]]) -> int:
    """Return the least value below or at which half of the weight lies."""
    weighted.sort()
    half, sum_so_far = sum(weight for _, weight in weighted) / 2, 0.0
    for value, weight in weighted:
        sum_so_far += weight
        if sum_so_far >= half:
            return value
    return weighted[-1][0]
