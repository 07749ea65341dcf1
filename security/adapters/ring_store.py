"""What is done to the key ring's database: each call one transaction, durable where it must be."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import batched
from typing import Any

from sqlalchemy import URL, Connection, and_, bindparam, delete, func, insert, select, update

from runtime.postgres import Login
from security.adapters.ring_engine import leave_no_trace, make_schema, ring_engine
from security.adapters.ring_tables import FORGOTTEN, KEYS, RING, STATE
from security.vault.envelope import KeyGone
from security.vault.owners import Scope

_k = KEYS.c
_BY_ID = select(KEYS).where(_k.id == bindparam("key"))
_GENERATION = select(STATE.c.generation)
_RESERVE = (
    update(KEYS)
    .where(_k.id == bindparam("key"), _k.retired_at.is_(None))
    .values(seals=_k.seals + bindparam("step"))
    .returning(_k.seals)
)
_REWRAP = (
    update(KEYS)
    .where(_k.id == bindparam("key"))
    .values(wrapped=bindparam("anew"), master_id=bindparam("master"))
)
_WRAPS = select(STATE.c.master_id).with_for_update()
_CHANGED = update(STATE).values(generation=STATE.c.generation + 1)


class StaleMaster(Exception):
    """The keys to be added are wrapped under a master key that is being put out of use."""


class RingStore:
    """The ring's tables. Every call raises `SQLAlchemyError` where the database fails."""

    def __init__(self, url: str | URL, login: Login | None = None) -> None:
        self._durable, self._relaxed = (ring_engine(url, login, each) for each in (True, False))

    def prepare(self, master_id: str) -> None:
        """Make what is missing; `master_id` is what wraps from now on where nothing else does.

        Raises `ValueError` as well, where PostgreSQL's schema is another role's.
        """
        self.make()
        with self._durable.begin() as connection:
            if connection.execute(_GENERATION).one_or_none() is None:
                row = {"id": 1, "master_id": master_id, "generation": 0}
                connection.execute(insert(STATE), row)

    def make(self) -> None:
        """Make the tables where they are missing. Raises `ValueError` as `prepare` does."""
        make_schema(self._durable)
        RING.create_all(self._durable)

    def find(self, key_id: str) -> Any:
        """Return one key's row, or None."""
        with self._relaxed.connect() as connection:
            return connection.execute(_BY_ID, {"key": key_id}).one_or_none()

    def find_all(self, key_ids: Sequence[str]) -> Sequence[Any]:
        """Return the rows of those of these keys that are there."""
        if not key_ids:
            return ()
        with self._relaxed.connect() as connection:
            return connection.execute(select(KEYS).where(_k.id.in_(key_ids))).all()

    def active(self, scope: str, tenant: str | None, owner_hash: str | None, purpose: str) -> Any:
        """Return the row of an owner's present key, or None."""
        mine = and_(
            _k.scope == scope,
            _k.purpose == purpose,
            _k.tenant_id == tenant if tenant is not None else _k.tenant_id.is_(None),
            _k.owner_hash == owner_hash if owner_hash is not None else _k.owner_hash.is_(None),
            _k.retired_at.is_(None),
        )
        with self._relaxed.connect() as connection:
            query = select(KEYS).where(mine).order_by(_k.created_at, _k.id).limit(1)
            return connection.execute(query).one_or_none()

    def all_active(self, scope: str, purpose: str) -> Sequence[Any]:
        """Return the rows of the installation's own present keys for a purpose, oldest first."""
        mine = and_(_k.scope == scope, _k.purpose == purpose, _k.retired_at.is_(None))
        with self._relaxed.connect() as connection:
            query = select(KEYS).where(mine).order_by(_k.created_at, _k.id)
            return connection.execute(query).all()

    def active_of(self, owner_hashes: Sequence[str]) -> set[tuple[str, str | None, str]]:
        """Return scope, tenant and owner of the present keys that these owners have."""
        query = select(_k.scope, _k.tenant_id, _k.owner_hash).where(
            _k.owner_hash.in_(owner_hashes), _k.retired_at.is_(None)
        )
        with self._relaxed.connect() as connection:
            return {(row[0], row[1], row[2]) for row in connection.execute(query)}

    def of_tenant(self, tenant: str, scope: str, most: int) -> Sequence[Any]:
        """Return the rows of a tenant's keys of one scope, `most` at most."""
        query = select(KEYS).where(_k.tenant_id == tenant, _k.scope == scope).limit(most)
        with self._relaxed.connect() as connection:
            return connection.execute(query).all()

    def add(self, rows: Sequence[dict[str, Any]], master_id: str) -> None:
        """Add keys, durably. Raises `StaleMaster`, or `KeyGone` for somebody who was erased.

        None is added then.
        """
        erasable = [row["owner_hash"] for row in rows if row["scope"] == Scope.PERSON_ERASABLE]
        with self._durable.begin() as connection:
            wraps = connection.execute(_WRAPS).scalar_one()
            if wraps != master_id:
                raise StaleMaster
            if _forgotten(connection, erasable):
                raise KeyGone("whose it was is erased")
            connection.execute(insert(KEYS), list(rows))

    def reserve(self, key_id: str, step: int) -> int | None:
        """Count `step` seals more; return how many there are now, None for a retired key.

        Lost with the power at worst, which costs one step of a budget of thousands.
        """
        with self._relaxed.begin() as connection:
            done = connection.execute(_RESERVE, {"key": key_id, "step": step})
            return done.scalar_one_or_none()

    def retire(self, now: int, key_ids: Sequence[str] | None = None) -> int:
        """Let keys seal nothing more: all for columns, or those named. Return how many."""
        these = _k.id.in_(key_ids) if key_ids is not None else _k.purpose == "columns"
        with self._durable.begin() as connection:
            done = connection.execute(
                update(KEYS).where(these, _k.retired_at.is_(None)).values(retired_at=now)
            )
            connection.execute(_CHANGED)
            return done.rowcount

    def retired(self) -> set[str]:
        """Return the ids of keys that seal nothing more and are still there."""
        with self._relaxed.connect() as connection:
            query = select(_k.id).where(_k.retired_at.is_not(None))
            return set(connection.execute(query).scalars())

    def destroy(self, key_ids: Sequence[str]) -> int:
        """Destroy keys. Return how many were there."""
        return self._destroy(_k.id.in_(key_ids))

    def forget(self, owner_hash: str, now: int) -> int:
        """Destroy an owner's erasable keys, and remember that. Return how many were there."""
        mine = and_(_k.owner_hash == owner_hash, _k.scope == Scope.PERSON_ERASABLE)
        return self._destroy(mine, {"owner_hash": owner_hash, "forgotten_at": now})

    def forgotten(self, owner_hashes: Sequence[str]) -> set[str]:
        """Return which of these owners were erased."""
        with self._relaxed.connect() as connection:
            return _forgotten(connection, owner_hashes)

    def destroy_due(self, now: int) -> int:
        """Destroy the keys whose date has come. Return how many."""
        return self._destroy(_k.destroy_after <= now)

    def destroy_later(self, owner_hash: str, scope: str, at: int) -> int:
        """Set the date on which an owner's keys of one scope are destroyed. Return how many."""
        mine = and_(_k.owner_hash == owner_hash, _k.scope == scope)
        with self._durable.begin() as connection:
            return connection.execute(update(KEYS).where(mine).values(destroy_after=at)).rowcount

    def _destroy(self, which: Any, remembered: dict[str, Any] | None = None) -> int:
        with self._durable.begin() as connection:
            connection.execute(_WRAPS)  # Who adds keys at this moment comes before, or after.
            if remembered and not _forgotten(connection, [remembered["owner_hash"]]):
                connection.execute(insert(FORGOTTEN), remembered)
            done = connection.execute(delete(KEYS).where(which)).rowcount
            if done:
                connection.execute(_CHANGED)
        if done:
            leave_no_trace(self._durable)
        return done

    def generation(self) -> int:
        """Return how often keys were retired or destroyed."""
        with self._relaxed.connect() as connection:
            return int(connection.execute(_GENERATION).scalar_one())

    def wrap_under(self, master_id: str) -> None:
        """Take no key from now on that is wrapped under another master key."""
        with self._durable.begin() as connection:
            connection.execute(update(STATE).values(master_id=master_id))

    def not_under(self, master_id: str, most: int) -> Sequence[Any]:
        """Return rows of keys that another master key wraps, `most` at most."""
        with self._relaxed.connect() as connection:
            query = select(KEYS).where(_k.master_id != master_id).limit(most)
            return connection.execute(query).all()

    def rewrap(self, rows: Sequence[dict[str, Any]]) -> None:
        """Store keys wrapped anew (`key`, `anew`, `master`), all or none, durably."""
        with self._durable.begin() as connection:
            connection.execute(_REWRAP, list(rows))

    def count(self) -> int:
        """Return how many keys there are."""
        with self._relaxed.connect() as connection:
            return connection.execute(select(func.count()).select_from(KEYS)).scalar_one()

    def close(self) -> None:
        """Let go of the connections."""
        self._durable.dispose()
        self._relaxed.dispose()


def _forgotten(connection: Connection, owner_hashes: Sequence[str]) -> set[str]:
    """Return which of these owners were erased; some hundreds a statement."""
    hashed = FORGOTTEN.c.owner_hash
    found: set[str] = set()
    for batch in batched(owner_hashes, 500, strict=False):
        found |= set(connection.execute(select(hashed).where(hashed.in_(batch))).scalars())
    return found
