"""Envelopes of version 1, under one derived key: read by the migration alone, never written."""

from __future__ import annotations

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from security.vault.envelope import CannotOpen

_VERSION = b"\x01"
_NONCE_END = 13


class OldVault:
    """Opens what was sealed before data keys were kept in a ring."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    def open(self, sealed: bytes, table: str, column: str, row: str, tenant: str | None) -> bytes:
        """Return what was sealed there. Raises `CannotOpen`."""
        if sealed[:1] != _VERSION:
            raise CannotOpen("unknown version")
        owner = "no tenant" if tenant is None else f"tenant {tenant}"
        parts = [part.encode() for part in (table, column, row, owner)]
        place = b"".join(len(part).to_bytes(4, "big") + part for part in parts)
        try:
            return self._cipher.decrypt(sealed[1:_NONCE_END], sealed[_NONCE_END:], place)
        except (InvalidTag, ValueError):
            raise CannotOpen("changed, moved or sealed under another key") from None
