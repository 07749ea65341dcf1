"""Reading the trail from where the watch was, in the security database, whoever wrote it."""

from __future__ import annotations

from heapq import merge

from sqlalchemy import Connection, bindparam, select
from sqlalchemy.orm import Session

from security.adapters import audit_log
from security.adapters.alert_tables import WatchRow
from security.adapters.audit_tables import AuditRow
from security.adapters.database import Database
from security.monitor.ports import Batch, Position
from security.monitor.seen import read

_NAME = "rules"
_TRAIL = AuditRow.__table__.c
_AFTER = (
    select(_TRAIL.record)
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

        Raises `ValueError` where something on the trail is no record.
        """

        def work(connection: Connection) -> list[list[bytes]]:
            asked = [
                {"of": one, "after": position.get(one, 0), "most": count}
                for one in list(audit_log.writers(connection))
            ]
            return [list(connection.execute(_AFTER, one).scalars()) for one in asked]

        lanes = [[read(one) for one in lane] for lane in await self._database.run_relaxed(work)]
        # Each writer's own order stays, whatever its clock did.
        records = list(merge(*lanes, key=lambda one: one.at))
        moved = {**position}
        for one in records:
            moved[one.writer] = max(one.sequence, moved.get(one.writer, 0))
        return Batch(records, moved)

    async def keep(self, position: Position) -> None:
        """Remember how far the watch has come; lost with the power, it is read once more."""

        def work(store: Session) -> None:
            store.merge(WatchRow(name=_NAME, position=dict(position)))

        await self._database.run_relaxed_mapped(work)
