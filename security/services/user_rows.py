"""What every administration of people looks at first, and what the trail says of it.

It is asked over a listener of its own, by whoever may read this home's run folder: the
operating system's administrator of this installation.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from security import roles
from security.adapters import audit_log
from security.adapters.people import by_username
from security.adapters.tables import PersonRow, TenantRow
from security.adapters.tenancy import bind_tenant
from security.audit.record import AuditEvent, Tag
from security.core import Core
from security.errors import Refused

ACTOR = "operating-system:administrator"

_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
_GROUPS, _GROUP = 4, 5


def new_password() -> str:
    """Return a password of about 99 bits in groups that can be read out and typed."""
    letters = [secrets.choice(_LETTERS) for _ in range(_GROUPS * _GROUP)]
    return "-".join("".join(letters[i : i + _GROUP]) for i in range(0, len(letters), _GROUP))


def find_person(store: Session, tenant: str, username: str) -> PersonRow | None:
    """Return a person of an organisation, or None."""
    query = select(PersonRow).where(by_username(tenant, username))
    return store.scalars(query.with_for_update(key_share=True)).one_or_none()


def require_tenant(store: Session, tenant: str, now: datetime, *, is_open: bool = False) -> None:
    """Raise `unknown_tenant`; where it has to be open, `tenant_disabled` as well."""
    bind_tenant(store, tenant)
    row = store.get(TenantRow, tenant)
    if row is None:
        # The name is the caller's own text, so it is not kept.
        raise refused(store, "unknown_tenant", now)
    if is_open and row.disabled_at is not None:
        raise refused(store, "tenant_disabled", now, tenant)


def require_roles(store: Session, wanted: Sequence[str], tenant: str, now: datetime) -> None:
    """Raise `Refused("invalid_arguments")` where a role does not exist; it names those that do."""
    if roles.unknown(wanted):
        known = sorted(roles.ROLES)
        raise refused(store, "invalid_arguments", now, tenant, field="role", known=known)


def refused(
    store: Session, code: str, now: datetime, tenant: str | None = None, **details: Any
) -> Refused:
    """Record a refusal and return what to raise."""
    event = AuditEvent(tag=Tag.ADMIN_REFUSED, tenant=tenant, actor=ACTOR, reason=code)
    audit_log.append(store.connection(), event, now)
    return Refused(code, **details)


def record(
    core: Core,
    store: Session,
    tag: Tag,
    person: PersonRow,
    now: datetime,
    method: str | None = None,
    actor: str = ACTOR,
) -> None:
    """Append what is done to a person to the trail."""
    event = AuditEvent(
        tag=tag,
        tenant=person.tenant_id,
        person=core.keys.pseudonym(person.id),
        actor=actor,
        roles=tuple(person.roles),
        method=method,
    )
    audit_log.append(store.connection(), event, now)
