"""Appending to the trail inside the caller's transaction: both are on disk, or neither."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from security.adapters.tables import AuditRow
from security.audit.chain import GENESIS, digest
from security.audit.record import AuditEvent, serialise

_LAST = select(AuditRow.sequence, AuditRow.sha256).order_by(AuditRow.sequence.desc()).limit(1)
_ALL = select(AuditRow.record).order_by(AuditRow.sequence)


def append(session: Session, event: AuditEvent, now: datetime) -> int:
    """Add one record and return its sequence number, which starts at 1."""
    last = session.execute(_LAST).one_or_none()
    sequence, previous = (last[0] + 1, last[1]) if last else (1, GENESIS)
    record = serialise(event, sequence, now, previous)
    row = {"sequence": sequence, "record": record, "sha256": digest(record)}
    session.execute(insert(AuditRow), [row])
    return sequence


def read_all(session: Session) -> Iterator[bytes]:
    """Yield every record, oldest first."""
    yield from session.scalars(_ALL.execution_options(yield_per=1_000))


def head(session: Session) -> tuple[int, str] | None:
    """Return the last sequence number and its digest, or None where the trail is empty."""
    last = session.execute(_LAST).one_or_none()
    return (last[0], last[1]) if last else None
