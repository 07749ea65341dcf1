"""The forwarder: in order, nothing lost, nobody kept waiting, whatever the outlet does."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from security.adapters.outlet_store import SqlOutletStore, standings
from security.audit.record import Tag
from security.audit.verifier import FIRST_LANE
from security.outlets.ports import CHECKPOINTS, CannotDeliver, Entry
from security.services.forwarding import LOOKS_EVERY_SECONDS, Forwarder
from security.trail_parts import build_checkpoints, checkpoints_path
from tests.security.visitor import Visitor
from tests.security.world import World


@dataclass
class Place:
    """An outlet that remembers, and fails as it is told to."""

    name: str = "place"
    most: int = 2
    got: list[Entry] = field(default_factory=list)
    failure: Exception | None = None
    closed: bool = False

    async def deliver(self, entries: Sequence[Entry]) -> None:
        if self.failure is not None:
            raise self.failure
        self.got += entries

    async def close(self) -> None:
        self.closed = True

    @property
    def lines(self) -> list[bytes]:
        return [one.line for one in self.got if one.writer != CHECKPOINTS]


@pytest.fixture
def place() -> Place:
    return Place()


@pytest.fixture
def store(world: World) -> SqlOutletStore:
    return SqlOutletStore(world.core.database, world.clock)


@pytest.fixture
def forwarder(place: Place, store: SqlOutletStore) -> Forwarder:
    return Forwarder(place, store, chance=lambda: 1.0)


def standing(world: World, name: str = "place"):  # type: ignore[no-untyped-def]
    [found] = world.core.database.run_here(
        lambda session: standings(session.connection(), [name]), across="a test looks on"
    )
    return found


def said(world: World, tag: Tag) -> list[str]:
    """The reasons of all records of one kind."""
    records = [json.loads(line) for line in world.records()]
    return [one["reason"] for one in records if one["tag"] == tag.value]


async def arrive(visitor: Visitor, times: int) -> None:
    for _ in range(times):
        await visitor.arrive()


@pytest.mark.both_databases
async def test_all_records_arrive_in_order_and_once(
    visitor: Visitor, forwarder: Forwarder, place: Place
) -> None:
    """ASVS 16.4.3: what is on the trail is elsewhere too, by the byte."""
    world = visitor.world
    await arrive(visitor, 5)
    assert standing(world).behind == len(list(world.records()))
    assert await forwarder.round() == LOOKS_EVERY_SECONDS
    assert await forwarder.round() == LOOKS_EVERY_SECONDS
    assert place.lines == list(world.records())
    assert standing(world).behind == 0
    assert standing(world).delivered_at == world.clock.now
    await arrive(visitor, 1)
    await forwarder.round()
    assert place.lines == list(world.records())


@pytest.mark.both_databases
async def test_checkpoints_go_along_after_what_they_sign(
    visitor: Visitor, forwarder: Forwarder, place: Place
) -> None:
    """ASVS 16.4.3: kept elsewhere, a checkpoint shows a trail that was rolled back."""
    world = visitor.world
    checkpoints_path(world.home).parent.mkdir(exist_ok=True)
    await arrive(visitor, 3)
    await build_checkpoints(world.core).sign()
    await forwarder.round()
    assert [one.writer == CHECKPOINTS for one in place.got] == [*[False] * 4, True]
    assert place.got[-1].line == checkpoints_path(world.home).read_bytes().rstrip(b"\n")


async def test_an_outlet_out_of_reach_loses_nothing(
    visitor: Visitor, forwarder: Forwarder, place: Place
) -> None:
    """ASVS 16.4.3."""
    world = visitor.world
    await arrive(visitor, 3)
    place.failure = CannotDeliver("no_connection")
    assert [await forwarder.round() for _ in range(4)] == [1, 2, 4, 8]
    assert (standing(world).behind, standing(world).why) == (4, "no_connection")
    assert standing(world).failing_since == world.clock.now
    place.failure = None
    assert await forwarder.round() == LOOKS_EVERY_SECONDS
    assert place.lines == list(world.records())
    assert standing(world).failing_since is None


async def test_what_it_asks_for_is_waited_for(
    visitor: Visitor, forwarder: Forwarder, place: Place
) -> None:
    await arrive(visitor, 1)
    place.failure = CannotDeliver("status_429", after=90)
    assert await forwarder.round() == 90


async def test_whatever_an_outlet_raises_is_tried_again(
    visitor: Visitor, forwarder: Forwarder, place: Place
) -> None:
    await arrive(visitor, 1)
    place.failure = ZeroDivisionError("planted words")
    assert await forwarder.round() == 1
    assert standing(visitor.world).why == "ZeroDivisionError"


@pytest.mark.parametrize(("seconds", "told"), [(29, False), (30, True)])
async def test_an_outage_that_lasts_is_on_the_trail(
    visitor: Visitor, forwarder: Forwarder, place: Place, seconds: int, told: bool
) -> None:
    """PCI DSS 10.7.2: once when it has lasted 30 s, once when it is over; a hiccup is not."""
    world = visitor.world
    await arrive(visitor, 1)
    place.failure = CannotDeliver("no_connection")
    await forwarder.round()
    world.clock.advance(seconds=seconds)
    await forwarder.round()
    await forwarder.round()
    outages = said(world, Tag.OUTLET_FAILED)
    assert outages == (["place:no_connection"] if told else [])
    place.failure = None
    await forwarder.round()
    ends = said(world, Tag.OUTLET_RECOVERED)
    assert ends == (["place"] if told else [])


async def test_a_crash_before_it_is_noted_sends_the_batch_again(
    visitor: Visitor, place: Place, store: SqlOutletStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At least once: whoever receives knows a record by its number."""
    await arrive(visitor, 2)

    async def lost(*_: object) -> None:
        raise OSError

    with monkeypatch.context() as crashed:
        crashed.setattr(store, "arrived", lost)
        await Forwarder(place, store).round()
    await Forwarder(place, SqlOutletStore(visitor.world.core.database, visitor.world.clock)).round()
    visitor.world.clock.advance(seconds=60)  # The lease of the one that crashed is over.
    await Forwarder(place, SqlOutletStore(visitor.world.core.database, visitor.world.clock)).round()
    assert [one.sequence for one in place.got] == [1, 2, 1, 2, 3]


