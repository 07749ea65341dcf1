"""Appending to the trail inside the caller's transaction: both are on disk, or neither."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import Connection, bindparam, select

from security.adapters.tables import AuditRow
from security.adapters.touching import touch
from security.audit.chain import GENESIS, digest
from security.audit.record import AuditEvent, serialise

_HEAD = "gatehouse.trail"
_TRAIL = AuditRow.__table__
_LAST = select(_TRAIL.c.sequence, _TRAIL.c.sha256).order_by(_TRAIL.c.sequence.desc()).limit(1)
_ALL = select(_TRAIL.c.record).order_by(_TRAIL.c.sequence)
_ADD = _TRAIL.insert().values(  # type: ignore[attr-defined]
    sequence=bindparam("sequence"), record=bindparam("record"), sha256=bindparam("sha256")
)


def append(connection: Connection, event: AuditEvent, now: datetime) -> int:
    """Add one record and return its sequence number, which starts at 1."""
    last = _known(connection) or head(connection)
    sequence, previous = (last[0] + 1, last[1]) if last else (1, GENESIS)
    record = serialise(event, sequence, now, previous)
    own = digest(record)
    connection.execute(_ADD, {"sequence": sequence, "record": record, "sha256": own})
    _know(connection, sequence, own)
    if event.session is not None and event.turn is None:
        # What becomes of a session or a challenge is on the trail, so its page hears of it from
        # here; of what a turn did, the page hears when the turn is over.
        touch(connection, event.session)
    return sequence


def _known(connection: Connection) -> tuple[int, str] | None:
    """Return the head where this transaction has moved it already, None where it has to be read."""
    known = connection.info.get(_HEAD)
    if known is None or connection.in_nested_transaction():
        return None
    transaction, sequence, own = known
    return (sequence, own) if transaction is connection.get_transaction() else None


def _know(connection: Connection, sequence: int, own: str) -> None:
    if connection.in_nested_transaction():
        # A savepoint may be given up, and with it what was added since.
        connection.info.pop(_HEAD, None)
    else:
        connection.info[_HEAD] = (connection.get_transaction(), sequence, own)


def head(connection: Connection) -> tuple[int, str] | None:
    """Return the last sequence number and its digest, or None where the trail is empty."""
    last = connection.execute(_LAST).one_or_none()
    return (last[0], last[1]) if last else None


def read_all(connection: Connection) -> Iterator[bytes]:
    """Yield every record, oldest first."""
    yield from connection.execution_options(yield_per=1_000).execute(_ALL).scalars()


def read_after(connection: Connection, after: int, count: int) -> list[bytes]:
    """Return up to `count` records after a sequence number, oldest first."""
    following = _ALL.where(_TRAIL.c.sequence > after).limit(count)
    return list(connection.execute(following).scalars())


def read_last(connection: Connection, count: int) -> list[bytes]:
    """Return the last `count` records, oldest first."""
    latest = select(_TRAIL.c.record).order_by(_TRAIL.c.sequence.desc()).limit(count)
    return list(reversed(connection.execute(latest).scalars().all()))
