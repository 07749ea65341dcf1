"""Keys of the issuer and of others, and tokens signed by hand, so that anything can be forged."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc.jwk import OKPKey

from security.tokens.dpop import ProofKey
from security.tokens.issuer import Signer, TokenIssuer
from security.tokens.keys import PublishedKeys, generate_signing_key, public_keys
from security.tokens.verifier import (
    DEFAULT_ISSUER,
    AccessClaims,
    Needed,
    Presented,
    TokenVerifier,
)
from tests.security.fakes import NOW

ISSUER = DEFAULT_ISSUER
URL = "http://banking/accounts"
AUDIENCE = "urn:gatehouse:api:banking"
SCOPE = "banking:accounts:read"


def b64(data: bytes) -> str:
    """Return unpadded base64url (RFC 7515 section 2)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64(text: str) -> bytes:
    """Return the bytes of unpadded base64url."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


HOLDER = ProofKey()
"""Who holds the tokens of these tests: whatever is wrong with a token, its proof is right."""


def present(token: str, now: datetime = NOW, **changed: Any) -> Presented:
    """Return a good request with this token, and a proof of its holder."""
    try:
        proof = HOLDER.prove("GET", URL, token, now)
    except UnicodeEncodeError:
        proof = None
    given = {"authorization": f"DPoP {token}", "proof": proof, "method": "GET", "url": URL}
    return Presented(**{**given, **changed})


def verify(
    verifier: TokenVerifier, token: str, now: datetime = NOW, needed: Needed | None = None
) -> AccessClaims:
    """Return the claims of a token that its holder presents; raises `TokenRefused`."""
    return verifier.verify(present(token, now), needed or Needed(SCOPE), now)[0]


class Forge:
    """Makes tokens of any header and claims, signed with the issuer's key or another."""

    def __init__(self, key: OKPKey) -> None:
        self.key = key
        self.kid = str(key.kid)
        self.private = Ed25519PrivateKey.from_private_bytes(
            unb64(str(key.as_dict(private=True)["d"]))
        )
        self.public_bytes = self.private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)

    @property
    def header(self) -> dict[str, Any]:
        """The header that the issuer writes."""
        return {"alg": "Ed25519", "kid": self.kid, "typ": "at+jwt"}

    @property
    def claims(self) -> dict[str, Any]:
        """The claims of a good token, issued now for thirty seconds."""
        issued = int(NOW.timestamp())
        return {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": "pairwise-alice",
            "act": {"sub": "urn:gatehouse:bot"},
            "client_id": "urn:gatehouse:bot",
            "tenant": "northwind-bank",
            "scope": SCOPE,
            "cnf": {"jkt": HOLDER.thumbprint},
            "jti": "token-1",
            "iat": issued,
            "exp": issued + 30,
        }

    def sign(self, header: str, payload: str) -> str:
        """Return a compact token of two parts that are base64 already, well signed."""
        signature = self.private.sign(f"{header}.{payload}".encode())
        return f"{header}.{payload}.{b64(signature)}"

    def token(
        self,
        header: Mapping[str, Any] | None = None,
        claims: Mapping[str, Any] | None = None,
        **changed: Any,
    ) -> str:
        """Return a well-signed token; `changed` claims replace those of a good one."""
        head = self.header if header is None else header
        body = {**(self.claims if claims is None else claims), **changed}
        return self.sign(b64(json.dumps(head).encode()), b64(json.dumps(body).encode()))

    def raw(self, header: bytes, payload: bytes) -> str:
        """Return a well-signed token of any bytes."""
        return self.sign(b64(header), b64(payload))

    def hmac_token(self, alg: str, secret: bytes) -> str:
        """Return a token whose signature is an HMAC: what a confused verifier would accept."""
        parts = [{**self.header, "alg": alg}, self.claims]
        signed = ".".join(b64(json.dumps(part).encode()) for part in parts)
        return f"{signed}.{b64(hmac.new(secret, signed.encode(), hashlib.sha256).digest())}"


@pytest.fixture(scope="session")
def signing_key() -> OKPKey:
    return generate_signing_key()


@pytest.fixture(scope="session")
def forge(signing_key: OKPKey) -> Forge:
    return Forge(signing_key)


@pytest.fixture(scope="session")
def jwks(signing_key: OKPKey, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("keys") / "jwks.json"
    file.write_bytes(public_keys(signing_key))
    return file


@pytest.fixture(scope="session")
def verifier(jwks: Path) -> TokenVerifier:
    return TokenVerifier(PublishedKeys(jwks), AUDIENCE, ISSUER)


@pytest.fixture
def issuer(signing_key: OKPKey) -> TokenIssuer:
    return TokenIssuer(Signer(signing_key), ISSUER, timedelta(seconds=30))
