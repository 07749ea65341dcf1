"""`python -m security.tools.restored`: what security does once its database came from a backup.

Whoever was signed in when it was made is not any more: a session that was ended since, by its
person or by an alarm, must not be alive again. Whoever was erased since, as the key ring
remembers, has rows again that nobody can open: they are deleted, and the APIs are told again.
Whose name does not open although nobody erased them is let in no more: a row was changed, or the
ring is older than the backup. All of it is on the trail.
"""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from security.adapters import audit_log, checkpoint_store
from security.adapters.checkpoint_file import CheckpointFile
from security.adapters.sealed import Unreadable
from security.adapters.tables import PersonRow, SessionRow
from security.audit.record import AuditEvent, Tag
from security.core import Core
from security.errors import Refused
from security.server import build_core
from security.services import erasure
from security.services.ending import end_session
from security.services.factors import check_key
from security.services.session_rows import record
from security.sessions import LONGEST
from security.settings import load_settings
from security.trail_parts import checkpoints_path


def settle(core: Core) -> int:
    """End every session, and what was open in it; return how many there were.

    Raises `ValueError` where the key ring is not the one that this database was sealed with.
    """
    now = core.clock()
    begun = select(SessionRow).where(
        SessionRow.ended_at.is_(None), SessionRow.created_at > now - LONGEST
    )

    def work(store: Session) -> int:
        check_key(store)
        audit_log.append(store.connection(), AuditEvent(tag=Tag.RESTORED), now)
        rows = store.scalars(begun).all()
        for row in rows:
            end_session(core, store, row, now)
            record(core, store, Tag.SESSION_ENDED, row, now, "restored")
        _erase_again(core, store, now)
        _disable_unreadable(core, store, now)
        return len(rows)

    return core.database.run_here(work, across="nobody's session outlives a restore")


def _erase_again(core: Core, store: Session, now: datetime) -> None:
    """Delete the rows of who was erased since: the ring is newer than the database."""
    erased = core.data_keys.forgotten(store.scalars(select(PersonRow.id)).all())
    for person_id in sorted(erased):
        erasure.again(core, store, store.get_one(PersonRow, person_id), now)
    store.flush()
    store.expire_all()


def _disable_unreadable(core: Core, store: Session, now: datetime) -> None:
    """Let nobody in whose name does not open; nothing of theirs is deleted for it."""
    for person in store.scalars(select(PersonRow).execution_options(yield_per=500)):
        if isinstance(person.name, Unreadable) and person.disabled_at is None:
            person.disabled_at = now
            event = AuditEvent(
                tag=Tag.USER_DISABLED,
                tenant=person.tenant_id,
                person=core.keys.pseudonym(person.id),
                reason="unreadable",
            )
            audit_log.append(store.connection(), event, now)


def set_aside(core: Core, checkpoints: Path, now: datetime) -> None:
    """Move the checkpoints of a log that has gone on since the backup: they prove it still.

    Those that end within the log that came back are its own, and stay.
    """
    number, line = CheckpointFile(checkpoints).last()
    if not checkpoints.exists() or (number and _has(core, number, line)):
        return
    name = f"checkpoints-until-{now.strftime('%Y%m%dT%H%M%SZ')}.jsonl"
    checkpoints.rename(checkpoints.with_name(name))


def _has(core: Core, number: int, line: bytes) -> bool:
    def read(store: Session) -> bool:
        return list(checkpoint_store.after(store.connection(), number - 1, 1)) == [line]

    return core.database.run_here(read)


def main() -> int:
    """Do it; 1 with one line on standard error where it cannot be done."""
    try:
        core = build_core(load_settings())
        try:
            settle(core)
            set_aside(core, checkpoints_path(core.settings.home), core.clock())
        finally:
            core.database.close()
    except (OSError, ValueError, Refused) as error:
        print(f"restore: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
