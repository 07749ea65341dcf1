"""Finding the live session behind a cookie; every other way in is refused and recorded."""

from __future__ import annotations

import hmac
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from security.adapters import audit_log
from security.adapters.tables import PersonRow, SessionRow
from security.audit.record import AuditEvent, Tag
from security.core import Core
from security.errors import Refused
from security.sessions import Limits, SessionState, hash_of, is_live


def state_of(row: Any) -> SessionState:
    """Return the snapshot of a session's row that the rules look at."""
    limits = Limits(row.idle_seconds, row.absolute_seconds)
    return SessionState(row.created_at, row.last_seen_at, row.ended_at, limits)


def live_session(
    core: Core, store: Session, session_id: str, now: datetime
) -> tuple[SessionRow, PersonRow | None]:
    """Return the session and its person. Raises `Refused("session_expired")`.

    A session found past its limit, or whose person was disabled, is ended; each try is recorded.
    """
    row = store.scalars(
        select(SessionRow).where(SessionRow.id_hash == hash_of(session_id))
    ).one_or_none()
    if row is None:
        raise Refused("session_expired")
    person = store.get(PersonRow, row.person_id) if row.person_id else None
    disabled = person is not None and person.disabled_at is not None
    if is_live(state_of(row), now) and not disabled:
        return row, person
    reason = "ended"
    if row.ended_at is None:
        row.ended_at = now
        reason = "person_disabled" if disabled else "limit_reached"
    record(core, store, Tag.SESSION_REFUSED, row, now, reason=reason)
    raise Refused("session_expired")


def held_session(
    core: Core, store: Session, session_id: str, csrf_token: str, now: datetime
) -> tuple[SessionRow, PersonRow | None]:
    """Return the session of a state-changing call. Raises `Refused`, also `csrf_failed`."""
    row, person = live_session(core, store, session_id, now)
    expected = core.keys.csrf_token(row.csrf_seed)
    if not hmac.compare_digest(expected.encode(), csrf_token.encode()):
        record(core, store, Tag.SESSION_REFUSED, row, now, reason="csrf")
        raise Refused("csrf_failed")
    return row, person


def record(
    core: Core, store: Session, tag: Tag, row: Any, now: datetime, reason: str | None = None
) -> None:
    """Append an event of this session to the trail."""
    event = AuditEvent(
        tag=tag,
        tenant=row.tenant_id,
        person=core.keys.pseudonym(row.person_id) if row.person_id else None,
        session=row.id,
        assurance=row.assurance,
        reason=reason,
    )
    audit_log.append(store.connection(), event, now)
