"""Signs how far the trail has come: each minute, each 1,000 records, and at the end."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from security.adapters import audit_log, checkpoint_store
from security.adapters.checkpoint_file import CheckpointFile
from security.audit.checkpoint import TrailKey
from security.audit.record import AuditEvent, Tag
from security.core import Core
from security.errors import Refused
from security.model import Frozen
from security.services.user_rows import ACTOR
from security.vault.envelope import CannotOpen

EVERY = timedelta(minutes=1)
EVERY_RECORDS = 1_000
LOOKS_EVERY_SECONDS = 0.5
_MOST = 1_000

_log = structlog.get_logger(__name__)


class TrailKeyRotated(Frozen):
    """The key that signs checkpoints now."""

    key: str


class Checkpoints:
    """Writes checkpoints to the database, and from there to a file; closes the gate on failure."""

    def __init__(self, core: Core, file: CheckpointFile) -> None:
        self._core = core
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

    async def sign_for_export(self) -> None:
        """Sign what somebody is about to take away. Raises `Refused`: `security_unavailable`."""
        try:
            await self.sign()
        except Exception as error:  # Fail closed, whatever it is.
            self._close(type(error).__name__)
            raise Refused("security_unavailable") from None

    async def rotate_key(self) -> TrailKeyRotated:
        """Let another key sign from here on, announced by the present one, which is destroyed.

        Raises `Refused`: `security_unavailable`; then the present one goes on signing, or the
        next try ends what this one has begun.
        """
        async with self._signing:
            try:
                await self._sign()  # So that it is known for certain which key is the present one.
                fresh = await self._announce()
                await self._keep_outside()
                await asyncio.to_thread(self._core.data_keys.trail.destroy_but, fresh)
            except (OSError, ValueError, SQLAlchemyError, CannotOpen) as error:
                _log.error("trail_key_not_rotated", kind=type(error).__name__)
                raise Refused("security_unavailable") from None
        return TrailKeyRotated(key=fresh.id)

    async def _announce(self) -> TrailKey:
        """Record and announce the next key in one transaction: neither without the other."""
        database, keys = self._core.database, self._core.data_keys.trail
        fresh = keys.stage(await database.run_core(checkpoint_store.newest))

        def work(connection: Connection) -> None:
            now = self._core.clock()
            event = AuditEvent(Tag.TRAIL_KEY_ROTATED, actor=ACTOR, key=fresh.id)
            audit_log.append(connection, event, now)
            checkpoint_store.add(connection, keys, now, fresh)

        await database.run_core(work)
        return fresh

    async def _sign(self) -> None:
        keys = self._core.data_keys.trail
        await self._core.database.run_core(
            lambda connection: checkpoint_store.add(connection, keys, self._core.clock())
        )
        await self._keep_outside()

    async def _keep_outside(self) -> None:
        """Write to the file what is in the database alone."""
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
        # Fewer than were signed: some are gone, which signing will find.
        return not 0 <= waiting < EVERY_RECORDS

    def _close(self, kind: str) -> None:
        if not self._core.trail.closed:
            _log.error("trail_unavailable", kind=kind)
        self._core.trail.closed = True
