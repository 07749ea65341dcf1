"""The seeds of the keys that sign the trail's checkpoints: one, and while they change, two."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from security.adapters.ring_store import RingStore
from security.audit.checkpoint import Last, TrailKey
from security.vault.owners import Scope

TRAIL = "trail"


class TrailSeeds:
    """In the key ring. Which of them signs is what the last checkpoint says, after a crash too."""

    def __init__(
        self,
        store: RingStore,
        unwrapped: Callable[[Any], bytes],
        add: Callable[[bytes, int], object],
    ) -> None:
        """`add` puts a new seed into the ring, wrapped, as one of so many µs later than now."""
        self._store = store
        self._unwrapped = unwrapped
        self._add = add
        self._known: dict[str, TrailKey] = {}

    def first(self) -> TrailKey:
        """Return the oldest key, made where there is none."""
        if not (rows := self._rows()):
            self._add(AESGCM.generate_key(256), 0)
            rows = self._rows()
        return TrailKey(self._unwrapped(rows[0]))

    def after(self, last: Last) -> TrailKey:
        """Return the key that signs the next checkpoint.

        Raises `ValueError` where the last one was signed by a key that this ring has not got.
        """
        wanted = last.next_key or last.key
        if wanted is None:
            return self.first()
        if wanted not in self._known:
            keys = [TrailKey(self._unwrapped(row)) for row in self._rows()]
            self._known = {key.id: key for key in keys}
        if wanted not in self._known:
            raise ValueError("the trail's last checkpoint was signed by another key")
        return self._known[wanted]

    def stage(self, last: Last) -> TrailKey:
        """Return the key that is to sign after this one: the one that was staged, or a new one."""
        present = self.after(last).id
        for _ in range(2):
            for row in self._rows():
                key = TrailKey(self._unwrapped(row))
                if key.id != present:
                    return key
            self._add(AESGCM.generate_key(256), 1)  # Never the oldest one.
        raise ValueError("the ring keeps no second key of the trail")

    def destroy_but(self, key: TrailKey) -> None:
        """Destroy every other key of the trail: what they have signed stays signed."""
        others = [row.id for row in self._rows() if TrailKey(self._unwrapped(row)).id != key.id]
        self._store.destroy(others)
        self._known = {key.id: key}

    def _rows(self) -> Any:
        return self._store.all_active(Scope.SYSTEM, TRAIL)
