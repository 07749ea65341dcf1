"""Sends the trail to one outlet, in order, and remembers how far it has come.

An outlet that is out of reach keeps nobody waiting and loses nothing: the trail is what is sent
from, and the position moves once a batch has arrived. After a crash in between a batch goes again,
so whoever receives knows a record by its `writer` and `sequence`.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable

import structlog

from security.outlets.pauses import pause
from security.outlets.ports import CannotDeliver, Outlet, OutletStore

LOOKS_EVERY_SECONDS = 1.0

_log = structlog.get_logger(__name__)


class Forwarder:
    """Works for one outlet until it is cancelled."""

    def __init__(
        self,
        outlet: Outlet,
        store: OutletStore,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._outlet = outlet
        self._store = store
        self._sleep = sleep
        self._chance = chance
        self._failures = 0

    async def run(self) -> None:
        """Send what is new, again and again; what fails is tried again, later each time."""
        try:
            while True:
                await self._sleep(await self.round())
        finally:
            await self._outlet.close()

    async def round(self) -> float:
        """Send all that is new. Returns the seconds until the next look; never raises."""
        try:
            await self._send_all()
        except CannotDeliver as failure:
            return await self._failed(failure.why, failure.after)
        except Exception as error:
            return await self._failed(type(error).__name__, 0.0)
        if self._failures:
            _log.info("outlet_recovered", name=self._outlet.name)
        self._failures = 0
        return LOOKS_EVERY_SECONDS

    async def _send_all(self) -> None:
        name, most = self._outlet.name, self._outlet.most
        if not (await self._store.next(name, 1)).entries or not await self._store.hold(name):
            return
        while (batch := await self._store.next(name, most)).entries:
            # What is held durably has everything that was read before it on disk as well.
            if not await self._store.hold(name):
                return
            if batch.missing:
                _log.error("outlet_records_missing", name=name, count=batch.missing)
            await self._outlet.deliver(batch.entries)
            await self._store.arrived(name, batch.position)
            self._failures = 0

    async def _failed(self, why: str, asked: float) -> float:
        name = self._outlet.name
        self._failures += 1
        if self._failures == 1:
            _log.warning("outlet_out_of_reach", name=name, why=why)
        try:
            await self._store.failed(name, why)
        except Exception as error:
            _log.error("outlet_not_recorded", name=name, kind=type(error).__name__)
        return pause(self._failures, asked, self._chance())
