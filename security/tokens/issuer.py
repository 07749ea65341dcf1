"""Minting: one token a call, for one API, one scope, one person, a few seconds (RFC 9068)."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from joserfc import jwt
from joserfc.jwk import OKPKey

from security.tokens.keys import ALGORITHM
from security.tokens.verifier import MAX_LIFE, TOKEN_TYPE

ISSUER = "urn:gatehouse:security"
ACTOR = "urn:gatehouse:bot"


@dataclass(frozen=True)
class AccessToken:
    """A signed token and the id that the audit trail knows it by."""

    value: str
    token_id: str

    def __repr__(self) -> str:
        return f"AccessToken(token_id={self.token_id!r})"


class TokenIssuer:
    """Signs access tokens with security's key. `life` may not exceed 60 s."""

    def __init__(self, key: OKPKey, life: timedelta = timedelta(seconds=30)) -> None:
        if not timedelta(0) < life <= MAX_LIFE:
            raise ValueError("an access token lives between 1 and 60 seconds")
        self._key = key
        self._header = {"alg": ALGORITHM, "kid": key.kid, "typ": TOKEN_TYPE}
        self._life = life

    def mint(
        self,
        *,
        subject: str,
        tenant: str,
        audience: str,
        scope: str,
        now: datetime,
        purpose: str | None = None,
    ) -> AccessToken:
        """Return a token that opens `audience` for `subject` (pairwise) with one `scope`.

        `purpose` says for what, where the operation serves several.
        """
        token_id = secrets.token_urlsafe(16)
        issued = int(now.timestamp())
        claims: dict[str, Any] = {
            "iss": ISSUER,
            "aud": audience,
            "sub": subject,
            "act": {"sub": ACTOR},
            "client_id": ACTOR,
            "tenant": tenant,
            "scope": scope,
            "jti": token_id,
            "iat": issued,
            "exp": issued + int(self._life.total_seconds()),
        }
        if purpose is not None:
            claims["purpose"] = purpose
        value = jwt.encode(self._header, claims, self._key, algorithms=[ALGORITHM])
        return AccessToken(value, token_id)
