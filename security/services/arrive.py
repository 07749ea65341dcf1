"""What a proof changes: the session gets a new id and its person, and what waited may run."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, bindparam, select, update
from sqlalchemy.orm import Session

from security.adapters import adopting, pending_store, turn_store
from security.adapters.account_tables import ChangeRow
from security.adapters.tables import ChallengeRow, ConversationRow, PersonRow, SessionRow, TenantRow
from security.audit.record import Tag
from security.challenges.methods import assurance_of
from security.core import Core
from security.embedding import may_hold
from security.enrolment import leads_to_enrolment
from security.errors import Refused
from security.model import Assurance, ChallengePassed, SessionGrant
from security.pending import State
from security.services import admin_rows, admin_voiding, devices, identities, recovery
from security.services.factors import has_factor
from security.services.own_sessions import keep_within_limit, note_sign_in
from security.services.releasing import record, release_to
from security.services.sessions import grant, new_conversation
from security.sessions import hash_of, idle_after_sign_in, new_session_id, reaches

_PLACE = (
    select(TenantRow, ConversationRow)
    .join(ConversationRow, ConversationRow.id == bindparam("conversation"))
    .where(TenantRow.id == bindparam("tenant"))
    .execution_options(autoflush=False)
)


def after_proof(
    core: Core,
    store: Session,
    session: SessionRow,
    challenge: ChallengeRow,
    now: datetime,
    held: PersonRow | None = None,
    worth: Assurance | None = None,
) -> ChallengePassed:
    """Raise the session to what the proof is worth and release what waited for it.

    `held` is the person, where the caller holds their row already; `worth` is the level of a
    proof that says by itself what it is worth, as a provider's does.
    """
    is_theirs = held is not None and held.id == challenge.person_id
    person = held if is_theirs else store.get(PersonRow, challenge.person_id)
    level = worth or assurance_of(challenge.method)
    if person is None or person.disabled_at is not None:
        raise Refused("session_expired")
    if level is None:
        raise Refused("unknown_method")
    if challenge.purpose == "sign_in":
        return _signed_in(core, store, session, challenge, person, level, now)
    if session.person_id != person.id:
        raise Refused("expired")
    if challenge.purpose == "administer":
        # Before the session gets another id: a refusal is kept, and nobody would have that id.
        admin_rows.prove(store, session, challenge)
    granted = _proved_again(core, store, session, person, level, now)
    _note_email(session, challenge.method, now)
    if challenge.purpose == "change":
        _prove_change(store, session, challenge)
    if challenge.purpose in ("administer", "change"):
        return ChallengePassed(grant=granted, resume=False)
    return ChallengePassed(
        grant=granted,
        resume=release_to(core, store, session, challenge, person, now),
        confirmed=True if challenge.purpose == "confirm" else None,
    )


def complete_sign_in(
    core: Core,
    store: Session,
    session: SessionRow,
    person: PersonRow,
    level: Assurance,
    method: str | None,
    now: datetime,
) -> SessionGrant:
    """Make this session the person's: with a device that is known, and not one too many.

    Who has no strong factor yet, or has lost it, may enrol one for some minutes.
    """
    granted = bind(core, store, session, person, level, now)
    _note_email(session, method, now)
    # A provider's word for somebody without any factor leads where the password alone does.
    first = method == "sso" and not has_factor(store, person.id)
    enrolling = leads_to_enrolment(None if first else method, person.may_enrol_until, now)
    session.signed_in_at, session.password_proved_at = now, None
    life = timedelta(seconds=core.settings.change_seconds)
    session.enrol_until = now + life if enrolling else None
    _is_back(core, store, person, level, now)  # Flushes: all that the session becomes, at once.
    device = devices.recognise(core, store, session, person.id, now)
    note_sign_in(core, store, session, person.id, "passed", method, now)
    keep_within_limit(core, store, now, session)
    return granted.model_copy(update={"device": device})


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
    if not may_hold(session.channel, assurance):
        raise Refused("full_page_required")
    wanted = {"tenant": person.tenant_id, "conversation": session.conversation_id}
    found = store.execute(_PLACE, wanted).one_or_none()
    if found is None:
        raise Refused("security_unavailable")
    tenant, conversation = found
    if conversation.person_id is None:
        conversation.person_id, conversation.tenant_id = person.id, person.tenant_id
        adopting.adopt(store.connection(), core.vault, conversation.id, person.tenant_id, person.id)
    elif conversation.person_id != person.id:
        session.conversation_id = new_conversation(core, store, person.tenant_id, person.id, now)
        identities.forget_session(store, session.id)
    if session.person_id != person.id:
        session.created_at, session.email_proved_at = now, None
    # A turn that began before the proof was another holder's: its ticket is worth nothing now.
    turn_store.end_tickets(store.connection(), session.id)
    session_id = new_session_id(session.channel)
    session.id_hash = hash_of(session_id)
    session.csrf_seed = secrets.token_urlsafe(16)
    session.person_id, session.tenant_id = person.id, person.tenant_id
    session.assurance, session.proved_at = assurance, now
    session.last_seen_at = session.rotated_at = now
    session.idle_seconds = idle_after_sign_in(session.absolute_seconds, tenant.idle_seconds)
    return grant(core, session, person, now, session_id)


def _is_back(
    core: Core, store: Session, person: PersonRow, assurance: Assurance, now: datetime
) -> None:
    """Let nobody else in by recovery, where a proof is as good as that says: its person is back."""
    if reaches(assurance, "aal2"):
        recovery.void_open(core, store, person.id, now)


def void_waiting_for(
    core: Core, store: Session, session: SessionRow, challenge: ChallengeRow, now: datetime
) -> None:
    """End what waits for this challenge: an operation, a change of factors, or of somebody."""
    if challenge.purpose == "administer":
        admin_voiding.void_one(store, challenge.change_id or "")
        return
    if challenge.change_id is not None:
        store.execute(
            update(ChangeRow)
            .where(ChangeRow.id == challenge.change_id, ChangeRow.state == "prove")
            .values(state="void")
        )
        return
    connection = store.connection()
    if challenge.pending_id is not None:
        waiting = pending_store.find(connection, challenge.pending_id)
    else:
        waiting = pending_store.waiting_read(connection, session.conversation_id, now)
    if waiting is not None and pending_store.move(
        connection, waiting.id, State.WAITING, State.VOID
    ):
        record(core, store, Tag.PENDING_VOIDED, waiting, session, now)


def _signed_in(
    core: Core,
    store: Session,
    session: SessionRow,
    challenge: ChallengeRow,
    person: PersonRow,
    level: Assurance,
    now: datetime,
) -> ChallengePassed:
    granted = complete_sign_in(core, store, session, person, level, challenge.method, now)
    return ChallengePassed(
        grant=granted,
        resume=release_to(core, store, session, challenge, person, now),
        enrol=True if session.enrol_until is not None else None,
    )


def _proved_again(
    core: Core,
    store: Session,
    session: SessionRow,
    person: PersonRow,
    level: Assurance,
    now: datetime,
) -> SessionGrant:
    """Give a new id; a weaker proof neither lowers the session's level nor renews it."""
    held, proved_at = cast("Assurance", session.assurance), session.proved_at
    granted = bind(core, store, session, person, level, now)
    _is_back(core, store, person, level, now)
    if reaches(level, held):
        return granted
    session.assurance, session.proved_at = held, proved_at
    return grant(core, session, person, now, granted.session_id)


def _note_email(session: SessionRow, method: str | None, now: datetime) -> None:
    """Remember a code by email by itself: it neither raises the session's level nor renews it."""
    if method == "email":
        session.email_proved_at = now


def _prove_change(store: Session, session: SessionRow, challenge: ChallengeRow) -> None:
    """Mark the change that this challenge was bound to; anything else in the row forbids it."""
    done = store.execute(
        update(ChangeRow)
        .where(
            ChangeRow.id == challenge.change_id,
            ChangeRow.session_id == session.id,
            ChangeRow.person_id == challenge.person_id,
            ChangeRow.digest == challenge.digest,
            ChangeRow.state == "prove",
        )
        .values(proved=True)
        .execution_options(synchronize_session="fetch")
    )
    if cast("CursorResult[Any]", done).rowcount != 1:
        raise Refused("expired")
