"""What a proof changes: the session gets a new id and its person, and what waited may run."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from security.adapters import audit_log, turn_store
from security.adapters.pending_store import move, waiting_read
from security.adapters.tables import (
    ChallengeRow,
    ConversationRow,
    PersonRow,
    SessionRow,
    TenantRow,
)
from security.audit.record import AuditEvent, Tag
from security.challenges.methods import WITH_PASSWORD
from security.core import Core
from security.errors import Refused
from security.model import Assurance, ChallengePassed, SessionGrant
from security.pending import State
from security.services.sessions import grant, new_conversation
from security.sessions import hash_of, new_session_id


def after_proof(
    core: Core, store: Session, session: SessionRow, challenge: ChallengeRow, now: datetime
) -> ChallengePassed:
    """Raise the session to what the proof is worth and release what waited for it."""
    person = store.get(PersonRow, challenge.person_id)
    if person is None or person.disabled_at is not None:
        raise Refused("session_expired")
    if challenge.purpose == "step_up" and session.person_id != person.id:
        raise Refused("expired")
    level = _level(challenge.method)
    granted = bind(core, store, session, person, level, now)
    return ChallengePassed(
        grant=granted, resume=_release(core, store, session, challenge, person, now)
    )


def bind(
    core: Core,
    store: Session,
    session: SessionRow,
    person: PersonRow,
    assurance: Assurance,
    now: datetime,
) -> SessionGrant:
    """Give the session a new id, a new CSRF token and its person; the old id is dead at once.

    An anonymous conversation is bound to the first person who signs in and goes on; someone
    other than the person it is bound to begins a new one (ASVS 7.2.4).
    """
    tenant = store.get(TenantRow, person.tenant_id)
    conversation = store.get(ConversationRow, session.conversation_id)
    if tenant is None or conversation is None:
        raise Refused("security_unavailable")
    if conversation.person_id is None:
        conversation.person_id, conversation.tenant_id = person.id, person.tenant_id
    elif conversation.person_id != person.id:
        session.conversation_id = new_conversation(core, store, person.tenant_id, person.id, now)
    if session.person_id != person.id:
        session.created_at = now
    # A turn that began before the proof was another holder's: its ticket is worth nothing now.
    turn_store.end_tickets(store.connection(), session.id)
    session_id = new_session_id()
    session.id_hash = hash_of(session_id)
    session.csrf_seed = secrets.token_urlsafe(16)
    session.person_id, session.tenant_id = person.id, person.tenant_id
    session.assurance, session.proved_at = assurance, now
    session.last_seen_at, session.idle_seconds = now, tenant.idle_seconds
    return grant(core, session, person, now, session_id)


def void_waiting(core: Core, store: Session, session: SessionRow, now: datetime) -> None:
    """End what waits for a proof in this conversation."""
    waiting = waiting_read(store.connection(), session.conversation_id, now)
    if waiting is not None and move(store.connection(), waiting.id, State.WAITING, State.VOID):
        _record(core, store, Tag.PENDING_VOIDED, waiting, session, now)


def _release(
    core: Core,
    store: Session,
    session: SessionRow,
    challenge: ChallengeRow,
    person: PersonRow,
    now: datetime,
) -> bool:
    """Approve the read that waits in the conversation; signing in never approves a write."""
    waiting = waiting_read(store.connection(), session.conversation_id, now)
    if waiting is None or waiting.session_id != session.id:
        return False
    if challenge.purpose == "step_up" and (
        waiting.id != challenge.pending_id or waiting.digest != challenge.digest
    ):
        return False
    owner = {"person_id": person.id, "tenant_id": person.tenant_id, "challenge_id": challenge.id}
    if not move(store.connection(), waiting.id, State.WAITING, State.APPROVED, **owner):
        return False
    _record(core, store, Tag.PENDING_APPROVED, waiting, session, now)
    return True


def _record(
    core: Core, store: Session, tag: Tag, row: Any, session: SessionRow, now: datetime
) -> None:
    event = AuditEvent(
        tag=tag,
        tenant=session.tenant_id,
        person=core.keys.pseudonym(session.person_id) if session.person_id else None,
        session=session.id,
        turn=row.turn_id,
        operation=row.operation,
        arguments=row.digest,
    )
    audit_log.append(store.connection(), event, now)


def _level(method: str) -> Assurance:
    for known, level in WITH_PASSWORD.items():
        if known == method:
            return level
    raise Refused("unknown_method")
