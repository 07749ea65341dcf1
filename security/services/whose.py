"""Whose session it is, for what people ask about their own data."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from security.adapters import audit_log
from security.adapters.session_names import name_of
from security.adapters.tables import PersonRow, SessionRow
from security.adapters.tenancy import across_tenants, bind_tenant
from security.audit.record import AuditEvent, Tag
from security.core import Core
from security.errors import Refused
from security.services.holder import live_session
from security.services.session_rows import state_of
from security.sessions import is_live


async def session_held(core: Core, session_id: str) -> str:
    """Return the name of the session that somebody holds. Raises `Refused("session_expired")`."""

    def find(store: Session) -> str:
        session, _ = live_session(core, store, session_id, core.clock())
        return session.id

    return await core.database.run(find)


def whose(core: Core, store: Session, session: str) -> tuple[SessionRow, PersonRow]:
    """Return a live session by its name, and its person; the transaction is their tenant's.

    Raises `Refused`: `session_expired`, `authentication_required`.
    """
    with across_tenants(store, "a session is found by its name"):
        row = store.get(SessionRow, session)
    if row is None or not is_live(state_of(row), core.clock()):
        raise Refused("session_expired")
    bind_tenant(store, row.tenant_id)
    person = store.get(PersonRow, row.person_id) if row.person_id else None
    if person is None:
        raise Refused("authentication_required")
    if person.disabled_at is not None:
        raise Refused("session_expired")
    return row, person


def refuse_slowed(core: Core, store: Session, row: SessionRow, now: datetime) -> None:
    """Refuse to hand out all of somebody's data while the watch slows them down.

    A few tries a minute are left to somebody who may be wronged; a copy of everything is none of
    them. Raises `Refused("rate_limited")`, on the trail.
    """
    if not any(core.throttles.slows(key) for key in (row.person_id, row.id) if key):
        return
    event = AuditEvent(
        Tag.DATA_REFUSED,
        row.tenant_id,
        core.keys.pseudonym(row.person_id) if row.person_id else None,
        session=name_of(core.keys, row.tenant_id, row),
        decision="deny",
        reason="slowed_by_watch",
    )
    audit_log.append(store.connection(), event, now)
    raise Refused("rate_limited")
