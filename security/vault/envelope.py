"""Sealing columns: AES-256-GCM with the row's identity as associated data (ASVS 11.3.3).

A sealed value opens only in the table, column, row and tenant that it was sealed for, so a
flipped bit, a swapped row and a swapped column are refused alike.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_VERSION = b"\x01"
_NONCE_BYTES = 12


class CannotOpen(Exception):
    """The value was changed, moved, or sealed under another key."""


@dataclass(frozen=True)
class Place:
    """Where a sealed value lives."""

    table: str
    column: str
    row: str
    tenant: str | None

    def associated_data(self) -> bytes:
        """Return the place as bytes; no two places share them."""
        owner = "no tenant" if self.tenant is None else f"tenant {self.tenant}"
        parts = (self.table, self.column, self.row, owner)
        return b"".join(len(p.encode()).to_bytes(4, "big") + p.encode() for p in parts)


class Vault:
    """Seals and opens values under one key."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    def seal(self, plain: bytes, place: Place) -> bytes:
        """Return version, a random nonce and the ciphertext."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return _VERSION + nonce + self._cipher.encrypt(nonce, plain, place.associated_data())

    def open(self, sealed: bytes, place: Place) -> bytes:
        """Return what was sealed at `place`. Raises `CannotOpen`."""
        if sealed[:1] != _VERSION:
            raise CannotOpen("unknown version")
        nonce, ciphertext = sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
        try:
            return self._cipher.decrypt(nonce, ciphertext, place.associated_data())
        except (InvalidTag, ValueError):
            raise CannotOpen("changed, moved or sealed under another key") from None
