"""An authenticator in software, written from the specification: it makes and shows passkeys.

Each part of what it shows can be bent, for tests of what is refused.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from dataclasses import dataclass, field
from typing import Any

import cbor2
import orjson
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa

PRESENT, VERIFIED, ATTESTED, EXTENDED = 0x01, 0x04, 0x40, 0x80


def b64(raw: bytes) -> str:
    """Return base64url without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def unb64(text: str) -> bytes:
    """Return what base64url without padding stands for."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def cose_of(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> dict[int, Any]:
    """Return the public key as COSE writes it (RFC 9052): ES256 or RS256."""
    if isinstance(key, rsa.RSAPrivateKey):
        told = key.public_key().public_numbers()
        return {1: 3, 3: -257, -1: told.n.to_bytes(key.key_size // 8), -2: told.e.to_bytes(3)}
    point = key.public_key().public_numbers()
    return {1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32), -3: point.y.to_bytes(32)}


@dataclass
class Bent:
    """What one answer tells otherwise than it should."""

    origin: str | None = None
    rp_id: str | None = None
    challenge: bytes | None = None
    kind: str | None = None
    flags: int | None = None
    cross_origin: bool = False
    top_origin: str | None = None
    signature: bytes | None = None


@dataclass
class SoftAuthenticator:
    """One passkey: an ES256 key in memory, and a counter where `counts`."""

    origin: str
    counts: bool = True
    count: int = 0
    id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    handle: bytes = b""
    cose: dict[int, Any] | None = None
    """Another key than its own, where it lies."""
    extensions: bytes = b""
    form: str = "none"

    def make(self, options: dict[str, Any], bent: Bent | None = None) -> dict[str, Any]:
        """Answer `navigator.credentials.create`."""
        bent = bent or Bent()
        self.handle = unb64(options["user"]["id"])
        cose = self.cose or cose_of(self.key)
        flags = PRESENT | VERIFIED | ATTESTED if bent.flags is None else bent.flags
        attested = bytes(16) + len(self.id).to_bytes(2) + self.id + cbor2.dumps(cose)
        data = self._data(options["rp"]["id"], flags, bent, attested)
        statement = cbor2.dumps({"fmt": self.form, "attStmt": {}, "authData": data})
        client = self._client("webauthn.create", options, bent)
        response = {
            "clientDataJSON": b64(client),
            "attestationObject": b64(statement),
            "transports": ["internal"],
        }
        return self._whole(response)

    def show(self, options: dict[str, Any], bent: Bent | None = None) -> dict[str, Any]:
        """Answer `navigator.credentials.get`."""
        bent = bent or Bent()
        self.count += self.counts
        flags = PRESENT | VERIFIED if bent.flags is None else bent.flags
        data = self._data(options["rpId"], flags, bent)
        client = self._client("webauthn.get", options, bent)
        signed = data + hashlib.sha256(client).digest()
        signature = self.key.sign(signed, ec.ECDSA(hashes.SHA256()))
        response = {
            "clientDataJSON": b64(client),
            "authenticatorData": b64(data),
            "signature": b64(bent.signature or signature),
            "userHandle": b64(self.handle),
        }
        return self._whole(response)

    def _data(self, rp_id: str, flags: int, bent: Bent, attested: bytes = b"") -> bytes:
        about = hashlib.sha256((bent.rp_id or rp_id).encode()).digest()
        told = flags | EXTENDED if self.extensions else flags
        count = (self.count if self.counts else 0).to_bytes(4)
        return about + bytes([told]) + count + attested + self.extensions

    def _client(self, kind: str, options: dict[str, Any], bent: Bent) -> bytes:
        challenge = b64(bent.challenge) if bent.challenge is not None else options["challenge"]
        return orjson.dumps(
            {
                "type": bent.kind or kind,
                "challenge": challenge,
                "origin": bent.origin or self.origin,
                "crossOrigin": bent.cross_origin,
                **({"topOrigin": bent.top_origin} if bent.top_origin else {}),
            }
        )

    def _whole(self, response: dict[str, Any]) -> dict[str, Any]:
        return {
            "id": b64(self.id),
            "rawId": b64(self.id),
            "type": "public-key",
            "response": response,
            "clientExtensionResults": {},
            "authenticatorAttachment": "platform",
        }
