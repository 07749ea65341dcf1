"""Ed25519 signing keys (RFC 8037, algorithm name of RFC 9864) as JWK files."""

from __future__ import annotations

import os
from pathlib import Path

import orjson
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, OKPKey

ALGORITHM = "Ed25519"


_BROKEN = (JoseError, ValueError, KeyError, TypeError, AttributeError)
"""What a file provokes in the library that is not what it should be."""


def generate_signing_key() -> OKPKey:
    """Return a new private key whose `kid` is its RFC 7638 thumbprint."""
    key = OKPKey.generate_key("Ed25519", private=True)
    return OKPKey.import_key({**key.as_dict(private=True), "kid": key.thumbprint(), "use": "sig"})


def load_signing_key(path: Path) -> OKPKey:
    """Read a private JWK. Raises `OSError` or `ValueError` where it is missing or broken.

    One that others than its owner may read is refused.
    """
    if path.stat().st_mode & 0o077:
        raise PermissionError(f"{path} may be readable for its owner only: chmod 600 {path}")
    try:
        key = OKPKey.import_key(orjson.loads(path.read_bytes()))
    except _BROKEN:
        raise ValueError(f"{path.name} is no signing key") from None
    if not key.is_private or key.curve_name != "Ed25519" or key.kid is None:
        raise ValueError(f"{path.name} is no private Ed25519 key with a kid")
    return key


def write_private(path: Path, content: bytes) -> None:
    """Create `path` for its owner only, and only if it is not there yet."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def public_keys(key: OKPKey) -> bytes:
    """Return the JWKS document (RFC 7517) that the APIs read."""
    return orjson.dumps({"keys": [key.as_dict(private=False)]})


def load_public_keys(path: Path) -> KeySet:
    """Read a JWKS of public Ed25519 keys; anything private or of another kind is refused."""
    try:
        keys = KeySet.import_key_set(orjson.loads(path.read_bytes()))
    except _BROKEN:
        raise ValueError(f"{path.name} is no set of public keys") from None
    for key in keys.keys:
        if not isinstance(key, OKPKey) or key.is_private or key.curve_name != "Ed25519":
            raise ValueError(f"{path.name} may hold public Ed25519 keys only")
    if not keys.keys:
        raise ValueError(f"{path.name} holds no key")
    return keys
