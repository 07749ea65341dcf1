"""Appending to the trail inside the caller's transaction: both are on disk, or neither.

A writer has a chain of its own. Both databases let one transaction write at a time, so that what
is written through either is the first chain's; the head is read where nobody else can move it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import Connection, bindparam, select

from security.adapters.audit_tables import AuditRow
from security.adapters.touching import touch
from security.audit.chain import GENESIS, digest
from security.audit.record import AuditEvent, event_id, serialise
from security.audit.verifier import FIRST_LANE

_HEAD = "gatehouse.trail"
_TRAIL = AuditRow.__table__
_OF = _TRAIL.c.writer == bindparam("of")
_LAST = (
    select(_TRAIL.c.sequence, _TRAIL.c.sha256)
    .where(_OF)
    .order_by(_TRAIL.c.sequence.desc())
    .limit(1)
)
_ALL = select(_TRAIL.c.record).order_by(_TRAIL.c.writer, _TRAIL.c.sequence)
_NEXT_WRITER = (
    select(_TRAIL.c.writer)
    .where(_TRAIL.c.writer > bindparam("after"))
    .order_by(_TRAIL.c.writer)
    .limit(1)
)
_ADD = _TRAIL.insert().values(  # type: ignore[attr-defined]
    writer=bindparam("writer"),
    sequence=bindparam("sequence"),
    record=bindparam("record"),
    sha256=bindparam("sha256"),
)


def append(
    connection: Connection, event: AuditEvent, now: datetime, writer: str = FIRST_LANE
) -> str:
    """Add one record to this writer's chain and return its id; its numbers start at 1.

    Whoever writes another chain than the first makes sure that nobody else does.
    """
    last = _known(connection, writer) or head(connection, writer)
    sequence, previous = (last[0] + 1, last[1]) if last else (1, GENESIS)
    record = serialise(event, writer, sequence, now, previous)
    own = digest(record)
    said = {"writer": writer, "sequence": sequence, "record": record, "sha256": own}
    connection.execute(_ADD, said)
    _know(connection, writer, sequence, own)
    if event.session is not None and event.turn is None:
        # What becomes of a session or a challenge is on the trail, so its page hears of it from
        # here; of what a turn did, the page hears when the turn is over.
        touch(connection, event.session.id)
    return event_id(writer, sequence)


def _known(connection: Connection, writer: str) -> tuple[int, str] | None:
    """Return the head where this transaction has moved it already, None where it has to be read."""
    known = connection.info.get(_HEAD)
    if known is None or connection.in_nested_transaction():
        return None
    transaction, of, sequence, own = known
    same = transaction is connection.get_transaction() and of == writer
    return (sequence, own) if same else None


def _know(connection: Connection, writer: str, sequence: int, own: str) -> None:
    if connection.in_nested_transaction():
        # A savepoint may be given up, and with it what was added since.
        connection.info.pop(_HEAD, None)
    else:
        connection.info[_HEAD] = (connection.get_transaction(), writer, sequence, own)


def head(connection: Connection, writer: str = FIRST_LANE) -> tuple[int, str] | None:
    """Return a chain's last number and its digest, or None where there is none."""
    last = connection.execute(_LAST, {"of": writer}).one_or_none()
    return (last[0], last[1]) if last else None


def writers(connection: Connection) -> Iterator[str]:
    """Yield whoever has written, without going through what they wrote."""
    writer = connection.execute(_NEXT_WRITER, {"after": ""}).scalar_one_or_none()
    while writer is not None:
        yield writer
        writer = connection.execute(_NEXT_WRITER, {"after": writer}).scalar_one_or_none()


def read_all(connection: Connection) -> Iterator[bytes]:
    """Yield every record, one chain after the other, oldest first."""
    yield from connection.execution_options(yield_per=1_000).execute(_ALL).scalars()


def read_after(connection: Connection, after: int, count: int) -> list[bytes]:
    """Return up to `count` records of the first chain after a number, oldest first."""
    following = select(_TRAIL.c.record).where(_OF, _TRAIL.c.sequence > after)
    ordered = following.order_by(_TRAIL.c.sequence).limit(count)
    return list(connection.execute(ordered, {"of": FIRST_LANE}).scalars())


def read_last(connection: Connection, count: int) -> list[bytes]:
    """Return the last `count` records of the first chain, oldest first."""
    latest = select(_TRAIL.c.record).where(_OF).order_by(_TRAIL.c.sequence.desc()).limit(count)
    return list(reversed(connection.execute(latest, {"of": FIRST_LANE}).scalars().all()))
