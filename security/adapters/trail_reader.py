"""Reading the trail from where the watch was, in the security database, whoever wrote it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from heapq import merge
from typing import Any

from sqlalchemy import Connection, bindparam, select
from sqlalchemy.orm import Session

from security.adapters import audit_log
from security.adapters.alert_tables import WatchRow
from security.adapters.audit_tables import AuditRow
from security.adapters.database import Database
from security.monitor.ports import Batch, Position
from security.monitor.seen import Seen, read

_NAME = "rules"
_TRAIL = AuditRow.__table__.c
_AFTER = (
    select(_TRAIL.writer, _TRAIL.sequence, _TRAIL.record)
    .where(_TRAIL.writer == bindparam("of"), _TRAIL.sequence > bindparam("after"))
    .order_by(_TRAIL.sequence)
    .limit(bindparam("most"))
)


class TrailReader:
    """See `security.monitor.ports.Trail`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def position(self) -> Position | None:
        """Return how far the watch has come, or None where it never ran."""

        def work(store: Session) -> Position | None:
            row = store.get(WatchRow, _NAME)
            return None if row is None else dict(row.position)

        return await self._database.run_relaxed_mapped(work)

    async def end(self) -> Position:
        """Return the position behind the last record."""

        def work(connection: Connection) -> Position:
            last = {one: audit_log.head(connection, one) for one in audit_log.writers(connection)}
            return {writer: head[0] for writer, head in last.items() if head is not None}

        return await self._database.run_relaxed(work)

    async def before(self, position: Position, count: int) -> Position:
        """Return the position up to `count` records of each writer before another one."""
        return {writer: max(0, number - count) for writer, number in position.items()}

    async def after(self, position: Position, count: int) -> Batch:
        """Return up to `count` records of each writer after a position, oldest first.

        What is no record is left out, and so is one that says that it stands elsewhere: what is
        behind it is read, and its number is missing then. Where a writer's chain ends before the
        position, its last record is read once more: its number does not follow.
        """

        moved, skipped = dict(position), 0
        while True:
            reading = partial(_lanes, position=moved, count=count)
            lanes = await self._database.run_relaxed(reading)
            moved |= {lane[-1].writer: lane[-1].sequence for lane in lanes}
            found = [[one for one in map(_read, lane) if one is not None] for lane in lanes]
            # Each writer's own order stays, whatever its clock did.
            records = list(merge(*found, key=lambda one: one.at))
            skipped += sum(map(len, lanes)) - len(records)
            if records or not lanes:
                return Batch(records, moved, skipped)

    async def keep(self, position: Position) -> None:
        """Remember how far the watch has come; lost with the power, it is read once more."""

        def work(store: Session) -> None:
            store.merge(WatchRow(name=_NAME, position=dict(position)))

        await self._database.run_relaxed_mapped(work)


def _lanes(connection: Connection, position: Position, count: int) -> list[Sequence[Any]]:
    """Return the next rows of each writer who has some."""
    known = list(audit_log.writers(connection))
    found = [_next(connection, one, position.get(one, 0), count) for one in known]
    return [rows for rows in found if rows]


def _next(connection: Connection, writer: str, after: int, count: int) -> Sequence[Any]:
    asked = {"of": writer, "after": after, "most": count}
    rows = connection.execute(_AFTER, asked).all()
    if not rows and (head := audit_log.head(connection, writer)) and head[0] < after:
        rows = connection.execute(_AFTER, {**asked, "after": head[0] - 1}).all()
    return rows


def _read(row: Any) -> Seen | None:
    """Return a record; None for what is none, or says that it stands elsewhere than it does."""
    try:
        found = read(row.record) if isinstance(row.record, bytes) else None
    except (ValueError, OverflowError):
        return None
    stands = found is not None and (found.writer, found.sequence) == (row.writer, row.sequence)
    return found if stands else None
