"""Moving pending operations from state to state: each move is one compare-and-set."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, bindparam, func, or_, select, update

from security.adapters.tables import ChallengeRow, ConversationRow, PendingRow, UtcTime
from security.pending import State, may_move

_TABLE = PendingRow.__table__
_row = PendingRow.__table__.c
# News goes to its person, in whatever conversation they turn up again.
_OWNER = (
    select(ConversationRow.person_id)
    .where(ConversationRow.id == bindparam("conversation"))
    .scalar_subquery()
)
_LEFT_BY = (  # Prepared, because every turn asks.
    select(_TABLE)
    .where(
        or_(
            and_(_row.turn_id == bindparam("turn"), _row.state == State.WAITING),
            and_(_row.tell.is_(True), _row.person_id == _OWNER),
        )
    )
    .order_by(_row.created_at)
)

_APPROVE = (
    update(PendingRow)
    .where(
        _row.id == bindparam("pending"),
        _row.kind.in_(bindparam("kinds", expanding=True)),
        _row.session_id == bindparam("session"),
        _row.person_id == bindparam("person"),
        _row.digest == bindparam("is_digest"),
        _row.challenge_id == bindparam("challenge"),
        _row.state == State.WAITING,
        _row.expires_at > bindparam("now"),
    )
    .values(
        state=State.APPROVED, method=bindparam("by"), approved_at=bindparam("now", type_=UtcTime)
    )
)
_WAITING_READ = (
    select(_TABLE)
    .where(
        _row.conversation_id == bindparam("conversation"),
        _row.kind == "read",
        _row.state == State.WAITING,
        _row.expires_at > bindparam("now", type_=UtcTime),
    )
    .order_by(_row.created_at.desc())
    .limit(1)
)
_FIND = select(_TABLE).where(_row.id == bindparam("pending"))


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


def approve(
    connection: Connection,
    pending_id: str,
    *,
    kinds: Sequence[str],
    session_id: str,
    person_id: str,
    digest: str,
    challenge_id: str,
    method: str,
    now: datetime,
) -> bool:
    """Approve one waiting operation by compare-and-set on everything that it is bound to."""
    bound = {
        "pending": pending_id,
        "kinds": list(kinds),
        "session": session_id,
        "person": person_id,
        "is_digest": digest,
        "challenge": challenge_id,
        "by": method,
        "now": now,
    }
    return connection.execute(_APPROVE, bound).rowcount == 1


def displace(connection: Connection, conversation_id: str, kind: str) -> list[Any]:
    """Void what waits of this kind in a conversation: one read and one write at most.

    Returns their rows: `id`, `turn_id`, `operation`, `digest` and `challenge_id`.
    """
    done = connection.execute(
        update(PendingRow)
        .where(
            _row.conversation_id == conversation_id,
            _row.kind == kind,
            _row.state.in_((State.WAITING, State.APPROVED)),
        )
        .values(state=State.VOID)
        .returning(_row.id, _row.turn_id, _row.operation, _row.digest, _row.challenge_id)
    )
    return list(done)


def find(connection: Connection, pending_id: str) -> Any:
    """Return the row of a pending operation, or None."""
    return connection.execute(_FIND, {"pending": pending_id}).one_or_none()


def waiting_read(connection: Connection, conversation_id: str, now: datetime) -> Any:
    """Return the row of the read that waits in this conversation, or None."""
    wanted = {"conversation": conversation_id, "now": now}
    return connection.execute(_WAITING_READ, wanted).one_or_none()


def left_by(connection: Connection, turn_id: str, conversation_id: str) -> list[Any]:
    """Return what this turn left waiting, and what its person has to hear, oldest first."""
    wanted = {"turn": turn_id, "conversation": conversation_id}
    return list(connection.execute(_LEFT_BY, wanted))


def asked_in(connection: Connection, conversation_id: str) -> dict[str, Any]:
    """Return what the turns of a conversation asked a proof for: the latest row by turn id."""
    query = select(_TABLE).where(_row.conversation_id == conversation_id).order_by(_row.created_at)
    return {row.turn_id: row for row in connection.execute(query)}


def told(connection: Connection, pending_ids: list[str]) -> None:
    """Remember that the person has been told what became of these."""
    connection.execute(update(PendingRow).where(_row.id.in_(pending_ids)).values(tell=False))


def asked_by(connection: Connection, pending_id: str, challenge_id: str) -> None:
    """Remember the challenge that was opened for a waiting operation."""
    connection.execute(
        update(PendingRow).where(_row.id == pending_id).values(challenge_id=challenge_id)
    )


def ready_to_resume(connection: Connection, conversation_id: str, now: datetime) -> bool:
    """Tell whether this conversation has an operation to run, to deliver, or to ask after."""
    query = (
        select(_row.id)
        .where(
            _row.conversation_id == conversation_id,
            or_(
                _row.state == State.APPROVED,
                and_(_row.state == State.DONE, _row.result_sealed.is_not(None)),
                and_(_row.kind == "write", _row.state.in_((State.EXECUTING, State.IN_DOUBT))),
            ),
            or_(_row.expires_at > now, _row.state.in_((State.EXECUTING, State.IN_DOUBT))),
        )
        .limit(1)
    )
    return connection.execute(query).one_or_none() is not None


def in_doubt(connection: Connection, person_id: str, digest: str, turn_id: str) -> bool:
    """Tell whether nobody knows yet if this very operation was done for this person.

    What this turn itself is about to execute, and may not, is no doubt.
    """
    query = (
        select(_row.id)
        .where(
            _row.person_id == person_id,
            _row.digest == digest,
            _row.kind == "write",
            _row.state.in_((State.EXECUTING, State.IN_DOUBT)),
            or_(_row.resumed_by.is_(None), _row.resumed_by != turn_id),
        )
        .limit(1)
    )
    return connection.execute(query).one_or_none() is not None


def doubtful(connection: Connection, conversation_id: str) -> bool:
    """Tell whether a write of this conversation is being executed, or nobody knows if it was."""
    query = (
        select(_row.id)
        .where(
            _row.conversation_id == conversation_id,
            _row.kind == "write",
            _row.state.in_((State.EXECUTING, State.IN_DOUBT)),
        )
        .limit(1)
    )
    return connection.execute(query).one_or_none() is not None


def given_to(connection: Connection, pending_id: str, turn_id: str) -> None:
    """Remember in which turn a result was last given out."""
    connection.execute(update(PendingRow).where(_row.id == pending_id).values(resumed_by=turn_id))


def void_challenge(connection: Connection, challenge_id: str) -> None:
    """End the challenge that was to approve what is void now."""
    connection.execute(
        update(ChallengeRow)
        .where(ChallengeRow.id == challenge_id, ChallengeRow.state == "open")
        .values(state="void")
    )


def forget_delivered(connection: Connection, turn_id: str, now: datetime) -> None:
    """Erase the result that this turn has delivered, and end its second chance."""
    connection.execute(
        update(PendingRow)
        .where(_row.resumed_by == turn_id, _row.state.in_((State.DONE, State.FAILED)))
        .values(result_sealed=None, expires_at=now, tell=False)
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


def doubt(connection: Connection, begun_before: datetime | None = None) -> list[Any]:
    """Doubt the writes that are executing; all of them at start. Returns their rows."""
    begun = func.coalesce(_row.approved_at, _row.created_at, type_=UtcTime)
    query = update(PendingRow).where(_row.state == State.EXECUTING, _row.kind == "write")
    if begun_before is not None:
        query = query.where(begun < begun_before)
    return list(connection.execute(query.values(state=State.IN_DOUBT).returning(_TABLE)))


def approved_since(
    connection: Connection, person_id: str, method: str, since: datetime
) -> list[Any]:
    """Return the writes that this method approved for a person after `since`, and that were done
    or may have been."""
    query = select(_TABLE).where(
        _row.person_id == person_id,
        _row.kind == "write",
        _row.method == method,
        _row.approved_at > since,
        _row.state.in_((State.EXECUTING, State.IN_DOUBT, State.DONE)),
    )
    return list(connection.execute(query))


def all_in_doubt(connection: Connection) -> list[Any]:
    """Return the rows of all writes of which nobody knows whether they were done."""
    query = select(_TABLE).where(_row.state == State.IN_DOUBT).order_by(_row.created_at)
    return list(connection.execute(query))


def void_unused(connection: Connection, approved_before: datetime) -> list[Any]:
    """End approved writes that nobody came to run, and let their people know. Returns the rows."""
    done = connection.execute(
        update(PendingRow)
        .where(
            _row.kind == "write",
            _row.state == State.APPROVED,
            _row.approved_at < approved_before,
        )
        .values(state=State.VOID, tell=True)
        .returning(_TABLE)
    )
    return list(done)
