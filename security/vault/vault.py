"""The vault: seals and opens values, each under the data key of whom it is about."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from security.vault.envelope import Place, key_id_of, open_under, seal_under
from security.vault.owners import Owner


class KeySource(Protocol):
    """Where data keys come from, unwrapped."""

    def for_sealing(self, owner: Owner) -> tuple[bytes, AESGCM]:
        """Return id and cipher of the owner's present key, and count one seal."""

    def for_opening(self, key_id: bytes) -> AESGCM:
        """Return the cipher of a key. Raises `KeyGone` where the ring does not have it."""

    def lookup(self, column: str, tenant: str, value: str) -> str:
        """Return the keyed hash that a sealed value is found by."""

    def warm(self, tenant: str) -> None:
        """Get the keys of a tenant's people ready at once."""

    def get_ready(self, key_ids: Iterable[bytes], owners: Iterable[Owner]) -> None:
        """Get these keys at once, and make those of owners who have none, in one write."""

    def close(self) -> None:
        """Let go of all keys."""


class Vault:
    """Seals and opens values with the keys of a ring."""

    def __init__(self, keys: KeySource) -> None:
        self._keys = keys

    def seal(self, plain: bytes, place: Place, owner: Owner) -> bytes:
        """Return the envelope of `plain` for this place, under the owner's key."""
        key_id, cipher = self._keys.for_sealing(owner)
        return seal_under(cipher, key_id, plain, place)

    def open(self, sealed: bytes, place: Place) -> bytes:
        """Return what was sealed at `place`. Raises `CannotOpen`, `KeyGone` among it."""
        return open_under(self._keys.for_opening(key_id_of(sealed)), sealed, place)

    def lookup(self, column: str, tenant: str, value: str) -> str:
        """Return the keyed hash that a sealed value of one tenant is found by."""
        return self._keys.lookup(column, tenant, value)

    def warm(self, tenant: str) -> None:
        """Get the keys of a tenant's people ready at once, before many of them are read."""
        self._keys.warm(tenant)

    def get_ready(self, key_ids: Iterable[bytes], owners: Iterable[Owner]) -> None:
        """Get keys at once that much is going to be opened, or sealed, under."""
        self._keys.get_ready(key_ids, owners)

    def close(self) -> None:
        """Let go of all keys."""
        self._keys.close()
