"""DPoP (RFC 9449): a token opens nothing for whoever has not the private key that it names."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from security.tokens.compact import ALGORITHM, Unreadable, is_canonical, read

PROOF_TYPE = "dpop+jwt"
PROOF_LIFE = timedelta(seconds=60)
"""How old a proof may be; at this age it is too old."""
SKEW = timedelta(seconds=5)
"""How far the clock of whoever made a proof may be ahead."""

_HEADER_NAMES = frozenset({"alg", "typ", "jwk"})
_JWK_NAMES = {"kty", "crv", "x"}
_ID = re.compile(r"[\x21-\x7e]{8,128}", re.ASCII)


class ProofRefused(Exception):
    """The proof is not accepted; the reason is for the log only."""


@dataclass(frozen=True)
class Proof:
    """A proof that holds: `thumbprint` names its key (RFC 7638), `id` is good for one use."""

    thumbprint: str
    id: str
    expires_at: datetime
    """From then on the proof is too old, and its id may be forgotten."""


class ProofKey:
    """A private key that makes proofs; it lives in the memory of one process, for one start."""

    def __init__(self) -> None:
        self._key = OKPKey.generate_key("Ed25519", private=True)
        public = self._key.as_dict(private=False)
        jwk = {name: public[name] for name in sorted(_JWK_NAMES)}
        self._header = {"typ": PROOF_TYPE, "alg": ALGORITHM, "jwk": jwk}
        self.thumbprint = self._key.thumbprint()

    def __repr__(self) -> str:
        return f"ProofKey(thumbprint={self.thumbprint!r})"

    def prove(self, method: str, url: str, token: str | None, now: datetime) -> str:
        """Return a proof for one request; `url` without query and fragment.

        `token` is the access token that goes with it, None where one is only asked for.
        """
        claims: dict[str, Any] = {
            "jti": secrets.token_urlsafe(16),
            "htm": method,
            "htu": url,
            "iat": int(now.timestamp()),
        }
        if token is not None:
            claims["ath"] = hash_of(token)
        return jws.serialize_compact(
            self._header, orjson.dumps(claims), self._key, algorithms=[ALGORITHM]
        )


def hash_of(token: str) -> str:
    """Return the `ath` of a token: its SHA-256 in base64url (RFC 9449 section 4.2)."""
    digest = hashlib.sha256(token.encode("ascii")).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def check_proof(text: str, *, method: str, url: str, token: str | None, now: datetime) -> Proof:
    """Return what a proof proves for exactly this request (RFC 9449 section 4.3).

    Raises `ProofRefused`. That its id is new is for a `ReplayCache` to say.
    """
    try:
        proof = read(text, (PROOF_TYPE,), _HEADER_NAMES)
        key = _public_key(proof.header["jwk"])
        proof.verify(key)
    except Unreadable as error:
        raise ProofRefused(str(error)) from None
    claims = proof.claims
    if claims.get("htm") != method or claims.get("htu") != url:
        raise ProofRefused("proof of another request")
    ath = claims.get("ath")
    if token is not None:
        good = isinstance(ath, str) and hmac.compare_digest(ath.encode(), hash_of(token).encode())
        if not good:
            raise ProofRefused("proof for another token")
    elif ath is not None:
        raise ProofRefused("proof for a token where there is none")
    issued, proof_id = claims.get("iat"), claims.get("jti")
    if isinstance(issued, bool) or not isinstance(issued, int):
        raise ProofRefused("times are whole seconds")
    if not -SKEW.total_seconds() <= now.timestamp() - issued < PROOF_LIFE.total_seconds():
        raise ProofRefused("proof too old or from the future")
    if not isinstance(proof_id, str) or not _ID.fullmatch(proof_id):
        raise ProofRefused("no usable id")
    ends = datetime.fromtimestamp(issued, now.tzinfo) + PROOF_LIFE
    thumbprint = key.thumbprint()
    return Proof(thumbprint, f"{thumbprint} {proof_id}", ends)


def _public_key(jwk: Any) -> OKPKey:
    """Return the key that a proof brings along: public, Ed25519, and nothing beside it."""
    if not isinstance(jwk, dict) or set(jwk) != _JWK_NAMES:
        raise Unreadable("no plain public key")
    x = jwk["x"]
    if (jwk["kty"], jwk["crv"]) != ("OKP", "Ed25519") or not isinstance(x, str):
        raise Unreadable("no Ed25519 key")
    if not re.fullmatch(r"[A-Za-z0-9_-]{43}", x) or not is_canonical(x):
        raise Unreadable("no Ed25519 key")
    try:
        return OKPKey.import_key(jwk)
    except (JoseError, ValueError, TypeError, KeyError):
        raise Unreadable("no Ed25519 key") from None
