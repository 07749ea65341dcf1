"""Signs how far the trail has come: each minute, each 1,000 records, and at the end."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Connection

from security.adapters import checkpoint_store
from security.adapters.checkpoint_file import CheckpointFile
from security.audit.checkpoint import TrailKey
from security.core import Core
from security.errors import Refused

EVERY = timedelta(minutes=1)
EVERY_RECORDS = 1_000
LOOKS_EVERY_SECONDS = 0.5
_MOST = 1_000

_log = structlog.get_logger(__name__)


class Checkpoints:
    """Writes checkpoints to the database, and from there to a file; closes the gate on failure."""

    def __init__(self, core: Core, key: TrailKey, file: CheckpointFile) -> None:
        self._core = core
        self._key = key
        self._file = file
        self._signed_at: datetime | None = None
        self._signing = asyncio.Lock()

    async def run(self) -> None:
        """Work until cancelled; what fails closes the gate and is tried again."""
        while True:
            await self.round()
            await asyncio.sleep(LOOKS_EVERY_SECONDS)

    async def round(self) -> None:
        """Sign where it is time to; never raises but when it is cancelled."""
        now = self._core.clock()
        try:
            if not self._core.trail.closed and not await self._is_due(now):
                return
            await self.sign()
            self._signed_at = now
        except (Refused, OSError, ValueError) as error:
            self._close(type(error).__name__)
        except Exception as error:  # Fail closed, whatever it is.
            self._close(type(error).__name__)
        else:
            self._core.trail.closed = False

    async def end(self) -> None:
        """Sign what there is at the end; where it cannot be done, the next start does it."""
        try:
            await self.sign()
        except Exception as error:
            self._close(type(error).__name__)

    async def sign(self) -> None:
        """Sign what is not signed yet; it is in the file as well when this returns.

        Raises `Refused`, `OSError` or `ValueError` where it cannot be done.
        """
        async with self._signing:
            await self._sign()

    async def _sign(self) -> None:
        await self._core.database.run_core(
            lambda connection: checkpoint_store.add(connection, self._key, self._core.clock())
        )
        kept, line = await asyncio.to_thread(self._file.last)
        if kept and await self._after(kept - 1, 1) != [line]:
            raise ValueError("the database is not the one that its checkpoints were made of")
        while lines := await self._after(kept):
            await asyncio.to_thread(self._file.append, lines)
            kept += len(lines)

    async def _after(self, number: int, most: int = _MOST) -> Sequence[bytes]:
        def read(connection: Connection) -> Sequence[bytes]:
            return checkpoint_store.after(connection, number, most)

        return await self._core.database.run_core(read)

    async def _is_due(self, now: datetime) -> bool:
        if self._signed_at is None or now - self._signed_at >= EVERY or now < self._signed_at:
            return True
        waiting = await self._core.database.run_core(checkpoint_store.unsigned)
        return waiting >= EVERY_RECORDS

    def _close(self, kind: str) -> None:
        if not self._core.trail.closed:
            _log.error("trail_unavailable", kind=kind)
        self._core.trail.closed = True
