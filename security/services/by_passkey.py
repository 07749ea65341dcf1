"""Signing in and approving by passkey: nobody is named, nothing is typed or can be guessed."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from security.adapters import audit_log
from security.adapters.prepared import compare_and_set
from security.adapters.sealed import closed
from security.adapters.session_names import name_in
from security.adapters.tables import (
    AuthenticatorRow,
    ChallengeRow,
    PersonRow,
    SessionRow,
    TenantRow,
)
from security.adapters.tenancy import wherever
from security.audit.record import AuditEvent, Tag
from security.challenges import rules
from security.challenges.methods import without_a_name
from security.core import Core
from security.errors import Refused
from security.model import ChallengeView
from security.services import arrive, challenges, letters, passkeys
from security.services.approved import Shown, written
from security.services.challenges import OPEN, PASSED, VOID, close_once, record
from security.services.factors import is_off
from security.services.holder import held_session
from security.services.own_sessions import note_sign_in
from security.services.telling import tell

_NOBODY_YET = ""
_SHOWN = ChallengeRow.__table__.c.shown_sealed
_WAITING = (
    select(ChallengeRow)
    .where(
        ChallengeRow.session_id == bindparam("session"),
        ChallengeRow.state == OPEN,
        ChallengeRow.purpose == "sign_in",
    )
    .with_for_update()
)


class PasskeySignIn:
    """The sign-in without a name and without a password."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def begin(self, session_id: str, csrf_token: str) -> ChallengeView:
        """Open a challenge that any passkey of this site answers; it says whose it is.

        Nothing here tells whether anybody has one. Raises `Refused` like every call of a session's
        holder: `full_page_required` inside another site.
        """

        def work(store: Session) -> ChallengeView:
            now = self._core.clock()
            session, _ = held_session(self._core, store, session_id, csrf_token, now)
            row = _open(self._core, store, session, now)
            return challenges.view(self._core, store, row, now)

        # One that is lost with the power proves nothing (ADR 2).
        return await self._core.database.run_relaxed_mapped(work)


def close(
    core: Core,
    store: Session,
    session: SessionRow,
    row: ChallengeRow,
    shown: Mapping[str, Any],
    now: datetime,
) -> None:
    """Close a challenge with the passkey that answers it, once.

    Raises `Refused` `passkey_refused` with `attempts_left`, and `expired` after the last one. The
    factor is never paused for it: a stranger could keep its person out by that (ASVS 6.6.3).
    """
    try:
        factor = passkeys.prove(core, store, row, shown)
    except passkeys.Copied as copied:
        _warn(core, store, row, copied.row, now)
        factor = None
    person = store.get(PersonRow, factor.person_id) if factor is not None else None
    if (
        person is None
        or person.disabled_at is not None
        or is_off(store, person.tenant_id, passkeys.METHOD)
        or not _close_once(core, store, session, row, person)
    ):
        raise _not_right(core, store, session, row, now)
    record(core, store, Tag.CHALLENGE_PASSED, row, now)


def _close_once(
    core: Core, store: Session, session: SessionRow, row: ChallengeRow, person: PersonRow
) -> bool:
    """Close an open challenge by compare-and-set; one of nobody is its person's from then on."""
    if row.person_id:
        return close_once(store, row)
    whose = {"tenant_id": person.tenant_id, "person_id": person.id}
    shown = closed(core.vault, _SHOWN, row.shown_sealed, {"id": row.id, **whose})
    if not compare_and_set(
        store, row, {"state": OPEN}, {"state": PASSED, **whose, "shown_sealed": shown}
    ):
        return False
    # A proof of nobody ends what else was open only once it is one (ASVS 7.2.4).
    challenges.void_open(store, session.id)
    return True


def _open(core: Core, store: Session, session: SessionRow, now: datetime) -> ChallengeRow:
    with wherever(store):
        waiting = store.scalars(_WAITING, {"session": session.id}).all()
        if len(waiting) == 1 and _is_untouched(core, waiting[0], now):
            return waiting[0]
        for each in waiting:
            each.state = VOID
        store.flush()
    tenant = store.get(TenantRow, session.tenant_id) if session.tenant_id else None
    tenant_id = tenant.id if tenant is not None else ""
    challenge_id = secrets.token_urlsafe(24)
    shown = Shown(f"Sign in to {tenant.name}" if tenant is not None else "Sign in")
    row = ChallengeRow(
        id=challenge_id,
        session_id=session.id,
        tenant_id=tenant_id,
        person_id=_NOBODY_YET,
        purpose="sign_in",
        method=passkeys.METHOD,
        allows=list(without_a_name()),
        shown_sealed=written(shown),
        state=OPEN,
        attempts_left=rules.GUESSES,
        created_at=now,
        expires_at=now + timedelta(seconds=core.settings.challenge_seconds),
    )
    session.last_seen_at = now
    store.add(row)
    store.flush()
    record(core, store, Tag.CHALLENGE_OPENED, row, now)
    return row


def _is_untouched(core: Core, row: ChallengeRow, now: datetime) -> bool:
    """Tell whether a challenge of nobody is as good as new: one row is enough then."""
    half = timedelta(seconds=core.settings.challenge_seconds / 2)
    is_new = not row.person_id and row.attempts_left == rules.GUESSES
    return is_new and row.expires_at > now + half


def _warn(
    core: Core, store: Session, row: ChallengeRow, factor: AuthenticatorRow, now: datetime
) -> None:
    """Put a copied passkey on the trail under its person, and tell them (WebAuthn 7.2, step 22)."""
    event = AuditEvent(
        tag=Tag.CHALLENGE_FAILED,
        tenant=factor.tenant_id,
        person=core.keys.pseudonym(factor.person_id),
        session=name_in(store, core.keys, factor.tenant_id, row.session_id),
        purpose=row.purpose,
        method=row.method,
        reason="counter_behind",
    )
    audit_log.append(store.connection(), event, now)
    name = passkeys.name_of(core, factor)
    notice = letters.passkey_copied_notice(name, core.settings.public_url)
    tell(core, store, store.get_one(PersonRow, factor.person_id), notice, now)


def _not_right(
    core: Core, store: Session, session: SessionRow, row: ChallengeRow, now: datetime
) -> Refused:
    row.attempts_left = max(0, row.attempts_left - 1)
    if row.attempts_left == 0:
        # Once a challenge: failures cost nothing here, and must not bury what passed.
        if row.purpose == "sign_in" and row.person_id:
            note_sign_in(core, store, session, row.person_id, "failed", row.method, now)
        row.state = VOID
        arrive.void_waiting_for(core, store, session, row, now)
        record(core, store, Tag.CHALLENGE_LOCKED, row, now, "too_many_guesses")
        return Refused("expired")
    record(core, store, Tag.CHALLENGE_FAILED, row, now, "passkey_refused")
    return Refused("passkey_refused", attempts_left=row.attempts_left)
