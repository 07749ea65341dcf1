"""Records of several writers in one order, as far as it is known what comes next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from heapq import merge

from security.auditing.filters import Entry, OfTenant, entry

_LATEST = datetime.max.replace(tzinfo=UTC)
"""What cannot be read is passed at once."""


@dataclass(frozen=True)
class Stretch:
    """Records of one writer, in the order in which they were asked for; `more` follow them."""

    writer: str
    records: Sequence[tuple[int, bytes]]
    more: bool


@dataclass(frozen=True)
class Passed:
    """One place that was passed; `found` is the record there, where it is the organisation's.

    `by` is its moment, or that of the nearest one that can be read.
    """

    writer: str
    number: int
    by: datetime
    found: Entry | None


def newest_first(stretches: Sequence[Stretch], mine: OfTenant) -> Iterator[Passed]:
    """Yield what lies in these stretches, newest first, down to where one of them goes on.

    Each writer's own order stays, also where its clock was set: a moment counts as no later than
    those that were passed before it.
    """
    lanes = [list(_passed(one, mine)) for one in stretches if one.records]
    open_ends = [lane[-1].by for lane in lanes if _goes_on(stretches, lane)]
    down_to = max(open_ends, default=None)
    for one in merge(*lanes, key=lambda each: each.by, reverse=True):
        if down_to is not None and one.by < down_to:
            return
        yield one


def _goes_on(stretches: Sequence[Stretch], lane: Sequence[Passed]) -> bool:
    return any(one.more for one in stretches if one.writer == lane[0].writer)


def _passed(stretch: Stretch, mine: OfTenant) -> Iterator[Passed]:
    by = _LATEST
    for number, record in stretch.records:
        said = mine.entry(record)
        by = min(by, said.at if said is not None else _moment(record) or by)
        yield Passed(stretch.writer, number, by, said)


def _moment(record: bytes) -> datetime | None:
    said = entry(record)
    return said.at if said is not None else None
