"""Requests for recovery in the database: each move by compare-and-set."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, bindparam, func, select, update
from sqlalchemy.orm import Session

from security.adapters.account_tables import RecoveryRow

OPEN, USED, VOID = "open", "used", "void"

_row = RecoveryRow.__table__.c
_VOID_OF = (  # Built once, because every strong proof asks.
    update(RecoveryRow.__table__)  # type: ignore[arg-type]
    .where(_row.person_id == bindparam("person"), _row.state == OPEN)
    .values(state=VOID)
)


def move(store: Session, which: Any, to: str) -> bool:
    """Move what is open by compare-and-set; tell whether there was something."""
    done = store.execute(
        update(RecoveryRow)
        .where(which, RecoveryRow.state == OPEN)
        .values(state=to)
        .execution_options(synchronize_session="fetch")
    )
    return cast("CursorResult[Any]", done).rowcount > 0


def void_of(store: Session, person_id: str) -> bool:
    """Void what is open of a person, by compare-and-set; tell whether there was something."""
    store.flush()
    return store.connection().execute(_VOID_OF, {"person": person_id}).rowcount > 0


def ready_at(store: Session, person_id: str, now: datetime) -> datetime | None:
    """Return from when on the person's open request works, None where there is none."""
    query = select(RecoveryRow.ready_at).where(
        RecoveryRow.person_id == person_id, RecoveryRow.state == OPEN, RecoveryRow.expires_at > now
    )
    return store.scalars(query.order_by(RecoveryRow.ready_at).limit(1)).one_or_none()


def requests_since(store: Session, person_id: str, since: datetime) -> int:
    """Return how many times somebody has asked in this person's name since then."""
    query = select(func.count()).where(
        RecoveryRow.person_id == person_id, RecoveryRow.requested_at > since
    )
    return store.scalars(query).one()
