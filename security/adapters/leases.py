"""Work that one process at a time does: taken for a while, and kept by taking it again."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import or_, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from security.adapters.personal_tables import LeaseRow


def take(store: Session, name: str, holder: str, now: datetime, until: datetime) -> bool:
    """Take or keep a piece of work until a moment; false where somebody else holds it at `now`."""
    free = or_(LeaseRow.holder == holder, LeaseRow.until <= now)
    taken = store.execute(
        update(LeaseRow)
        .where(LeaseRow.name == name, free)
        .values(holder=holder, until=until)
        .execution_options(synchronize_session=False)
    )
    if taken.rowcount:  # type: ignore[attr-defined]
        return True
    if store.get(LeaseRow, name) is not None:
        return False
    try:
        with store.begin_nested():
            store.add(LeaseRow(name=name, holder=holder, until=until))
    except IntegrityError:
        return False  # Another process was first.
    return True
