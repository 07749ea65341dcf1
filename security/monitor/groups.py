"""A bounded memory: whatever attackers invent, so many groups are remembered and no more."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass

MOST_GROUPS = 20_000
MOST_PIECES = 20
"""So many events stand in the evidence of one alert."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One event of the evidence: its moment, its id, its session, and the network it came from."""

    at: float
    reference: str
    session: str | None
    origin: str | None = None


class Groups[S]:
    """States by key; the one not touched for longest goes first."""

    def __init__(self, make: Callable[[], S], most: int = MOST_GROUPS) -> None:
        self._make = make
        self._most = most
        self._held: OrderedDict[Hashable, S] = OrderedDict()

    def __len__(self) -> int:
        return len(self._held)

    def of(self, key: Hashable) -> S:
        """Return the state of a group, a new one where there is none."""
        state = self._held.get(key)
        if state is None:
            state = self._held[key] = self._make()
            if len(self._held) > self._most:
                self._held.popitem(last=False)
        else:
            self._held.move_to_end(key)
        return state
