"""Passkeys: what a browser is asked for, and whether what it shows is right (WebAuthn Level 3).

A challenge is no random number that is kept, but a keyed hash of what is proved: of one challenge
of ours and, where there is one, of the operation's digest. What is shown for one thing is worth
nothing for another. The person is always verified by the authenticator, so that a passkey is two
factors by itself (NIST SP 800-63B, section 5.1.9).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import orjson
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import (
    base64url_to_bytes,
    bytes_to_base64url,
    decode_credential_public_key,
    decoded_public_key_to_cryptography,
    parse_cbor,
    parse_client_data_json,
)
from webauthn.helpers.cose import COSEAlgorithmIdentifier as Algorithm
from webauthn.helpers.structs import (
    AttestationConveyancePreference,
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from security.challenges.plain_cbor import is_authenticator_data, is_one_item

MOST_OF_AN_ID = 1_023
"""The longest credential id, in bytes (WebAuthn section 4)."""
_ALGORITHMS = [Algorithm.ECDSA_SHA_256, Algorithm.RSASSA_PKCS1_v1_5_SHA_256]
_RSA_BITS, _RSA_EXPONENT = range(2_048, 4_097), 65_537
_FORMATS = ("none", "packed")
"""What comes where no attestation was asked for: nothing, or the key's own word for itself."""
_TRANSPORTS = {each.value: each for each in AuthenticatorTransport}


class NotRight(Exception):
    """What was shown proves nothing; the words are for the log of a developer, not for people."""


class CounterBehind(NotRight):
    """The signature is right, and the counter does not grow: there are two of this passkey."""


@dataclass(frozen=True)
class Site:
    """Who asks: `id` is the host of the public address, `origin` all of it that a browser tells."""

    id: str
    origin: str


@dataclass(frozen=True)
class Owner:
    """Whose passkey is made: `handle` are at most 64 bytes that say nothing of the person."""

    handle: bytes
    username: str
    name: str


@dataclass(frozen=True)
class Passkey:
    """A public key as it is kept: its credential's id, the COSE key, the ways to reach it."""

    id: bytes
    key: bytes = field(repr=False)
    transports: tuple[str, ...] = ()


def site_of(public_url: str) -> Site:
    """Return who asks, of the address that people see, such as ``https://localhost:8443``."""
    parts = urlsplit(public_url)
    host = parts.hostname or ""
    usual = parts.port in (None, 443)
    return Site(host, f"{parts.scheme}://{host}" + ("" if usual else f":{parts.port}"))


def creation_options(
    site: Site, name: str, challenge: bytes, owner: Owner, there: Sequence[Passkey], seconds: int
) -> dict[str, Any]:
    """Return what a browser is asked to make, as `parseCreationOptionsFromJSON` reads it.

    `name` is what the site is called; on authenticators that hold one of `there` none is made.
    """
    options = generate_registration_options(
        rp_id=site.id,
        rp_name=name,
        user_id=owner.handle,
        user_name=owner.username,
        user_display_name=owner.name,
        challenge=challenge,
        timeout=seconds * 1_000,
        attestation=AttestationConveyancePreference.NONE,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=[_described(one) for one in there],
        supported_pub_key_algs=_ALGORITHMS,
    )
    return _plain(options)


