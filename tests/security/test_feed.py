"""The feed: names for whoever waits, of sessions that are watched, within bounds."""

from __future__ import annotations

import asyncio
from threading import Thread

import pytest

import security.feed
from security.feed import WATCHED_SECONDS, Feed, Touched

LONG = 30.0
AT_ONCE = 0.0


class Clock:
    """Seconds that pass when they are told to."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def feed(clock: Clock) -> Feed:
    return Feed(clock)


async def now(feed: Feed) -> str:
    return (await feed.wait("", AT_ONCE)).at


async def test_who_waits_is_told_the_name_of_what_is_watched(feed: Feed) -> None:
    feed.watch("session-1", "name-1")
    waiting = asyncio.create_task(feed.wait(await now(feed), LONG))
    await asyncio.sleep(0)
    # As the thread of the database does.
    Thread(target=feed.touched, args=[{"session-1", "session-2"}]).start()
    assert (await waiting).names == {"name-1"}


async def test_what_happened_before_the_question_is_told_at_once(feed: Feed) -> None:
    feed.watch("session-1", "name-1")
    at = await now(feed)
    feed.touched({"session-1"})
    told = await feed.wait(at, LONG)
    assert told.names == {"name-1"}
    assert await feed.wait(told.at, AT_ONCE) == Touched(told.at, frozenset())


async def test_a_session_that_nobody_watches_wakes_nobody(feed: Feed) -> None:
    feed.watch("session-1", "name-1")
    at = await now(feed)
    feed.touched({"session-2"})
    assert await feed.wait(at, AT_ONCE) == Touched(at, frozenset())


@pytest.mark.parametrize(("late", "told"), [(-1, True), (0, False), (1, False)])
async def test_watching_ends_by_itself(feed: Feed, clock: Clock, late: int, told: bool) -> None:
    feed.watch("session-1", "name-1")
    at = await now(feed)
    clock.seconds += WATCHED_SECONDS + late
    feed.watch("session-2", "name-2")
    feed.touched({"session-1"})
    assert (await feed.wait(at, AT_ONCE)).names == ({"name-1"} if told else set())


@pytest.mark.parametrize("after", ["", "nonsense", "another.1", "another.x"])
async def test_who_asks_from_somewhere_unknown_looks_at_everything(feed: Feed, after: str) -> None:
    """A gateway that has just started, or that asked this process before it was restarted."""
    assert (await feed.wait(after, AT_ONCE)).names is None


async def test_memory_is_bounded_and_whoever_is_late_looks_at_everything(
    feed: Feed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(security.feed, "MOST_WATCHED", 2)
    at = await now(feed)
    for number in range(3):
        feed.watch(f"session-{number}", f"name-{number}")
    assert feed.session_called("name-0") is None
    assert feed.session_called("name-2") == "session-2"
    for _ in range(5_000):
        feed.touched({"session-2"})
    assert (await feed.wait(at, AT_ONCE)).names is None


async def test_nobody_waits_when_the_process_stops(feed: Feed) -> None:
    at = await now(feed)
    waiting = asyncio.create_task(feed.wait(at, LONG))
    await asyncio.sleep(0)
    feed.close()
    assert (await asyncio.wait_for(waiting, 5)).names == frozenset()
    assert (await asyncio.wait_for(feed.wait(at, LONG), 5)).names == frozenset()
