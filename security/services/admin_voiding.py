"""Voiding what an administrator has asked for: whoever goes leaves nothing that waits."""

from __future__ import annotations

import orjson
from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from security.adapters.admin_tables import AdminActionRow
from security.adapters.sealed import Unreadable

PROVE, WAITING, DONE, VOID = "prove", "waiting", "done", "void"


def void_of(store: Session, person_id: str) -> None:
    """Void everything that this administrator has asked for and that is not done."""
    _void(store, AdminActionRow.asker_id == person_id, PROVE, WAITING)


def void_in(store: Session, session_id: str) -> None:
    """Void what waits for its proof in a session; what waits for somebody else stays."""
    _void(store, AdminActionRow.session_id == session_id, PROVE)


def void_one(store: Session, action_id: str) -> None:
    """Void an action whose proof was given up."""
    _void(store, AdminActionRow.id == action_id, PROVE)


def forget(store: Session, tenant: str, person_id: str, username: str | None) -> None:
    """Delete what any administrator has asked for about somebody who is erased.

    It is under the organisation's key, not theirs: whom it was about would be readable for as long
    as there are copies. `username` finds what added them, before they had an id.
    """
    of_tenant = select(AdminActionRow).where(AdminActionRow.tenant_id == tenant)
    for row in store.scalars(of_tenant.execution_options(yield_per=200)).all():
        if isinstance(row.payload_sealed, Unreadable):
            continue
        asked = orjson.loads(row.payload_sealed)
        added = asked["values"].get("username") if not asked["person"] else None
        if asked["person"] == person_id or (added is not None and added == username):
            store.delete(row)
    store.flush()


def _void(store: Session, which: ColumnElement[bool], *states: str) -> None:
    store.execute(
        update(AdminActionRow)
        .where(which, AdminActionRow.state.in_(states))
        .values(state=VOID)
        .execution_options(synchronize_session="fetch")
    )
