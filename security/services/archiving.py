"""Once a day, what is too old to be at hand goes from the trail to an archive."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import structlog
from sqlalchemy import Connection

from security.adapters import audit_archive
from security.audit.checkpoint import LaneHead
from security.core import Core

EVERY = timedelta(days=1)
LOOKS_EVERY_SECONDS = 300.0

_log = structlog.get_logger(__name__)


class Archiving:
    """Archives where the database is SQLite; a server's trail can be archived by its owner alone.

    Three steps, each whole by itself: the file, what it has out of the database together with a
    checkpoint that says so, the checkpoint in its own file. After a crash the first two are done
    again, or found done.
    """

    def __init__(
        self,
        core: Core,
        folder: Path,
        sign: Callable[[], Awaitable[None]],
        outlets: Sequence[str] = (),
    ) -> None:
        """`sign` signs what is not signed yet, and keeps checkpoints outside the database too.

        `outlets` are the places that the trail is sent to: what they have not got stays.
        """
        self._outlets = outlets
        self._core = core
        self._folder = folder
        self._sign = sign
        self._looked_at: datetime | None = None

    async def run(self) -> None:
        """Work until cancelled; what fails is tried again."""
        while True:
            try:
                await self.round()
            except Exception as error:
                _log.error("archiving_failed", kind=type(error).__name__)
            await asyncio.sleep(LOOKS_EVERY_SECONDS)

    async def round(self) -> int:
        """Archive what is due, once a day; return how many files that made."""
        now = self._core.clock()
        on_server = self._core.settings.security_database_url is not None
        if on_server or (self._looked_at is not None and now - self._looked_at < EVERY):
            return 0
        made = 0
        while await self._one(now):
            made += 1
        trail = self._core.retention.trail
        await asyncio.to_thread(audit_archive.delete_old, self._folder, trail.kept_since(now))
        self._looked_at = now
        return made

    async def _one(self, now: datetime) -> bool:
        keys, before = self._core.data_keys.trail, self._core.retention.trail.at_hand_since(now)
        await self._sign()

        def write(connection: Connection) -> list[LaneHead]:
            lanes = audit_archive.stretch(connection, before, self._outlets)
            if lanes:
                audit_archive.write_archive(connection, keys, self._folder, lanes, now)
            return lanes

        lanes = await self._core.database.run_core(write)
        if not lanes:
            return False
        await self._core.database.run_core(
            lambda connection: audit_archive.take_out(connection, keys, lanes, now)
        )
        await self._sign()
        return True
