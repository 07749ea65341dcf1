"""What is known of a session outside any turn: for reads that a person asks for at their page."""

from __future__ import annotations

from sqlalchemy import Connection, bindparam, func, select
from sqlalchemy.orm import Session

from security.adapters.tables import PersonRow, SessionRow, TenantRow
from security.adapters.tenancy import across_tenants, bind_tenant
from security.operations.confirmation import NO_LIMIT, limit_of
from security.ports import Case, Person
from security.sessions import Limits, SessionState

_OF_SESSION = (
    select(SessionRow, PersonRow, TenantRow)
    .outerjoin(PersonRow, PersonRow.id == SessionRow.person_id)
    .outerjoin(TenantRow, TenantRow.id == func.coalesce(PersonRow.tenant_id, SessionRow.tenant_id))
    .where(SessionRow.id == bindparam("session"))
)


def case_of_session(connection: Connection, session_id: str) -> Case | None:
    """Return what the guard has to know of a session, by the id of its row.

    The transaction is its tenant's from here on.
    """
    with Session(connection) as store:
        with across_tenants(store, "a session is found by the id of its row"):
            found = store.execute(_OF_SESSION, {"session": session_id}).one_or_none()
        if found is None:
            return None
        session, person, tenant = found
        bind_tenant(store, tenant.id if tenant is not None else None)
        limits = Limits(session.idle_seconds, session.absolute_seconds)
        return Case(
            turn_id="",
            resume=False,
            conversation_id=session.conversation_id,
            session_id=session.id,
            session=SessionState(
                session.created_at, session.last_seen_at, session.ended_at, limits
            ),
            assurance=session.assurance,
            proved_at=session.proved_at,
            email_proved_at=session.email_proved_at,
            person=None
            if person is None
            else Person(
                person.id, person.tenant_id, tuple(person.roles), person.disabled_at is not None
            ),
            tenant_apis=frozenset(tenant.apis if tenant is not None else ()),
            session_tenant=session.tenant_id,
            channel=session.channel,
            sms_limit=limit_of(tenant.sms_limit, tenant.sms_currency) if tenant else NO_LIMIT,
        )
