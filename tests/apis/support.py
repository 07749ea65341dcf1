"""Tokens and proofs for any API in this process, as security would mint them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from joserfc.jwk import OKPKey

from apis.common.setup import Preparation
from security.tokens.dpop import ProofKey
from security.tokens.issuer import Authentication, Grant, Signer, TokenIssuer
from security.tokens.keys import PublishedKeys, generate_signing_key, public_keys
from security.tokens.verifier import DEFAULT_ISSUER, TokenVerifier


def set_up(
    folder: Path,
    preparation: Preparation[Any],
    book: Mapping[str, Any],
    subjects: Mapping[str, Mapping[str, str]],
    now: datetime,
    signing_key: OKPKey,
) -> Path:
    """Set an API up in a new home below `folder`, with the public half of the key; return it."""
    seed = folder / "seed.yml"
    seed.write_text(json.dumps(book), "utf-8")  # JSON is YAML too.
    home = folder / "home"
    preparation.prepare(home, seed, json.dumps(subjects), now)
    jwks = home / "keys" / "public" / "jwks.json"
    jwks.parent.mkdir(parents=True)
    jwks.write_bytes(public_keys(signing_key))
    return home


def verifier_of(home: Path, audience: str) -> TokenVerifier:
    """Return the verifier of an API that was set up so."""
    return TokenVerifier(
        PublishedKeys(home / "keys" / "public" / "jwks.json"), audience, DEFAULT_ISSUER
    )


class Doorkeeper:
    """A signing key of this test, the verifier that knows it, and requests that it lets in."""

    def __init__(self, home: Path, audience: str, base_url: str, now: datetime) -> None:
        signing = generate_signing_key()
        jwks = home / "keys" / "public" / "jwks.json"
        jwks.parent.mkdir(parents=True, exist_ok=True)
        jwks.write_bytes(public_keys(signing))
        self.verifier = TokenVerifier(PublishedKeys(jwks), audience, DEFAULT_ISSUER)
        self.issuer = TokenIssuer(Signer(signing), DEFAULT_ISSUER)
        self.key = ProofKey()
        self._audience, self._base_url, self._now = audience, base_url, now

    def headers(
        self,
        method: str,
        path: str,
        subject: str,
        tenant: str,
        scope: str,
        *,
        operation: str | None = None,
        arguments: Mapping[str, Any] | None = None,
        key: str | None = None,
    ) -> dict[str, str]:
        """Return the headers of one request: for a write, `operation` with its `arguments`."""
        details: list[dict[str, Any]] = []
        if operation is not None:
            details = [{"type": operation, "arguments": dict(arguments or {})}]
            details[0] |= {} if key is None else {"identifier": key}
        grant = Grant(
            subject,
            tenant,
            self._audience,
            scope,
            self.key.thumbprint,
            details=details,
            authentication=Authentication("aal2", self._now),
        )
        token = self.issuer.mint(grant, self._now).value
        proof = self.key.prove(method, f"{self._base_url}{path}", token, self._now)
        given = {"Authorization": f"DPoP {token}", "DPoP": proof}
        return given if key is None else {**given, "Idempotency-Key": key}