def request_options(
    site: Site, challenge: bytes, passkeys: Sequence[Passkey], seconds: int
) -> dict[str, Any]:
    """Return what a browser is asked to show, as `parseRequestOptionsFromJSON` reads it.

    Without `passkeys` the person chooses among those that the browser knows of this site.
    """
    options = generate_authentication_options(
        rp_id=site.id,
        challenge=challenge,
        timeout=seconds * 1_000,
        allow_credentials=[_described(one) for one in passkeys],
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return _plain(options)


def made(site: Site, challenge: bytes, shown: Mapping[str, Any]) -> tuple[Passkey, int]:
    """Return a new passkey and its counter (WebAuthn section 7.1). Raises `NotRight`."""
    try:
        _check_frame(shown)
        _check_made(shown)
        verified = verify_registration_response(
            credential=dict(shown),
            expected_challenge=challenge,
            expected_rp_id=site.id,
            expected_origin=site.origin,
            require_user_verification=True,
            supported_pub_key_algs=_ALGORITHMS,
        )
        _check_key(verified.credential_public_key)
        told = shown["response"].get("transports") or ()
        ways = tuple(way for way in _TRANSPORTS if way in told)
    except NotRight:
        raise
    except Exception as error:
        # Whatever a parser of a stranger's bytes stumbles over proves nothing.
        raise NotRight(str(error)) from error
    if len(verified.credential_id) > MOST_OF_AN_ID:
        raise NotRight("the id is too long")
    passkey = Passkey(verified.credential_id, verified.credential_public_key, ways)
    return passkey, verified.sign_count


def matched(
    site: Site, challenge: bytes, passkey: Passkey, count: int, shown: Mapping[str, Any]
) -> int:
    """Return the new counter of a passkey that was shown (section 7.2). Raises `NotRight`.

    Raises `CounterBehind` where all is right but the counter, if there is one.
    """
    try:
        _check_frame(shown)
        _check_data(base64url_to_bytes(shown["response"]["authenticatorData"]))
        verified = verify_authentication_response(
            credential=dict(shown),
            expected_challenge=challenge,
            expected_rp_id=site.id,
            expected_origin=site.origin,
            credential_public_key=passkey.key,
            credential_current_sign_count=0,  # Looked at below, by itself.
            require_user_verification=True,
        )
    except NotRight:
        raise
    except Exception as error:
        raise NotRight(str(error)) from error
    if verified.credential_id != passkey.id:
        raise NotRight("another credential")
    new = verified.new_sign_count
    if (new or count) and new <= count:
        raise CounterBehind("the counter does not grow")
    return new


def claimed_id(shown: Mapping[str, Any]) -> bytes | None:
    """Return the id that somebody claims to show, to be looked up; None where it is none."""
    claimed = shown.get("id")
    if not isinstance(claimed, str) or len(claimed) > MOST_OF_AN_ID * 4 // 3 + 1:
        return None
    try:
        found = base64url_to_bytes(claimed)
    except ValueError:
        return None
    return found if bytes_to_base64url(found) == claimed else None


def claimed_handle(shown: Mapping[str, Any]) -> bytes | None:
    """Return whose passkey an authenticator says it is; None where it does not say."""
    response = shown.get("response")
    handle = response.get("userHandle") if isinstance(response, Mapping) else None
    try:
        return base64url_to_bytes(handle) if isinstance(handle, str) else None
    except ValueError:
        return None


def _check_frame(shown: Mapping[str, Any]) -> None:
    """Refuse what was shown inside a page of somebody else (section 7.2, `crossOrigin`)."""
    raw = base64url_to_bytes(shown["response"]["clientDataJSON"])
    if parse_client_data_json(raw).cross_origin or "topOrigin" in orjson.loads(raw):
        raise NotRight("shown in a frame of another site")


def _check_made(shown: Mapping[str, Any]) -> None:
    """Refuse what no reader of CBOR may see, and an attestation that was not asked for."""
    statement = base64url_to_bytes(shown["response"]["attestationObject"])
    if not is_one_item(statement):
        raise NotRight("no plain statement")
    told = parse_cbor(statement)
    if told["fmt"] not in _FORMATS:
        raise NotRight("an attestation that was not asked for")
    _check_data(told["authData"])


def _check_data(data: bytes) -> None:
    if not is_authenticator_data(data):
        raise NotRight("no plain authenticator data")


def _check_key(key: bytes) -> None:
    """Refuse a key that is none: it would count as a strong factor and lock its person out."""
    told = decode_credential_public_key(key)
    public = decoded_public_key_to_cryptography(told)  # It has to lie on its curve.
    if told.alg == Algorithm.ECDSA_SHA_256:
        right = isinstance(public, EllipticCurvePublicKey) and isinstance(public.curve, SECP256R1)
    else:
        right = (
            isinstance(public, RSAPublicKey)
            and public.key_size in _RSA_BITS
            and public.public_numbers().e == _RSA_EXPONENT
        )
    if not right:
        raise NotRight("no key of the kind that it says")


def _plain(options: Any) -> dict[str, Any]:
    plain: dict[str, Any] = orjson.loads(options_to_json(options))
    return plain


def _described(passkey: Passkey) -> PublicKeyCredentialDescriptor:
    ways = [_TRANSPORTS[way] for way in passkey.transports if way in _TRANSPORTS]
    return PublicKeyCredentialDescriptor(id=passkey.id, transports=ways or None)