@pytest.mark.both_databases
@pytest.mark.parametrize(("seconds", "times"), [(59, 1), (60, 2)])
async def test_two_processes_do_not_send_the_same(
    visitor: Visitor, place: Place, store: SqlOutletStore, seconds: int, times: int
) -> None:
    """The one that does not hold the work leaves it; after a minute's silence it takes it over."""
    world = visitor.world
    other = Place()
    await Forwarder(place, store).round()
    await arrive(visitor, 1)
    world.clock.advance(seconds=seconds)
    await Forwarder(other, SqlOutletStore(world.core.database, world.clock)).round()
    assert len(place.got) + len(other.got) == times


async def test_records_that_are_gone_are_noticed(
    visitor: Visitor, forwarder: Forwarder, store: SqlOutletStore
) -> None:
    await arrive(visitor, 4)
    await store.arrived("place", {FIRST_LANE: 1})
    batch = await store.next("place", 10)
    assert batch.missing == 0
    visitor.world.sql("DELETE FROM audit WHERE sequence IN (2, 3)")
    batch = await store.next("place", 10)
    assert (batch.missing, [one.sequence for one in batch.entries]) == (2, [4, 5])


async def test_it_is_closed_at_the_end(forwarder: Forwarder, place: Place) -> None:
    task = asyncio.create_task(forwarder.run())
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])
    assert place.closed


async def test_one_that_hangs_keeps_no_turn_waiting(
    visitor: Visitor, store: SqlOutletStore
) -> None:
    """★ An outlet stands beside what protects, never in its way."""

    class Hanging(Place):
        async def deliver(self, entries: Sequence[Entry]) -> None:
            await asyncio.Event().wait()

    await arrive(visitor, 1)
    task = asyncio.create_task(Forwarder(Hanging(), store).run())
    while not standing(visitor.world).behind:
        await asyncio.sleep(0)
    await arrive(visitor, 3)
    assert len(list(visitor.world.records())) == 5
    task.cancel()
    await asyncio.wait([task])
