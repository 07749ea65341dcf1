"""What the trail says of an operation that waits no longer."""

from __future__ import annotations

from typing import Any

from security.audit.record import AuditEvent, SessionName, Tag


def voided(
    row: Any,
    session: SessionName,
    reason: str,
    tenant: str | None,
    person: str | None = None,
) -> AuditEvent:
    """Return the record of a pending operation that is void: `turn_id`, `operation`, `digest`.

    `person` is a pseudonym.
    """
    return AuditEvent(
        tag=Tag.PENDING_VOIDED,
        tenant=tenant,
        person=person,
        session=session,
        turn=row.turn_id,
        operation=row.operation,
        arguments=row.digest,
        reason=reason,
    )
