"""Where somebody came from, as the trail knows it."""

from __future__ import annotations

from runtime.addresses import network_of
from security.vault.keys import KeyRing

_LENGTH = 24


def origin_of(keys: KeyRing, address: str) -> str:
    """Return the keyed digest of an address's network: the same network, the same digest."""
    return keys.address_hash(f"origin\x00{network_of(address)}")[:_LENGTH]
