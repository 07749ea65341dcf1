"""Envelopes: AES-256-GCM with the row's identity as associated data (ASVS 11.3.3).

A sealed value opens only in the table, column, row, tenant and for the person that it was sealed
for, so a flipped bit, a swapped row and a swapped column are refused alike. It names the data key
that it is under: version (1 byte), key id (8), nonce (12, random), ciphertext and tag (16).
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_ID_BYTES = 8
_VERSION = b"\x02"
_NONCE_BYTES = 12
_HEAD_BYTES = 1 + KEY_ID_BYTES
_NONCE_END = _HEAD_BYTES + _NONCE_BYTES


class CannotOpen(Exception):
    """The value was changed, moved, or sealed under another key."""


class KeyGone(CannotOpen):
    """The key that it was sealed under is in no ring, or not any more: it was destroyed."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a sealed value lives, and whose it is."""

    table: str
    column: str
    row: str
    tenant: str | None
    person: str | None = None

    def associated_data(self) -> bytes:
        """Return the place as bytes; no two places share them."""
        parts = (
            self.table.encode(),
            self.column.encode(),
            self.row.encode(),
            b"-" if self.tenant is None else b"=" + self.tenant.encode(),
            b"-" if self.person is None else b"=" + self.person.encode(),
        )
        return b"".join(len(part).to_bytes(4, "big") + part for part in parts)


def seal_under(cipher: AESGCM, key_id: bytes, plain: bytes, place: Place) -> bytes:
    """Return the envelope of `plain`, with a nonce of its own."""
    nonce, head = secrets.token_bytes(_NONCE_BYTES), _VERSION + key_id
    return head + nonce + cipher.encrypt(nonce, plain, head + place.associated_data())


def open_under(cipher: AESGCM, sealed: bytes, place: Place) -> bytes:
    """Return what was sealed at `place`. Raises `CannotOpen`."""
    head, nonce = sealed[:_HEAD_BYTES], sealed[_HEAD_BYTES:_NONCE_END]
    try:
        return cipher.decrypt(nonce, sealed[_NONCE_END:], head + place.associated_data())
    except (InvalidTag, ValueError):
        raise CannotOpen("changed, moved or sealed under another key") from None


def key_id_of(sealed: bytes) -> bytes:
    """Return the id of the key that an envelope is under. Raises `CannotOpen`."""
    if sealed[:1] != _VERSION or len(sealed) < _NONCE_END:
        raise CannotOpen("unknown version")
    return sealed[1:_HEAD_BYTES]
