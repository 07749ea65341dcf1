"""The form of a sealed value: AES-256-GCM (NIST SP 800-38D), bound to where it is kept.

Version byte, key id, nonce, ciphertext with its tag. What is associated with it (table, column,
row, tenant) is not in it: a value that was moved opens nowhere, like one that was changed.
"""

from __future__ import annotations

import secrets
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

VERSION = b"\x02"
KEY_ID_BYTES = 8
COLUMN = "sealed"
"""The one sealed column of a row: all of its sealed fields are in it, and change together."""
_NONCE_BYTES = 12
_NONCE_AT = 1 + KEY_ID_BYTES
_TEXT_AT = _NONCE_AT + _NONCE_BYTES


class CannotOpen(Exception):
    """The value was changed, moved, or sealed under a key that is not there."""


def key_id_of(sealed: bytes) -> bytes:
    """Return the id of the key that a value is sealed under. Raises `CannotOpen`."""
    if sealed[:1] != VERSION or len(sealed) <= _TEXT_AT:
        raise CannotOpen("not of this version")
    return sealed[1:_NONCE_AT]


def seal(key_id: bytes, cipher: AESGCM, plain: bytes, place: bytes) -> bytes:
    """Return the envelope of `plain` at `place`."""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return VERSION + key_id + nonce + cipher.encrypt(nonce, plain, place)


def unseal(cipher: AESGCM, sealed: bytes, place: bytes) -> bytes:
    """Return what was sealed at `place`. Raises `CannotOpen`."""
    try:
        return cipher.decrypt(sealed[_NONCE_AT:_TEXT_AT], sealed[_TEXT_AT:], place)
    except (InvalidTag, ValueError):
        raise CannotOpen("changed, moved or sealed under another key") from None


def place_of(table: str, row: str, tenant: str) -> bytes:
    """Return what a value is associated with; no two places share it."""
    name = row.encode()
    return _table(table) + len(name).to_bytes(4, "big") + name + _owner(tenant)


@lru_cache(64)
def _table(table: str) -> bytes:
    return _part(table) + _part(COLUMN)


@lru_cache(64)
def _owner(tenant: str) -> bytes:
    return _part(f"tenant {tenant}")


def _part(text: str) -> bytes:
    raw = text.encode()
    return len(raw).to_bytes(4, "big") + raw
