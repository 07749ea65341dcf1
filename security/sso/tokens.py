"""ID tokens and logout tokens: signed by the provider's own key, for us, now, and once.

OpenID Connect Core 1.0 section 3.1.3.7; Back-Channel Logout 1.0 section 2.6. The claims are
checked by Authlib; around it stands what it leaves open.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from authlib.oidc.core import CodeIDToken
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey

from security.sso.metadata import NotRight
from security.sso.provider import Provider
from security.tokens.compact import Unreadable, read

ALGORITHMS = ("RS256", "PS256", "ES256", "Ed25519", "EdDSA")
"""Signed by a key pair: neither `none`, nor a secret that two share."""

LEEWAY = 30
"""How far two clocks may be apart, in seconds."""

_OLDEST = 600
"""How old a token may be when it arrives, in seconds: it comes straight from its issuer."""

_LEAST_RSA_BITS = 2_048
_HEADER = frozenset({"alg", "kid"})
_BESIDE = frozenset({"typ", "x5t", "x5t#S256"})
_LOGOUT = "http://schemas.openid.net/event/backchannel-logout"
_MOST = 255
_BROKEN = (JoseError, KeyError, TypeError, ValueError)

LOGOUT_KINDS = ("logout+jwt", "JWT", None)
"""What may stand in `typ`: older providers name no kind of their own (section 2.4)."""

_ID_KINDS = (None, "JWT")

Keys = Mapping[str, Mapping[str, Any]]
"""Public keys as a provider publishes them, by `kid`."""


@dataclass(frozen=True)
class Expected:
    """What an ID token has to repeat; no proof may be older than `not_before`."""

    nonce: str
    not_before: datetime
    access_token: str


@dataclass(frozen=True)
class Claims:
    """What an ID token says of a sign-in at the provider."""

    subject: str
    auth_time: datetime
    sid: str | None
    acr: object
    amr: object
    all: Mapping[str, Any]


@dataclass(frozen=True)
class Logout:
    """Whose sessions a provider has ended: those of `sid`, or all of `subject`."""

    jti: str
    subject: str | None
    sid: str | None
    issued_at: datetime


def keys_of(document: Mapping[str, Any]) -> Keys:
    """Return the keys of a JWKS that can sign, by name. Raises `NotRight` where two share one."""
    listed = document.get("keys")
    if not isinstance(listed, list) or len(listed) > 100:
        raise NotRight("no_keys")
    found: dict[str, Mapping[str, Any]] = {}
    for each in listed:
        if not isinstance(each, dict) or each.get("use", "sig") != "sig":
            continue
        kid = each.get("kid")
        if not isinstance(kid, str):
            continue
        if kid in found:
            raise NotRight("two_keys_of_one_name")
        found[kid] = each
    return found


def kid_of(token: str, kinds: Sequence[str | None]) -> str:
    """Return which key a token says it is signed by. Raises `NotRight`."""
    return str(_read(token, kinds).header["kid"])


def issuer_of(token: str, kinds: Sequence[str | None]) -> object:
    """Return who a token says it is of, before anything of it is believed. Raises `NotRight`."""
    return _read(token, kinds).claims.get("iss")


def id_token_of(
    token: str, keys: Keys, provider: Provider, expected: Expected, now: datetime
) -> Claims:
    """Return what a valid ID token says. Raises `NotRight`."""
    claims = _verified(token, keys, _ID_KINDS)
    header = _read(token, _ID_KINDS).header
    options: Any = {"iss": {"essential": True, "value": provider.issuer}}
    params = {
        "nonce": expected.nonce,
        "client_id": provider.client_id,
        "max_age": True,
        "access_token": expected.access_token,
    }
    try:
        CodeIDToken(dict(claims), dict(header), options, params).validate(
            int(now.timestamp()), LEEWAY
        )
    except _BROKEN as error:
        raise NotRight(_why(error)) from None
    _for_us(claims, provider)
    _issued_just_now(claims, now)
    told = _moment(claims["auth_time"], "auth_time")
    skew = timedelta(seconds=LEEWAY)
    if not expected.not_before - skew <= told <= now + skew:
        raise NotRight("auth_time")
    return Claims(
        _text(claims.get("sub"), "sub"),
        min(told, now),
        _optional(claims.get("sid"), "sid"),
        claims.get("acr"),
        claims.get("amr"),
        claims,
    )


def logout_of(token: str, keys: Keys, provider: Provider, now: datetime) -> Logout:
    """Return whose sessions a valid logout token ends. Raises `NotRight`."""
    claims = _verified(token, keys, LOGOUT_KINDS)
    if claims.get("iss") != provider.issuer:
        raise NotRight("iss")
    _for_us(claims, provider)
    _issued_just_now(claims, now)
    if "exp" in claims and _moment(claims["exp"], "exp").timestamp() + LEEWAY <= now.timestamp():
        raise NotRight("exp")
    events = claims.get("events")
    if not isinstance(events, dict) or not isinstance(events.get(_LOGOUT), dict):
        raise NotRight("events")
    if "nonce" in claims:
        raise NotRight("nonce")
    subject, sid = _optional(claims.get("sub"), "sub"), _optional(claims.get("sid"), "sid")
    if subject is None and sid is None:
        raise NotRight("nobody")
    return Logout(_text(claims.get("jti"), "jti"), subject, sid, _moment(claims["iat"], "iat"))


def _read(token: str, kinds: Sequence[str | None]) -> Any:
    try:
        return read(token, kinds, _HEADER, _BESIDE, ALGORITHMS)
    except Unreadable as error:
        raise NotRight(str(error).replace(" ", "_")) from None


def _verified(token: str, keys: Keys, kinds: Sequence[str | None]) -> Mapping[str, Any]:
    told = _read(token, kinds)
    jwk = keys.get(str(told.header["kid"]))
    if jwk is None:
        raise NotRight("unknown_key")
    algorithm = str(told.header["alg"])
    if jwk.get("alg", algorithm) != algorithm:
        raise NotRight("wrong_algorithm")
    try:
        told.verify(_key(algorithm, jwk), algorithm)
    except (Unreadable, *_BROKEN):
        raise NotRight("signature") from None
    claims: Mapping[str, Any] = told.claims
    return claims


def _key(algorithm: str, jwk: Mapping[str, Any]) -> Key:
    """Import a public key of the kind that the algorithm wants, and of no other."""
    given = {k: v for k, v in jwk.items() if k not in ("use", "key_ops", "alg")}
    if algorithm in ("RS256", "PS256"):
        rsa = RSAKey.import_key(given)
        if rsa.raw_value.key_size < _LEAST_RSA_BITS:
            raise ValueError("an RSA key that is too short")
        return rsa
    if algorithm == "ES256":
        curve = ECKey.import_key(given)
        if curve.curve_name != "P-256":
            raise ValueError("another curve")
        return curve
    edwards = OKPKey.import_key(given)
    if edwards.curve_name != "Ed25519":
        raise ValueError("another curve")
    return edwards


def _for_us(claims: Mapping[str, Any], provider: Provider) -> None:
    """Hold a token to us alone: nobody else that it may be for is trusted (3.1.3.7, rule 3)."""
    told = claims.get("aud")
    if told not in (provider.client_id, [provider.client_id]):
        raise NotRight("aud")
    if claims.get("azp", provider.client_id) != provider.client_id:
        raise NotRight("azp")


def _issued_just_now(claims: Mapping[str, Any], now: datetime) -> None:
    age = (now - _moment(claims.get("iat"), "iat")).total_seconds()
    if not -LEEWAY <= age <= _OLDEST:
        raise NotRight("iat")


def _moment(value: object, why: str) -> datetime:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise NotRight(why)
    try:
        return datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError):
        raise NotRight(why) from None


def _text(value: object, why: str) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= _MOST:
        raise NotRight(why)
    if any("\ud800" <= each <= "\udfff" for each in value):  # JSON may have half a character.
        raise NotRight(why)
    return value


def _optional(value: object, why: str) -> str | None:
    return None if value is None else _text(value, why)


def _why(error: Exception) -> str:
    """Return which claim does not hold; Authlib's own sentence may quote it."""
    claim = getattr(error, "claim", None)
    return claim if isinstance(claim, str) else type(error).__name__
