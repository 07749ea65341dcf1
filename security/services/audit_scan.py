"""Going through the trail for one organisation, a bounded stretch at a time: no turn waits long."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from sqlalchemy import Connection

from security.adapters import trail_pages
from security.adapters.database import Database
from security.auditing.filters import Entry, Filter, OfTenant
from security.auditing.order import Stretch, newest_first

BATCH = 2_000
"""So many records are read in one transaction."""
MOST_FOR_A_PAGE = 40_000
"""So many are looked through for one page, which says how far that went."""
MOST_FOR_NUMBERS = 1_000_000
"""So many are counted for figures or a report."""


@dataclass
class Found:
    """What was found, and where the looking goes on; `older` is empty where all has been seen."""

    records: list[Entry] = field(default_factory=list)
    older: dict[str, int] = field(default_factory=dict)
    searched_until: datetime | None = None


async def back(
    database: Database, mine: OfTenant, wanted: Filter, place: Mapping[str, int] | None, most: int
) -> Found:
    """Return up to `most` records from a place on, or from the filter's end, newest first."""
    if place is None:
        place = await database.run_relaxed(lambda at: _start(at, wanted))
    begin = await database.run_relaxed(trail_pages.beginnings)
    # Writers that nobody knows, and what went into an archive, are not asked for.
    found, seen = Found(older=_within(place, begin)), 0
    while found.older and seen < MOST_FOR_A_PAGE:
        reading = partial(trail_pages.back, place=dict(found.older), most=BATCH)
        stretches = await database.run_relaxed(reading)
        if not any(one.records for one in stretches):
            found.older = {}
            break
        seen += sum(len(one.records) for one in stretches)
        if await asyncio.to_thread(_take, stretches, mine, wanted, most, found):
            break
        found.older = _within(found.older, begin)
    found.older = _within(found.older, begin)
    return found


async def since(
    database: Database, mine: OfTenant, wanted: Filter, place: Mapping[str, int], most: int
) -> tuple[list[Entry], dict[str, int]]:
    """Return up to `most` records that came after a place, oldest first, and the place after."""
    stretches = await database.run_relaxed(lambda at: trail_pages.on(at, place, BATCH))
    found: list[Entry] = []
    at = dict(place)
    for stretch in stretches:
        for number, record in stretch.records:
            if len(found) == most:
                break
            said, at[stretch.writer] = mine.entry(record), number
            if said is not None and wanted.takes(said):
                found.append(said)
    return sorted(found, key=lambda one: one.at), at


class Period:
    """All records of a stretch of time; `complete` tells afterwards whether it was all of it."""

    def __init__(self, database: Database, mine: OfTenant, begin: datetime, end: datetime) -> None:
        self._database = database
        self._mine = mine
        self._begin, self._end = begin, end
        self.complete = True

    async def records(self, most: int = MOST_FOR_NUMBERS) -> AsyncIterator[list[Entry]]:
        """Yield the organisation's records, some at a time, each writer's oldest first."""
        place = await self._database.run_relaxed(
            lambda at: trail_pages.last_before(at, self._begin)
        )
        last = await self._database.run_relaxed(lambda at: trail_pages.last_before(at, self._end))
        left = most
        while any(place.get(one, 0) < number for one, number in last.items()):
            if left <= 0:
                self.complete = False
                return
            reading = partial(trail_pages.on, place=dict(place), most=BATCH)
            stretches = await self._database.run_relaxed(reading)
            read = sum(len(one.records) for one in stretches)
            if not read:
                return
            left -= read
            yield await asyncio.to_thread(self._mine_of, stretches)
            place = {one.writer: one.records[-1][0] for one in stretches if one.records} | {
                one.writer: place.get(one.writer, 0) for one in stretches if not one.records
            }

    def _mine_of(self, stretches: list[Stretch]) -> list[Entry]:
        found = [self._mine.entry(record) for stretch in stretches for _, record in stretch.records]
        return [one for one in found if one is not None and self._begin <= one.at < self._end]


def _start(connection: Connection, wanted: Filter) -> dict[str, int]:
    if wanted.until is not None:
        return trail_pages.last_before(connection, wanted.until)
    return trail_pages.ends(connection)


def _within(place: Mapping[str, int], begin: Mapping[str, int]) -> dict[str, int]:
    return {one: number for one, number in place.items() if number > begin.get(one, number)}


def _take(
    stretches: list[Stretch], mine: OfTenant, wanted: Filter, most: int, found: Found
) -> bool:
    """Take what is wanted and move on; tell whether there is no need to go on."""
    for one in newest_first(stretches, mine):
        if wanted.since is not None and one.by < wanted.since:
            found.older = {}
            return True
        found.older[one.writer] = one.number - 1
        found.searched_until = one.by
        if one.found is not None and wanted.takes(one.found):
            found.records.append(one.found)
            if len(found.records) == most:
                return True
    return False
