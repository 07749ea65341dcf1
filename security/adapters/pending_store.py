"""Moving pending operations from state to state: each move is one compare-and-set."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, select, update
from sqlalchemy.orm import Session

from security.adapters.tables import PendingRow
from security.pending import State, may_move


def move(session: Session, pending_id: str, current: State, to: State, **values: Any) -> bool:
    """Move one pending operation; False where it is no longer in `current`."""
    if not may_move(current, to):
        raise ValueError(f"no pending operation moves from {current} to {to}")
    done = session.execute(
        update(PendingRow)
        .where(PendingRow.id == pending_id, PendingRow.state == current)
        .values(state=to, **values)
        .execution_options(synchronize_session="fetch")
    )
    return cast("CursorResult[Any]", done).rowcount == 1


def displace_reads(session: Session, conversation_id: str) -> None:
    """Void the reads that wait in this conversation: only the last one is resumed."""
    session.execute(
        update(PendingRow)
        .where(
            PendingRow.conversation_id == conversation_id,
            PendingRow.kind == "read",
            PendingRow.state.in_((State.WAITING, State.APPROVED)),
        )
        .values(state=State.VOID)
        .execution_options(synchronize_session="fetch")
    )


def waiting_read(session: Session, conversation_id: str, now: datetime) -> PendingRow | None:
    """Return the read that waits for a proof in this conversation, if it has not expired."""
    return session.scalars(
        select(PendingRow)
        .where(
            PendingRow.conversation_id == conversation_id,
            PendingRow.kind == "read",
            PendingRow.state == State.WAITING,
            PendingRow.expires_at > now,
        )
        .order_by(PendingRow.created_at.desc())
        .limit(1)
    ).one_or_none()


def ready_to_resume(session: Session, conversation_id: str, now: datetime) -> bool:
    """Tell whether this conversation has an operation released, or done and undelivered."""
    found = session.scalars(
        select(PendingRow.id)
        .where(
            PendingRow.conversation_id == conversation_id,
            PendingRow.state.in_((State.APPROVED, State.DONE)),
            PendingRow.expires_at > now,
        )
        .limit(1)
    ).one_or_none()
    return found is not None


def forget_delivered(session: Session, conversation_id: str, now: datetime) -> None:
    """Erase results that have been delivered, and end their second chance."""
    session.execute(
        update(PendingRow)
        .where(PendingRow.conversation_id == conversation_id, PendingRow.state == State.DONE)
        .values(result_sealed=None, expires_at=now)
        .execution_options(synchronize_session="fetch")
    )


def fail_interrupted(session: Session) -> list[str]:
    """At start: reads that were executing when the process died have failed. Returns their ids."""
    rows = session.scalars(
        update(PendingRow)
        .where(PendingRow.state == State.EXECUTING, PendingRow.kind == "read")
        .values(state=State.FAILED)
        .returning(PendingRow.id)
        .execution_options(synchronize_session=False)
    )
    return list(rows)
