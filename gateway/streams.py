"""The open streams of this gateway: counted, told when to look, ended when it stops.

One question waits at security for all of them. It brings names alone; each stream named then reads
its session anew. Nothing is queued for anybody: whoever reads slowly is told later, and of all at
once.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass

import structlog

from gateway.ports import Security
from gateway.problems import Problem
from runtime.addresses import network_of
from security.errors import Refused
from security.model import Reading

MOST_STREAMS = 600
MOST_OF_SESSION = 8
MOST_OF_ADDRESS = 256
_READS_AT_ONCE = 8
"""So that many streams at once do not stand in the way of people's turns."""

_RETRY_SECONDS = 15
_PAUSE_SECONDS = 1.0
_BREATH_SECONDS = 0.05

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class StreamLimits:
    """How many streams may be open in all, in one session, and from one address."""

    total: int = MOST_STREAMS
    session: int = MOST_OF_SESSION
    address: int = MOST_OF_ADDRESS


class Place:
    """What one open stream takes up. `wake` is set where it is to look again, or to end."""

    def __init__(self, network: str) -> None:
        self.network = network
        self.name = ""
        self.wake = asyncio.Event()
        self.closing = False


class Streams:
    """Keeps the places, and waits at security as long as there is one."""

    def __init__(self, security: Security, limits: StreamLimits | None = None) -> None:
        self._security = security
        self._limits = limits or StreamLimits()
        self._places: set[Place] = set()
        self._networks: Counter[str] = Counter()
        self._names: dict[str, set[Place]] = {}
        self._reads = asyncio.Semaphore(_READS_AT_ONCE)
        self._follower: asyncio.Task[None] | None = None
        self._stopped = False

    def enter(self, address: str) -> Place:
        """Take a place; raises `Problem` `too_many_streams`."""
        network = network_of(address)
        full = len(self._places) >= self._limits.total
        if full or self._networks[network] >= self._limits.address or self._stopped:
            raise _too_many()
        place = Place(network)
        self._places.add(place)
        self._networks[network] += 1
        if self._follower is None or self._follower.done():
            self._follower = asyncio.create_task(self._follow())
        return place

    def name(self, place: Place, name: str) -> None:
        """Say whose stream this is; raises `Problem` where its session has too many."""
        others = self._names.setdefault(name, set())
        if len(others) >= self._limits.session:
            raise _too_many()
        place.name = name
        others.add(place)
        # What happened between the first reading and now has told this name to nobody.
        place.wake.set()

    def leave(self, place: Place) -> None:
        """Give the place back, once."""
        if place not in self._places:
            return
        self._places.discard(place)
        self._networks[place.network] -= 1
        if self._networks[place.network] <= 0:
            del self._networks[place.network]
        named = self._names.get(place.name, set())
        named.discard(place)
        if not named:
            self._names.pop(place.name, None)
        if not self._places and self._follower is not None:
            self._follower.cancel()
            self._follower = None

    async def read(
        self,
        session_id: str,
        name: str | None = None,
        position: str | None = None,
        mark: str | None = None,
    ) -> Reading:
        """Ask security what is new; raises `Refused`."""
        async with self._reads:
            return await self._security.read_events(session_id, name, position, mark)

    def stop(self) -> None:
        """End every stream: the gateway stops, and must not wait for them."""
        self._stopped = True
        for place in self._places:
            place.closing = True
            place.wake.set()

    def __len__(self) -> int:
        return len(self._places)

    async def _follow(self) -> None:
        """Wake the streams that security names, as long as this task lives."""
        at = ""
        while True:
            try:
                touches = await self._security.wait_for_events(at)
            except Refused as refused:
                # Each stream looks by itself from time to time, so this is only slower.
                _log.warning("not_following", code=refused.code)
                await asyncio.sleep(_PAUSE_SECONDS)
                continue
            except Exception as error:
                _log.error("not_following", error=type(error).__name__)
                await asyncio.sleep(_PAUSE_SECONDS)
                continue
            if touches.at == at and not touches.names:
                await asyncio.sleep(_BREATH_SECONDS)
            at = touches.at
            self._wake(touches.names)

    def _wake(self, names: list[str] | None) -> None:
        woken = self._names if names is None else names
        for name in list(woken):
            for place in self._names.get(name, ()):
                place.wake.set()


def _too_many() -> Problem:
    return Problem("too_many_streams", headers={"Retry-After": str(_RETRY_SECONDS)})
