"""What every step of a challenge says: on the trail, and of a factor that is paused."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from security.adapters import audit_log
from security.adapters.session_names import name_in
from security.adapters.tables import ChallengeRow, PersonRow
from security.adapters.tenancy import change_tenant
from security.audit.record import AuditEvent, Tag
from security.challenges import rules
from security.core import Core
from security.errors import Refused


def locked(guesses: rules.Guesses, now: datetime) -> Refused:
    """Return the refusal of a paused factor, with the whole seconds until it may be tried again."""
    until = guesses.paused_until or now
    return Refused("locked", retry_after_seconds=max(1, int((until - now).total_seconds())))


def record(
    core: Core,
    store: Session,
    tag: Tag,
    row: ChallengeRow,
    now: datetime,
    reason: str | None = None,
) -> None:
    """Put what happened to a challenge on the trail."""
    event = AuditEvent(
        tag=tag,
        tenant=row.tenant_id or None,
        person=core.keys.pseudonym(row.person_id) if row.person_id else None,
        session=name_in(store, core.keys, row.tenant_id or None, row.session_id),
        purpose=row.purpose,
        arguments=row.digest,
        method=row.method,
        reason=reason,
    )
    audit_log.append(store.connection(), event, now)


def follow(store: Session, row: ChallengeRow, held: PersonRow | None = None) -> None:
    """Go on at the organisation of whoever signs in: their name says where, or their passkey."""
    tenant = held.tenant_id if held is not None else row.tenant_id
    if row.purpose == "sign_in" and tenant:
        change_tenant(store, tenant, "who signs in says where")
