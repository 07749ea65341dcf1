"""The watch at work: it misses nothing, answers once, and stands in nobody's way."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from security.adapters.trail_reader import TrailReader
from security.errors import Refused
from security.monitor.alerts import Alert
from security.monitor.rules import read_rules
from security.services.answering import Answers
from security.services.watching import Watch
from tests.security.fakes import FakeClock
from tests.security.visitor import Visitor
from tests.security.world import World

BANK = "northwind-bank"


class Noted:
    """Answers that only note what they were asked; as many as are told so fail."""

    def __init__(self, failing: int = 0) -> None:
        self.alerts: list[Alert] = []
        self.failures: list[str] = []
        self.moved = 0
        self.failing = failing

    async def answer(self, alert: Alert) -> None:
        if self.failing and alert.responses:
            self.failing -= 1
            raise RuntimeError
        self.alerts.append(alert)

    async def failed(self, reason: str) -> str:
        self.failures.append(reason)
        return f"1-{len(self.failures)}"

    async def clock_moved(self) -> None:
        self.moved += 1

    async def go_on(self) -> None:
        return


class Steady:
    """A clock that nobody can set."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def _watch(world: World, noted: Noted, **other: Any) -> Watch:
    return Watch(read_rules(), TrailReader(world.core.database), noted, world.clock, **other)


async def _spray(visitor: Visitor, names: Sequence[str]) -> None:
    for name in names:
        with pytest.raises(Refused):
            await visitor.give_password(name, "wrong", BANK)


async def test_attack_names_are_hunted_and_it_is_seen_as_it_happens(visitor: Visitor) -> None:
    """T1087: found in the round after the tenth try; the network is slowed down."""
    world, noted = visitor.world, Noted()
    watch = _watch(world, noted)
    await watch.round()
    await _spray(visitor, [f"nobody-{number}" for number in range(9)])
    await watch.round()
    assert not noted.alerts
    world.clock.advance(seconds=61)
    await _spray(visitor, ["nobody-9"])
    await watch.round()
    assert [alert.rule for alert in noted.alerts] == ["unknown_names"]
    assert len(noted.alerts[0].evidence) == 10


async def test_the_whole_of_it_at_once(visitor: Visitor) -> None:
    """With the answers that there are: the alert is on the trail, and has slowed them down."""
    world = visitor.world
    answers, reader = Answers(world.core), TrailReader(world.core.database)

    def steady() -> float:
        return float(world.clock.now.timestamp())

    watch = Watch(read_rules(), reader, answers, world.clock, steady=steady)
    await watch.round()
    for part in (range(9), range(9, 10)):
        await _spray(visitor, [f"nobody-{number}" for number in part])
        world.clock.advance(seconds=61)
    await watch.round()
    said = [row["reason"] for row in world.trail("watch:rule:alert")]
    assert said == ["unknown_names"]
    assert await watch.round() == 0  # It has read its own records as well, and says no more.


async def test_a_restart_in_the_middle_loses_nothing(visitor: Visitor) -> None:
    """What came before is learnt from; what came meanwhile is held against the rules."""
    world, noted = visitor.world, Noted()
    await _watch(world, noted).round()
    await _spray(visitor, [f"nobody-{number}" for number in range(9)])
    await _watch(world, noted).round()
    world.clock.advance(seconds=61)
    await _spray(visitor, ["nobody-9"])
    await _watch(world, noted).round()
    assert [alert.rule for alert in noted.alerts] == ["unknown_names"]
    await _watch(world, noted).round()
    assert len(noted.alerts) == 1


async def test_it_begins_at_the_end_of_a_trail_that_it_has_never_read(visitor: Visitor) -> None:
    """An upgrade raises no alerts about last year."""
    world, noted = visitor.world, Noted()
    await _spray(visitor, [f"nobody-{number}" for number in range(10)])
    await _watch(world, noted).round()
    assert not noted.alerts


async def test_an_answer_that_fails_is_tried_again_and_then_kept_without_it(
    visitor: Visitor,
) -> None:
    """One alert that cannot be answered holds up no other."""
    world, noted = visitor.world, Noted(failing=99)
    watch = _watch(world, noted)
    await watch.round()
    for part in (range(9), range(9, 10)):
        await _spray(visitor, [f"nobody-{number}" for number in part])
        world.clock.advance(seconds=61)
    for _ in range(3):
        with pytest.raises(RuntimeError):
            await watch.round()
    await watch.round()
    [alert] = noted.alerts
    assert (alert.rule, alert.responses) == ("unknown_names", ())


async def test_when_the_watch_fails_it_says_so_and_goes_on(visitor: Visitor) -> None:
    """Issue 9.4: a failing watch is an alarm, and stops nothing that protects."""
    world, noted = visitor.world, Noted()
    slept = 0

    async def sleep(_seconds: float) -> None:
        nonlocal slept
        slept += 1
        if slept == 3:
            raise asyncio.CancelledError

    class Broken(TrailReader):
        async def position(self) -> Any:
            raise ValueError("no record")

    watch = Watch([], Broken(world.core.database), noted, world.clock, sleep)
    with pytest.raises(asyncio.CancelledError):
        await watch.run()
    assert slept == 3
    assert noted.failures == ["watch"]
    await visitor.sign_in("alice")


async def test_a_failing_watch_is_on_the_trail(world: World) -> None:
    await Answers(world.core).failed("watch")
    assert [row["reason"] for row in world.trail("watch:monitor:fail")] == ["watch"]


@pytest.mark.parametrize(("moved", "told"), [(0.0, 0), (5.0, 0), (5.001, 1), (-5.001, 1)])
async def test_a_clock_that_is_set_is_noticed(world: World, moved: float, told: int) -> None:
    """T1070.006: the wall clock moves, the steady one does not; 5 s are a correction."""
    noted, steady = Noted(), Steady()
    assert isinstance(world.clock, FakeClock)
    watch = _watch(world, noted, steady=steady)
    await watch.round()
    steady.seconds += 1
    world.clock.now += timedelta(seconds=1 + moved)
    await watch.round()
    assert noted.moved == told


async def test_a_moved_clock_is_on_the_trail(world: World) -> None:
    await Answers(world.core).clock_moved()
    assert world.tags()[-1] == "watch:clock:move"


async def test_within_a_second(visitor: Visitor) -> None:
    """Issue 9.4: between looks it sleeps a quarter of one, and reads all that is new."""
    world, slept = visitor.world, []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        raise asyncio.CancelledError

    watch = _watch(world, Noted(), sleep=sleep)
    with pytest.raises(asyncio.CancelledError):
        await watch.run()
    assert slept == [0.25]
