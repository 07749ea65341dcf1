"""Single sign-on: a browser is sent to a provider, and what comes back is checked and counts."""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from security.adapters.provider_client import ProviderClient
from security.adapters.tables import SessionRow
from security.adapters.tenancy import across_tenants, bind_tenant, change_tenant
from security.core import Core
from security.errors import Refused
from security.services import sso_arrive, sso_flows, sso_starts
from security.services.holder import held_session
from security.services.session_rows import state_of
from security.services.sso_flows import Flow
from security.services.sso_starts import Asked
from security.sessions import is_live
from security.sso.metadata import NotRight
from security.sso.requests import authorization_url
from security.sso.tokens import Claims, Expected, id_token_of
from security.sso_model import SsoPassed, SsoStarted

_ID_TOKEN = (None, "JWT")


@dataclass(frozen=True)
class Returned:
    """What a provider's response said, as the page read it from its address."""

    state: str = field(repr=False)
    code: str | None = field(default=None, repr=False)
    issuer: str | None = None


class SingleSignOn:
    """Sign-ins at the providers of a tenant."""

    def __init__(self, core: Core) -> None:
        self._core = core

    @property
    def redirect_uri(self) -> str:
        """Where providers send browsers back to: one address for all, registered exactly so."""
        return f"{self._core.settings.public_url}/sso/callback"

    async def start(self, session_id: str, csrf_token: str, asked: Asked) -> SsoStarted:
        """Return where the browser goes, and what it keeps meanwhile.

        Raises `Refused`: `unknown_provider`, `sso_unavailable`; where it is about a challenge or
        a change, as those do.
        """
        client = sso_starts.chosen(self._core, asked)
        try:
            metadata = await client.metadata()
        except NotRight as wrong:
            raise await self._record(session_id, csrf_token, client, wrong) from None

        def work(store: Session) -> SsoStarted:
            now = self._core.clock()
            session, person = held_session(self._core, store, session_id, csrf_token, now)
            aim, wish = sso_starts.allowed(
                self._core, store, session, person, client.provider, asked
            )
            kept, browser = sso_flows.begin(self._core, store, session, client.provider, aim, wish)
            location = authorization_url(client.provider, metadata, kept, wish, self.redirect_uri)
            return SsoStarted(location=location, browser=browser)

        return await self._core.database.run(work)

    async def go_on(
        self, session_id: str, csrf_token: str, browser: str, returned: Returned
    ) -> SsoPassed:
        """Take in what came back. It counts once, for the session and the browser it began in.

        Raises `Refused`: `sso_refused`, `sso_unlinked`, `sso_too_weak`, `sso_taken`,
        `sso_unavailable`, `method_off`.
        """

        def take(store: Session) -> Flow:
            now = self._core.clock()
            session, _ = held_session(self._core, store, session_id, csrf_token, now)
            return sso_flows.take(self._core, store, session, returned.state, browser)

        flow = await self._core.database.run(take)
        client = self._core.providers.find(flow.provider.id)
        try:
            if client is None:
                raise NotRight("unknown_provider")
            claims = await self._claims(client, flow, returned)
        except NotRight as wrong:
            raise await self._failed(flow, wrong) from None
        return await self._core.database.run(lambda store: self._arrived(store, flow, claims))

    async def _claims(self, client: ProviderClient, flow: Flow, returned: Returned) -> Claims:
        provider, metadata = client.provider, await client.metadata()
        # RFC 9207: a response of another provider is not redeemed here.
        if returned.issuer is None and metadata.names_itself:
            raise NotRight("no_issuer")
        if returned.issuer not in (None, provider.issuer):
            raise NotRight("response_of_another")
        if returned.code is None:
            raise NotRight("not_signed_in")
        token, access_token = await client.redeem(
            returned.code, flow.kept.verifier, self.redirect_uri
        )
        keys = await client.keys_for(token, _ID_TOKEN)
        expected = Expected(flow.kept.nonce, flow.not_before, access_token)
        claims = id_token_of(token, keys, provider, expected, self._core.clock())
        if not provider.userinfo:
            return claims
        told = await client.userinfo(access_token, claims.subject)
        return Claims(
            claims.subject,
            claims.auth_time,
            claims.sid,
            claims.acr,
            claims.amr,
            {**told, **claims.all},
        )

    def _arrived(self, store: Session, flow: Flow, claims: Claims) -> SsoPassed:
        """Let it count, where the session still is what it was when the browser left.

        No cookie is presented again: it may have been replaced while the provider was asked.
        """
        now = self._core.clock()
        session = _session_of(store, flow)
        if not is_live(state_of(session), now):
            raise Refused("session_expired")
        if not hmac.compare_digest(session.csrf_seed, flow.csrf_seed):
            raise sso_flows.refused(
                self._core, store, session, flow.provider, now, "session_changed"
            )
        return sso_arrive.arrived(self._core, store, session, flow, claims, now)

    async def _failed(self, flow: Flow, wrong: NotRight) -> Refused:
        def work(store: Session) -> Refused:
            session = _session_of(store, flow)
            return sso_flows.refused(
                self._core,
                store,
                session,
                flow.provider,
                self._core.clock(),
                wrong.why,
                _code(wrong),
            )

        return await self._core.database.run(work)

    async def _record(
        self, session_id: str, csrf_token: str, client: ProviderClient, wrong: NotRight
    ) -> Refused:
        def work(store: Session) -> Refused:
            now = self._core.clock()
            session, _ = held_session(self._core, store, session_id, csrf_token, now)
            return sso_flows.refused(
                self._core, store, session, client.provider, now, wrong.why, "sso_unavailable"
            )

        return await self._core.database.run(work)


def _session_of(store: Session, flow: Flow) -> SessionRow:
    """Return the session in which this began; the transaction is of its tenant, and the provider's.

    Whoever signs in may do so at another organisation than the page's.
    """
    with across_tenants(store, "a session while its browser was away"):
        session = store.get_one(SessionRow, flow.session_id)
    bind_tenant(store, session.tenant_id)
    change_tenant(store, flow.provider.tenant, "who signs in has said where")
    return session


def _code(wrong: NotRight) -> str:
    return "sso_unavailable" if wrong.why.endswith("_unreachable") else "sso_refused"
