"""Conversations that fell silent: forgotten at the start and by the hour, by the one table."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from dialogue.event_table import StoreDown
from dialogue.forgetting import days_kept, forget_by_the_hour
from dialogue.settings import NotConfigured
from security.retention import TABLE, read_retention

from .service import ROOT


class Store:
    """Forgets nothing, or is down; tells after so many times."""

    def __init__(self, down: int = 0) -> None:
        self.asked: list[int] = []
        self.down = down
        self.enough = asyncio.Event()

    async def forget_silent(self, days: int) -> int:
        self.asked.append(days)
        if len(self.asked) == 3:
            self.enough.set()
        if len(self.asked) <= self.down:
            raise StoreDown("OperationalError")
        return 1


@pytest.mark.parametrize("down", [0, 2])
async def test_it_forgets_again_and_again_also_after_a_failure(down: int) -> None:
    store = Store(down)
    work = asyncio.create_task(forget_by_the_hour(store, 91, every_seconds=0))
    await asyncio.wait_for(store.enough.wait(), 10)
    work.cancel()
    assert set(store.asked) == {91}


async def test_it_begins_at_once_and_then_waits_an_hour() -> None:
    store = Store()
    work = asyncio.create_task(forget_by_the_hour(store, 91))
    for _ in range(5):
        await asyncio.sleep(0)
    assert store.asked == [91]
    work.cancel()


def test_the_period_is_the_one_that_people_are_told() -> None:
    trackers = read_retention().trackers
    assert trackers is not None
    assert days_kept(TABLE) == trackers.days
    assert days_kept() == trackers.days, f"from {ROOT}, where the launcher starts it"


@pytest.mark.parametrize(
    "said", ["", "trackers: {}", "trackers: {days: 0}", "trackers: {days: true}", "[", "- a"]
)
def test_without_a_period_it_does_not_start(tmp_path: Path, said: str) -> None:
    """Fails closed: no data for ever."""
    file = tmp_path / "retention.yml"
    with pytest.raises(NotConfigured, match=r"retention\.yml"):
        days_kept(file)
    file.write_text(said)
    with pytest.raises(NotConfigured, match="days"):
        days_kept(file)
