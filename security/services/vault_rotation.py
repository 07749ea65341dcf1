"""Changing the master key, and data keys, while everything goes on being read and written.

The master key: a new one is kept beside the old, every data key is wrapped anew, then the old one
is destroyed. Data keys: each gets a successor, rows are sealed anew behind turns, then the old
ones are destroyed. Whatever a crash leaves half done is gone on with at the next start.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from datetime import timedelta
from typing import Any

import structlog
from sqlalchemy.exc import SQLAlchemyError

from security.adapters import audit_log
from security.adapters.data_keys import LOOKS_EVERY
from security.adapters.resealing import Found, Resealer, SealedTable, sealed_tables
from security.audit.record import AuditEvent, Tag
from security.core import Core
from security.errors import Refused
from security.model import Frozen
from security.services.user_rows import ACTOR
from security.vault.envelope import CannotOpen

_log = structlog.get_logger(__name__)

EVERY = timedelta(minutes=1)
"""How often it is looked for keys whose date or budget has come."""
SETTLED = timedelta(seconds=2 * LOOKS_EVERY)
"""By then no process seals under a key that was retired."""


class MasterRotated(Frozen):
    """The master key that wraps from now on, and how many data keys it wraps."""

    master: str
    keys: int
    milliseconds: int


class DataKeysState(Frozen):
    """How the change of data keys fares: `retired` is 0 once it has ended."""

    keys: int
    retired: int
    rows: int
    unreadable: int = 0


class VaultRotation:
    """Rotates the keys of one core's vault; one change at a time."""

    def __init__(self, core: Core, settled: timedelta = SETTLED) -> None:
        self._core, self._settled = core, settled
        self._master, self._data = asyncio.Lock(), asyncio.Lock()
        self._wanted = asyncio.Event()
        self._rows = self._unreadable = 0

    async def rotate_master(self) -> MasterRotated:
        """Put a new master key in the place of the old one, which is destroyed.

        Raises `Refused`: `in_progress`, `security_unavailable`; then it can be asked for again,
        and goes on from where it was.
        """
        if self._master.locked():
            raise Refused("in_progress")
        async with self._master:
            began, keys = time.monotonic(), self._core.data_keys
            try:
                fresh = await asyncio.to_thread(keys.begin_master)
                await self._record(Tag.MASTER_STAGED, fresh.id)
                while await asyncio.to_thread(keys.rewrap, fresh):
                    pass
                # On the trail before it happens: what cannot be recorded destroys no key.
                await self._record(Tag.MASTER_ROTATED, fresh.id)
                await asyncio.to_thread(keys.end_master)
            except (OSError, ValueError, SQLAlchemyError, CannotOpen) as error:
                _log.error("master_key_not_rotated", kind=type(error).__name__)
                raise Refused("security_unavailable") from None
            took = round((time.monotonic() - began) * 1_000)
            return MasterRotated(master=fresh.id, keys=keys.count(), milliseconds=took)

    async def retire_data_keys(self) -> DataKeysState:
        """Give every data key a successor; `run` seals the rows anew. Raises `in_progress`."""
        if self._data.locked():
            raise Refused("in_progress")
        await self._record(Tag.DATA_KEYS_RETIRED, None)
        await asyncio.to_thread(self._core.data_keys.retire)
        self._rows = self._unreadable = 0
        self._wanted.set()
        return self.state()

    async def note_api(self, api: str, which: str, done: bool) -> dict[str, Any]:
        """Put it on the trail that an API gets new keys, which this process never sees."""
        tag = Tag.API_KEYS_ROTATED if done else Tag.API_KEYS_BEGUN
        await self._record(tag, api, which)
        return {}

    def state(self) -> DataKeysState:
        """Tell how the change of data keys fares."""
        keys = self._core.data_keys
        return DataKeysState(
            keys=keys.count(),
            retired=len(keys.retired()),
            rows=self._rows,
            unreadable=self._unreadable,
        )

    async def run(self) -> None:
        """Go on with what was left half done, and do what comes due, until cancelled."""
        while True:
            try:
                if self._core.data_keys.master_is_rotating() and not self._master.locked():
                    await self.rotate_master()
                await asyncio.to_thread(self._core.data_keys.destroy_due, self._core.clock())
                await self.reseal()
            except (Refused, SQLAlchemyError, CannotOpen) as error:
                _log.error("keys_not_changed", kind=type(error).__name__)
            self._wanted.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wanted.wait(), EVERY.total_seconds())

    async def reseal(self) -> int:
        """Seal anew what is under retired keys, and destroy those; return how many."""
        async with self._data:
            retired = await asyncio.to_thread(self._core.data_keys.retired)
            if not retired:
                return 0
            await self._look_over(retired)
            await asyncio.sleep(self._settled.total_seconds())
            while (found := await self._look_over(retired)).resealed:
                pass
            gone = retired - found.left
            await self._record(Tag.DATA_KEYS_DESTROYED, None, f"{len(gone)}")
            return await asyncio.to_thread(self._core.data_keys.destroy, gone)

    async def _look_over(self, retired: set[bytes]) -> Found:
        resealer = Resealer(self._core.vault, retired)
        for it in sealed_tables():
            await self._table(resealer, it)
        self._unreadable = resealer.found.unreadable
        return resealer.found

    async def _table(self, resealer: Resealer, it: SealedTable) -> None:
        after: str | None = ""
        while after is not None:
            before, name = resealer.found.resealed, after
            after = await self._core.database.run_core(
                lambda connection, name=name: resealer.step(connection, it, name),  # type: ignore[misc]
                across="what is sealed is sealed anew, whoever it is of",
            )
            self._rows += resealer.found.resealed - before

    async def _record(self, tag: Tag, key: str | None, reason: str | None = None) -> None:
        event = AuditEvent(tag=tag, actor=ACTOR, key=key, reason=reason)
        await self._core.database.run_core(
            lambda connection: audit_log.append(connection, event, self._core.clock())
        )
