"""Minting: one token a call, for one API, one scope, one person, a few seconds (RFC 9068)."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson
from joserfc import jws
from joserfc.jwk import OKPKey

from security.tokens.compact import ALGORITHM, MOST_BYTES
from security.tokens.verifier import MAX_LIFE, TOKEN_TYPE

ACTOR = "urn:gatehouse:bot"
"""The client that security is for the bot: the `act` of what it mints for itself."""


@dataclass(frozen=True)
class AccessToken:
    """A signed token and the id that the audit trail knows it by."""

    value: str
    token_id: str
    expires_at: datetime

    def __repr__(self) -> str:
        return f"AccessToken(token_id={self.token_id!r})"


@dataclass(frozen=True)
class Authentication:
    """How the person proved who they are: level, moment and methods (RFC 9068 section 2.2.1)."""

    acr: str
    at: datetime
    methods: tuple[str, ...] = ()


@dataclass(frozen=True)
class Grant:
    """What a token is for. `key` is the thumbprint of the key that must prove itself with it.

    `client` acts for `subject`, or for itself where it is the subject; `agent` is the person in
    between, who asked the client to act for somebody else. `details` bind the token
    to one exact request (RFC 9396).
    """

    subject: str
    tenant: str
    audience: str
    scope: str
    key: str
    client: str = ACTOR
    details: Sequence[Mapping[str, Any]] = ()
    authentication: Authentication | None = None
    purpose: str | None = None
    agent: str | None = None


class Signer:
    """The key that signs at present; a rotation puts another one in its place."""

    def __init__(self, key: OKPKey) -> None:
        self.use(key)

    def use(self, key: OKPKey) -> None:
        """Sign with this key from now on."""
        # One assignment: whoever mints at this moment has the old pair or the new one.
        self._current = (key, {"alg": ALGORITHM, "kid": key.kid, "typ": TOKEN_TYPE})

    @property
    def key(self) -> OKPKey:
        """The private key in use."""
        return self._current[0]

    def sign(self, claims: Mapping[str, Any]) -> str:
        """Return a signed access token."""
        key, header = self._current
        return jws.serialize_compact(header, orjson.dumps(claims), key, algorithms=[ALGORITHM])


class TokenIssuer:
    """Signs access tokens in the name of `issuer`. `life` may not exceed 60 s."""

    def __init__(
        self, signer: Signer, issuer: str, life: timedelta = timedelta(seconds=30)
    ) -> None:
        if not timedelta(0) < life <= MAX_LIFE:
            raise ValueError("an access token lives between 1 and 60 seconds")
        self._signer = signer
        self._issuer = issuer
        self._life = life

    def mint(self, grant: Grant, now: datetime) -> AccessToken:
        """Return a token for one grant; raises `ValueError` where it would be too long."""
        token_id = secrets.token_urlsafe(16)
        issued = int(now.timestamp())
        expires = issued + int(self._life.total_seconds())
        claims: dict[str, Any] = {
            "iss": self._issuer,
            "aud": grant.audience,
            "sub": grant.subject,
            "client_id": grant.client,
            "tenant": grant.tenant,
            "scope": grant.scope,
            "cnf": {"jkt": grant.key},
            "jti": token_id,
            "iat": issued,
            "exp": expires,
        }
        if grant.subject != grant.client:
            claims["act"] = {"sub": grant.client}
        if grant.agent is not None:
            claims["act"] |= {"act": {"sub": grant.agent}}
        if grant.details:
            claims["authorization_details"] = list(grant.details)
        if grant.purpose is not None:
            claims["purpose"] = grant.purpose
        if grant.authentication is not None:
            claims |= _told(grant.authentication)
        value = self._signer.sign(claims)
        if len(value) > MOST_BYTES:
            raise ValueError("the token would be too long")
        return AccessToken(value, token_id, datetime.fromtimestamp(expires, now.tzinfo))


def _told(authentication: Authentication) -> dict[str, Any]:
    said: dict[str, Any] = {
        "acr": authentication.acr,
        "auth_time": int(authentication.at.timestamp()),
    }
    return {**said, "amr": list(authentication.methods)} if authentication.methods else said
