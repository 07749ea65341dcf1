"""What has to come together: one class a type of correlation, each of bounded memory.

`add` is given a record that the rule is about and returns the evidence where the correlation is
reached. Two moments exactly `timespan` apart are still within it.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Hashable, Sequence
from typing import Protocol

from security.monitor.detection import Test
from security.monitor.groups import MOST_PIECES, Groups, Piece
from security.monitor.rules import Bound, Correlation
from security.monitor.seen import Seen

Key = tuple[Hashable, ...]
Evidence = Sequence[Piece]
_MOST_VALUES = 256


class Window(Protocol):
    """A correlation at work."""

    def add(self, key: Key, record: Seen, piece: Piece, matches: bool) -> Evidence | None:
        """Take a record; `matches` is false for one that is only to be learnt from."""


class EventCount:
    """So many events within the time: the last of them are all that is kept."""

    def __init__(self, spec: Correlation, bound: Bound) -> None:
        self._span = spec.timespan.total_seconds()
        self._groups: Groups[deque[Piece]] = Groups(lambda: deque(maxlen=bound.gte))
        self._least = bound.gte

    def add(self, key: Key, record: Seen, piece: Piece, matches: bool) -> Evidence | None:
        """See `Window`."""
        last = self._groups.of(key)
        last.append(piece)
        if len(last) < self._least or piece.at - last[0].at > self._span:
            return None
        return list(last)[-MOST_PIECES:]


class ValueCount:
    """So many distinct values of a field within the time, each counted when last seen."""

    def __init__(self, spec: Correlation, bound: Bound) -> None:
        self._span = spec.timespan.total_seconds()
        self._groups: Groups[OrderedDict[Hashable, Piece]] = Groups(OrderedDict)
        self._least, self._field = bound.gte, bound.field or ""

    def add(self, key: Key, record: Seen, piece: Piece, matches: bool) -> Evidence | None:
        """See `Window`."""
        value = record.fields.get(self._field)
        if value is None:
            return None
        last = self._groups.of(key)
        last[value] = piece
        last.move_to_end(value)
        if len(last) > self._least:
            last.popitem(last=False)
        if len(last) < self._least or piece.at - next(iter(last.values())).at > self._span:
            return None
        return list(last.values())[-MOST_PIECES:]


class Ordered:
    """Each step after the one before it, from the first to the last within the time.

    Of all that could be the first steps the latest count: whatever came before them, and however
    often, an attack within the time is seen.
    """

    def __init__(self, spec: Correlation, steps: Sequence[Test]) -> None:
        self._span = spec.timespan.total_seconds()
        self._steps = steps
        self._groups: Groups[list[list[Piece]]] = Groups(lambda: [[] for _ in steps])

    def add(self, key: Key, record: Seen, piece: Piece, matches: bool) -> Evidence | None:
        """See `Window`."""
        latest = self._groups.of(key)  # By how many steps but one: those that began last.
        for place, taken in enumerate(latest):
            if taken and piece.at - taken[0].at > self._span:
                latest[place] = []
        for place in reversed(range(len(latest))):
            before = latest[place - 1] if place else []
            if (before or place == 0) and self._steps[place](record.fields):
                latest[place] = [*before, piece]
        evidence = latest[-1]
        if not evidence:
            return None
        latest[:] = [[] for _ in latest]
        return evidence[-MOST_PIECES:]


class NewValue:
    """A value that this group has not had within the time; all are learnt, some may alert.

    Until it has settled a value is new: a small amount just before makes nobody known.
    """

    def __init__(self, spec: Correlation, bound: Bound) -> None:
        self._span = spec.timespan.total_seconds()
        self._settles = spec.settles.total_seconds()
        self._field = bound.field or ""
        # When each value was had first, and last.
        self._groups: Groups[OrderedDict[Hashable, tuple[float, float]]] = Groups(OrderedDict)

    def add(self, key: Key, record: Seen, piece: Piece, matches: bool) -> Evidence | None:
        """See `Window`."""
        value = record.fields.get(self._field)
        if value is None:
            return None
        known = self._groups.of(key)
        first, last = known.get(value, (piece.at, None))
        if last is None or piece.at - last > self._span:
            first, last = piece.at, None
        known[value] = (first, piece.at)
        known.move_to_end(value)
        if len(known) > _MOST_VALUES:
            known.popitem(last=False)
        is_new = last is None or piece.at - first < self._settles
        return [piece] if is_new and matches else None


class Gap:
    """A number that a writer has left out: a record is missing, or stands twice."""

    def __init__(self) -> None:
        self._last: Groups[list[int]] = Groups(list)

    def add(self, key: Key, record: Seen, piece: Piece, matches: bool) -> Evidence | None:
        """See `Window`."""
        last = self._last.of(record.writer)
        expected = last[0] + 1 if last else record.sequence
        last[:] = [record.sequence]
        return None if record.sequence == expected else [piece]


class ClockJump:
    """A writer's time that goes back by more than the timespan."""

    def __init__(self, spec: Correlation) -> None:
        self._span = spec.timespan.total_seconds()
        self._last: Groups[list[float]] = Groups(list)

    def add(self, key: Key, record: Seen, piece: Piece, matches: bool) -> Evidence | None:
        """See `Window`."""
        last = self._last.of(record.writer)
        back = bool(last) and last[0] - piece.at > self._span
        last[:] = [piece.at]
        return [piece] if back else None
