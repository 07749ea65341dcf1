"""A bell wakes whoever waits, from any thread, and is heard once."""

from __future__ import annotations

import asyncio
from threading import Thread

from security.bell import Bell

LONG = 30.0


async def waiting(bell: Bell) -> asyncio.Task[None]:
    """Return a task that waits already."""
    task = asyncio.create_task(bell.wait(LONG))
    await asyncio.sleep(0)
    return task


async def test_a_ring_of_another_thread_wakes_who_waits() -> None:
    bell = Bell()
    task = await waiting(bell)
    ringing = Thread(target=bell.ring)
    ringing.start()
    ringing.join()
    await asyncio.wait_for(task, 5)


async def test_any_number_of_rings_is_heard_once() -> None:
    bell = Bell()
    task = await waiting(bell)
    for _ in range(3):
        bell.ring()
    await asyncio.wait_for(task, 5)
    again = await waiting(bell)
    await asyncio.sleep(0)
    assert not again.done()
    bell.ring()
    await asyncio.wait_for(again, 5)


async def test_a_ring_between_two_waits_is_not_lost() -> None:
    bell = Bell()
    await bell.wait(0)
    bell.ring()
    await asyncio.wait_for(bell.wait(LONG), 5)


async def test_nobody_rings_and_the_time_goes_by() -> None:
    await asyncio.wait_for(Bell().wait(0), 5)


def test_a_ring_that_nobody_hears_does_no_harm() -> None:
    bell = Bell()
    bell.ring()
    asyncio.run(bell.wait(0))
    bell.ring()  # Its loop is closed.
