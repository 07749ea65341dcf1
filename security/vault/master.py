"""The master key: it wraps data keys and seals nothing else.

Where it is kept is behind one port, so that a key management service can stand in the place of
the file that is the default (`security.adapters.master_file`).
"""

from __future__ import annotations

import secrets
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from security.vault.envelope import CannotOpen

_NONCE_BYTES = 12


class MasterKey:
    """One master key: its id, and what it wraps. The key itself is never shown."""

    def __init__(self, secret: bytes) -> None:
        if len(secret) != 32:
            raise ValueError("the master key has 32 bytes")
        if not any(secret):
            raise ValueError("the master key was destroyed")
        self.id = _derive(secret, "master-id", 8).hex()
        self._cipher = AESGCM(_derive(secret, "wrapping", 32))

    def __repr__(self) -> str:
        return f"MasterKey({self.id})"

    def wrap(self, key: bytes, about: bytes) -> bytes:
        """Return `key` encrypted (AES-256-GCM); `about` is bound to it."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, key, about)

    def unwrap(self, wrapped: bytes, about: bytes) -> bytes:
        """Return the key. Raises `CannotOpen`."""
        try:
            return self._cipher.decrypt(wrapped[:_NONCE_BYTES], wrapped[_NONCE_BYTES:], about)
        except (InvalidTag, ValueError):
            raise CannotOpen("not a key of this master key") from None


class MasterKeys(Protocol):
    """Where the master key is kept: one that wraps, and for a rotation the next one beside it."""

    def current(self) -> MasterKey:
        """Return the key that new data keys are wrapped under: the next one once it is staged."""

    def known(self, key_id: str) -> MasterKey | None:
        """Return a key that is kept, by its id; None where there is none such."""

    def staged(self) -> bool:
        """Tell whether a rotation has begun and not ended."""

    def stage(self) -> MasterKey:
        """Keep a new key beside the present one, durably; the one of a begun rotation stays."""

    def promote(self) -> None:
        """Put the staged key in the place of the old one, which is destroyed."""


def _derive(secret: bytes, purpose: str, length: int) -> bytes:
    info = f"gatehouse/{purpose}".encode()
    return HKDF(algorithm=SHA256(), length=length, salt=None, info=info).derive(secret)
