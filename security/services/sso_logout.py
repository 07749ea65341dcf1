"""Back-channel logout (OpenID Connect Back-Channel Logout 1.0): a provider ends what it began."""

from __future__ import annotations

from sqlalchemy import delete, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from security.adapters.prepared import by_column
from security.adapters.provider_client import ProviderClient
from security.adapters.sso_tables import LOGOUT_REMEMBERED, SsoLogoutRow, SsoSessionRow
from security.adapters.tables import SessionRow
from security.audit.record import Tag
from security.core import Core
from security.errors import Refused
from security.services import identities
from security.services.ending import end_session
from security.services.session_rows import record, state_of
from security.services.sso_flows import record as record_sso
from security.services.sso_flows import refused
from security.sessions import is_live
from security.sso.metadata import NotRight
from security.sso.provider import Provider
from security.sso.tokens import LOGOUT_KINDS, Logout, issuer_of, logout_of


class BackChannelLogout:
    """Takes the logout tokens of a tenant's providers."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def take(self, tenant: str, token: str) -> None:
        """End the sessions that a valid token names. Raises `Refused("logout_refused")`."""
        client: ProviderClient | None = None
        try:
            client = self._client(tenant, token)
            keys = await client.keys_for(token, LOGOUT_KINDS)
            said = logout_of(token, keys, client.provider, self._core.clock())
        except NotRight as wrong:
            raise await self._refused(client, wrong) from None
        provider = client.provider
        await self._core.database.run(
            lambda store: self._end(store, provider, said), across="sessions of a provider"
        )

    def _client(self, tenant: str, token: str) -> ProviderClient:
        """Return the provider that a token says it is of; whether it is, its key will tell."""
        issuer = issuer_of(token, LOGOUT_KINDS)
        named = [one for one in self._core.providers.of(tenant) if one.issuer == issuer]
        client = self._core.providers.find(named[0].id) if named else None
        if client is None:
            raise NotRight("iss")
        return client

    async def _refused(self, client: ProviderClient | None, wrong: NotRight) -> Refused:
        provider = client.provider if client is not None else None
        now = self._core.clock()
        return await self._core.database.run(
            lambda store: refused(
                self._core, store, None, provider, now, wrong.why, "logout_refused"
            )
        )

    def _end(self, store: Session, provider: Provider, said: Logout) -> None:
        now = self._core.clock()
        self._once(store, provider, said)
        query = select(SsoSessionRow.session_id)
        if said.subject is not None:
            hashed = identities.subject_hash(self._core, provider, said.subject)
            query = query.where(SsoSessionRow.subject_hash == hashed)
        if said.sid is not None:
            sid = SsoSessionRow.sid_hash == identities.sid_hash(self._core, provider, said.sid)
            # It may be one of the person's that we were never told the name of.
            unnamed = SsoSessionRow.sid_hash.is_(None)
            query = query.where(or_(sid, unnamed) if said.subject is not None else sid)
        for session_id in store.scalars(query).all():
            row = by_column(store, SessionRow, lock=True, id=session_id)
            if row is not None and is_live(state_of(row), now):
                end_session(self._core, store, row, now)
                record(self._core, store, Tag.SESSION_REVOKED, row, now, "by_provider")
        record_sso(self._core, store, Tag.SSO_LOGOUT, None, provider, now)

    def _once(self, store: Session, provider: Provider, said: Logout) -> None:
        """Remember a token. Raises `logout_refused` for one that was taken before."""
        now = self._core.clock()
        store.execute(delete(SsoLogoutRow).where(SsoLogoutRow.expires_at <= now))
        row = SsoLogoutRow(
            jti_hash=self._core.keys.code_hash("sso-logout", provider.id, said.jti),
            sid_hash=_ended(self._core, provider, said),
            expires_at=said.issued_at + LOGOUT_REMEMBERED,
        )
        try:
            with store.begin_nested():
                store.add(row)
        except IntegrityError:
            raise refused(
                self._core, store, None, provider, now, "replayed", "logout_refused"
            ) from None


def _ended(core: Core, provider: Provider, said: Logout) -> str:
    """Return what stands for the session that a token ended, or for the person."""
    if said.sid is not None:
        return identities.sid_hash(core, provider, said.sid)
    return identities.subject_hash(core, provider, said.subject or "")
