"""Reading the trail a page at a time, backwards from its end or forwards from a place."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, bindparam, select

from security.adapters import audit_log, checkpoint_store
from security.adapters.audit_tables import AuditRow
from security.auditing.filters import entry
from security.auditing.order import Stretch

_TRAIL = AuditRow.__table__.c
_OF = _TRAIL.writer == bindparam("of")
_BACK = (
    select(_TRAIL.sequence, _TRAIL.record)
    .where(_OF, _TRAIL.sequence <= bindparam("from_here"))
    .order_by(_TRAIL.sequence.desc())
    .limit(bindparam("most"))
)
_ON = (
    select(_TRAIL.sequence, _TRAIL.record)
    .where(_OF, _TRAIL.sequence > bindparam("from_here"))
    .order_by(_TRAIL.sequence)
    .limit(bindparam("most"))
)
_ONE = select(_TRAIL.record).where(_OF, _TRAIL.sequence == bindparam("number"))


def ends(connection: Connection) -> dict[str, int]:
    """Return the last number of each writer."""
    return {lane.writer: lane.last for lane in checkpoint_store.lanes(connection)}


def beginnings(connection: Connection) -> dict[str, int]:
    """Return the number before the first record that is kept of each writer."""
    return {lane.writer: lane.first - 1 for lane in checkpoint_store.lanes(connection)}


def back(connection: Connection, place: Mapping[str, int], most: int) -> list[Stretch]:
    """Return up to `most` records of each writer from its number on, newest first."""
    return [_read(connection, _BACK, writer, number, most) for writer, number in place.items()]


def on(connection: Connection, place: Mapping[str, int], most: int) -> list[Stretch]:
    """Return up to `most` records of each writer after its number, oldest first.

    A writer that the place does not name has begun since: from its first record on.
    """
    known = list(audit_log.writers(connection))
    return [_read(connection, _ON, writer, place.get(writer, 0), most) for writer in known]


def one(connection: Connection, writer: str, number: int) -> bytes | None:
    """Return a record by its place, None where there is none, or none any more."""
    found = connection.execute(_ONE, {"of": writer, "number": number})
    return found.scalar_one_or_none()


def last_before(connection: Connection, moment: datetime) -> dict[str, int]:
    """Return for each writer the last number whose record is of before a moment.

    Found by halving: a writer's clock goes on. Where it was set back, some records of around then
    are on the other side, as their own moments say.
    """
    found = {}
    for lane in checkpoint_store.lanes(connection):
        low, high = lane.first - 1, lane.last
        while low < high:
            middle = (low + high + 1) // 2
            record = one(connection, lane.writer, middle)
            said = entry(record) if record is not None else None
            if said is not None and said.at >= moment:
                high = middle - 1
            else:
                low = middle
        found[lane.writer] = low
    return found


def _read(connection: Connection, query: object, writer: str, number: int, most: int) -> Stretch:
    asked = {"of": writer, "from_here": number, "most": most + 1}
    rows = connection.execute(query, asked).all()  # type: ignore[call-overload]
    return Stretch(writer, [(row[0], row[1]) for row in rows[:most]], len(rows) > most)
