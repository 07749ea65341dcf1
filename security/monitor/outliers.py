"""The anomaly score: how far somebody is above their own habit, and above that of their peers.

A window is a stretch of `timespan` on the clock. While it lasts, what is counted in it is held
against the windows that are over: a window's count only grows, so whoever goes beyond what is usual
is seen at that event, not at the window's end. A person has to be unusual by their own measure and
by their peers': who has always had many patients is not, nor is a clinic on a busy day.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable
from dataclasses import dataclass, field

from security.monitor.groups import MOST_PIECES, Groups, Piece
from security.monitor.habit import Habit
from security.monitor.rules import Bound, Correlation
from security.monitor.seen import Seen
from security.monitor.windows import Evidence, Key

OWN_ENOUGH, PEERS_ENOUGH = 5, 20
"""So many windows that are over make a habit."""
UNKNOWN_FACTOR = 3
"""Where there is no habit of either kind yet, so many times the least count is too much."""
_MOST_VALUES = 1_000


@dataclass(slots=True)
class _Group:
    """What one group does now, and did."""

    window: int = -1
    count: int = 0
    values: set[Hashable] = field(default_factory=set)
    pieces: deque[Piece] = field(default_factory=lambda: deque(maxlen=MOST_PIECES))
    habit: Habit = field(default_factory=Habit)


class Outlier:
    """Counts events, or distinct values of a field, of a group in each window."""

    def __init__(self, spec: Correlation, bound: Bound) -> None:
        self._span = spec.timespan.total_seconds()
        self._bound = bound
        self._peers_of = spec.peers
        self._groups: Groups[_Group] = Groups(_Group)
        self._peers: Groups[Habit] = Groups(lambda: Habit(half_life=500.0))

    def add(self, key: Key, record: Seen, piece: Piece, matches: bool) -> Evidence | None:
        """See `security.monitor.windows.Window`."""
        group = self._groups.of(key)
        peers = self._peers.of(self._peer_key(record)) if self._peers_of else None
        self._turn_to(group, int(piece.at // self._span), peers)
        self._count(group, record, piece)
        if group.count < self._bound.gte or not self._is_unusual(group, peers):
            return None
        return list(group.pieces)

    def score(self, key: Key, peers: Key | None) -> float:
        """Return by how many deviations this group is above what is usual just now."""
        group = self._groups.of(key)
        return self._score(group, self._peers.of(peers) if peers is not None else None) or 0.0

    def _turn_to(self, group: _Group, window: int, peers: Habit | None) -> None:
        if window <= group.window:  # The same; or one that comes late, which counts now.
            return
        if group.count:
            group.habit.learn(group.count)
            if peers is not None:
                peers.learn(group.count)
        group.window, group.count = window, 0
        group.values.clear()
        group.pieces.clear()

    def _count(self, group: _Group, record: Seen, piece: Piece) -> None:
        group.pieces.append(piece)
        if self._bound.field is None:
            group.count += 1
            return
        value = record.fields.get(self._bound.field)
        if value is not None and len(group.values) < _MOST_VALUES:
            group.values.add(value)
        group.count = len(group.values)

    def _is_unusual(self, group: _Group, peers: Habit | None) -> bool:
        score = self._score(group, peers)
        if score is None:
            return group.count >= self._bound.gte * UNKNOWN_FACTOR
        return score >= self._bound.deviations

    @staticmethod
    def _score(group: _Group, peers: Habit | None) -> float | None:
        known = [group.habit] if group.habit.count >= OWN_ENOUGH else []
        if peers is not None and peers.count >= PEERS_ENOUGH:
            known.append(peers)
        scores = [habit.deviations(group.count) for habit in known]
        return min(scores) if scores else None

    def _peer_key(self, record: Seen) -> Key:
        return key_of(record, self._peers_of)


def key_of(record: Seen, fields: tuple[str, ...]) -> Key:
    """Return a record's values of these fields, None for each that it lacks."""
    values = (record.fields.get(field) for field in fields)
    return tuple(tuple(value) if isinstance(value, list) else value for value in values)
