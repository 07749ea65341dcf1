"""What a resource server checks before it trusts a token (RFC 9068 section 4, RFC 9449).

This module is the only one of security's tokens that the APIs import. The signature proves that
security minted the token, the proof that whoever calls is the one it was minted for; audience
and scope prove for which door; the API itself still decides whether the subject owns the object.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from security.tokens.compact import ALGORITHM, Unreadable, read
from security.tokens.dpop import Proof, ProofRefused, check_proof
from security.tokens.keys import PublishedKeys
from security.tokens.replay import ReplayCache

__all__ = ["ALGORITHM", "Proof", "PublishedKeys", "ReplayCache"]

DEFAULT_ISSUER = "https://security.gatehouse.internal"
"""The name of the authorization server (RFC 8414) where no setting gives another one."""

MAX_LIFE = timedelta(seconds=60)
TOKEN_TYPE = "at+jwt"
LEVELS = ("aal1", "aal2", "aal3")
"""What `acr` can say, the weakest first."""

CODE = "otp"
"""What `amr` says of a one-time code (RFC 8176)."""

_HEADER_NAMES = frozenset({"alg", "kid", "typ"})

Refusal = Literal[
    "invalid_token",
    "invalid_dpop_proof",
    "insufficient_scope",
    "insufficient_user_authentication",
]


class TokenRefused(Exception):
    """The token is not accepted; `error` is the code of RFC 6750, 9449 or 9470.

    `reason` is for the log and the trail only; `token_id` is there where it is one of security's.
    """

    def __init__(
        self, reason: str, error: Refusal = "invalid_token", token_id: str | None = None
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.error = error
        self.token_id = token_id


@dataclass(frozen=True)
class Presented:
    """What a request presents. `url` is the API's own name for it, without the query."""

    authorization: str | None
    proof: str | None
    method: str
    url: str


@dataclass(frozen=True)
class Needed:
    """What an endpoint asks for: one scope, and how the person must have proved themselves.

    `max_age` is that of the proof when the token was minted; the token adds seconds.
    """

    scope: str
    acr: str | None = None
    max_age: timedelta | None = None
    or_code: bool = False
    """Whether aal1 will do as well, where the person gave a code beside their password."""


@dataclass(frozen=True)
class AccessClaims:
    """Who may do what: one subject, pairwise for this API, one scope, for seconds.

    `actor` is who acts for the subject, None where a client acts for itself. `agent` is the person
    who has the actor act for somebody else: for the record alone (RFC 8693 section 4.1).
    """

    subject: str
    tenant: str
    scope: str
    actor: str | None
    client: str
    token_id: str
    issued_at: datetime
    expires_at: datetime
    key: str
    details: tuple[Mapping[str, Any], ...] = ()
    acr: str | None = None
    authenticated_at: datetime | None = None
    methods: tuple[str, ...] = ()
    agent: str | None = None
    purpose: str | None = None
    """For what the caller acts, where the operation serves several purposes."""


class TokenVerifier:
    """Checks tokens for one audience; it keeps nothing but the keys it was given."""

    def __init__(self, keys: PublishedKeys, audience: str, issuer: str) -> None:
        self._keys = keys
        self._audience = audience
        self._issuer = issuer

    def verify(self, given: Presented, needed: Needed, now: datetime) -> tuple[AccessClaims, Proof]:
        """Return the claims of a token that opens this endpoint at `now`, and its proof.

        Raises `TokenRefused`. Whether the proof is used for the first time is asked elsewhere.
        """
        token = _dpop_token(given.authorization)
        claims = self.claims_of(token, now)
        try:
            return claims, _proof_of(token, claims, given, needed, now)
        except TokenRefused as refused:
            refused.token_id = claims.token_id
            raise

    def claims_of(self, token: str, now: datetime) -> AccessClaims:
        """Return the claims of a token of this audience, whoever presents it.

        Raises `TokenRefused`.
        """
        try:
            parts = read(token, (TOKEN_TYPE,), _HEADER_NAMES)
            key = self._keys.find(parts.header["kid"], now)
            if key is None:
                raise TokenRefused("unknown key")
            parts.verify(key)
        except Unreadable as error:
            raise TokenRefused(str(error)) from None
        return _checked(parts.claims, self._issuer, self._audience, now)


def _proof_of(
    token: str, claims: AccessClaims, given: Presented, needed: Needed, now: datetime
) -> Proof:
    """Return the proof of a token that opens this endpoint. Raises `TokenRefused`."""
    if given.proof is None:
        raise TokenRefused("no proof", "invalid_dpop_proof")
    try:
        proof = check_proof(given.proof, method=given.method, url=given.url, token=token, now=now)
    except ProofRefused as refused:
        raise TokenRefused(str(refused), "invalid_dpop_proof") from None
    if not hmac.compare_digest(proof.thumbprint, claims.key):
        raise TokenRefused("proof of another key")
    if claims.scope != needed.scope:
        raise TokenRefused("wrong scope", "insufficient_scope")
    _check_authentication(claims, needed)
    return proof


