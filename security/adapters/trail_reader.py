"""Reading the trail from where the watch was, in the security database.

Today there is one writer. A position has a number for each, so that there may be more.
"""

from __future__ import annotations

from sqlalchemy import Connection
from sqlalchemy.orm import Session

from security.adapters import audit_log
from security.adapters.alert_tables import WatchRow
from security.adapters.database import Database
from security.monitor.ports import Batch, Position
from security.monitor.seen import ONE_WRITER, read

_NAME = "rules"


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
        last = await self._database.run_relaxed(audit_log.head)
        return {ONE_WRITER: last[0] if last else 0}

    async def before(self, position: Position, count: int) -> Position:
        """Return the position up to `count` records of each writer before another one."""
        return {writer: max(0, number - count) for writer, number in position.items()}

    async def after(self, position: Position, count: int) -> Batch:
        """Return up to `count` records after a position.

        Raises `ValueError` where something on the trail is no record.
        """
        last = position.get(ONE_WRITER, 0)

        def work(connection: Connection) -> list[bytes]:
            return audit_log.read_after(connection, last, count)

        records = [read(record) for record in await self._database.run_relaxed(work)]
        if not records:
            return Batch((), position)
        return Batch(records, {**position, ONE_WRITER: records[-1].sequence})

    async def keep(self, position: Position) -> None:
        """Remember how far the watch has come; lost with the power, it is read once more."""

        def work(store: Session) -> None:
            store.merge(WatchRow(name=_NAME, position=dict(position)))

        await self._database.run_relaxed_mapped(work)
