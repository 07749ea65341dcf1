"""The key ring's own database: wrapped data keys, and which master key wraps them.

It is a file, or a schema, apart from the data: a copy of the data holds no key.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, MetaData, String, Table

RING = MetaData()

KEYS = Table(
    "data_keys",
    RING,
    Column("id", String(16), primary_key=True),
    Column("scope", String(16), nullable=False),
    Column("purpose", String(16), nullable=False),
    Column("tenant_id", String(64)),
    Column("owner_hash", String(64)),
    Column("master_id", String(16), nullable=False),
    Column("wrapped", LargeBinary, nullable=False),
    Column("seals", BigInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("retired_at", BigInteger),
    Column("destroy_after", BigInteger),
    Index("data_keys_of_owner", "owner_hash", "scope"),
    Index("data_keys_of_tenant", "tenant_id", "scope"),
    Index("data_keys_by_master", "master_id"),
    Index("data_keys_retired", "retired_at"),
)
"""One data key. `seals` counts in steps reserved ahead; moments are microseconds since 1970."""

FORGOTTEN = Table(
    "forgotten_owners",
    RING,
    Column("owner_hash", String(64), primary_key=True),
    Column("forgotten_at", BigInteger, nullable=False),
)
"""Who was erased, by the keyed hash of their keys: no backup of the data brings them back."""

STATE = Table(
    "ring_state",
    RING,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("master_id", String(16), nullable=False),
    Column("generation", BigInteger, nullable=False),
)
"""One row. `generation` moves where keys were retired or destroyed: caches forget then."""
