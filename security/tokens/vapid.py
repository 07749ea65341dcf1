"""Our key for push services (RFC 8292): they know by it who asks, and take pushes of nobody else.

Whoever changes it has everybody enrol their devices anew: a browser subscribes for one key.
"""

from __future__ import annotations

import base64
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

VAPID_KEY_FILE = "vapid.pem"


class PushKey:
    """A private key of P-256; made anew where none is given."""

    def __init__(self, private: ec.EllipticCurvePrivateKey | None = None) -> None:
        self.private = private or ec.generate_private_key(ec.SECP256R1())
        raw = self.private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        self.public = base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
        """What browsers subscribe with: the uncompressed point in base64url."""

    def __repr__(self) -> str:
        return f"PushKey(public={self.public!r})"

    def pem(self) -> bytes:
        """Return the private key (PKCS #8, PEM)."""
        return self.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def load_push_key(path: Path) -> PushKey:
    """Read the key. Raises `OSError`, and `ValueError` where the file holds no key of P-256."""
    private = load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(private, ec.EllipticCurvePrivateKey) or private.curve.name != "secp256r1":
        raise ValueError(f"keys/{path.name} is no key of P-256")
    return PushKey(private)
