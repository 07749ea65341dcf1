"""Wires what security counts of its own trail, where numbers are on."""

from __future__ import annotations

from runtime.observing import Observing
from security.adapters.trail_reader import TrailReader
from security.core import Core


async def count_trail(core: Core, seen: Observing) -> None:
    """Let the numbers of this process hold what the trail says from now on."""
    if seen.metrics is None:
        return
    # Loaded where numbers are on.
    from security.services.metering import Meter  # noqa: PLC0415

    meter = Meter(core, TrailReader(core.database), seen.metrics.registry)
    await meter.begin()
    seen.refresh = meter.refresh
