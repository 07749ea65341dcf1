"""What the trail calls a session, where its row is at hand, or no more than its id."""

from __future__ import annotations

from sqlalchemy import Connection, bindparam, select
from sqlalchemy.orm import Session

from security.adapters.tables import SessionRow
from security.adapters.tenancy import across_tenants
from security.audit.naming import session_name
from security.audit.record import SessionName
from security.vault.keys import KeyRing

_CHANNEL = select(SessionRow.channel).where(SessionRow.id == bindparam("session"))


def name_of(keys: KeyRing, tenant: str | None, row: SessionRow) -> SessionName:
    """Return the name of a session in a record of this tenant."""
    return session_name(keys, tenant, row.id, row.channel)


def name_in(store: Session, keys: KeyRing, tenant: str | None, session_id: str) -> SessionName:
    """Return the name of a session whose row this transaction has mostly read already."""
    row = store.identity_map.get(store.identity_key(SessionRow, session_id))
    if row is not None:
        return name_of(keys, tenant, row)
    return name_by_id(store.connection(), keys, tenant, session_id)


def name_by_id(
    connection: Connection, keys: KeyRing, tenant: str | None, session_id: str
) -> SessionName:
    """Return the name of a session; its channel is looked up, and not there if it is gone."""
    with across_tenants(connection, "a record says by which way its session came"):
        channel = connection.execute(_CHANNEL, {"session": session_id}).scalar_one_or_none()
    return session_name(keys, tenant, session_id, channel)
