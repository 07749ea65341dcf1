"""The anomaly score: how far somebody is above their own habit, and above that of their peers.

What is counted slides along in quarters of the `timespan`, so that nothing hides across midnight;
it is held against whole stretches of the clock that are over. A count only grows while it lasts, so
whoever goes beyond what is usual is seen at that event. A person has to be unusual by their own
measure and by their peers': who has always had many patients is not, nor is a clinic on a busy day.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field

from security.monitor.groups import MOST_PIECES, Groups, Piece
from security.monitor.habit import Habit, Usual
from security.monitor.rules import Bound, Correlation
from security.monitor.seen import Seen
from security.monitor.windows import Evidence, Key

OWN_ENOUGH, PEERS_ENOUGH = 5, 20
"""So many stretches that are over make a habit."""
_OWN_HALF_LIFE, _PEERS_HALF_LIFE = 30.0, 500.0
_PARTS = 4
_MOST_VALUES, _MOST_KNOWN = 1_000, 1_000


@dataclass(slots=True)
class _Tally:
    """What was counted in one stretch, or one quarter of it."""

    at: int
    count: int = 0
    values: set[Hashable] = field(default_factory=set)

    def take(self, value: Hashable | None) -> None:
        """Count an event, or a value that was not there yet."""
        if value is None:
            self.count += 1
        elif len(self.values) < _MOST_VALUES:
            self.values.add(value)
            self.count = len(self.values)


@dataclass(slots=True)
class _Group:
    """What one group does now, and did."""

    habit: Usual
    whole: _Tally = field(default_factory=lambda: _Tally(-1))
    parts: deque[_Tally] = field(default_factory=lambda: deque(maxlen=_PARTS))
    pieces: deque[Piece] = field(default_factory=lambda: deque(maxlen=MOST_PIECES))
    known: OrderedDict[Hashable, None] = field(default_factory=OrderedDict)
    stretches: int = 0

    def lately(self, part: int) -> int:
        """Return the count of the last four quarters, this one included."""
        now = [one for one in self.parts if one.at > part - _PARTS]
        if not any(one.values for one in now):
            return sum(one.count for one in now)
        return len(set().union(*(one.values for one in now)))


class Outlier:
    """Counts events, or distinct values of a field, of each group."""

    def __init__(
        self, spec: Correlation, bound: Bound, usual: Callable[[float], Usual] = Habit
    ) -> None:
        """`usual` makes what learns a count, for a half-life in values."""
        self._span = spec.timespan.total_seconds()
        self._bound = bound
        self._peers_of = spec.peers
        self._groups: Groups[_Group] = Groups(lambda: _Group(usual(_OWN_HALF_LIFE)))
        self._peers: Groups[Usual] = Groups(lambda: usual(_PEERS_HALF_LIFE))

    def add(self, key: Key, record: Seen, piece: Piece, matches: bool) -> Evidence | None:
        """See `security.monitor.windows.Window`."""
        value = record.fields.get(self._bound.field) if self._bound.field else None
        if self._bound.field and value is None:
            return None
        group = self._groups.of(key)
        peers = self._peers.of(key_of(record, self._peers_of)) if self._peers_of else None
        self._turn_to(group, int(piece.at // self._span), peers)
        if self._bound.only_new and value in group.known:
            group.known.move_to_end(value)
            return None
        part = int(piece.at // (self._span / _PARTS))
        if not group.parts or group.parts[-1].at < part:
            group.parts.append(_Tally(part))
        group.parts[-1].take(value)
        group.whole.take(value)
        group.pieces.append(piece)
        count = group.lately(part)
        if count < self._bound.gte or not self._is_unusual(count, group.habit, peers):
            return None
        return list(group.pieces)

    def _turn_to(self, group: _Group, at: int, peers: Usual | None) -> None:
        whole = group.whole
        if at <= whole.at:  # The same; or one that comes late, which counts now.
            return
        if whole.at >= 0:
            group.stretches += 1
            # To a newcomer everybody is new: that says nothing of what is usual.
            if not self._bound.only_new or group.stretches > OWN_ENOUGH:
                group.habit.learn(whole.count)
                if peers is not None:
                    peers.learn(whole.count)
        if self._bound.only_new:
            group.known.update(dict.fromkeys(whole.values))
            while len(group.known) > _MOST_KNOWN:
                group.known.popitem(last=False)
        group.whole = _Tally(at)

    def _is_unusual(self, count: int, own: Usual, peers: Usual | None) -> bool:
        bound, known = self._bound, 0
        if own.count >= OWN_ENOUGH:
            known += 1
            if own.deviations(count) < bound.deviations:
                return False
        if peers is not None and peers.count >= PEERS_ENOUGH:
            known += 1
            least = bound.deviations if bound.from_peers is None else bound.from_peers
            if peers.deviations(count) < least:
                return False
        return known > 0 or count >= bound.gte * bound.unknown


def key_of(record: Seen, fields: tuple[str, ...]) -> Key:
    """Return a record's values of these fields, None for each that it lacks."""
    values = (record.fields.get(field) for field in fields)
    return tuple(tuple(value) if isinstance(value, list) else value for value in values)
