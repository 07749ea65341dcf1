"""Housekeeping: erasures under way, and what is older than its period. One process at a time."""

from __future__ import annotations

import asyncio
import secrets
from datetime import datetime, timedelta

import structlog
from sqlalchemy.orm import Session

from security.adapters import audit_log, erasing, leases
from security.adapters.every_table import SCHEMA
from security.audit.record import AuditEvent, Tag
from security.core import Core
from security.retention import Purged, Retention
from security.services import erasure
from security.services.erasure import DestroyKeys

BATCH = 500
"""So many rows in one transaction: no turn waits for a purge for longer than that takes."""
LOOKS_EVERY_SECONDS = 5.0
PURGES_EVERY = timedelta(hours=1)
_LEASE, _LEASED_FOR = "housekeeping", timedelta(minutes=2)

_log = structlog.get_logger(__name__)


def check(retention: Retention) -> None:
    """Raise `ValueError` where a period names what there is not, or a table has no period.

    A table needs none where its rows go with another's, or where it is said why they stay.
    """
    for one in retention.purged:
        table = SCHEMA.tables.get(one.table)
        columns = (one.since, *(["state"] if one.only else []), *filter(None, [one.unless]))
        if table is None or not all(name in table.c for name in columns):
            raise ValueError(f"retention.yml: {one.table}.{one.since} is not there")
    explained = retention.without_period()
    if unknown := sorted(explained - set(SCHEMA.tables)):
        raise ValueError(f"retention.yml: {unknown[0]} is not there")
    purged = {one.table for one in retention.purged}
    if endless := sorted(set(SCHEMA.tables) - purged - explained - erasing.going_along()):
        raise ValueError(f"retention.yml does not say how long {endless[0]} is kept")


class Housekeeping:
    """Erases who has asked for it, and deletes what has had its time."""

    def __init__(self, core: Core, retention: Retention, destroy: DestroyKeys) -> None:
        check(retention)
        self._core = core
        self._retention = retention
        self._destroy = destroy
        self._me = secrets.token_urlsafe(12)
        self._purged_at: datetime | None = None

    async def run(self) -> None:
        """Work until cancelled; what fails is tried again."""
        while True:
            try:
                await self.round()
            except Exception as error:
                _log.error("housekeeping_failed", kind=type(error).__name__)
            await asyncio.sleep(LOOKS_EVERY_SECONDS)

    async def round(self) -> None:
        """Finish erasures; once an hour, purge. Does nothing where another process does it."""
        now = self._core.clock()
        if not await self._core.database.run(lambda store: self._lease(store, now)):
            return
        while await self._core.database.run(self._erase):
            pass
        if self._purged_at is None or now - self._purged_at >= PURGES_EVERY:
            self._purged_at = now
            await self.purge()

    async def purge(self) -> dict[str, int]:
        """Delete what is too old, in batches; each class is told on the trail. Returns counts."""
        gone: dict[str, int] = {}
        for one in self._retention.purged:
            while count := await self._batch(one):
                gone[one.table] = gone.get(one.table, 0) + count
                if count < BATCH:
                    break
        return gone

    async def _batch(self, one: Purged) -> int:
        def work(store: Session) -> int:
            now = self._core.clock()
            self._lease(store, now)
            given = (one.table, one.since, one.before(now), one.only, BATCH)
            count = erasing.delete_older(store.connection(), *given, unless=one.unless)
            if count:
                event = AuditEvent(Tag.PURGED, reason=f"{one.table}:{count}")
                audit_log.append(store.connection(), event, now)
            return count

        return await self._core.database.run(work, across="what is old goes, whoever it is of")

    def _erase(self, store: Session) -> bool:
        return erasure.finish_one(self._core, store, self._destroy, self._core.clock())

    def _lease(self, store: Session, now: datetime) -> bool:
        """Take or keep the lease; false where another process holds it."""
        return leases.take(store, _LEASE, self._me, now, now + _LEASED_FOR)
