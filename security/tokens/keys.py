"""Ed25519 signing keys (RFC 8037, algorithm name of RFC 9864) as JWK files.

What is published says of a key that no longer signs until when its tokens may live: `exp`.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from security.tokens.compact import ALGORITHM

__all__ = ["ALGORITHM"]

_BROKEN = (JoseError, ValueError, KeyError, TypeError, AttributeError)
"""What a file provokes in the library that is not what it should be."""


@dataclass(frozen=True)
class PublicKey:
    """A key that verifies; from `until` on, where there is one, it verifies nothing."""

    key: OKPKey
    until: datetime | None = None

    @property
    def kid(self) -> str:
        """The key's name in a token's header."""
        return str(self.key.kid)

    def is_honoured(self, now: datetime) -> bool:
        """Tell whether a token of this key may still be accepted."""
        return self.until is None or now < self.until

    def as_jwk(self) -> dict[str, Any]:
        """Return the public JWK, as published."""
        jwk = {**self.key.as_dict(private=False), "alg": ALGORITHM, "use": "sig"}
        jwk.pop("exp", None)
        return jwk if self.until is None else {**jwk, "exp": int(self.until.timestamp())}


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


def public_keys(*keys: OKPKey) -> bytes:
    """Return the JWKS document (RFC 7517) of keys that sign."""
    return document_of(PublicKey(key) for key in keys)


def document_of(keys: Iterable[PublicKey]) -> bytes:
    """Return the JWKS document that the APIs read."""
    return orjson.dumps({"keys": [key.as_jwk() for key in keys]})


def read_public_keys(content: bytes, name: str) -> tuple[PublicKey, ...]:
    """Read a JWKS of public Ed25519 keys; anything private, unnamed or of another kind is refused.

    Raises `ValueError` with the document's `name`.
    """
    try:
        keys = tuple(_public(jwk) for jwk in orjson.loads(content)["keys"])
    except _BROKEN:
        raise ValueError(f"{name} may hold public Ed25519 keys only") from None
    if not keys or len({key.kid for key in keys}) != len(keys):
        raise ValueError(f"{name} holds no key, or two of one name")
    return keys


def load_public_keys(path: Path) -> tuple[PublicKey, ...]:
    """Read the JWKS file at `path`. Raises `OSError` or `ValueError`."""
    return read_public_keys(path.read_bytes(), path.name)


def _public(jwk: Mapping[str, Any]) -> PublicKey:
    key = OKPKey.import_key(dict(jwk))
    if key.is_private or key.curve_name != "Ed25519" or not isinstance(jwk.get("kid"), str):
        raise ValueError
    until = jwk.get("exp")
    return PublicKey(key, None if until is None else datetime.fromtimestamp(until, UTC))


class PublishedKeys:
    """The published keys of a file, held in memory: looking one up touches no file.

    `reload` is called at the side, and swaps all of them at once.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen: tuple[int, int, int] | None = None
        self._keys: Mapping[str, PublicKey] = {}
        self._document = b""
        self.reload()

    @property
    def document(self) -> bytes:
        """The document itself, as it is published."""
        return self._document

    def find(self, kid: object, now: datetime) -> OKPKey | None:
        """Return the key of this name, None where there is none that is honoured now."""
        found = self._keys.get(kid) if isinstance(kid, str) else None
        return found.key if found is not None and found.is_honoured(now) else None

    def reload(self) -> bool:
        """Read the file again where it has changed; tell if it had.

        Raises `OSError` or `ValueError`, and then keeps the keys that it has.
        """
        status = self._path.stat()
        seen = (status.st_ino, status.st_mtime_ns, status.st_size)
        if seen == self._seen:
            return False
        content = self._path.read_bytes()
        keys = {key.kid: key for key in read_public_keys(content, self._path.name)}
        self._keys, self._document, self._seen = keys, content, seen
        return True
