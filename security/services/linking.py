"""Linking an account at a provider, and taking the link away: by the signed-in person alone."""

from __future__ import annotations

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from security.adapters.sso_tables import IdentityRow, SsoSessionRow
from security.adapters.tables import ChallengeRow, SessionRow
from security.audit.record import Tag
from security.core import Core
from security.services import identities, letters
from security.services.change_rows import Signed, refused
from security.services.ending import end_session, live_sessions_of
from security.services.factors import is_off
from security.services.session_rows import record
from security.services.telling import tell


def linkable(core: Core, store: Session, who: Signed, provider_id: str) -> str:
    """Return a provider of the person's own organisation.

    Raises `unknown_provider`, `method_off`.
    """
    client = core.providers.find(provider_id)
    if client is None or client.provider.tenant != who.person.tenant_id:
        raise refused(core, store, who, "unknown_provider")
    if is_off(store, who.person.tenant_id, identities.METHOD):
        raise refused(core, store, who, "method_off")
    return provider_id


def unlinkable(core: Core, store: Session, who: Signed, ref: str) -> IdentityRow | None:
    """Return the person's own identity of this reference, None where it is none.

    Raises `last_authenticator` where nothing else would let them in again.
    """
    query = select(IdentityRow).where(IdentityRow.id == ref, IdentityRow.person_id == who.person.id)
    row = store.scalars(query.with_for_update()).one_or_none()
    if row is None:
        return None
    # One at a provider that is gone lets nobody in.
    others = [other for other, _ in identities.of_person(core, store, who.person.id)]
    alone = all(other.id == ref for other in others)
    if alone and identities.has_no_password(who.person):
        raise refused(core, store, who, "last_authenticator")
    return row


def unlink(core: Core, store: Session, who: Signed, ref: str) -> None:
    """Take a link away; the other sessions that came by it end. Raises like `unlinkable`."""
    row = unlinkable(core, store, who, ref)
    if row is None:
        raise refused(core, store, who, "unknown_authenticator")
    client = core.providers.find(row.provider)
    name = client.provider.name if client is not None else row.provider
    tell(core, store, who.person, letters.unlinked_notice(name, core.settings.public_url), who.now)
    came_by = select(SsoSessionRow.session_id).where(SsoSessionRow.subject_hash == row.subject_hash)
    by_it = set(store.scalars(came_by))
    for other in live_sessions_of(store, who.person.id, who.now):
        if other.id in by_it and other.id != who.session.id:
            end_session(core, store, other, who.now)
            record(core, store, Tag.SESSION_REVOKED, other, who.now, "unlinked")
    _void_step_ups(store, who)
    store.execute(delete(IdentityRow).where(IdentityRow.id == row.id))


def name_of(core: Core, row: IdentityRow) -> str:
    """Return what a person knows an identity of theirs by."""
    client = core.providers.find(row.provider)
    return client.provider.name if client is not None else row.provider


def identities_of(store: Session, person_id: str) -> list[IdentityRow]:
    """Return all identities of a person, the oldest first, of providers that are gone as well."""
    query = select(IdentityRow).where(IdentityRow.person_id == person_id)
    return list(store.scalars(query.order_by(IdentityRow.linked_at, IdentityRow.id)))


def _void_step_ups(store: Session, who: Signed) -> None:
    theirs = select(SessionRow.id).where(SessionRow.person_id == who.person.id)
    store.execute(
        update(ChallengeRow)
        .where(
            ChallengeRow.session_id.in_(theirs),
            ChallengeRow.method == identities.METHOD,
            ChallengeRow.state == "open",
        )
        .values(state="void")
        .execution_options(synchronize_session="fetch")
    )
