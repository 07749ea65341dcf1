"""Timed rotation: a session's id is worth stealing for a quarter of an hour (ASVS 7.2.4).

The CSRF token stays. At sign-in and step-up, ids change in `arrive`, with no grace at all.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from security.adapters.account_tables import RetiredIdRow
from security.adapters.tables import SessionRow
from security.audit.record import Tag
from security.core import Core
from security.services.session_rows import id_new_since, record
from security.sessions import hash_of, new_session_id, rotation_is_due


def is_due(core: Core, row: Any, now: datetime) -> bool:
    """Tell whether this session's id has been in use for long enough."""
    return rotation_is_due(id_new_since(row), core.settings.rotation_seconds, now)


def rotate_where_due(core: Core, store: Session, row: SessionRow, now: datetime) -> str | None:
    """Give the session a new id where one is due; None where there is none.

    Of two turns at once, one brings the browser its new id; the other one, which asks with the
    id before that, gets none, because none is due so soon.
    """
    if not is_due(core, row, now):
        return None
    fresh = new_session_id(row.channel)
    store.add(RetiredIdRow(id_hash=row.id_hash, session_id=row.id, retired_at=now))
    row.id_hash, row.rotated_at = hash_of(fresh), now
    store.flush()
    record(core, store, Tag.SESSION_ROTATED, row, now)
    return fresh
