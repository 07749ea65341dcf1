"""Moving pending operations from state to state: each move is one compare-and-set."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from security.adapters.tables import PendingRow
from security.pending import State, may_move

_TABLE = PendingRow.__table__
_row = PendingRow.__table__.c
_LEFT_BY = (  # Prepared, because every turn asks.
    select(_TABLE)
    .where(_row.turn_id == bindparam("turn"), _row.state == State.WAITING)
    .order_by(_row.created_at.desc())
    .limit(1)
)


def move(connection: Connection, pending_id: str, current: State, to: State, **values: Any) -> bool:
    """Move one pending operation; False where it is no longer in `current`."""
    if not may_move(current, to):
        raise ValueError(f"no pending operation moves from {current} to {to}")
    done = connection.execute(
        update(PendingRow)
        .where(_row.id == pending_id, _row.state == current)
        .values(state=to, **values)
    )
    return done.rowcount == 1


def displace_reads(connection: Connection, conversation_id: str) -> list[Any]:
    """Void the reads that wait in this conversation: only the last one is resumed.

    Returns their rows: `turn_id`, `operation` and `digest`.
    """
    done = connection.execute(
        update(PendingRow)
        .where(
            _row.conversation_id == conversation_id,
            _row.kind == "read",
            _row.state.in_((State.WAITING, State.APPROVED)),
        )
        .values(state=State.VOID)
        .returning(_row.turn_id, _row.operation, _row.digest)
    )
    return list(done)


def waiting_read(connection: Connection, conversation_id: str, now: datetime) -> Any:
    """Return the row of the read that waits in this conversation, or None."""
    query = (
        select(_TABLE)
        .where(
            _row.conversation_id == conversation_id,
            _row.kind == "read",
            _row.state == State.WAITING,
            _row.expires_at > now,
        )
        .order_by(_row.created_at.desc())
        .limit(1)
    )
    return connection.execute(query).one_or_none()


def left_by(connection: Connection, turn_id: str) -> Any:
    """Return the row of the operation that this turn left waiting, or None."""
    return connection.execute(_LEFT_BY, {"turn": turn_id}).one_or_none()


def asked_by(connection: Connection, pending_id: str, challenge_id: str) -> None:
    """Remember the challenge that was opened for a waiting operation."""
    connection.execute(
        update(PendingRow).where(_row.id == pending_id).values(challenge_id=challenge_id)
    )


def ready_to_resume(connection: Connection, conversation_id: str, now: datetime) -> bool:
    """Tell whether this conversation has an operation released, or done and undelivered."""
    query = (
        select(_row.id)
        .where(
            _row.conversation_id == conversation_id,
            _row.state.in_((State.APPROVED, State.DONE)),
            _row.expires_at > now,
        )
        .limit(1)
    )
    return connection.execute(query).one_or_none() is not None


def forget_delivered(connection: Connection, conversation_id: str, now: datetime) -> None:
    """Erase results that have been delivered, and end their second chance."""
    connection.execute(
        update(PendingRow)
        .where(_row.conversation_id == conversation_id, _row.state == State.DONE)
        .values(result_sealed=None, expires_at=now)
    )


def fail_interrupted(connection: Connection) -> list[str]:
    """At start: reads that were executing when the process died have failed. Returns their ids."""
    done = connection.execute(
        update(PendingRow)
        .where(_row.state == State.EXECUTING, _row.kind == "read")
        .values(state=State.FAILED)
        .returning(_row.id)
    )
    return list(done.scalars())
