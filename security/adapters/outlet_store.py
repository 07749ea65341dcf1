"""The trail for its outlets: what is new, and how far each of them has come."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from datetime import timedelta
from heapq import merge
from typing import Any

import orjson
from sqlalchemy import Connection, bindparam, func, select
from sqlalchemy.orm import Session

from security.adapters import audit_log, checkpoint_store, leases
from security.adapters.audit_tables import AuditCheckpointRow, AuditRow
from security.adapters.database import Database
from security.adapters.outlet_tables import OutletRow
from security.audit.record import AuditEvent, Tag
from security.clock import Clock
from security.outlets.ports import CHECKPOINTS, Batch, Entry, Position, Standing

LEASED_FOR = timedelta(minutes=1)
TOLD_AFTER = timedelta(seconds=30)
"""An outlet that is out of reach for this long is told of on the trail; a hiccup is not."""
_TRAIL = AuditRow.__table__.c
_AFTER = (
    select(_TRAIL.sequence, _TRAIL.record)
    .where(_TRAIL.writer == bindparam("of"), _TRAIL.sequence > bindparam("after"))
    .order_by(_TRAIL.sequence)
    .limit(bindparam("most"))
)


class SqlOutletStore:
    """See `security.outlets.ports.OutletStore`."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._me = secrets.token_urlsafe(12)

    async def hold(self, name: str) -> bool:
        """Take or keep the work of one outlet; false where another process does it.

        This commit is on disk when it returns, and with it every record that was read before:
        nothing goes out that the power could still take from the trail.
        """
        return await self._database.run(lambda store: self._hold(store, name))

    async def next(self, name: str, most: int) -> Batch:
        """Return what follows what has arrived; checkpoints come once all records before did."""
        position = await self._position(name)

        def work(connection: Connection) -> tuple[list[list[Entry]], list[Entry]]:
            lanes = [
                _entries(writer, connection.execute(_AFTER, _asked(writer, position, most)))
                for writer in list(audit_log.writers(connection))
            ]
            if any(len(lane) == most for lane in lanes):
                return lanes, []
            at = position.get(CHECKPOINTS, 0)
            lines = checkpoint_store.after(connection, at, most)
            numbered = enumerate(lines, at + 1)
            return lanes, [Entry(CHECKPOINTS, number, line) for number, line in numbered]

        lanes, checkpoints = await self._database.run_relaxed(work)
        # Each writer's own order stays, whatever its clock did.
        records = (
            merge(*lanes, key=_moment) if len(lanes) > 1 else (one for x in lanes for one in x)
        )
        entries = [*records, *checkpoints][:most]
        moved, missing = {**position}, 0
        for one in entries:
            if one.writer in moved:
                missing += one.sequence - moved[one.writer] - 1
            moved[one.writer] = one.sequence
        return Batch(entries, moved, missing)

    async def arrived(self, name: str, position: Position) -> None:
        """Remember that all before a position is there."""

        def work(store: Session) -> None:
            now = self._clock()
            if not self._hold(store, name):
                return  # Another process has gone on from an earlier one; it will come here.
            row = store.get(OutletRow, name) or OutletRow(name=name, position={}, told=False)
            if row.told:
                audit_log.append(
                    store.connection(), AuditEvent(Tag.OUTLET_RECOVERED, reason=name), now
                )
            row.position, row.delivered_at = dict(position), now
            row.failing_since, row.why, row.told = None, None, False
            store.add(row)

        await self._database.run_relaxed_mapped(work)

    async def failed(self, name: str, why: str) -> None:
        """Remember that it cannot be reached; what lasts is put on the trail, once."""

        def work(store: Session) -> None:
            now = self._clock()
            row = store.get(OutletRow, name) or OutletRow(name=name, position={}, told=False)
            row.failing_since, row.why = row.failing_since or now, why[:64]
            if not row.told and now - row.failing_since >= TOLD_AFTER:
                row.told = True
                event = AuditEvent(Tag.OUTLET_FAILED, reason=f"{name}:{row.why}")
                audit_log.append(store.connection(), event, now)
            store.add(row)

        await self._database.run(work)

    async def _position(self, name: str) -> Position:
        def work(store: Session) -> Position:
            row = store.get(OutletRow, name)
            return {} if row is None else dict(row.position)

        return await self._database.run_relaxed_mapped(work)

    def _hold(self, store: Session, name: str) -> bool:
        now = self._clock()
        return leases.take(store, f"outlet-{name}", self._me, now, now + LEASED_FOR)


def standings(connection: Connection, names: Sequence[str] | None = None) -> list[Standing]:
    """Return how outlets stand: those of `names`, or all that have ever been tried."""
    rows = OutletRow.__table__
    known = {row.name: row for row in connection.execute(select(rows))}
    heads = {one: audit_log.head(connection, one) for one in audit_log.writers(connection)}
    last = {writer: head[0] for writer, head in heads.items() if head is not None}
    number = func.max(AuditCheckpointRow.number)
    last[CHECKPOINTS] = connection.execute(select(number)).scalar_one() or 0
    found = []
    for name in sorted(known) if names is None else names:
        row = known.get(name)
        position = {} if row is None else _json(row.position)
        behind = sum(max(0, end - position.get(writer, 0)) for writer, end in last.items())
        told = (None, None, None) if row is None else (row.delivered_at, row.failing_since, row.why)
        found.append(Standing(name, behind, *told))
    return found


def arrived_everywhere(connection: Connection, names: Sequence[str]) -> Position | None:
    """Return how far all of these outlets have come; None where there are none to wait for."""
    if not names:
        return None
    rows = OutletRow.__table__.c
    found = connection.execute(select(rows.position).where(rows.name.in_(names))).scalars().all()
    if len(found) < len(names):
        return {}  # One of them has not begun.
    every = [_json(one) for one in found]
    return {writer: min(one.get(writer, 0) for one in every) for writer in every[0]}


def _asked(writer: str, position: Position, most: int) -> dict[str, object]:
    return {"of": writer, "after": position.get(writer, 0), "most": most}


def _entries(writer: str, rows: Iterable[Any]) -> list[Entry]:
    return [Entry(writer, sequence, record) for sequence, record in rows]


def _moment(entry: Entry) -> str:
    return str(orjson.loads(entry.line).get("at", ""))


def _json(kept: object) -> Position:
    """Return a position, which a statement of plain SQL gives as text on SQLite."""
    found = orjson.loads(kept) if isinstance(kept, (str, bytes)) else kept
    return found if isinstance(found, dict) else {}
