"""Who somebody is at a provider: `(issuer, sub)` of one tenant, never a name or an address."""

from __future__ import annotations

import secrets
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from security.adapters.prepared import by_column
from security.adapters.sso_tables import IdentityRow, SsoSessionRow
from security.adapters.tables import PersonRow
from security.core import Core
from security.passwords import NO_PASSWORD
from security.sso.provider import Provider

METHOD = "sso"


def subject_hash(core: Core, provider: Provider, subject: str) -> str:
    """Return what an identity is found by: the same `sub` of two issuers is two (ASVS 6.8.1)."""
    return core.keys.code_hash("sso-subject", provider.tenant, provider.issuer, subject)


def sid_hash(core: Core, provider: Provider, sid: str) -> str:
    """Return what stands for a session at a provider."""
    return core.keys.code_hash("sso-session", provider.tenant, provider.issuer, sid)


def find(core: Core, store: Session, provider: Provider, subject: str) -> IdentityRow | None:
    """Return whose identity this is, or None."""
    return by_column(store, IdentityRow, subject_hash=subject_hash(core, provider, subject))


def of_person(core: Core, store: Session, person_id: str) -> list[tuple[IdentityRow, Provider]]:
    """Return a person's identities at the providers that there are, the oldest first."""
    if not core.providers:
        return []
    query = select(IdentityRow).where(IdentityRow.person_id == person_id)
    rows = store.scalars(query.order_by(IdentityRow.linked_at, IdentityRow.id)).all()
    found = ((row, core.providers.find(row.provider)) for row in rows)
    return [
        (row, client.provider)
        for row, client in found
        if client is not None and client.provider.tenant == row.tenant_id
    ]


def for_step_up(core: Core, store: Session, person_id: str) -> list[Provider]:
    """Return where a person may prove with two factors who they are."""
    return [p for _, p in of_person(core, store, person_id) if p.gives_two_factors()]


def add(
    core: Core,
    store: Session,
    person: PersonRow,
    provider: Provider,
    subject: str,
    now: datetime,
    *,
    created_person: bool = False,
) -> IdentityRow:
    """Make an identity the person's. The caller has looked that it is nobody's."""
    row = IdentityRow(
        id=secrets.token_urlsafe(16),
        tenant_id=person.tenant_id,
        person_id=person.id,
        provider=provider.id,
        subject_hash=subject_hash(core, provider, subject),
        linked_at=now,
        created_person=created_person,
    )
    store.add(row)
    store.flush()
    return row


def forget_session(store: Session, session_id: str) -> None:
    """Forget which session there stands behind one of ours: it is somebody else's by now."""
    store.execute(delete(SsoSessionRow).where(SsoSessionRow.session_id == session_id))


def has_no_password(person: PersonRow) -> bool:
    """Tell whether a provider made this person, and they have set no password since.

    It does not hang on the link that made them: that may go before another one does.
    """
    return person.password_hash == NO_PASSWORD


def forget_linked(store: Session, person_id: str) -> None:
    """Take away what a person has linked: it may be a thief's by now.

    What made the person is theirs by its nature, and stays.
    """
    linked = IdentityRow.created_person.is_(False)
    store.execute(delete(IdentityRow).where(IdentityRow.person_id == person_id, linked))
