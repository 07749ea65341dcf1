"""Everything goes wrong at Twilio's at once: lost, doubled, delayed, out of order."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.security.storm import Storm
from tests.security.world import Origin, World

EXAMPLES, STEPS = 8, 10


async def weather(world: World, seed: int) -> Storm:
    """Let one seed's day pass, and look."""
    storm = Storm(world, seed)
    await storm.begin()
    for _ in range(STEPS):
        await storm.step()
    await storm.end()
    storm.check()
    return storm


def test_whatever_twilio_does_money_moves_once_and_every_text_is_heard_once(
    origin: Origin, tmp_path: Path
) -> None:
    """At most one payment; no code after its life or twice; each message id heard once and none
    lost; the most advanced status stays; tries within the code's life; STOP wins (ASVS 15.4.2)."""

    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
    @given(seed=st.integers(0, 2**32 - 1))
    def a_day(seed: int) -> None:
        home = tmp_path / "home"
        shutil.copytree(origin.home, home)
        world = World(home, origin, limit_passwords_per_minute=1_000_000)
        try:
            asyncio.run(weather(world, seed))
        finally:
            world.close()
            shutil.rmtree(home)

    a_day()
