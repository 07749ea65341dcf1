"""What a provider is asked: to sign somebody in, and to redeem the code that came of it.

RFC 6749 section 4.1, RFC 7636 (S256 alone), RFC 7523 (`private_key_jwt`).
"""

from __future__ import annotations

import base64
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from security.sso.metadata import Metadata
from security.sso.provider import Provider

_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_ASSERTION_SECONDS = 60
Credential = str | RSAKey | ECKey
"""A client secret, or the private key that signs in its place."""


@dataclass(frozen=True)
class Secrets:
    """What ties one sign-in together; `state` travels, the others stay here until it is back."""

    state: str
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)


@dataclass(frozen=True)
class Wish:
    """What is asked of the provider: how old a proof may be, and whether two factors are wanted."""

    max_age: int
    two_factors: bool = False


def new_secrets() -> Secrets:
    """Return 256 random bits for each."""
    return Secrets(secrets.token_urlsafe(32), secrets.token_urlsafe(32), secrets.token_urlsafe(48))


def authorization_url(
    provider: Provider, metadata: Metadata, kept: Secrets, wish: Wish, redirect_uri: str
) -> str:
    """Return where a browser is sent."""
    asked: dict[str, str] = {
        "response_type": "code",
        "client_id": provider.client_id,
        "redirect_uri": redirect_uri,
        "scope": " ".join(dict.fromkeys(("openid", *provider.scopes))),
        "state": kept.state,
        "nonce": kept.nonce,
        "code_challenge": create_s256_code_challenge(kept.verifier),
        "code_challenge_method": "S256",
        "max_age": str(wish.max_age),
    }
    if wish.max_age == 0:
        asked["prompt"] = "login"
    if wish.two_factors and provider.acr:
        asked["acr_values"] = " ".join(provider.acr)
    endpoint = metadata.authorization_endpoint
    return f"{endpoint}{'&' if urlsplit(endpoint).query else '?'}{urlencode(asked)}"


def token_request(
    provider: Provider,
    metadata: Metadata,
    credential: Credential,
    code: str,
    verifier: str,
    redirect_uri: str,
    now: datetime,
) -> tuple[Mapping[str, str], bytes]:
    """Return the headers and the body that redeem a code."""
    asked = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": redirect_uri,
        "code_verifier": verifier,
    }
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
    if isinstance(credential, str):
        headers["Authorization"] = _basic(provider.client_id, credential)
    else:
        asked |= {
            "client_id": provider.client_id,
            "client_assertion_type": _ASSERTION,
            "client_assertion": _assertion(provider, metadata, credential, now),
        }
    return headers, urlencode(asked).encode()


def _basic(client_id: str, secret: str) -> str:
    """Return the header of RFC 6749 section 2.3.1: each half is form-encoded first."""
    pair = f"{quote(client_id, safe='')}:{quote(secret, safe='')}"
    return f"Basic {base64.b64encode(pair.encode()).decode()}"


def _assertion(provider: Provider, metadata: Metadata, key: RSAKey | ECKey, now: datetime) -> str:
    at = int(now.timestamp())
    algorithm = "ES256" if isinstance(key, ECKey) else "PS256"
    # The issuer and not the endpoint: what another provider gets is worth nothing at this one.
    claims: dict[str, Any] = {
        "iss": provider.client_id,
        "sub": provider.client_id,
        "aud": metadata.issuer,
        "jti": secrets.token_urlsafe(16),
        "iat": at,
        "exp": at + _ASSERTION_SECONDS,
    }
    header = {"alg": algorithm, "kid": key.thumbprint()}
    return jwt.encode(header, claims, key, algorithms=[algorithm])
