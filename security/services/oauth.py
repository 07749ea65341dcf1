"""The authorization server for registered clients: the same issuer, over standard protocols.

Every call raises `OAuthError` where it refuses (RFC 6749 section 5.2).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import structlog

from runtime.log_gate import coded
from security.adapters import audit_log, token_store
from security.audit.record import AuditEvent, Tag
from security.core import Core
from security.errors import Refused
from security.granting import Grants
from security.guard_records import Ask
from security.minting import Presenter
from security.operations.operation import Operation
from security.services.oauth_errors import OAuthError, error_of
from security.services.oauth_requests import (
    EXCHANGE,
    ClientCredentials,
    Exchange,
    token_request,
)
from security.tokens.assertions import ASSERTION_TYPE, AssertionRefused, check_assertion
from security.tokens.clients import Client
from security.tokens.dpop import ProofRefused, check_proof
from security.tokens.issuer import AccessToken, Grant, TokenIssuer
from security.tokens.replay import ReplayCache
from security.tokens.verifier import AccessClaims, TokenRefused, TokenVerifier

Form = Mapping[str, str]
_log = structlog.get_logger(__name__)


class AuthorizationServer:
    """Tokens, introspection and revocation; a client proves itself anew with each request."""

    def __init__(
        self,
        core: Core,
        grants: Grants,
        issuer: TokenIssuer,
        clients: Mapping[str, Client],
        allow_rate: Callable[[str], bool],
    ) -> None:
        self._core = core
        self._grants = grants
        self._issuer = issuer
        self._clients = clients
        self._allow_rate = allow_rate
        self._name = core.settings.oauth_issuer
        self._proofs = ReplayCache()
        audiences = {aud for client in clients.values() for aud in client.access}
        audiences |= {c.resource_server for c in clients.values() if c.resource_server}
        self._verifiers = {
            audience: TokenVerifier(core.published, audience, self._name) for audience in audiences
        }

    async def token(self, form: Form, proof: str | None) -> dict[str, Any]:
        """Answer at the token endpoint (RFC 6749 section 3.2); every token is bound to a key."""
        client = await self._authenticate(form)
        key = self._proved(proof)
        asked = token_request(form)
        if asked.grant not in client.grants:
            raise OAuthError("unauthorized_client")
        if isinstance(asked, Exchange):
            return await self._exchange(client, asked, key)
        return await self._own_token(client, asked, key)

    async def introspect(self, form: Form) -> dict[str, Any]:
        """Tell a resource server about a token of its own audience (RFC 7662)."""
        client = await self._authenticate(form)
        if client.resource_server is None:
            raise OAuthError("unauthorized_client")
        claims = self._claims(form, [client.resource_server])
        if claims is None or await self._is_dead(claims):
            return {"active": False}
        return _told(claims, self._name, client.resource_server)

    async def revoke(self, form: Form) -> None:
        """Revoke a token of the client's own (RFC 7009); one that is none is no error."""
        client = await self._authenticate(form)
        claims = self._claims(form, sorted(client.access))
        if claims is None:
            return
        if claims.client != client.id:
            raise OAuthError("unauthorized_client")
        now = self._core.clock()
        event = AuditEvent(
            tag=Tag.CLIENT_REVOKED, tenant=client.tenant, actor=client.id, token=claims.token_id
        )

        def work(connection: Any) -> None:
            if token_store.revoke(connection, claims.token_id, now):
                audit_log.append(connection, event, now)

        await self._run(work)

    async def _authenticate(self, form: Form) -> Client:
        """Return who asks, by an assertion that was never used (RFC 7523)."""
        now = self._core.clock()
        if form.get("client_assertion_type") != ASSERTION_TYPE or "client_secret" in form:
            raise OAuthError("invalid_client")
        try:
            given = form.get("client_assertion", "")
            made = check_assertion(given, self._clients, self._name, now)
            if form.get("client_id", made.client.id) != made.client.id:
                raise AssertionRefused("another client id")
        except AssertionRefused as refused:
            _log.warning("client_refused", reason=coded(refused))
            raise OAuthError("invalid_client") from None
        if not self._allow_rate(made.client.id):
            raise OAuthError("slow_down")
        spent = (made.client.id, made.id, made.expires_at, now)
        # Lost with the power only together with whatever was granted for it.
        relaxed = self._core.database.run_relaxed
        try:
            is_new = await relaxed(lambda connection: token_store.spend(connection, *spent))
        except Refused as refused:
            raise error_of(refused) from None
        if not is_new:
            _log.warning("client_refused", reason="assertion_used_before")
            raise OAuthError("invalid_client")
        return made.client

    def _proved(self, proof: str | None) -> str:
        """Return the thumbprint of the key that the token is to be bound to (RFC 9449 5)."""
        now, url = self._core.clock(), f"{self._name}/token"
        try:
            if proof is None:
                raise ProofRefused("no proof")
            held = check_proof(proof, method="POST", url=url, token=None, now=now)
        except ProofRefused as refused:
            _log.warning("proof_refused", reason=coded(refused))
            raise OAuthError("invalid_dpop_proof") from None
        if not self._proofs.is_first_use(held.id, held.expires_at, now):
            raise OAuthError("invalid_dpop_proof")
        return held.thumbprint

    async def _exchange(self, client: Client, asked: Exchange, key: str) -> dict[str, Any]:
        if not client.may_have(asked.audience, asked.scope):
            await self._note_refusal(client, asked.scope)
            raise OAuthError("invalid_target")
        operation = self._read_of(asked)
        ask = Ask(operation.name if operation else "", asked.arguments, "token_exchange")
        presenter = Presenter(key, client.id)
        try:
            granted = await self._grants.exchange(
                asked.ticket, operation, ask, presenter, client.tenant
            )
        except Refused as refused:
            raise error_of(refused) from None
        await self._keep(client, granted.token, granted.session, None)
        return {**_answer(granted.token, granted.scope, self._life()), **_ISSUED}

    async def _own_token(
        self, client: Client, asked: ClientCredentials, key: str
    ) -> dict[str, Any]:
        audience = self._audience_of(client, asked)
        grant = Grant(client.id, client.tenant, audience, asked.scope, key, client.id)
        token = self._issuer.mint(grant, self._core.clock())
        event = AuditEvent(
            tag=Tag.CLIENT_TOKEN,
            tenant=client.tenant,
            actor=client.id,
            scope=asked.scope,
            token=token.token_id,
        )
        await self._keep(client, token, None, event)
        return _answer(token, asked.scope, self._life())

    def _audience_of(self, client: Client, asked: ClientCredentials) -> str:
        fitting = [aud for aud in client.access if client.may_have(aud, asked.scope)]
        if asked.resource is not None:
            fitting = [aud for aud in fitting if aud == asked.resource]
        if len(fitting) != 1:
            raise OAuthError("invalid_target" if asked.resource else "invalid_scope")
        return fitting[0]

    def _read_of(self, asked: Exchange) -> Operation | None:
        """Return the declared operation of this audience and scope, None where none is meant."""
        fitting = [
            operation
            for operation in self._core.operations.values()
            if (operation.audience, operation.scope) == (asked.audience, asked.scope)
            and asked.type in (None, f"{operation.api}.{operation.endpoint.name}")
        ]
        return fitting[0] if len(fitting) == 1 else None

    async def _keep(
        self, client: Client, token: AccessToken, session: str | None, event: AuditEvent | None
    ) -> None:
        """Remember a token, and say so on the trail, before anybody has it."""
        now = self._core.clock()

        def work(connection: Any) -> None:
            kept = (token.token_id, client.id, session, token.expires_at, now)
            token_store.keep(connection, *kept)
            if event is not None:
                audit_log.append(connection, event, now)

        await self._run(work, durable=event is not None)

    async def _note_refusal(self, client: Client, scope: str) -> None:
        event = AuditEvent(
            tag=Tag.CLIENT_REFUSED,
            tenant=client.tenant,
            actor=client.id,
            decision="deny",
            reason="not_registered_for_it",
        )
        now = self._core.clock()
        await self._run(lambda connection: audit_log.append(connection, event, now))

    def _claims(self, form: Form, audiences: list[str]) -> AccessClaims | None:
        token, now = form.get("token", ""), self._core.clock()
        for audience in audiences:
            try:
                return self._verifiers[audience].claims_of(token, now)
            except TokenRefused:
                continue
        return None

    async def _is_dead(self, claims: AccessClaims) -> bool:
        now = self._core.clock()
        return bool(
            await self._run(
                lambda connection: token_store.is_dead(connection, claims.token_id, now),
                durable=False,
            )
        )

    async def _run(self, work: Callable[[Any], Any], durable: bool = True) -> Any:
        database = self._core.database
        try:
            return await (database.run_core(work) if durable else database.run_relaxed(work))
        except Refused as refused:
            raise error_of(refused) from None

    def _life(self) -> int:
        return self._core.settings.token_seconds


