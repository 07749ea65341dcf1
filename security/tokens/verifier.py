"""What a resource server checks before it trusts a token (RFC 9068 section 4).

This module is the only one of security that the APIs import. The signature proves that
security minted the token; audience and scope prove for which door; the API itself still
decides whether the subject owns the object.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError

from security.tokens.keys import ALGORITHM, load_public_keys

MAX_LIFE = timedelta(seconds=60)
TOKEN_TYPE = "at+jwt"

_MAX_TOKEN_BYTES = 4_096
_COMPACT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
_HEADER_NAMES = {"alg", "kid", "typ"}


class TokenRefused(Exception):
    """The token is not accepted; `error` is the RFC 6750 code, `reason` is for the log only."""

    def __init__(self, reason: str, error: str = "invalid_token") -> None:
        super().__init__(reason)
        self.reason = reason
        self.error = error


@dataclass(frozen=True)
class AccessClaims:
    """Who may do what: one subject, pairwise for this API, one scope, for seconds."""

    subject: str
    tenant: str
    scope: str
    actor: str
    token_id: str
    expires_at: datetime
    purpose: str | None = None
    """For what the caller acts, where the operation serves several purposes."""


class TokenVerifier:
    """Checks tokens for one audience with keys that were read once."""

    def __init__(self, keys_file: Path, audience: str, issuer: str) -> None:
        self._keys = load_public_keys(keys_file)
        self._audience = audience
        self._issuer = issuer

    def verify(self, authorization: str | None, scope: str, now: datetime) -> AccessClaims:
        """Return the claims of an `Authorization: Bearer` header that grants `scope` at `now`.

        Raises `TokenRefused`: `invalid_token` (401) or `insufficient_scope` (403), RFC 6750.
        """
        token = self._decode(_bearer_token(authorization))
        if token.header.get("typ") != TOKEN_TYPE:
            raise TokenRefused("wrong type")
        if not set(token.header) <= _HEADER_NAMES:
            raise TokenRefused("unexpected header")
        claims = _checked(token.claims, self._issuer, self._audience, now)
        if claims.scope != scope:
            raise TokenRefused("wrong scope", "insufficient_scope")
        return claims

    def _decode(self, token: str) -> jwt.Token:
        try:
            return jwt.decode(token, self._keys, algorithms=[ALGORITHM])
        except (JoseError, ValueError, TypeError, KeyError) as error:
            raise TokenRefused(type(error).__name__) from None


def _bearer_token(authorization: str | None) -> str:
    if authorization is None:
        raise TokenRefused("no token")
    scheme, _, token = authorization.partition(" ")
    # Some versions of the library accept padded or non-canonical base64; this never does.
    if scheme.lower() != "bearer" or len(token) > _MAX_TOKEN_BYTES or not _is_compact(token):
        raise TokenRefused("malformed")
    return token


def _is_compact(token: str) -> bool:
    return bool(_COMPACT.fullmatch(token)) and all(map(_is_canonical, token.split(".")))


def _is_canonical(part: str) -> bool:
    """Refuse parts whose last character carries bits that decoding would drop (RFC 4648 3.5)."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    surplus = {0: 1, 2: 16, 3: 4}.get(len(part) % 4)
    return surplus is not None and alphabet.index(part[-1]) % surplus == 0


def _checked(claims: dict[str, Any], issuer: str, audience: str, now: datetime) -> AccessClaims:
    text = {name: claims.get(name) for name in ("iss", "aud", "sub", "tenant", "scope", "jti")}
    if not all(isinstance(value, str) and value for value in text.values()):
        raise TokenRefused("missing claim")
    if text["iss"] != issuer or text["aud"] != audience:
        raise TokenRefused("wrong issuer or audience")
    issued, expires = _instant(claims.get("iat")), _instant(claims.get("exp"))
    # RFC 7519 4.1.4: on or after `exp` the token must not be accepted.
    if not issued <= now < expires or expires - issued > MAX_LIFE:
        raise TokenRefused("expired or not yet valid")
    act = claims.get("act")
    actor = act.get("sub") if isinstance(act, dict) else None
    if not isinstance(actor, str) or not actor:
        raise TokenRefused("no actor")
    purpose = claims.get("purpose")
    if purpose is not None and (not isinstance(purpose, str) or not purpose):
        raise TokenRefused("malformed purpose")
    return AccessClaims(
        subject=str(text["sub"]),
        tenant=str(text["tenant"]),
        scope=str(text["scope"]),
        actor=actor,
        token_id=str(text["jti"]),
        expires_at=expires,
        purpose=purpose,
    )


def _instant(value: object) -> datetime:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TokenRefused("times are whole seconds")
    try:
        return datetime.fromtimestamp(value, UTC)
    except (OverflowError, ValueError, OSError):
        raise TokenRefused("time out of range") from None
