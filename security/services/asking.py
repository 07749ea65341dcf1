"""What a turn left pending: the challenge or sign-in that its last message asks for."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from security.adapters.tables import PendingRow, SessionRow, TurnRow
from security.core import Core
from security.model import ChallengeView, Message
from security.pending import State
from security.services.challenges import open_challenge, view


def attach_request(
    core: Core, store: Session, turn: TurnRow, messages: list[Message], now: datetime
) -> list[Message]:
    """Put the pending sign-in or challenge on the last message; rasa never sees its id."""
    waiting = store.scalars(
        select(PendingRow)
        .where(PendingRow.turn_id == turn.id, PendingRow.state == State.WAITING)
        .order_by(PendingRow.created_at.desc())
        .limit(1)
    ).one_or_none()
    if waiting is None:
        return messages
    *before, last = messages or [Message()]
    if waiting.reason == "authentication_required":
        return [*before, last.model_copy(update={"sign_in": True})]
    challenge = _step_up(core, store, turn, waiting, now)
    return [*before, last.model_copy(update={"challenge": challenge})]


def _step_up(
    core: Core, store: Session, turn: TurnRow, waiting: PendingRow, now: datetime
) -> ChallengeView | None:
    session = store.get_one(SessionRow, turn.session_id)
    operation = core.operations.get(waiting.operation)
    if session.person_id is None or session.tenant_id is None or operation is None:
        return None
    challenge = open_challenge(
        core,
        store,
        session,
        person_id=session.person_id,
        tenant_id=session.tenant_id,
        purpose="step_up",
        binding=operation.title,
        now=now,
        pending_id=waiting.id,
        digest=waiting.digest,
    )
    if challenge is None:
        return None
    store.execute(
        update(PendingRow).where(PendingRow.id == waiting.id).values(challenge_id=challenge.id)
    )
    return view(store, challenge, now)
