"""Data keys in use: found in the ring, unwrapped, kept in memory within a bound, and counted.

A key's seals are counted in steps that are reserved ahead, so that sealing writes nothing. With
random nonces of 96 bits a key may seal 2^32 times (SP 800-38D, 8.3); it gets a successor at half
of that. Python cannot wipe memory: a key that is destroyed is let go of, and no more.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from security.adapters.ring_rows import About, Destroyed, Sealing, about, micros, wrapped_row
from security.adapters.ring_store import RingStore, StaleMaster
from security.adapters.trail_seeds import TRAIL, TrailSeeds
from security.clock import Clock
from security.vault.envelope import KEY_ID_BYTES, CannotOpen, KeyGone
from security.vault.keys import KEY_BYTES, KeyRing
from security.vault.master import MasterKey, MasterKeys
from security.vault.owners import Owner, Scope

STEP = 1 << 16
"""How many seals are reserved at once; a process that stops forgoes what it has left."""
BUDGET = 1 << 31
KEPT = 16_384
"""How many unwrapped keys are kept in memory: some 20 MB at most."""
LOOKS_EVERY = 2.0
"""After how many seconds it is noticed at the latest that another process destroyed a key."""
COLUMNS, ROOT = "columns", "root"


class DataKeys:
    """Implements `security.vault.vault.KeySource`, and what is done to keys as a whole."""

    def __init__(
        self, store: RingStore, masters: MasterKeys, clock: Clock, before: bytes | None = None
    ) -> None:
        """`before`: the root of a home from before there was a ring."""
        self._store, self._masters, self._clock = store, masters, clock
        self._lock = threading.RLock()
        self._opening: OrderedDict[bytes, AESGCM] = OrderedDict()
        self._sealing: OrderedDict[Owner, Sealing] = OrderedDict()
        self.derived = KeyRing(self._own(ROOT, before))
        system = Owner(Scope.SYSTEM)
        self.trail = TrailSeeds(
            store, self._unwrapped, lambda seed, later: self._add([(system, TRAIL, seed)], later)
        )
        self._generation, self._looked = store.generation(), time.monotonic()

    # What the vault asks for.

    def for_sealing(self, owner: Owner) -> tuple[bytes, AESGCM]:
        """See `KeySource`."""
        with self._lock:
            self._look()
            key = self._sealing.get(owner)
            if key is None or key.left <= 0:
                key = self._present(owner)
            key.left -= 1
            return key.id, key.cipher

    def for_opening(self, key_id: bytes) -> AESGCM:
        """See `KeySource`."""
        with self._lock:
            self._look()
            cipher = self._opening.get(key_id)
            if cipher is None:
                row = self._store.find(key_id.hex())
                if row is None:
                    raise KeyGone("its key was destroyed")
                return self._keep(row)
            self._opening.move_to_end(key_id)
            return cipher

    def lookup(self, column: str, tenant: str, value: str) -> str:
        """See `KeySource`."""
        return self.derived.lookup(column, tenant, value)

    def make(self, owners: Iterable[Owner]) -> None:
        """Make the first keys of new owners, in one write."""
        wanted = [(owner, COLUMNS, AESGCM.generate_key(256)) for owner in owners]
        if wanted:
            with self._lock:
                made = self._add(wanted)
                for (owner, _, _), (key_id, secret) in zip(
                    wanted[-KEPT:], made[-KEPT:], strict=True
                ):
                    self._use(owner, Sealing(key_id, AESGCM(secret), STEP))

    def get_ready(self, key_ids: Iterable[bytes], owners: Iterable[Owner]) -> None:
        """See `KeySource`."""
        with self._lock:
            for row in self._store.find_all([i.hex() for i in key_ids if i not in self._opening]):
                self._keep(row)
            wanted = {owner: self._hash_of(owner) for owner in owners if owner not in self._sealing}
            known = self._store.active_of([each for each in wanted.values() if each is not None])
            self.make(
                owner
                for owner, hashed in wanted.items()
                if hashed is not None and (owner.scope, owner.tenant, hashed) not in known
            )

    def warm(self, tenant: str) -> None:
        """See `KeySource`."""
        with self._lock:
            for row in self._store.of_tenant(tenant, Scope.PERSON_ERASABLE, KEPT // 2):
                if bytes.fromhex(row.id) not in self._opening:
                    self._keep(row)

    # The end of keys.

    def destroy_person_keys(
        self, person_id: str, retained_until: datetime | None = None
    ) -> Destroyed:
        """Destroy a person's erasable keys now, and the retained ones on a date.

        They never get another erasable key. Without a date the retained ones stay. In this process
        nothing of theirs opens when this returns, in others `LOOKS_EVERY` seconds later at the
        latest.
        """
        owner, retained = self.derived.owner_hash(person_id), 0
        if retained_until is not None:
            at = micros(retained_until)
            retained = self._store.destroy_later(owner, Scope.PERSON_RETAINED, at)
        gone = self._store.forget(owner, micros(self._clock()))
        self.forget()
        return Destroyed(gone, retained)

    def forgotten(self, person_ids: Iterable[str]) -> set[str]:
        """Return which of these people were erased, as the ring remembers it."""
        hashed = {self.derived.owner_hash(person): person for person in person_ids}
        return {hashed[each] for each in self._store.forgotten(list(hashed))}

    def destroy_due(self, now: datetime) -> int:
        """Destroy the keys whose date has come; return how many."""
        gone = self._store.destroy_due(micros(now))
        if gone:
            self.forget()
        return gone

    def forget(self) -> None:
        """Let go of every unwrapped key in memory: what is needed is read anew."""
        with self._lock:
            self._opening.clear()
            self._sealing.clear()

    # The change of keys.

    def retire(self) -> int:
        """Give every data key for columns a successor, made when it is needed; return how many."""
        with self._lock:
            count = self._store.retire(micros(self._clock()))
            self.forget()
            return count

    def retired(self) -> set[bytes]:
        """Return the keys that seal nothing more: what is under them has to be sealed anew."""
        return {bytes.fromhex(key_id) for key_id in self._store.retired()}

    def destroy(self, key_ids: Iterable[bytes]) -> int:
        """Destroy keys that nothing is under; return how many."""
        gone = self._store.destroy([key_id.hex() for key_id in key_ids])
        self.forget()
        return gone

    def begin_master(self) -> MasterKey:
        """Stage a new master key, or go on with the one that is: it wraps from here on."""
        with self._lock:
            fresh = self._masters.stage()
            self._store.wrap_under(fresh.id)
            return fresh

    def rewrap(self, fresh: MasterKey, most: int = 500) -> int:
        """Wrap some keys under this master key that are not; return how many: 0 is the end."""
        rows = self._store.not_under(fresh.id, most)
        if rows:
            self._store.rewrap(
                [
                    {
                        "key": row.id,
                        "anew": fresh.wrap(self._unwrapped(row), about(row).bound()),
                        "master": fresh.id,
                    }
                    for row in rows
                ]
            )
        return len(rows)

    def end_master(self) -> None:
        """Destroy the old master key: no key is wrapped under it any more."""
        with self._lock:
            self._masters.promote()

    def master_is_rotating(self) -> bool:
        """Tell whether a change of the master key was begun and not ended."""
        return self._masters.staged()

    def count(self) -> int:
        """Return how many keys the ring has."""
        return self._store.count()

    def close(self) -> None:
        """Let go of keys and connections."""
        self.forget()
        self._store.close()

    # What none else sees.

    def _look(self) -> None:
        now = time.monotonic()
        if now - self._looked < LOOKS_EVERY:
            return
        generation, self._looked = self._store.generation(), now
        if generation != self._generation:
            self._generation = generation
            self.forget()

    def _present(self, owner: Owner) -> Sealing:
        row, left = self._row_of(owner), 0
        while row is not None:
            seals = self._store.reserve(row.id, STEP)
            if seals is not None and seals < BUDGET:
                left = STEP
                break
            if seals is not None:
                self._store.retire(micros(self._clock()), [row.id])
            row = self._row_of(owner)
        if row is None:
            [(key_id, secret)] = self._add([(owner, COLUMNS, AESGCM.generate_key(256))])
            key = Sealing(key_id, AESGCM(secret), STEP)
        else:
            key = Sealing(bytes.fromhex(row.id), self._keep(row), left)
        return self._use(owner, key)

    def _use(self, owner: Owner, key: Sealing) -> Sealing:
        self._sealing[owner] = key
        if len(self._sealing) > KEPT:
            self._sealing.popitem(last=False)
        return key

    def _row_of(self, owner: Owner) -> Any:
        return self._store.active(owner.scope, owner.tenant, self._hash_of(owner), COLUMNS)

    def _hash_of(self, owner: Owner) -> str | None:
        return self.derived.owner_hash(owner.person) if owner.person is not None else None

    def _keep(self, row: Any) -> AESGCM:
        cipher = self._opening[bytes.fromhex(row.id)] = AESGCM(self._unwrapped(row))
        if len(self._opening) > KEPT:
            self._opening.popitem(last=False)
        return cipher

    def _unwrapped(self, row: Any) -> bytes:
        master = self._masters.known(row.master_id)
        if master is None:
            # It was wrapped anew, by another process, between the two looks.
            row = self._store.find(row.id)
            master = self._masters.known(row.master_id) if row is not None else None
        if master is None or row is None:
            raise CannotOpen("keys/master.key is not the key that this ring was wrapped with")
        return master.unwrap(row.wrapped, about(row).bound())

    def _add(
        self, wanted: Sequence[tuple[Owner, str, bytes]], later: int = 0
    ) -> list[tuple[bytes, bytes]]:
        now = micros(self._clock()) + later
        made = [(secrets.token_bytes(KEY_ID_BYTES), secret) for _, _, secret in wanted]
        for _ in range(3):
            master = self._masters.current()
            rows = []
            for (key_id, secret), (owner, purpose, _) in zip(made, wanted, strict=True):
                hashed = self._hash_of(owner)
                about = About(key_id.hex(), owner.scope, purpose, owner.tenant, hashed)
                rows.append(wrapped_row(about, secret, master, STEP, now))
            try:
                self._store.add(rows, master.id)
            except StaleMaster:
                self._masters.known("")  # Another process is changing it: look at it anew.
                continue
            return made
        raise CannotOpen("the ring is under another master key")

    def _own(self, purpose: str, before: bytes | None = None) -> bytes:
        """Return the installation's own secret for a purpose, made where there is none."""
        row = self._store.active(Scope.SYSTEM, None, None, purpose)
        if row is not None:
            return self._unwrapped(row)
        owner, secret = Owner(Scope.SYSTEM), before or secrets.token_bytes(KEY_BYTES)
        self._add([(owner, purpose, secret)])
        return secret
