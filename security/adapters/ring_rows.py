"""Rows of the key ring: a data key, wrapped, and bound to what it is for and whose it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from security.vault.master import MasterKey


@dataclass(slots=True)
class Sealing:
    """An owner's present key, and how many seals of it are reserved and not yet done."""

    id: bytes
    cipher: AESGCM
    left: int


@dataclass(frozen=True)
class Destroyed:
    """How many of a person's keys are gone, and how many will be on a date."""

    erasable: int
    retained: int


@dataclass(frozen=True)
class About:
    """What a wrapped key is bound to; not the master key, which shows by itself."""

    id: str
    scope: str
    purpose: str
    tenant_id: str | None
    owner_hash: str | None

    def bound(self) -> bytes:
        """Return the associated data of the wrapping; no two keys share it."""
        marked = [
            f"={part}" if part is not None else "-" for part in (self.tenant_id, self.owner_hash)
        ]
        parts = [part.encode() for part in (self.id, self.scope, self.purpose, *marked)]
        return b"".join(len(part).to_bytes(4, "big") + part for part in parts)


def about(row: Any) -> About:
    """Return what the key of a stored row is bound to."""
    return About(row.id, row.scope, row.purpose, row.tenant_id, row.owner_hash)


def wrapped_row(
    it: About, secret: bytes, master: MasterKey, seals: int, now: int
) -> dict[str, Any]:
    """Return a new row by column name; `now` in microseconds since 1970."""
    return {
        "id": it.id,
        "scope": str(it.scope),
        "purpose": it.purpose,
        "tenant_id": it.tenant_id,
        "owner_hash": it.owner_hash,
        "master_id": master.id,
        "wrapped": master.wrap(secret, it.bound()),
        "seals": seals,
        "created_at": now,
    }


def micros(moment: datetime) -> int:
    """Return a moment as the ring keeps it: microseconds since 1970."""
    return round(moment.timestamp() * 1_000_000)