_ISSUED = {"issued_token_type": "urn:ietf:params:oauth:token-type:access_token"}
GRANT_TYPES = ("client_credentials", EXCHANGE)


def _answer(token: AccessToken, scope: str, life: int) -> dict[str, Any]:
    return {
        "access_token": token.value,
        "token_type": "DPoP",
        "expires_in": life,
        "scope": scope,
    }


def _told(claims: AccessClaims, issuer: str, audience: str) -> dict[str, Any]:
    """Return what introspection says of an active token (RFC 7662 section 2.2)."""
    said = {
        "active": True,
        "token_type": "DPoP",
        "iss": issuer,
        "aud": audience,
        "sub": claims.subject,
        "client_id": claims.client,
        "tenant": claims.tenant,
        "scope": claims.scope,
        "jti": claims.token_id,
        "iat": int(claims.issued_at.timestamp()),
        "exp": int(claims.expires_at.timestamp()),
        "cnf": {"jkt": claims.key},
        "act": {"sub": claims.actor} if claims.actor else None,
        "authorization_details": list(claims.details) or None,
        "acr": claims.acr,
        "auth_time": int(claims.authenticated_at.timestamp()) if claims.authenticated_at else None,
        "amr": list(claims.methods) or None,
        "purpose": claims.purpose,
    }
    return {name: value for name, value in said.items() if value is not None}
