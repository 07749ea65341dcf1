"""Writes that nobody approves, among the pending operations: what has begun is found again."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, and_, bindparam, or_, select, update

from security.adapters.tables import PendingRow
from security.pending import State

_row = PendingRow.__table__.c

# Begun in this turn, or in any, and not known to have ended; or done and never told.
_SAME = (
    select(PendingRow.__table__)
    .where(
        _row.digest == bindparam("digest"),
        _row.kind == "write",
        or_(
            _row.person_id == bindparam("person"),
            and_(_row.person_id.is_(None), _row.conversation_id == bindparam("conversation")),
        ),
        or_(
            _row.state.in_((State.EXECUTING, State.IN_DOUBT)),
            and_(_row.resumed_by == bindparam("turn"), _row.state.in_((State.DONE, State.FAILED))),
            and_(
                _row.state == State.DONE,
                _row.result_sealed.is_not(None),
                _row.conversation_id == bindparam("conversation"),
            ),
        ),
    )
    .order_by(_row.created_at.desc())
    .limit(1)
)
_VOID = (
    update(PendingRow)
    .where(
        _row.conversation_id == bindparam("conversation"),
        _row.kind == "write",
        _row.digest == bindparam("is_digest"),
        _row.state.in_((State.WAITING, State.APPROVED)),
    )
    .values(state=State.VOID)
    .returning(_row.id, _row.turn_id, _row.operation, _row.digest, _row.challenge_id)
)


def same_write(
    connection: Connection, *, person_id: str | None, digest: str, turn_id: str, conversation: str
) -> Any:
    """Return the latest row of this very write that has begun for this person, or None."""
    wanted = {"person": person_id, "digest": digest, "conversation": conversation, "turn": turn_id}
    return connection.execute(_SAME, wanted).first()


def displace_same(connection: Connection, conversation_id: str, digest: str) -> list[Any]:
    """Void what waits in a conversation to do this very write. Returns the rows."""
    bound = {"conversation": conversation_id, "is_digest": digest}
    return list(connection.execute(_VOID, bound))
