"""What a proof releases: the operation that waited for it, and no other."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from security.adapters import audit_log, pending_store
from security.adapters.pending_seals import PendingSeals
from security.adapters.session_names import name_of
from security.adapters.tables import ChallengeRow, PersonRow, SessionRow
from security.audit.record import AuditEvent, Tag
from security.core import Core
from security.errors import Refused
from security.pending import State


def release(
    core: Core, store: Session, session: SessionRow, challenge: ChallengeRow, now: datetime
) -> bool:
    """Release what a proof was asked for, and raise nothing: a text's session stays at aal1."""
    person = store.get(PersonRow, challenge.person_id)
    if person is None or person.disabled_at is not None or session.person_id != person.id:
        raise Refused("session_expired")
    return release_to(core, store, session, challenge, person, now)


def release_to(
    core: Core,
    store: Session,
    session: SessionRow,
    challenge: ChallengeRow,
    person: PersonRow,
    now: datetime,
) -> bool:
    """Approve what this proof was asked for; signing in releases a read, never a write.

    One compare-and-set on id, session, person, digest and challenge.
    """
    connection = store.connection()
    owner = {"person_id": person.id, "tenant_id": person.tenant_id, "challenge_id": challenge.id}
    if challenge.purpose == "sign_in":
        waiting = pending_store.waiting_read(connection, session.conversation_id, now)
        if waiting is None or waiting.session_id != session.id:
            return False
        # It is the person's from here on, and under their own key.
        asked = waiting.arguments_sealed
        mine = PendingSeals(core.vault, core.keys).arguments({**waiting._mapping, **owner}, asked)
        becomes = {**owner, "arguments_sealed": mine}
        if not pending_store.move(connection, waiting.id, State.WAITING, State.APPROVED, **becomes):
            return False
    else:
        approved = pending_store.approve(
            connection,
            challenge.pending_id or "",
            # A proof of who it is releases a write that needs no approval, and no other: each
            # challenge is bound to the one row that it was opened for.
            kinds=("write",) if challenge.purpose == "confirm" else ("read", "write"),
            session_id=session.id,
            person_id=person.id,
            digest=challenge.digest or "",
            challenge_id=challenge.id,
            method=challenge.method,
            now=now,
        )
        waiting = pending_store.find(connection, challenge.pending_id or "") if approved else None
    if waiting is not None:
        record(core, store, Tag.PENDING_APPROVED, waiting, session, now)
    return waiting is not None


def record(
    core: Core, store: Session, tag: Tag, row: Any, session: SessionRow, now: datetime
) -> None:
    """Put what happened to a pending operation on the trail."""
    event = AuditEvent(
        tag=tag,
        tenant=session.tenant_id,
        person=core.keys.pseudonym(session.person_id) if session.person_id else None,
        session=name_of(core.keys, session.tenant_id, session),
        turn=row.turn_id,
        operation=row.operation,
        arguments=row.digest,
    )
    audit_log.append(store.connection(), event, now)
