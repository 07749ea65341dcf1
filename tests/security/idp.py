"""An identity provider without a socket: honest, until a test bends what it says."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

from authlib.oidc.core.util import create_half_hash
from joserfc import jws
from joserfc.jwk import ECKey, Key

from security.adapters.outgoing import Answer, CannotReach
from security.adapters.provider_client import ProviderClient
from security.sso.provider import Provider, provider_of

SECRET = "s" * 32
CALLBACK = "https://localhost:8443/sso/callback"
LOGOUT = "http://schemas.openid.net/event/backchannel-logout"
GLOBEX = """
tenant: globex
name: Globex
issuer: https://login.globex.example
client_id: gatehouse
client_auth: client_secret_basic
two_factors: { acr: [urn:globex:mfa], amr: [mfa] }
"""


def globex(more: str = "", issuer: str = "login.globex.example", id: str = "globex") -> Provider:
    """Return Globex's provider, or another of the same form."""
    return provider_of(GLOBEX.replace("login.globex.example", issuer) + more, id)


@dataclass
class Grant:
    """What a code stands for."""

    sub: str
    nonce: str
    challenge: str
    auth_time: int
    claims: dict[str, Any]


@dataclass
class Idp:
    """One provider; every member that is set bends one thing that it says."""

    provider: Provider
    clock: Callable[[], datetime]
    key: Key = field(default_factory=lambda: ECKey.generate_key("P-256", {"kid": "k1"}))
    claims: dict[str, Any] = field(default_factory=dict)
    """Claims of the next ID token that are replaced; None leaves one out."""
    header: dict[str, Any] = field(default_factory=dict)
    metadata: dict[str, Any] = field(default_factory=dict)
    answers: dict[str, Answer] = field(default_factory=dict)
    """What is answered at a path, in the place of the honest answer."""
    userinfo_sub: str | None = None
    published: list[dict[str, Any]] | None = None
    sign: Callable[[dict[str, Any], dict[str, Any]], str] | None = None
    asked: list[str] = field(default_factory=list)
    codes: dict[str, Grant] = field(default_factory=dict)

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
    ) -> Answer:
        """Answer like the server would."""
        parts = urlsplit(url)
        self.asked.append(parts.path)
        if f"https://{parts.netloc}" != self.provider.issuer:
            raise CannotReach("not_allowed", sent=False)
        if parts.path in self.answers:
            return self.answers[parts.path]
        if parts.path == "/.well-known/openid-configuration":
            return self.json(self._described())
        if parts.path == "/jwks":
            keys = self.published
            return self.json({"keys": [self.key.as_dict(private=False)] if keys is None else keys})
        if parts.path == "/userinfo":
            return self.json({"sub": self.userinfo_sub, "groups": ["Staff"]})
        assert (method, parts.path) == ("POST", "/token")
        return self._redeemed(headers or {}, parse_qs(body.decode()))

    async def close(self) -> None:
        """Nothing is open."""

    def client(self) -> ProviderClient:
        """Return what asks this provider."""
        return ProviderClient(self.provider, SECRET, self, self.clock)

    @staticmethod
    def json(value: object, status: int = 200) -> Answer:
        """Return an answer of this JSON."""
        return Answer(status, {"content-type": "application/json"}, json.dumps(value).encode())

    def sign_in(self, location: str, sub: str = "erin", **claims: Any) -> dict[str, str]:
        """Let somebody sign in there; return what the browser is sent back with."""
        asked = {k: v[0] for k, v in parse_qs(urlsplit(location).query).items()}
        assert asked["redirect_uri"] == CALLBACK
        assert asked["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe(16)
        self.codes[code] = Grant(
            sub, asked["nonce"], asked["code_challenge"], self.now, {"sid": "sid-1", **claims}
        )
        return {"code": code, "state": asked["state"]}

    @property
    def now(self) -> int:
        """The present second."""
        return int(self.clock().timestamp())

    def logout_token(self, **claims: Any) -> str:
        """Return a logout token."""
        told = {
            "iss": self.provider.issuer,
            "aud": self.provider.client_id,
            "iat": self.now,
            "jti": secrets.token_urlsafe(8),
            "events": {LOGOUT: {}},
            "sid": "sid-1",
            **claims,
        }
        return self.signed({"typ": "logout+jwt"}, {k: v for k, v in told.items() if v is not None})

    def signed(self, header: dict[str, Any], claims: dict[str, Any]) -> str:
        """Sign claims."""
        whole = {"alg": "ES256", "kid": "k1", **header, **self.header}
        whole = {name: value for name, value in whole.items() if value is not None}
        if self.sign is not None:
            return self.sign(whole, claims)
        return jws.serialize_compact(whole, json.dumps(claims), self.key, algorithms=["ES256"])

    def _described(self) -> dict[str, Any]:
        issuer = self.provider.issuer
        return {
            "issuer": issuer,
            "authorization_endpoint": f"{issuer}/authorize",
            "token_endpoint": f"{issuer}/token",
            "jwks_uri": f"{issuer}/jwks",
            "userinfo_endpoint": f"{issuer}/userinfo",
            **self.metadata,
        }

    def _redeemed(self, headers: Mapping[str, str], asked: Mapping[str, list[str]]) -> Answer:
        pair = base64.b64decode(headers["Authorization"].removeprefix("Basic ")).decode()
        assert pair == f"{self.provider.client_id}:{SECRET}"
        grant = self.codes.pop(asked["code"][0], None)
        digest = hashlib.sha256(asked["code_verifier"][0].encode()).digest()
        shown = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if grant is None or shown != grant.challenge:
            return self.json({"error": "invalid_grant"}, 400)
        access_token = secrets.token_urlsafe(16)
        told = {
            "iss": self.provider.issuer,
            "sub": grant.sub,
            "aud": self.provider.client_id,
            "exp": self.now + 300,
            "iat": self.now,
            "nonce": grant.nonce,
            "auth_time": grant.auth_time,
            "at_hash": create_half_hash(access_token, "ES256").decode(),
            **grant.claims,
            **self.claims,
        }
        self.userinfo_sub = self.userinfo_sub or grant.sub
        claims = {name: value for name, value in told.items() if value is not None}
        return self.json(
            {
                "access_token": access_token,
                "token_type": "Bearer",
                "id_token": self.signed({}, claims),
            }
        )
