"""What a turn left pending: the challenge or sign-in that its last message asks for."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.orm import Session

from security.adapters.pending_store import asked_by, left_by
from security.adapters.tables import ChallengeRow, SessionRow
from security.core import Core
from security.model import ChallengeView, Message
from security.services.challenges import OPEN, open_challenge, view


def attach_request(
    core: Core, connection: Connection, turn: Any, messages: list[Message], now: datetime
) -> list[Message]:
    """Put the pending sign-in or challenge on the last message; rasa never sees its id."""
    waiting = left_by(connection, turn.id)
    if waiting is None:
        return messages
    *before, last = messages or [Message()]
    if waiting.reason == "authentication_required":
        return [*before, last.model_copy(update={"sign_in": True})]
    with Session(connection) as store:
        challenge = _step_up(core, store, turn, waiting, now)
        store.flush()
    return [*before, last.model_copy(update={"challenge": challenge})]


def ask_again(
    connection: Connection, turn_id: str, messages: list[Message], now: datetime
) -> list[Message]:
    """Put what a closed turn asked for on its repeated answer, as long as it still waits."""
    waiting = left_by(connection, turn_id)
    if waiting is None or not messages:
        return messages
    *before, last = messages
    if waiting.reason == "authentication_required":
        return [*before, last.model_copy(update={"sign_in": True})]
    with Session(connection) as store:
        row = store.get(ChallengeRow, waiting.challenge_id) if waiting.challenge_id else None
        if row is None or row.state != OPEN or now >= row.expires_at:
            return messages
        return [*before, last.model_copy(update={"challenge": view(store, row, now)})]


def _step_up(
    core: Core, store: Session, turn: Any, waiting: Any, now: datetime
) -> ChallengeView | None:
    session = store.get_one(SessionRow, turn.session_id)
    operation = core.operations.get(waiting.operation)
    if session.person_id is None or session.tenant_id is None or operation is None:
        return None
    if waiting.person_id != session.person_id:
        return None  # Somebody else has signed in since the turn began.
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
    asked_by(store.connection(), waiting.id, challenge.id)
    return view(store, challenge, now)
