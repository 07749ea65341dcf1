"""Browsers that a person has signed in with; one that is new is told to them elsewhere."""

from __future__ import annotations

import secrets
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from security.adapters.account_tables import DeviceRow
from security.adapters.people import by_username
from security.adapters.prepared import by_column
from security.adapters.tables import PersonRow, SessionRow, TenantRow
from security.adapters.tenancy import across_tenants
from security.audit.record import Tag
from security.core import Core
from security.services import messages
from security.services.session_rows import record
from security.sessions import hash_of

_SUBJECT = "A new sign-in to your account"
_TEXT = (
    "Somebody has signed in to your account at {tenant} with a browser that is new to us: "
    "{label}. If that was you, there is nothing to do. If not, change your password now and "
    "end the other sessions: {url}/security"
)


def recognise(
    core: Core, store: Session, session: SessionRow, person_id: str, now: datetime
) -> str | None:
    """Note that a person has signed in with this session's browser.

    Returns a new device id, 256 bits, for the browser to keep; None where it keeps a good one.
    A browser that is new to the person is told to them, the very first one as well: who signs in
    before them with a password that was handed out is seen.
    """
    device = _known(store, person_id, session.device_hash)
    if device is not None:
        device.last_seen_at = now
        if device.label != session.device:  # Sealing what is there already would be a write.
            device.label = session.device
        return None
    fresh = None
    if not _is_ours(store, session.device_hash):
        fresh = secrets.token_urlsafe(32)
        session.device_hash = hash_of(fresh)
    person = store.get_one(PersonRow, person_id)
    _add(store, session, person, now)
    record(core, store, Tag.DEVICE_NEW, session, now)
    _tell(core, store, session, person, now)
    return fresh


def known_browser(store: Session, session: SessionRow, tenant_id: str, username: str) -> str | None:
    """Return what stands for this session's browser where this person has signed in with it."""
    if session.device_hash is None:
        return None
    query = (
        select(DeviceRow.device_hash)
        .join(PersonRow, PersonRow.id == DeviceRow.person_id)
        .where(
            DeviceRow.device_hash == session.device_hash,
            by_username(tenant_id, username),
        )
    )
    return store.scalars(query).one_or_none()


def _known(store: Session, person_id: str, device_hash: str | None) -> DeviceRow | None:
    if device_hash is None:
        return None
    return by_column(store, DeviceRow, person_id=person_id, device_hash=device_hash)


def _is_ours(store: Session, device_hash: str | None) -> bool:
    """Tell whether we gave out this id, be it for another person: two may share a browser.

    One that we never gave out is not taken over from whoever made it up.
    """
    if device_hash is None:
        return False
    query = select(DeviceRow.id).where(DeviceRow.device_hash == device_hash)
    with across_tenants(store, "two people of two organisations may share a browser"):
        return store.scalars(query.limit(1)).one_or_none() is not None


def _add(store: Session, session: SessionRow, person: PersonRow, now: datetime) -> None:
    device = DeviceRow(
        id=secrets.token_urlsafe(16),
        tenant_id=person.tenant_id,
        person_id=person.id,
        device_hash=session.device_hash or "",
        label=session.device,
        first_seen_at=now,
        last_seen_at=now,
    )
    store.add(device)
    store.flush()


def _tell(
    core: Core, store: Session, session: SessionRow, person: PersonRow, now: datetime
) -> None:
    tenant = store.get_one(TenantRow, person.tenant_id)
    label = session.device or "an unknown browser"
    text = _TEXT.format(tenant=tenant.name, label=label, url=core.settings.public_url)
    messages.notify(
        core,
        store,
        person_id=person.id,
        tenant_id=person.tenant_id,
        subject=_SUBJECT,
        text=text,
        now=now,
    )
