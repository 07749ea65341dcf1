"""Voiding what an administrator has asked for: whoever goes leaves nothing that waits."""

from __future__ import annotations

from sqlalchemy import ColumnElement, update
from sqlalchemy.orm import Session

from security.adapters.admin_tables import AdminActionRow

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


def _void(store: Session, which: ColumnElement[bool], *states: str) -> None:
    store.execute(
        update(AdminActionRow)
        .where(which, AdminActionRow.state.in_(states))
        .values(state=VOID)
        .execution_options(synchronize_session="fetch")
    )