def _dpop_token(authorization: str | None) -> str:
    if authorization is None:
        raise TokenRefused("no token")
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "dpop":
        raise TokenRefused("another scheme")
    return token


def _check_authentication(claims: AccessClaims, needed: Needed) -> None:
    """RFC 9470: strong enough, and recent enough when the token was minted."""
    weak: Refusal = "insufficient_user_authentication"
    if needed.acr is not None:
        held = claims.acr
        by_code = needed.or_code and held == "aal1" and CODE in claims.methods
        enough = held in LEVELS and LEVELS.index(held) >= LEVELS.index(needed.acr)
        if not enough and not by_code:
            raise TokenRefused("authentication too weak", weak)
    if needed.max_age is not None:
        at = claims.authenticated_at
        if at is None or not timedelta(0) <= claims.issued_at - at <= needed.max_age:
            raise TokenRefused("authentication too old", weak)


def _checked(claims: Mapping[str, Any], issuer: str, audience: str, now: datetime) -> AccessClaims:
    names = ("iss", "aud", "sub", "tenant", "scope", "jti", "client_id")
    text = {name: claims.get(name) for name in names}
    if not all(isinstance(value, str) and value for value in text.values()):
        raise TokenRefused("missing claim")
    if text["iss"] != issuer or text["aud"] != audience:
        raise TokenRefused("wrong issuer or audience")
    issued, expires = _instant(claims.get("iat")), _instant(claims.get("exp"))
    # RFC 7519 4.1.4: on or after `exp` the token must not be accepted.
    if not issued <= now < expires or expires - issued > MAX_LIFE:
        raise TokenRefused("expired or not yet valid")
    if "nbf" in claims and _instant(claims["nbf"]) > now:
        raise TokenRefused("not yet valid")
    at = claims.get("auth_time")
    purpose = _text_or_none(claims.get("purpose"))
    if purpose == "":
        raise TokenRefused("malformed purpose")
    return AccessClaims(
        subject=str(text["sub"]),
        tenant=str(text["tenant"]),
        scope=str(text["scope"]),
        actor=_actor(claims, str(text["sub"]), str(text["client_id"])),
        agent=_agent(claims, str(text["sub"])),
        client=str(text["client_id"]),
        token_id=str(text["jti"]),
        issued_at=issued,
        expires_at=expires,
        key=_key(claims.get("cnf")),
        details=_details(claims.get("authorization_details", [])),
        acr=_text_or_none(claims.get("acr")),
        authenticated_at=None if at is None else _instant(at),
        methods=_methods(claims.get("amr", [])),
        purpose=purpose,
    )


def _actor(claims: Mapping[str, Any], subject: str, client: str) -> str | None:
    """RFC 8693 4.1: who acts for the subject; only a client on its own needs nobody."""
    if "act" not in claims and subject == client:
        return None
    act = claims.get("act")
    actor = act.get("sub") if isinstance(act, dict) else None
    if actor != client:
        raise TokenRefused("no actor")
    return client


def _agent(claims: Mapping[str, Any], subject: str) -> str | None:
    """RFC 8693 4.1: one prior actor at most, a person, and not the subject."""
    act = claims.get("act")
    prior = act.get("act") if isinstance(act, dict) else None
    if prior is None:
        return None
    agent = prior.get("sub") if isinstance(prior, dict) and set(prior) == {"sub"} else None
    if not isinstance(agent, str) or agent in ("", subject):
        raise TokenRefused("a chain of actors of another form")
    return agent


def _key(cnf: object) -> str:
    """RFC 9449 6.1: the thumbprint of the key that the token is bound to."""
    found = cnf.get("jkt") if isinstance(cnf, dict) and set(cnf) == {"jkt"} else None
    if not isinstance(found, str) or not found:
        raise TokenRefused("bound to no key")
    return found


def _details(found: object) -> tuple[Mapping[str, Any], ...]:
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise TokenRefused("authorization details of another form")
    return tuple(found)


def _methods(found: object) -> tuple[str, ...]:
    if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
        raise TokenRefused("methods of another form")
    return tuple(found)


def _text_or_none(value: object) -> str | None:
    if value is not None and not isinstance(value, str):
        raise TokenRefused("a claim of another type")
    return value


def _instant(value: object) -> datetime:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TokenRefused("times are whole seconds")
    try:
        return datetime.fromtimestamp(value, UTC)
    except (OverflowError, ValueError, OSError):
        raise TokenRefused("time out of range") from None
