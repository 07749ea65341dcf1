"""Erasing a person: told, ended, forgotten; what must be kept is named with its date.

Two steps. When it is asked for, every session ends, nobody gets in any more, and the person is
told over the channels that are about to be forgotten. When those messages have left (or ten minutes
later), the keys that open what is theirs are destroyed and their rows go, and each API is told to
do the same (`erasure_orders`). In between, a crash loses nothing: the erasure is a row, and goes on
at the next start.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from security.adapters import audit_log, erasing
from security.adapters.account_tables import MessageRow
from security.adapters.personal_tables import ErasureRow
from security.adapters.tables import PendingRow, PersonRow
from security.adapters.tenancy import across_tenants, bind_tenant
from security.audit.record import AuditEvent, Tag
from security.core import Core
from security.pending import State
from security.retention import KeptUntil
from security.services import accesses as access_log
from security.services import admin_voiding, erasure_orders, letters
from security.services.change_rows import Signed
from security.services.ending import end_sessions_of
from security.services.messages import QUEUED, SENDING
from security.services.telling import tell

FORGET_AFTER = timedelta(minutes=10)
"""How long the last messages may take to leave."""
DOUBTED = timedelta(days=7)
"""How long it waits for the end of a write of which nobody knows: who is asked may be no more."""
BY_PERSON, BY_ADMINISTRATOR, BY_RESTORE = "person", "administrator", "restore"

DestroyKeys = Callable[[str, datetime], object]
"""Destroys the keys that open what is a person's, wherever a copy of it may be.

What has to be kept is under a key of its own, which goes at the moment that is given.
"""


def kept_of(core: Core, store: Session, person: PersonRow, now: datetime) -> list[KeptUntil]:
    """Return what has to be kept of this person, why and until when."""
    apis = erasure_orders.apis_of(core, store, person.tenant_id)
    return core.retention.kept_of(apis, now.date())


def begin(core: Core, store: Session, person: PersonRow, by: str, now: datetime) -> ErasureRow:
    """Keep a person out from now on, tell them, and let their data go as soon as they are told.

    The caller holds the person's row. Asking twice is asking once.
    """
    query = select(ErasureRow).where(ErasureRow.person_id == person.id)
    under_way = store.scalars(query).one_or_none()
    if under_way is not None:
        return under_way
    name = core.keys.pseudonym(person.id)
    event = AuditEvent(Tag.ERASURE_ASKED, person.tenant_id, name, reason=by)
    audit_log.append(store.connection(), event, now)
    tell(core, store, person, letters.erasure_notice(core.settings.public_url), now)
    person.disabled_at = now
    admin_voiding.forget(store, person.tenant_id, person.id, person.username)
    end_sessions_of(core, store, person, now, Tag.SESSION_REVOKED, "erased")
    row = ErasureRow(
        id=secrets.token_urlsafe(18),
        tenant_id=person.tenant_id,
        person_id=person.id,
        person_hash=name,
        asked_at=now,
        due_at=now + FORGET_AFTER,
        by=by,
    )
    store.add(row)
    store.flush()
    return row


def of_self(core: Core, store: Session, who: Signed, _: object) -> None:
    """Erase whoever has asked for it and proved it; what is kept has been told."""
    begin(core, store, who.person, BY_PERSON, who.now)


def is_under_way(store: Session, person_id: str) -> bool:
    """Tell whether this person is being erased: nobody lets them in again."""
    query = select(ErasureRow.id).where(ErasureRow.person_id == person_id)
    return store.scalars(query).first() is not None


def next_due(store: Session, now: datetime) -> ErasureRow | None:
    """Return an erasure that can go on: its messages have left, and no payment is open."""
    leaving = select(MessageRow.person_id).where(MessageRow.state.in_((QUEUED, SENDING)))
    undecided = select(PendingRow.person_id).where(
        PendingRow.state.in_((State.EXECUTING, State.IN_DOUBT)), PendingRow.person_id.is_not(None)
    )
    query = (
        select(ErasureRow)
        .where(
            ErasureRow.done_at.is_(None),
            or_(ErasureRow.due_at <= now, ErasureRow.person_id.not_in(leaving)),
            or_(ErasureRow.due_at <= now - DOUBTED, ErasureRow.person_id.not_in(undecided)),
        )
        .order_by(ErasureRow.asked_at)
        .limit(1)
    )
    return store.scalars(query.with_for_update(skip_locked=True)).one_or_none()


def finish_one(core: Core, store: Session, destroy: DestroyKeys, now: datetime) -> bool:
    """Erase the next person who can be; tell whether there was one.

    The keys go first: should the rest fail, nothing that is left can be read, and it is tried
    again.
    """
    with across_tenants(store, "whoever is next, of whatever organisation"):
        row = next_due(store, now)
    if row is None or row.person_id is None:
        return False
    bind_tenant(store, row.tenant_id)
    destroy(row.person_id, _until(core, store, row))
    _forget_rows(core, store, row, row.person_id, now)
    return True


def again(core: Core, store: Session, person: PersonRow, now: datetime) -> None:
    """Delete what a backup has brought back of somebody who was erased: their keys are gone.

    Nothing is waited for: nobody can be told, and no payment of theirs can be opened.
    """
    query = select(ErasureRow).where(ErasureRow.person_id == person.id)
    row = store.scalars(query).one_or_none()
    if row is None:
        row = ErasureRow(
            id=secrets.token_urlsafe(18),
            tenant_id=person.tenant_id,
            person_id=person.id,
            person_hash=core.keys.pseudonym(person.id),
            asked_at=now,
            due_at=now,
            by=BY_RESTORE,
        )
        store.add(row)
    store.flush()
    _forget_rows(core, store, row, person.id, now)


def _forget_rows(
    core: Core, store: Session, row: ErasureRow, person_id: str, now: datetime
) -> None:
    """Delete a person's rows, write down what APIs have to be told, and put it on the trail."""
    erasure_orders.issue(core, store, row, person_id, now)
    admin_voiding.forget(store, row.tenant_id, person_id, None)
    access_log.forget(core, store, person_id)
    gone = erasing.erase_rows(store.connection(), person_id)
    row.person_id, row.done_at = None, now
    event = AuditEvent(
        Tag.ERASURE_DONE, row.tenant_id, row.person_hash, reason=f"rows_{sum(gone.values())}"
    )
    audit_log.append(store.connection(), event, now)


def _until(core: Core, store: Session, row: ErasureRow) -> datetime:
    """Return when the last of what is kept goes: counted from when it was asked for."""
    apis = erasure_orders.apis_of(core, store, row.tenant_id)
    kept = core.retention.kept_of(apis, row.asked_at.date())
    return datetime.combine(max(one.until for one in kept), time(), UTC)
