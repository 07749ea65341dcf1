"""Appending to the trail inside the caller's transaction: both are on disk, or neither.

A writer has a chain of its own. Both databases let one transaction write at a time, so that what
is written through either is the first chain's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from sqlalchemy import Connection, bindparam, select

from security.adapters import trail_rows
from security.adapters.audit_tables import AuditRow
from security.adapters.touching import touch
from security.audit.record import AuditEvent, event_id, serialise
from security.audit.verifier import FIRST_LANE

BIT_BY_BIT = {"yield_per": 1_000}
"""For one statement: what is said to a connection stays with it, and with whoever is next."""
_TRAIL = AuditRow.__table__
_OF = _TRAIL.c.writer == bindparam("of")
_ALL = select(_TRAIL.c.record).order_by(_TRAIL.c.writer, _TRAIL.c.sequence)
_NEXT_WRITER = (
    select(_TRAIL.c.writer)
    .where(_TRAIL.c.writer > bindparam("after"))
    .order_by(_TRAIL.c.writer)
    .limit(1)
)


def append(
    connection: Connection, event: AuditEvent, now: datetime, writer: str = FIRST_LANE
) -> str:
    """Add one record to this writer's chain and return its id; its numbers start at 1.

    It is written when the transaction commits, together with what else that has added. Whoever
    writes another chain than the first makes sure that nobody else does.
    """
    last, previous = trail_rows.head_here(connection, writer)
    record = serialise(event, writer, last + 1, now, previous)
    trail_rows.add(connection, writer, last + 1, record)
    if event.session is not None and event.turn is None:
        # What becomes of a session or a challenge is on the trail, so its page hears of it from
        # here; of what a turn did, the page hears when the turn is over.
        touch(connection, event.session.id)
    return event_id(writer, last + 1)


def head(connection: Connection, writer: str = FIRST_LANE) -> tuple[int, str] | None:
    """Return a chain's last number and its digest, or None where there is none."""
    trail_rows.write(connection)
    return trail_rows.read_head(connection, writer)


def writers(connection: Connection) -> Iterator[str]:
    """Yield whoever has written, without going through what they wrote."""
    trail_rows.write(connection)
    writer = connection.execute(_NEXT_WRITER, {"after": ""}).scalar_one_or_none()
    while writer is not None:
        yield writer
        writer = connection.execute(_NEXT_WRITER, {"after": writer}).scalar_one_or_none()


def read_all(connection: Connection) -> Iterator[bytes]:
    """Yield every record, one chain after the other, oldest first."""
    trail_rows.write(connection)
    yield from connection.execute(_ALL, execution_options=BIT_BY_BIT).scalars()


def read_after(
    connection: Connection, position: Mapping[str, int], count: int
) -> tuple[list[bytes], dict[str, int]]:
    """Return up to `count` records of each chain after its number, and where they end."""
    found, end = list[bytes](), dict(position)
    columns = select(_TRAIL.c.sequence, _TRAIL.c.record)
    for writer in list(writers(connection)):
        following = columns.where(_OF, _TRAIL.c.sequence > end.get(writer, 0))
        ordered = following.order_by(_TRAIL.c.sequence).limit(count)
        rows = connection.execute(ordered, {"of": writer}).all()
        found += [row.record for row in rows]
        if rows:
            end[writer] = rows[-1].sequence
    return found, end


def read_last(connection: Connection, count: int) -> list[bytes]:
    """Return the last `count` records of the first chain, oldest first."""
    trail_rows.write(connection)
    latest = select(_TRAIL.c.record).where(_OF).order_by(_TRAIL.c.sequence.desc()).limit(count)
    return list(reversed(connection.execute(latest, {"of": FIRST_LANE}).scalars().all()))
