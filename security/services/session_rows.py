"""A session's row: what the rules look at, and what the trail says of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from security.adapters import audit_log
from security.adapters.session_names import name_of
from security.audit.record import AuditEvent, Tag
from security.core import Core
from security.sessions import Limits, SessionState


def state_of(row: Any) -> SessionState:
    """Return the snapshot of a session's row that the rules look at."""
    limits = Limits(row.idle_seconds, row.absolute_seconds)
    return SessionState(row.created_at, row.last_seen_at, row.ended_at, limits)


def id_new_since(row: Any) -> datetime:
    """Return when a session got its present id: at its start, a proof, or a rotation."""
    moments: list[datetime] = [row.created_at]
    moments += [moment for moment in (row.proved_at, row.rotated_at) if moment is not None]
    return max(moments)


def record(
    core: Core, store: Session, tag: Tag, row: Any, now: datetime, reason: str | None = None
) -> None:
    """Append an event of this session to the trail."""
    event = AuditEvent(
        tag=tag,
        tenant=row.tenant_id,
        person=core.keys.pseudonym(row.person_id) if row.person_id else None,
        session=name_of(core.keys, row.tenant_id, row),
        assurance=row.assurance,
        reason=reason,
    )
    audit_log.append(store.connection(), event, now)
