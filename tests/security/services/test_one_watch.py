"""Several processes of security, one of which answers; and soon another one where it is gone."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from security.adapters.trail_reader import TrailReader
from security.adapters.watch_lease import LIFE_SECONDS, RENEWED_SECONDS, WatchLease
from security.core import Core
from security.errors import Refused
from security.monitor.rules import read_rules
from security.services.answering import Answers
from security.services.watching import Watch
from tests.security.conftest import MakeWorld
from tests.security.fakes import FakeClock
from tests.security.services.test_watching import BANK, Noted, Steady
from tests.security.visitor import Visitor
from tests.security.world import World

pytestmark = pytest.mark.both_databases


class SomebodyElse:
    """A lease of which another process says who has it."""

    def __init__(self) -> None:
        self.mine = False
        self.given_up = 0

    async def hold(self) -> bool:
        return self.mine

    async def give_up(self) -> None:
        self.given_up += 1


def _lease(world: World, steady: Steady) -> WatchLease:
    return WatchLease(world.core.database, world.clock, steady)


def _on_server(world: World) -> bool:
    return world.core.settings.security_database_url is not None


async def test_of_two_processes_one_holds_it(world: World) -> None:
    """Both ask, at any moment: the first has it, and keeps it."""
    if not _on_server(world):
        pytest.skip("one file has one process")
    steady = Steady()
    first, second = _lease(world, steady), _lease(world, steady)
    for _ in range(20):
        assert await first.hold()
        assert not await second.hold()
        steady.seconds += RENEWED_SECONDS


@pytest.mark.parametrize(("later", "taken"), [(-0.001, False), (0.0, True), (0.001, True)])
async def test_a_holder_that_is_gone_is_followed_after_five_seconds(
    world: World, later: float, taken: bool
) -> None:
    if not _on_server(world):
        pytest.skip("one file has one process")
    steady = Steady()
    gone, next_one = _lease(world, steady), _lease(world, steady)
    assert await gone.hold()
    assert not await next_one.hold()
    steady.seconds += LIFE_SECONDS + later
    assert await next_one.hold() is taken
    if taken:
        assert not await gone.hold()


async def test_a_clock_that_is_set_gives_the_lease_to_nobody(world: World) -> None:
    """T1070.006: a day ahead, a day back: the holder's mark changes all the same."""
    if not _on_server(world):
        pytest.skip("one file has one process")
    assert isinstance(world.clock, FakeClock)
    steady = Steady()
    first, second = _lease(world, steady), _lease(world, steady)
    assert await first.hold()
    for moved in (1, -2, 1, 0):
        world.clock.now += timedelta(days=moved)
        for _ in range(4):
            steady.seconds += LIFE_SECONDS / 2
            assert await first.hold()
            assert not await second.hold()


async def test_of_many_that_ask_at_once_one_gets_it(world: World) -> None:
    """ASVS 15.4.2: taking it is one compare-and-set."""
    steady = Steady()
    gone = _lease(world, steady)
    await gone.hold()
    others = [_lease(world, steady) for _ in range(8)]
    for one in others:
        if _on_server(world):
            assert not await one.hold()
    steady.seconds += LIFE_SECONDS
    held = await asyncio.gather(*(one.hold() for one in others))
    assert sum(held) == 1 or not _on_server(world)


async def test_whoever_stops_gives_it_up_at_once(world: World) -> None:
    steady = Steady()
    first, second = _lease(world, steady), _lease(world, steady)
    assert await first.hold()
    await second.give_up()  # Not its own to give.
    await first.give_up()
    assert await second.hold()


def _watch(core: Core, noted: Any, **other: Any) -> Watch:
    return Watch(read_rules(), TrailReader(core.database), noted, core.clock, **other)


async def _hunt(visitor: Visitor, first: int, last: int) -> None:
    for number in range(first, last):
        with pytest.raises(Refused):
            await visitor.give_password(f"nobody-{number}", "wrong", BANK)


async def test_two_watches_answer_once(visitor: Visitor) -> None:
    """Issue 9.4: who stands by says nothing; who takes over misses nothing and repeats nothing."""
    world, noted = visitor.world, (Noted(), Noted())
    leases = (SomebodyElse(), SomebodyElse())
    leases[0].mine = True
    watches = [
        _watch(world.core, one, lease=lease) for one, lease in zip(noted, leases, strict=True)
    ]
    for one in watches:
        await one.round()
    await _hunt(visitor, 0, 9)
    for one in watches:
        await one.round()
    leases[0].mine, leases[1].mine = False, True
    world.clock.advance(seconds=61)
    await _hunt(visitor, 9, 10)
    for one in watches:
        await one.round()
    assert [[alert.rule for alert in one.alerts] for one in noted] == [[], ["unknown_names"]]
    # And back: what was answered meanwhile is not answered again.
    leases[0].mine, leases[1].mine = True, False
    for one in (*watches, *watches):
        await one.round()
    assert len(noted[0].alerts) + len(noted[1].alerts) == 1


async def test_who_stands_by_slows_down_as_well(make_world: MakeWorld) -> None:
    """A throttle that only one of two processes knew of would let every second try through."""
    world = make_world()
    visitor = Visitor(world)
    await visitor.arrive()
    other, lease = world.core_again(), SomebodyElse()
    steady = Steady()
    answering = Answers(world.core)
    watch = _watch(world.core, answering, steady=steady)
    stands_by = _watch(other, Answers(other), steady=steady, lease=lease)
    for one in (watch, stands_by):
        await one.round()
    await _hunt(visitor, 0, 9)
    world.clock.advance(seconds=61)
    steady.seconds += 61
    await _hunt(visitor, 9, 10)
    await watch.round()
    [origin] = {row["origin"] for row in world.trail("sign_in:password:fail")}
    await stands_by.round()
    assert [other.throttles.allow(origin) for _ in range(7)] == [True] * 6 + [False]
    other.database.close()


async def test_a_watch_that_is_cancelled_leaves_its_lease(world: World) -> None:
    lease = SomebodyElse()

    async def sleep(_seconds: float) -> None:
        raise asyncio.CancelledError

    watch = _watch(world.core, Noted(), lease=lease, sleep=sleep)
    with pytest.raises(asyncio.CancelledError):
        await watch.run()
    assert lease.given_up == 1
