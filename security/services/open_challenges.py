"""Finding the challenge that a session's holder names: theirs, open, and in time."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from security.adapters import audit_log
from security.adapters.prepared import by_column
from security.adapters.session_names import name_of
from security.adapters.tables import ChallengeRow, SessionRow
from security.adapters.tenancy import across_tenants
from security.audit.record import AuditEvent, Tag
from security.core import Core
from security.errors import Refused
from security.services.challenge_records import follow
from security.services.challenges import LOCKED, OPEN, factor_of, locked, record
from security.services.factors import guesses_of


def find_open(
    core: Core,
    store: Session,
    session: SessionRow,
    challenge_id: str,
    now: datetime,
    lock: bool = True,
) -> ChallengeRow:
    """Return an open challenge of this session; `lock` keeps others off it until the end.

    Raises `Refused`: `unknown_challenge`, `locked`, `expired`.
    """
    with across_tenants(store, "what is tried outside its session is on the trail"):
        row = by_column(store, ChallengeRow, lock=lock, id=challenge_id)
    if row is None:
        raise Refused("unknown_challenge")
    if row.session_id != session.id:
        # ASVS 6.6.2: a challenge is worth nothing outside the session that opened it.
        event = AuditEvent(
            tag=Tag.CHALLENGE_REFUSED,
            tenant=row.tenant_id or None,
            person=core.keys.pseudonym(row.person_id) if row.person_id else None,
            session=name_of(core.keys, row.tenant_id or None, session),
            reason="foreign_session",
        )
        audit_log.append(store.connection(), event, now)
        raise Refused("unknown_challenge")
    follow(store, row)
    if row.state == LOCKED and now < row.expires_at:
        guesses = guesses_of(factor_of(store, row))
        if guesses.is_paused(now):
            record(core, store, Tag.CHALLENGE_REFUSED, row, now, "factor_paused")
            raise locked(guesses, now)
    if row.state != OPEN or now >= row.expires_at:
        record(core, store, Tag.CHALLENGE_REFUSED, row, now, "not_open")
        raise Refused("expired")
    return row
